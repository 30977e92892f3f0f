//! Whoever sees, hears or steers a page otherwise than most: the rules of axe-core, which are those of WCAG 2.2 (A and AA)
//! that a program can check, and good practice. They hold for whatever the dashboard, its elements and the shop show.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::dashboard::{TILL, open_file};
use crate::dashboard_reports::{SCOPE, open, show};
use crate::harness::{Browser, Stage};

/// Leaves in `objections` the rules that the page breaks, each with the elements that do.
const LOOK: &str = "
    delete window.objections;
    const said = ({ id, help, nodes }) =>
      `${id} (${help}): ${nodes.slice(0, 5).map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`;
    axe.run(document, { resultTypes: ['violations'], preload: false }).then(
      ({ violations }) => { window.objections = violations.map(said) },
      (error) => { window.objections = [String(error)] },
    );";

pub(crate) async fn reports_keep_the_rules_of_accessibility(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let all = "by=prop:colour&trend=day&goes_with=1&compare=1";
    open(browser, &collector.url, &format!("{SCOPE}&{all}")).await?;
    browser.find("[data-testid=paths-graph] svg").await?;
    browser.find("[data-testid=trend] svg").await?;
    browser.find("[data-testid=friction] .sub").await?;
    browser.find("[data-testid=carts-items]").await?;
    check(browser, "the reports").await?;
    for (view, drawn) in [
        ("transitions", "[data-testid=transitions-graph] svg"),
        ("matrix", "[data-testid=step-matrix]"),
        ("exact", "[data-testid=exact-paths]"),
    ] {
        show(browser, view).await?;
        browser.find(drawn).await?;
        check(browser, view).await?;
    }
    Ok(())
}

pub(crate) async fn forms_and_the_shop_keep_the_rules_of_accessibility(
    stage: &mut Stage,
) -> Result<()> {
    let Stage { browser, collector } = stage;
    browser
        .open(&format!("{}/?site=nobody", collector.url))
        .await?;
    browser.find("[data-testid=empty]").await?;
    check(browser, "an empty site").await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("till.csv");
    std::fs::write(&file, TILL)?;
    open_file(browser, &file).await?;
    browser.find("[data-testid=import-dialog][open]").await?;
    check(browser, "the import dialog").await?;

    for page in [
        "",
        "app/",
        "product/steel-kettle/",
        "cart/",
        "checkout/",
        "search/?q=kettle",
    ] {
        let address = format!("{}/shop/{page}", collector.url);
        browser.open(&address).await?;
        browser.find("#main > *").await?;
        check(browser, &address).await?;
    }
    Ok(())
}

/// Fails if axe objects to anything on the page.
async fn check(browser: &Browser, what: &str) -> Result<()> {
    let axe = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../www/node_modules/axe-core/axe.min.js"
    );
    let axe = std::fs::read_to_string(axe).context(axe)?;
    browser.run(&axe).await?;
    browser.run(LOOK).await?;
    browser.until("axe", "!!window.objections").await?;
    let objections = browser.run("return window.objections").await?;
    ensure!(objections == json!([]), "{what}: {objections:#}");
    Ok(())
}
