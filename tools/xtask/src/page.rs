//! The demo page: compiled to WebAssembly, bound to JavaScript, made small, and laid out as a folder to serve.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use wasm_bindgen_cli_support::Bindgen;

use crate::{
    npm,
    process::{run, succeeds},
    toolchain::{TARGET, WasmToolchain},
    workspace::Workspace,
};

/// Builds the page and returns the folder to serve.
pub(crate) fn build(workspace: &Workspace, toolchain: &WasmToolchain) -> Result<PathBuf, String> {
    npm::ensure_packages(workspace)?;
    let module = compile(workspace, toolchain)?;
    let bound = workspace.target.join("page/bound");
    bind_and_optimise(workspace, &module, &bound, &wasm_opt_flags(&toolchain.target_features()))?;
    lay_out(&workspace.root.join("demo/page/static"), &bound, &workspace.site())?;
    Ok(workspace.site())
}

/// Compiles with the standard library from source where that works, because it makes the page a fifth smaller.
fn compile(workspace: &Workspace, toolchain: &WasmToolchain) -> Result<PathBuf, String> {
    let output = workspace.target.join("page");
    let build = |package: &str| {
        let mut command = toolchain.cargo();
        command.current_dir(&workspace.root);
        command.args(["build", "-p", package, "--profile", "web", "--target", TARGET, "--target-dir"]);
        command.arg(&output);
        command.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTFLAGS", "");
        command
    };
    let build_with_std = |package: &str| {
        let mut command = build(package);
        WasmToolchain::with_std_from_source(&mut command);
        command
    };
    let reason = if toolchain.ensure_std_sources() {
        println!("Compiling the page, with the standard library from source…");
        let built = run(&mut build_with_std("demo-page"));
        // If a mere dependency compiles in the same way, then it is the page that is wrong, and no other way would help.
        if built.is_ok() || succeeds(&mut build_with_std("wasm-bindgen")) {
            return built.map(|()| module_in(&output));
        }
        "that library did not compile from source"
    } else {
        "this toolchain cannot compile that library from source"
    };
    println!("Compiling the page with the prebuilt standard library, which makes it larger: {reason}…");
    run(&mut build("demo-page")).map(|()| module_in(&output))
}

fn module_in(output: &Path) -> PathBuf {
    output.join(TARGET).join("web/demo_page.wasm")
}

/// Makes `page.js` and `page_bg.wasm`, unless they are there and were made from this module in this way.
fn bind_and_optimise(
    workspace: &Workspace,
    module: &Path,
    bound: &Path,
    flags: &[String],
) -> Result<(), String> {
    let io = |error: std::io::Error| format!("{}: {error}.", bound.display());
    let bytes = fs::read(module).map_err(|error| format!("{}: {error}.", module.display()))?;
    let wasm_opt = fs::read(workspace.root.join("node_modules/binaryen/package.json")).unwrap_or_default();
    let mut hasher = DefaultHasher::new();
    (&bytes, workspace.wasm_bindgen_version()?, wasm_opt, flags).hash(&mut hasher);
    let made_from = format!("{:x}", hasher.finish());
    let stamp = bound.with_extension("stamp");
    let optimised = bound.join("page_bg.wasm");
    if optimised.exists() && fs::read_to_string(&stamp).is_ok_and(|text| text == made_from) {
        return Ok(());
    }

    let _ = fs::remove_file(&stamp);
    let _ = fs::remove_dir_all(bound);
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).out_name("page").typescript(false);
    bindgen.remove_name_section(true).remove_producers_section(true);
    let generated = bindgen.web(true).and_then(|bindgen| bindgen.generate(bound));
    generated.map_err(|error| format!("wasm-bindgen could not bind the page: {error:#}."))?;
    println!("Making it small with wasm-opt…");
    // The package has more than one program in `bin`; they are scripts for Node.
    run(npm::package_program(workspace, "binaryen/bin/wasm-opt")
        .arg("-Oz")
        .args(flags)
        .arg(&optimised)
        .arg("-o")
        .arg(&optimised))?;
    let size = |path: &Path| path.metadata().map_or(0, |metadata| metadata.len());
    println!("page_bg.wasm: {} bytes; page.js: {} bytes.", size(&optimised), size(&bound.join("page.js")));
    fs::write(&stamp, made_from).map_err(io)
}

/// wasm-opt refuses instructions of features that it was not told of, so it is told what rustc uses, plus SIMD, which
/// the parser turns on for some functions only.
fn wasm_opt_flags(features: &[String]) -> Vec<String> {
    let named = features.iter().map(String::as_str).chain(["simd128"]);
    let flags = named.flat_map(|feature| match feature {
        "bulk-memory" => &["--enable-bulk-memory", "--enable-bulk-memory-opt"][..],
        "extended-const" => &["--enable-extended-const"],
        "multivalue" => &["--enable-multivalue"],
        "mutable-globals" => &["--enable-mutable-globals"],
        "nontrapping-fptoint" => &["--enable-nontrapping-float-to-int"],
        "reference-types" => &["--enable-reference-types"],
        "sign-ext" => &["--enable-sign-ext"],
        "simd128" => &["--enable-simd"],
        "tail-call" => &["--enable-tail-call"],
        _ => &[],
    });
    flags.map(|&flag| flag.to_owned()).collect()
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

#[cfg(test)]
mod tests {
    use super::wasm_opt_flags;

    #[test]
    fn wasm_opt_is_told_of_rustcs_features_and_of_simd() {
        let features = ["bulk-memory", "nontrapping-fptoint", "a-feature-of-tomorrow"].map(str::to_owned);
        assert_eq!(
            wasm_opt_flags(&features),
            [
                "--enable-bulk-memory",
                "--enable-bulk-memory-opt",
                "--enable-nontrapping-float-to-int",
                "--enable-simd"
            ]
        );
    }
}
