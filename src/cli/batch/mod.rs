//! `batch`: one run per row of a table, many at once.
//!
//! `start` is the verb. A table is read twice: `survey` finds everything that is wrong before anything is sent, then
//! `feed` makes a run of each row, and `results` hears how each ended. `resume` goes on with a batch that stopped.

pub(crate) mod feed;
pub(crate) mod pace;
pub(crate) mod results;
pub(crate) mod resume;
pub(crate) mod rows;
pub(crate) mod start;
pub(crate) mod survey;
