//! `npm run test:engines`: what `npm test` runs in Chromium, in Firefox, and what engines do to the package also in WebKit.

use std::{
    fs,
    path::PathBuf,
    process::{Command, ExitCode},
};

use crate::{
    apt, npm, page,
    process::find,
    report::{Format, Report},
    start,
    test::{Setup, end_to_end_tests},
    tools::geckodriver,
    workspace::{Workspace, set},
};

/// Runs the tests of the drivers and the fault table in Firefox.
pub(crate) fn test(workspace: &Workspace) -> Result<ExitCode, String> {
    println!("== Set-up");
    let setup = Setup::ensure(workspace);
    let firefox = Firefox::ensure(workspace);
    let mut report = Report::default();
    report.tests("Tests in Firefox", Format::Cargo, driver_tests(workspace, &setup, &firefox));
    let demo = report
        .check("Demo", || Ok((page::build(workspace, setup.toolchain()?)?, start::build_server(workspace)?)));
    let in_firefox = firefox.as_ref().map_err(Clone::clone).map(|firefox| {
        let mut command = package_tests(workspace);
        firefox.for_command(&mut command);
        command
    });
    report.tests("The package in Firefox", Format::Node, in_firefox);
    let in_webkit = ensure_webkit().map(|()| {
        let mut command = package_tests(workspace);
        command.env("EVERSTREAM_BROWSER", "webkit");
        command
    });
    report.tests("The package in WebKit", Format::Node, in_webkit);
    report.tests("Fault table in Firefox", Format::Node, fault_table(workspace, &setup, demo, &firefox));
    Ok(report.conclude())
}

pub(crate) struct Firefox {
    program: PathBuf,
    driver: PathBuf,
}

impl Firefox {
    /// The one that `FIREFOX` names, else the installed one, else Debian's.
    pub(crate) fn ensure(workspace: &Workspace) -> Result<Self, String> {
        let installed =
            || set("FIREFOX").map(PathBuf::from).or_else(|| find("firefox").or_else(|| find("firefox-esr")));
        let program = match installed() {
            Some(program) => program,
            None => {
                apt::install(&["firefox-esr"], "to run tests in Firefox")?;
                installed().ok_or("Missing: Firefox; install it, or name it in FIREFOX.")?
            }
        };
        Ok(Self { program, driver: geckodriver(workspace)? })
    }

    /// Tells a command to use it.
    pub(crate) fn for_command(&self, command: &mut Command) {
        command
            .env("EVERSTREAM_BROWSER", "firefox")
            .env("FIREFOX", &self.program)
            .env("GECKODRIVER", &self.driver);
    }
}

fn driver_tests(
    workspace: &Workspace,
    setup: &Setup,
    firefox: &Result<Firefox, String>,
) -> Result<Command, String> {
    let (toolchain, tools) = (setup.toolchain()?, setup.tools()?);
    let driver = &firefox.as_ref().map_err(Clone::clone)?.driver;
    let folder = driver.parent().ok_or("geckodriver is in no folder.")?;
    // Firefox looks for its own folders at home, and for one that is there already it asks questions.
    let home = workspace.target.join("firefox-home");
    fs::create_dir_all(&home).map_err(|error| format!("{}: {error}.", home.display()))?;
    let mut command =
        toolchain.command_with(&tools.wasm_pack.to_string_lossy(), &[&tools.wasm_bindgen, folder]);
    command
        .current_dir(&workspace.root)
        .args(["test", "--headless", "--firefox", "--mode", "no-install", ".", "--all-features"])
        .env("GECKODRIVER", driver)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    // What rustup and cargo have at home they would miss.
    for (variable, folder) in [("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo")] {
        if let Some(old_home) = set("HOME").filter(|_| set(variable).is_none()) {
            command.env(variable, PathBuf::from(old_home).join(folder));
        }
    }
    command.env("HOME", home);
    // The runner takes the first driver that is named, whatever the flags say.
    for other in ["CHROMEDRIVER", "SAFARIDRIVER", "MSEDGEDRIVER"] {
        command.env_remove(other).env_remove(format!("{other}_REMOTE"));
    }
    Ok(command)
}

/// What an engine does around the package.
fn package_tests(workspace: &Workspace) -> Command {
    let mut command = npm::node();
    command.current_dir(&workspace.root).args(["--test", "--test-reporter=spec"]);
    command.arg("tests/engines/engines.test.mjs");
    command
}

/// WebKitGTK, its driver, and a display for it.
fn ensure_webkit() -> Result<(), String> {
    if find("WebKitWebDriver").is_some() && find("Xvfb").is_some() {
        return Ok(());
    }
    apt::install(&["webkit2gtk-driver", "xvfb"], "to run tests in WebKit")
}

fn fault_table(
    workspace: &Workspace,
    setup: &Setup,
    demo: Option<(PathBuf, PathBuf)>,
    firefox: &Result<Firefox, String>,
) -> Result<Command, String> {
    let mut command = end_to_end_tests(workspace, setup, demo, Some("faults.test.mjs"))?;
    firefox.as_ref().map_err(Clone::clone)?.for_command(&mut command);
    Ok(command)
}
