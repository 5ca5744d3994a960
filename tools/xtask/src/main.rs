//! The build tool behind the npm scripts.
//!
//! Each command gets what it needs first (the wasm32 standard library, npm packages, the test runner, a browser), keeps
//! it in a cache outside the clone, and says in one sentence what to install when it cannot.

mod apt;
mod bench;
mod browser;
mod debian;
mod engines;
mod mutants;
mod npm;
mod package;
mod page;
mod process;
mod report;
mod size;
mod start;
mod test;
mod toolchain;
mod tools;
mod wasm;
mod workspace;

use std::process::ExitCode;

use workspace::Workspace;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["bench", ref rest @ ..] => Workspace::find().and_then(|workspace| bench::bench(&workspace, rest)),
        ["build"] => Workspace::find().and_then(|workspace| package::build_alone(&workspace)),
        ["start"] => Workspace::find().and_then(|workspace| start::start(&workspace)),
        ["test"] => Workspace::find().and_then(|workspace| test::test(&workspace)),
        ["size:leptos", ref rest @ ..] => {
            Workspace::find().and_then(|workspace| size::leptos(&workspace, rest))
        }
        ["size", ref rest @ ..] => Workspace::find().and_then(|workspace| size::package(&workspace, rest)),
        ["test:packaging"] => Workspace::find().and_then(|workspace| test::packaging(&workspace)),
        ["test:libraries"] => Workspace::find().and_then(|workspace| test::libraries(&workspace)),
        ["test:engines"] => Workspace::find().and_then(|workspace| engines::test(&workspace)),
        ["table"] => Workspace::find().and_then(|workspace| test::table(&workspace)),
        ["explore"] => Workspace::find().and_then(|workspace| test::explore(&workspace)),
        ["mutants"] => Workspace::find().and_then(|workspace| mutants::mutants(&workspace)),
        _ => {
            Err("Usage: npm start, npm test, npm run build, npm run bench, npm run size, npm run size:leptos, npm run test:packaging, npm run test:libraries, npm run test:engines, npm run table, npm run explore, or npm run mutants.".to_owned())
        }
    };
    match outcome {
        Ok(code) => code,
        Err(sentence) => {
            eprintln!("\n{sentence}");
            ExitCode::FAILURE
        }
    }
}
