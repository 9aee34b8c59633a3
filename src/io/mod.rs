//! Floor 7: the only place that touches sockets, files, the clock and the environment.

pub mod disk;
pub mod file_lock;
pub mod flow_files;
pub mod host;
pub mod http;
pub mod journal;
pub mod outputs;
pub mod sandbox;
pub mod secrets;
pub mod signals;
pub mod streams;
pub mod table;
