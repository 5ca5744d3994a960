//! What the steps of `npm test` print and count.

use std::{
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use crate::process::stream;

/// Runs steps one after another, shows their output, and adds up their results.
#[derive(Default)]
pub(crate) struct Report {
    steps: Vec<Step>,
}

struct Step {
    title: &'static str,
    tally: Tally,
    time: Duration,
    /// Why the step failed, where no failed test says so.
    trouble: Option<String>,
}

impl Report {
    /// A step that succeeds or fails as a whole: it counts as one test.
    pub(crate) fn check<T>(
        &mut self,
        title: &'static str,
        work: impl FnOnce() -> Result<T, String>,
    ) -> Option<T> {
        let start = headline(title);
        let result = work();
        let tally = Tally { passed: result.is_ok().into(), failed: result.is_err().into(), skipped: 0 };
        let (value, trouble) = match result {
            Ok(value) => (Some(value), None),
            Err(sentence) => (None, Some(sentence)),
        };
        self.finish(Step { title, tally, time: start.elapsed(), trouble });
        value
    }

    /// A step that runs tests, with a command that may have turned out to be impossible.
    pub(crate) fn tests(&mut self, title: &'static str, format: Format, command: Result<Command, String>) {
        let start = headline(title);
        let mut tally = Tally::default();
        let ended = command.and_then(|mut command| {
            let status = stream(&mut command, |line| tally += format.count(line))?;
            if status.success() { Ok(()) } else { Err(format!("The tests ended with {status}.")) }
        });
        let trouble = tally.judge(ended);
        self.finish(Step { title, tally, time: start.elapsed(), trouble });
    }

    /// Prints every step and, alone on the last line, the sum.
    pub(crate) fn conclude(&self) -> ExitCode {
        println!("\n== Summary");
        for step in &self.steps {
            println!("{}", step.line());
        }
        let total = self.steps.iter().fold(Tally::default(), |sum, step| sum + step.tally);
        if total.skipped > 0 {
            println!("{} tests were marked to be skipped.", total.skipped);
        }
        println!("\n{} passed, {} failed", total.passed, total.failed);
        if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn finish(&mut self, step: Step) {
        println!("-- {}", step.line());
        self.steps.push(step);
    }
}

impl Step {
    fn line(&self) -> String {
        let Tally { passed, failed, .. } = self.tally;
        let trouble = self.trouble.as_deref().map(|sentence| format!(": {sentence}")).unwrap_or_default();
        format!("{}: {passed} passed, {failed} failed, {:.1} s{trouble}", self.title, self.time.as_secs_f64())
    }
}

fn headline(title: &str) -> Instant {
    println!("\n== {title}");
    Instant::now()
}

/// How a test runner words its summary.
#[derive(Clone, Copy)]
pub(crate) enum Format {
    /// `test result: ok. 3 passed; 0 failed; 1 ignored; …`, of Rust's test harness and of wasm-bindgen's.
    Cargo,
    /// `Tests  1 failed | 3 passed (4)`, of Vitest.
    Vitest,
    /// `ℹ pass 3` and `ℹ fail 0`, each on a line, of Node's `spec` reporter.
    Node,
}

impl Format {
    /// What a line of output adds to the count.
    fn count(self, line: &str) -> Tally {
        let line = without_colours(line);
        match self {
            Self::Cargo => count_cargo(&line),
            Self::Node => count_node(&line),
            Self::Vitest => count_vitest(&line),
        }
        .unwrap_or_default()
    }
}

fn count_cargo(line: &str) -> Option<Tally> {
    let (_verdict, counts) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
    let mut tally = Tally::default();
    for count in counts.split(';') {
        let mut words = count.split_whitespace();
        match (words.next().and_then(|number| number.parse::<u64>().ok()), words.next()) {
            (Some(number), Some("passed")) => tally.passed = number,
            (Some(number), Some("failed")) => tally.failed = number,
            (Some(number), Some("ignored")) => tally.skipped = number,
            _ => {}
        }
    }
    Some(tally)
}

fn count_vitest(line: &str) -> Option<Tally> {
    let (counts, _total) = line.trim().strip_prefix("Tests ")?.split_once('(')?;
    let mut tally = Tally::default();
    for count in counts.split('|') {
        let mut words = count.split_whitespace();
        match (words.next().and_then(|number| number.parse::<u64>().ok()), words.next()) {
            (Some(number), Some("passed")) => tally.passed = number,
            (Some(number), Some("failed")) => tally.failed = number,
            (Some(number), Some("skipped" | "todo")) => tally.skipped = number,
            _ => {}
        }
    }
    Some(tally)
}

fn count_node(line: &str) -> Option<Tally> {
    let (name, number) = line.strip_prefix("ℹ ")?.split_once(' ')?;
    let number = number.parse().ok()?;
    match name {
        "pass" => Some(Tally { passed: number, ..Tally::default() }),
        // A cancelled test is one that never came to an end.
        "fail" | "cancelled" => Some(Tally { failed: number, ..Tally::default() }),
        "skipped" | "todo" => Some(Tally { skipped: number, ..Tally::default() }),
        _ => None,
    }
}

/// Leaves out the sequences by which a terminal is told to change colour.
fn without_colours(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_colour, rest)| rest))
}

