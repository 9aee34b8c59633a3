//! dollr-flow: a declarative workflow runner for the Dollr payments API.

pub mod api;
pub mod base;
pub mod cli;

pub mod engine;
pub mod expr;
pub mod flow;
pub mod io;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod steps;
