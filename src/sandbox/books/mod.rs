//! The sandbox's books: what the API's server would hold. Enter by [`ledger::Ledger`], which holds a merchant's
//! [`book::Book`]; every resource reads and writes the book, and nothing in here knows of requests or answers.

pub(crate) mod book;
pub(crate) mod clock;
pub(crate) mod ledger;
pub(crate) mod pricing;
pub(crate) mod rate_limit;
pub(crate) mod request_log;
pub(crate) mod rows;
pub(crate) mod samples;
pub(crate) mod settlement;
pub(crate) mod table;
pub(crate) mod triggers;
pub(crate) mod wallets;
