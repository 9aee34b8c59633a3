//! The emulator through its own front door, without any connection.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "sandbox_api/collect.rs"]
mod sandbox_collect;
#[path = "sandbox_api/desk.rs"]
mod sandbox_desk;
#[path = "sandbox_api/triggers.rs"]
mod sandbox_triggers;
