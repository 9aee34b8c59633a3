//! Old runs: written out whole, and removed without anything being forgotten that could cost money.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::served::Served;
use crate::support::{Place, Told};
use dollr_flow::base::ids::RunId;
use dollr_flow::base::span::Source;
use dollr_flow::engine::engine::events;
use dollr_flow::engine::ports::{Entry, FlowText, Journal, Record, RunRow};
use dollr_flow::io::journal::location::JournalPlace;
use dollr_flow::io::journal::sqlite::SqliteJournal;
use dollr_flow::run::history::Outside;
use rusqlite::Connection;
use serde_json::Value;

const AT_ONCE: &str = "231770000001";
const SLOW: &str = "231770000002";
const REFUSED: &str = "231770000006";
const FUTURE: &str = "2100-01-01T00:00:00Z";
const PAST: &str = "2020-01-01T00:00:00Z";

fn lines(told: &Told) -> Vec<Value> {
    told.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn listed(place: &Place) -> Vec<String> {
    let told = place.tell(["runs", "list", "--limit", "0", "--output", "json"]);
    let listed = told.exits(0).json();
    let id = |run: &Value| run["run_id"].as_str().unwrap().to_owned();
    listed.as_array().unwrap().iter().map(id).collect()
}

fn prune(place: &Place, more: &[&str]) -> Value {
    let args = ["runs", "prune", "--before", FUTURE, "--yes", "--output", "json"];
    place.tell(args.iter().chain(more)).exits(0).json()
}

/// A collection that is over before its payment is final.
fn unpolled(place: &Place) -> String {
    let flow = crate::support::collect_flow();
    let text = fs::read_to_string(flow).unwrap();
    let (steps, _) = text.split_once("  - uses: poll").unwrap();
    place.file("unpolled.yaml", steps);
    let phone = format!("phone={SLOW}");
    let args = ["run", "unpolled.yaml", "--output", "json", "-i", "fullname=Jane", "-i", &phone];
    place.tell(args).exits(0).run_id()
}

#[test]
fn runs_are_exported_with_all_of_their_events() {
    let place = Place::new();
    let paid = place.collect(AT_ONCE, &["--sandbox", "--key", "K1"]).exits(0).run_id();
    let refused = place.collect(REFUSED, &["--sandbox"]).exits(1).run_id();
    let told = place.tell(["runs", "export"]);
    let runs = lines(told.exits(0));
    let ids: Vec<&str> = runs.iter().map(|run| run["run_id"].as_str().unwrap()).collect();
    assert_eq!(ids, [&paid, &refused], "oldest first");
    assert_eq!((&runs[0]["key"], &runs[0]["status"]), (&"K1".into(), &"succeeded".into()));
    assert_eq!(runs[0]["amount"], serde_json::json!(["250.00 USD"]));
    assert_eq!((&runs[0]["moved"], &runs[1]["moved"]), (&true.into(), &false.into()));
    assert!(runs[1]["error"].as_str().is_some());
    // each event as `runs events` prints it
    for run in &runs {
        let id = run["run_id"].as_str().unwrap();
        let events = lines(place.tell(["runs", "events", id]).exits(0));
        assert_eq!(run["events"], Value::Array(events));
    }
    assert!(!told.stdout.contains(AT_ONCE) && told.stdout.contains("2317*****01"));
    place.tell(["runs", "export", "--show-pii"]).exits(0).says(AT_ONCE);

    let count =
        |more: &[&str]| lines(place.tell(["runs", "export"].iter().chain(more)).exits(0)).len();
    assert_eq!(count(&["--status", "failed"]), 1);
    assert_eq!(count(&["--flow", "payout"]), 0);
    assert_eq!(count(&["--since", PAST, "--until", FUTURE]), 2);
    assert_eq!(count(&["--until", PAST]), 0);
    assert_eq!(count(&["--since", FUTURE]), 0);
    assert_eq!(count(&["--batch", "may"]), 0);
    assert_eq!(count(&[&refused, &paid[..13]]), 2);
    place.tell(["runs", "export", "ffffffff"]).exits(2);
    place.tell(["runs", "export", "--status", "done"]).exits(2).says("succeeded");

    // one that is damaged keeps none of the others back
    let db = Connection::open(place.journal()).unwrap();
    let change = "UPDATE entries SET events = replace(events, '250.00', '250.01')
                  WHERE run = (SELECT run FROM heads WHERE run_id = ?1)";
    assert!(db.execute(change, [&paid]).unwrap() > 0);
    let told = place.tell(["runs", "export"]);
    assert_eq!(lines(told.exits(1).says("was changed")).len(), 1);
}

#[test]
fn a_pruned_run_is_gone_but_its_key_never_pays_again() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let paid = place.collect(AT_ONCE, &["--key", "K1"]).exits(0).run_id();
    let refused = place.collect(REFUSED, &["--key", "K2"]).exits(1).run_id();
    let keyless = place.collect(AT_ONCE, &[]).exits(0).run_id();
    place.file("short.yaml", &crate::support::collect_with("timeout: 10m", "timeout: 1s"));
    let args =
        ["run", "short.yaml", "--output", "json", "--key", "K3", "-i", "fullname=Jane", "-i"];
    let slow = format!("phone={SLOW}");
    let paused = place.tell(args.iter().copied().chain([slow.as_str()])).exits(3).run_id();
    let requests = || served.state()["requests"].as_array().unwrap().len();
    let before = requests();

    place.tell(["runs", "prune", "--before", FUTURE]).exits(2).says("--yes");
    let dry = prune(&place, &["--dry-run"]);
    assert_eq!((&dry["runs"], &dry["dry_run"]), (&3.into(), &true.into()));
    assert_eq!(prune(&place, &["--batch", "may"])["runs"], 0);
    assert_eq!(prune(&place, &["--flow", "payout"])["runs"], 0);
    let args = ["runs", "prune", "--before", PAST, "--yes", "--output", "json"];
    assert_eq!(place.tell(args).exits(0).json()["runs"], 0);
    place.tell(["runs", "prune", "--before", FUTURE, "--status", "paused", "--yes"]).exits(2);
    assert_eq!(listed(&place).len(), 4, "nothing is gone yet");

    let told = prune(&place, &["--status", "failed"]);
    assert_eq!((&told["runs"], &told["keys_remembered"]), (&1.into(), &1.into()));
    let told = prune(&place, &[]);
    assert_eq!((&told["runs"], &told["keys_remembered"]), (&2.into(), &1.into()));
    assert_eq!(listed(&place), [paused.as_str()]);
    for gone in [&paid, &refused, &keyless] {
        place.tell(["runs", "show", gone]).exits(2).says("no run's id starts with");
    }
    place.tell(["runs", "verify"]).exits(0).says("1 of 1 runs are whole");
    assert_eq!(prune(&place, &[])["runs"], 0);

    let again = place.collect(AT_ONCE, &["--key", "K1"]);
    again.exits(0).says("250.00 USD was paid").says("pruned").says("take another key");
    let told = again.json();
    assert_eq!((&told["run_id"], &told["status"]), (&paid.clone().into(), &"succeeded".into()));
    let again = place.collect(REFUSED, &["--key", "K2"]);
    again.exits(1).says("no money moved");
    assert_eq!(again.json()["run_id"], refused);
    assert!(again.json()["error"]["message"].as_str().is_some());
    assert_eq!(requests(), before, "nothing was sent");
    // the run that is still open goes on
    for execution in served.executions().iter().filter(|one| one["status"] == "PROCESSING") {
        served.settle(execution["reference_id"].as_str().unwrap(), "COMPLETED");
    }
    place.tell(["resume", &paused]).exits(0);
    assert_eq!(served.calls("execute_collection"), 4);
    served.audit();
}

