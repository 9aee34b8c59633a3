//! `batch FLOW --data F`: one run per row of a table, many at once, as often as it is started.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::feed::{Budget, Feed, totals};
use super::pace::Pace;
use super::results::{Ears, Ends};
use super::rows::{Opened, Problem};
use super::survey::{Desk, Survey};
use crate::base::money::Money;
use crate::base::value::Map;
use crate::cli::args::cli::{BatchArgs, TableFormat};
use crate::cli::console::Emit;
use crate::cli::history::Plans;
use crate::cli::load::NotStarted;
use crate::cli::target::{Target, Where};
use crate::cli::{exit, exit_report, load, target};
use crate::engine::batch::scheduler::Scheduler;
use crate::engine::gate::Gate;
use crate::engine::ports::Journal;
use crate::engine::stop::Stop;
use crate::flow::InputsFile;
use crate::flow::inputs::table::{Table, TableOptions};
use crate::flow::plan::{Plan, SecretSource};
use crate::io::journal::location::JournalPlace;
use crate::io::journal::sqlite::SqliteJournal;
use crate::io::outputs::Outputs;
use crate::io::table::file::{DataFile, DataFormat, How};
use crate::report::batch::summary::{Summary, money};
use crate::run::history::Outside;

/// How many runs may be made ahead of their turn.
const AHEAD: usize = 64;

/// Runs a flow once per row.
pub async fn batch(args: BatchArgs, emit: &Emit, stop: Stop) -> u8 {
    match carry_out(&args, emit, stop).await {
        Ok(code) => code,
        Err(why) => exit_report::not_started(&why, None, emit),
    }
}

async fn carry_out(args: &BatchArgs, emit: &Emit, stop: Stop) -> Result<u8, NotStarted> {
    let most = args.max_total.as_ref().map(|text| text.parse::<Money>().and_then(Money::payable));
    let most = most.transpose().map_err(|error| format!("--max-total: {error}"))?;
    let pace = Pace::of(&args.pace)?;
    let source = load::source(&args.flow)?;
    let (plan, warnings) = load::plan(&source)?;
    if !warnings.is_empty() && !emit.common.quiet {
        NotStarted::Diagnostics(warnings).tell(emit);
    }
    let at = Where::of(&args.target)?;
    outputs(args, &plan, emit)?;
    let opened = open(args, &plan)?;
    let data = opened.file.name().to_owned();
    let batch = name_of(args, &plan)?;
    let journal = match args.check || args.dry_run {
        true => target::existing_journal(emit)?,
        false => Some(target::journal(emit)?),
    };
    let held = match (&journal, args.check || args.dry_run) {
        (Some(journal), false) => match journal.lock_batch(&batch).await {
            Ok(held) => Some(held),
            Err(error) => return Ok(exit_report::held(&error.to_string(), emit)),
        },
        _ => None,
    };
    let desk = Desk {
        plan: &plan,
        at: &at,
        batch: &batch,
        journal: journal.as_ref(),
        retry_failed: args.retry_failed,
        rejects: args.table.skip_invalid.then(|| rejects(args)),
        emit,
    };
    let (survey, opened) = desk.survey(opened).await?;
    if args.check || !survey.may_begin(args.table.skip_invalid) {
        return Ok(checked(&survey, args, &data, emit));
    }
    let outside = Outside { secrets: load::secrets(&plan, emit)?, inputs: Map::new() };
    if args.dry_run {
        return dry_run(&plan, &outside, survey, opened, &data, emit).await;
    }
    let Some(journal) = journal else { return Err("there is no journal".to_owned().into()) };
    let ready = Ready { plan, at, batch, data, journal, outside, pace, most };
    let code = ready.begin(survey, opened, args, emit, stop).await;
    drop(held);
    code
}

/// Everything a batch needs before its first request.
struct Ready {
    plan: Arc<Plan>,
    at: Where,
    batch: String,
    data: String,
    journal: SqliteJournal,
    outside: Outside,
    pace: Pace,
    most: Option<Money>,
}

