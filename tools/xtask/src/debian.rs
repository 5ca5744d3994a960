//! wasm32 without rustup's download: the Rust that Debian packages for building browsers, with wasm32's standard library
//! compiled from the sources that come with it.
//!
//! The result is a folder in the cache that looks like a toolchain. It consists of links to Debian's files, the
//! standard library, and a linker; nothing outside the cache is written, other than by apt.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    apt,
    process::{path_with, read, run},
    toolchain::{TARGET, has_std},
    workspace::Workspace,
};

const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const LIBRARIES: &str = "/usr/lib/rustlib";
const SOURCES: &str = "/usr/lib/rustlib/src/rust/library";

/// The toolchain of the installed packages, if it has been built.
pub(crate) fn find(workspace: &Workspace) -> Option<PathBuf> {
    let compiler = Compiler::installed()?;
    let folder = compiler.folder(workspace);
    (has_std(&standard_library(&folder)) && compiler.linker(&folder).exists()).then_some(folder)
}

/// Installs the packages and builds the toolchain.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf, String> {
    let compiler = match Compiler::installed() {
        Some(compiler) => compiler,
        None => {
            apt::install(&["rustc-web", "cargo-web", "rust-web-src"], "to compile to WebAssembly")?;
            Compiler::installed()
                .ok_or("Debian's packages rustc-web, cargo-web and rust-web-src are incomplete.")?
        }
    };
    let folder = compiler.folder(workspace);
    // Another process may be building the same, so the work is done under a name of its own and moved at the end.
    let building = workspace.cache.join(format!("{}.building-{}", compiler.name(), std::process::id()));
    let built = compiler.assemble(&folder, &building);
    if built.is_ok() {
        // What is in the way is broken, or it would have been found. What was compiled with another build of the
        // library does not go with this one, and cargo would not notice.
        for outdated in [folder.clone(), workspace.target.join(TARGET), workspace.target.join("web")] {
            let _ = fs::remove_dir_all(outdated);
        }
    }
    let moved = built.and_then(|()| fs::rename(&building, &folder).map_err(|error| error.to_string()));
    let _ = fs::remove_dir_all(&building);
    moved.map(|()| folder).map_err(|sentence| format!("Building the standard library failed: {sentence}"))
}

pub(crate) fn install_clippy() -> Result<(), String> {
    apt::install(&["rust-web-clippy"], "to lint the WebAssembly code")
}

/// Debian's compiler, by what it says about itself.
struct Compiler {
    release: String,
    commit: String,
    host: String,
}

