//! The first pass over a table: everything that is wrong with it, and where each row stands already. Nothing is sent.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use super::rows::{Opened, Pass, Problem, Row, Valid};
use crate::base::money::Money;
use crate::base::value::{Map, Value};
use crate::cli::console::Emit;
use crate::cli::load::NotStarted;
use crate::cli::target::Where;
use crate::engine::batch::row_standing::Standing;
use crate::engine::engine::events;
use crate::engine::ports::Journal;
use crate::expr::ty::Ty;
use crate::flow::plan::Plan;
use crate::io::journal::sqlite::SqliteJournal;
use crate::io::table::output::Rejects;
use crate::report::batch::summary::Tally;
use crate::run::event::Event;
use crate::run::index_row::{RunRow, per_currency as summed};
use crate::run::pii::mask;

/// How many problems are told one by one.
const MAX_TOLD: u64 = 1_000;

/// How many keys that stand twice are told.
const MAX_TWICE: usize = 20;

/// What the first pass needs to know.
pub struct Desk<'a> {
    /// The flow.
    pub plan: &'a Plan,
    /// Where the runs go; nothing is compared without it.
    pub at: &'a Where,
    /// The batch.
    pub batch: &'a str,
    /// The journal, if there is one.
    pub journal: Option<&'a SqliteJournal>,
    /// Whether rows that failed are tried again.
    pub retry_failed: bool,
    /// Where rows that are not valid go, if they are left out.
    pub rejects: Option<PathBuf>,
    /// Where problems are told.
    pub emit: &'a Emit,
}

/// What the first pass found.
#[derive(Default)]
pub struct Survey {
    /// How many rows there are.
    pub rows: u64,
    /// How many are not valid.
    pub invalid: u64,
    /// How many have no run yet.
    pub new: u64,
    /// How many have a run that goes on.
    pub open: u64,
    /// How many failed and are tried again.
    pub retried: u64,
    /// For each row, whether nothing is to do for it.
    pub over: Vec<bool>,
    /// What the rows came to that are over.
    pub tally: Tally,
    /// How many of them are no runs of this batch.
    pub elsewhere: u64,
    /// What runs of the rows moved or set out to move.
    pub committed: Vec<Money>,
    /// The problems that were told.
    pub problems: Vec<Problem>,
    /// The file of the rows that were left out.
    pub rejects: Option<PathBuf>,
    keys: Vec<(u64, u64)>,
    told: u64,
    duplicates: bool,
    /// Whether it is not known of a row where it ends.
    pub torn: bool,
}

