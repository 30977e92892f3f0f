//! What the dashboard's other reports show: the scope, the funnel's options, the ways to look at paths, carts and
//! friction. The numbers are those of a file small enough to count by hand.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::dashboard::{check_funnel, check_summary, open_file};
use crate::harness::{Browser, Stage, eventually};

/// Visitor, minutes since the beginning of 8 September 2026 in UTC, colour, and the names of events, a minute apart.
const VISITS: [(u8, i64, &str, &[&str]); 6] = [
    (1, 600, "blue", &["view_item", "add_to_cart"]),
    (2, 660, "red", &["view_item"]),
    (
        3,
        7 * 1440 + 600,
        "red",
        &["view_item", "add_to_cart", "purchase"],
    ),
    (
        4,
        7 * 1440 + 720,
        "blue",
        &["view_item", "add_to_cart", "rage_click"],
    ),
    // Half past midnight of the 16th in Berlin.
    (
        5,
        7 * 1440 + 1350,
        "red",
        &["view_item", "search", "add_to_cart", "purchase"],
    ),
    (6, 12 * 1440 + 720, "blue", &["view_item"]),
];

/// 8 September 2026, 00:00 UTC.
const START_TS: i64 = 1_788_825_600_000;

/// The second of the two weeks, as the address says it.
pub(crate) const SCOPE: &str = "from=2026-09-14&until=2026-09-20&zone=Europe/Berlin";

pub(crate) async fn a_funnel_has_its_options_in_the_address(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let options = "compare=1&by=prop:colour&trend=day&steps=view_item,search|?,purchase";
    open(browser, &collector.url, &format!("{SCOPE}&{options}")).await?;
    // One searched and one went past it; the summary is of all that is open.
    check_funnel(browser, &["view_item", "search", "purchase"], &[4, 2, 2]).await?;
    check_summary(browser, "summary-people", 6).await?;
    check(browser, "[data-testid=optional]", "data-n-took", &["1"]).await?;

    check(
        browser,
        "[data-testid=breakdown] tbody tr",
        "data-group",
        &["blue", "red"],
    )
    .await?;
    let days = "[data-testid=trend-table] tbody tr";
    check(
        browser,
        days,
        "data-period",
        &["2026-09-15", "2026-09-16", "2026-09-20"],
    )
    .await?;
    check(browser, days, "data-n-units", &["2 1 1", "1 1 1", "1 0 0"]).await?;
    browser.find("[data-testid=trend] svg").await?;
    // Two of four bought, and none of the two in the week before.
    check(browser, "[data-testid=change]", "data-difference", &["0.5"]).await?;

    // Those who did not buy.
    browser.select("[data-testid=scope-people]", "not").await?;
    browser
        .select("[data-testid=scope-people-event]", "purchase")
        .await?;
    check_funnel(browser, &["view_item", "search", "purchase"], &[2, 0, 0]).await?;
    let address = browser.run("return location.search").await?;
    let address = address.as_str().context("an address is a text")?;
    ensure!(address.contains("people=not:purchase"), "{address}");
    Ok(())
}

pub(crate) async fn a_report_stands_beside_any_other_part(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    // Two of four bought, none in the week before, and all of those who bought.
    for (other, difference) in [("2026-09-07..2026-09-13", "0.5"), ("did:purchase", "-0.5")] {
        let view = format!("{SCOPE}&steps=view_item,purchase&compare={other}");
        open(browser, &collector.url, &view).await?;
        check(
            browser,
            "[data-testid=change]",
            "data-difference",
            &[difference],
        )
        .await?;
    }
    browser.select("[data-testid=compare]", "not").await?;
    check(browser, "[data-testid=change]", "data-difference", &["0.5"]).await?;
    let address = browser.run("return location.search").await?;
    let address = address.as_str().context("an address is a text")?;
    ensure!(address.contains("compare=not:purchase"), "{address}");
    Ok(())
}

pub(crate) async fn paths_are_shown_in_four_ways(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    open(browser, &collector.url, SCOPE).await?;
    browser.find("[data-testid=paths-graph] svg").await?;

    show(browser, "transitions").await?;
    browser.find("[data-testid=transitions-graph] svg").await?;
    let row = "[data-testid=transitions-table] tr[data-from=add_to_cart][data-to=purchase]";
    check(browser, row, "data-n", &["2"]).await?;

    show(browser, "matrix").await?;
    let row = "[data-testid=step-matrix] tr[data-label=left] td";
    check(browser, row, "data-n-units", &["0", "1", "1", "3", "4"]).await?;

    show(browser, "exact").await?;
    let row = "[data-testid=exact-paths] tr[data-path='view_item add_to_cart purchase']";
    check(browser, row, "data-n-units", &["1"]).await
}

pub(crate) async fn carts_and_friction_are_told(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    open(browser, &collector.url, SCOPE).await?;
    let states = "[data-testid=carts-flow] li";
    check(browser, states, "data-state", &["purchased", "abandoned"]).await?;
    check(browser, states, "data-n-carts", &["2", "1"]).await?;
    check(
        browser,
        "[data-testid=carts-items] tbody tr",
        "data-item",
        &["kettle"],
    )
    .await?;
    let product = browser.find("[data-testid=carts-items] tbody th").await?;
    let words = product.text().await?;
    ensure!(words.starts_with("Steel kettle"), "{words}");
    check(
        browser,
        "[data-touchpoint='/item']",
        "data-n-visits",
        &["4"],
    )
    .await?;
    check(
        browser,
        "[data-testid=friction] .sub",
        "data-signal",
        &["rage_click"],
    )
    .await
}

