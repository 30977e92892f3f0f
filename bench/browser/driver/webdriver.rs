//! One Chromium in its own profile, steered by its WebDriver. Only what the benchmarks call, among it commands of
//! the DevTools protocol, which ChromeDriver passes on.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A browser with one window at a time in use.
pub(crate) struct Chromium {
    http: Client,
    session: String,
    // Both end when they are dropped: the driver is killed, the profile removed.
    _driver: Child,
    _profile: tempfile::TempDir,
}

/// Flags for a run that neither shows a window nor calls home, and in which trackers behave as for a visitor: most
/// of them drop events of a browser that says that it is steered.
const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-blink-features=AutomationControlled",
    "--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "--window-size=1280,900",
    // Whatever a tracker has built in, no name but the local ones leads anywhere.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1",
];

impl Chromium {
    /// Starts a browser, does something with it, and ends it however that went.
    pub(crate) async fn with<T>(act: impl AsyncFnOnce(&Self) -> Result<T>) -> Result<T> {
        let browser = Self::start().await?;
        let result = act(&browser).await;
        let ended = browser.stop().await;
        let value = result?;
        ended?;
        Ok(value)
    }

    /// Starts the driver and the browser: `DESIREPATH_CHROMEDRIVER` and `DESIREPATH_CHROMIUM`, or those in the PATH.
    async fn start() -> Result<Self> {
        let program =
            std::env::var("DESIREPATH_CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".into());
        let mut driver = Command::new(&program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| {
                format!("starting {program}: install Chromium and its ChromeDriver")
            })?;
        let port = port_of(&mut driver).await?;
        let profile = tempfile::tempdir().context("making a folder for the browser's profile")?;
        let http = Client::new();
        let origin = format!("http://127.0.0.1:{port}");

        let mut arguments: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let mut options = json!({ "args": arguments });
        if let Ok(binary) = std::env::var("DESIREPATH_CHROMIUM") {
            options["binary"] = binary.into();
        }
        let capabilities = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "timeouts": { "script": 1_800_000, "pageLoad": 120_000 },
        }}});
        let created = call(
            &http,
            Method::POST,
            &format!("{origin}/session"),
            &capabilities,
        )
        .await?;
        let id = created["sessionId"]
            .as_str()
            .context("ChromeDriver gave no session")?;
        let session = format!("{origin}/session/{id}");
        eprintln!(
            "bench: Chromium {}",
            created["capabilities"]["browserVersion"]
                .as_str()
                .unwrap_or_default()
        );
        Ok(Self {
            http,
            session,
            _driver: driver,
            _profile: profile,
        })
    }

    /// Opens a page and waits until it has loaded.
    pub(crate) async fn goto(&self, url: &str) -> Result<()> {
        self.post("url", &json!({ "url": url })).await?;
        Ok(())
    }

    /// Evaluates the body of an `async` function in the page and returns what it resolves to.
    pub(crate) async fn evaluate(&self, body: &str, arguments: &[Value]) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (async (...args) => {{ {body} }})(...Array.prototype.slice.call(arguments, 0, -1)).then(
                 (value) => done({{ value }}),
                 (error) => done({{ error: String(error?.stack ?? error) }}));"
        );
        let answer = self
            .post(
                "execute/async",
                &json!({ "script": script, "args": arguments }),
            )
            .await?;
        if let Some(error) = answer["error"].as_str() {
            bail!("in the page: {error}");
        }
        Ok(answer["value"].clone())
    }

    /// Sends a command of the DevTools protocol to the current tab.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Result<Value> {
        self.post(
            "goog/cdp/execute",
            &json!({ "cmd": command, "params": parameters }),
        )
        .await
    }

    /// Opens a tab, and makes it the one in use; [`Self::close_tab`] goes back to the first.
    pub(crate) async fn open_tab(&self) -> Result<()> {
        let tab = self.post("window/new", &json!({ "type": "tab" })).await?;
        self.post("window", &json!({ "handle": tab["handle"] }))
            .await?;
        Ok(())
    }

    /// Closes the tab in use.
    pub(crate) async fn close_tab(&self) -> Result<()> {
        let url = format!("{}/window", self.session);
        let rest = call(&self.http, Method::DELETE, &url, &Value::Null).await?;
        self.post("window", &json!({ "handle": rest[0] })).await?;
        Ok(())
    }

    /// Ends the browser, which would outlive its driver.
    async fn stop(self) -> Result<()> {
        call(&self.http, Method::DELETE, &self.session, &Value::Null).await?;
        Ok(())
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        call(
            &self.http,
            Method::POST,
            &format!("{}/{path}", self.session),
            body,
        )
        .await
    }
}

/// Sends one request to the driver and returns the `value` of its answer.
async fn call(http: &Client, method: Method, url: &str, body: &Value) -> Result<Value> {
    let mut request = http.request(method, url).timeout(Duration::from_secs(3600));
    if !body.is_null() {
        request = request.json(body);
    }
    let response = request.send().await.context("talking to ChromeDriver")?;
    let is_success = response.status().is_success();
    let mut answer: Value = response
        .json()
        .await
        .context("reading ChromeDriver's answer")?;
    let value = answer["value"].take();
    if !is_success {
        bail!(
            "ChromeDriver: {}: {}",
            value["error"].as_str().unwrap_or("error"),
            value["message"]
        );
    }
    Ok(value)
}

/// Reads the port that ChromeDriver chose from what it prints, and keeps its output flowing afterwards.
async fn port_of(driver: &mut Child) -> Result<u16> {
    let output = driver.stdout.take().context("ChromeDriver has no output")?;
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines
        .next_line()
        .await
        .context("reading ChromeDriver's output")?
    {
        let Some((_, rest)) = line.split_once("successfully on port ") else {
            continue;
        };
        let port = rest
            .trim_end_matches('.')
            .parse()
            .with_context(|| format!("no port in {line:?}"))?;
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        return Ok(port);
    }
    bail!("ChromeDriver ended before it was ready")
}
