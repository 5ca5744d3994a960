//! Once its buffers have grown, the parser allocates nothing.

#![cfg(not(target_arch = "wasm32"))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use everstream::internals::parser::{Limits, Parser};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: all of it is done by the allocator of the system.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const STREAM: &str = "id: 17\nevent: tick\ndata: {\"price\": 17.5}\ndata: é漢😀\n: comment\nretry: 500\n\n\
    data: a\nid: after data\nevent: put aside\ndata: b\nfoo: bar\n\nid: alone\r\n\r\n";

#[test]
fn a_warm_parser_allocates_nothing() {
    let mut parser = Parser::new(Limits::default(), "").comments(true);
    for size in [STREAM.len(), 1, 7, 64] {
        // Once to grow, and once more for the last event id, which is copied when the next chunk comes.
        assert_eq!(read_all(&mut parser, size) + read_all(&mut parser, size), 4);
        let before = ALLOCATIONS.get();
        let mut events = 0;
        for _ in 0..1000 {
            events += read_all(&mut parser, size);
        }
        assert_eq!(events, 2000);
        assert_eq!(ALLOCATIONS.get() - before, 0, "in chunks of {size}");
    }
    assert!(parser.capacity() <= 4 * STREAM.len());
}

fn read_all(parser: &mut Parser, size: usize) -> usize {
    let mut events = 0;
    for chunk in STREAM.as_bytes().chunks(size) {
        parser.push(chunk);
        while let Some(item) = parser.next_item().unwrap() {
            events += parser.event(&item).map_or(0, |event| usize::from(!event.data.is_empty()));
        }
    }
    events
}
