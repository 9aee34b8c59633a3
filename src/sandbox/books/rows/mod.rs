//! What the books hold, a row type or a few to a file: plain data that nothing else here is needed for. What a row looks
//! like in an answer stands with its resource.

pub(crate) mod account;
pub(crate) mod document;
pub(crate) mod execution;
pub(crate) mod page;
pub(crate) mod people;
pub(crate) mod session;
pub(crate) mod token;
pub(crate) mod wallet;
