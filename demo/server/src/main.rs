//! Starts the demo server as the environment says and stops it on SIGTERM or SIGINT.

use std::io::Write;
use std::process::ExitCode;

use demo_server::{Failure, Server, Settings};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("demo-server: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    // Before the addresses are announced: whoever reads them may send a signal at once.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;

    let server = Server::start(Settings::from_environment()?).await?;
    announce(&server)?;

    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = server.stopping() => {}
    }
    server.stop().await
}

/// Tells the addresses to whoever started the server, which matters most when `PORT` was 0.
fn announce(server: &Server) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "listening on http://{}", server.address())?;
    writeln!(stdout, "cross-origin on http://{}", server.cross_origin_address())?;
    stdout.flush()
}
