//! Programs that are built by `cargo install`, each in a folder of the cache named after its version.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    process::{cargo, find, read, run},
    workspace::Workspace,
};

/// The version of wasm-pack that the browser tests are run by.
const WASM_PACK: &str = "0.15.1";

/// The version of the WebDriver server of Firefox.
const GECKODRIVER: &str = "0.37.1";

/// What steers Firefox: the installed one, or one that is built.
pub(crate) fn geckodriver(workspace: &Workspace) -> Result<PathBuf, String> {
    let tool = Tool { package: "geckodriver", program: "geckodriver", version: GECKODRIVER, locked: true };
    tool.ensure(workspace)
}

/// What runs tests in a browser: wasm-pack, which compiles them, and wasm-bindgen's runner, which it calls.
pub(crate) struct TestTools {
    pub(crate) wasm_pack: PathBuf,
    /// The folder of `wasm-bindgen-test-runner` and `wasm-bindgen`, which wasm-pack looks for on `PATH`.
    pub(crate) wasm_bindgen: PathBuf,
}

impl TestTools {
    pub(crate) fn ensure(workspace: &Workspace) -> Result<Self, String> {
        let runner = Tool {
            package: "wasm-bindgen-cli",
            program: "wasm-bindgen-test-runner",
            version: &workspace.wasm_bindgen_version()?,
            // The lock file that it is published with can name a version which a registry no longer has.
            locked: false,
        };
        let wasm_pack = Tool { package: "wasm-pack", program: "wasm-pack", version: WASM_PACK, locked: true };
        let wasm_bindgen = runner.ensure(workspace)?.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Self { wasm_pack: wasm_pack.ensure(workspace)?, wasm_bindgen })
    }
}

struct Tool<'a> {
    package: &'a str,
    program: &'a str,
    version: &'a str,
    locked: bool,
}

impl Tool<'_> {
    /// The program of exactly this version: on `PATH`, in the cache, or built into the cache now.
    fn ensure(&self, workspace: &Workspace) -> Result<PathBuf, String> {
        if let Some(program) = find(self.program).filter(|program| self.is_version_of(program)) {
            return Ok(program);
        }
        let name = format!("{}-{}", self.package, self.version);
        let folder = workspace.cache.join(&name);
        let program = folder.join("bin").join(format!("{}{}", self.program, std::env::consts::EXE_SUFFIX));
        if self.is_version_of(&program) {
            return Ok(program);
        }
        println!("Building {} {} (once, some minutes)…", self.package, self.version);
        // Half a build must never be taken for a whole one, so it gets its name when it is whole.
        let building = workspace.cache.join(format!("{name}.building-{}", std::process::id()));
        let built = run(cargo()
            .args(["install", self.package, "--version", self.version, "--root"])
            .arg(&building)
            .args(self.locked.then_some("--locked")));
        let _ = fs::remove_dir_all(&folder);
        let moved = built.and_then(|()| fs::rename(&building, &folder).map_err(|error| error.to_string()));
        let _ = fs::remove_dir_all(&building);
        moved.map(|()| program).map_err(|sentence| {
            format!(
                "Missing: {0} {1}; run `cargo install {0} --version {1}`. Doing that here failed: {sentence}",
                self.package, self.version
            )
        })
    }

    fn is_version_of(&self, program: &Path) -> bool {
        read(Command::new(program).arg("--version"))
            .is_some_and(|said| said.split_whitespace().any(|word| word == self.version))
    }
}
