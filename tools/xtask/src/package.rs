//! The npm package: `dist/`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use wasm_encoder::{CustomSection, Section};

use crate::{
    npm,
    process::{cargo, read, run},
    test::CORE_FEATURES,
    toolchain::WasmToolchain,
    wasm::{self, Module},
    workspace::Workspace,
};

/// What becomes JavaScript has no SIMD.
const PLAIN_FEATURES: [&str; 3] = ["--no-default-features", "--features", "js"];

/// `npm run build`.
pub(crate) fn build_alone(workspace: &Workspace) -> Result<ExitCode, String> {
    let toolchain = WasmToolchain::ensure(workspace)?;
    let folder = build(workspace, &toolchain)?;
    println!("The package is in {}.", folder.display());
    Ok(ExitCode::SUCCESS)
}

/// Builds the package and returns the folder with its files.
pub(crate) fn build(workspace: &Workspace, toolchain: &WasmToolchain) -> Result<PathBuf, String> {
    let core = |name, features: &[&str]| {
        let module = Module {
            what: "the core of the package",
            cargo: &[&["rustc", "--lib", "--crate-type", "cdylib"], features].concat(),
            file: "everstream",
            name,
            is_bound: false,
        };
        wasm::build(workspace, toolchain, &module)
    };
    let plain = core("plain", &PLAIN_FEATURES)?;
    let bound = core("core", &CORE_FEATURES)?;
    let generated = workspace.root.join("js/generated");
    let io = |error: std::io::Error| format!("{}: {error}.", generated.display());
    fs::create_dir_all(&generated).map_err(io)?;
    let mut module = fs::read(bound.join("core_bg.wasm")).map_err(io)?;
    let strings = strings(workspace, &generated.join("strings.wasm"))?;
    CustomSection { name: "strings".into(), data: strings.into() }.append_to(&mut module);
    fs::write(generated.join("core.deflated"), deflate(&module).map_err(io)?).map_err(io)?;
    fs::write(generated.join("core.wasm"), module).map_err(io)?;
    wasm::to_javascript(workspace, toolchain, &plain.join("plain_bg.wasm"), &generated.join("plain.raw.js"))?;
    run(npm::node().current_dir(&workspace.root).arg("tools/package.mjs"))?;
    Ok(workspace.root.join("dist"))
}

/// The module that makes strings. It stands on its own, for not every engine understands it, but travels with the other.
fn strings(workspace: &Workspace, made: &Path) -> Result<Vec<u8>, String> {
    run(npm::package_program(workspace, "binaryen/bin/wasm-opt")
        .arg(workspace.root.join("js/strings.wat"))
        .args(["-Oz", "--enable-gc", "--enable-reference-types", "-o"])
        .arg(made))?;
    fs::read(made).map_err(|error| format!("{}: {error}.", made.display()))
}

/// As small as it gets: zlib's best leaves it 3 % larger.
fn deflate(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut deflated = Vec::new();
    zopfli::compress(zopfli::Options::default(), zopfli::Format::Deflate, bytes, &mut deflated)?;
    Ok(deflated)
}

/// Builds the pages that stand on the package, into the folder that is served.
pub(crate) fn build_demos(workspace: &Workspace) -> Result<(), String> {
    println!("Bundling the pages for React, Vue and the drop-in class…");
    run(npm::node().current_dir(&workspace.root).arg("tools/demos.mjs").arg(workspace.site()))
}

/// Checks the types of everything that is written in TypeScript: the package, its tests, and the pages on top of it.
pub(crate) fn check_types(workspace: &Workspace) -> Result<(), String> {
    ["demo", "tests/types"].into_iter().try_for_each(|project| {
        run(npm::package_program(workspace, "typescript/bin/tsc")
            .current_dir(&workspace.root)
            .args(["-p", project]))
    })
}

/// Checks what would be published as its users' tools would.
pub(crate) fn check(workspace: &Workspace) -> Result<(), String> {
    let program = |path| {
        let mut command = npm::package_program(workspace, path);
        command.current_dir(&workspace.root);
        command
    };
    run(program("publint/src/cli.js").arg("--strict"))?;
    run(program("@arethetypeswrong/cli/dist/index.js").args([
        "--pack",
        ".",
        "--profile",
        "esm-only",
        "--exclude-entrypoints",
        "core.wasm",
    ]))?;
    check_crate(workspace)
}

/// Checks that the crate has its sources, a few files beside them, and nothing of other packages below this folder.
fn check_crate(workspace: &Workspace) -> Result<(), String> {
    let list = ["package", "--list", "--allow-dirty", "-p", "everstream"];
    let files =
        read(cargo().current_dir(&workspace.root).args(list)).ok_or("cargo could not list the crate.")?;
    let is_foreign = |file: &&str| file.contains('/') && !file.starts_with("src/");
    match files.lines().find(is_foreign) {
        Some(file) => Err(format!("The crate would be published with {file}.")),
        None if files.lines().any(|file| file == "src/lib.rs") => Ok(()),
        None => Err("The crate would be published without its sources.".to_owned()),
    }
}

/// The tests of the package in a scripted world.
pub(crate) fn tests(workspace: &Workspace) -> Command {
    let mut command = npm::package_program(workspace, "vitest/vitest.mjs");
    command.current_dir(&workspace.root).args(["run", "--reporter=default"]);
    command
}
