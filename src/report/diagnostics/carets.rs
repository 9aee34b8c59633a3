//! The one renderer of diagnostics: the line, a caret under the place, and what to do about it.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::secret::MASK;
use crate::base::span::{Source, Span};
use crate::base::visible;
use crate::base::visible::Mark;
use crate::flow::literal_secrets;

/// How wide a drawn line may get.
const WIDTH: usize = 120;

/// Draws diagnostics for people, an empty line between two of them.
pub fn render(diagnostics: &[Diagnostic], mark: Option<Mark>) -> String {
    let renderer = if mark.is_some() { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(WIDTH);
    let mut out = String::new();
    for diagnostic in diagnostics {
        let drawn = one(&renderer, diagnostic);
        out.push_str(&mark.map_or(drawn.clone(), |mark| mark.adopt(&drawn)));
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
    let (text, shown) = fit_to_show(source, text, line, span);
    // no control character but those of colours is left in what is drawn
    let name = visible::line(source.name(), None);
    let message = visible::line(&diagnostic.message, None);
    let label = diagnostic.label.as_deref().map(|label| visible::line(label, None));
    let help = diagnostic.help.as_deref().map(|help| visible::block(help, None));
    let caret = AnnotationKind::Primary.span(shown.range()).label(label.as_deref());
    let snippet = Snippet::source(&*text).path(&*name).line_start(line).annotation(caret);
    let mut group =
        Group::with_title(level.primary_title(&*message).id(diagnostic.code)).element(snippet);
    if let Some(help) = &help {
        group = group.element(Level::HELP.message(&**help));
    }
    let drawn = renderer.render(&[group]);
    // what stands for a secret is not as long as the secret
    let (_, column) = source.line_col(source.byte_at(line, 1) + span.start);
    let drawn_at = text.get(..shown.start).map_or(0, |text| text.chars().count()) + 1;
    match drawn_at == column {
        true => drawn,
        false => drawn.replacen(
            &format!("{name}:{line}:{drawn_at}"),
            &format!("{name}:{line}:{column}"),
            1,
        ),
    }
}

/// A line with a mask in place of its secrets, and a picture for each letter without a shape; and a span in it.
fn fit_to_show(source: &Source, text: &str, line: usize, span: Span) -> (String, Span) {
    let first = source.byte_at(line, 1);
    let found = literal_secrets(source);
    let secrets: Vec<Span> = source
        .secrets()
        .iter()
        .chain(&found)
        .map(|at| Span::new(at.start.saturating_sub(first), at.end.saturating_sub(first)))
        .filter(|at| at.start < at.end && at.start < text.len())
        .collect();
    let mut out = String::with_capacity(text.len());
    let mut shown = Span::new(0, 0);
    let mut masked_to = 0;
    for (at, letter) in text.char_indices() {
        if at == span.start && at >= masked_to {
            shown.start = out.len();
        }
        let secret = secrets.iter().find(|secret| secret.range().contains(&at));
        match secret {
            Some(secret) if at >= masked_to => {
                out.push_str(MASK);
                masked_to = secret.end;
                if (at + 1..secret.end).contains(&span.start) {
                    shown.start = out.len() - MASK.len();
                }
            }
            Some(_) => {}
            None => out.push(visible::picture(letter)),
        }
        if at < span.end {
            shown.end = out.len();
        }
    }
    if span.start >= text.len() {
        shown = Span::new(out.len(), out.len());
    }
    (out, Span::new(shown.start, shown.end))
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
            render(&[problem, empty], None),
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
                assert!(render(&[problem], Some(Mark(7))).contains("a:"));
            }
        }
    }

    #[test]
    fn a_line_is_drawn_without_its_secrets_and_without_control_characters() {
        let text = "{ a: \u{202e}x, client_secret: hunter22, nmae: 1 } # \u{1b}[2K\n";
        let source = |text: &str| Source::new("a\u{7}.yaml", text);
        let at = text.find("nmae").unwrap_or_default();
        let problem = |text: &str, from, to| {
            Diagnostic::error("x", &source(text), Span::new(from, to), "no\u{1b}[1Ano")
        };
        let readable = text.replace('\u{1b}', "");
        let drawn = render(&[problem(&readable, at, at + 4)], None);
        assert_eq!(
            drawn,
            "error[x]: no\\u{1b}[1Ano\n --> a\\u{7}.yaml:1:35\n  |\n\
             1 | { a: �x, client_secret: ***, nmae: 1 } # [2K\n  |                              ^^^^\n\n"
        );
        let secret = readable.find("hunter").unwrap_or_default();
        let drawn = render(&[problem(&readable, secret + 2, secret + 8)], None);
        assert!(
            drawn.contains("***, nmae: 1 } # [2K\n  |                         ^^^\n"),
            "{drawn}"
        );
        // a file that is no YAML: nobody knows where the secret ends
        let drawn = render(&[problem(text, 2, 3)], None);
        assert!(drawn.contains("1 | { a: �x, client_secret: ***\n  |   ^\n"), "{drawn}");
        let drawn = render(&[problem("a: \u{1b}[2K\u{7f}\n", 0, 1)], None);
        assert!(drawn.contains("1 | a: ␛[2K␡\n"), "{drawn}");
    }
}
