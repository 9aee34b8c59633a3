//! `resume --all`: every run that is not final, side by side. Runs go on where they began, so each place has an engine
//! and a scheduler of its own; no run holds up another.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use futures_util::future::join_all;
use serde_json::json;
use tokio::sync::{Semaphore, mpsc};

use super::results::{Ears, Ends};
use crate::cli::args::cli::ResumeArgs;
use crate::cli::batch::pace::Pace;
use crate::cli::console::Emit;
use crate::cli::exit;
use crate::cli::history::{History, OPEN, Plans, secret_inputs};
use crate::cli::load;
use crate::cli::load::NotStarted;
use crate::cli::target;
use crate::cli::target::place_of;
use crate::cli::target::{Target, Where};
use crate::engine::batch::scheduler::{Halt, Scheduler};
use crate::engine::batch::work::{Begin, Tag, Work};
use crate::engine::gate::Gate;
use crate::engine::patience::Patience;
use crate::engine::ports::{Journal, JournalError, Order, RunFilter, RunRow};
use crate::engine::stop::Stop;
use crate::flow::plan::Plan;
use crate::io::journal::locks::JournalLock;
use crate::io::journal::sqlite::SqliteJournal;
use crate::report::resumed::Left;
use crate::run::history::{BadHistory, Outside};
use crate::run::state::State;

/// How many runs are taken up at once: each holds up to two lock files open.
const MAX_OPEN: usize = 256;

/// How many runs may be read back ahead of their turn.
const AHEAD: usize = 16;

/// Tells that no run can go on, and why.
pub fn nothing(why: &str, emit: &Emit) -> u8 {
    emit.say(&format!("{why}: there is nothing to resume"));
    if emit.json() {
        emit.result_json(&json!([]));
    }
    exit::SUCCEEDED
}

/// Goes on with all runs.
pub async fn all(
    journal: SqliteJournal,
    args: &ResumeArgs,
    emit: &Emit,
    stop: Stop,
) -> Result<u8, NotStarted> {
    Pace::of(&args.pace)?;
    let statuses = OPEN.map(str::to_owned).to_vec();
    // what waited longest goes on first
    let filter = RunFilter { statuses, order: Order::OldestFirst, ..RunFilter::default() };
    let rows = journal.rows(filter).await.map_err(|error| error.to_string())?;
    if rows.is_empty() {
        return Ok(nothing("every run is final", emit));
    }
    let ends = RefCell::new(Ends::new(&rows, emit));
    let all = All {
        journal: &journal,
        args,
        rows: &rows,
        ends: &ends,
        plans: Plans::default(),
        outside: RefCell::default(),
        room: Semaphore::new(MAX_OPEN),
        emit,
    };
    let places = all.places();
    let unconfirmed = all.unconfirmed(&places).await;
    let go = |(number, place)| all.place(number, place, &unconfirmed, stop.clone());
    let halts = join_all(places.into_iter().enumerate().map(go)).await;
    Ok(ends.into_inner().finish(halts))
}

/// Where some of the runs go on, and which.
struct Place {
    at: Where,
    runs: Vec<usize>,
}

/// The flows, by digest and place, that move real money and for which nobody said yes, and why not.
type Unconfirmed = (HashSet<(String, String)>, String);

struct All<'a, 'b> {
    journal: &'a SqliteJournal,
    args: &'a ResumeArgs,
    rows: &'b [RunRow],
    ends: &'a RefCell<Ends<'b>>,
    plans: Plans,
    /// What no journal holds, by the flow's digest.
    outside: RefCell<HashMap<String, Result<Outside, String>>>,
    /// Taken by each run that is open.
    room: Semaphore,
    emit: &'b Emit,
}

