//! Orders: one purchase each, over reloads, tabs and payments elsewhere.

use anyhow::{Result, ensure};

use crate::harness::{Stage, serve_pages, text};
use crate::identity::{leave, tracked};

pub(crate) async fn an_order_is_one_purchase_in_all_tabs(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let buy = "<script>window.addEventListener('load', () => desirepath.track('purchase', { \
               transaction_id: 'T1', currency: 'EUR', value: 5, items: [{ item_id: 'a' }] }))</script>";
    let site = serve_pages(&collector.url, [("/thanks/", tracked("", buy))]).await?;
    let thanks = format!("{site}/thanks/");
    browser.visit(&thanks).await?;
    browser.open_tab().await?;
    browser.visit(&thanks).await?;
    browser.visit(&thanks).await?;
    browser
        .run("desirepath.track('purchase', { transaction_id: 'T2', currency: 'EURO', value: 5 });
              desirepath.track('purchase', { transaction_id: 'T3', currency: 'EUR', value: 5, items: [{ item_id: 'a', quantity: 1.5 }] });
              desirepath.track('purchase', { transaction_id: 'T4', currency: 'EUR', value: 5 });")
        .await?;
    let bought = leave(browser, collector, &["purchase"], 2).await?;
    let orders: Vec<_> = bought
        .iter()
        .map(|event| text(event, "transaction_id"))
        .collect();
    ensure!(orders == ["T1", "T4"], "{orders:?}");
    Ok(())
}

pub(crate) async fn a_pending_purchase_is_confirmed_or_told_to_have_failed(
    stage: &mut Stage,
) -> Result<()> {
    let Stage { browser, collector } = stage;
    let site = serve_pages(
        &collector.url,
        [
            ("/pay/", tracked("", "Pay")),
            ("/thanks/", tracked("", "Thanks")),
        ],
    )
    .await?;
    let order = |id: &str| {
        format!(
            "desirepath.track('purchase', {{ pending: true, transaction_id: '{id}', currency: 'EUR', shipping: 4.9, \
             items: [{{ item_id: 'a', price: 10, quantity: 2 }}] }})"
        )
    };
    browser.visit(&format!("{site}/pay/")).await?;
    browser.run(&order("T1")).await?;
    browser.visit(&format!("{site}/thanks/")).await?;
    browser
        .run("desirepath.track('purchase', { transaction_id: 'T1' })")
        .await?;
    browser.run(&order("T2")).await?;
    browser.visit(&format!("{site}/pay/")).await?;
    browser.run("desirepath.track('view_cart')").await?;
    let names = ["purchase", "payment_error"];
    let events = leave(browser, collector, &names, 2).await?;
    let [bought, failed] = &events[..] else {
        anyhow::bail!("{events:?}")
    };
    ensure!(
        bought.name == "purchase" && bought.items.len() == 1,
        "{bought:?}"
    );
    ensure!(
        bought
            .value
            .is_some_and(|value| value.micros() == 20_000_000),
        "{bought:?}"
    );
    ensure!(
        bought.page.as_ref().and_then(|page| page.path.as_deref()) == Some("/thanks/"),
        "{bought:?}"
    );
    ensure!(text(failed, "code") == "unconfirmed", "{failed:?}");
    ensure!(text(failed, "transaction_id") == "T2", "{failed:?}");
    Ok(())
}
