/**
 * The catalogue: the single source of what the demo shop sells. Pages, lists,
 * prices and the item objects of every tracked event are made from it.
 */

/** One product. Prices are whole cents of {@link CURRENCY}. */
export interface Product {
  /** Stock-keeping unit; the `item_id` of every event. */
  readonly id: string;
  /** Last segment of the product page's path. */
  readonly slug: string;
  readonly name: string;
  readonly brand: string;
  /** Slug of one of {@link CATEGORIES}. */
  readonly category: string;
  readonly cents: number;
  /** Colours to choose from; the first is chosen at first. */
  readonly variants?: readonly string[];
  /** One line for lists. */
  readonly line: string;
  /** A paragraph for the product page. */
  readonly text: string;
  /** What the product page lists under "Good to know". */
  readonly facts: readonly string[];
}

/** A shelf of the shop. */
export interface Category {
  readonly slug: string;
  readonly name: string;
  readonly line: string;
}

/** ISO 4217 code of every price. */
export const CURRENCY = "EUR";

export const CATEGORIES: readonly Category[] = [
  { slug: "tea-coffee", name: "Tea & coffee", line: "For the first ten minutes of the day." },
  { slug: "cooking", name: "Cooking", line: "Few tools, used often, kept for long." },
  { slug: "table", name: "Table", line: "What the hand meets when you sit down." },
  { slug: "linen-light", name: "Linen & light", line: "Softer edges for a working room." },
];

