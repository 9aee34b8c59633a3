//! Floor 6: the only place that touches sockets, files, the clock and the environment.

pub mod base_url;
pub mod http;
mod outgoing;