impl Desk<'_> {
    /// Reads all of a table.
    pub async fn survey(&self, opened: Opened) -> Result<(Survey, Opened), NotStarted> {
        let (name, format) = (opened.file.name().to_owned(), opened.file.format());
        let mut pass = Pass::begin(opened, None);
        let mut survey = Survey::default();
        let mut rejects: Option<Rejects> = None;
        while let Some(chunk) = pass.rows.recv().await {
            let known = known(self.journal, self.plan, &chunk).await?;
            for row in chunk {
                let (raw, problems) = self.row(row, &known, &mut survey).await?;
                if problems.is_empty() {
                    continue;
                }
                if let Some(path) = &self.rejects {
                    let file = rejects.get_or_insert_with(|| {
                        let head = pass.head.get();
                        let delimiter = head.map_or(b',', |head| head.delimiter);
                        let header = head.map(|head| head.header.clone()).unwrap_or_default();
                        Rejects::new(path.clone(), format, delimiter, header)
                    });
                    let reasons: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
                    file.add(&raw, &reasons.join("; "))?;
                }
                problems.into_iter().for_each(|problem| self.tell(problem, &mut survey, &name));
            }
        }
        let opened = pass.end().await?;
        survey.rejects = rejects.map(Rejects::finish).transpose()?.flatten();
        self.nothing_twice(survey, opened, &name).await
    }

    /// One row: its bytes and what is wrong with it, or where it stands.
    async fn row(
        &self,
        row: Row,
        known: &HashMap<String, RunRow>,
        survey: &mut Survey,
    ) -> Result<(Vec<u8>, Vec<Problem>), NotStarted> {
        survey.rows += 1;
        let problems = match &row.read {
            Ok(valid) => {
                survey.keys.push((digest(valid.row.key.as_str()), row.line));
                let run = known.get(valid.row.key.as_str());
                let objection = match run {
                    Some(run) => self.objection(run, valid).await?,
                    None => None,
                };
                match objection {
                    Some(message) => vec![Problem::of_row(row.line, message)],
                    None => {
                        let key = valid.row.key.as_str();
                        survey.stand(run, key, self.batch, self.retry_failed);
                        return Ok((row.raw, Vec::new()));
                    }
                }
            }
            Err(_) => Vec::new(),
        };
        survey.invalid += 1;
        survey.over.push(true);
        Ok((row.raw, row.read.err().unwrap_or(problems)))
    }

    /// Why a row can't be the run that has its key: it says something else, or that run belongs elsewhere.
    async fn objection(&self, run: &RunRow, valid: &Valid) -> Result<Option<String>, NotStarted> {
        if !self.at.continues(&run.base_url) {
            return Ok(Some(format!(
                "its key `{}` belongs to run {} at {}: take another key or another --journal",
                valid.row.key, run.run, run.base_url
            )));
        }
        if run.inputs_digest.as_ref() == Some(&valid.digest) {
            return Ok(None);
        }
        let Some(journal) = self.journal else { return Ok(None) };
        let records = journal.load(run.run).await.map_err(|error| error.to_string())?;
        let first = events(records).map_err(|error| error.to_string())?;
        let Some(Event::RunStarted(began)) = first.into_iter().next().map(|first| first.event)
        else {
            return Ok(Some(format!(
                "the row is not what it was when run {} began under its key `{}`; that run stands",
                run.run, valid.row.key
            )));
        };
        let changed = self.changes(&began.inputs, &valid.row.inputs);
        Ok((!changed.is_empty()).then(|| {
            format!(
                "the row is not what it was when run {} began under its key `{}`: {}; that run stands, so give a \
                 changed row another key",
                run.run,
                valid.row.key,
                changed.join(", ")
            )
        }))
    }

    /// The inputs that differ, with personal data masked. One that the flow only got since, or lost, is no change of the row.
    fn changes(&self, was: &Map, is: &Map) -> Vec<String> {
        let inputs = self.plan.all_inputs();
        let shown = |name: &str, value: &Value| {
            let input = inputs.iter().find(|input| input.name == name);
            let personal = input.is_some_and(|i| matches!(i.rules.ty, Ty::Phone | Ty::Email));
            match value {
                Value::Text(text) if personal && !self.emit.common.show_pii => mask(text),
                Value::Text(text) => text.clone(),
                other => other.masked().to_string(),
            }
        };
        let both = is.iter().filter_map(|(name, value)| Some((name, was.get(name)?, value)));
        both.filter(|(_, was, is)| was.masked() != is.masked())
            .map(|(name, was, is)| {
                format!("{name} was {}, is {}", shown(name, was), shown(name, is))
            })
            .collect()
    }

    fn tell(&self, problem: Problem, survey: &mut Survey, name: &str) {
        survey.torn |= problem.torn;
        survey.told += 1;
        match survey.told.cmp(&(MAX_TOLD + 1)) {
            std::cmp::Ordering::Less => {
                let Problem { line, column, message, .. } = &problem;
                self.emit.say(&format!("{name}:{line}:{column}: {message}"));
                survey.problems.push(problem);
            }
            std::cmp::Ordering::Equal => self.emit.say("... and more"),
            std::cmp::Ordering::Greater => {}
        }
    }

    /// A key that stands twice could pay twice, or not at all: nobody but a person can say which was meant.
    async fn nothing_twice(
        &self,
        mut survey: Survey,
        opened: Opened,
        name: &str,
    ) -> Result<(Survey, Opened), NotStarted> {
        let twice = survey.twice();
        if twice.is_empty() {
            return Ok((survey, opened));
        }
        let mut lines: HashMap<String, Vec<u64>> = HashMap::new();
        let mut pass = Pass::begin(opened, None);
        while let Some(chunk) = pass.rows.recv().await {
            for row in chunk {
                let Ok(valid) = row.read else { continue };
                if twice.contains(&digest(valid.row.key.as_str())) {
                    lines.entry(valid.row.key.to_string()).or_default().push(row.line);
                }
            }
        }
        let opened = pass.end().await?;
        let mut told: Vec<(String, Vec<u64>)> =
            lines.into_iter().filter(|(_, lines)| lines.len() > 1).collect();
        if told.is_empty() {
            return Ok((survey, opened));
        }
        told.sort_by_key(|(_, lines)| lines.first().copied());
        for (key, lines) in told {
            let places: Vec<String> = lines.iter().map(|line| format!("{name}:{line}")).collect();
            let message = match key.starts_with("row-") {
                true => format!("{} are the same row", places.join(" and ")),
                false => format!("{} have the same key `{key}`", places.join(" and ")),
            };
            let line = lines.last().copied().unwrap_or(1);
            survey.invalid += 1;
            self.emit.say(&message);
            survey.problems.push(Problem::of_row(line, message));
        }
        survey.duplicates = true;
        Ok((survey, opened))
    }
}

