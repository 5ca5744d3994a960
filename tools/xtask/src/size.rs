//! What a page downloads.

use std::process::ExitCode;

use crate::{
    npm, package,
    process::run,
    toolchain::WasmToolchain,
    wasm::{self, Module},
    workspace::Workspace,
};

/// `npm run size`: what a page downloads, beside the peers.
pub(crate) fn package(workspace: &Workspace, arguments: &[&str]) -> Result<ExitCode, String> {
    package::build(workspace, &WasmToolchain::ensure(workspace)?)?;
    run(npm::node().current_dir(&workspace.root).arg("tools/size.mjs").args(arguments))
        .map(|()| ExitCode::SUCCESS)
}

/// `npm run size:leptos`: what the hook adds to an empty app, beside the peer's.
pub(crate) fn leptos(workspace: &Workspace, arguments: &[&str]) -> Result<ExitCode, String> {
    let toolchain = WasmToolchain::ensure(workspace)?;
    let mut command = npm::node();
    command.current_dir(&workspace.root).arg("tools/leptos-size.mjs");
    for hook in ["", "leptos-use", "everstream"] {
        let module = Module {
            what: &format!("the app with {}", if hook.is_empty() { "no hook" } else { hook }),
            cargo: &["build", "--manifest-path", "bench/leptos-size/Cargo.toml", "--features", hook],
            file: "leptos_size",
            name: &format!("leptos-size-{}", if hook.is_empty() { "none" } else { hook }),
            is_bound: true,
        };
        command.arg(wasm::build(workspace, &toolchain, &module)?.join(format!("{}_bg.wasm", module.name)));
    }
    run(command.args(arguments)).map(|()| ExitCode::SUCCESS)
}