pub(crate) async fn reports_fit_a_narrow_page(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    browser.client.set_window_size(500, 900).await?;
    let options = "by=prop:colour&trend=day&goes_with=1";
    open(browser, &collector.url, &format!("{SCOPE}&{options}")).await?;
    browser.find("[data-testid=friction] .sub").await?;
    browser.find("[data-testid=breakdown]").await?;
    browser.find("[data-testid=carts-items]").await?;
    // Nothing makes the page wider than the window, and no name is broken into letters.
    let wider = browser
        .run(
            "const { clientWidth } = document.documentElement;
             const scrolls = '.desire-scroll, .desire-part, .desire-details';
             const isOutside = (element) =>
               element.getBoundingClientRect().right > clientWidth && !element.parentElement.closest(scrolls);
             return [...document.querySelectorAll('main *')].filter(isOutside).map((element) => element.outerHTML)",
        )
        .await?;
    ensure!(wider == json!([]), "wider than the page: {wider}");
    let broken = browser
        .run(
            "const names = [...document.querySelectorAll('.desire-table tbody th')];
             return names.filter((name) => name.offsetWidth > 0 && name.offsetWidth < 100).map((name) => name.innerText)",
        )
        .await?;
    ensure!(broken == json!([]), "broken into pieces: {broken}");
    Ok(())
}

pub(crate) async fn every_element_stands_on_another_page(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    browser
        .open(&format!("{}/shop/cart/", collector.url))
        .await?;
    browser.find("[data-testid=cart-link]").await?;
    let embed = format!(
        "const lines = {lines};
         const script = `import {{ openDataset }} from '/elements.js';
           const data = await openDataset(new Blob([document.getElementById('lines').textContent]));
           for (const element of document.querySelectorAll('main [from]')) element.data = data;`;
         const days = 'from=\"2026-09-14\" until=\"2026-09-20\" time-zone=\"Europe/Berlin\"';
         document.querySelector('main').innerHTML = `
           <script type=\"text/plain\" id=\"lines\"></script>
           <desire-transitions ${{days}}></desire-transitions>
           <desire-step-matrix ${{days}} center=\"add_to_cart\" positions=\"2\"></desire-step-matrix>
           <desire-exact-paths ${{days}} length=\"2\" goal=\"purchase\"></desire-exact-paths>
           <desire-carts ${{days}} compare=\"previous_period\"></desire-carts>
           <desire-friction ${{days}}></desire-friction>`;
         document.getElementById('lines').textContent = lines;
         const tag = document.createElement('script');
         tag.type = 'module';
         tag.textContent = script;
         document.body.append(tag);
         return true;",
        lines = json!(file()),
    );
    browser.run(&embed).await?;
    let row = "[data-testid=transitions-table] tr[data-from=start][data-to=view_item]";
    check(browser, row, "data-n", &["4"]).await?;
    let row = "[data-testid=step-matrix] tr[data-label=view_item] td";
    check(browser, row, "data-n-units", &["1", "2", "0", "0", "0"]).await?;
    let row = "[data-testid=exact-paths] tr[data-path='add_to_cart purchase']";
    check(browser, row, "data-n-units", &["2"]).await?;
    check(browser, "[data-testid=carts-flow]", "data-n-carts", &["3"]).await?;
    check(
        browser,
        "[data-touchpoint='/item']",
        "data-n-visits",
        &["4"],
    )
    .await
}

/// Opens the file on the view that an address describes, on a site without events, so that only the file is shown.
pub(crate) async fn open(browser: &Browser, collector: &str, view: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("weeks.ndjson");
    std::fs::write(&path, file())?;
    browser
        .open(&format!("{collector}/?site=nobody&{view}"))
        .await?;
    browser.find("[data-testid=empty]").await?;
    open_file(browser, &path).await?;
    // The folder is gone once this returns.
    check_summary(browser, "summary-people", 6).await
}

/// The visits as a collector exports them.
fn file() -> String {
    let mut lines = String::new();
    for (visitor, minutes, colour, names) in VISITS {
        for (at, name) in (0_i64..).zip(names) {
            let ts = START_TS + (minutes + at) * 60_000;
            let mut event = json!({
                "id": format!("00000000-0000-4000-8000-{visitor:06}{at:06}"),
                "ts": ts,
                "seq": at,
                "visitor": format!("00000000-0000-4000-8001-{visitor:012}"),
                "session": format!("00000000-0000-4000-8002-{visitor:012}"),
                "tab": format!("00000000-0000-4000-8003-{visitor:012}"),
                "name": name,
                "page": {"url": "https://shop.example/item", "path": "/item"},
                "props": {"colour": colour},
            });
            if *name == "add_to_cart" || *name == "purchase" {
                event["items"] = json!([{"item_id": "kettle", "item_name": "Steel kettle", "price": 20, "quantity": 1}]);
                event["value"] = json!(20);
                event["currency"] = json!("EUR");
            }
            if *name == "purchase" {
                event["props"]["transaction_id"] = json!(format!("t{visitor}"));
            }
            lines.push_str(&event.to_string());
            lines.push('\n');
        }
    }
    lines
}

/// Looks at paths in another way. What is clicked is the words: the button is not to be seen.
pub(crate) async fn show(browser: &Browser, view: &str) -> Result<()> {
    browser
        .click(&format!("[data-testid=paths-view-{view}] + span"))
        .await
}

async fn check(browser: &Browser, css: &str, attribute: &str, expected: &[&str]) -> Result<()> {
    eventually(
        &format!("{css} to have {attribute} {expected:?}"),
        async || {
            let shown = browser.attributes(css, attribute).await?;
            ensure!(shown == expected, "it is {shown:?}");
            Ok(())
        },
    )
    .await
}
