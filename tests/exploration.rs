//! Every interleaving of a small world around the real session, up to a bound: a breadth-first search.
//!
//! `EVERSTREAM_DEPTH` sets the bound: how many things happen, one after the other. What happens within one of them (the
//! user's functions may do something whenever they are called) does not count.

#![cfg(not(target_arch = "wasm32"))]

mod model;

use std::collections::{BTreeSet, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use model::{EVERYTHING, Script, Seen, Setup, Step, World, setups};

/// The bound of an optimized build, and that of a plain one.
const DEPTH: usize = if cfg!(debug_assertions) { 5 } else { 9 };

/// The least bound at which everything occurs.
const DEPTH_OF_EVERYTHING: usize = 5;

#[test]
fn every_interleaving() {
    let depth = std::env::var("EVERSTREAM_DEPTH").map_or(DEPTH, |depth| depth.parse().expect("a number"));
    let setups = setups();
    let started = Instant::now();
    let explored = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(setup) = setups.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let report = explore(setup, depth + setup.deeper);
                    println!(
                        "{:>11} states, {:>11} transitions: {}",
                        report.states, report.transitions, setup.name
                    );
                    explored.lock().expect("nobody panics with it").push(report);
                }
            });
        }
    });
    let reports = explored.into_inner().expect("nobody panics with it");
    let mut seen = Seen::default();
    reports.iter().for_each(|report| seen.add(&report.seen));
    println!(
        "explored {} states, {} transitions, depth {depth} to {}, {} configurations, in {:.1} s",
        thousands(reports.iter().map(|report| report.states).sum()),
        thousands(reports.iter().map(|report| report.transitions).sum()),
        depth + setups.iter().map(|setup| setup.deeper).max().unwrap_or(0),
        reports.len(),
        started.elapsed().as_secs_f32(),
    );
    let documented = documented_edges();
    let undocumented: Vec<_> = seen.edges.difference(&documented).collect();
    assert!(undocumented.is_empty(), "ARCHITECTURE.md does not know of {undocumented:?}");
    if depth >= DEPTH_OF_EVERYTHING {
        assert_eq!(seen.edges, documented, "what occurs, and what ARCHITECTURE.md says");
        assert_eq!(seen.variants, EVERYTHING.iter().copied().collect::<BTreeSet<_>>());
    }
}

/// What became of one configuration.
struct Report {
    states: usize,
    transitions: usize,
    seen: Seen,
}

/// How a state was come by.
#[derive(Clone, Copy)]
struct Origin {
    from: usize,
    step: Step,
    script: Script,
}

fn explore(setup: &Setup, depth: usize) -> Report {
    let mut seen = Seen::default();
    let mut transitions = 0;
    let start = World::new(setup);
    let mut known = HashSet::from([start.fingerprint()]);
    // The states in the order of their discovery; the first one comes from nowhere.
    let mut origins: Vec<Origin> = Vec::new();
    let mut states = 1;
    let mut edge_of_the_known = vec![(0, start)];
    for level in 1..=depth {
        let mut beyond = Vec::new();
        for (number, world) in edge_of_the_known {
            for step in world.steps() {
                let mut scripts = vec![Script::default()];
                while let Some(script) = scripts.pop() {
                    let mut next = world.clone();
                    let outcome = next.step(step, script, &mut seen);
                    transitions += 1;
                    let origin = Origin { from: number, step, script };
                    if let Some(why) = &next.violation {
                        panic!("{}\nin: {}\nafter:\n{}", why, setup.name, story(&origins, origin));
                    }
                    let more = script.variants(&outcome, setup);
                    scripts.extend(more);
                    if known.insert(next.fingerprint()) {
                        origins.push(origin);
                        if level < depth {
                            beyond.push((states, next));
                        }
                        states += 1;
                    }
                }
            }
        }
        edge_of_the_known = beyond;
    }
    Report { states, transitions, seen }
}

/// What happened, from the beginning on.
fn story(origins: &[Origin], last: Origin) -> String {
    let mut steps = vec![last];
    while let Some(from) = steps.last().filter(|step| step.from > 0).map(|step| step.from) {
        steps.push(origins[from - 1]);
    }
    let line = |origin: &Origin| format!("  {:?} {:?}\n", origin.step, origin.script);
    steps.iter().rev().map(line).collect()
}

/// The edges of the diagram in ARCHITECTURE.md.
fn documented_edges() -> BTreeSet<(&'static str, &'static str)> {
    let page = include_str!("../ARCHITECTURE.md");
    let diagram = page.split("stateDiagram-v2").nth(1).and_then(|rest| rest.split("```").next());
    let edges = diagram.expect("a diagram").lines().filter_map(|line| {
        let (from, to) = line.trim().split_once(" --> ")?;
        Some((from, to.split(':').next().unwrap_or(to).trim()))
    });
    edges.filter(|(from, to)| *from != "[*]" && *to != "[*]").collect()
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}
