//! `kill -9`.

use std::collections::BTreeMap;

use crate::wire::{Folder, Process, id_of};

#[test]
fn a_killed_server_goes_on_with_the_next_id() {
    let folder = Folder::new();
    let mut seen = BTreeMap::new();
    let mut last = 0;

    for round in 0..10 {
        let server = Process::start(&folder, 1_000);
        let mut answer = server.get_with("/events", &[("Last-Event-ID", &last.to_string())]);
        // Live, and at another moment of the transaction each time.
        for _ in 0..150 + 37 * round {
            let block = answer.block().expect("an event");
            assert_eq!(id_of(&block), last + 1);
            last += 1;
            seen.insert(last, block);
        }
        server.kill();
        // What had arrived before the kill is what the restarted server has to know.
        while let Ok(block) = answer.block() {
            assert_eq!(id_of(&block), last + 1);
            last += 1;
            seen.insert(last, block);
        }
    }

    // No id stands for another event now than it did when it was sent.
    let server = Process::start(&folder, 1_000);
    let mut replay = server.get("/events?from=0");
    for (id, block) in seen {
        assert_eq!(replay.block(), Ok(block), "event {id}");
    }
}
