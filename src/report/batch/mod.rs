//! A batch for people: its [`bar`] while it runs, its [`summary`] at the end.

pub mod bar;
pub mod summary;
