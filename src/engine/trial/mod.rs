//! Recipe tests, carried out on the sandbox in virtual time.

mod company;
mod play;
mod request;
mod stage;

pub use play::play;