impl Compiler {
    /// The installed one, if it comes with cargo and the sources. An ordinary Debian `rustc` without them is not enough.
    fn installed() -> Option<Self> {
        if !Path::new(CARGO).exists() || !Path::new(SOURCES).join("Cargo.lock").exists() {
            return None;
        }
        let version = read(Command::new(RUSTC).arg("-vV"))?;
        let field =
            |name: &str| version.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()));
        Some(Self { release: field("release:")?, commit: field("commit-hash:")?, host: field("host:")? })
    }

    /// The toolchain's place, by version: a standard library is of use to the very compiler that compiled it alone.
    fn folder(&self, workspace: &Workspace) -> PathBuf {
        workspace.cache.join(self.name())
    }

    fn name(&self) -> String {
        format!("debian-rust-{}-{}", self.release, self.commit.chars().take(9).collect::<String>())
    }

    fn linker(&self, toolchain: &Path) -> PathBuf {
        toolchain.join("lib/rustlib").join(&self.host).join("bin/rust-lld")
    }

    /// Fills `building` with a toolchain that will be moved to `folder`.
    fn assemble(&self, folder: &Path, building: &Path) -> Result<(), String> {
        let linker = self.find_linker()?;
        let rustlib = building.join("lib/rustlib");
        let host = rustlib.join(&self.host);
        for made in [building.join("bin"), host.join("bin"), standard_library(building)] {
            fs::create_dir_all(&made).map_err(|error| format!("{}: {error}.", made.display()))?;
        }
        link(&linker, &self.linker(building))?;
        link(&Path::new(LIBRARIES).join(&self.host).join("lib"), &host.join("lib"))?;
        link(&Path::new(LIBRARIES).join("src"), &rustlib.join("src"))?;
        for program in ["cargo", "cargo-fmt", "rustfmt"] {
            link(&Path::new("/usr/bin").join(program), &building.join("bin").join(program))?;
        }
        // These look for the libraries beside their own real place, which is /usr, unless they are told.
        for program in ["rustc", "rustdoc"] {
            script(&building.join("bin").join(program), &with_sysroot_argument(program, folder))?;
        }
        for program in ["cargo-clippy", "clippy-driver"] {
            script(&building.join("bin").join(program), &with_sysroot_variable(program, folder))?;
        }
        self.compile_standard_library(&building.join("std"), &standard_library(building))
    }

    /// The linker that comes with every toolchain of rustup; Debian's compiler has none for WebAssembly.
    fn find_linker(&self) -> Result<PathBuf, String> {
        let sysroot = read(Command::new("rustc").args(["--print", "sysroot"])).unwrap_or_default();
        let linker = self.linker(Path::new(sysroot.trim()));
        if linker.exists() {
            return Ok(linker);
        }
        Err("there is no rust-lld here, which comes with Rust from https://rustup.rs.".to_owned())
    }

    fn compile_standard_library(&self, work: &Path, destination: &Path) -> Result<(), String> {
        println!(
            "Compiling the standard library of Rust {} for {TARGET} (once, about a minute)…",
            self.release
        );
        let failed = |error: std::io::Error| format!("{}: {error}.", work.display());
        fs::create_dir_all(work).map_err(failed)?;
        // Cargo writes beside the manifest, so it gets a copy.
        run(Command::new("cp").arg("-R").arg(SOURCES).arg(work))?;
        run(Command::new(CARGO)
            .current_dir(work.join("library/sysroot"))
            .args(["build", "--release", "--target", TARGET, "-Zavoid-dev-deps", "--target-dir"])
            .arg(work.join("target"))
            .env("PATH", path_with(&[Path::new("/usr/bin")]))
            .env("RUSTC", RUSTC)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("__CARGO_DEFAULT_LIB_METADATA", "stablestd")
            // The bitcode is what link-time optimisation of a page needs, should it be built on this library.
            .env("RUSTFLAGS", "-Zforce-unstable-if-unmarked -Cpanic=abort -Cembed-bitcode=yes")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("CARGO"))?;
        let compiled = work.join("target").join(TARGET).join("release/deps");
        for entry in fs::read_dir(&compiled).map_err(failed)?.flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "rlib") {
                fs::copy(entry.path(), destination.join(entry.file_name())).map_err(failed)?;
            }
        }
        fs::remove_dir_all(work).map_err(failed)
    }
}

fn standard_library(toolchain: &Path) -> PathBuf {
    toolchain.join("lib/rustlib").join(TARGET).join("lib")
}

fn with_sysroot_argument(program: &str, folder: &Path) -> String {
    let (folder, real) = (folder.display(), format!("/usr/bin/{program}"));
    format!(
        "#!/bin/sh\nfor word; do case $word in --sysroot|--sysroot=*) exec {real} \"$@\";; esac; done\n\
         exec {real} --sysroot '{folder}' \"$@\"\n"
    )
}

fn with_sysroot_variable(program: &str, folder: &Path) -> String {
    format!("#!/bin/sh\nSYSROOT='{}' exec /usr/bin/{program} \"$@\"\n", folder.display())
}

fn link(existing: &Path, link: &Path) -> Result<(), String> {
    run(Command::new("ln").arg("-s").arg(existing).arg(link))
}

fn script(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}.", path.display()))?;
    run(Command::new("chmod").arg("755").arg(path))
}
