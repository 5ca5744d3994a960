//! `npm run bench`: how fast the parts are, beside the peers.

use std::process::ExitCode;

use crate::{browser::Browser, npm, package, process::run, toolchain::WasmToolchain, workspace::Workspace};

/// Builds the package and measures it in Chromium.
pub(crate) fn bench(workspace: &Workspace, arguments: &[&str]) -> Result<ExitCode, String> {
    let browser = Browser::ensure()?;
    package::build(workspace, &WasmToolchain::ensure(workspace)?)?;
    let mut command = npm::node();
    command.current_dir(&workspace.root).arg("bench/run.mjs").args(arguments);
    command.env("CHROMEDRIVER", &browser.chromedriver).env("CHROME", &browser.chrome);
    run(&mut command).map(|()| ExitCode::SUCCESS)
}
