//! Diagnostics for machines: JSON, GitHub's annotations, SARIF.

use serde_json::{Value as Json, json};

use crate::base::diagnostic::{Diagnostic, Severity};

const SARIF_SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// Where a diagnostic ends: line and column, both from 1.
fn end(diagnostic: &Diagnostic) -> (usize, usize) {
    diagnostic.source.line_col(diagnostic.span.end.max(diagnostic.span.start))
}

/// One object per diagnostic.
pub fn json(diagnostics: &[Diagnostic]) -> Json {
    let one = |diagnostic: &Diagnostic| {
        let (line, column) = diagnostic.line_col();
        let (end_line, end_column) = end(diagnostic);
        json!({
            "file": diagnostic.source.name(),
            "line": line,
            "column": column,
            "end_line": end_line,
            "end_column": end_column,
            "severity": level(diagnostic.severity),
            "code": diagnostic.code,
            "message": diagnostic.message,
            "label": diagnostic.label,
            "help": diagnostic.help,
        })
    };
    Json::Array(diagnostics.iter().map(one).collect())
}

/// One workflow command per line: GitHub shows them beside the changed lines.
pub fn github(diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let (line, column) = diagnostic.line_col();
        let (end_line, end_column) = end(diagnostic);
        // GitHub takes columns only for a place within one line
        let columns = match end_line == line {
            true => format!(",col={column},endColumn={}", end_column.max(column)),
            false => String::new(),
        };
        let message = match &diagnostic.help {
            Some(help) => format!("{}\nhelp: {help}", diagnostic.message),
            None => diagnostic.message.clone(),
        };
        out.push_str(&format!(
            "::{} file={},line={line},endLine={end_line}{columns},title={}::{}\n",
            level(diagnostic.severity),
            property(diagnostic.source.name()),
            property(diagnostic.code),
            data(&message),
        ));
    }
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// One SARIF log, for code scanning.
pub fn sarif(diagnostics: &[Diagnostic]) -> Json {
    let mut rules: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    rules.sort_unstable();
    rules.dedup();
    let results: Vec<Json> = diagnostics.iter().map(sarif_result).collect();
    json!({
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "dollr-flow",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|rule| json!({ "id": rule })).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn sarif_result(diagnostic: &Diagnostic) -> Json {
    let (line, column) = diagnostic.line_col();
    let (end_line, end_column) = end(diagnostic);
    let text = match &diagnostic.help {
        Some(help) => format!("{}. {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    json!({
        "ruleId": diagnostic.code,
        "level": level(diagnostic.severity),
        "message": { "text": text },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": diagnostic.source.name().replace('\\', "/") },
            "region": {
                "startLine": line,
                "startColumn": column,
                "endLine": end_line,
                "endColumn": end_column,
            },
        }}],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::span::{Source, Span};

    fn problem() -> Diagnostic {
        let source = Source::new("a,b.yaml", "x: 1\ny: 100%\n");
        Diagnostic::error("bad", &source, Span::new(8, 12), "50% of\nthis").help("do: that")
    }

    #[test]
    fn github_lines_are_escaped() {
        assert_eq!(
            github(&[problem()]),
            "::error file=a%2Cb.yaml,line=2,endLine=2,col=4,endColumn=8,title=bad::50%25 of%0Athis%0Ahelp: do: that\n"
        );
    }

    #[test]
    fn json_and_sarif_say_where() {
        let one = &json(&[problem()])[0];
        assert_eq!(
            (&one["line"], &one["column"], &one["end_column"]),
            (&json!(2), &json!(4), &json!(8))
        );
        let log = sarif(&[problem(), problem()]);
        assert_eq!(log["runs"][0]["tool"]["driver"]["rules"], json!([{ "id": "bad" }]));
        let region = &log["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["region"];
        assert_eq!(region["startLine"], json!(2));
    }
}
