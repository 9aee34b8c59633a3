//! What recipe tests came to, for people.

use std::io::{self, Write};

use similar::{ChangeTag, TextDiff};

use crate::recipe_test::mismatch::Mismatch;
use crate::recipe_test::tally::{FileTally, Tally, TestTally};
use crate::report::paint::{Paint, length, mark};
use crate::run::outcome::Outcome;

/// Writes a line per test, every difference, what was not covered, and a summary.
pub fn write(out: &mut impl Write, tally: &Tally, paint: Paint) -> io::Result<()> {
    for file in tally.files.iter().filter(|file| !file.tests.is_empty()) {
        writeln!(out, "{}", paint.bold(file.source.name()))?;
        file.tests.iter().try_for_each(|test| line(out, test, paint))?;
    }
    for (file, test) in tally.tests().filter(|(_, test)| !test.ruling.passed()) {
        writeln!(out)?;
        failed(out, file, test, paint)?;
    }
    let missing = tally.missing();
    if !missing.is_empty() {
        writeln!(out)?;
    }
    for (flow, line, what) in missing {
        writeln!(out, "{} {flow}:{line} {what}", paint.dim("not covered:"))?;
    }
    writeln!(out)?;
    summary(out, tally, paint)
}

fn line(out: &mut impl Write, test: &TestTally, paint: Paint) -> io::Result<()> {
    let took = paint.dim(&format!("({})", length(test.ruling.virtual_ms)));
    match test.ruling.passed() {
        true => {
            writeln!(out, "  {} {} {took}", paint.outcome(Outcome::Succeeded, "ok    "), test.name)
        }
        false => writeln!(out, "  {} {}", paint.outcome(Outcome::Failed, "FAILED"), test.name),
    }
}

fn failed(
    out: &mut impl Write,
    file: &FileTally,
    test: &TestTally,
    paint: Paint,
) -> io::Result<()> {
    let place = format!("{}:{}", file.source.name(), test.line);
    let word = paint.outcome(Outcome::Failed, "FAILED");
    writeln!(out, "{word} {} {}", paint.bold(&test.name), paint.dim(&place))?;
    for mismatch in &test.ruling.mismatches {
        let (line, _) = file.source.line_col(mismatch.span.start);
        writeln!(out, "  {} {}", mismatch.what, paint.dim(&format!("line {line}")))?;
        difference(out, mismatch, paint)?;
    }
    for line in &test.ruling.ended {
        writeln!(out, "  {line}")?;
    }
    if !test.ruling.steps.is_empty() {
        let steps = test.ruling.steps.iter();
        let steps: Vec<String> = steps
            .map(|(id, status)| paint.step(*status, &format!("{} {id}", mark(*status))))
            .collect();
        writeln!(out, "  {}", steps.join("  "))?;
    }
    Ok(())
}

fn difference(out: &mut impl Write, mismatch: &Mismatch, paint: Paint) -> io::Result<()> {
    let minus = |text: &str| paint.outcome(Outcome::Failed, &format!("    - {text}"));
    let plus = |text: &str| paint.outcome(Outcome::Succeeded, &format!("    + {text}"));
    match (mismatch.expected.as_slice(), mismatch.got.as_slice()) {
        ([], got) => got
            .iter()
            .flat_map(|text| text.lines())
            .try_for_each(|text| writeln!(out, "    {text}")),
        ([expected], [got]) => {
            writeln!(out, "{}", minus(&format!("expected {expected}")))?;
            writeln!(out, "{}", plus(&format!("got      {got}")))
        }
        (expected, got) => {
            writeln!(out, "    {}", paint.dim("- expected, + sent"))?;
            let (expected, got) = (expected.join("\n"), got.join("\n"));
            for change in TextDiff::from_lines(&expected, &got).iter_all_changes() {
                let text = change.value().trim_end();
                match change.tag() {
                    ChangeTag::Equal => writeln!(out, "      {text}")?,
                    ChangeTag::Delete => writeln!(out, "{}", minus(text))?,
                    ChangeTag::Insert => writeln!(out, "{}", plus(text))?,
                }
            }
            Ok(())
        }
    }
}

fn summary(out: &mut impl Write, tally: &Tally, paint: Paint) -> io::Result<()> {
    let (passed, failed) = tally.passed_failed();
    let said = match failed {
        0 => paint.outcome(Outcome::Succeeded, &format!("{passed} passed")),
        _ => paint.outcome(Outcome::Failed, &format!("{failed} FAILED, {passed} passed")),
    };
    let left_out = match tally.left_out {
        0 => String::new(),
        n => format!(", {n} left out"),
    };
    let virtual_ms = tally.tests().map(|(_, test)| test.ruling.virtual_ms).sum();
    let took = format!("in {:.2} s ({} of virtual time)", tally.seconds, length(virtual_ms));
    writeln!(out, "{said}{left_out} {}", paint.dim(&took))?;
    if !tally.recipes.is_empty() {
        let [steps, branches] = tally.covered();
        let (ran, all) = steps;
        let (taken, ways) = branches;
        writeln!(out, "covered: {ran} of {all} steps, {taken} of {ways} branches")?;
    }
    Ok(())
}
