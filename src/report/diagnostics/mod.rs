//! Problems of files: drawn with [`carets`] for people, in other [`formats`] for machines.

pub mod carets;
pub mod formats;
