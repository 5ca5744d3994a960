//! What the environment may say.

use std::env;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::str::FromStr;

use crate::Failure;

/// How a server is to run. [`Settings::default`] is what an empty environment gives.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `HOST`: the address to listen on, 127.0.0.1 unless told otherwise.
    pub host: IpAddr,
    /// `PORT`: the port of the page, 8080 unless told otherwise; 0 finds a free one. The next port serves the same as
    /// another origin.
    pub port: u16,
    /// `EVERSTREAM_SITE`: the folder of the page's static files.
    pub site: Option<PathBuf>,
    /// `EVERSTREAM_DATA`: the file of the log. Without it, a file in the temporary folder that is named for the port.
    pub data: Option<PathBuf>,
    /// `RATE`: events a second, 25 unless told otherwise.
    pub rate: f64,
    /// How many of the newest events the log keeps.
    pub keep: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 8080,
            site: None,
            data: None,
            rate: 25.0,
            keep: 100_000,
        }
    }
}

impl Settings {
    /// Reads the settings from the environment; what is not set is as in [`Settings::default`].
    pub fn from_environment() -> Result<Self, Failure> {
        let default = Self::default();
        let rate = variable("RATE")?.unwrap_or(default.rate);
        if !(0.1..=10_000.0).contains(&rate) {
            return Err(format!("RATE is {rate}, but it has to be from 0.1 to 10000 events a second").into());
        }
        Ok(Self {
            host: variable("HOST")?.unwrap_or(default.host),
            port: variable("PORT")?.unwrap_or(default.port),
            site: variable("EVERSTREAM_SITE")?,
            data: variable("EVERSTREAM_DATA")?,
            rate,
            keep: default.keep,
        })
    }
}

/// The value of a variable, or `None` when it is not set or empty.
fn variable<T: FromStr>(name: &str) -> Result<Option<T>, Failure> {
    match env::var(name) {
        Ok(text) if !text.is_empty() => text
            .parse()
            .map(Some)
            .map_err(|_| format!("{name} is {text:?}, which makes no sense there").into()),
        Ok(_) | Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(format!("{name} is not valid UTF-8").into()),
    }
}
