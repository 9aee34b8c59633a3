//! Many schedules: every one with few deviations first, then by chance.

use std::collections::{BTreeMap, HashSet};

use super::choices::Choices;
use super::play::{Seen, Trace};
use super::scenario::Scenario;
use crate::flow::plan::Plan;

/// How often something goes wrong in a schedule by chance, in a thousand.
const PER_MILLE: [u32; 4] = [30, 80, 150, 300];

/// The most that can go wrong at one point.
const WAYS: u32 = 10;

/// How many schedules to play, and from which seed.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    /// How many.
    pub schedules: u64,
    /// How many of them may be spent on every schedule with few deviations.
    pub exhaustive: u64,
    /// The first seed; each further schedule takes the next.
    pub seed: u64,
}

/// A schedule the auditor does not accept.
#[derive(Debug, Clone)]
pub struct Violation {
    /// Plays it again.
    pub replay: Replay,
    /// What is wrong.
    pub what: Vec<String>,
}

/// How to play a schedule again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replay {
    /// By its seed.
    Seed(u64),
    /// By its script.
    Script(Vec<(u32, u32)>),
}

/// What a search came to.
#[derive(Debug, Default)]
pub struct Found {
    /// How many schedules were played.
    pub played: u64,
    /// How many of them were every schedule with one deviation, or two.
    pub exhaustive: u64,
    /// The schedules that were played, as digests.
    pub distinct: HashSet<u64>,
    /// The states that runs were in, as digests.
    pub states: HashSet<u64>,
    /// How the runs ended.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// The schedules that were not accepted, the first few.
    pub violations: Vec<Violation>,
    /// In how many schedules money moved, or may have.
    pub moved: u64,
    /// In how many a payment came as far as the server's books.
    pub landed: u64,
    /// Why none did where nothing went wrong, unless the recipe itself went without.
    pub unpaid: Option<String>,
}

/// How many violations are kept.
const MAX_VIOLATIONS: usize = 5;

/// Plays schedules until there are enough of them or of violations. `heard` is told now and then how far it is.
pub fn explore(scenario: &Scenario, search: Search, mut heard: impl FnMut(u64)) -> Found {
    let mut seen = Seen::default();
    let mut found = Found::default();
    let mut note = |found: &mut Found, trace: Trace, replay: Replay| {
        found.played += 1;
        found.distinct.insert(trace.digest);
        found.moved += u64::from(trace.moved);
        found.landed += u64::from(trace.landed);
        *found
            .outcomes
            .entry(trace.outcome.map_or("none", |outcome| outcome.word()))
            .or_default() += 1;
        if !trace.violations.is_empty() {
            found.violations.push(Violation { replay, what: trace.violations });
        }
        if found.played.is_multiple_of(1_000) {
            heard(found.played);
        }
        found.violations.len() < MAX_VIOLATIONS && found.played < search.schedules
    };
    let mut go_on = true;
    let calm = scenario.play(Choices::script(Vec::new()), &mut seen, false);
    found.unpaid = calm.unpaid;
    let points = calm.points;
    for script in scripts(points, search.exhaustive) {
        if !go_on {
            break;
        }
        let trace = scenario.play(Choices::script(script.clone()), &mut seen, false);
        go_on = note(&mut found, trace, Replay::Script(script));
        found.exhaustive += 1;
    }
    let mut seed = search.seed;
    while go_on {
        let trace = scenario.play(chance(seed), &mut seen, false);
        go_on = note(&mut found, trace, Replay::Seed(seed));
        seed = seed.wrapping_add(1);
    }
    found.states = seen.0;
    found
}

impl Found {
    /// Both together.
    pub fn join(&mut self, other: Self) {
        self.played += other.played;
        self.exhaustive += other.exhaustive;
        self.distinct.extend(other.distinct);
        self.states.extend(other.states);
        for (word, count) in other.outcomes {
            *self.outcomes.entry(word).or_default() += count;
        }
        self.violations.extend(other.violations);
        self.moved += other.moved;
        self.landed += other.landed;
        self.unpaid = self.unpaid.take().or(other.unpaid);
    }

    /// Why these schedules prove nothing about money, if that is so: the recipe has a step that moves it, and no
    /// payment was ever made, though the recipe did not go without by itself.
    pub fn proves_nothing(&self, plan: &Plan) -> Option<&str> {
        let lacks = plan.moves_money && self.landed == 0;
        self.unpaid.as_deref().filter(|_| lacks)
    }
}

/// Plays one schedule again, and tells what happened.
pub fn replay(scenario: &Scenario, replay: &Replay) -> Trace {
    let choices = match replay {
        Replay::Seed(seed) => chance(*seed),
        Replay::Script(script) => Choices::script(script.clone()),
    };
    scenario.play(choices, &mut Seen::default(), true)
}

fn chance(seed: u64) -> Choices {
    let per_mille = PER_MILLE[usize::try_from(seed % PER_MILLE.len() as u64).unwrap_or(0)];
    Choices::chance(seed, per_mille)
}

/// Every schedule in which one thing goes wrong, then every one in which two do, up to a number.
fn scripts(points: u32, at_most: u64) -> impl Iterator<Item = Vec<(u32, u32)>> {
    let single = move || (0..points).flat_map(|at| (1..=WAYS).map(move |way| (at, way)));
    let ones = single().map(|one| vec![one]);
    let twos = single().flat_map(move |one| {
        // the second deviation comes later, also in what the first one added
        (one.0 + 1..points + 8).flat_map(move |at| (1..=WAYS).map(move |way| vec![one, (at, way)]))
    });
    let none = std::iter::once(Vec::new());
    none.chain(ones).chain(twos).take(usize::try_from(at_most).unwrap_or(usize::MAX))
}
