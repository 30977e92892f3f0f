//! The npm package's types name every kind of event that a shop reports, with each of its properties. Whoever adds to
//! the vocabulary is told here what the types lack.

use event::KINDS;

/// Kinds that the tracker notices by itself: no call reports them, so the types leave them out.
const OWN: &[&str] = &[
    "page_view",
    "click",
    "outbound_click",
    "file_download",
    "rage_click",
    "dead_click",
    "error_click",
    "u_turn",
    "form_start",
    "form_submit",
    "form_abandon",
    "scroll",
    "engagement",
    "js_error",
    "web_vital",
    "consent",
];

#[test]
fn the_types_name_every_kind_that_a_shop_reports() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk/js/npm/types.ts");
    let types = std::fs::read_to_string(path).unwrap();
    let (shared, listed) = types.split_once("export type EventParams = {").unwrap();
    let (listed, _) = listed.split_once("};").unwrap();
    let mut wrong = Vec::new();
    for kind in KINDS {
        let row = format!("\n  {}: ", kind.name);
        let is_listed = listed.contains(&row);
        if is_listed == OWN.contains(&kind.name) {
            wrong.push(format!("{}: listed: {is_listed}", kind.name));
        }
        // A property is in the kind's own row, or in a type that several rows share.
        for prop in kind.props.iter().filter(|_| is_listed) {
            let own = listed
                .split(&row)
                .nth(1)
                .and_then(|rest| rest.lines().next());
            let field = format!("{}: ", prop.name);
            if !own.unwrap_or_default().contains(&field) && !shared.contains(&field) {
                wrong.push(format!("{}: no {}", kind.name, prop.name));
            }
        }
    }
    assert!(wrong.is_empty(), "sdk/js/npm/types.ts: {wrong:#?}");
}
