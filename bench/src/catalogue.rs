//! What the invented shop sells: forty-eight products on four shelves.

use event::{Decimal, Item};

/// ISO 4217 code of every price.
pub(crate) const CURRENCY: &str = "EUR";

/// What people search for, and how many products the shop then shows.
pub(crate) const SEARCHES: [(&str, usize); 8] = [
    ("kettle", 6),
    ("mug", 5),
    ("linen", 9),
    ("oak", 7),
    ("gift", 12),
    ("pan", 4),
    ("lamp", 3),
    // The shop has none.
    ("toaster", 0),
];

/// A shelf: what its pages are called, its name, and what lies on it.
pub(crate) struct Shelf {
    pub(crate) slug: &'static str,
    pub(crate) name: &'static str,
    pub(crate) products: Vec<Product>,
}

/// One product.
pub(crate) struct Product {
    pub(crate) slug: String,
    pub(crate) cents: i64,
    item: Item,
}

/// How the products of a shelf are made: each thing in each material.
struct Range {
    slug: &'static str,
    name: &'static str,
    brand: &'static str,
    materials: [&'static str; 4],
    /// Things with their price in cents.
    things: [(&'static str, i64); 3],
}

const RANGES: [Range; 4] = [
    Range {
        slug: "tea-coffee",
        name: "Tea & coffee",
        brand: "Norrby",
        materials: ["Steel", "Copper", "Stoneware", "Glass"],
        things: [("kettle", 5400), ("teapot", 4250), ("dripper", 2490)],
    },
    Range {
        slug: "cooking",
        name: "Cooking",
        brand: "Alder & Sons",
        materials: ["Cast-iron", "Carbon-steel", "Enamelled", "Copper"],
        things: [("pot", 12_900), ("pan", 5900), ("lid", 1900)],
    },
    Range {
        slug: "table",
        name: "Table",
        brand: "Tansy",
        materials: ["Speckled", "Plain", "Ribbed", "Stacking"],
        things: [("mug", 1650), ("bowl", 1800), ("plate", 2100)],
    },
    Range {
        slug: "linen-light",
        name: "Linen & light",
        brand: "Harrow Weavers",
        materials: ["Linen", "Cotton", "Paper", "Beeswax"],
        things: [("towel", 1490), ("napkin", 950), ("lamp", 7900)],
    },
];

impl Product {
    /// The item of an event about `quantity` pieces; none said means one.
    pub(crate) fn item(&self, quantity: Option<u32>) -> Item {
        Item {
            quantity,
            ..self.item.clone()
        }
    }

    /// The item of an event about a list, with the position in it.
    pub(crate) fn listed(&self, index: usize) -> Item {
        Item {
            index: u32::try_from(index).ok(),
            ..self.item.clone()
        }
    }
}

/// An amount in whole cents.
pub(crate) fn money(cents: i64) -> Decimal {
    Decimal::from_micros(cents * 10_000)
}

pub(crate) fn shelves() -> Vec<Shelf> {
    let shelf = |(index, range): (usize, &Range)| {
        let mut products = Vec::new();
        for (thing, cheapest) in range.things {
            for (level, material) in range.materials.iter().enumerate() {
                // Each material costs a fifth more than the one before, in steps of half a euro.
                let cents = cheapest + cheapest * level as i64 / 5 / 50 * 50;
                let item = Item {
                    item_id: Some(format!("FO-{}{:02}", index + 1, products.len() + 1)),
                    item_name: Some(format!("{material} {thing}")),
                    item_brand: Some(range.brand.to_owned()),
                    item_category: Some(range.name.to_owned()),
                    price: Some(money(cents)),
                    ..Item::default()
                };
                let slug = format!("{}-{thing}", material.to_lowercase());
                products.push(Product { slug, cents, item });
            }
        }
        Shelf {
            slug: range.slug,
            name: range.name,
            products,
        }
    };
    RANGES.iter().enumerate().map(shelf).collect()
}
