//! The emulator through its own front door, without any connection.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "sandbox_api/collect.rs"]
mod sandbox_collect;
#[path = "sandbox_api/contract.rs"]
mod sandbox_contract;
#[path = "sandbox_api/desk.rs"]
mod sandbox_desk;
#[path = "sandbox_api/merchants.rs"]
mod sandbox_merchants;
#[path = "sandbox_api/money.rs"]
mod sandbox_money;
#[path = "sandbox_api/rules.rs"]
mod sandbox_rules;
#[path = "sandbox_api/samples.rs"]
mod sandbox_samples;
#[path = "sandbox_api/steering.rs"]
mod sandbox_steering;
#[path = "sandbox_api/tour.rs"]
mod sandbox_tour;
#[path = "sandbox_api/triggers.rs"]
mod sandbox_triggers;
