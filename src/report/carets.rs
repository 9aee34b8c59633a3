//! The one renderer of diagnostics: the line, a caret under the place, and what to do about it.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::span::{Source, Span};

/// How wide a drawn line may get.
const WIDTH: usize = 120;

/// Draws diagnostics for people, an empty line between two of them.
pub fn render(diagnostics: &[Diagnostic], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(WIDTH);
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&one(&renderer, diagnostic));
        out.push_str("\n\n");
    }
    out
}

fn one(renderer: &Renderer, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let source = &diagnostic.source;
    let (text, line, span) = lines(source, diagnostic.span);
    let caret = AnnotationKind::Primary.span(span.range()).label(diagnostic.label.as_deref());
    let snippet = Snippet::source(text).path(source.name()).line_start(line).annotation(caret);
    let mut group = Group::with_title(level.primary_title(&diagnostic.message).id(diagnostic.code))
        .element(snippet);
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help));
    }
    renderer.render(&[group])
}

/// The lines a span stands in, the number of the first, and the span in them. A span of many lines is
/// drawn in its first line alone; an empty one gets a caret of one letter.
fn lines(source: &Source, span: Span) -> (&str, usize, Span) {
    let text = source.text();
    let start = floor(text, span.start);
    let (line, _) = source.line_col(start);
    let first = source.byte_at(line, 1);
    let rest = text.get(first..).unwrap_or("");
    let shown = rest.split('\n').next().unwrap_or("").trim_end_matches('\r');
    let from = start.saturating_sub(first).min(shown.len());
    let to = floor(text, span.end).saturating_sub(first).clamp(from, shown.len());
    let to = if from == to {
        shown[from..].chars().next().map_or(to, |letter| from + letter.len_utf8())
    } else {
        to
    };
    (shown, line, Span::new(from, to))
}

/// The start of the letter at a byte.
fn floor(text: &str, byte: usize) -> usize {
    let mut at = byte.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_drawn_in_its_line() {
        let source = Source::new("flows/a.yaml", "version: 1\nnmae: é x\nsteps: []\n");
        let problem = Diagnostic::error(
            "unknown-key",
            &source,
            Span::new(11, 15),
            "`nmae` is no key of a flow",
        )
        .help("did you mean `name`?");
        let empty =
            Diagnostic::warning("empty", &source, Span::new(17, 17), "nothing").label("here");
        assert_eq!(
            render(&[problem, empty], false),
            "error[unknown-key]: `nmae` is no key of a flow\n --> flows/a.yaml:2:1\n  |\n2 | nmae: é x\n  | ^^^^\n  |\n  \
             = help: did you mean `name`?\n\nwarning[empty]: nothing\n --> flows/a.yaml:2:7\n  |\n2 | nmae: é x\n  |       ^ here\n\n"
        );
    }

    #[test]
    fn any_place_can_be_drawn() {
        let source = Source::new("a", "é\r\n\tx: 1");
        for start in 0..12 {
            for end in start..12 {
                let problem = Diagnostic::error("x", &source, Span::new(start, end), "m");
                assert!(render(&[problem], true).contains("a:"));
            }
        }
    }
}
