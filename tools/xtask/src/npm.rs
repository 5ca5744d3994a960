//! The packages of `package.json`.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use crate::{process::run, workspace::Workspace, workspace::set};

/// Installs the locked packages if that has not been done since the lock file changed.
pub(crate) fn ensure_packages(workspace: &Workspace) -> Result<(), String> {
    let locked = modified(&workspace.root.join("package-lock.json"));
    // npm writes this file at the end of an installation.
    let installed = modified(&workspace.root.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= locked {
        return Ok(());
    }
    println!("Installing npm packages…");
    // They are development dependencies, which an environment for production would leave out.
    run(npm().current_dir(&workspace.root).args(["ci", "--include=dev"]))
        .map_err(|sentence| format!("The npm packages could not be installed: {sentence}"))
}

/// The program that a package brings, run by Node.
pub(crate) fn package_program(workspace: &Workspace, path: &str) -> Command {
    let mut command = node();
    command.arg(workspace.root.join("node_modules").join(path));
    command
}

/// The Node that runs npm, or else the one on `PATH`.
pub(crate) fn node() -> Command {
    Command::new(set("npm_node_execpath").map_or("node".into(), PathBuf::from))
}

fn npm() -> Command {
    match set("npm_execpath") {
        Some(script) => {
            let mut command = node();
            command.arg(script);
            command
        }
        None => Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" }),
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}
