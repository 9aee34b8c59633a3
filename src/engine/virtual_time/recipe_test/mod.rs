//! Recipe tests, carried out on the sandbox in virtual time.

pub(crate) mod harness;
pub(crate) mod play;
pub(crate) mod request;
pub(crate) mod world;
pub use play::play;