impl All<'_, '_> {
    /// The places of all runs; what can go on nowhere is left.
    fn places(&self) -> Vec<Place> {
        let mut places: BTreeMap<String, Place> = BTreeMap::new();
        for (n, row) in self.rows.iter().enumerate() {
            let sandbox = row.base_url == target::SANDBOX;
            match place_of(&row.base_url, sandbox, &self.args.target) {
                Ok(at) => {
                    let place = places.entry(at.name());
                    place.or_insert_with(|| Place { at, runs: Vec::new() }).runs.push(n);
                }
                Err(why) => self.leave(n, refused(&why)),
            }
        }
        places.into_values().collect()
    }

    fn leave(&self, n: usize, left: Left) {
        self.ends.borrow_mut().left(n, &left);
    }

    /// One question for all runs that may move real money.
    async fn unconfirmed(&self, places: &[Place]) -> Unconfirmed {
        let mut known: HashMap<(String, String), bool> = HashMap::new();
        let mut told: BTreeMap<String, usize> = BTreeMap::new();
        for place in places.iter().filter(|place| place.at.live()) {
            // nobody is asked about what can't go on anyway
            let lacks = target::lacking(&place.at).is_some();
            let may_go = |plan: &Plan| plan.moves_money && (plan.names_credentials || !lacks);
            for row in place.runs.iter().filter_map(|n| self.rows.get(*n)) {
                let moves = match known.get(&flow(row)) {
                    Some(moves) => *moves,
                    // one that can't be read is told when its turn comes
                    None => {
                        let read = self.plans.history(self.journal, row.run).await;
                        read.is_ok_and(|history| may_go(&history.plan))
                    }
                };
                known.insert(flow(row), moves);
                if moves {
                    *told.entry(format!("`{}` at {}", row.flow, place.at.name())).or_default() += 1;
                }
            }
        }
        let what = told.into_iter().map(|(flow, runs)| match runs {
            1 => format!("1 run of {flow}"),
            _ => format!("{runs} runs of {flow}"),
        });
        match target::confirm_all(&what.collect::<Vec<_>>(), &self.args.target, self.emit) {
            Ok(()) => (HashSet::new(), String::new()),
            Err(why) => {
                let money = known.into_iter().filter(|(_, moves)| *moves);
                (money.map(|(flow, _)| flow).collect(), why.summary())
            }
        }
    }

    /// Goes on with the runs of one place.
    async fn place(
        &self,
        number: usize,
        place: Place,
        unconfirmed: &Unconfirmed,
        stop: Stop,
    ) -> Option<Halt> {
        let Place { at, runs } = place;
        let lacking = target::lacking(&at).map(|why| why.summary());
        let journal = self.journal.clone();
        let target = Target::reading(at, true);
        let world = match target {
            Ok(target) => target::world(target, journal, stop, self.emit).await,
            Err(why) => Err(why),
        };
        let world = match world {
            Ok(world) => world,
            Err(why) => {
                self.nowhere(runs, &why).await;
                return None;
            }
        };
        // whether it is a pace was seen before
        let pace = Pace::of(&self.args.pace).ok()?;
        let (engine, embedded) = world.shared(Gate::paced(pace.apart), Patience::SHORT);
        let (to, work) = mpsc::channel(AHEAD);
        let scheduler = Scheduler::new(engine, pace.limit, self.args.pace.stop_after_failures);
        let mut ears = Ears { ends: self.ends, place: number, room: &self.room };
        let held_up = HeldUp { unconfirmed, lacking };
        let ((), halt) =
            tokio::join!(self.feed(runs, held_up, to), scheduler.carry_out(work, &mut ears));
        if let Some(embedded) = embedded {
            embedded.close().await;
        }
        halt
    }

    /// The runs of a place that can't be reached, perhaps because it is another process that carries them out.
    async fn nowhere(&self, runs: Vec<usize>, why: &NotStarted) {
        for (n, row) in runs.into_iter().filter_map(|n| Some((n, self.rows.get(n)?))) {
            match self.journal.lock(row.run).await {
                Err(error @ JournalError::Held { .. }) => self.leave(n, locked(&error)),
                _ => self.leave(n, refused(why)),
            }
        }
    }

