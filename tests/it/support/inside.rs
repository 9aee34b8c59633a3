//! A whole run in this process: the engine, a sandbox without a socket, and a clock that jumps.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dollr_flow::base::ids::{RunId, Seed};
use dollr_flow::base::scrub::Secrets;
use dollr_flow::base::secret::Secret;
use dollr_flow::base::span::Source;
use dollr_flow::base::value::{Map, Value};
use dollr_flow::engine::engine::Engine;
use dollr_flow::engine::gate::Gate;
use dollr_flow::engine::patience::Patience;
use dollr_flow::engine::ports::{Clock, Transport};
use dollr_flow::engine::stop::Stop;
use dollr_flow::engine::tokens::Tokens;
use dollr_flow::flow::plan::Plan;
use dollr_flow::flow::{check, resolve, with_examples};
use dollr_flow::io::flow_files::FlowFiles;
use dollr_flow::io::journal::location::JournalPlace;
use dollr_flow::io::journal::sqlite::SqliteJournal;
use dollr_flow::io::sandbox::books::Books;
use dollr_flow::io::sandbox::in_process::InProcess;
use dollr_flow::run::action::Credentials;
use dollr_flow::run::decide::question;
use dollr_flow::run::delivery::Delivery;
use dollr_flow::run::event::{Event, FORMAT, RunStarted};
use dollr_flow::run::history::{Outside, Recorded};
use dollr_flow::run::outcome::Outcome;
use dollr_flow::run::reporter::Watch;
use dollr_flow::run::state::State;
use dollr_flow::sandbox::Settings;
use dollr_flow::steps::step::Call;
use jiff::Timestamp;
use uuid::Uuid;

/// A clock that never waits.
#[derive(Debug, Clone)]
struct Jumps(Arc<Mutex<Timestamp>>);

impl Clock for Jumps {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep_until(&self, until: Timestamp) {
        let mut now = self.0.lock().unwrap();
        *now = until.max(*now);
    }
}

/// Changes what comes back of a request.
pub type Bend = Arc<dyn Fn(&Call, &mut Value) + Send + Sync>;

/// A transport whose answers of success are bent.
struct Bent {
    inner: InProcess<Jumps>,
    bend: Option<Bend>,
}

impl Transport for Bent {
    async fn send(&self, call: &Call, auth: Option<&Secret>, timeout: Duration) -> Delivery {
        let mut delivery = self.inner.send(call, auth, timeout).await;
        if let (Delivery::Answered(answer), Some(bend)) = (&mut delivery, &self.bend)
            && answer.is_success()
        {
            bend(call, &mut answer.body);
        }
        delivery
    }
}

/// A sandbox and a journal, for runs one after the other.
pub struct Inside {
    pub books: Arc<Books>,
    /// What happens to answers of success on their way, if anything.
    pub bend: Option<Bend>,
    clock: Jumps,
    folder: tempfile::TempDir,
    runs: u128,
    /// What happened in the last run.
    pub heard: Vec<Recorded>,
}

/// Keeps every event.
#[derive(Default)]
struct Heard(Vec<Recorded>);

impl Watch for Heard {
    fn event(&mut self, _state: &State, recorded: &Recorded) {
        self.0.push(recorded.clone());
    }
}

impl Inside {
    /// At the moment where simulated schedules begin too.
    pub fn new() -> Self {
        let now = Timestamp::from_second(1_770_000_000).unwrap();
        Self {
            books: Arc::new(Books::in_memory(Settings { samples: false, ..Settings::default() })),
            bend: None,
            clock: Jumps(Arc::new(Mutex::new(now))),
            folder: tempfile::tempdir().unwrap(),
            runs: 0,
            heard: Vec::new(),
        }
    }

    /// Runs a flow of this repository to its end; a person says yes to all it asks.
    pub fn run(&mut self, path: &str, given: &[(&str, &str)]) -> State {
        let plan = Arc::new(plan(path));
        let inputs = inputs(&plan, given);
        self.runs += 1;
        let started = RunStarted {
            format: FORMAT,
            flow: plan.name.clone(),
            flow_digest: plan.digest.clone(),
            file: path.to_owned(),
            key: None,
            seed: Seed(Uuid::from_u128(self.runs + 100)),
            inputs,
            base_url: "sandbox".to_owned(),
            sandbox: true,
            max_total: None,
            batch: None,
        };
        let run = RunId(Uuid::from_u128(self.runs));
        let state = State::begin(run, plan, started, self.clock.now(), Outside::default());
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let (state, heard) = runtime.block_on(self.drive(state));
        self.heard = heard;
        state
    }

    async fn drive(&self, mut state: State) -> (State, Vec<Recorded>) {
        let place = self.folder.path().join("journal.db");
        let place = JournalPlace::parse(place.to_str().unwrap()).unwrap();
        let credentials = Credentials {
            client_id: Secret::new("sbx_client"),
            client_secret: Secret::new("sbx_secret"),
        };
        let engine = Engine {
            transport: Bent {
                inner: InProcess::new(Arc::clone(&self.books), self.clock.clone()),
                bend: self.bend.clone(),
            },
            clock: self.clock.clone(),
            journal: SqliteJournal::open(place).unwrap(),
            tokens: Tokens::new(Some(credentials)),
            gate: Gate::default(),
            secrets: Secrets::default(),
            stop: Stop::default(),
            patience: Patience::ENDLESS,
        };
        let mut heard = Heard::default();
        engine.start(&state, &mut heard).await.unwrap();
        engine.drive(&mut state, &mut heard).await.unwrap();
        while let Some((step, _)) = question(&state) {
            engine.take_up(&mut state, &mut heard).await.unwrap();
            let yes = Event::Answered { step, approved: true, by: None };
            engine.note(&mut state, yes).await.unwrap();
            engine.drive(&mut state, &mut heard).await.unwrap();
        }
        (state, heard.0)
    }
}

/// A flow of this repository, without a warning.
pub fn plan(path: &str) -> Plan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let source = Source::new(path.to_str().unwrap(), std::fs::read_to_string(&path).unwrap());
    let (plan, warnings) = check(&source, &FlowFiles::around(&source).unwrap()).unwrap();
    assert!(warnings.is_empty(), "{}: {warnings:#?}", source.name());
    plan
}

/// Inputs, those that are not given by their examples.
pub fn inputs(plan: &Plan, given: &[(&str, &str)]) -> Map {
    let given: Vec<(String, String)> =
        given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    resolve(&with_examples(&plan.all_inputs()), &given, None, &|_| Ok(None)).unwrap()
}

/// How a run ended.
pub fn outcome(state: &State) -> Option<Outcome> {
    state.finished.as_ref().map(|finished| finished.outcome)
}

/// An output of a run that ended.
pub fn output(state: &State, name: &str) -> Value {
    let outputs = state.finished.as_ref().map(|finished| &finished.outputs);
    outputs.and_then(|outputs| outputs.get(name)).cloned().unwrap_or_default()
}
