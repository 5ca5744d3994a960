//! `npm run mutants`: breaks one rule after the other in a copy of the sources, and demands that a test notices.

use std::{
    fs,
    io::Read,
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{process::cargo, workspace::Workspace};

/// A mutant whose tests run longer than this runs for ever: killed, too.
const PATIENCE: Duration = Duration::from_secs(240);

/// The bound of the exploration here. It is the last to be asked, and most mutants are dead by then.
const DEPTH: &str = "4";

struct Mutant<'a> {
    invariant: &'a str,
    what: &'a str,
    file: &'a str,
    find: &'a str,
    replace: &'a str,
}

/// What became of one.
enum Fate {
    Killed {
        by: String,
    },
    Survived,
    /// It does not compile, for instance: then nothing was shown.
    Invalid(String),
}

/// Tries all mutants, one after the other. Fails if one of them survives or cannot be tried.
pub(crate) fn mutants(workspace: &Workspace) -> Result<ExitCode, String> {
    let list = workspace.root.join("tools/mutants.txt");
    let text = fs::read_to_string(&list).map_err(|error| format!("{}: {error}.", list.display()))?;
    let mutants = parse(&text)?;
    let copy = workspace.target.join("mutants/project");
    println!("Testing a copy that is not broken…");
    copy_project(&workspace.root, &copy).map_err(|error| format!("{}: {error}.", copy.display()))?;
    for file in ["src/core/parser.rs", "src/core/session.rs"] {
        match judge(workspace, &copy, tests_for(file))? {
            Fate::Survived => {}
            Fate::Killed { by } => return Err(format!("{by} fails without any mutant.")),
            Fate::Invalid(complaint) => return Err(complaint),
        }
    }

    let (mut killed, mut survived) = (0, 0);
    for mutant in &mutants {
        let fate = try_out(workspace, &copy, mutant)?;
        let Mutant { invariant, what, .. } = mutant;
        match fate {
            Fate::Killed { by } => {
                killed += 1;
                println!("killed    {invariant:>9}  {what} — by {by}");
            }
            Fate::Survived => {
                survived += 1;
                println!("SURVIVED  {invariant:>9}  {what}");
            }
            Fate::Invalid(complaint) => {
                return Err(format!("The mutant “{what}” cannot be tried: {complaint}"));
            }
        }
    }
    println!("\n{killed} killed, {survived} survived");
    Ok(if survived == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn try_out(workspace: &Workspace, copy: &Path, mutant: &Mutant<'_>) -> Result<Fate, String> {
    let path = copy.join(mutant.file);
    let io = |error: std::io::Error| format!("{}: {error}.", path.display());
    let sound = fs::read_to_string(&path).map_err(io)?;
    if sound.matches(mutant.find).count() != 1 {
        return Ok(Fate::Invalid(format!("its text is not there exactly once in {}.", mutant.file)));
    }
    fs::write(&path, sound.replace(mutant.find, mutant.replace)).map_err(io)?;
    let fate = judge(workspace, copy, tests_for(mutant.file));
    fs::write(&path, sound).map_err(io)?;
    fate
}

/// The tests of the parser, or of what decides, the quickest first.
fn tests_for(file: &str) -> &'static [&'static str] {
    if file.contains("parser") {
        &["--lib", "--", "parser"]
    } else {
        &["--lib", "--test", "client", "--test", "exploration", "--", "--skip", "parser"]
    }
}

fn judge(workspace: &Workspace, copy: &Path, tests: &[&str]) -> Result<Fate, String> {
    let mut command = cargo();
    command
        .current_dir(copy)
        .args(["test", "-p", "everstream", "--features", "json,testing"])
        .args(tests)
        .env("CARGO_TARGET_DIR", workspace.target.join("mutants/target"))
        .env("EVERSTREAM_DEPTH", DEPTH)
        .env("RUST_BACKTRACE", "0")
        // A mutant has warnings: nobody minds.
        .env("RUSTFLAGS", "-Awarnings")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|error| format!("cargo could not be started: {error}."))?;
    let (output, complaints) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let Some(success) = wait(&mut child)? else {
        return Ok(Fate::Killed { by: format!("running for more than {} s", PATIENCE.as_secs()) });
    };
    let output = output.join().unwrap_or_default();
    if success {
        return Ok(Fate::Survived);
    }
    let failed = output.lines().find_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
    Ok(match failed {
        Some(by) => Fate::Killed { by: by.to_owned() },
        None => Fate::Invalid(complaints.join().unwrap_or_default()),
    })
}

/// Reads to the end, aside, so that the program never waits for a reader.
fn reader(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before a failure is still of use.
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Whether it succeeded, or nothing if it had to be ended.
fn wait(child: &mut Child) -> Result<Option<bool>, String> {
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(Some(status.success())),
            Ok(None) if started.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(50)),
            Ok(None) => {
                // The test that runs for ever is a child of this child, in the same group.
                let _ = Command::new("kill").args(["-KILL", &format!("-{}", child.id())]).status();
                let _ = child.kill();
                let _ = child.wait();
                return Ok(None);
            }
            Err(error) => return Err(format!("cargo could not be waited for: {error}.")),
        }
    }
}

fn parse(text: &str) -> Result<Vec<Mutant<'_>>, String> {
    text.split("\n=== ").skip(1).map(|entry| mutant(entry).ok_or_else(|| malformed(entry))).collect()
}

fn mutant(entry: &str) -> Option<Mutant<'_>> {
    let (head, rest) = entry.split_once("\n--- find\n")?;
    let (find, rest) = rest.split_once("\n--- replace\n")?;
    let (replace, _) = rest.split_once("\n--- end")?;
    let (invariant, head) = head.split_once(": ")?;
    let (what, file) = head.strip_suffix(')')?.rsplit_once(" (")?;
    Some(Mutant { invariant, what, file, find, replace })
}

fn malformed(entry: &str) -> String {
    format!("tools/mutants.txt has an entry that is none: {}.", entry.lines().next().unwrap_or_default())
}

/// Only what differs is written, so that cargo compiles only that.
fn copy_project(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in from.read_dir()? {
        let entry = entry?;
        let name = entry.file_name();
        if ["target", "node_modules", ".git", "fuzz"].iter().any(|skipped| name == *skipped) {
            continue;
        }
        let copy = to.join(&name);
        if entry.file_type()?.is_dir() {
            copy_project(&entry.path(), &copy)?;
        } else if fs::read(entry.path())? != fs::read(&copy).unwrap_or_default() {
            fs::copy(entry.path(), copy)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_entry_has_five_parts() {
        let text = "About.\n\n=== 4: the cursor (of all things) stays (src/a.rs)\n--- find\na\n  b\n--- replace\n\n--- end\n";
        let mutants = parse(text).expect("an entry");
        let [mutant] = &mutants[..] else { panic!("one entry") };
        assert_eq!((mutant.invariant, mutant.file), ("4", "src/a.rs"));
        assert_eq!(mutant.what, "the cursor (of all things) stays");
        assert_eq!((mutant.find, mutant.replace), ("a\n  b", ""));
        assert!(parse("\n=== 4: no file\n--- find\n").is_err());
    }

    #[test]
    fn the_list_can_be_read_and_breaks_each_invariant() {
        let mutants = parse(include_str!("../../mutants.txt")).expect("a list");
        for invariant in 1..=10 {
            let number = invariant.to_string();
            assert!(mutants.iter().any(|mutant| mutant.invariant == number), "invariant {number}");
        }
    }
}
