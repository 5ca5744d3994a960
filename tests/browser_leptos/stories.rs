//! Stories by chance: components come and go, steer their hooks from anywhere, and the server ends streams. Whatever happens, no event
//! is lost or doubled, what is shown is true, and nothing is left.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use everstream::leptos::{Mounted, UseEventSource, UseEventSourceOptions, use_event_source_with};
use everstream::testing::Request;
use leptos::prelude::*;
use leptos::task::tick;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Stage, ms, numbers};

/// What happens, by chance and all the same for one seed.
#[derive(Clone)]
struct Story {
    chance: Rc<Cell<u64>>,
    /// So often may functions still do something.
    left: Rc<Cell<u32>>,
    told: Rc<RefCell<String>>,
}

struct Part {
    source: UseEventSource<u32>,
    list: Signal<Vec<u32>>,
    url: RwSignal<String>,
}

impl Story {
    fn new(seed: u64) -> Story {
        let chance = Rc::new(Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1));
        Story { chance, left: Rc::default(), told: Rc::new(RefCell::new(format!("seed {seed}:"))) }
    }

    fn below(&self, end: u64) -> u64 {
        let mut next = self.chance.get();
        next ^= next << 13;
        next ^= next >> 7;
        next ^= next << 17;
        self.chance.set(next);
        (next >> 11) % end
    }

    fn tell(&self, what: &str) {
        self.told.borrow_mut().push_str(&[" ", what].concat());
    }

    fn steer(&self, source: UseEventSource<u32>, url: RwSignal<String>, place: &str) {
        // A function that makes a fold's own value does not give it another url.
        let acts = ["open", "close", "pause", "resume", "reconnect", "/a", "/b"];
        let act = acts[self.below(if place == "fold" { 5 } else { 7 }) as usize];
        self.tell(&[place, ":", act].concat());
        match act {
            "open" => source.open(),
            "close" => source.close(),
            "pause" => source.pause(),
            "resume" => source.resume(),
            "reconnect" => source.reconnect(),
            url_of_choice => drop(url.try_set(url_of_choice.into())),
        }
    }

    fn component(&self, is_shared: bool) -> Part {
        let url = RwSignal::new("/a".to_owned());
        let own: Rc<Cell<Option<UseEventSource<u32>>>> = Rc::default();
        let (story, inside) = (self.clone(), own.clone());
        let meddle = Rc::new(move |place: &str| {
            if let (1.., Some(source)) = (story.left.get(), inside.get())
                && story.below(12) == 0
            {
                story.left.set(story.left.get() - 1);
                story.steer(source, url, place);
            }
        });
        let options = UseEventSourceOptions::json();
        let source = if is_shared {
            use_event_source_with(url, options.share())
        } else {
            let meddle = meddle.clone();
            let options = options.configure(move |source| {
                let [state, event, until] = [(); 3].map(|()| meddle.clone());
                source
                    .on_state(move |_, _| state("first state"))
                    .on_event(move |_, _| event("first event"))
                    .until(move |_| {
                        until("until");
                        true
                    })
            });
            use_event_source_with(url, options)
        };
        own.set(Some(source));
        let [state, event] = [(); 2].map(|()| meddle.clone());
        source.on_state(move |_| state("state"));
        source.on_event(move |_| event("event"));
        let list = source.fold(vec![], move |list, number| {
            list.push(number.data);
            meddle("fold");
        });
        Part { source, list, url }
    }

    async fn play(&self, count: usize, is_shared: bool) {
        let stage = Stage::mount(|| ()).await;
        let world = &stage.world;
        let mut parts: Vec<Option<(Mounted, Part)>> = (0..count).map(|_| None).collect();
        let mut streams: Vec<(Request, u32)> = vec![];
        for _ in 0..60 {
            self.left.set(3);
            let at = self.below(count as u64) as usize;
            match self.below(10) {
                0 | 1 => {
                    self.tell(&format!("mount {at}"));
                    let story = self.clone();
                    parts[at] = match parts[at].take() {
                        Some(_) => None,
                        None => Some(stage.again(move || story.component(is_shared)).await),
                    };
                }
                2..=4 => {
                    if let Some((_, part)) = &parts[at] {
                        self.steer(part.source, part.url, &at.to_string());
                    }
                }
                5 => world.advance(ms([0, 500, 1_500, 40_000][self.below(4) as usize])),
                6 => {
                    if let Some((request, _)) = streams.last() {
                        self.tell("end");
                        if self.below(2) == 0 { request.fail() } else { request.end() }
                    }
                }
                _ => {
                    for (request, next) in streams.iter_mut().filter(|(request, _)| !request.is_aborted()) {
                        let end = *next + self.below(4) as u32;
                        self.tell(&format!("send {next}..{end}"));
                        request.send(numbers(*next, end - 1));
                        *next = end;
                    }
                }
            }
            self.left.set(0);
            tick().await;
            while let Some(request) = world.request() {
                let next = request.last_event_id().map_or(1, |id| 1 + id.parse::<u32>().expect("a number"));
                self.tell(&format!("{} from {next}", request.url()));
                request.accept();
                streams.push((request, next));
            }
            streams.retain(|(request, _)| !request.is_aborted());
            let told = self.told.borrow();
            assert!(count > 1 || is_shared || world.most_live() <= 1, "{told}");
            for (_, Part { source, list, .. }) in parts.iter().flatten() {
                let list = list.get_untracked();
                assert!(list.iter().copied().eq(1..=list.len() as u32), "{list:?} {told}");
                let last = list.last().map_or(String::new(), u32::to_string);
                assert_eq!(source.last_event_id.get_untracked(), last, "{told}");
                let state = source.state.get_untracked();
                assert!(source.handle().is_none_or(|source| source.state() == state), "{state} {told}");
                assert!(state.name() != "open" || world.live_count() > 0, "{told}");
            }
        }
        parts.clear();
        world.advance(ms(2_000));
        let left = (world.live_count(), world.timer_count(), world.page_listener_count());
        assert_eq!(left, (0, 0, 0), "{}", self.told.borrow());
    }
}

#[wasm_bindgen_test]
async fn one_hook() {
    for seed in 1..=100 {
        Story::new(seed).play(1, false).await;
    }
}

#[wasm_bindgen_test]
async fn hooks_that_share() {
    for seed in 1..=100 {
        Story::new(seed).play(1 + seed as usize % 3, true).await;
    }
}
