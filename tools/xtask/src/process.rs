//! Running other programs.

use std::{
    env,
    ffi::OsString,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

/// Runs a program with its output shown.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let status = command.stdin(Stdio::null()).status().map_err(|error| not_started(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status}).", line_of(command))) }
}

/// What a program prints, or nothing if it fails or does not exist.
pub(crate) fn read(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program runs and succeeds, with its output hidden.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    read(command).is_some()
}

/// Runs a program with its output shown as it comes, and hands each line of its standard output to `on_line`.
pub(crate) fn stream(command: &mut Command, mut on_line: impl FnMut(&str)) -> Result<ExitStatus, String> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| not_started(command, &error))?;
    if let Some(output) = child.stdout.take() {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        // Lines are read as bytes, because a test may print what is not UTF-8.
        while output.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            let mut ours = std::io::stdout().lock();
            // A reader that has gone away (`npm test | head`) is no reason to stop counting.
            let _ = ours.write_all(&line).and_then(|()| ours.flush());
            on_line(String::from_utf8_lossy(&line).trim_end());
            line.clear();
        }
    }
    child.wait().map_err(|error| not_started(command, &error))
}

/// Where a program is on `PATH`.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

/// `PATH` with some folders put first.
pub(crate) fn path_with(folders: &[&Path]) -> OsString {
    let inherited = env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().map(|&folder| folder.to_owned()).chain(env::split_paths(&inherited));
    // Joining fails only if a folder has a separator in its name; then the inherited value is the best there is.
    env::join_paths(all).unwrap_or(inherited)
}

/// The host's cargo.
pub(crate) fn cargo() -> Command {
    without_our_cargo(Command::new("cargo"))
}

/// Takes away the variable that tells a cargo which cargo it is: this program was started by one, and another
/// toolchain's cargo would go on to call that one.
pub(crate) fn without_our_cargo(mut command: Command) -> Command {
    command.env_remove("CARGO");
    command
}

/// A command as one would type it.
fn line_of(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn not_started(command: &Command, error: &std::io::Error) -> String {
    format!("`{}` could not be run: {error}.", command.get_program().to_string_lossy())
}