impl Survey {
    /// Whether a batch may begin.
    pub fn may_begin(&self, skip_invalid: bool) -> bool {
        !self.duplicates && !self.torn && (self.invalid == 0 || skip_invalid)
    }

    fn stand(&mut self, run: Option<&RunRow>, key: &str, batch: &str, retry_failed: bool) {
        let standing = Standing::of(run);
        let over = standing.is_over(retry_failed);
        self.over.push(over);
        match standing {
            Standing::New => self.new += 1,
            Standing::Open => self.open += 1,
            Standing::Failed if !over => self.retried += 1,
            Standing::Failed | Standing::FailedAfterMoney | Standing::Done => {}
        }
        let Some(run) = run else { return };
        if run.moved || standing == Standing::Open {
            self.committed.extend(run.amount.iter().copied());
            self.committed = summed(&self.committed);
        }
        if over {
            self.tally.add_before(key, run);
            self.elsewhere += u64::from(run.batch.as_deref() != Some(batch));
        }
    }

    /// The keys that may stand twice, as digests.
    fn twice(&mut self) -> Vec<u64> {
        self.keys.sort_unstable();
        let pairs = self.keys.windows(2);
        let mut twice: Vec<u64> = pairs
            .filter_map(|pair| match pair {
                [(one, _), (other, _)] if one == other => Some(*one),
                _ => None,
            })
            .collect();
        twice.dedup();
        twice.truncate(MAX_TWICE);
        self.keys = Vec::new();
        twice
    }
}

/// The runs of a flow that have the keys of these rows.
pub async fn known(
    journal: Option<&SqliteJournal>,
    plan: &Plan,
    rows: &[Row],
) -> Result<HashMap<String, RunRow>, NotStarted> {
    let Some(journal) = journal else { return Ok(HashMap::new()) };
    let keys = rows.iter().filter_map(|row| Some(row.read.as_ref().ok()?.row.key.to_string()));
    let found = journal.find_keys(&plan.name, keys.collect()).await;
    let found = found.map_err(|error| error.to_string())?;
    Ok(found.into_iter().filter_map(|run| Some((run.key.clone()?, run))).collect())
}

fn digest(key: &str) -> u64 {
    let mut hash = DefaultHasher::new();
    key.hash(&mut hash);
    hash.finish()
}