    async fn feed(
        &self,
        runs: Vec<usize>,
        held_up: HeldUp<'_>,
        to: mpsc::Sender<Work<JournalLock>>,
    ) {
        for (n, row) in runs.into_iter().filter_map(|n| Some((n, self.rows.get(n)?))) {
            let Ok(room) = self.room.acquire().await else { return };
            match self.work(n, row, &held_up).await {
                Ok(Some(work)) => {
                    // given back when the run is not open any more
                    room.forget();
                    if to.send(work).await.is_err() {
                        return;
                    }
                }
                Ok(None) => {}
                Err(left) => self.leave(n, left),
            }
        }
    }

    /// A run as it goes on; none if it turns out to have ended meanwhile.
    async fn work(
        &self,
        n: usize,
        row: &RunRow,
        held_up: &HeldUp<'_>,
    ) -> Result<Option<Work<JournalLock>>, Left> {
        let lock = self.journal.lock(row.run).await.map_err(|error| locked(&error))?;
        let read = self.plans.history(self.journal, row.run).await;
        let History { plan, started, events } = read.map_err(|why| refused(&why))?;
        let broken = |error: BadHistory| refused(&error.to_string().into());
        // what the API said of its payments since may have opened its end again
        let known = State::told(row.run, plan.clone(), events.clone());
        let state = known.map_err(broken)?;
        if state.finished.as_ref().is_some_and(|finished| finished.outcome.is_final()) {
            self.ends.borrow_mut().ended(n, &RunRow::of(&state), &state);
            return Ok(None);
        }
        held_up.look(row, &plan).map_err(|why| refused(&why))?;
        let mut outside = self.outside(&plan).map_err(|why| refused(&why))?;
        let inputs = secret_inputs(&plan, &started, &self.args.input);
        outside.inputs = inputs.map_err(|why| refused(&why))?;
        let state = State::fold(row.run, plan, events, outside.clone()).map_err(broken)?;
        self.emit.secrets.learn(state.secrets());
        let tag = Tag { line: n as u64, key: row.run.to_string() };
        let state = Box::new(state);
        Ok(Some(Work { tag, state, outside, begin: Begin::Again, locks: vec![lock] }))
    }

    /// A flow's secrets, read once.
    fn outside(&self, plan: &Plan) -> Result<Outside, NotStarted> {
        let mut known = self.outside.borrow_mut();
        let secrets = known.entry(plan.digest.clone()).or_insert_with(|| {
            let secrets = load::secrets(plan, self.emit).map_err(|why| why.summary())?;
            Ok(Outside { secrets, ..Outside::default() })
        });
        Ok(secrets.clone()?)
    }
}

/// What keeps some runs of a place from going on.
struct HeldUp<'a> {
    unconfirmed: &'a Unconfirmed,
    /// What is missing for flows that name no credentials of their own.
    lacking: Option<String>,
}

impl HeldUp<'_> {
    fn look(&self, row: &RunRow, plan: &Plan) -> Result<(), NotStarted> {
        if self.unconfirmed.0.contains(&flow(row)) {
            return Err(self.unconfirmed.1.clone().into());
        }
        match &self.lacking {
            Some(lacking) if !plan.names_credentials => Err(lacking.clone().into()),
            _ => Ok(()),
        }
    }
}

fn flow(row: &RunRow) -> (String, String) {
    (row.flow_digest.clone(), row.base_url.clone())
}

fn refused(why: &NotStarted) -> Left {
    Left { kind: "not_started", why: why.summary(), code: exit::NOT_STARTED }
}

fn locked(error: &JournalError) -> Left {
    match error {
        JournalError::Held { .. } => {
            Left { kind: "held", why: error.to_string(), code: exit::PAUSED }
        }
        _ => refused(&error.to_string().into()),
    }
}
