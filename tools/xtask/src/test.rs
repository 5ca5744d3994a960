//! `npm test`: everything that has to hold, in one run.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use crate::{
    browser::Browser,
    npm, package, page,
    process::{cargo, run},
    report::{Format, Report},
    start,
    toolchain::{self, TARGET, WasmToolchain},
    tools::TestTools,
    workspace::Workspace,
};

/// The ways in which the crate is compiled: features that only add code can hide what breaks without them.
const FEATURE_SETS: [&[&str]; 3] =
    [&[], &["--no-default-features", "--features", "web"], &["--all-features"]];

/// How the core of the npm package is compiled.
pub(crate) const CORE_FEATURES: [&str; 3] = ["--no-default-features", "--features", "js,simd"];

const DENY_WARNINGS: [&str; 3] = ["--", "-D", "warnings"];

/// How long one end-to-end test may take, in milliseconds, before it counts as hanging.
const END_TO_END_TIMEOUT: u32 = 1_800_000;

/// What stands around the fault table in the README.
const TABLE_MARKS: [&str; 2] = ["<!-- fault table -->\n", "<!-- /fault table -->"];

/// Runs every step, even after one has failed, and reports the sum.
pub(crate) fn test(workspace: &Workspace) -> Result<ExitCode, String> {
    println!("== Set-up");
    let setup = Setup::ensure(workspace);

    let mut report = Report::default();
    report.check("Format", || host(workspace, &["fmt", "--all", "--check"]));
    report.check("Lint, host", || lint_host(workspace));
    report.check("Lint, wasm32", || lint_wasm(workspace, setup.toolchain()?));
    report.check("Documentation, host", || document(workspace, cargo(), &[]));
    report.check("Documentation, wasm32", || {
        document(workspace, setup.toolchain()?.cargo(), &["--target", TARGET])
    });
    report.check("Beside another wasm-bindgen", || beside_another_bindgen(workspace, setup.toolchain()?));
    report.tests("Tests on the host", Format::Cargo, Ok(host_tests(workspace)));
    report.tests("Tests on the host, no features", Format::Cargo, Ok(host_tests_without_features(workspace)));
    report.tests("Tests in the browser", Format::Cargo, browser_tests(workspace, &setup));
    let demo = report
        .check("Demo", || Ok((page::build(workspace, setup.toolchain()?)?, start::build_server(workspace)?)));
    report.check("Types", || package::check_types(workspace));
    report.check("What is published", || package::check(workspace));
    report.tests("Tests of the package", Format::Vitest, Ok(package::tests(workspace)));
    report.tests("Package in the browser", Format::Node, package_tests(workspace, &setup, demo.as_ref()));
    report.tests("Tests end to end", Format::Node, end_to_end_tests(workspace, &setup, demo, None));
    report.tests("Inside other libraries", Format::Node, library_tests(workspace, &setup, false));
    report.tests("Rendered on a server", Format::Node, rendered_tests(workspace, &setup));
    Ok(report.conclude())
}

/// `npm run table`: plays the fault table and writes it into the README.
pub(crate) fn table(workspace: &Workspace) -> Result<ExitCode, String> {
    let setup = Setup::ensure(workspace);
    let demo = (page::build(workspace, setup.toolchain()?)?, start::build_server(workspace)?);
    let output = workspace.target.join("fault-table.md");
    let only = Some("faults.test.mjs");
    let mut command = end_to_end_tests(workspace, &setup, Some(demo), only)?;
    run(command.env("EVERSTREAM_TABLE", &output))?;

    let readme = workspace.root.join("README.md");
    let read =
        |path: &PathBuf| fs::read_to_string(path).map_err(|error| format!("{}: {error}.", path.display()));
    let (text, table) = (read(&readme)?, read(&output)?);
    let replaced =
        between(&text, TABLE_MARKS, &table).ok_or("README.md has no place for the fault table.")?;
    fs::write(&readme, replaced).map_err(|error| format!("{}: {error}.", readme.display()))?;
    println!("The table is in README.md.");
    Ok(ExitCode::SUCCESS)
}

