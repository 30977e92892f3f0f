//! What happens in one visit: pages, products, the cart, the checkout, and where people leave.

use event::{Event, Item, Page, PropValue, Props, Source, kinds};

use crate::catalogue::{CURRENCY, Product, SEARCHES, Shelf, money};
use crate::random::Random;
use crate::traffic::{event_id, uuid};

const ORIGIN: &str = "https://fennel-and-oak.example";

/// Ways of shipping: how popular, the tier, the price in cents.
const SHIPPING: [(u32, (&str, i64)); 3] = [
    (70, ("standard", 490)),
    (18, ("express", 990)),
    (12, ("pickup", 0)),
];

/// A page that lists products.
struct List<'a> {
    id: &'static str,
    name: &'static str,
    products: Vec<(&'a Shelf, &'a Product)>,
}

/// A visit being walked.
pub(crate) struct Visit<'a> {
    pub(crate) events: Vec<Event>,
    pub(crate) visitor: String,
    pub(crate) source: Source,
    /// The account of the person, whether or not they are logged in.
    pub(crate) account: Option<String>,
    /// Whether they are logged in on this device.
    pub(crate) is_known: bool,
    /// Whether they have been here before.
    pub(crate) is_return: bool,
    random: &'a mut Random,
    shelves: &'a [Shelf],
    now: i64,
    seq: u32,
    session: String,
    tab: String,
    path: String,
    eagerness: f64,
    cart: Vec<(&'a Product, u32)>,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(
        random: &'a mut Random,
        shelves: &'a [Shelf],
        start: i64,
        eagerness: f64,
    ) -> Self {
        let (session, tab) = (uuid(random), uuid(random));
        Self {
            events: Vec::new(),
            visitor: String::new(),
            source: Source::default(),
            account: None,
            is_known: false,
            is_return: false,
            random,
            shelves,
            now: start,
            seq: 0,
            session,
            tab,
            path: String::new(),
            eagerness,
            cart: Vec::new(),
        }
    }

    /// From landing to leaving.
    pub(crate) fn walk(&mut self) {
        let lands_on_product = self.random.chance(0.3);
        if lands_on_product {
            let (shelf, product) = self.some_product();
            self.product_page(shelf, product);
        } else {
            self.list_page(None);
        }
        if self.random.chance(0.25) {
            self.web_vital();
        }
        if self.account.is_some() && !self.is_known && self.random.chance(0.15) {
            self.log_in();
        }
        // Many leave after the page they landed on.
        if self.random.chance(if self.is_return { 0.2 } else { 0.36 }) {
            return;
        }
        for _ in 0..1 + self.random.geometric(2.4) {
            self.browse();
        }
        if !self.cart.is_empty() && self.random.chance(0.72) {
            self.cart_page();
        }
    }

    /// One look around: a shelf or a search, perhaps a product, perhaps into the cart.
    fn browse(&mut self) {
        let listed = if self.random.chance(0.22) {
            match self.search_page() {
                Some(products) => products,
                None => return,
            }
        } else {
            let shelf = self.random.below(self.shelves.len());
            self.list_page(Some(shelf))
        };
        let List { id, name, products } = listed;
        if !self.random.chance(0.7) {
            return;
        }
        let index = self.random.below(products.len());
        let (shelf, product) = products[index];
        self.wait(9_000.0);
        self.event(
            kinds::SELECT_ITEM,
            list_props(id, name),
            vec![product.listed(index)],
            None,
        );
        self.product_page(shelf, product);
        self.consider(product);
    }

    fn consider(&mut self, product: &'a Product) {
        if self.random.chance(0.18) {
            self.click("button.variant", "Another colour");
        }
        if self.random.chance(0.04) {
            self.wait(6_000.0);
            self.about(kinds::ADD_TO_WISHLIST, product, 1);
        }
        let chance = 0.17 * self.eagerness * if self.is_return { 1.5 } else { 1.0 };
        if self.random.chance(chance) {
            self.wait(14_000.0);
            let quantity = *self.random.weighted(&[(82, 1), (14, 2), (4, 4)]);
            self.about(kinds::ADD_TO_CART, product, quantity);
            self.cart.push((product, quantity));
        }
    }

    /// The cart and, for some, the checkout.
    fn cart_page(&mut self) {
        self.page("/shop/cart/", "Your cart");
        self.cart_event(kinds::VIEW_CART, Props::new());
        if self.random.chance(0.1) {
            let (product, quantity) = self.cart.remove(self.random.below(self.cart.len()));
            self.wait(7_000.0);
            self.about(kinds::REMOVE_FROM_CART, product, quantity);
        }
        if !self.cart.is_empty() && self.random.chance(0.74) {
            self.wait(8_000.0);
            self.cart_event(kinds::BEGIN_CHECKOUT, Props::new());
            self.check_out();
        }
    }

    fn check_out(&mut self) {
        self.page("/shop/checkout/", "Checkout: contact");
        if self.account.is_some() && !self.is_known && self.random.chance(0.7) {
            self.log_in();
        }
        if self.random.chance(0.14) {
            return;
        }
        self.page("/shop/checkout/shipping/", "Checkout: shipping");
        // Shipping costs are news to those who come for the first time.
        if self.random.chance(if self.is_return { 0.1 } else { 0.24 }) {
            if self.random.chance(0.2) {
                self.event(
                    kinds::RAGE_CLICK,
                    target("fieldset.shipping", "Express"),
                    vec![],
                    None,
                );
            }
            return;
        }
        let (tier, shipping) = *self.random.weighted(&SHIPPING);
        self.wait(20_000.0);
        self.cart_event(
            kinds::ADD_SHIPPING_INFO,
            props([("shipping_tier", text(tier))]),
        );
        self.page("/shop/checkout/payment/", "Checkout: payment");
        let payment = *self.random.weighted(&[(78, "card"), (22, "invoice")]);
        if payment == "card" && !self.card_is_accepted() {
            return;
        }
        if self.random.chance(0.07) {
            return;
        }
        self.wait(25_000.0);
        self.cart_event(
            kinds::ADD_PAYMENT_INFO,
            props([("payment_type", text(payment))]),
        );
        self.page("/shop/checkout/review/", "Checkout: review");
        if self.random.chance(0.05) {
            return;
        }
        self.purchase(shipping);
    }

    /// Whether the card works, at the first try or a later one.
    fn card_is_accepted(&mut self) -> bool {
        for _ in 0..3 {
            if !self.random.chance(0.09) {
                return true;
            }
            let (code, severity) = *self.random.weighted(&[
                (7, ("card_declined", "soft")),
                (3, ("expired_card", "hard")),
            ]);
            self.wait(30_000.0);
            let error = [
                ("code", text(code)),
                ("severity", text(severity)),
                ("resolution", text("retry")),
                ("payment_type", text("card")),
            ];
            self.event(kinds::PAYMENT_ERROR, props(error), vec![], None);
            if self
                .random
                .chance(if severity == "hard" { 0.65 } else { 0.35 })
            {
                return false;
            }
        }
        false
    }

    fn purchase(&mut self, shipping: i64) {
        self.page("/shop/thanks/", "Thank you");
        let cents = self.cart_cents();
        let order = text(&format!("FO-{:08X}", self.random.bits() as u32));
        let amount = |cents: i64| PropValue::Number(money(cents).to_f64());
        // Value-added tax of 20 % is contained in the prices.
        let paid = [
            ("transaction_id", order.clone()),
            ("shipping", amount(shipping)),
            ("tax", amount(cents / 6)),
        ];
        self.cart_event(kinds::PURCHASE, props(paid));
        if self.random.chance(0.03) {
            // A thank-you page that is loaded again reports the same order again.
            self.page("/shop/thanks/", "Thank you");
            self.cart_event(kinds::PURCHASE, props([("transaction_id", order.clone())]));
        }
        if self.random.chance(0.12) {
            let score = *self
                .random
                .weighted(&[(8, 3), (10, 6), (22, 8), (32, 9), (28, 10)]);
            self.wait(40_000.0);
            let answer = [
                ("survey", text("after-purchase")),
                ("score", PropValue::Number(f64::from(score))),
            ];
            self.event(kinds::SURVEY_RESPONSE, props(answer), vec![], None);
        }
        if self.random.chance(0.05) {
            let bought_at = self.now;
            self.now +=
                86_400_000 * (2 + self.random.below(9) as i64) + self.random.pause(3_600_000.0);
            self.path.clear();
            self.event(
                kinds::REFUND,
                props([("transaction_id", order)]),
                vec![],
                Some(cents),
            );
            self.now = bought_at;
        }
        self.cart.clear();
    }

    /// A shelf, or the home page, and what it lists.
    fn list_page(&mut self, shelf: Option<usize>) -> List<'a> {
        let shelves = self.shelves;
        let (id, name, path) = match shelf.map(|index| &shelves[index]) {
            Some(shelf) => (
                shelf.slug,
                shelf.name,
                format!("/shop/category/{}/", shelf.slug),
            ),
            None => ("home", "Everything", "/shop/".to_owned()),
        };
        let chosen = shelves
            .iter()
            .filter(|shelf| shelf.slug == id || id == "home");
        let products: Vec<_> = chosen
            .flat_map(|shelf| shelf.products.iter().map(move |p| (shelf, p)))
            .collect();
        let products = products[..products.len().min(12)].to_vec();
        self.page(&path, name);
        let shown = products
            .iter()
            .take(4)
            .enumerate()
            .map(|(index, (_, product))| product.listed(index));
        self.event(
            kinds::VIEW_ITEM_LIST,
            list_props(id, name),
            shown.collect(),
            None,
        );
        List { id, name, products }
    }

    /// A search; nothing where the shop has nothing to show.
    fn search_page(&mut self) -> Option<List<'a>> {
        let (term, n_results) = *self.random.one_of(&SEARCHES);
        self.wait(7_000.0);
        self.event(
            kinds::SEARCH,
            props([("search_term", text(term))]),
            vec![],
            None,
        );
        self.page(&format!("/shop/search/?q={term}"), "Search");
        let found = [
            ("search_term", text(term)),
            ("results", PropValue::Number(n_results as f64)),
        ];
        self.event(kinds::VIEW_SEARCH_RESULTS, props(found), vec![], None);
        let products: Vec<_> = (0..n_results).map(|_| self.some_product()).collect();
        let list = List {
            id: "search",
            name: "Search results",
            products,
        };
        (n_results > 0).then_some(list)
    }

    fn product_page(&mut self, shelf: &Shelf, product: &'a Product) {
        let title = product
            .item(None)
            .item_name
            .unwrap_or_else(|| shelf.name.to_owned());
        self.page(&format!("/shop/product/{}/", product.slug), &title);
        self.about(kinds::VIEW_ITEM, product, 1);
    }

    fn log_in(&mut self) {
        self.wait(15_000.0);
        self.is_known = true;
        self.event(
            kinds::LOGIN,
            props([("method", text("password"))]),
            vec![],
            None,
        );
    }

    fn web_vital(&mut self) {
        let millis = (900.0 + self.random.pause(1_100.0) as f64).min(9_000.0);
        let rating = match millis {
            ..=2500.0 => "good",
            ..=4000.0 => "needs_improvement",
            _ => "poor",
        };
        let vital = [
            ("metric", text("LCP")),
            ("amount", PropValue::Number(millis)),
            ("rating", text(rating)),
        ];
        self.now += 600;
        self.event(kinds::WEB_VITAL, props(vital), vec![], None);
    }

    fn click(&mut self, selector: &str, label: &str) {
        self.wait(5_000.0);
        self.event(kinds::CLICK, target(selector, label), vec![], None);
    }

    fn page(&mut self, path: &str, title: &str) {
        if !self.events.is_empty() {
            self.wait(11_000.0);
        }
        self.path = path.to_owned();
        self.event(kinds::PAGE_VIEW, Props::new(), vec![], None);
        if let Some(page) = self.events.last_mut().and_then(|event| event.page.as_mut()) {
            page.title = Some(format!("{title} · Fennel & Oak"));
        }
    }

    fn about(&mut self, name: &str, product: &Product, quantity: u32) {
        let cents = product.cents * i64::from(quantity);
        self.event(
            name,
            Props::new(),
            vec![product.item(Some(quantity))],
            Some(cents),
        );
    }

    fn cart_event(&mut self, name: &str, props: Props) {
        let items = self
            .cart
            .iter()
            .map(|(product, quantity)| product.item(Some(*quantity)))
            .collect();
        self.event(name, props, items, Some(self.cart_cents()));
    }

    fn cart_cents(&self) -> i64 {
        self.cart
            .iter()
            .map(|(product, quantity)| product.cents * i64::from(*quantity))
            .sum()
    }

    fn some_product(&mut self) -> (&'a Shelf, &'a Product) {
        let shelf = &self.shelves[self.random.below(self.shelves.len())];
        // The first products of a shelf sell best.
        let best = self
            .random
            .below(shelf.products.len())
            .min(self.random.below(shelf.products.len()));
        (shelf, &shelf.products[best])
    }

    fn wait(&mut self, median_millis: f64) {
        // A longer pause would be another session.
        self.now += self.random.pause(median_millis).min(20 * 60_000);
    }

    fn event(&mut self, name: &str, props: Props, items: Vec<Item>, cents: Option<i64>) {
        let url = (!self.path.is_empty()).then(|| format!("{ORIGIN}{}", self.path));
        let path = self
            .path
            .split('?')
            .next()
            .filter(|path| !path.is_empty())
            .map(str::to_owned);
        self.events.push(Event {
            id: event_id(self.random, self.now),
            ts: self.now,
            seq: self.seq,
            visitor: Some(self.visitor.clone()),
            user: self.account.clone().filter(|_| self.is_known),
            session: Some(self.session.clone()),
            tab: Some(self.tab.clone()),
            name: name.to_owned(),
            page: url.map(|url| Page {
                url: Some(url),
                path,
                ..Page::default()
            }),
            source: Some(self.source.clone()),
            props,
            items,
            value: cents.map(money),
            currency: cents.map(|_| CURRENCY.to_owned()),
        });
        self.seq += 1;
    }
}

fn text(text: &str) -> PropValue {
    PropValue::String(text.to_owned())
}

fn props<const N: usize>(entries: [(&str, PropValue); N]) -> Props {
    entries
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

fn list_props(id: &str, name: &str) -> Props {
    props([("item_list_id", text(id)), ("item_list_name", text(name))])
}

fn target(selector: &str, label: &str) -> Props {
    props([
        ("selector", text(selector)),
        ("role", text("button")),
        ("text", text(label)),
    ])
}
