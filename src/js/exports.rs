//! The functions of the module, as WebAssembly has them: numbers in, a number out.
//!
//! Sources go by where they are in memory, and text by way of one buffer. wasm-bindgen would do this with classes and strings, for 1.2 kB of
//! JavaScript and 1 kB of WebAssembly (gzip, measured): a tenth of what a page pays for the whole package.

use std::cell::Cell;

use super::{Core, Number, OPTIONS};

thread_local! {
    static TEXT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Makes room for a text of `len` bytes and says where. It is what the next function with a text gets.
#[unsafe(no_mangle)]
extern "C" fn text(len: usize) -> *mut u8 {
    let mut text = taken_text();
    text.resize(len, 0);
    let place = text.as_mut_ptr();
    TEXT.set(text);
    place
}

/// A source. The text is its options, eight bytes each, and then the last event id. It is JavaScript's until it
/// [releases](release) it.
#[unsafe(no_mangle)]
extern "C" fn create() -> Box<Core> {
    let text = taken_text();
    let (options, _) = text.as_chunks();
    // Nobody but JavaScript calls it, with so many.
    let options = options.first_chunk().unwrap_or(&[[0; size_of::<Number>()]; OPTIONS]);
    Box::new(Core::new(utf8(copy(text.get(size_of_val(options)..).unwrap_or_default())), options))
}

/// The source is not used any more.
#[unsafe(no_mangle)]
extern "C" fn release(core: Box<Core>) {
    drop(core);
}

/// [`Core::time`].
#[unsafe(no_mangle)]
extern "C" fn time(core: &mut Core, wall: f64, monotonic: f64, random: f64) {
    core.time(wall, monotonic, random);
}

/// [`Core::tell`].
#[unsafe(no_mangle)]
extern "C" fn tell(core: &mut Core, input: u32, generation: u32, number: f64) {
    core.tell(input, generation, number);
}

/// [`Core::answered`]; the text is the content type.
#[unsafe(no_mangle)]
extern "C" fn answered(core: &mut Core, generation: u32, status: u32, has_body: u32, retry_after: f64) {
    core.answered(generation, status as u16, utf8(taken_text()), has_body != 0, retry_after);
}

/// [`Core::message`]; the text is the id.
#[unsafe(no_mangle)]
extern "C" fn message(core: &mut Core, generation: u32, bytes: usize, is_heard: u32) -> u32 {
    core.message(generation, utf8(taken_text()), bytes, is_heard != 0).into()
}

/// [`Core::next`].
#[unsafe(no_mangle)]
extern "C" fn next(core: &mut Core) -> u32 {
    core.next()
}

/// [`Core::numbers`].
#[unsafe(no_mangle)]
extern "C" fn numbers(core: &Core) -> *const f64 {
    core.numbers()
}

/// [`Core::room`].
#[unsafe(no_mangle)]
extern "C" fn room(core: &mut Core, generation: u32, len: usize, wall: f64, monotonic: f64) -> *mut u8 {
    core.room(generation, len, wall, monotonic)
}

/// [`Core::parse`].
#[unsafe(no_mangle)]
extern "C" fn parse(core: &mut Core, len: usize) -> *const [i32; 7] {
    core.parse(len)
}

/// [`Core::commit`].
#[unsafe(no_mangle)]
extern "C" fn commit(core: &mut Core, count: usize) {
    core.commit(count);
}

/// [`Core::listen`]; the text is the type.
#[unsafe(no_mangle)]
extern "C" fn hear(core: &mut Core) {
    core.listen(utf8(taken_text()));
}

/// [`Core::is_current`].
#[unsafe(no_mangle)]
extern "C" fn is_current(core: &Core, generation: u32) -> u32 {
    core.is_current(generation).into()
}

/// Puts [`Core::last_event_id`] where texts are, and says how long it is.
#[unsafe(no_mangle)]
extern "C" fn last_event_id(core: &Core) -> usize {
    let id = core.last_event_id();
    TEXT.set(copy(id.as_bytes()));
    id.len()
}

/// Puts [`Core::unfinished`] where texts are, and says how long it is; the largest number of all if there is none.
#[unsafe(no_mangle)]
extern "C" fn unfinished(core: &Core) -> usize {
    let Some(text) = core.unfinished() else { return usize::MAX };
    let len = text.len();
    TEXT.set(text.into_bytes());
    len
}

fn taken_text() -> Vec<u8> {
    TEXT.take()
}

/// What `to_vec` does, by the functions that are here anyway: that one brings along 0.15 kB of others.
#[inline(never)]
fn copy(bytes: &[u8]) -> Vec<u8> {
    let mut copy = Vec::new();
    copy.extend_from_slice(bytes);
    copy
}

fn utf8(text: Vec<u8>) -> String {
    // SAFETY: JavaScript's own encoder made it, which makes nothing but UTF-8.
    unsafe { String::from_utf8_unchecked(text) }
}