/// `npm run explore`: every interleaving around the session, as deep as it goes in three minutes.
pub(crate) fn explore(workspace: &Workspace) -> Result<ExitCode, String> {
    let mut command = cargo();
    command.current_dir(&workspace.root).args(["test", "--release", "-p", "everstream"]);
    command.args(["--features", "json,testing", "--test", "exploration", "--", "--nocapture"]);
    run(&mut command).map(|()| ExitCode::SUCCESS)
}

/// The text with something else between the marks.
fn between(text: &str, [start, end]: [&str; 2], what: &str) -> Option<String> {
    let (before, rest) = text.split_once(start)?;
    let (_, after) = rest.split_once(end)?;
    Some([before, start, what.trim_end(), "\n", end, after].concat())
}

/// What the steps need. A part that cannot be had fails the steps that need it, and no others.
pub(crate) struct Setup {
    toolchain: Result<WasmToolchain, String>,
    tools: Result<TestTools, String>,
    browser: Result<Browser, String>,
    packages: Result<(), String>,
}

impl Setup {
    pub(crate) fn ensure(workspace: &Workspace) -> Self {
        let toolchain = WasmToolchain::ensure(workspace);
        // Without these the lints say themselves what is missing.
        let lints = toolchain::ensure_host_lints();
        let wasm_lints = toolchain.as_ref().map_or(Ok(()), WasmToolchain::ensure_clippy);
        for sentence in [lints, wasm_lints].into_iter().filter_map(Result::err) {
            eprintln!("{sentence}");
        }
        Self {
            toolchain,
            browser: Browser::ensure(),
            packages: npm::ensure_packages(workspace),
            tools: TestTools::ensure(workspace),
        }
    }

    pub(crate) fn toolchain(&self) -> Result<&WasmToolchain, String> {
        self.toolchain.as_ref().map_err(Clone::clone)
    }

    pub(crate) fn tools(&self) -> Result<&TestTools, String> {
        self.tools.as_ref().map_err(Clone::clone)
    }

    fn browser(&self) -> Result<&Browser, String> {
        self.browser.as_ref().map_err(Clone::clone)
    }
}

fn host(workspace: &Workspace, arguments: &[&str]) -> Result<(), String> {
    run(cargo().current_dir(&workspace.root).args(arguments))
}

fn lint_host(workspace: &Workspace) -> Result<(), String> {
    let lint = ["clippy", "--workspace", "--all-targets"];
    FEATURE_SETS
        .into_iter()
        .try_for_each(|features| host(workspace, &[&lint[..], features, &DENY_WARNINGS].concat()))
}

fn lint_wasm(workspace: &Workspace, toolchain: &WasmToolchain) -> Result<(), String> {
    let lint = |arguments: &[&str]| {
        let mut command = toolchain.cargo();
        command.current_dir(&workspace.root).args(["clippy", "--target", TARGET]);
        run(command.args(arguments).args(DENY_WARNINGS))
    };
    for features in FEATURE_SETS {
        lint(&[&["-p", "everstream", "--lib", "--tests"], features].concat())?;
    }
    lint(&[&["-p", "everstream", "--lib"], &CORE_FEATURES[..]].concat())?;
    lint(&["-p", "ssr-app", "--lib", "--features", "hydrate"])?;
    lint(&["-p", "demo-page", "-p", "demo-leptos", "--lib"])
}

/// Compiles an app whose lock file has the oldest wasm-bindgen that the crate says it works with.
fn beside_another_bindgen(workspace: &Workspace, toolchain: &WasmToolchain) -> Result<(), String> {
    run(toolchain
        .cargo()
        .current_dir(workspace.root.join("tests/packaging/oldest-bindgen"))
        .args(["build", "--locked", "--target", TARGET])
        .env("CARGO_TARGET_DIR", workspace.target.join("oldest-bindgen")))
}

/// The documentation of one target: each has items that the other lacks.
fn document(workspace: &Workspace, mut cargo: Command, target: &[&str]) -> Result<(), String> {
    cargo.current_dir(&workspace.root).args(["doc", "-p", "everstream", "--no-deps", "--all-features"]);
    run(cargo.args(target).env("RUSTDOCFLAGS", "-D warnings"))
}

