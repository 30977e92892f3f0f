//! One browser with an empty profile, steered by its WebDriver. Everything that is started here ends with it.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::{eventually, variable};

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

impl Engine {
    /// Its name in `DESIREPATH_BROWSERS`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Engine::Chromium => "chromium",
            Engine::Firefox => "firefox",
            Engine::WebKit => "webkit",
        }
    }
}

/// A running browser. It derefs to nothing: tests use what is here, and [`Browser::client`] for the rest.
pub(crate) struct Browser {
    pub(crate) client: Client,
    pub(crate) engine: Engine,
    // Dropped first to last: the driver and its browser are killed, then the display, then the profile is removed.
    driver: Driver,
    _display: Option<Child>,
    profile: TempDir,
}

impl Browser {
    /// Starts the engine's driver, and through it the browser.
    pub(crate) async fn start(engine: Engine) -> Result<Self> {
        Self::start_with(engine, false).await
    }

    /// Likewise; the profile of a browser that `is_lasting` is there again after [`Browser::kill`].
    pub(crate) async fn start_with(engine: Engine, is_lasting: bool) -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let display = if engine == Engine::WebKit {
            Some(Display::start().await?)
        } else {
            None
        };
        let name = display.as_ref().map(|display| &*display.name);
        let (client, driver) = launch(engine, profile.path(), is_lasting, name).await?;
        Ok(Self {
            client,
            engine,
            driver,
            _display: display.map(|display| display.server),
            profile,
        })
    }

    /// Ends a lasting browser as the system does that is out of memory: SIGKILL to all its processes. Then starts it
    /// again with the same profile.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        self.driver.kill();
        let _ = self.driver.0.wait().await;
        // The browser's own processes are nobody's children now.
        tokio::time::sleep(Duration::from_secs(1)).await;
        (self.client, self.driver) = launch(self.engine, self.profile.path(), true, None).await?;
        Ok(())
    }

    /// Opens a page and waits until it has loaded.
    pub(crate) async fn open(&self, url: &str) -> Result<()> {
        self.client
            .goto(url)
            .await
            .with_context(|| format!("opening {url}"))
    }

    /// Leaves the page for one of its origin that has no tracker. What a page sends as it is left for elsewhere, Firefox
    /// does not always let out.
    pub(crate) async fn leave(&self) -> Result<()> {
        let here = self.client.current_url().await?;
        self.open(here.join("/left")?.as_str()).await
    }

    /// The element that `css` selects, once it is there.
    pub(crate) async fn find(&self, css: &str) -> Result<Element> {
        let waiting = self.client.wait().at_most(Duration::from_secs(20));
        waiting
            .for_element(Locator::Css(css))
            .await
            .with_context(|| format!("waiting for {css}"))
    }

    /// Waits until the page that has `css` has loaded with all its scripts, those of other people too.
    pub(crate) async fn loaded(&self, css: &str) -> Result<()> {
        self.find(css).await?;
        eventually("the page to load", async || {
            let state = self.run("return document.readyState").await?;
            ensure!(state == "complete", "it is {state}");
            Ok(())
        })
        .await
    }

    /// Clicks what `css` selects, once it is there, can be clicked, and its page has loaded: no person is quicker.
    pub(crate) async fn click(&self, css: &str) -> Result<()> {
        self.loaded(css).await?;
        eventually(&format!("a click on {css}"), async || {
            self.find(css).await?.click().await?;
            Ok(())
        })
        .await
    }

    /// Types into what `css` selects.
    pub(crate) async fn fill(&self, css: &str, text: &str) -> Result<()> {
        self.find(css)
            .await?
            .send_keys(text)
            .await
            .with_context(|| format!("typing into {css}"))
    }

    /// Chooses an option of the select box that `css` selects.
    pub(crate) async fn select(&self, css: &str, value: &str) -> Result<()> {
        self.find(css)
            .await?
            .select_by_value(value)
            .await
            .with_context(|| format!("choosing {value} in {css}"))
    }

    /// Runs the body of a function in the page.
    pub(crate) async fn run(&self, script: &str) -> Result<Value> {
        self.client
            .execute(script, vec![])
            .await
            .with_context(|| format!("running {script}"))
    }

    /// The values of an attribute of all elements that `css` selects now.
    pub(crate) async fn attributes(&self, css: &str, name: &str) -> Result<Vec<String>> {
        let script = "return [...document.querySelectorAll(arguments[0])].map((e) => e.getAttribute(arguments[1]) ?? '')";
        let found = self
            .client
            .execute(script, vec![json!(css), json!(name)])
            .await?;
        Ok(serde_json::from_value(found)?)
    }

    /// Closes the window as a person closes a tab. Another one stays open, so that the browser lives on.
    pub(crate) async fn close_tab(&self) -> Result<()> {
        self.client.close_window().await?;
        let rest = self.client.windows().await?;
        let Some(window) = rest.into_iter().next() else {
            bail!("no other window was open")
        };
        self.client.switch_to_window(window).await?;
        Ok(())
    }

    /// Opens a tab and uses it.
    pub(crate) async fn open_tab(&self) -> Result<()> {
        let tab = self.client.new_window(true).await?;
        self.client.switch_to_window(tab.handle).await?;
        Ok(())
    }

    /// Ends the session, so that the browser closes by itself.
    pub(crate) async fn stop(self) {
        let _ = self.client.close().await;
    }
}

