//! Where things are: the clone, its build output, the cache outside it, and the versions that the clone pins.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// The folders that the commands work in.
pub(crate) struct Workspace {
    /// The clone.
    pub(crate) root: PathBuf,
    /// Cargo's build output: `target` unless `CARGO_TARGET_DIR` says otherwise.
    pub(crate) target: PathBuf,
    /// Tools and standard libraries, by version. It is outside the clone so that the next clone need not build them.
    pub(crate) cache: PathBuf,
}

impl Workspace {
    pub(crate) fn find() -> Result<Self, String> {
        let root = env::var_os("CARGO_MANIFEST_DIR")
            .map(PathBuf::from)
            .and_then(|xtask| xtask.ancestors().nth(2).map(Path::to_owned))
            .ok_or("The build tool is started by `npm start` and `npm test`, or by `cargo run -p xtask`.")?;
        let target = set("CARGO_TARGET_DIR").map_or(root.join("target"), |path| root.join(path));
        let cache =
            cache().ok_or("No home folder is known: set EVERSTREAM_CACHE to a folder to keep tools in.")?;
        Ok(Self { root, target, cache })
    }

    /// The folder that is served: `index.html`, `page.js`, `page_bg.wasm`.
    pub(crate) fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    /// The version of wasm-bindgen, from its one pin in the manifest of this tool.
    pub(crate) fn wasm_bindgen_version(&self) -> Result<String, String> {
        let manifest = self.root.join("tools/xtask/Cargo.toml");
        let text =
            fs::read_to_string(&manifest).map_err(|error| format!("{}: {error}.", manifest.display()))?;
        pinned_version(&text, "wasm-bindgen-cli-support").ok_or_else(|| {
            format!("{} has no line `wasm-bindgen-cli-support = \"=VERSION\"`.", manifest.display())
        })
    }
}

fn cache() -> Option<PathBuf> {
    set("EVERSTREAM_CACHE")
        .map(PathBuf::from)
        .or_else(|| set("XDG_CACHE_HOME").map(|base| Path::new(&base).join("everstream")))
        .or_else(|| env::home_dir().map(|home| home.join(".cache/everstream")))
        .and_then(|path| std::path::absolute(path).ok())
}

/// An environment variable that is set and not empty.
pub(crate) fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn pinned_version(manifest: &str, package: &str) -> Option<String> {
    manifest.lines().find_map(|line| {
        let (name, requirement) = line.split_once('=')?;
        let version = requirement.trim().strip_prefix("\"=")?.strip_suffix('"')?;
        (name.trim() == package).then(|| version.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::pinned_version;

    #[test]
    fn the_pin_is_read_from_the_manifest() {
        let manifest = "[workspace.dependencies]\nwasm-bindgen-x = \"=1.0.0\"\nwasm-bindgen = \"=0.2.130\"\n";
        assert_eq!(pinned_version(manifest, "wasm-bindgen").as_deref(), Some("0.2.130"));
    }

    #[test]
    fn a_version_that_is_not_pinned_exactly_is_no_pin() {
        assert_eq!(pinned_version("wasm-bindgen = \"0.2\"", "wasm-bindgen"), None);
        assert_eq!(pinned_version("wasm-bindgen = { workspace = true }", "wasm-bindgen"), None);
    }

    #[test]
    fn this_workspace_has_a_pin() {
        let manifest = include_str!("../Cargo.toml");
        let version = pinned_version(manifest, "wasm-bindgen-cli-support").expect("a pin");
        let locked = include_str!("../../../Cargo.lock");
        for package in ["wasm-bindgen", "wasm-bindgen-cli-support"] {
            assert!(
                locked.contains(&format!("name = \"{package}\"\nversion = \"{version}\"\n")),
                "Cargo.lock has {package} in another version than {version}"
            );
        }
    }

    #[test]
    fn the_crate_leaves_the_version_to_the_app() {
        assert_eq!(pinned_version(include_str!("../../../Cargo.toml"), "wasm-bindgen"), None);
    }
}
