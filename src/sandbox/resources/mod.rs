//! The API's resources, one file each: what each operation checks, changes in the books and answers.

pub(crate) mod accounts;
pub(crate) mod authorization;
pub(crate) mod checkouts;
pub(crate) mod counterparties;
pub(crate) mod documents;
pub(crate) mod executions;
pub(crate) mod fees;
pub(crate) mod hosted_pages;
pub(crate) mod items;
pub(crate) mod links;
pub(crate) mod markers;
pub(crate) mod merchants;
pub(crate) mod parties;
pub(crate) mod passcode;
pub(crate) mod predictions;
pub(crate) mod realtime;
pub(crate) mod receipts;
pub(crate) mod sessions;
pub(crate) mod status;
pub(crate) mod tokens;
pub(crate) mod untrue;
