//! Where requests go, with whose credentials, written down where.

use std::sync::Arc;

use super::args::shared::TargetArgs;
use super::console::Emit;
use super::load::NotStarted;
use crate::base::secret::Secret;
use crate::engine::engine::Engine;
use crate::engine::gate::Gate;
use crate::engine::patience::Patience;
use crate::engine::stop::Stop;
use crate::engine::tokens::Tokens;
use crate::flow::plan::Plan;
use crate::io::host;
use crate::io::host::WallClock;
use crate::io::http::base_url::BaseUrl;
use crate::io::http::transport::HttpTransport;
use crate::io::journal::location::JournalPlace;
use crate::io::journal::sqlite::SqliteJournal;
use crate::io::sandbox::embedded::Embedded;
use crate::run::action::Credentials;
use crate::run::event::RunStarted;

/// The live API.
pub const LIVE: &str = "https://api.heydollr.app";

/// What a run's base URL reads when it is the embedded sandbox.
pub const SANDBOX: &str = "sandbox";

/// The engine of this process.
pub type Runner = Engine<HttpTransport, WallClock, SqliteJournal>;

/// An engine with what keeps it going.
pub struct World {
    /// The engine.
    pub engine: Runner,
    /// Where requests go, as the journal is to say it.
    pub base_url: String,
    /// Whether that is the embedded sandbox.
    pub sandbox: bool,
    // listens for as long as the world lasts
    embedded: Option<Embedded>,
}

impl World {
    /// The engine, to be shared by many runs, and what has to be closed after them.
    pub fn shared(self, gate: Gate, patience: Patience) -> (Arc<Runner>, Option<Embedded>) {
        (Arc::new(Engine { gate, patience, ..self.engine }), self.embedded)
    }

    /// Lets the embedded sandbox put its books in order.
    pub async fn close(self) {
        if let Some(embedded) = self.embedded {
            embedded.close().await;
        }
    }
}

/// Where requests are to go.
pub enum Where {
    /// The embedded sandbox.
    Sandbox,
    /// This base URL.
    Url(BaseUrl),
}

impl Where {
    /// What the command line says, else the environment, else the live API.
    pub fn of(args: &TargetArgs) -> Result<Self, NotStarted> {
        if args.sandbox {
            return Ok(Self::Sandbox);
        }
        let url = match &args.base_url {
            Some(url) => Some(url.clone()),
            // not read by the parser: there a variable would contradict --sandbox, and would move a run
            // that is resumed away from where it began
            None => host::setting("DOLLR_BASE_URL")?,
        };
        Ok(Self::Url(BaseUrl::parse(url.as_deref().unwrap_or(LIVE))?))
    }

    /// What a run began with.
    pub fn again(base_url: &str, sandbox: bool) -> Result<Self, NotStarted> {
        match sandbox {
            true => Ok(Self::Sandbox),
            false => Ok(Self::Url(BaseUrl::parse(base_url)?)),
        }
    }

    /// How the journal spells it.
    pub fn name(&self) -> String {
        match self {
            Self::Sandbox => SANDBOX.to_owned(),
            Self::Url(url) => url.to_string().trim_end_matches('/').to_owned(),
        }
    }

    /// Whether what was begun at `name` can go on here: at the same host, or elsewhere on this machine.
    pub fn continues(&self, name: &str) -> bool {
        match (self, BaseUrl::parse(name)) {
            (Self::Sandbox, _) => name == SANDBOX,
            (Self::Url(here), Ok(there)) => {
                here.host() == there.host() || (here.is_loopback() && there.is_loopback())
            }
            (Self::Url(_), Err(_)) => false,
        }
    }

    /// Whether real money may move there.
    pub fn live(&self) -> bool {
        matches!(self, Self::Url(url) if !url.is_loopback())
    }
}

/// Opens the journal.
pub fn journal(emit: &Emit) -> Result<SqliteJournal, NotStarted> {
    let place = JournalPlace::parse(&emit.common.journal)?;
    SqliteJournal::open(place).map_err(|error| NotStarted::Message(error.to_string()))
}

/// The journal, if there is one yet.
pub fn existing_journal(emit: &Emit) -> Result<Option<SqliteJournal>, NotStarted> {
    let place = JournalPlace::parse(&emit.common.journal)?;
    SqliteJournal::open_existing(place).map_err(|error| NotStarted::Message(error.to_string()))
}

/// What is said where there is none.
pub fn no_journal(emit: &Emit) -> String {
    format!("there is no journal at {}", emit.common.journal)
}

/// Where requests go, with whose credentials.
pub struct Target {
    at: Where,
    credentials: Option<Credentials>,
}

impl Target {
    /// What is needed to ask there. `own`: the flow may bring credentials of its own.
    pub fn reading(at: Where, own: bool) -> Result<Self, NotStarted> {
        let credentials = match &at {
            Where::Sandbox => Some(sandbox_credentials()),
            Where::Url(_) => credentials(own)?,
        };
        Ok(Self { at, credentials })
    }

