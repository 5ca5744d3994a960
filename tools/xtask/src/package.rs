//! The npm package: `dist/`.

use std::{fs, path::PathBuf, process::ExitCode};

use crate::{
    npm,
    process::run,
    test::CORE_FEATURES,
    toolchain::WasmToolchain,
    wasm::{self, Module},
    workspace::Workspace,
};

/// `npm run build`.
pub(crate) fn build_alone(workspace: &Workspace) -> Result<ExitCode, String> {
    let toolchain = WasmToolchain::ensure(workspace)?;
    let folder = build(workspace, &toolchain)?;
    println!("The package is in {}.", folder.display());
    Ok(ExitCode::SUCCESS)
}

/// Builds the package and returns the folder with its files.
pub(crate) fn build(workspace: &Workspace, toolchain: &WasmToolchain) -> Result<PathBuf, String> {
    let module = Module {
        what: "the core of the package",
        cargo: &[&["rustc", "--lib", "--crate-type", "cdylib"], &CORE_FEATURES[..]].concat(),
        file: "everstream",
        name: "core",
        for_bundler: true,
    };
    let bound = wasm::build(workspace, toolchain, &module)?;
    let generated = workspace.root.join("js/generated");
    let io = |error: std::io::Error| format!("{}: {error}.", generated.display());
    fs::create_dir_all(&generated).map_err(io)?;
    for file in ["core_bg.js", "core_bg.wasm"] {
        fs::copy(bound.join(file), generated.join(file)).map_err(io)?;
    }
    run(npm::node().current_dir(&workspace.root).arg("tools/package.mjs"))?;
    Ok(workspace.root.join("dist"))
}

/// Builds the pages that stand on the package, into the folder that is served.
pub(crate) fn build_demos(workspace: &Workspace) -> Result<(), String> {
    println!("Bundling the pages for React, Vue and the drop-in class…");
    run(npm::node().current_dir(&workspace.root).arg("tools/demos.mjs").arg(workspace.site()))
}
