//! The sandbox's way out: as a server ([`server`], [`service`]), inside this process ([`in_process`], [`embedded`]), and its
//! books on disk ([`books`]). The rules are in [`crate::sandbox`].

pub mod books;
pub(crate) mod books_record;
pub mod embedded;
pub mod in_process;
pub mod server;
pub mod service;
