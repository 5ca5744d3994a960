//! `npm start`: the demo page, served by the demo server.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use crate::{
    page,
    process::{cargo, run},
    toolchain::WasmToolchain,
    workspace::Workspace,
};

/// Builds the page and the server, and serves until the server ends.
pub(crate) fn start(workspace: &Workspace) -> Result<ExitCode, String> {
    let toolchain = WasmToolchain::ensure(workspace)?;
    let site = page::build(workspace, &toolchain)?;
    let server = build_server(workspace)?;
    serve(&server, &site)
}

/// Builds the server and returns the program.
pub(crate) fn build_server(workspace: &Workspace) -> Result<PathBuf, String> {
    println!("Compiling the server…");
    run(cargo().current_dir(&workspace.root).args(["build", "-p", "demo-server"]))?;
    Ok(workspace.target.join("debug").join(format!("demo-server{}", std::env::consts::EXE_SUFFIX)))
}

/// The server takes this process's place, so that a signal meant for one meets the other; `PORT` passes through.
fn serve(server: &Path, site: &Path) -> Result<ExitCode, String> {
    let mut command = Command::new(server);
    command.env("EVERSTREAM_SITE", site);
    let not_started = |error| format!("{} could not be started: {error}.", server.display());
    #[cfg(unix)]
    return Err(not_started(std::os::unix::process::CommandExt::exec(&mut command)));
    #[cfg(not(unix))]
    return match command.status().map_err(not_started)?.success() {
        true => Ok(ExitCode::SUCCESS),
        false => Ok(ExitCode::FAILURE),
    };
}
