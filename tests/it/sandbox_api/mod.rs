//! The emulator through its own front door, without any connection.

mod collect;
mod contract;
mod desk;
mod merchants;
mod money;
mod rules;
mod samples;
mod steering;
mod tour;
mod triggers;