#[test]
fn a_run_stays_until_its_payment_is_final() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let run = unpolled(&place);
    let told = place.tell(["runs", "prune", "--before", FUTURE, "--yes"]);
    told.exits(0).says(&format!("run {run} stays")).says("is not final").says("reconcile");
    assert_eq!(listed(&place), [run.as_str()]);
    let kept = prune(&place, &["--dry-run"]);
    assert_eq!((&kept["runs"], &kept["kept"]), (&0.into(), &1.into()));
    let reference = served.executions()[0]["reference_id"].as_str().unwrap().to_owned();
    served.settle(&reference, "COMPLETED");
    place.tell(["reconcile"]);
    assert_eq!(prune(&place, &[])["runs"], 1);
    assert!(listed(&place).is_empty());
}

/// Runs as a real one was written, many times over.
struct Filler {
    journal: SqliteJournal,
    /// What was written for a run that has ended, and for one that has not, with its row.
    ended: (Vec<Record>, RunRow),
    open: (Vec<Record>, RunRow),
    flow: FlowText,
}

impl Filler {
    fn new(place: &Place) -> Self {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals");
        let text = fs::read_to_string(kept.join("format-1.yaml")).unwrap();
        let (plan, _) =
            dollr_flow::flow::check(&Source::new("f.yaml", text.as_str()), &()).unwrap();
        let record = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            let mut data = line["data"].clone();
            if line["n"] == 1 {
                data["flow_digest"] = plan.digest.clone().into();
            }
            Record {
                n: line["n"].as_u64().unwrap(),
                at: line["at"].as_str().unwrap().parse().unwrap(),
                kind: line["event"].as_str().unwrap().to_owned(),
                data: data.to_string(),
            }
        };
        let lines = fs::read_to_string(kept.join("format-1.jsonl")).unwrap();
        let records: Vec<Record> = lines.lines().map(record).collect();
        let plan = Arc::new(plan);
        let filed = |records: &[Record]| {
            let events = events(records.to_vec()).unwrap();
            let run = RunId(uuid::Uuid::nil());
            let (_, row) = RunRow::replay(run, plan.clone(), events, Outside::default()).unwrap();
            (records.to_vec(), row)
        };
        let path = place.journal();
        Self {
            journal: SqliteJournal::open(JournalPlace::parse(path.to_str().unwrap()).unwrap())
                .unwrap(),
            ended: filed(&records),
            open: filed(&records[..records.len() - 1]),
            flow: FlowText { digest: plan.digest.clone(), name: plan.name.clone(), text },
        }
    }

    async fn add(&self, n: u32, status: &str) {
        let run: RunId = format!("{n:08x}-0000-4000-8000-000000000000").parse().unwrap();
        let (records, row) = if status == "succeeded" { &self.ended } else { &self.open };
        let (records, row) = (records.clone(), RunRow { run, ..row.clone() });
        let entry = Entry::durable(run, records).row(row).flow(self.flow.clone());
        self.journal.append(entry).await.unwrap();
    }
}

#[test]
fn the_disk_gets_its_space_back_while_others_go_on_writing() {
    let place = Place::new();
    fs::create_dir(place.path(".dollr-flow")).unwrap();
    let filler = Filler::new(&place);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for n in 0..1_500 {
            filler.add(n, "succeeded").await;
        }
    });
    let done = AtomicBool::new(false);
    let told = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut written = 0;
            while !done.load(Ordering::SeqCst) {
                runtime.block_on(filler.add(1_000_000 + written, "paused"));
                written += 1;
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            written
        });
        let told = prune(&place, &[]);
        done.store(true, Ordering::SeqCst);
        assert!(writer.join().unwrap() > 0);
        told
    });
    let (before, after) =
        (told["bytes_before"].as_u64().unwrap(), told["bytes_after"].as_u64().unwrap());
    assert!(before > 15_000_000 && after < before / 2, "{told}");
    assert_eq!(told["runs"], 1_500);
    place.tell(["runs", "verify"]).exits(0);
}
