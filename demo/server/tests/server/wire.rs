//! A server process, and a client that sees what is on the wire.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

/// Longer than any wait that a test means to have.
const PATIENCE: Duration = Duration::from_secs(10);

/// A folder that goes away with its test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("demo-server-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server in a process of its own, which is killed at the latest when the test is over.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: String,
    pub(crate) cross_origin: String,
}

impl Process {
    /// Starts a server whose log and page are in `folder`, on free ports.
    pub(crate) fn start(folder: &Folder, rate: u32) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_demo-server"))
            .env("PORT", "0")
            .env("RATE", rate.to_string())
            .env("EVERSTREAM_SITE", folder.path())
            .env("EVERSTREAM_DATA", folder.path().join("log.redb"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut address = |announcement| {
            let line = lines.next().expect("a line").expect("text");
            line.strip_prefix(announcement).expect("the address").to_owned()
        };
        let (address, cross_origin) = (address("listening on http://"), address("cross-origin on http://"));
        Self { child, address, cross_origin }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        request(&self.address, "GET", path, &[])
    }

    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        request(&self.address, "GET", path, headers)
    }

    pub(crate) fn journal(&self, run: &str) -> Vec<Value> {
        let text = self.get(&format!("/journal?run={run}")).text();
        serde_json::from_str(&text).expect("JSON")
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it was alive");
        self.child.wait().expect("it ended");
    }

    pub(crate) fn terminate(&mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        Command::new("kill").arg(id).status().expect("kill(1)");
        self.child.wait().expect("it ended")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How an answer ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With the chunk that ends a body.
    Proper,
    /// FIN came first; these bytes were after the last whole event.
    Fin(String),
    /// RST came first, likewise.
    Rst(String),
}

/// The answer to a request; its body is read while it comes.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    source: BufReader<TcpStream>,
    /// What of the body was read, but not yet taken.
    pending: Vec<u8>,
}

pub(crate) fn request(address: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    try_request(address, method, path, headers).expect("an answer")
}

/// `None` if the connection ends before a status.
pub(crate) fn try_request(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n").expect("a request");

    let mut source = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if source.read_line(&mut head).expect("a line of the head") == 0 {
            return None;
        }
    }
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Some(Answer { status, head, source, pending: Vec::new() })
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The body of an answer that names its length.
    pub(crate) fn text(mut self) -> String {
        let length = self.header("content-length").and_then(|length| length.parse().ok()).expect("a length");
        let mut body = vec![0; length];
        self.source.read_exact(&mut body).expect("the whole body");
        String::from_utf8(body).expect("UTF-8")
    }

    /// The next block that is not a comment, without its blank line, or how the answer ended before there was one.
    pub(crate) fn block(&mut self) -> Result<String, End> {
        loop {
            while let Some(end) = self.pending.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.pending.drain(..end + 2).collect();
                if block != b":\n\n" {
                    return Ok(String::from_utf8(block[..end].to_vec()).expect("UTF-8"));
                }
            }
            self.read_chunk()?;
        }
    }

    /// The id of the next event of the feed, which is the same in its field and in its data.
    pub(crate) fn id(&mut self) -> Result<u64, End> {
        self.block().map(|block| id_of(&block))
    }

    pub(crate) fn ids(&mut self, count: usize) -> Vec<u64> {
        (0..count).map(|_| self.id().expect("an event")).collect()
    }

    /// Whether nothing comes for so long.
    pub(crate) fn is_silent_for(&mut self, time: Duration) -> bool {
        self.source.get_ref().set_read_timeout(Some(time)).expect("a time-out");
        matches!(self.source.fill_buf(), Err(error) if error.kind() == ErrorKind::WouldBlock)
    }

    fn read_chunk(&mut self) -> Result<(), End> {
        let mut size = String::new();
        let read = self.source.read_line(&mut size);
        if self.ended(read)? == 0 {
            return Err(End::Fin(self.leftover()));
        }
        let size = usize::from_str_radix(size.trim_end(), 16).expect("the size of a chunk");
        let mut chunk = vec![0; size + 2];
        let read = self.source.read_exact(&mut chunk);
        self.ended(read)?;
        self.pending.extend_from_slice(&chunk[..size]);
        if size > 0 { Ok(()) } else { Err(End::Proper) }
    }

    fn ended<T>(&self, result: std::io::Result<T>) -> Result<T, End> {
        result.map_err(|error| match error.kind() {
            ErrorKind::ConnectionReset => End::Rst(self.leftover()),
            ErrorKind::UnexpectedEof => End::Fin(self.leftover()),
            _ => panic!("{error}"),
        })
    }

    fn leftover(&self) -> String {
        String::from_utf8_lossy(&self.pending).into_owned()
    }
}

/// The id of an event of the feed, which is the same in its field and in its data.
pub(crate) fn id_of(block: &str) -> u64 {
    let id =
        block.lines().find_map(|line| line.strip_prefix("id: ")).expect("an id").parse().expect("a number");
    let data: String = block.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    let data: Value = serde_json::from_str(&data).expect("JSON");
    assert_eq!(data["id"], id);
    id
}

/// Waits for something that the server notices in its own time.
pub(crate) fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..200 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("it did not come in two seconds");
}
