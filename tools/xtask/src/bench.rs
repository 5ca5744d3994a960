//! `npm run bench`: how fast the parts are, beside the peers.

use std::{path::PathBuf, process::ExitCode};

use crate::{
    browser::Browser,
    engines::Firefox,
    npm, package,
    process::run,
    toolchain::{TARGET, WasmToolchain},
    workspace::Workspace,
};

/// Builds the package, and an app in Rust, and measures them in Chromium, or in Firefox if the arguments say so.
pub(crate) fn bench(workspace: &Workspace, arguments: &[&str]) -> Result<ExitCode, String> {
    let toolchain = WasmToolchain::ensure(workspace)?;
    package::build(workspace, &toolchain)?;
    let app = app(workspace, &toolchain)?;
    let mut command = npm::node();
    command.current_dir(&workspace.root).arg("bench/run.mjs").args(arguments);
    command.env("BENCH_RUST", app);
    if arguments.contains(&"--firefox") {
        Firefox::ensure(workspace)?.for_command(&mut command);
    } else {
        let browser = Browser::ensure()?;
        command.env("CHROMEDRIVER", &browser.chromedriver).env("CHROME", &browser.chrome);
    }
    run(&mut command).map(|()| ExitCode::SUCCESS)
}

/// Compiled as anybody would, for no more than what `--release` means counts here.
fn app(workspace: &Workspace, toolchain: &WasmToolchain) -> Result<PathBuf, String> {
    println!("Compiling the app in Rust…");
    let target = workspace.target.join("bench-rust");
    let mut command = toolchain.cargo();
    command.current_dir(&workspace.root).args(["build", "--release", "--target", TARGET]);
    command.args(["--manifest-path", "bench/rust/Cargo.toml", "--target-dir"]).arg(&target);
    run(&mut command)?;
    Ok(target.join(TARGET).join("release/bench_rust.wasm"))
}
