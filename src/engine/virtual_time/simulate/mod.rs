//! A recipe run through many crash and fault schedules in virtual time, each judged by an auditor.

pub(crate) mod auditor;
pub(crate) mod choices;
pub(crate) mod fickle;
pub(crate) mod mishaps;
pub(crate) mod play;
pub(crate) mod scenario;
pub(crate) mod search;
pub(crate) mod world;
pub use choices::Choices;
pub use play::{Trace, run_id};
pub use scenario::{Sabotage, Scenario};
pub use search::{Found, Replay, Search, Violation, explore, replay};
pub use world::World;
