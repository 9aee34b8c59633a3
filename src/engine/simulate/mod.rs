//! A recipe run through many crash and fault schedules in virtual time, each judged by an auditor.

mod auditor;
mod choices;
mod fickle;
mod mishaps;
mod schedule;
mod search;
mod world;

pub use choices::Choices;
pub use schedule::{Sabotage, Scenario, Trace, run_id};
pub use search::{Found, Replay, Search, Violation, explore, replay};
pub use world::World;
