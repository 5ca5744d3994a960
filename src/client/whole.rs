//! Whether an answer is whole when it ends.

use super::Client;
use crate::core::parser::EventRef;
use crate::core::session::{Generation, Input};
use crate::error::{ErrorKind, words};
use crate::options::Unfinished;

/// Ends the line and the event that a body has ended in.
const END: &[u8] = b"\n\n";

impl Client {
    /// The body has ended as it should.
    pub(crate) fn ended(&self, generation: Generation) {
        let Some(options) = self.options().filter(|_| self.is_current(generation)) else { return };
        let mut rest = None;
        if options.unfinished != Unfinished::Drop
            && let Some(mut parser) = self.take_parser()
        {
            rest = parser.unfinished();
            if rest.is_some() && options.unfinished == Unfinished::Deliver {
                parser.fill(END.len(), |room| room.copy_from_slice(END));
                self.deliver(generation, &mut parser, self.platform.now());
                rest = None;
            }
        }
        // Functions may hold the source.
        drop(options);
        self.handle(match rest {
            Some(rest) => Input::Failed(generation, ErrorKind::Incomplete { body: Some(words(rest)) }),
            None => Input::Ended(generation),
        });
    }

    /// Asks whether this event makes it complete.
    pub(super) fn is_whole_by(&self, event: EventRef<'_>) -> bool {
        let until = self.options.borrow().as_ref().and_then(|options| options.until.clone());
        until.is_some_and(|until| until(event))
    }
}
