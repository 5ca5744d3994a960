//! What the scripted world cannot play: connections that go on talking after they were aborted.

use super::*;
use crate::core::session::Offer;
use crate::delivery::Queue;
use crate::platform::PageListener;
use crate::task::LocalFuture;

/// A platform whose connections go on talking after they were aborted.
#[derive(Default)]
struct Chatty {
    sinks: RefCell<Vec<Sink>>,
}

struct Deaf;

impl Connection for Deaf {
    fn read(&self) {}
    fn hold(&self) {}
    fn peek(&self, _bytes: usize) {}
    fn listen(&self, _event_type: &str) {}
}

impl Platform for Chatty {
    fn now(&self) -> Now {
        Now::default()
    }

    fn random(&self) -> f64 {
        0.0
    }

    fn offer(&self) -> Offer {
        Offer { streaming: true, native: true, native_reconnects_cleanly: true, page: false }
    }

    fn check_url(&self, _url: &str) -> Result<bool, String> {
        Ok(true)
    }

    fn warn(&self, _text: &str) {}

    fn timer(&self, _after: u64, _fire: Box<dyn FnOnce()>) -> Guard {
        Box::new(())
    }

    fn spawn(&self, _future: LocalFuture<()>) -> Guard {
        Box::new(())
    }

    fn connect(&self, _request: Request, sink: Sink) -> Box<dyn Connection> {
        self.sinks.borrow_mut().push(sink);
        Box::new(Deaf)
    }

    fn watch_page(&self, _listener: PageListener) -> Guard {
        Box::new(())
    }
}

fn answer(status: u16, url: &str) -> Response {
    let headers = vec![("content-type".into(), "text/event-stream".into())];
    Response { url: url.into(), status, headers, ..Response::default() }
}

fn say(sink: &Sink, text: &str) {
    sink.chunk(text.len(), |buffer| buffer.copy_from_slice(text.as_bytes()));
}

#[test]
fn what_an_aborted_connection_still_says_is_not_heard() {
    let platform = Rc::new(Chatty::default());
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = seen.clone();
    let listener = Box::new(move |event: crate::EventRef<'_>, _: &Handle| {
        log.borrow_mut().push(event.data.to_owned());
    });
    let ears = Ears {
        delivery: Delivery::new(Some(listener), None, None, Queue::default()),
        watchers: Watchers::new(None),
        diagnostics: None,
    };
    let options = Options::new(Provided::Value("/events".into()));
    let client = open(platform.clone(), options, ears).expect("a client");
    client.handle(Input::Reconnect);
    let [old, new] = platform.sinks.take().try_into().ok().expect("two requests");

    new.answered(answer(200, "new"), true);
    say(&new, "id: 1\nda");
    old.answered(answer(204, "old"), true);
    say(&old, "ta: of the past\n\n");
    old.peeked(b"of the past");
    old.peek_ended();
    old.failed(ErrorKind::NoBody);
    old.ended();
    let event = crate::EventRef { event_type: "message", data: "of the past", last_event_id: "9" };
    for said in [
        NativeEvent::Opened("old".into()),
        NativeEvent::Message(event),
        NativeEvent::Retries,
        NativeEvent::Closed,
    ] {
        old.native(said);
    }
    say(&new, "ta: now\n\n");
    assert_eq!(*seen.borrow(), ["now"]);
    assert_eq!((client.state().name(), client.final_url().as_deref()), ("open", Some("new")));

    client.handle(Input::Close(crate::ClosedBy::User));
    say(&new, "data: after the end\n\n");
    assert_eq!(seen.borrow().len(), 1);
}
