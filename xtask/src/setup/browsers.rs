//! The browsers that tests run in, each with the WebDriver that steers it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{apt, cargo_tools};
use crate::process::find_program;

/// The three engines that the web runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Engine {
    /// Chromium, Chrome
    Chromium,
    /// Firefox
    Firefox,
    /// WebKitGTK's MiniBrowser, which stands for Safari
    WebKit,
}

/// A browser that is on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    /// Which engine it is.
    pub(crate) engine: Engine,
    /// Its WebDriver.
    driver: PathBuf,
    /// The browser itself.
    binary: PathBuf,
    /// An X server without a screen, for a browser that can't do without one.
    display: Option<PathBuf>,
}

impl Engine {
    /// All of them, in the order in which tests run.
    pub(crate) const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    /// The name by which the end-to-end tests know it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }

    /// The browser on this machine, installed if need be.
    ///
    /// # Errors
    /// When it can't be had; the message says what to install.
    pub(crate) fn ensure(self) -> Result<Browser> {
        if let Some(found) = self.find() {
            return Ok(found);
        }
        let installed = self.install();
        self.find().with_context(|| {
            let reason = installed
                .err()
                .map(|error| format!(" ({error:#})"))
                .unwrap_or_default();
            format!(
                "no {} with its WebDriver: {}{reason}",
                self.name(),
                self.advice()
            )
        })
    }

    fn find(self) -> Option<Browser> {
        let binary = self.find_binary()?;
        let (driver, display) = match self {
            Self::Chromium => (find_program(&["chromedriver"])?, None),
            Self::Firefox => (cargo_tools::find_geckodriver()?, None),
            Self::WebKit => (
                find_program(&["WebKitWebDriver"])?,
                Some(find_program(&["Xvfb"])?),
            ),
        };
        Some(Browser {
            engine: self,
            driver,
            binary,
            display,
        })
    }

    fn find_binary(self) -> Option<PathBuf> {
        let (names, paths): (&[&str], &[&str]) = match self {
            Self::Chromium => (
                &[
                    "chromium",
                    "chromium-browser",
                    "google-chrome",
                    "google-chrome-stable",
                    "chrome",
                ],
                &["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"],
            ),
            Self::Firefox => (
                &["firefox-esr", "firefox"],
                &["/Applications/Firefox.app/Contents/MacOS/firefox"],
            ),
            Self::WebKit => return find_mini_browser(Path::new("/usr")),
        };
        let installed = || paths.iter().map(PathBuf::from).find(|path| path.exists());
        find_program(names).or_else(installed)
    }

    fn install(self) -> Result<()> {
        match self {
            Self::Chromium => apt::install(&["chromium", "chromium-driver"]),
            Self::Firefox => {
                if self.find_binary().is_none() {
                    apt::install(&["firefox-esr"])?;
                }
                // Debian packages the browser without its driver.
                cargo_tools::ensure_geckodriver().map(drop)
            }
            Self::WebKit => apt::install(&["webkit2gtk-driver", "xvfb"]),
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Chromium => {
                "install Chromium or Chrome, and the chromedriver of the same version"
            }
            Self::Firefox => "install Firefox and geckodriver",
            Self::WebKit => "it is to be had on Linux only: install webkit2gtk-driver and xvfb",
        }
    }
}

impl Browser {
    /// Tells the end-to-end tests where this browser and its parts are.
    pub(crate) fn describe_to(&self, tests: &mut Command) {
        let (driver, binary) = match self.engine {
            Engine::Chromium => ("DESIREPATH_CHROMEDRIVER", "DESIREPATH_CHROMIUM"),
            Engine::Firefox => ("DESIREPATH_GECKODRIVER", "DESIREPATH_FIREFOX"),
            Engine::WebKit => ("DESIREPATH_WEBKITDRIVER", "DESIREPATH_MINIBROWSER"),
        };
        tests.env(driver, &self.driver).env(binary, &self.binary);
        if let Some(display) = &self.display {
            tests.env("DESIREPATH_XVFB", display);
        }
    }

    /// The WebDriver.
    pub(crate) fn driver(&self) -> &Path {
        &self.driver
    }
}

/// Every engine that can be had, and for each that can't, the reason.
pub(crate) fn ensure_all() -> (Vec<Browser>, Vec<String>) {
    let mut browsers = Vec::new();
    let mut missing = Vec::new();
    for engine in Engine::ALL {
        match engine.ensure() {
            Ok(browser) => browsers.push(browser),
            Err(error) => missing.push(format!("{error:#}")),
        }
    }
    (browsers, missing)
}

/// WebKitGTK keeps its browser out of the PATH, in a folder named after its version:
/// `lib/x86_64-linux-gnu/webkit2gtk-4.1/` on Debian, `libexec/webkit2gtk-4.1/` on Fedora.
fn find_mini_browser(prefix: &Path) -> Option<PathBuf> {
    let library = prefix.join("lib");
    let mut places = folders(&library);
    places.extend([library, prefix.join("libexec")]);
    let versions = places.iter().flat_map(|place| folders(place));
    versions
        .filter(|folder| {
            folder
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("webkit"))
        })
        .map(|folder| folder.join("MiniBrowser"))
        .find(|path| path.is_file())
}

/// The folders in a folder, sorted; none when it can't be read.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn webkits_browser_is_found_where_distributions_keep_it() {
        let prefix = workspace::scratch("mini-browser");
        assert_eq!(find_mini_browser(&prefix), None);
        for folder in [
            "libexec/webkit2gtk-4.1",
            "lib/x86_64-linux-gnu/webkit2gtk-4.1",
        ] {
            std::fs::create_dir_all(prefix.join(folder)).unwrap();
            let path = prefix.join(folder).join("MiniBrowser");
            std::fs::write(&path, "").unwrap();
            assert_eq!(find_mini_browser(&prefix), Some(path.clone()));
        }
        std::fs::remove_dir_all(prefix).unwrap();
    }

    #[test]
    fn the_tests_are_told_every_part_of_a_browser() {
        let part = |name: &str| PathBuf::from(name);
        let browser = Browser {
            engine: Engine::WebKit,
            driver: part("driver"),
            binary: part("browser"),
            display: Some(part("xvfb")),
        };
        let mut tests = Command::new("tests");
        browser.describe_to(&mut tests);
        let names: Vec<_> = tests
            .get_envs()
            .map(|(name, _)| name.to_string_lossy().into_owned())
            .collect();
        assert_eq!(
            names,
            [
                "DESIREPATH_MINIBROWSER",
                "DESIREPATH_WEBKITDRIVER",
                "DESIREPATH_XVFB"
            ]
        );
    }
}