/// A driver, first of a process group of its own, to which the browser belongs too: a driver that is killed leaves its
/// browser behind.
struct Driver(Child);

impl Driver {
    fn kill(&self) {
        let group = self.0.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        if let Some(group) = group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts a driver, and through it a browser with this profile, on the display of this name.
async fn launch(
    engine: Engine,
    profile: &Path,
    is_lasting: bool,
    display: Option<&str>,
) -> Result<(Client, Driver)> {
    let port = free_port()?;
    let (mut command, capabilities) = match engine {
        Engine::Chromium => chromium(port, profile),
        Engine::Firefox => firefox(port, profile, is_lasting),
        Engine::WebKit => webkit(port),
    };
    if let Some(display) = display {
        command.env("DISPLAY", display);
    }
    let driver = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("starting {command:?}"))?;
    let driver = Driver(driver);
    let url = format!("http://127.0.0.1:{port}");
    eventually("the driver to listen", async || {
        let _ = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
        Ok(())
    })
    .await?;
    let client = ClientBuilder::new(HttpConnector::new())
        .capabilities(capabilities)
        .connect(&url)
        .await
        .with_context(|| format!("opening a session of {}", engine.name()))?;
    client.set_window_size(1280, 900).await?;
    Ok((client, driver))
}

fn chromium(port: u16, profile: &Path) -> (Command, Map<String, Value>) {
    let mut driver = Command::new(variable("DESIREPATH_CHROMEDRIVER", "chromedriver"));
    driver.arg(format!("--port={port}"));
    let mut options = json!({ "args": [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        format!("--user-data-dir={}", profile.display()),
    ]});
    if let Ok(binary) = std::env::var("DESIREPATH_CHROMIUM") {
        options["binary"] = json!(binary);
    }
    (driver, capabilities("goog:chromeOptions", options))
}

fn firefox(port: u16, profile: &Path, is_lasting: bool) -> (Command, Map<String, Value>) {
    let mut driver = Command::new(variable("DESIREPATH_GECKODRIVER", "geckodriver"));
    // Several browsers run at a time: none may want a fixed port.
    driver
        .args([
            "--port",
            &port.to_string(),
            "--websocket-port",
            "0",
            // The browser's own settings, such as offline mode, are out of reach otherwise.
            "--allow-system-access",
            "--profile-root",
        ])
        .arg(profile);
    let mut arguments = vec!["-headless".to_owned()];
    if is_lasting {
        // Without this the driver makes a profile of its own, below the folder, for each session.
        arguments.extend(["-profile".to_owned(), profile.display().to_string()]);
    }
    let mut options = json!({ "args": arguments, "prefs": {
        // No request of the browser's own: there may be no network.
        "network.captive-portal-service.enabled": false,
        "network.connectivity-service.enabled": false,
        "app.update.enabled": false,
        // Offline means all servers, those of this machine too.
        "network.disable-localhost-when-offline": true,
    }});
    if let Ok(binary) = std::env::var("DESIREPATH_FIREFOX") {
        options["binary"] = json!(binary);
    }
    (driver, capabilities("moz:firefoxOptions", options))
}

fn webkit(port: u16) -> (Command, Map<String, Value>) {
    let mut driver = Command::new(variable("DESIREPATH_WEBKITDRIVER", "WebKitWebDriver"));
    driver.arg(format!("--port={port}"));
    // MiniBrowser has no sandbox where it runs as root, and nothing to composite with on a virtual display.
    driver
        .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1")
        .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1");
    let binary = variable("DESIREPATH_MINIBROWSER", "MiniBrowser");
    (
        driver,
        capabilities(
            "webkitgtk:browserOptions",
            json!({ "binary": binary, "args": ["--automation"] }),
        ),
    )
}

fn capabilities(key: &str, options: Value) -> Map<String, Value> {
    Map::from_iter([
        (key.to_owned(), options),
        ("acceptInsecureCerts".to_owned(), json!(true)),
    ])
}

/// A port that was free a moment ago. The drivers of Firefox and WebKit can't say which one they chose themselves.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// A virtual display: WebKit's browser has no mode without a window.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    async fn start() -> Result<Self> {
        let program = variable("DESIREPATH_XVFB", "Xvfb");
        let mut server = Command::new(&program)
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1280x1024x24",
                "-nolisten",
                "tcp",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {program}"))?;
        let stdout = server
            .stdout
            .take()
            .context("the display's output is a pipe")?;
        let number = BufReader::new(stdout).lines().next_line().await?;
        let number = number.context("the virtual display did not start")?;
        Ok(Self {
            server,
            name: format!(":{number}"),
        })
    }
}