fn host_tests(workspace: &Workspace) -> Command {
    let mut command = cargo();
    command.current_dir(&workspace.root);
    command.args(["test", "--workspace", "--all-features", "--no-fail-fast"]);
    // What is for the browser, and what turns on features of Leptos that would run its effects here.
    command.args(["demo-page", "demo-leptos", "ssr-app"].map(|package| format!("--exclude={package}")));
    command
}

fn host_tests_without_features(workspace: &Workspace) -> Command {
    let mut command = cargo();
    command.current_dir(&workspace.root);
    command.args(["test", "-p", "everstream", "--no-default-features", "--no-fail-fast"]);
    command
}

fn browser_tests(workspace: &Workspace, setup: &Setup) -> Result<Command, String> {
    let mut command = in_browser(workspace, setup, &workspace.root)?;
    command.arg("--all-features");
    Ok(command)
}

/// What docs/rust.md has for Yew and Dioxus, in a package that is not of the workspace: they take minutes to compile.
fn framework_tests(workspace: &Workspace, setup: &Setup) -> Result<Command, String> {
    let mut command = in_browser(workspace, setup, &workspace.root.join("tests/packaging/frameworks"))?;
    command.arg("--locked").env("CARGO_TARGET_DIR", workspace.target.join("frameworks"));
    Ok(command)
}

fn in_browser(workspace: &Workspace, setup: &Setup, package: &Path) -> Result<Command, String> {
    let (toolchain, tools, browser) = (setup.toolchain()?, setup.tools()?, setup.browser()?);
    let mut command = toolchain.command_with(&tools.wasm_pack.to_string_lossy(), &[&tools.wasm_bindgen]);
    command
        .current_dir(package)
        .args(["test", "--headless", "--chrome", "--mode", "no-install", "."])
        .env("CHROMEDRIVER", &browser.chromedriver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", driver_settings(workspace, browser)?)
        // The runner's own 20 s are for the whole run of a test binary, which on a busy machine is little.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    // The runner takes the first driver that is named, whatever the flags say.
    for other in ["GECKODRIVER", "SAFARIDRIVER", "MSEDGEDRIVER"] {
        command.env_remove(other).env_remove(format!("{other}_REMOTE"));
    }
    Ok(command)
}

/// The driver's settings in `webdriver.json`, and the browser that was found.
fn driver_settings(workspace: &Workspace, browser: &Browser) -> Result<PathBuf, String> {
    let source = workspace.root.join("webdriver.json");
    let settings = fs::read_to_string(&source).map_err(|error| format!("{}: {error}.", source.display()))?;
    let (before, after) = settings
        .split_once("\"goog:chromeOptions\": {")
        .ok_or_else(|| format!("{} has no \"goog:chromeOptions\".", source.display()))?;
    let chrome = browser.chrome.to_string_lossy().replace('\\', "\\\\");
    let settings = format!("{before}\"goog:chromeOptions\": {{\n    \"binary\": \"{chrome}\",{after}");
    let path = workspace.target.join("webdriver.json");
    fs::write(&path, settings).map_err(|error| format!("{}: {error}.", path.display()))?;
    Ok(path)
}

pub(crate) fn end_to_end_tests(
    workspace: &Workspace,
    setup: &Setup,
    demo: Option<(PathBuf, PathBuf)>,
    only: Option<&str>,
) -> Result<Command, String> {
    let (site, server) = demo.ok_or("There is no demo to test.")?;
    let browser = setup.browser()?;
    setup.packages.clone()?;
    let folder = workspace.root.join("tests/e2e");
    let mut files: Vec<PathBuf> =
        folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.to_string_lossy().ends_with(only.unwrap_or(".test.mjs")));
    files.sort();
    if files.is_empty() {
        return Err(format!("{} has no file named *.test.mjs.", folder.display()));
    }
    Ok(node_tests(workspace, browser, &site, &server, files))
}

