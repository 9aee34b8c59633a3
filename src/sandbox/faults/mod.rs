//! What goes wrong on purpose. A [`fault::Fault`] says which request is hit and how; [`mishap`] says what becomes of its
//! answer on the way.

pub(crate) mod fault;
pub(crate) mod mishap;
pub(crate) mod prng;
pub(crate) mod queue;
