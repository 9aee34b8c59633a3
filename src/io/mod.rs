//! Floor 7: the only place that touches sockets, files, the clock and the environment.

pub mod base_url;
pub mod books;
mod books_line;
pub mod data_file;
pub mod data_out;
pub mod data_rows;
pub mod disk;
pub mod embedded;
pub mod host;
pub mod http;
pub mod in_process;
pub mod journal_locks;
pub mod journal_place;
mod journal_reader;
mod journal_schema;
pub mod journal_sqlite;
mod journal_statements;
mod journal_writer;
pub mod lock;
pub mod out;
mod outgoing;
pub mod sandbox_door;
pub mod secrets;
pub mod serve;
pub mod signals;
