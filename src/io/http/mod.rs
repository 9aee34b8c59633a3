//! The API over HTTP. [`transport`] sends a request once and says what became of it; it never sends one again by itself,
//! and never follows a redirect to another host.

pub mod base_url;
pub(crate) mod body;
pub mod transport;