export const PRODUCTS: readonly Product[] = [
  {
    id: "FO-101",
    slug: "steel-kettle",
    name: "Steel kettle",
    brand: "Norrby",
    category: "tea-coffee",
    cents: 5400,
    line: "1.2 litres, all hobs",
    text: "A low, wide kettle that heats evenly and pours without a splash. The handle stays cool; the lid lifts with one finger.",
    facts: ["Brushed stainless steel", "Holds 1.2 litres", "Gas, electric and induction"],
  },
  {
    id: "FO-102",
    slug: "stoneware-teapot",
    name: "Stoneware teapot",
    brand: "Tansy",
    category: "tea-coffee",
    cents: 4250,
    variants: ["Moss", "Sand", "Ink"],
    line: "Four cups, with strainer",
    text: "Thrown in stoneware and glazed inside and out. The strainer sits deep enough for two cups as well as for four.",
    facts: ["Holds 0.9 litres", "Steel strainer included", "Dishwasher safe"],
  },
  {
    id: "FO-103",
    slug: "pour-over-dripper",
    name: "Pour-over dripper",
    brand: "Tansy",
    category: "tea-coffee",
    cents: 2490,
    line: "Porcelain, for one or two cups",
    text: "Tall ribs keep the paper off the wall, so the water finds its own pace. Fits a mug, a carafe, most mornings.",
    facts: ["Porcelain", "Takes size 02 papers", "Dishwasher safe"],
  },
  {
    id: "FO-104",
    slug: "hand-coffee-grinder",
    name: "Hand coffee grinder",
    brand: "Norrby",
    category: "tea-coffee",
    cents: 6800,
    line: "Steel burrs, thirty steps",
    text: "Grinds for two cups in under a minute, quietly. The steps are marked, so yesterday's good cup can be had again.",
    facts: ["Conical steel burrs", "Holds 30 grams", "Walnut knob"],
  },
  {
    id: "FO-201",
    slug: "cast-iron-pot",
    name: "Cast-iron pot",
    brand: "Alder & Sons",
    category: "cooking",
    cents: 12900,
    line: "4 litres, enamelled",
    text: "Heavy enough to hold its heat through a Sunday. Browns, braises, bakes a loaf, and goes straight to the table.",
    facts: ["Enamelled cast iron", "Holds 4 litres", "Oven safe to 250 °C"],
  },
  {
    id: "FO-202",
    slug: "carbon-steel-pan",
    name: "Carbon-steel pan",
    brand: "Alder & Sons",
    category: "cooking",
    cents: 5900,
    line: "26 cm, gets better with use",
    text: "Lighter than iron, quicker than iron, and after a month of use just as willing to let go of an egg.",
    facts: ["26 cm across", "2.5 mm carbon steel", "Oil it after washing"],
  },
  {
    id: "FO-203",
    slug: "chefs-knife",
    name: "Chef's knife",
    brand: "Alder & Sons",
    category: "cooking",
    cents: 8400,
    line: "20 cm, oak handle",
    text: "A plain blade with a long belly and a handle that fits more than one kind of hand. Comes sharp; stays so if you let it.",
    facts: ["20 cm blade", "Smoked oak handle", "Wash by hand"],
  },
  {
    id: "FO-204",
    slug: "beech-board",
    name: "Beech board",
    brand: "Fennel & Oak",
    category: "cooking",
    cents: 3600,
    line: "End grain, with a groove",
    text: "End grain closes behind the knife. A groove catches what runs, and the underside is flat and can be used too.",
    facts: ["40 × 28 cm", "Beech from one forest", "Oiled, ready to use"],
  },
  {
    id: "FO-301",
    slug: "speckled-mug",
    name: "Speckled mug",
    brand: "Tansy",
    category: "table",
    cents: 1650,
    variants: ["Sand", "Moss", "Ink"],
    line: "Wide handle, 0.3 litres",
    text: "No two have the same speckle. The handle takes three fingers and the rim is thin where it should be.",
    facts: ["Stoneware", "Holds 0.3 litres", "Dishwasher safe"],
  },
  {
    id: "FO-302",
    slug: "soup-bowl",
    name: "Soup bowl",
    brand: "Tansy",
    category: "table",
    cents: 1800,
    variants: ["Ink", "Sand", "Moss"],
    line: "Deep, for one good portion",
    text: "Deep enough to carry to the sofa. Stacks with its like and with the plates you already have.",
    facts: ["Stoneware", "16 cm across", "Oven safe to 180 °C"],
  },
  {
    id: "FO-303",
    slug: "water-carafe",
    name: "Water carafe",
    brand: "Norrby",
    category: "table",
    cents: 2700,
    line: "1 litre, with an oak stopper",
    text: "Blown in one piece, narrow enough for the door of the fridge. The stopper doubles as a small coaster.",
    facts: ["Borosilicate glass", "Holds 1 litre", "Oak stopper"],
  },
  {
    id: "FO-304",
    slug: "oak-spoons",
    name: "Oak spoons",
    brand: "Fennel & Oak",
    category: "table",
    cents: 2100,
    line: "Set of three",
    text: "One to stir, one to taste, one to serve. Cut from offcuts of our boards, so the grain is never the same.",
    facts: ["Set of three", "Oiled oak", "Wash by hand"],
  },
  {
    id: "FO-401",
    slug: "linen-towel",
    name: "Linen kitchen towel",
    brand: "Harrow Weavers",
    category: "linen-light",
    cents: 1490,
    variants: ["Natural", "Moss", "Brick"],
    line: "Heavy linen, gets softer",
    text: "Dries glasses without lint and hands without complaint. Softer after every wash for about ten years.",
    facts: ["50 × 70 cm", "Pure linen", "Wash at 60 °C"],
  },
  {
    id: "FO-402",
    slug: "beeswax-candle",
    name: "Beeswax candle",
    brand: "Harrow Weavers",
    category: "linen-light",
    cents: 1200,
    line: "Burns for twelve hours",
    text: "Poured by hand from one beekeeper's wax. It smells of very little, which at supper is what you want.",
    facts: ["Pure beeswax", "20 cm tall", "Cotton wick"],
  },
  {
    id: "FO-403",
    slug: "paper-lamp",
    name: "Paper table lamp",
    brand: "Harrow Weavers",
    category: "linen-light",
    cents: 7900,
    line: "Warm light, dimmable",
    text: "A paper shade over an oak foot. Turns a corner of the kitchen into a place where someone sits and reads.",
    facts: ["32 cm tall", "Bulb included", "Dimmer on the cord"],
  },
];

/** The product with this slug, if the shop sells it. */
export function productBySlug(slug: string): Product | undefined {
  return PRODUCTS.find((product) => product.slug === slug);
}

/** The product with this id, if the shop sells it. */
export function productById(id: string): Product | undefined {
  return PRODUCTS.find((product) => product.id === id);
}

/** The category with this slug. */
export function categoryBySlug(slug: string): Category | undefined {
  return CATEGORIES.find((category) => category.slug === slug);
}

/**
 * Products whose name, brand, category or lines hold every word of the search
 * term, in the catalogue's order. An empty term finds nothing.
 */
export function searchProducts(term: string): readonly Product[] {
  const words = term
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return [];
  return PRODUCTS.filter((product) => {
    const category = categoryBySlug(product.category)?.name ?? "";
    const text = [product.name, product.brand, category, product.line, product.text].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** "€54.00", as this shop prints prices. */
export function money(cents: number): string {
  return new Intl.NumberFormat("en-IE", { style: "currency", currency: CURRENCY }).format(cents / 100);
}
