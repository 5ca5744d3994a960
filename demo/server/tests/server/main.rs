//! The server as a process of its own, seen through raw sockets.

mod faults;
mod feed;
mod kill;
mod wire;
