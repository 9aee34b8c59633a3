//! stub
use crate::base::diagnostic::Diagnostic;
/// stub
pub fn render(d: &[Diagnostic], _c: bool) -> String {
    d.iter().map(|d| format!("{}:{:?}: {}\n", d.source.name(), d.line_col(), d.message)).collect()
}
