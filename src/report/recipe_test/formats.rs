//! What recipe tests came to, for machines: JSON, and JUnit's XML for CI.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use serde_json::{Value as Json, json};

use crate::recipe_test::mismatch::Mismatch;
use crate::recipe_test::tally::{FileTally, Tally, TestTally};

/// One object for everything.
pub fn json(tally: &Tally) -> Json {
    let (passed, failed) = tally.passed_failed();
    let [steps, branches] = tally.covered();
    let missing: Vec<Json> = tally
        .missing()
        .into_iter()
        .map(|(flow, line, what)| json!({ "flow": flow, "line": line, "what": what }))
        .collect();
    json!({
        "passed": passed,
        "failed": failed,
        "left_out": tally.left_out,
        "seconds": tally.seconds,
        "files": tally.files.iter().map(one_file).collect::<Vec<_>>(),
        "coverage": {
            "steps": { "covered": steps.0, "all": steps.1 },
            "branches": { "covered": branches.0, "all": branches.1 },
            "not_covered": missing,
        },
    })
}

fn one_file(file: &FileTally) -> Json {
    json!({
        "file": file.source.name(),
        "flow": file.flow,
        "tests": file.tests.iter().map(|test| one_test(file, test)).collect::<Vec<_>>(),
    })
}

fn one_test(file: &FileTally, test: &TestTally) -> Json {
    let difference = |mismatch: &Mismatch| {
        let (line, column) = file.source.line_col(mismatch.span.start);
        json!({
            "what": mismatch.what,
            "line": line,
            "column": column,
            "expected": mismatch.expected,
            "got": mismatch.got,
        })
    };
    json!({
        "name": test.name,
        "line": test.line,
        "status": if test.ruling.passed() { "passed" } else { "failed" },
        "virtual_ms": test.ruling.virtual_ms,
        "seconds": test.seconds,
        "differences": test.ruling.mismatches.iter().map(difference).collect::<Vec<_>>(),
        "ended": test.ruling.ended,
    })
}

/// A test suite for every file.
pub fn junit(tally: &Tally) -> Result<String, String> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    let written = suites(&mut xml, tally);
    written.map_err(|error| format!("the JUnit report can't be written: {error}"))?;
    String::from_utf8(xml.into_inner()).map_err(|error| error.to_string())
}

type Xml = Writer<Vec<u8>>;

fn suites(xml: &mut Xml, tally: &Tally) -> std::io::Result<()> {
    let (passed, failed) = tally.passed_failed();
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut root = BytesStart::new("testsuites");
    root.push_attribute(("name", "dollr-flow"));
    counts(&mut root, passed + failed, failed, tally.seconds);
    xml.write_event(Event::Start(root))?;
    for file in tally.files.iter().filter(|file| !file.tests.is_empty()) {
        suite(xml, file)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))
}

fn counts(element: &mut BytesStart<'_>, tests: usize, failures: usize, seconds: f64) {
    element.push_attribute(("tests", tests.to_string().as_str()));
    element.push_attribute(("failures", failures.to_string().as_str()));
    element.push_attribute(("errors", "0"));
    element.push_attribute(("time", format!("{seconds:.3}").as_str()));
}

fn suite(xml: &mut Xml, file: &FileTally) -> std::io::Result<()> {
    let failed = file.tests.iter().filter(|test| !test.ruling.passed()).count();
    let seconds = file.tests.iter().map(|test| test.seconds).sum();
    let mut element = BytesStart::new("testsuite");
    element.push_attribute(("name", clean(file.source.name()).as_str()));
    counts(&mut element, file.tests.len(), failed, seconds);
    xml.write_event(Event::Start(element))?;
    for test in &file.tests {
        case(xml, file, test)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuite")))
}

fn case(xml: &mut Xml, file: &FileTally, test: &TestTally) -> std::io::Result<()> {
    let mut element = BytesStart::new("testcase");
    element.push_attribute(("name", clean(&test.name).as_str()));
    element.push_attribute(("classname", clean(file.source.name()).as_str()));
    element.push_attribute(("file", clean(file.source.name()).as_str()));
    element.push_attribute(("line", test.line.to_string().as_str()));
    element.push_attribute(("time", format!("{:.3}", test.seconds).as_str()));
    if test.ruling.passed() {
        return xml.write_event(Event::Empty(element));
    }
    xml.write_event(Event::Start(element))?;
    let lines: Vec<String> =
        test.ruling.mismatches.iter().map(|mismatch| in_words(file, mismatch)).collect();
    let mut failure = BytesStart::new("failure");
    failure.push_attribute(("message", clean(lines.first().map_or("", String::as_str)).as_str()));
    failure.push_attribute(("type", "difference"));
    xml.write_event(Event::Start(failure))?;
    let text = lines.iter().chain(&test.ruling.ended).cloned().collect::<Vec<_>>().join("\n");
    xml.write_event(Event::Text(BytesText::new(&clean(&text))))?;
    xml.write_event(Event::End(BytesEnd::new("failure")))?;
    xml.write_event(Event::End(BytesEnd::new("testcase")))
}

fn in_words(file: &FileTally, mismatch: &Mismatch) -> String {
    let (line, _) = file.source.line_col(mismatch.span.start);
    let got = mismatch.got.join("\n");
    let place = format!("line {line}: {}", mismatch.what);
    match mismatch.expected.as_slice() {
        [] => format!("{place}: {got}"),
        expected => format!("{place}: expected {}, got {got}", expected.join("\n")),
    }
}

/// XML has no place for some characters, not even escaped: what they were is written instead.
fn clean(text: &str) -> String {
    let legal = |c: char| match c {
        '\t' | '\n' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        c => !c.is_control(),
    };
    let one = |c: char| match legal(c) {
        true => c.to_string(),
        false => format!("\\u{:04x}", u32::from(c)),
    };
    text.chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_has_no_place_for_is_written_out() {
        assert_eq!(clean("a\tb\n é 🙂"), "a\tb\n é 🙂");
        assert_eq!(
            clean("\u{1}\u{1b}[0m\r\u{fffe}\u{85}"),
            "\\u0001\\u001b[0m\\u000d\\ufffe\\u0085"
        );
    }
}
