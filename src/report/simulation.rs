//! What a simulation came to.

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use super::paint::{self, Paint};
use crate::run::outcome::Outcome;

/// What was counted.
pub struct Counts<'a> {
    /// How many schedules were played.
    pub played: u64,
    /// How many of them were every schedule with few deviations.
    pub exhaustive: u64,
    /// How many were different.
    pub distinct: u64,
    /// How many different states runs were in.
    pub states: u64,
    /// How the runs ended.
    pub outcomes: Vec<(&'a str, u64)>,
    /// In how many money moved, or may have.
    pub moved: u64,
    /// Whether the recipe has a step that moves money.
    pub pays: bool,
    /// Why the schedules prove nothing about money, if that is so.
    pub proves_nothing: Option<&'a str>,
    /// How long it took.
    pub seconds: f64,
}

/// A schedule that was not accepted.
pub struct Refused<'a> {
    /// The command that plays it again.
    pub again: String,
    /// What is wrong with it.
    pub what: &'a [String],
}

/// What to do about schedules that prove nothing.
const PROVE: &str = "give inputs with which it pays (`-i NAME=VALUE`), or for a secret that has to look a certain way \
                     another stand-in (`--secret NAME=VALUE`)";

/// The counts as JSON.
pub fn json(counts: &Counts<'_>, refused: &[Refused<'_>]) -> Json {
    let outcomes: serde_json::Map<String, Json> =
        counts.outcomes.iter().map(|(word, n)| ((*word).to_owned(), (*n).into())).collect();
    let violations: Vec<Json> =
        refused.iter().map(|one| json!({ "replay": one.again, "what": one.what })).collect();
    json!({
        "schedules": counts.played,
        "exhaustive": counts.exhaustive,
        "distinct_schedules": counts.distinct,
        "states": counts.states,
        "outcomes": outcomes,
        "moved_money": counts.moved,
        "proves_nothing": counts.proves_nothing,
        "seconds": counts.seconds,
        "schedules_per_second": rate(counts),
        "violations": violations,
    })
}

/// The counts for people.
pub fn summary(
    out: &mut impl Write,
    counts: &Counts<'_>,
    refused: &[Refused<'_>],
    paint: Paint,
) -> io::Result<()> {
    let said = match refused.len() {
        0 if counts.proves_nothing.is_some() => paint
            .outcome(Outcome::Failed, "✗ no schedule moved money, so this proves nothing about it"),
        0 => paint.outcome(Outcome::Succeeded, "✓ no schedule broke a promise"),
        n => paint.outcome(Outcome::Failed, &format!("✗ {n} schedules broke a promise")),
    };
    writeln!(out, "{said}")?;
    let mut row = |name: &str, text: String| paint::row(out, paint, name, 9, &text);
    row("schedules", format!("{} played, {} different", counts.played, counts.distinct))?;
    row(
        "",
        format!(
            "{} of them: everything that can go wrong, one or two at a time",
            counts.exhaustive
        ),
    )?;
    row("states", format!("{} different states of runs", counts.states))?;
    let ends: Vec<String> = counts.outcomes.iter().map(|(word, n)| format!("{n} {word}")).collect();
    row("ends", ends.join(", "))?;
    match counts.proves_nothing {
        Some(why) => {
            row("money", format!("never moved, even where nothing went wrong: {why}"))?;
            row("next", PROVE.to_owned())?;
        }
        None if counts.pays && counts.moved == 0 => {
            row("money", "never moved; what moves it was left out or declined".to_owned())?;
        }
        None if counts.pays => row("money", format!("moved in {} schedules", counts.moved))?,
        None => row("money", "the recipe has no step that moves it".to_owned())?,
    }
    row("rate", format!("{:.0} schedules/s in {:.1} s", rate(counts), counts.seconds))?;
    for one in refused {
        for what in one.what {
            row("broken", what.clone())?;
        }
        row("replay", one.again.clone())?;
    }
    Ok(())
}

/// What happened in one schedule.
pub fn trace(
    out: &mut impl Write,
    told: &[String],
    outcome: Option<Outcome>,
    violations: &[String],
    paint: Paint,
) -> io::Result<()> {
    for line in told {
        let (at, what) = line.split_once(' ').unwrap_or(("", line));
        writeln!(out, "{} {what}", paint.dim(at))?;
    }
    match violations {
        [] => {
            let word = outcome.map_or("not over", Outcome::word);
            writeln!(
                out,
                "{}",
                paint.outcome(Outcome::Succeeded, &format!("✓ {word}; the books agree"))
            )
        }
        broken => broken.iter().try_for_each(|what| {
            writeln!(out, "{}", paint.outcome(Outcome::Failed, &format!("✗ {what}")))
        }),
    }
}

fn rate(counts: &Counts<'_>) -> f64 {
    counts.played as f64 / counts.seconds.max(0.001)
}
