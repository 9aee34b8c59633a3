//! Keeps the README's picture true: it is drawn from what the binary really prints.
//!
//! `UPDATE_PICTURE=1 cargo nextest run picture` draws it anew.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

const FILE: &str = "docs/run.svg";
const COMMAND: &str = "dollr-flow run flows/collect.yaml --sandbox";
const CELL: (f32, f32) = (8.43, 20.0);
const MARGIN: (f32, f32) = (24.0, 64.0);

/// What the binary prints, coloured: progress, then the result.
fn printed() -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_dollr-flow"))
        .args(["run", "flows/collect.yaml", "--sandbox", "--color", "always"])
        .arg("--journal")
        .arg(folder.path().join("journal.db"))
        .env_remove("DOLLR_BASE_URL")
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    format!("{}{}", text(output.stderr), text(output.stdout))
}

/// A text and whether it is bold, and its colour.
struct Run {
    text: String,
    bold: bool,
    colour: &'static str,
}

/// Splits a line at its colour codes.
fn runs(line: &str) -> Vec<Run> {
    let (mut bold, mut colour) = (false, "#d7dce5");
    let mut found = Vec::new();
    for part in line.split("\u{1b}[") {
        let text = match part.split_once('m') {
            Some((codes, rest)) if codes.bytes().all(|b| b.is_ascii_digit() || b == b';') => {
                for code in codes.split(';') {
                    match code {
                        "0" | "" => (bold, colour) = (false, "#d7dce5"),
                        "1" => bold = true,
                        "2" => colour = "#7f8899",
                        "31" => colour = "#ff7b72",
                        "32" => colour = "#56d364",
                        "33" => colour = "#e3b341",
                        "35" => colour = "#d2a8ff",
                        "36" => colour = "#76e3ea",
                        _ => {}
                    }
                }
                rest
            }
            _ => part,
        };
        if !text.is_empty() {
            found.push(Run { text: text.to_owned(), bold, colour });
        }
    }
    found
}

fn escaped(text: &str) -> String {
    // a space that SVG does not fold
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace(' ', "\u{a0}")
}

fn svg(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let width = 100.0 * CELL.0 + 2.0 * MARGIN.0;
    let height = (lines.len() + 1) as f32 * CELL.1 + MARGIN.1 + 28.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\" aria-label=\"A terminal: {COMMAND} collects 250.00 USD\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"10\" fill=\"#0d1117\"/>\n\
         <g fill=\"#30363d\"><circle cx=\"26\" cy=\"24\" r=\"6\"/><circle cx=\"46\" cy=\"24\" r=\"6\"/>\
         <circle cx=\"66\" cy=\"24\" r=\"6\"/></g>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" \
         font-size=\"14\" xml:space=\"preserve\">\n"
    );
    let prompt = format!("\u{1b}[32m$\u{1b}[0m \u{1b}[1m{COMMAND}\u{1b}[0m");
    for (row, line) in std::iter::once(prompt.as_str()).chain(lines).enumerate() {
        let y = MARGIN.1 + row as f32 * CELL.1;
        let mut column = 0;
        for run in runs(line) {
            let x = MARGIN.0 + column as f32 * CELL.0;
            let weight = if run.bold { " font-weight=\"bold\"" } else { "" };
            let length = run.text.chars().count();
            let wide = length as f32 * CELL.0;
            writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{y:.0}\" textLength=\"{wide:.1}\" fill=\"{}\"{weight}>{}</text>",
                run.colour,
                escaped(&run.text)
            )
            .unwrap();
            column += length;
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// The words of a picture, without what differs from run to run.
fn words(svg: &str) -> Vec<String> {
    let texts = svg.lines().filter_map(|line| line.split_once('>')?.1.split_once('<'));
    let stable = |text: &str| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        !text.contains("reference_id") && text.chars().count() < 30 && digits * 4 < text.len()
    };
    texts.map(|(text, _)| text.trim().to_owned()).filter(|text| stable(text)).collect()
}

#[test]
fn the_picture_shows_what_is_printed() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let drawn = svg(&printed());
    if std::env::var_os("UPDATE_PICTURE").is_some() {
        fs::write(&file, &drawn).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap();
    assert_eq!(words(&kept), words(&drawn), "UPDATE_PICTURE=1 draws {FILE} anew");
}
