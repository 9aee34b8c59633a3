//! A person's yes or no: typed at the terminal, or handed in with `resume`.

use super::args::cli::ResumeArgs;
use super::console::Emit;
use super::load::NotStarted;
use crate::engine::stop::Stop;
use crate::io::host;
use crate::run::decide::question;
use crate::run::event::Event;
use crate::run::outcome::FailureKind;
use crate::run::pii::Pii;
use crate::run::state::State;

/// An answer from the command line, for the step it names.
#[derive(Debug, Clone)]
pub struct Given {
    step: String,
    approved: bool,
}

impl Given {
    /// What the command line says.
    pub fn of(args: &ResumeArgs) -> Option<Self> {
        let yes = args.approve.as_ref().map(|step| (step, true));
        let (step, approved) = yes.or(args.reject.as_ref().map(|step| (step, false)))?;
        Some(Self { step: step.clone(), approved })
    }

    /// The answer as a fact, if that step of the run asks for one just now.
    pub fn fact(&self, state: &State) -> Result<Event, NotStarted> {
        match question(state) {
            Some((step, _)) if step == self.step => Ok(answered(step, self.approved)),
            Some((step, _)) => Err(NotStarted::Message(format!(
                "it is the step `{step}` that asks, not `{}`; nothing was answered",
                self.step
            ))),
            None => Err(NotStarted::Message(format!(
                "the step `{}` of run {} asks nothing now; nothing was answered",
                self.step, state.run
            ))),
        }
    }
}

/// Asks the person at the terminal what a paused run waits for. None where nobody is there, or nothing is said, or
/// the process is told to stop meanwhile.
pub async fn ask(state: &State, emit: &Emit, stop: &Stop) -> Option<Event> {
    let failure = state.finished.as_ref()?.failure.as_ref()?;
    if failure.kind != FailureKind::Approval || !(emit.terminal.stdin && emit.terminal.stderr) {
        return None;
    }
    let (step, question) = question(state)?;
    let question = Pii::of(state, emit.common.show_pii).text(&question);
    let edge = emit.edge.clone();
    let asked = move || edge.ask(&format!("{question} [y/n; Enter decides later] "));
    let typed = tokio::select! {
        typed = tokio::task::spawn_blocking(asked) => typed.ok().flatten()?,
        () = stop.wait() => return None,
    };
    match typed.to_lowercase().as_str() {
        "y" | "yes" => Some(answered(step, true)),
        "n" | "no" => Some(answered(step, false)),
        _ => None,
    }
}

fn answered(step: String, approved: bool) -> Event {
    Event::Answered { step, approved, by: host::person() }
}