/// A count of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Tally {
    /// Makes sure that whatever is wrong is counted: a runner that fails without a failed test, or that ran no tests, is
    /// a failure of its own.
    fn judge(&mut self, ended: Result<(), String>) -> Option<String> {
        let trouble = match ended {
            Err(sentence) => Some(sentence),
            Ok(()) if self.passed + self.failed == 0 => Some("No tests were run.".to_owned()),
            Ok(()) => None,
        };
        if trouble.is_some() && self.failed == 0 {
            self.failed = 1;
        }
        trouble
    }
}

impl std::ops::Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, Tally};

    fn tally(passed: u64, failed: u64, skipped: u64) -> Tally {
        Tally { passed, failed, skipped }
    }

    fn count(format: Format, output: &str) -> Tally {
        output.lines().fold(Tally::default(), |sum, line| sum + format.count(line))
    }

    #[test]
    fn every_test_binary_of_cargo_counts() {
        let output = "\
running 2 tests
test a ... ok
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

   Doc-tests everstream
test result: FAILED. 5 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.02s";
        assert_eq!(count(Format::Cargo, output), tally(7, 3, 1));
    }

    #[test]
    fn wasm_bindgens_summary_counts() {
        let line = "test result: ok. 4 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.05s";
        assert_eq!(count(Format::Cargo, line), tally(4, 0, 0));
    }

    #[test]
    fn nodes_summary_counts() {
        let output = "\
✔ the server is killed and started again (812.3ms)
ℹ tests 7
ℹ suites 0
ℹ pass 3
ℹ fail 1
ℹ cancelled 2
ℹ skipped 1
ℹ todo 0
ℹ duration_ms 912.1";
        assert_eq!(count(Format::Node, output), tally(3, 3, 1));
    }

    #[test]
    fn colours_do_not_hide_a_summary() {
        let line = "test result: \u{1b}[32mok\u{1b}[0m. 2 passed; 0 failed; 0 ignored";
        assert_eq!(count(Format::Cargo, line), tally(2, 0, 0));
        assert_eq!(count(Format::Node, "\u{1b}[34mℹ pass 3\u{1b}[39m"), tally(3, 0, 0));
    }

    #[test]
    fn what_a_test_prints_is_no_summary() {
        for line in
            ["3 passed; 0 failed", "pass 3", "ℹ pass", "ℹ pass three", "test result: ok", "  ℹ pass 3"]
        {
            assert_eq!(count(Format::Cargo, line), Tally::default(), "{line}");
            assert_eq!(count(Format::Node, line), Tally::default(), "{line}");
        }
    }

    #[test]
    fn a_runner_that_fails_without_a_failed_test_counts_as_one() {
        let mut counted = tally(3, 0, 0);
        assert_eq!(counted.judge(Err("It crashed.".to_owned())).as_deref(), Some("It crashed."));
        assert_eq!(counted, tally(3, 1, 0));

        let mut counted = tally(3, 2, 0);
        counted.judge(Err("It ended with 1.".to_owned()));
        assert_eq!(counted, tally(3, 2, 0), "its failed tests say it already");
    }

    #[test]
    fn no_tests_are_a_failure() {
        let mut counted = tally(0, 0, 4);
        assert!(counted.judge(Ok(())).is_some());
        assert_eq!(counted, tally(0, 1, 4));
    }
}
