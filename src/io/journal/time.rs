//! Times as the journal writes them.

use jiff::Timestamp;

/// A time as the journal keeps it: exact, and always the same width, so that texts sort as times do.
pub fn sortable(at: Timestamp) -> String {
    format!("{at:.9}")
}
