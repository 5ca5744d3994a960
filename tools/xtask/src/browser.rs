//! The browser that tests run in, and the driver that steers it.

use std::path::{Path, PathBuf};

use crate::{apt, process::find, workspace::set};

pub(crate) struct Browser {
    pub(crate) chrome: PathBuf,
    pub(crate) chromedriver: PathBuf,
}

impl Browser {
    /// The ones that `CHROME` and `CHROMEDRIVER` name, else the installed ones, else Debian's.
    pub(crate) fn ensure() -> Result<Self, String> {
        if let Some(browser) = Self::find()? {
            return Ok(browser);
        }
        apt::install(&["chromium", "chromium-driver"], "to run tests in a browser")?;
        Self::find()?.ok_or_else(|| {
            "Missing: Chrome or Chromium with its chromedriver; install both, or name them in CHROME and CHROMEDRIVER."
                .to_owned()
        })
    }

    fn find() -> Result<Option<Self>, String> {
        let chrome = named("CHROME")?.or_else(find_chrome);
        let chromedriver = named("CHROMEDRIVER")?.or_else(|| find("chromedriver"));
        Ok(chrome.zip(chromedriver).map(|(chrome, chromedriver)| Self { chrome, chromedriver }))
    }
}

fn find_chrome() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    let on_macos = Path::new("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    names.into_iter().find_map(find).or_else(|| on_macos.exists().then(|| on_macos.to_owned()))
}

/// A program that a variable names; one that is not there is a mistake and not a reason to take another.
fn named(variable: &str) -> Result<Option<PathBuf>, String> {
    let Some(path) = set(variable).map(PathBuf::from) else { return Ok(None) };
    if path.is_file() {
        Ok(Some(path))
    } else {
        Err(format!("{variable} names {}, which does not exist.", path.display()))
    }
}