impl Ready {
    /// Carries out all rows that are not over.
    async fn begin(
        self,
        survey: Survey,
        opened: Opened,
        args: &BatchArgs,
        emit: &Emit,
        stop: Stop,
    ) -> Result<u8, NotStarted> {
        let shown = |path: &PathBuf| path.display().to_string();
        let summary = Summary {
            batch: self.batch.clone(),
            flow: self.plan.name.clone(),
            data: Some(self.data),
            rows: survey.rows,
            over_before: survey.tally.all(),
            over_elsewhere: survey.elsewhere,
            rejected: survey.invalid,
            results: args.results.as_ref().map(shown),
            rejects: survey.rejects.as_ref().map(shown),
            ..Summary::default()
        };
        let nothing_to_do = survey.new + survey.open + survey.retried == 0;
        let results = args.results.as_deref();
        let ends = Ends::new(survey.rows - survey.invalid, survey.tally, results, emit)?;
        if nothing_to_do && results.is_none() {
            return Ok(ends.into_inner().finish(summary, None, emit));
        }
        let target = Target::moving(&self.plan, self.at, &args.target, emit)?;
        let world = target::world(target, self.journal.clone(), stop, emit).await?;
        let (base_url, sandbox) = (world.base_url.clone(), world.sandbox);
        let (engine, embedded) = world.shared(Gate::paced(self.pace.apart), emit.patience());
        let feed = Feed {
            plan: self.plan.clone(),
            batch: self.batch,
            outside: self.outside,
            journal: &self.journal,
            plans: Plans::default(),
            base_url,
            sandbox,
            retry_failed: args.retry_failed,
            budget: self.most.map(|most| Budget { most, committed: survey.committed }),
            ends: &ends,
            emit,
            tell_over: results.is_some(),
        };
        // a row that is over has nothing to tell but its line of results
        let over = results.is_none().then(|| Arc::new(survey.over));
        let (to, work) = mpsc::channel(AHEAD);
        let scheduler = Scheduler::new(engine, self.pace.limit, args.pace.stop_after_failures);
        let mut ears = Ears(&ends);
        let (fed, halt) =
            tokio::join!(feed.rows(opened, over, to), scheduler.carry_out(work, &mut ears));
        if let Some(embedded) = embedded {
            embedded.close().await;
        }
        if let Err(why) = fed {
            ends.borrow_mut().stopped = Some(why.summary());
        }
        Ok(ends.into_inner().finish(summary, halt, emit))
    }
}

/// What the batch writes must not be what it needs.
fn outputs(args: &BatchArgs, plan: &Plan, emit: &Emit) -> Result<(), String> {
    let mut outputs = Outputs::default();
    outputs.reads("the data", &args.data);
    args.inputs.inputs.iter().for_each(|path| outputs.reads("the inputs", path));
    plan.each_flow(&mut |_, flow| {
        outputs.reads("the flow", Path::new(flow.source.name()));
        for (name, from) in &flow.secrets {
            if let SecretSource::File(path) = from {
                outputs.reads(format!("the secret `{name}`"), Path::new(path));
            }
        }
    });
    outputs.keeps(&JournalPlace::parse(&emit.common.journal)?);
    args.results.iter().try_for_each(|path| outputs.writes("--results", path))?;
    match args.table.skip_invalid {
        true => outputs.writes("--rejects", &rejects(args)),
        false => Ok(()),
    }
}

fn open(args: &BatchArgs, plan: &Arc<Plan>) -> Result<Opened, NotStarted> {
    if args.data.as_os_str() == "-" && args.key.is_none() && args.batch.is_none() {
        let message = "rows from standard input need --key COLUMN, or --batch NAME: else the same rows on another day \
                       would count as paid";
        return Err(NotStarted::Message(message.to_owned()));
    }
    let delimiter = match args.table.delimiter.as_deref() {
        None => None,
        Some("\\t" | "tab") => Some(b'\t'),
        Some(text) => match text.as_bytes() {
            [one] if one.is_ascii() && !matches!(one, b'"' | b'\n' | b'\r') => Some(*one),
            _ => return Err("--delimiter is one character, such as ; or \\t".to_owned().into()),
        },
    };
    let format = args.table.data_format.map(|format| match format {
        TableFormat::Csv => DataFormat::Csv,
        TableFormat::Jsonl => DataFormat::Jsonl,
    });
    let how = How { format, delimiter, encoding: None }.encoded(args.table.encoding.as_deref())?;
    let file = DataFile::open(&args.data, how)?;
    let mut maps = HashMap::new();
    for map in &args.table.map {
        let Some((column, input)) = map.split_once('=') else {
            return Err(format!("--map {map} is not of the form COLUMN=INPUT").into());
        };
        maps.insert(column.to_owned(), Some(input.to_owned()).filter(|input| !input.is_empty()));
    }
    let (given, shared) = load::given(&args.inputs)?;
    // no input's example ever stands for a cell: what a row does not say is nobody's to make up
    let inputs = plan.all_inputs();
    let options = TableOptions { maps, key: args.key.clone(), file: file_name(args) };
    let table = Table::new(inputs, options, given, shared.map(InputsFile::unplaced))
        .map_err(|problems| NotStarted::Message(problems.join("\n       ")))?
        .of(plan.clone());
    Ok(Opened { file, table })
}

