//! The demo pages, laid out as a folder to serve, and the app that a server renders.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    package,
    process::{cargo, run},
    toolchain::WasmToolchain,
    wasm::{self, Module},
    workspace::Workspace,
};

/// Builds the pages, and the package that some of them stand on, and returns the folder to serve.
pub(crate) fn build(workspace: &Workspace, toolchain: &WasmToolchain) -> Result<PathBuf, String> {
    let page = Module {
        what: "the page",
        cargo: &["build", "-p", "demo-page"],
        file: "demo_page",
        name: "page",
        is_bound: true,
    };
    let leptos = Module {
        what: "the page in Leptos",
        cargo: &["build", "-p", "demo-leptos"],
        file: "demo_leptos",
        name: "leptos",
        is_bound: true,
    };
    let bound = [wasm::build(workspace, toolchain, &page)?, wasm::build(workspace, toolchain, &leptos)?];
    package::build(workspace, toolchain)?;
    let (site, demo) = (workspace.site(), workspace.root.join("demo"));
    // Nothing else stays there.
    let _ = fs::remove_dir_all(&site);
    lay_out(&demo.join("page/static"), &bound[0], &site)?;
    lay_out(&demo.join("leptos/static"), &bound[1], &site.join("leptos"))?;
    package::build_demos(workspace)?;
    Ok(site)
}

/// The app in `tests/ssr`: the program that renders it, and the folder with what hydrates it.
pub(crate) fn build_rendered(
    workspace: &Workspace,
    toolchain: &WasmToolchain,
) -> Result<(PathBuf, PathBuf), String> {
    println!("Compiling the server of the rendered app…");
    let server = ["build", "-p", "ssr-app", "--features", "ssr", "--bin", "ssr-server"];
    run(cargo().current_dir(&workspace.root).args(server))?;
    let module = Module {
        what: "the rendered app",
        cargo: &["build", "-p", "ssr-app", "--features", "hydrate", "--lib"],
        file: "ssr_app",
        name: "ssr_app",
        is_bound: true,
    };
    let package = wasm::build_for_tests(workspace, toolchain, &module)?;
    let server = format!("ssr-server{}", std::env::consts::EXE_SUFFIX);
    Ok((workspace.target.join("debug").join(server), package))
}

/// Puts a page's own files and the generated ones into one folder.
fn lay_out(static_files: &Path, bound: &Path, site: &Path) -> Result<(), String> {
    if !static_files.join("index.html").exists() {
        return Err(format!("{} has no index.html.", static_files.display()));
    }
    for folder in [static_files, bound] {
        copy(folder, site).map_err(|error| format!("{} could not be copied: {error}.", folder.display()))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in from.read_dir()? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?
        } else {
            fs::copy(entry.path(), to).map(drop)?
        }
    }
    Ok(())
}
