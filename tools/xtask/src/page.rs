//! The demo page, laid out as a folder to serve.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    package,
    toolchain::WasmToolchain,
    wasm::{self, Module},
    workspace::Workspace,
};

/// Builds the pages, and the package that some of them stand on, and returns the folder to serve.
pub(crate) fn build(workspace: &Workspace, toolchain: &WasmToolchain) -> Result<PathBuf, String> {
    let module = Module {
        what: "the page",
        cargo: &["build", "-p", "demo-page"],
        file: "demo_page",
        name: "page",
        is_bound: true,
    };
    let bound = wasm::build(workspace, toolchain, &module)?;
    package::build(workspace, toolchain)?;
    lay_out(&workspace.root.join("demo/page/static"), &bound, &workspace.site())?;
    package::build_demos(workspace)?;
    Ok(workspace.site())
}

/// Puts the page's own files and the generated ones into one folder, in which nothing else stays.
fn lay_out(static_files: &Path, bound: &Path, site: &Path) -> Result<(), String> {
    if !static_files.join("index.html").exists() {
        return Err(format!("{} has no index.html.", static_files.display()));
    }
    let _ = fs::remove_dir_all(site);
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
