//! Any sequence of steps in the world of `tests/exploration.rs`, under any configuration, against the same invariants:
//! longer than a search can go, and with whatever numbers a server, a clock or a die may come up with.

#![no_main]

#[path = "../../tests/model/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the exploration needs more of it")]
mod model;

use arbitrary::{Result, Unstructured};
use everstream::internals::session::{ResumeBy, RetryOn};
use everstream::{PauseReason, TransportChoice, WhenHidden};
use libfuzzer_sys::fuzz_target;
use model::{Act, Reply, Script, Seen, Setup, Step, World, setups};

/// Longer stories only repeat themselves.
const STEPS: usize = 400;

const ACTS: &[Act] = &[
    Act::Open,
    Act::Pause(PauseReason::User),
    Act::Pause(PauseReason::Frozen),
    Act::Pause(PauseReason::Cached),
    Act::Resume(PauseReason::User),
    Act::Resume(PauseReason::Frozen),
    Act::Resume(PauseReason::Cached),
    Act::Hide,
    Act::Show,
    Act::GoOnline,
    Act::GoOffline,
    Act::Reconnect,
    Act::HearAll,
    Act::Close,
    Act::Drop,
];

fuzz_target!(|bytes: &[u8]| {
    // Where the bytes end, the story ends.
    let _ = tell(&mut Unstructured::new(bytes));
});

fn tell(bytes: &mut Unstructured<'_>) -> Result<()> {
    let setup = setup(bytes)?;
    let mut world = World::new(&setup);
    let mut seen = Seen::default();
    let mut story = Vec::new();
    while story.len() < STEPS && !world.is_closed() && !bytes.is_empty() {
        let (step, script) = (step(&world, bytes)?, script(bytes)?);
        story.push((step, script));
        world.step(step, script, &mut seen);
        if let Some(why) = &world.violation {
            let story: String =
                story.iter().map(|(step, script)| format!("  {step:?} {script:?}\n")).collect();
            panic!("{why}\nin: {:#?}\nafter:\n{story}", setup.config);
        }
    }
    Ok(())
}

/// One of those that are explored, with other options.
fn setup(bytes: &mut Unstructured<'_>) -> Result<Setup> {
    let mut setup = bytes.choose(&setups())?.clone();
    let config = &mut setup.config;
    config.retry.max_retries = bytes.arbitrary::<Option<u8>>()?.map(u32::from);
    config.retry.base = bytes.int_in_range(1..=60_000)?;
    config.retry.cap = bytes.int_in_range(config.retry.base..=600_000)?;
    config.retry.factor = *bytes.choose(&[1.0, 1.5, 2.0, 10.0])?;
    config.retry_on = *bytes.choose(&[RetryOn::Resilient, RetryOn::Standard, RetryOn::Asked])?;
    config.resume = *bytes.choose(&[ResumeBy::Auto, ResumeBy::Query, ResumeBy::Header])?;
    config.transport =
        *bytes.choose(&[TransportChoice::Auto, TransportChoice::EventSource, TransportChoice::Fetch])?;
    config.when_hidden =
        *bytes.choose(&[WhenHidden::GoOn, WhenHidden::Pause, WhenHidden::PauseIfResumable])?;
    config.has_providers = bytes.arbitrary()?;
    config.unsafe_to_repeat = bytes.arbitrary()?;
    config.resend = bytes.arbitrary()?;
    config.close_on_end = bytes.arbitrary()?;
    config.connect_timeout = bytes.arbitrary::<Option<u16>>()?.map(u64::from);
    config.stall_timeout = bytes.arbitrary::<Option<u16>>()?.map(|ms| u64::from(ms) + 1);
    config.hidden_grace = bytes.arbitrary::<u16>()?.into();
    if config.unsafe_to_repeat {
        // The options are refused otherwise: a native one sends no body.
        config.transport = TransportChoice::Fetch;
        config.offer.streaming = true;
    }
    Ok(setup)
}

fn step(world: &World<'_>, bytes: &mut Unstructured<'_>) -> Result<Step> {
    Ok(match bytes.int_in_range(0..=9)? {
        0 => Step::Do(*bytes.choose(ACTS)?),
        1 => Step::Elapse(bytes.int_in_range(0..=100_000)?),
        2 => Step::SetClock(bytes.arbitrary::<i32>()?.into()),
        3 => Step::Answer(Reply {
            status: bytes.int_in_range(200..=599)?,
            stream: bytes.arbitrary()?,
            body: bytes.arbitrary()?,
            retry_after: bytes.arbitrary()?,
        }),
        4 => Step::Retry(bytes.arbitrary()?),
        _ => {
            let steps = world.steps();
            // The longer a story, the more can go wrong in it.
            let goes_on = |step: &Step| !matches!(step, Step::Do(Act::Close | Act::Drop));
            let steps: Vec<_> = steps.into_iter().filter(goes_on).collect();
            *bytes.choose(&steps)?
        }
    })
}

fn script(bytes: &mut Unstructured<'_>) -> Result<Script> {
    let flags = bytes.arbitrary::<u8>()?;
    Ok(Script {
        reaction: (flags & 0b11 == 0).then(|| Ok((flags >> 6, *bytes.choose(ACTS)?))).transpose()?,
        judgement: flags & 0b100 != 0,
        is_slow_to_judge: bytes.arbitrary()?,
        random: f64::from(flags >> 3 & 0b111) / 8.0,
    })
}
