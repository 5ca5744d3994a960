//! Packages of Debian and its relatives.

use std::{process::Command, sync::OnceLock};

use crate::process::{self, find, run};

/// Installs packages, or says in one sentence why it cannot and what to install; `purpose` completes "needed …".
pub(crate) fn install(packages: &[&str], purpose: &str) -> Result<(), String> {
    let names = packages.join(" ");
    if find("apt-get").is_none() {
        return Err(format!(
            "Missing: what Debian packages as {names}, needed {purpose}; install it and run this again."
        ));
    }
    let Some(privilege) = privilege() else {
        return Err(format!("Missing: {names}, needed {purpose}; run `apt-get install {names}` as root."));
    };
    println!("Installing {names}, needed {purpose}…");
    let failed = |sentence| format!("{names}, needed {purpose}, could not be installed: {sentence}");
    update(privilege).map_err(failed)?;
    run(apt_get(privilege).args(["install", "--yes", "--no-install-recommends"]).args(packages))
        .map_err(failed)
}

/// Refreshes the lists once: a stale list offers versions that are too old, or gone.
fn update(privilege: &[&str]) -> Result<(), String> {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    DONE.get_or_init(|| run(apt_get(privilege).arg("update"))).clone()
}

/// What has to stand before a command for it to be run as root: nothing, or sudo if that asks no question.
fn privilege() -> Option<&'static [&'static str]> {
    if process::read(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0") {
        return Some(&[]);
    }
    process::succeeds(Command::new("sudo").args(["-n", "true"])).then_some(&["sudo", "-n"])
}

fn apt_get(privilege: &[&str]) -> Command {
    // `env` because sudo drops variables; the time-out because another apt may be at work.
    let words =
        [privilege, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"]];
    let mut words = words.concat().into_iter();
    let mut command = Command::new(words.next().unwrap_or("env"));
    command.args(words);
    command
}
