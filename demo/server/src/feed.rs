//! `/events`.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep};
use tokio_stream::wrappers::ReceiverStream;

use crate::cut::Position;
use crate::faults::{Answer, Cut, Ending, Plan, Request};
use crate::journal::{How, Journal, Line, ResumedBy};
use crate::log::{Entry, Log};
use crate::socket::Handle;

/// How many events are read from the log at once.
const BATCH: usize = 256;
/// What was sent before a connection is cut has this long to arrive: RST may overtake it in the client.
const ARRIVAL: Duration = Duration::from_millis(50);

/// What all requests share.
pub(crate) struct App {
    pub(crate) log: Arc<Log>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) stopping: watch::Receiver<bool>,
}

pub(crate) async fn events(
    State(app): State<Arc<App>>,
    ConnectInfo(socket): ConnectInfo<Handle>,
    method: Method,
    headers: HeaderMap,
    Query(request): Query<Request>,
) -> Response {
    if !request.status_is_sound() {
        return (StatusCode::BAD_REQUEST, "status has to be from 200 to 599").into_response();
    }
    let resumed = resumed_from(&headers, &request);
    let cursor = start(resumed.as_ref().map(|(id, _)| id.as_str()), &request, app.log.latest());
    let origin =
        headers.get(header::ORIGIN).map(|origin| String::from_utf8_lossy(origin.as_bytes()).into_owned());
    let (line, plan) = app.journal.open(&request, method.to_string(), origin, resumed);

    if let Some(milliseconds) = request.delay {
        sleep(Duration::from_millis(milliseconds)).await;
    }
    match plan.answer {
        Answer::Feed => feed(app, socket, line, plan, &request, cursor),
        Answer::OnlyHeaders => only_headers(line),
        Answer::Nothing => {
            line.ended(How::DropBefore);
            socket.shut_down();
            // The HTTP server sees the end of the connection and drops this future.
            std::future::pending().await
        }
        Answer::Stop => whole(&line, How::Stop, StatusCode::NO_CONTENT.into_response()),
        Answer::Type(content_type) => {
            // It would be an event, if the type were right.
            let answer = ([(header::CONTENT_TYPE, content_type)], "data: of another type\n\n");
            whole(&line, How::Type, answer.into_response())
        }
        Answer::Status { status, retry_after } => {
            let mut answer = (status, format!("{status}, as the query asks for\n")).into_response();
            if let Some(value) = retry_after.and_then(|text| retry_after_header(&text).parse().ok()) {
                answer.headers_mut().insert(header::RETRY_AFTER, value);
            }
            whole(&line, How::Status, answer)
        }
    }
}

/// The id that the client names, and where it names it. The header wins: the query may be as old as the page.
fn resumed_from(headers: &HeaderMap, request: &Request) -> Option<(String, ResumedBy)> {
    let header = headers.get("last-event-id").map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned());
    let query = request.last_event_id.clone();
    header.map(|id| (id, ResumedBy::Header)).or(query.map(|id| (id, ResumedBy::Query)))
}

/// The id after which to start. An id that this log never gave out starts with the next event.
fn start(resumed_from: Option<&str>, request: &Request, latest: u64) -> u64 {
    resumed_from.and_then(|id| id.parse().ok()).or(request.from).map_or(latest, |id| id.min(latest))
}

/// An answer that is over when it has been given.
fn whole(line: &Line, how: How, response: Response) -> Response {
    line.answered(response.status().as_u16());
    line.ended(how);
    response
}

fn retry_after_header(text: &str) -> String {
    if text != "date" {
        return text.to_owned();
    }
    // Dates have whole seconds, and formatting rounds down: this one is at least two seconds ahead.
    httpdate::fmt_http_date(SystemTime::now() + Duration::new(2, 999_999_999))
}

fn only_headers(line: Line) -> Response {
    let (body, receiver) = mpsc::channel(1);
    line.answered(200);
    tokio::spawn(async move {
        sleep(ARRIVAL).await;
        line.ended(How::Drop);
        break_off(&body).await;
    });
    stream(receiver)
}

fn feed(app: Arc<App>, socket: Handle, line: Line, plan: Plan, request: &Request, cursor: u64) -> Response {
    // One piece may wait. More of them would only hide a slow reader.
    let (body, receiver) = mpsc::channel(1);
    line.answered(200);
    let mut feed = Feed {
        socket,
        body,
        cursor,
        turn: app.journal.cuts(&request.run),
        latest: app.log.subscribe(),
        stopping: app.stopping.clone(),
        log: Arc::clone(&app.log),
        heartbeat: heartbeat(request.heartbeat.unwrap_or(1_000)),
        retry: request.retry,
        plan,
        line,
    };
    tokio::spawn(async move {
        let Err(how) = feed.play().await;
        feed.line.ended(how);
        if matches!(how, How::CutFin | How::CutRst) {
            break_off(&feed.body).await;
        }
    });
    stream(receiver)
}

type Piece = io::Result<Vec<u8>>;

fn stream(body: mpsc::Receiver<Piece>) -> Response {
    let headers = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        // Of a stream that is given up, Chromium reads up to 16 KiB more for up to 5 s if it may use the connection again.
        (header::CONNECTION.as_str(), "close"),
        (header::CACHE_CONTROL.as_str(), "no-store"),
        // Or nginx would collect events before it passes them on.
        ("x-accel-buffering", "no"),
    ];
    (headers, Body::from_stream(ReceiverStream::new(body))).into_response()
}

