//! Sockets whose handlers may decide how they end.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// A TCP listener whose connections hand out a [`Handle`] to themselves.
pub(crate) struct SocketListener(pub(crate) TcpListener);

/// A connection that has been accepted. It belongs to the HTTP server; closing means dropping it.
pub(crate) struct Socket(Arc<TcpStream>);

/// What a request handler can do to the connection its request came over. It does not keep the connection open.
#[derive(Clone)]
pub(crate) struct Handle(Weak<TcpStream>);

impl Handle {
    /// Makes the coming close send RST instead of FIN.
    pub(crate) fn reset_on_close(&self) {
        self.with(|socket| socket.set_linger(Some(Duration::ZERO)));
    }

    /// Closes now, whatever the HTTP server is about to say.
    pub(crate) fn shut_down(&self) {
        self.with(|socket| socket.shutdown(std::net::Shutdown::Both));
    }

    /// An error means that the socket is not connected any more; then there is nothing left to be done to it.
    fn with(&self, act: impl FnOnce(SockRef<'_>) -> io::Result<()>) {
        if let Some(stream) = self.0.upgrade() {
            let _ = act(SockRef::from(&*stream));
        }
    }
}

impl Listener for SocketListener {
    type Io = Socket;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Socket, SocketAddr) {
        // axum's own listener knows which errors of accept(2) pass and waits when there are no file descriptors left.
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Every event leaves at once. If the option cannot be set, the connection is gone already.
        let _ = stream.set_nodelay(true);
        (Socket(Arc::new(stream)), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, SocketListener>> for Handle {
    fn connect_info(stream: IncomingStream<'_, SocketListener>) -> Self {
        Self(Arc::downgrade(&stream.io().0))
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.poll_read_ready(context))?;
            match self.0.try_read(buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(context))?;
            match self.0.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(SockRef::from(&*self.0).shutdown(std::net::Shutdown::Write))
    }
}
