//! Which faults a request asks for, and which of them it gets.

use std::time::Duration;

use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};

/// The query of `/events`. Numbers that make no sense are answered with 400.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Request {
    /// Names a run of a test: turns are counted and the journal is read by it.
    pub run: String,
    /// How many connections of the run get each fault; without it, all of them. With several faults of which only one
    /// can be played at a time, the one that stands first below goes first, and the next when its turns are over.
    pub times: Option<usize>,

    /// Resume after this id. The `Last-Event-ID` header wins.
    pub last_event_id: Option<String>,
    /// Start after this id if neither the header nor `lastEventId` says where.
    pub from: Option<u64>,
    /// Milliseconds from heartbeat to heartbeat, 1000 unless told otherwise; 0 for none.
    pub heartbeat: Option<u64>,
    /// Answer only after this many milliseconds. A setting and not a fault: it has no turns.
    pub delay: Option<u64>,
    /// Send `retry:` with this many milliseconds first. A setting and not a fault: it has no turns.
    pub retry: Option<u64>,

    /// Close the connection instead of answering.
    #[serde(deserialize_with = "present")]
    pub drop_before: bool,
    /// Answer 204, which asks the client to stop.
    #[serde(deserialize_with = "present")]
    pub stop: bool,
    /// Answer with this status, 200 to 599, and a short text.
    pub status: Option<u16>,
    /// With `status`: the `Retry-After` header, in seconds, or `date` for a date two to three seconds ahead.
    pub retry_after: Option<String>,
    /// Answer with this content type.
    #[serde(rename = "type")]
    pub content_type: Option<String>,
    /// Send the headers and close the connection.
    #[serde(deserialize_with = "present")]
    pub drop: bool,

    /// First send an event of type `huge`, without an id, whose one line has this many bytes of data.
    pub huge: Option<usize>,
    /// Send events in tiny pieces with this many milliseconds between them.
    pub slow: Option<u64>,

    /// End the answer properly after this many events.
    pub end: Option<u64>,
    /// Close the connection inside an event, after `after` whole ones.
    pub cut: Option<Cut>,
    /// With `cut`: 3 unless told otherwise.
    pub after: Option<u64>,
    /// Send nothing any more after this many events.
    pub stall: Option<u64>,
    /// With `end`, `cut` and `stall`: not before the connection is this many milliseconds old. (Replayed events come
    /// so fast that their number says nothing about time.)
    pub lasting: u64,
}

/// How a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cut {
    /// As if the server's process had ended: FIN, and the last chunk of the body is missing.
    Fin,
    /// As if the server's machine, or a middlebox, had forgotten the connection: RST.
    Rst,
}

/// What can go wrong with a connection on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named for the query parameters that ask for them")]
pub enum Fault {
    DropBefore,
    Stop,
    Status,
    Type,
    Drop,
    Huge,
    Slow,
    End,
    CutFin,
    CutRst,
    Stall,
}

impl Fault {
    /// Its name in the journal.
    pub fn name(self) -> &'static str {
        match self {
            Self::DropBefore => "drop-before",
            Self::Stop => "stop",
            Self::Status => "status",
            Self::Type => "type",
            Self::Drop => "drop",
            Self::Huge => "huge",
            Self::Slow => "slow",
            Self::End => "end",
            Self::CutFin => "cut-fin",
            Self::CutRst => "cut-rst",
            Self::Stall => "stall",
        }
    }
}

/// What one connection gets.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) answer: Answer,
    pub(crate) huge: Option<usize>,
    pub(crate) slow: Option<Duration>,
    pub(crate) ending: Option<Ending>,
    /// How old the connection has to be for the ending.
    pub(crate) lasting: Duration,
    /// The faults above, by name.
    pub(crate) faults: Vec<Fault>,
}

#[derive(Debug)]
pub(crate) enum Answer {
    Feed,
    Nothing,
    Stop,
    Status { status: StatusCode, retry_after: Option<String> },
    Type(String),
    OnlyHeaders,
}