/// The package in a browser: beside the browser's own class, and packed, in the apps of its users that need nothing but the
/// project's own packages.
fn package_tests(
    workspace: &Workspace,
    setup: &Setup,
    demo: Option<&(PathBuf, PathBuf)>,
) -> Result<Command, String> {
    let (site, server) = demo.ok_or("There is no package to test.")?;
    setup.packages.clone()?;
    let tests = [
        "tests/conformance/conformance.test.mjs",
        "tests/engines/engines.test.mjs",
        "tests/packaging/packaging.test.mjs",
        "bench/statistics.test.mjs",
        "bench/workloads.test.mjs",
    ];
    let tests = tests.map(|test| workspace.root.join(test)).to_vec();
    Ok(node_tests(workspace, setup.browser()?, site, server, tests))
}

/// An app that is rendered on a server and hydrated in a browser.
fn rendered_tests(workspace: &Workspace, setup: &Setup) -> Result<Command, String> {
    let (server, package) = page::build_rendered(workspace, setup.toolchain()?)?;
    setup.packages.clone()?;
    let test = workspace.root.join("tests/ssr/ssr.test.mjs");
    Ok(node_tests(workspace, setup.browser()?, &package, &server, vec![test]))
}

/// `npm run test:packaging`: the packed package in all apps.
pub(crate) fn packaging(workspace: &Workspace) -> Result<ExitCode, String> {
    println!("== Set-up");
    let setup = Setup::ensure(workspace);
    let mut report = Report::default();
    let demo = report
        .check("Demo", || Ok((page::build(workspace, setup.toolchain()?)?, start::build_server(workspace)?)));
    let tests = package_tests(workspace, &setup, demo.as_ref()).map(|mut command| {
        command.arg(workspace.root.join("tests/packaging/apps.test.mjs"));
        command.env("EVERSTREAM_PACKAGING", "all");
        command
    });
    report.tests("Package in the browser", Format::Node, tests);
    report.tests("Yew and Dioxus", Format::Cargo, framework_tests(workspace, &setup));
    Ok(report.conclude())
}

/// `npm run test:libraries`: the package inside the libraries that make or take an `EventSource`.
pub(crate) fn libraries(workspace: &Workspace) -> Result<ExitCode, String> {
    println!("== Set-up");
    let setup = Setup::ensure(workspace);
    let mut report = Report::default();
    report.check("Package", || package::build(workspace, setup.toolchain()?));
    report.tests("Inside other libraries", Format::Node, library_tests(workspace, &setup, true));
    Ok(report.conclude())
}

/// Libraries on the package that was built: in Node the quick ones, or all of them there and in a browser.
fn library_tests(workspace: &Workspace, setup: &Setup, all: bool) -> Result<Command, String> {
    setup.packages.clone()?;
    let files = ["node.test.mjs", "browser.test.mjs", "testing.test.mjs"]
        .map(|file| workspace.root.join("tests/libraries").join(file));
    let chosen = if all { files.to_vec() } else { files[..1].to_vec() };
    let mut command = node_tests(workspace, setup.browser()?, &workspace.site(), Path::new(""), chosen);
    command.env_remove("EVERSTREAM_SERVER").env("EVERSTREAM_CACHE", &workspace.cache);
    if all {
        command.env("EVERSTREAM_LIBRARIES", "all");
    }
    Ok(command)
}

fn node_tests(
    workspace: &Workspace,
    browser: &Browser,
    site: &Path,
    server: &Path,
    files: Vec<PathBuf>,
) -> Command {
    let mut command = npm::node();
    command
        .current_dir(&workspace.root)
        // One file at a time: they measure time, and a browser wants a core to itself.
        .args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
        .arg(format!("--test-timeout={END_TO_END_TIMEOUT}"))
        .args(files)
        .env("EVERSTREAM_SITE", site)
        .env("EVERSTREAM_SERVER", server)
        .env("CHROMEDRIVER", &browser.chromedriver)
        .env("CHROME", &browser.chrome);
    command
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn what_stands_between_the_marks_is_replaced() {
        let replaced = between("a <x>\nold\n</x> b", ["<x>\n", "</x>"], "new\n");
        assert_eq!(replaced.as_deref(), Some("a <x>\nnew\n</x> b"));
        assert_eq!(between("no marks", ["<x>", "</x>"], "new"), None);
    }
}