    /// What is needed to carry a flow out there. Money moves on the live API only when a person, or `--yes`, says so; a
    /// person is asked once nothing else is missing.
    pub fn moving(
        plan: &Plan,
        at: Where,
        args: &TargetArgs,
        emit: &Emit,
    ) -> Result<Self, NotStarted> {
        let target = Self::reading(at, plan.names_credentials)?;
        if !plan.moves_money || !target.at.live() || args.yes {
            return Ok(target);
        }
        let place = target.at.name();
        if !(emit.terminal.stdin && emit.terminal.stderr) {
            return Err(NotStarted::Message(format!(
                "`{}` moves money at {place}: pass --yes to confirm, or --sandbox to try it without; nothing was sent",
                plan.name
            )));
        }
        let question = format!("`{}` moves real money at {place}. Go on? [y/N] ", plan.name);
        match emit.edge.ask(&question).as_deref() {
            Some("y" | "Y" | "yes") => Ok(target),
            _ => Err(NotStarted::Message("not confirmed; nothing was sent".to_owned())),
        }
    }
}

/// The same for many runs, with one question for all of them; each of `what` is a flow and where it goes.
pub fn confirm_all(what: &[String], args: &TargetArgs, emit: &Emit) -> Result<(), NotStarted> {
    if what.is_empty() || args.yes {
        return Ok(());
    }
    let what = what.join(", ");
    if !(emit.terminal.stdin && emit.terminal.stderr) {
        return Err(NotStarted::Message(format!(
            "it moves money ({what}): pass --yes to confirm; nothing was sent"
        )));
    }
    match emit.edge.ask(&format!("This moves real money: {what}. Go on? [y/N] ")).as_deref() {
        Some("y" | "Y" | "yes") => Ok(()),
        _ => Err(NotStarted::Message("not confirmed; nothing was sent".to_owned())),
    }
}

/// Opens the way to where requests go.
pub async fn world(
    target: Target,
    journal: SqliteJournal,
    stop: Stop,
    emit: &Emit,
) -> Result<World, NotStarted> {
    let Target { at, credentials } = target;
    let base_url = at.name();
    let (url, embedded) = match at {
        Where::Sandbox => {
            let embedded = Embedded::open(journal.place()).await?;
            (BaseUrl::parse(embedded.url())?, Some(embedded))
        }
        Where::Url(url) => (url, None),
    };
    if let (None, Some(own)) = (&embedded, &credentials) {
        emit.secrets.learn([&own.client_id, &own.client_secret]);
    }
    let engine = Engine {
        transport: HttpTransport::new(url)?.hiding(emit.secrets.clone()),
        clock: WallClock,
        journal,
        tokens: Tokens::new(credentials),
        gate: Gate::default(),
        secrets: emit.secrets.clone(),
        stop,
        patience: Patience::ENDLESS,
    };
    Ok(World { engine, sandbox: embedded.is_some(), base_url, embedded })
}

/// What runs whose flows name no credentials of their own lack there, if anything.
pub fn lacking(at: &Where) -> Option<NotStarted> {
    match at {
        Where::Sandbox => None,
        Where::Url(_) => credentials(false).err(),
    }
}

fn sandbox_credentials() -> Credentials {
    Credentials { client_id: Secret::new("sbx_client"), client_secret: Secret::new("sbx_secret") }
}

fn credentials(own: bool) -> Result<Option<Credentials>, NotStarted> {
    match (host::setting("DOLLR_CLIENT_ID")?, host::setting("DOLLR_CLIENT_SECRET")?) {
        (Some(id), Some(secret)) => {
            Ok(Some(Credentials { client_id: Secret::new(id), client_secret: Secret::new(secret) }))
        }
        _ if own => Ok(None),
        (id, _) => {
            let missing = if id.is_none() { "DOLLR_CLIENT_ID" } else { "DOLLR_CLIENT_SECRET" };
            Err(NotStarted::Message(format!(
                "{missing} is not set: set DOLLR_CLIENT_ID and DOLLR_CLIENT_SECRET, or try it with --sandbox; \
                 nothing was sent"
            )))
        }
    }
}

/// A run goes on where it began: its references mean nothing anywhere else.
pub fn same_place(started: &RunStarted, args: &TargetArgs) -> Result<Where, NotStarted> {
    place_of(&started.base_url, started.sandbox, args)
}

/// The place of a run that began at `base_url`.
pub fn place_of(base_url: &str, sandbox: bool, args: &TargetArgs) -> Result<Where, NotStarted> {
    let began = Where::again(base_url, sandbox)?;
    if args.sandbox && !sandbox {
        return Err(NotStarted::Message(format!(
            "the run began at {base_url}, not on the embedded sandbox; resume it there"
        )));
    }
    match &args.base_url {
        Some(_) if sandbox => Ok(began),
        Some(url) => {
            let here = Where::of(&TargetArgs { base_url: Some(url.clone()), ..args.clone() })?;
            match here.continues(base_url) {
                true => Ok(here),
                false => Err(NotStarted::Message(format!(
                    "the run began at {base_url}: its payments mean nothing at another host; nothing was sent"
                ))),
            }
        }
        None => Ok(began),
    }
}
