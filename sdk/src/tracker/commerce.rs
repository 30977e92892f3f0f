//! What a shop says, held to its meaning: currency with value, items that can be told apart, scores in range.
//!
//! What would make a wrong number is refused; what only makes a number poorer is kept, and the developer is told.

use alloc::string::String;

use event::json::write_i64;
use event::{Decimal, Item, PropValue, VALUED, kinds};

use super::Facts;

/// The codes of ISO 4217 that shops charge in, three letters each, in alphabetical order.
const CURRENCIES: &str = "AEDAFNALLAMDANGAOAARSAUDAWGAZNBAMBBDBDTBGNBHDBIFBMDBNDBOBBRLBSDBTNBWPBYNBZDCADCDFCHFCLFCLPCNYCOPCRCCUPCVECZKDJFDKKDOPDZDEGPERNETBEURFJDFKPGBPGELGHSGIPGMDGNFGTQGYDHKDHNLHTGHUFIDRILSINRIQDIRRISKJMDJODJPYKESKGSKHRKMFKPWKRWKWDKYDKZTLAKLBPLKRLRDLSLLYDMADMDLMGAMKDMMKMNTMOPMRUMURMVRMWKMXNMYRMZNNADNGNNIONOKNPRNZDOMRPABPENPGKPHPPKRPLNPYGQARRONRSDRUBRWFSARSBDSCRSDGSEKSGDSHPSLESOSSRDSSPSTNSVCSYPSZLTHBTJSTMTTNDTOPTRYTTDTWDTZSUAHUGXUSDUYUUZSVEDVESVNDVUVWSTXAFXCDXCGXOFXPFYERZARZMWZWG";

/// Completes what a shop says about the event `name`, and looks for what is wrong with it. Gives advice for the
/// developer, or none.
///
/// # Errors
/// Why the event is refused.
pub(crate) fn check(name: &str, facts: &mut Facts) -> Result<&'static str, &'static str> {
    if let Some(code) = &mut facts.currency {
        code.make_ascii_uppercase();
        let mut codes = CURRENCIES.as_bytes().chunks_exact(3);
        if !codes.any(|known| known == code.as_bytes()) {
            return Err("currency: no code of ISO 4217");
        }
    }
    let mut advice = "";
    let is_valued = VALUED.contains(&name);
    if is_valued {
        if facts.value.is_none() && facts.currency.is_some() {
            facts.value = value(&facts.items);
        }
        if facts.value.is_some_and(|value| value.micros() < 0) {
            return Err("value: below zero; report money given back as a refund");
        }
        if facts.items.is_empty() && !matches!(name, kinds::VIEW_CART | kinds::REFUND) {
            advice = "items: none, so that no product can be told";
        }
        let is_anonymous = |item: &Item| item.item_id.is_none() && item.item_name.is_none();
        if facts.items.iter().any(is_anonymous) {
            advice = "items: one has neither item_id nor item_name";
        }
        let has_amount =
            facts.value.is_some() || facts.items.iter().any(|item| item.price.is_some());
        if has_amount && facts.currency.is_none() {
            advice = "currency: missing, so that the amounts can't be added up";
        }
    }
    match name {
        kinds::PURCHASE | kinds::REFUND => {
            // Shops number their orders.
            if let Some(PropValue::Number(number)) = facts.props.get(ORDER) {
                let mut id = String::new();
                write_i64(&mut id, *number as i64);
                facts.props.insert(ORDER.into(), PropValue::String(id));
            }
            if text(facts, ORDER).is_empty() {
                advice = "transaction_id: missing, so that the same order may count twice";
            }
        }
        kinds::SURVEY_RESPONSE => match facts.props.get("score") {
            None => {}
            Some(PropValue::Number(score))
                if (0.0..=10.0).contains(score) && *score as i64 as f64 == *score => {}
            Some(_) => return Err("score: not a whole number from 0 to 10"),
        },
        kinds::EXPERIMENT_EXPOSURE
            if text(facts, "experiment").is_empty() || text(facts, "variant").is_empty() =>
        {
            return Err("experiment, variant: both must be texts");
        }
        kinds::PAYMENT_ERROR if !matches!(text(facts, "severity"), "hard" | "soft") => {
            advice = "severity: neither hard nor soft";
        }
        _ => {}
    }
    Ok(advice)
}

/// The property that holds an order's id.
pub(crate) const ORDER: &str = "transaction_id";

/// A property's text; nothing for any other value.
pub(crate) fn text<'a>(facts: &'a Facts, key: &str) -> &'a str {
    match facts.props.get(key) {
        Some(PropValue::String(text)) => text,
        _ => "",
    }
}

/// How many things there are.
pub(crate) fn quantity(items: &[Item]) -> i64 {
    let quantities = items.iter().map(|item| item.quantity.unwrap_or(1));
    quantities.map(i64::from).sum()
}

