//! The Rust toolchain that compiles to WebAssembly.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    debian,
    process::{cargo, find, path_with, read, run, succeeds, without_our_cargo},
    workspace::Workspace,
};

/// The target that everything for the browser is compiled for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// What rustc needs for the smallest code: a panic is a trap at once, without the machinery that would describe it.
const IMMEDIATE_ABORT: [&str; 2] = ["-Zunstable-options", "-Cpanic=immediate-abort"];

/// A toolchain that has wasm32's standard library.
pub(crate) struct WasmToolchain {
    /// The toolchain's folder; without one it is the default toolchain.
    folder: Option<PathBuf>,
}

impl WasmToolchain {
    /// Finds a toolchain with the target, or gets one: first the ordinary way, then from Debian's packages.
    pub(crate) fn ensure(workspace: &Workspace) -> Result<Self, String> {
        let default = Self { folder: None };
        if default.has_target() {
            return Ok(default);
        }
        if let Some(folder) = debian::find(workspace) {
            return Ok(Self { folder: Some(folder) });
        }
        println!("Getting the standard library for {TARGET}…");
        if find("rustup").is_some()
            && run(rustup().args(["target", "add", TARGET])).is_ok()
            && default.has_target()
        {
            return Ok(default);
        }
        println!("rustup does not have it; building it from Debian's sources instead.");
        match debian::build(workspace) {
            Ok(folder) => Ok(Self { folder: Some(folder) }),
            Err(sentence) => Err(format!("No Rust toolchain here can compile for {TARGET}. {sentence}")),
        }
    }

    pub(crate) fn cargo(&self) -> Command {
        self.command("cargo")
    }

    /// A command that uses this toolchain, whether through rustup or by name.
    pub(crate) fn command(&self, program: &str) -> Command {
        self.command_with(program, &[])
    }

    /// The same with further folders put first on `PATH`.
    pub(crate) fn command_with(&self, program: &str, folders: &[&Path]) -> Command {
        let mut command = without_our_cargo(Command::new(program));
        let Some(folder) = &self.folder else {
            command.env("PATH", path_with(folders));
            return command;
        };
        let bin = folder.join("bin");
        if program == "cargo" || program == "rustc" {
            command = without_our_cargo(Command::new(bin.join(program)));
        }
        command.env("RUSTUP_TOOLCHAIN", folder);
        command.env("PATH", path_with(&[folders, &[&bin]].concat()));
        command
    }

    /// Makes sure that the toolchain can lint.
    pub(crate) fn ensure_clippy(&self) -> Result<(), String> {
        if succeeds(self.cargo().args(["clippy", "--version"])) {
            return Ok(());
        }
        match &self.folder {
            Some(_) => debian::install_clippy(),
            None => run(rustup().args(["component", "add", "clippy"])),
        }
    }

    /// Whether the standard library can be compiled together with the page: its sources are here, and this compiler
    /// knows the settings for which that is worth it.
    pub(crate) fn ensure_std_sources(&self) -> bool {
        let knows_settings = succeeds(
            self.command("rustc")
                .env("RUSTC_BOOTSTRAP", "1")
                .args(IMMEDIATE_ABORT)
                .args(["--print", "cfg", "--target", TARGET]),
        );
        knows_settings
            && (self.has_std_sources()
                || (self.folder.is_none()
                    && succeeds(rustup().args(["component", "add", "rust-src"]))
                    && self.has_std_sources()))
    }

    /// Makes a cargo command compile the standard library from source, for size.
    pub(crate) fn with_std_from_source(command: &mut Command) {
        command
            .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"])
            // Both are unstable options; this is how a stable compiler is told that it may.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", IMMEDIATE_ABORT.join(" "));
    }

    /// The WebAssembly features that rustc uses unasked.
    pub(crate) fn target_features(&self) -> Vec<String> {
        let printed = read(self.command("rustc").args(["--print", "cfg", "--target", TARGET]));
        let feature =
            |line: &str| Some(line.strip_prefix("target_feature=\"")?.strip_suffix('"')?.to_owned());
        printed.unwrap_or_default().lines().filter_map(feature).collect()
    }

    fn has_target(&self) -> bool {
        read(self.command("rustc").args(["--print", "target-libdir", "--target", TARGET]))
            .is_some_and(|folder| has_std(Path::new(folder.trim())))
    }

    fn has_std_sources(&self) -> bool {
        read(self.command("rustc").args(["--print", "sysroot"])).is_some_and(|folder| {
            Path::new(folder.trim()).join("lib/rustlib/src/rust/library/Cargo.lock").is_file()
        })
    }
}

/// rustup, whose errors are expected and need no backtrace.
fn rustup() -> Command {
    let mut command = Command::new("rustup");
    command.env_remove("RUST_BACKTRACE");
    command
}

/// Whether a folder of compiled libraries has the standard library in it.
pub(crate) fn has_std(folder: &Path) -> bool {
    let Ok(entries) = folder.read_dir() else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

/// Makes sure that the host's toolchain can lint and format.
pub(crate) fn ensure_host_lints() -> Result<(), String> {
    let missing: Vec<_> = [("clippy", "clippy"), ("fmt", "rustfmt")]
        .into_iter()
        .filter(|(command, _)| !succeeds(cargo().args([command, "--version"])))
        .map(|(_, component)| component)
        .collect();
    if missing.is_empty() || succeeds(rustup().args(["component", "add"]).args(&missing)) {
        return Ok(());
    }
    let names = missing.join(" and ");
    Err(format!(
        "Missing: {names}; run `rustup component add {}`, or install your system's packages.",
        missing.join(" ")
    ))
}
