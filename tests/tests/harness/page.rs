//! What a test asks of a page with the tracker: whether it runs, what the console would show, what waits in it.

use anyhow::{Result, ensure};
use serde_json::json;

use super::{Browser, eventually};

/// The first script of a page: it keeps in `errors` what the page and the console would hear of.
pub(crate) const WATCH: &str = "<script>errors = []; \
    addEventListener('error', (event) => errors.push(String(event.message || event.target.src)), true); \
    addEventListener('unhandledrejection', (event) => errors.push(String(event.reason))); \
    console.error = console.warn = (...words) => errors.push(words.join(' '));</script>";
/// The tracker's tag, with nothing told that the page does not say itself.
pub(crate) const OFF: &str =
    "views,clicks,links,forms,search,not_found,frustration,engagement,vitals,errors,impressions";

/// The tracker's tag; `options` are more attributes.
pub(crate) fn tag(options: &str) -> String {
    format!(
        "<script async src='/sdk/desirepath.js' data-endpoint='/v1/batch' data-site='demo' {options}></script>"
    )
}

impl Browser {
    /// Opens a page and waits until the tracker runs in it.
    pub(crate) async fn visit(&self, url: &str) -> Result<()> {
        self.open(url).await?;
        self.tracked().await
    }

    /// Waits until the tracker runs in the page.
    pub(crate) async fn tracked(&self) -> Result<()> {
        self.until("the tracker", "!!window.desirepath?.state")
            .await
    }

    /// Waits until an expression is true in the page.
    pub(crate) async fn until(&self, what: &str, expression: &str) -> Result<()> {
        eventually(what, async || {
            let is_so = self.run(&format!("return {expression}")).await?;
            ensure!(is_so == true, "{expression} is {is_so}");
            Ok(())
        })
        .await
    }

    /// Fails if the console of a page with [`WATCH`] would show anything.
    pub(crate) async fn quiet(&self) -> Result<()> {
        let errors = self.run("return errors.slice()").await?;
        ensure!(errors == json!([]), "the page heard {errors}");
        Ok(())
    }

    /// The queue as it is kept in the page's IndexedDB, as JSON.
    pub(crate) async fn kept_queue(&self) -> Result<String> {
        let read = "return desirepath.exportData().then((all) => all.indexedDB.queue ?? [])";
        Ok(self.run(read).await?.to_string())
    }
}