/// Makes the HTTP server drop the connection without the chunk that ends a body. If it has dropped it already, so much
/// the better.
async fn break_off(body: &mpsc::Sender<Piece>) {
    let _ = body.send(Err(io::Error::other("cut"))).await;
}

fn heartbeat(milliseconds: u64) -> Option<Interval> {
    (milliseconds > 0).then(|| {
        let period = Duration::from_millis(milliseconds);
        let mut interval = interval_at(Instant::now() + period, period);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        interval
    })
}

/// One connection to the feed. Its steps return how the connection ended as soon as it has.
struct Feed {
    socket: Handle,
    body: mpsc::Sender<Piece>,
    line: Line,
    log: Arc<Log>,
    plan: Plan,
    retry: Option<u64>,
    heartbeat: Option<Interval>,
    latest: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    /// The id of the last event that was sent.
    cursor: u64,
    /// How many cuts the run has had.
    turn: usize,
}

impl Feed {
    async fn play(&mut self) -> Result<Infallible, How> {
        // Firefox takes a connection for open only when the first byte of the body is there.
        self.send(":\n\n").await?;
        if let Some(milliseconds) = self.retry {
            self.send(format!("retry: {milliseconds}\n\n")).await?;
        }
        if let Some(bytes) = self.plan.huge {
            self.send_huge(bytes).await?;
        }

        let opened = Instant::now();
        let mut count = 0;
        loop {
            // A commit between this and the wait below makes the wait return at once, so that nothing is missed. The read
            // is short and mostly from redb's cache, and does not wait for writers: no need for another thread.
            let entries = self.log.after(self.cursor, BATCH).map_err(|failure| {
                eprintln!("demo-server: the log cannot be read: {failure}");
                How::Failure
            })?;
            if entries.is_empty() {
                self.wait().await?;
            }
            for entry in entries {
                let is_due =
                    |ending: &Ending| count >= ending.after() && opened.elapsed() >= self.plan.lasting;
                if self.plan.ending.as_ref().is_some_and(is_due) {
                    self.end_before(&entry).await?;
                }
                self.send_event(&entry.block).await?;
                self.line.sent(entry.id);
                self.cursor = entry.id;
                count += 1;
            }
        }
    }

    /// Returns when there may be new events.
    async fn wait(&mut self) -> Result<(), How> {
        tokio::select! {
            changed = self.latest.changed() => return changed.map_err(|_| How::Shutdown),
            () = beat(&mut self.heartbeat) => {}
            () = self.body.closed() => return Err(How::Client),
            () = stopped(&mut self.stopping) => return Err(How::Shutdown),
        }
        self.send(":\n\n").await
    }

    /// Plays the ending that the plan has, instead of sending `entry` whole. Returns without an end if `entry` has no
    /// place for the kind of cut whose turn it is.
    async fn end_before(&mut self, entry: &Entry) -> Result<(), How> {
        match self.plan.ending {
            Some(Ending::End { .. }) => Err(How::End),
            Some(Ending::Stall { .. }) => {
                tokio::select! {
                    () = self.body.closed() => Err(How::Client),
                    () = stopped(&mut self.stopping) => Err(How::Shutdown),
                }
            }
            Some(Ending::Cut { cut, .. }) => {
                let position = Position::of_turn(self.turn);
                match position.find(&entry.block, self.turn) {
                    Some(bytes) => self.cut(cut, position, entry, bytes).await,
                    None => Ok(()),
                }
            }
            None => Ok(()),
        }
    }

    async fn cut(&mut self, cut: Cut, position: Position, entry: &Entry, bytes: usize) -> Result<(), How> {
        self.send(&entry.block.as_bytes()[..bytes]).await?;
        self.line.cut(position, entry.id);
        sleep(ARRIVAL).await;
        match cut {
            Cut::Fin => Err(How::CutFin),
            Cut::Rst => {
                self.socket.reset_on_close();
                Err(How::CutRst)
            }
        }
    }

    async fn send_event(&mut self, block: &str) -> Result<(), How> {
        let Some(pause) = self.plan.slow else {
            return self.send(block).await;
        };
        let mut rest = block.as_bytes();
        while !rest.is_empty() {
            // Of one to five bytes, and so also inside characters.
            let (piece, next) = rest.split_at((rest.len() % 5 + 1).min(rest.len()));
            self.send(piece).await?;
            sleep(pause).await;
            rest = next;
        }
        Ok(())
    }

    async fn send_huge(&mut self, mut bytes: usize) -> Result<(), How> {
        self.send("event: huge\ndata: ").await?;
        while bytes > 0 {
            let piece = bytes.min(64 * 1024);
            self.send("x".repeat(piece)).await?;
            bytes -= piece;
        }
        self.send("\n\n").await
    }

    /// Waits while the reader is slow.
    async fn send(&mut self, bytes: impl Into<Vec<u8>>) -> Result<(), How> {
        tokio::select! {
            sent = self.body.send(Ok(bytes.into())) => sent.map_err(|_| How::Client),
            () = stopped(&mut self.stopping) => Err(How::Shutdown),
        }
    }
}

pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the server is gone, which is a reason to stop as well.
    let _ = stopping.wait_for(|&stopping| stopping).await;
}

async fn beat(heartbeat: &mut Option<Interval>) {
    match heartbeat {
        Some(interval) => {
            interval.tick().await;
        }
        None => std::future::pending().await,
    }
}