/// The sum of price × quantity; `None` unless every item has a price.
fn value(items: &[Item]) -> Option<Decimal> {
    let mut sum = Decimal::default();
    for item in items {
        let price = item.price?.checked_mul(item.quantity.unwrap_or(1))?;
        sum = sum.checked_add(price)?;
    }
    (!items.is_empty()).then_some(sum)
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn item(price: Option<i64>, quantity: Option<u32>) -> Item {
        Item {
            item_id: Some("17".into()),
            price: price.map(|price| Decimal::from_micros(price * 1_000_000)),
            quantity,
            ..Item::default()
        }
    }

    fn facts(currency: Option<&str>, items: Vec<Item>, props: &[(&str, PropValue)]) -> Facts {
        Facts {
            currency: currency.map(String::from),
            items,
            props: props
                .iter()
                .map(|(key, value)| ((*key).into(), value.clone()))
                .collect(),
            ..Facts::default()
        }
    }

    fn of(text: &str) -> PropValue {
        PropValue::String(text.into())
    }

    #[test]
    fn value_is_the_sum_of_price_and_quantity() {
        let cases = [
            (vec![item(Some(5), Some(2)), item(Some(1), None)], Some(11)),
            (vec![item(Some(5), Some(2)), item(None, None)], None),
            (vec![], None),
        ];
        for (items, expected) in cases {
            let mut facts = facts(Some("EUR"), items, &[]);
            check("view_cart", &mut facts).expect("fine");
            let expected = expected.map(|units: i64| Decimal::from_micros(units * 1_000_000));
            assert_eq!(facts.value, expected);
        }
        // What the shop says is kept, and lists of products have no value.
        let mut given = facts(Some("EUR"), vec![item(Some(5), None)], &[]);
        given.value = Some(Decimal::from_micros(4));
        check("purchase", &mut given).expect("fine");
        assert_eq!(given.value, Some(Decimal::from_micros(4)));
        let mut list = facts(Some("EUR"), vec![item(Some(5), None)], &[]);
        check("view_item_list", &mut list).expect("fine");
        assert_eq!(list.value, None);
    }

    #[test]
    fn currencies_are_those_of_the_standard() {
        for (code, expected) in [
            ("eur", Some("EUR")),
            ("JPY", Some("JPY")),
            ("EDA", None),
            ("EURO", None),
            ("€", None),
        ] {
            let mut facts = facts(Some(code), vec![], &[]);
            let is_known = check("x", &mut facts).is_ok();
            assert_eq!(
                is_known.then_some(facts.currency.as_deref()).flatten(),
                expected,
                "{code}"
            );
        }
        assert!(CURRENCIES.len().is_multiple_of(3));
        let codes: Vec<_> = CURRENCIES.as_bytes().chunks(3).collect();
        assert!(codes.is_sorted_by(|one, next| one < next));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let order = [("transaction_id", of("T1"))];
        for (name, mut facts, expected) in [
            (
                "purchase",
                facts(Some("EUR"), vec![item(Some(1), None)], &order),
                Ok(""),
            ),
            (
                "purchase",
                facts(Some("EUR"), vec![item(Some(1), None)], &[]),
                Ok("transaction_id"),
            ),
            (
                "purchase",
                facts(None, vec![item(Some(1), None)], &order),
                Ok("currency"),
            ),
            (
                "add_to_cart",
                facts(Some("EUR"), vec![], &[]),
                Ok("items: none"),
            ),
            (
                "add_to_cart",
                facts(Some("EUR"), vec![Item::default()], &[]),
                Ok("items: one"),
            ),
            ("view_cart", facts(None, vec![], &[]), Ok("")),
            (
                "my_own",
                facts(None, vec![item(Some(1), None)], &[]),
                Ok(""),
            ),
            (
                "survey_response",
                facts(None, vec![], &[("score", PropValue::Number(10.0))]),
                Ok(""),
            ),
            (
                "survey_response",
                facts(None, vec![], &[("score", PropValue::Number(11.0))]),
                Err("score"),
            ),
            (
                "survey_response",
                facts(None, vec![], &[("score", PropValue::Number(2.5))]),
                Err("score"),
            ),
            (
                "survey_response",
                facts(None, vec![], &[("score", of("9"))]),
                Err("score"),
            ),
            (
                "experiment_exposure",
                facts(None, vec![], &[("experiment", of("a"))]),
                Err("experiment"),
            ),
            (
                "payment_error",
                facts(None, vec![], &[("severity", of("hard"))]),
                Ok(""),
            ),
            ("payment_error", facts(None, vec![], &[]), Ok("severity")),
        ] {
            let found = check(name, &mut facts);
            let matches = match (found, expected) {
                (Ok(""), Ok("")) => true,
                (Ok(found), Ok(expected)) => !expected.is_empty() && found.starts_with(expected),
                (Err(found), Err(expected)) => found.starts_with(expected),
                _ => false,
            };
            assert!(matches, "{name}: {found:?} instead of {expected:?}");
        }
        let mut negative = facts(Some("EUR"), vec![], &order);
        negative.value = Some(Decimal::from_micros(-1));
        assert!(check("purchase", &mut negative).is_err());
    }

    #[test]
    fn an_orders_number_becomes_its_id() {
        let mut facts = facts(
            None,
            vec![],
            &[("transaction_id", PropValue::Number(1042.0))],
        );
        check("purchase", &mut facts).expect("fine");
        assert_eq!(text(&facts, ORDER), "1042");
    }

    proptest! {
        #[test]
        fn sums_agree_with_plain_arithmetic(lines in proptest::collection::vec((0i64..1000, 0u32..50), 1..9)) {
            let items: Vec<_> = lines.iter().map(|(price, count)| item(Some(*price), Some(*count))).collect();
            let sum: i64 = lines.iter().map(|(price, count)| price * i64::from(*count)).sum();
            prop_assert_eq!(value(&items), Some(Decimal::from_micros(sum * 1_000_000)));
            prop_assert_eq!(quantity(&items), lines.iter().map(|(_, count)| i64::from(*count)).sum::<i64>());
        }
    }
}
