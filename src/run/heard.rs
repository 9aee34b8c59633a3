//! What the API said of each payment and document in the course of a run, and whether it contradicts itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::outcome::{Failure, FailureKind};
use crate::api::asked::{Asked, Subject};
use crate::base::value::Value;

/// One word of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The status, in the API's word.
    pub status: String,
    /// The step that was told so.
    pub step: String,
    /// Whether it was asked apart from the run.
    pub apart: bool,
    /// When.
    pub at: Timestamp,
    /// The number of the event.
    pub n: u64,
}

/// What a word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// It is done: the money moved.
    Done,
    /// It is not, and will not be.
    Failed,
    /// Neither yet.
    Open,
}

/// Everything the API said of one thing.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// Its last word.
    last: Option<Said>,
    /// Its last word since the run was last taken up.
    since: Option<Said>,
    /// The first time it said done.
    done: Option<Said>,
    /// Two words that contradict each other, until the run is taken up again.
    turned: Option<Box<[Said; 2]>>,
}

/// What the API said of all there is in a run.
#[derive(Debug, Clone, Default)]
pub struct Words {
    about: BTreeMap<Subject, Heard>,
    /// What steps ask about, and since which event.
    asking: BTreeMap<String, (Asked, u64)>,
}

impl Said {
    /// What it means. A word that is not known is not final.
    pub fn meaning(&self) -> Meaning {
        match self.status.as_str() {
            "COMPLETED" | "PAID" => Meaning::Done,
            "FAILED" | "CANCELED" | REFUSED => Meaning::Failed,
            _ => Meaning::Open,
        }
    }

    fn told(&self) -> String {
        let at = self.at.strftime("%Y-%m-%d %H:%M:%SZ");
        match self.apart {
            true => format!("{} when it was asked again at {at}", self.status),
            false => format!("{} to step `{}` at {at}", self.status, self.step),
        }
    }
}

/// What stands for a word of an API that refused a payment.
const REFUSED: &str = "no (it refused the request)";

impl Heard {
    /// Its last word.
    pub fn last(&self) -> Option<&Said> {
        self.last.as_ref()
    }

    /// Two words that contradict each other, where nobody can say which holds.
    pub fn torn(&self) -> Option<[&Said; 2]> {
        if let Some(turned) = &self.turned {
            let [first, then] = turned.as_ref();
            return Some([first, then]);
        }
        let last = self.last.as_ref().filter(|last| last.meaning() == Meaning::Failed)?;
        self.done.as_ref().map(|done| [done, last])
    }

    /// One word more, in answer to a question that was asked after the event `asked`.
    fn hear(&mut self, said: Said, asked: u64) {
        let meaning = said.meaning();
        let before = self.since.as_ref().filter(|before| before.meaning() != Meaning::Open);
        let contradicted = match (before, &self.done) {
            // an answer that was overtaken by a newer one tells nothing
            (Some(before), _) if meaning == Meaning::Open && asked < before.n => return,
            (Some(before), _) if before.meaning() != meaning => Some(before),
            (_, Some(done)) if meaning == Meaning::Failed => Some(done),
            _ => None,
        };
        if let (Some(first), None) = (contradicted, &self.turned) {
            self.turned = Some(Box::new([first.clone(), said.clone()]));
        }
        if meaning == Meaning::Done {
            self.done.get_or_insert_with(|| said.clone());
        }
        self.since = Some(said.clone());
        self.last = Some(said);
    }
}

impl Words {
    /// What was said of a payment.
    pub fn of_payment(&self, reference: Uuid) -> Option<&Heard> {
        self.about.get(&Subject::Payment(reference))
    }

    /// Two words about one thing that contradict each other.
    pub fn torn(&self, subject: &Subject) -> Option<[&Said; 2]> {
        self.about.get(subject)?.torn()
    }

    /// A step is about to ask.
    pub(super) fn ask(&mut self, step: &str, asked: Asked, n: u64) {
        match asked.subject {
            Some(_) => drop(self.asking.insert(step.to_owned(), (asked, n))),
            None => drop(self.asking.remove(step)),
        }
    }

    /// A step was answered with success. Returns what the answer is about, if it says how that stands.
    pub(super) fn answered(&mut self, step: &str, body: &Value, at: Timestamp, n: u64) {
        let Some((asked, since)) = self.asking.remove(step) else { return };
        if let (Some(subject), Some(status)) = (&asked.subject, status(&asked, body)) {
            let said = Said { status, step: step.to_owned(), apart: false, at, n };
            self.about.entry(subject.clone()).or_default().hear(said, since);
        }
    }

    /// The API was asked for a payment apart from the run. `refused` if it had never said a word of it but no.
    pub(super) fn reconciled(
        &mut self,
        (step, reference): (&str, Uuid),
        body: &Value,
        refused: Option<Timestamp>,
        (at, n): (Timestamp, u64),
    ) {
        let subject = Subject::Payment(reference);
        let asked = Asked::of(&format!("/v1/status/any/{reference}"), &[], None);
        let asked = asked.without("operation_type");
        let Some(status) = status(&asked, body) else { return };
        let heard = self.about.entry(subject).or_default();
        let word = |status: String, apart, at| Said { status, step: step.to_owned(), apart, at, n };
        if let (Some(refused), None) = (refused, &heard.last) {
            heard.hear(word(REFUSED.to_owned(), false, refused), n);
        }
        // a process that died between the answer and the end of its step does not make the answer unsaid
        if heard.since.is_none() {
            heard.since.clone_from(&heard.last);
        }
        heard.hear(word(status, true, at), n);
    }

    /// The run is taken up again: what was contradictory is asked anew.
    pub(super) fn afresh(&mut self) {
        self.asking.clear();
        for heard in self.about.values_mut() {
            heard.turned = None;
            heard.since = None;
        }
    }
}

fn status(asked: &Asked, body: &Value) -> Option<String> {
    let status = body.get("status").and_then(Value::as_str)?;
    asked.stranger(body).is_none().then(|| status.to_owned())
}

/// Why nobody can say how something stands: both words, as they were heard.
pub(super) fn contradiction(subject: &Subject, [first, then]: [&Said; 2]) -> Failure {
    let (what, reference_id) = match subject {
        Subject::Payment(reference) => (format!("payment {reference}"), Some(*reference)),
        Subject::Source(kind, id) => (format!("{} {id}", kind.to_lowercase()), None),
    };
    let message = format!(
        "the API contradicts itself about {what}: it said {}, and then {}",
        first.told(),
        then.told()
    );
    let mut failure = Failure::new(FailureKind::Unclear, message);
    failure.reference_id = reference_id;
    failure
}