/// What stands for the data in keys and in the batch's name: the file's name, wherever it lies.
fn file_name(args: &BatchArgs) -> String {
    let name = args.data.file_name().map(|name| name.to_string_lossy().into_owned());
    args.batch.clone().or(name).unwrap_or_default()
}

/// The batch's name: the one given, or one that is the same for the same flow, file and key column.
fn name_of(args: &BatchArgs, plan: &Plan) -> Result<String, NotStarted> {
    if let Some(name) = &args.batch {
        return match name.trim() {
            "" => Err("--batch is empty".to_owned().into()),
            name => Ok(name.to_owned()),
        };
    }
    let file = file_name(args);
    let words = [plan.name.as_str(), &file, args.key.as_deref().unwrap_or_default()];
    let mut hash = Sha256::new();
    for word in words {
        hash.update((word.len() as u64).to_be_bytes());
        hash.update(word.as_bytes());
    }
    let hex: String = hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let stem = Path::new(&file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let stem: String = stem.unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect();
    Ok(format!("{}-{}-{hex}", plan.name, if stem == "-" { "stdin" } else { &stem }))
}

fn rejects(args: &BatchArgs) -> PathBuf {
    args.table.rejects.clone().unwrap_or_else(|| match args.data.as_os_str() == "-" {
        true => PathBuf::from("rejects"),
        false => {
            let end = args.data.extension().map(|end| end.to_string_lossy().into_owned());
            let end = end.map_or_else(|| "rejects".to_owned(), |end| format!("rejects.{end}"));
            args.data.with_extension(end)
        }
    })
}

/// Tells what the first pass found.
fn checked(survey: &Survey, args: &BatchArgs, data: &str, emit: &Emit) -> u8 {
    let valid = survey.may_begin(false);
    if emit.json() {
        let told = |problem: &Problem| json!({ "line": problem.line, "column": problem.column, "message": problem.message });
        let problems: Vec<_> = survey.problems.iter().map(told).collect();
        emit.result_json(&json!({
            "data": data, "rows": survey.rows, "invalid": survey.invalid, "new": survey.new,
            "open": survey.open, "finished_before": survey.tally.all(), "problems": problems,
            "exit_code": if valid { exit::SUCCEEDED } else { exit::NOT_STARTED },
        }));
    } else if valid {
        emit.result(&format!("{data}: {} rows, all valid", survey.rows));
    } else {
        emit.error(&format!(
            "{data}: {} of {} rows are not valid; nothing was sent",
            survey.invalid, survey.rows
        ));
        match (survey.torn, args.table.skip_invalid) {
            (true, true) => emit
                .say("a row whose quotes don't fit can't be left out: nobody knows where it ends"),
            (false, false) if !args.check => {
                emit.say("mend them, or leave them out with --skip-invalid");
            }
            _ => {}
        }
    }
    if valid { exit::SUCCEEDED } else { exit::NOT_STARTED }
}

/// Tells what the rows would move.
async fn dry_run(
    plan: &Arc<Plan>,
    outside: &Outside,
    survey: Survey,
    opened: Opened,
    data: &str,
    emit: &Emit,
) -> Result<u8, NotStarted> {
    let mut unpriced = HashMap::new();
    let over = Arc::new(survey.over);
    let (sums, _) = totals(plan, outside, opened, over, &mut unpriced).await?;
    let mut unpriced: Vec<(u64, String)> = unpriced.into_iter().collect();
    unpriced.sort();
    if emit.json() {
        let sums: Vec<_> = sums.iter().map(|sum| money((&sum.currency, &sum.amount))).collect();
        let unpriced: Vec<_> =
            unpriced.iter().map(|(line, why)| json!({ "line": line, "message": why })).collect();
        emit.result_json(&json!({
            "data": data, "rows": survey.rows, "invalid": survey.invalid, "new": survey.new,
            "open": survey.open, "retried": survey.retried, "finished_before": survey.tally.all(),
            "would_move": sums, "unpriced": unpriced, "exit_code": exit::SUCCEEDED,
        }));
        return Ok(exit::SUCCEEDED);
    }
    let sums: Vec<String> = sums.iter().map(Money::to_string).collect();
    let sums = if sums.is_empty() { "nothing".to_owned() } else { sums.join(", ") };
    emit.result(&format!(
        "{data}: {} rows: {} new, {} to go on, {} to try again, {} finished before, {} left out",
        survey.rows,
        survey.new,
        survey.open,
        survey.retried,
        survey.tally.all(),
        survey.invalid
    ));
    emit.result(&format!("would move {sums}; nothing was sent"));
    for (line, why) in unpriced.iter().take(20) {
        emit.say(&format!("{data}:{line}: what it moves can't be known beforehand: {why}"));
    }
    Ok(exit::SUCCEEDED)
}