/// What happens to the feed when the event after the `after`th is due, or a later one.
#[derive(Debug)]
pub(crate) enum Ending {
    End { after: u64 },
    Cut { cut: Cut, after: u64 },
    Stall { after: u64 },
}

impl Ending {
    pub(crate) fn after(&self) -> u64 {
        match *self {
            Self::End { after } | Self::Cut { after, .. } | Self::Stall { after } => after,
        }
    }
}

impl Request {
    /// The plan for the run's next connection, when `turns` of a fault were taken by earlier ones.
    pub(crate) fn plan(&self, turns: impl Fn(Fault) -> usize) -> Plan {
        let mut faults = Vec::new();
        let has_turn = |fault| self.times.is_none_or(|times| turns(fault) < times);

        let answer = self.answers().into_iter().flatten().find(|&(fault, _)| has_turn(fault));
        let answer = answer.map_or(Answer::Feed, |(fault, answer)| {
            faults.push(fault);
            answer
        });
        let lasting = Duration::from_millis(self.lasting);
        let mut plan = Plan { answer, huge: None, slow: None, ending: None, lasting, faults };
        if !matches!(plan.answer, Answer::Feed) {
            return plan;
        }

        if self.huge.is_some() && has_turn(Fault::Huge) {
            plan.huge = self.huge;
            plan.faults.push(Fault::Huge);
        }
        if self.slow.is_some() && has_turn(Fault::Slow) {
            plan.slow = self.slow.map(Duration::from_millis);
            plan.faults.push(Fault::Slow);
        }
        if let Some((fault, ending)) =
            self.endings().into_iter().flatten().find(|&(fault, _)| has_turn(fault))
        {
            plan.ending = Some(ending);
            plan.faults.push(fault);
        }
        plan
    }

    /// Whether every value of the query can be played.
    pub(crate) fn status_is_sound(&self) -> bool {
        self.status.is_none_or(|status| (200..600).contains(&status))
    }

    fn answers(&self) -> [Option<(Fault, Answer)>; 5] {
        let status = self.status.and_then(|status| StatusCode::from_u16(status).ok());
        let retry_after = self.retry_after.clone();
        [
            self.drop_before.then_some((Fault::DropBefore, Answer::Nothing)),
            self.stop.then_some((Fault::Stop, Answer::Stop)),
            status.map(|status| (Fault::Status, Answer::Status { status, retry_after })),
            self.content_type.clone().map(|content_type| (Fault::Type, Answer::Type(content_type))),
            self.drop.then_some((Fault::Drop, Answer::OnlyHeaders)),
        ]
    }

    fn endings(&self) -> [Option<(Fault, Ending)>; 3] {
        [
            self.end.map(|after| (Fault::End, Ending::End { after })),
            self.cut.map(|cut| {
                let fault = if cut == Cut::Fin { Fault::CutFin } else { Fault::CutRst };
                (fault, Ending::Cut { cut, after: self.after.unwrap_or(3) })
            }),
            self.stall.map(|after| (Fault::Stall, Ending::Stall { after })),
        ]
    }
}

/// A parameter that needs no value: `?drop` and `?drop=1` are the same.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

#[cfg(test)]
mod tests {
    use super::{Fault, Request};

    fn request(query: &str) -> Request {
        let uri = format!("/events?{query}").parse().expect("a URI");
        axum::extract::Query::try_from_uri(&uri).expect("a query").0
    }

    #[test]
    fn each_fault_has_its_turns_and_then_the_next_one_goes() {
        let request = request("status=503&drop&cut=rst&times=2");
        let mut taken = Vec::new();
        for _ in 0..8 {
            let faults =
                request.plan(|fault| taken.iter().filter(|&&earlier| earlier == fault).count()).faults;
            assert!(faults.len() <= 1);
            taken.extend(faults);
        }
        use Fault::*;
        assert_eq!(taken, [Status, Status, Drop, Drop, CutRst, CutRst]);
    }

    #[test]
    fn a_fault_without_times_never_ends() {
        assert_eq!(request("stop").plan(|_| 1_000_000).faults, [Fault::Stop]);
    }
}
