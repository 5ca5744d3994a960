//! WebAssembly: compiled, bound to JavaScript, made small.

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

/// What is made, and for whom.
pub(crate) struct Module<'a> {
    /// What the messages call it.
    pub(crate) what: &'a str,
    /// The arguments of cargo that name it.
    pub(crate) cargo: &'a [&'a str],
    /// What cargo calls the file, without `.wasm`.
    pub(crate) file: &'a str,
    /// What the results are called: `name.js` and `name_bg.wasm`.
    pub(crate) name: &'a str,
    /// Whether it speaks to JavaScript by wasm-bindgen.
    pub(crate) is_bound: bool,
}

/// What wasm-opt is told of every module. There is nothing in the first 1,024 bytes but the end of the stack, so that no
/// sum of a pointer and an offset wraps around: half a per cent. What instructions say of alignment is of no use to any
/// engine, and the same everywhere it is deflated to nothing: as much again. Taken apart and put together anew, it becomes as
/// much smaller once more.
const FOR_SIZE: [&str; 14] = [
    "--low-memory-unused",
    "--generate-global-effects",
    "-Oz",
    "--flatten",
    "--rereloop",
    "--coalesce-locals",
    "--vacuum",
    "-Oz",
    "-Oz",
    "--dealign",
    "--reorder-locals",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// What JavaScript has no operators for.
const LOWERED: [&str; 5] = [
    "--llvm-memory-copy-fill-lowering",
    "--llvm-nontrapping-fptoint-lowering",
    "--signext-lowering",
    "--alignment-lowering",
    "-Oz",
];

/// What the linker says of its memory is for wasm-bindgen, which takes it away itself.
const UNBOUND: &str = "--remove-exports=__*";

/// Makes the module and its JavaScript, and returns the folder that they are in.
pub(crate) fn build(
    workspace: &Workspace,
    toolchain: &WasmToolchain,
    module: &Module<'_>,
) -> Result<PathBuf, String> {
    npm::ensure_packages(workspace)?;
    let compiled = compile(workspace, toolchain, module)?;
    let bound = workspace.target.join("web/bound").join(module.name);
    bind_and_optimise(workspace, module, &compiled, &bound, &wasm_opt_flags(&toolchain.target_features()))?;
    Ok(bound)
}

/// The same for a test, which waits for it and not for its download: compiled without optimisation, and only bound.
pub(crate) fn build_for_tests(
    workspace: &Workspace,
    toolchain: &WasmToolchain,
    module: &Module<'_>,
) -> Result<PathBuf, String> {
    println!("Compiling {}…", module.what);
    let mut command = toolchain.cargo();
    run(command.current_dir(&workspace.root).args(module.cargo).args(["--target", TARGET]))?;
    let compiled = workspace.target.join(TARGET).join("debug").join(module.file).with_extension("wasm");
    let bound = workspace.target.join("bound").join(module.name);
    let _ = fs::remove_dir_all(&bound);
    bind(module, &compiled, &bound).map(|()| bound)
}

/// Makes an ES module of JavaScript of a module that imports nothing: for pages that must not compile WebAssembly.
pub(crate) fn to_javascript(
    workspace: &Workspace,
    toolchain: &WasmToolchain,
    module: &Path,
    made: &Path,
) -> Result<(), String> {
    let lowered = module.with_extension("lowered.wasm");
    let flags = wasm_opt_flags(&toolchain.target_features());
    run(npm::package_program(workspace, "binaryen/bin/wasm-opt")
        .args(&flags)
        .args(LOWERED)
        .arg(module)
        .arg("-o")
        .arg(&lowered))?;
    run(npm::package_program(workspace, "binaryen/bin/wasm2js")
        .args(&flags)
        .arg("-Oz")
        .arg(&lowered)
        .arg("-o")
        .arg(made))
}

/// Compiles with the standard library from source where that works, because it makes the module a fifth smaller.
fn compile(workspace: &Workspace, toolchain: &WasmToolchain, module: &Module<'_>) -> Result<PathBuf, String> {
    let output = workspace.target.join("web");
    let build = |arguments: &[&str]| {
        let mut command = toolchain.cargo();
        command.current_dir(&workspace.root);
        command.args(arguments).args(["--profile", "web", "--target", TARGET, "--target-dir"]).arg(&output);
        command.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTFLAGS", "");
        command
    };
    let build_with_std = |arguments: &[&str]| {
        let mut command = build(arguments);
        WasmToolchain::with_std_from_source(&mut command);
        command
    };
    let what = module.what;
    let reason = if toolchain.ensure_std_sources() {
        println!("Compiling {what}, with the standard library from source…");
        let built = run(&mut build_with_std(module.cargo));
        // If a mere dependency compiles in the same way, then it is the module that is wrong, and no other way would help.
        if built.is_ok() || succeeds(&mut build_with_std(&["build", "-p", "wasm-bindgen"])) {
            return built.map(|()| compiled_in(&output, module));
        }
        "that library did not compile from source"
    } else {
        "this toolchain cannot compile that library from source"
    };
    println!("Compiling {what} with the prebuilt standard library, which makes it larger: {reason}…");
    run(&mut build(module.cargo)).map(|()| compiled_in(&output, module))
}

fn compiled_in(output: &Path, module: &Module<'_>) -> PathBuf {
    output.join(TARGET).join("web").join(module.file).with_extension("wasm")
}

/// Makes `name.js` and `name_bg.wasm`, unless they are there and were made from this module in this way.
fn bind_and_optimise(
    workspace: &Workspace,
    module: &Module<'_>,
    compiled: &Path,
    bound: &Path,
    flags: &[String],
) -> Result<(), String> {
    let io = |error: std::io::Error| format!("{}: {error}.", bound.display());
    let bytes = fs::read(compiled).map_err(|error| format!("{}: {error}.", compiled.display()))?;
    let wasm_opt = fs::read(workspace.root.join("node_modules/binaryen/package.json")).unwrap_or_default();
    let mut hasher = DefaultHasher::new();
    (&bytes, workspace.wasm_bindgen_version()?, wasm_opt, FOR_SIZE, UNBOUND, flags, module.is_bound)
        .hash(&mut hasher);
    let made_from = format!("{:x}", hasher.finish());
    let stamp = bound.with_extension("stamp");
    let optimised = bound.join(format!("{}_bg.wasm", module.name));
    if optimised.exists() && fs::read_to_string(&stamp).is_ok_and(|text| text == made_from) {
        return Ok(());
    }

    let _ = fs::remove_file(&stamp);
    let _ = fs::remove_dir_all(bound);
    fs::create_dir_all(bound).map_err(io)?;
    let input = if module.is_bound {
        bind(module, compiled, bound)?;
        optimised.as_path()
    } else {
        compiled
    };
    println!("Making it small with wasm-opt…");
    // The package has more than one program in `bin`; they are scripts for Node.
    run(npm::package_program(workspace, "binaryen/bin/wasm-opt")
        .args((!module.is_bound).then_some(UNBOUND))
        .args(FOR_SIZE)
        .args(flags)
        .arg(input)
        .arg("-o")
        .arg(&optimised))?;
    let size = |path: &Path| path.metadata().map_or(0, |metadata| metadata.len());
    println!("{}: {} bytes.", optimised.file_name().unwrap_or_default().display(), size(&optimised));
    fs::write(&stamp, made_from).map_err(io)
}

fn bind(module: &Module<'_>, compiled: &Path, bound: &Path) -> Result<(), String> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).out_name(module.name).typescript(false);
    bindgen.remove_name_section(true).remove_producers_section(true);
    let generated = bindgen.web(true).and_then(|bindgen| bindgen.generate(bound));
    generated.map_err(|error| format!("wasm-bindgen could not bind {}: {error:#}.", module.what))
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
