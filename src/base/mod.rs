//! Floor 0: the words everything above is written in.

pub mod country;
pub mod diagnostic;
mod disguise;
pub mod ids;
pub mod key;
pub mod map;
pub mod money;
pub mod nearest;
pub mod node;
pub mod scrub;
pub mod secret;
pub mod shell;
pub mod span;
pub mod value;
pub mod visible;
