//! What a browser's own settings take from a page: the network, and room to store.

use std::str::FromStr;

use anyhow::Result;
use fantoccini::wd::WebDriverCompatibleCommand;
use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::{Browser, Engine};

/// A command of one engine's driver, beyond those of all: its path, and what is posted there.
#[derive(Debug)]
struct Special(&'static str, Value);

impl WebDriverCompatibleCommand for Special {
    fn endpoint(&self, driver: &Url, session: Option<&str>) -> Result<Url, <Url as FromStr>::Err> {
        driver.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.0
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.1.to_string()))
    }
}

impl Browser {
    /// Takes the network away as the browser's own offline mode does, or gives it back; `false` where its driver can't:
    /// WebKit's has no command for it.
    pub(crate) async fn go_offline(&self, is_offline: bool) -> Result<bool> {
        match self.engine {
            Engine::Chromium => {
                let conditions = json!({ "network_conditions": { "offline": is_offline, "latency": 0,
                    "download_throughput": -1, "upload_throughput": -1 } });
                self.order("chromium/network_conditions", conditions)
                    .await?;
            }
            Engine::Firefox => {
                self.order("moz/context", json!({ "context": "chrome" }))
                    .await?;
                let set = self
                    .run(&format!("Services.io.offline = {is_offline}"))
                    .await;
                self.order("moz/context", json!({ "context": "content" }))
                    .await?;
                set?;
            }
            Engine::WebKit => return Ok(false),
        }
        Ok(true)
    }

    /// Leaves the pages of an origin so many bytes to store; `false` where the driver can't, which is all but Chromium's.
    pub(crate) async fn limit_storage(&self, origin: &str, n_bytes: u32) -> Result<bool> {
        if self.engine != Engine::Chromium {
            return Ok(false);
        }
        let limit = json!({ "cmd": "Storage.overrideQuotaForOrigin",
            "params": { "origin": origin, "quotaSize": n_bytes } });
        self.order("goog/cdp/execute", limit).await?;
        Ok(true)
    }

    async fn order(&self, path: &'static str, body: Value) -> Result<Value> {
        Ok(self.client.issue_cmd(Special(path, body)).await?)
    }
}
