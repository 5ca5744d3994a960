//! Events as Rust has them: borrowed text, and typed payloads. JavaScript writes chunks into memory and asks for sums.

use everstream::internals::parser::{EventRef, Limits, Parser};
use serde::Deserialize;

/// What is done with an event.
#[derive(Clone, Copy, PartialEq)]
enum Use {
    /// As little as shows that it was there.
    Look,
    /// The sum that JavaScript makes of its strings, which counts in UTF-16.
    Verify,
    Token,
    Tick,
}

pub struct Bench {
    parser: Parser,
    listener: Listener,
}

struct Listener {
    kind: Use,
    events: u32,
    sum: i32,
}

#[derive(Deserialize)]
struct Token<'a> {
    created: i32,
    #[serde(borrow)]
    choices: Vec<Choice<'a>>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    delta: Delta<'a>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    content: &'a str,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Tick<'a> {
    symbol: &'a str,
    price: f64,
    volume: i32,
    bid: f64,
    ask: f64,
    time: &'a str,
    exchange: &'a str,
    #[serde(borrow)]
    flags: Vec<&'a str>,
    seq: i32,
}

impl Listener {
    fn hear(&mut self, event: EventRef<'_>) {
        self.events += 1;
        let value = match self.kind {
            Use::Look => {
                event.data.len() as i32 + i32::from(event.data.as_bytes().last().copied().unwrap_or(0))
            }
            Use::Verify => {
                let units: Vec<u16> = event.data.encode_utf16().collect();
                let unit = |at: usize| units.get(at).map_or(0, |unit| i32::from(*unit));
                let type_units = event.event_type.encode_utf16().count();
                (type_units + units.len()) as i32 + unit(units.len() >> 1) + unit(units.len().wrapping_sub(1))
            }
            Use::Token => event.json::<Token<'_>>().map_or(0, |token| {
                token.created
                    + token.choices.iter().map(|choice| choice.delta.content.len() as i32).sum::<i32>()
            }),
            Use::Tick => {
                event.json::<Tick<'_>>().map_or(0, |tick| tick.volume + tick.seq + tick.flags.len() as i32)
            }
        };
        self.sum = self.sum.wrapping_mul(31).wrapping_add(value) & 0x3fff_ffff;
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn create(kind: u32) -> Box<Bench> {
    let kind = match kind {
        0 => Use::Look,
        1 => Use::Verify,
        2 => Use::Token,
        _ => Use::Tick,
    };
    let limits = Limits::default().event_bytes(100_000_000);
    let listener = Listener { kind, events: 0, sum: 0 };
    Box::new(Bench { parser: Parser::new(limits, ""), listener })
}

#[unsafe(no_mangle)]
pub extern "C" fn room(bench: &mut Bench, len: usize) -> *mut u8 {
    bench.parser.room(len).as_mut_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn feed(bench: &mut Bench, len: usize) {
    bench.parser.filled(len);
    while let Ok(Some(item)) = bench.parser.next_item() {
        if let Some(event) = bench.parser.event(&item) {
            bench.listener.hear(event);
        }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn events(bench: &Bench) -> u32 {
    bench.listener.events
}

#[unsafe(no_mangle)]
pub extern "C" fn sum(bench: &Bench) -> i32 {
    bench.listener.sum
}

#[unsafe(no_mangle)]
pub extern "C" fn release(bench: Box<Bench>) {
    drop(bench);
}
