//! The functions of the module, as WebAssembly has them: numbers in, a number out.
//!
//! Sources go by numbers, and text by way of one buffer. wasm-bindgen would do this with classes and strings, for 1.2 kB of
//! JavaScript and 1 kB of WebAssembly (gzip, measured): a tenth of what a page pays for the whole package.

use std::cell::RefCell;

use super::Core;

thread_local! {
    /// Those that are in use, by their numbers.
    static CORES: RefCell<Vec<Option<Box<Core>>>> = const { RefCell::new(Vec::new()) };
    static TEXT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// Of the source that is about to be made.
    static OPTIONS: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
}

/// Makes room for a text of `len` bytes and says where. It is what the next function with a text gets.
#[unsafe(no_mangle)]
extern "C" fn text(len: usize) -> *mut u8 {
    TEXT.with_borrow_mut(|text| {
        text.resize(len, 0);
        text.as_mut_ptr()
    })
}

/// The next of the options.
#[unsafe(no_mangle)]
extern "C" fn option(value: f64) {
    OPTIONS.with_borrow_mut(|options| options.push(value));
}

/// A source with these options, whose text is the last event id.
#[unsafe(no_mangle)]
extern "C" fn create() -> usize {
    // JavaScript says them all.
    let Ok(options) = OPTIONS.take().try_into() else { return usize::MAX };
    let core = Box::new(Core::new(taken_text(), options));
    CORES.with_borrow_mut(|cores| {
        let free = cores.iter().position(Option::is_none).unwrap_or(cores.len());
        match cores.get_mut(free) {
            Some(place) => *place = Some(core),
            None => cores.push(Some(core)),
        }
        free
    })
}

/// The source is not used any more.
#[unsafe(no_mangle)]
extern "C" fn release(core: usize) {
    let released = CORES.with_borrow_mut(|cores| cores.get_mut(core).and_then(Option::take));
    drop(released);
}

/// [`Core::tell`].
#[unsafe(no_mangle)]
extern "C" fn tell(core: usize, input: u32, generation: u32, number: f64, now: f64, random: f64) {
    with(core, |core| core.tell(input, generation, number, now, random));
}

/// [`Core::answered`]; the text is the content type.
#[unsafe(no_mangle)]
extern "C" fn answered(
    core: usize,
    generation: u32,
    status: u32,
    has_body: u32,
    retry_after: f64,
    now: f64,
    random: f64,
) {
    let content_type = taken_text();
    let (status, has_body) = (status as u16, has_body != 0);
    with(core, |core| core.answered(generation, status, content_type, has_body, retry_after, now, random));
}

/// [`Core::message`]; the text is the id.
#[unsafe(no_mangle)]
extern "C" fn message(
    core: usize,
    generation: u32,
    bytes: usize,
    is_heard: u32,
    now: f64,
    random: f64,
) -> u32 {
    let id = taken_text();
    with(core, |core| core.message(generation, id, bytes, is_heard != 0, now, random).into())
}

/// [`Core::next`].
#[unsafe(no_mangle)]
extern "C" fn next(core: usize) -> u32 {
    with(core, Core::next)
}

/// [`Core::numbers`].
#[unsafe(no_mangle)]
extern "C" fn numbers(core: usize) -> usize {
    with(core, |core| core.numbers() as usize)
}

/// [`Core::room`].
#[unsafe(no_mangle)]
extern "C" fn room(core: usize, generation: u32, len: usize, now: f64) -> usize {
    with(core, |core| core.room(generation, len, now) as usize)
}

/// [`Core::parse`].
#[unsafe(no_mangle)]
extern "C" fn parse(core: usize, len: usize, now: f64, random: f64) -> usize {
    with(core, |core| core.parse(len, now, random))
}

/// [`Core::batch`].
#[unsafe(no_mangle)]
extern "C" fn batch(core: usize) -> usize {
    with(core, |core| core.batch() as usize)
}

/// [`Core::commit`].
#[unsafe(no_mangle)]
extern "C" fn commit(core: usize, count: usize, all: u32, now: f64) {
    with(core, |core| core.commit(count, all != 0, now));
}

/// [`Core::listen`]; the text is the type.
#[unsafe(no_mangle)]
extern "C" fn hear(core: usize) {
    let event_type = taken_text();
    with(core, |core| core.listen(event_type));
}

/// [`Core::is_current`].
#[unsafe(no_mangle)]
extern "C" fn is_current(core: usize, generation: u32) -> u32 {
    with(core, |core| core.is_current(generation).into())
}

/// Puts [`Core::last_event_id`] where texts are, and says how long it is.
#[unsafe(no_mangle)]
extern "C" fn last_event_id(core: usize) -> usize {
    with(core, |core| {
        let id = core.last_event_id().as_bytes();
        TEXT.with_borrow_mut(|text| {
            text.clear();
            text.extend_from_slice(id);
        });
        id.len()
    })
}

/// JavaScript never says the number of a source that is not there.
fn with<T: Default>(core: usize, act: impl FnOnce(&mut Core) -> T) -> T {
    CORES.with_borrow_mut(|cores| {
        cores.get_mut(core).and_then(Option::as_deref_mut).map(act).unwrap_or_default()
    })
}

fn taken_text() -> String {
    // SAFETY: JavaScript's own encoder made it, which makes nothing but UTF-8.
    unsafe { String::from_utf8_unchecked(TEXT.take()) }
}
