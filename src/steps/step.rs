//! The contract every step kind keeps. Pure: a kind turns parameters into requests and replies into
//! verdicts; it never sends, waits or remembers.

use jiff::Timestamp;

use super::decimals::odd;
use super::seen::Seen;
use crate::api::wire::Method;
use crate::base::money::Money;
use crate::base::value::{Map, Number, Value};
use crate::expr::ty::Field;

/// What a lost answer means for a step, and so what may be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Changes nothing: sent again freely.
    Read,
    /// Changes state, but a second time changes nothing more.
    Idempotent,
    /// Makes a thing; twice makes two. Looked up before it is sent again.
    Create,
    /// Makes a thing that does nothing by itself; sent again when its answer is lost.
    Harmless,
    /// Moves money: one reference, asked for before it is ever sent again.
    Money,
    /// Happens here; nothing is sent.
    Local,
}

/// One request a step wants sent. Secrets stay secrets until the transport reveals them.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The HTTP method.
    pub method: Method,
    /// The path, percent-encoded.
    pub path: String,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
    /// The JSON body.
    pub body: Option<Value>,
}

/// What earlier steps of the run brought to light.
pub trait Known {
    /// The outputs of the finished steps of that kind where `field` is `value`.
    fn outputs(&self, kind: &str, field: &str, value: &Value) -> Vec<&Map>;
}

/// Nothing is known.
impl Known for () {
    fn outputs(&self, _kind: &str, _field: &str, _value: &Value) -> Vec<&Map> {
        Vec::new()
    }
}

/// What happened to a step so far, as its kind may know it.
#[derive(Clone, Copy)]
pub struct Progress<'a> {
    /// The bodies of the requests that were answered with success (or adopted), in order.
    pub done: &'a [Value],
    /// A reference for this step alone, the same at every attempt: documents carry it.
    pub mark: &'a str,
    /// The UUID version 4 of this intent to move money.
    pub reference_id: uuid::Uuid,
    /// When the request in doubt was first written down, for matching what the API lists.
    pub intended_at: Option<Timestamp>,
    /// How many times in a row this step was answered "not yet" or "not found".
    pub asked: usize,
    /// When the step began, in the run's own time: spans are counted from there.
    pub began_at: Timestamp,
    /// The date it began on: the same at every attempt, so what is derived from it is sent again as it was.
    pub began_on: Timestamp,
    /// What a person answered to the step's question.
    pub answer: Option<&'a Answer>,
    /// What earlier steps brought to light.
    pub known: &'a dyn Known,
}

/// A person's yes or no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether it was yes.
    pub approved: bool,
    /// Who gave it, where that is known.
    pub by: Option<String>,
}

/// What a [`Class::Local`] step waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// A date.
    On(Timestamp),
    /// A moment of the run's own time.
    At(Timestamp),
}

/// How a step that asks again and again paces itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two questions, at first; it grows while nothing changes.
    pub every_ms: u64,
    /// After this long the run is paused, not failed.
    pub limit_ms: u64,
}

/// A kind's reading of a successful reply.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The step is done.
    Done(Map),
    /// This request is done; ask for the next one.
    Next,
    /// Not final yet; the same request again after a while. The text says what it waits for.
    Again(String),
    /// Not final yet, and asking again is of no use before a person has done something.
    Act {
        /// What it waits for, in the API's word.
        status: String,
        /// What has to be done, in a sentence without a full stop.
        what: String,
    },
    /// The API says it failed, definitely.
    Failed {
        /// What to tell people.
        message: String,
        /// What came back, for outputs of a failed step.
        outputs: Map,
    },
    /// The answer is not what the API promises; for a state change this is no answer at all.
    Unreadable(String),
}

/// What a lookup says about a request whose answer was lost.
#[derive(Debug, Clone, PartialEq)]
pub enum Landed {
    /// It landed; this body stands for the lost answer.
    Yes(Value),
    /// It did not.
    No,
    /// The API can't tell which; a person has to.
    Unsure(String),
}

/// The parameters of a step, accepted by its declared types.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Params(pub Map);

impl Params {
    /// A parameter that was given, and is not null.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| **value != Value::Null)
    }

    /// A text parameter; empty when it was not given.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A parameter as it stands in a path or query; empty when it was not given.
    pub fn plain(&self, name: &str) -> String {
        match self.get(name) {
            Some(Value::Text(text)) => text.clone(),
            Some(Value::Number(n)) => n.to_string(),
            Some(Value::Bool(b)) => b.to_string(),
            _ => String::new(),
        }
    }

    /// Those of the named parameters that were given, as a query.
    pub fn query(&self, names: &[&str]) -> Vec<(String, String)> {
        let given = names.iter().filter(|name| self.get(name).is_some());
        given.map(|name| ((*name).to_owned(), self.plain(name))).collect()
    }

    /// Those of the named parameters that were given, as the fields of an object.
    pub fn fields(&self, names: &[&str]) -> Map {
        names
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), self.get(name)?.clone())))
            .collect()
    }
}

impl Call {
    /// A read.
    pub fn get(path: impl Into<String>, query: Vec<(String, String)>) -> Self {
        Self { method: Method::Get, path: path.into(), query, body: None }
    }

    /// The same, if its amounts are such as their currencies can have.
    pub fn payable(self) -> Result<Self, String> {
        let query = || self.query.iter().map(|(name, text)| (name.clone(), Value::text(text)));
        let odd = match self.body.as_ref().and_then(Value::as_map) {
            Some(body) => odd(body, None),
            None => odd(&query().collect(), None),
        };
        match odd.first() {
            Some(odd) => Err(format!("{}: {}", odd.message(), odd.help())),
            None => Ok(self),
        }
    }

    /// A create.
    pub fn post(path: impl Into<String>, body: Map) -> Self {
        let body = Some(Value::Map(body));
        Self { method: Method::Post, path: path.into(), query: Vec::new(), body }
    }
}

/// Text as one segment of a path.
pub fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A reply's fields as outputs, if it is an object that has the `needed` ones. Those are numbers or texts:
/// anything else there is no answer. Ids are numbers; one that came as digits in quotes is the same id.
pub fn yields(body: &Value, needed: &[&str]) -> Verdict {
    let Some(map) = body.as_map() else {
        return Verdict::Unreadable(format!("an object was expected, {} came", body.sort()));
    };
    for name in needed {
        match map.get(*name) {
            None | Some(Value::Null) => {
                return Verdict::Unreadable(format!("the reply has no `{name}`"));
            }
            Some(Value::Number(_) | Value::Secret(_)) => {}
            Some(Value::Text(text)) if !text.trim().is_empty() => {}
            Some(other) => {
                let sort = other.sort();
                return Verdict::Unreadable(format!("the reply's `{name}` is {sort} or empty"));
            }
        }
    }
    let same = |(name, value): (&String, &Value)| {
        let id = IDS.contains(&name.as_str()).then(|| as_id(value)).flatten();
        (name.clone(), id.unwrap_or_else(|| value.clone()))
    };
    let outputs: Map = map.iter().map(same).collect();
    match needed.iter().find(|name| IDS.contains(name) && !is_id(outputs.get(**name))) {
        Some(name) => Verdict::Unreadable(format!("the reply's `{name}` is no id")),
        None => Verdict::Done(outputs),
    }
}

/// Fields of replies that later requests refer to things by.
const IDS: &[&str] = &[
    "id",
    "party_id",
    "counterparty_id",
    "source_id",
    "wallet_id",
    "payment_intent_id",
    "payment_account_id",
    "payout_account_id",
];

fn as_id(value: &Value) -> Option<Value> {
    let text = value.as_str()?;
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    Number::parse(text).filter(|_| digits).map(Value::Number)
}

fn is_id(value: Option<&Value>) -> bool {
    matches!(value, Some(Value::Number(n)) if n.as_str().bytes().all(|byte| byte.is_ascii_digit()))
}

/// A step kind.
pub trait Step: Sync + Send + 'static {
    /// Its name in `uses`.
    fn name(&self) -> &'static str;

    /// One sentence that says what it does.
    fn summary(&self) -> &'static str;

    /// A step as it would stand in a flow, YAML.
    fn example(&self) -> &'static str;

    /// What a lost answer means.
    fn class(&self, params: &Params) -> Class;

    /// The parameters it takes. Empty for kinds whose parameters are free.
    fn params(&self) -> &'static [Field];

    /// What it yields.
    fn outputs(&self) -> &'static [Field];

    /// Whether it may yield more fields than it declares (`find`, `request`).
    fn open_outputs(&self) -> bool {
        false
    }

    /// What the types of single parameters can't say, such as "either this or that". Names the parameter at fault.
    fn refuse(&self, _given: &[&str]) -> Option<(&'static str, String)> {
        None
    }

    /// The request to send now, or why none can be. A [`Class::Local`] kind sends none.
    fn request(&self, params: &Params, progress: &Progress<'_>) -> Result<Call, String> {
        let _ = (params, progress);
        Err(format!("`{}` sends nothing", self.name()))
    }

    /// Reads a successful reply's body.
    fn read(&self, params: &Params, body: &Value, progress: &Progress<'_>) -> Verdict {
        let _ = (params, progress);
        yields(body, &[])
    }

    /// Reads a 404 that is an answer rather than a mistake; `None` where it is a mistake.
    fn missing(&self, _params: &Params, _progress: &Progress<'_>) -> Option<Verdict> {
        None
    }

    /// Decides a [`Class::Local`] step.
    fn local(&self, _params: &Params, _progress: &Progress<'_>) -> Verdict {
        Verdict::Done(Map::new())
    }

    /// A [`Class::Local`] step is not decided before this.
    fn due(&self, _params: &Params, _progress: &Progress<'_>) -> Option<Due> {
        None
    }

    /// What a [`Class::Local`] step asks a person; it is decided once there is an answer.
    fn question(&self, _params: &Params) -> Option<String> {
        None
    }

    /// What a [`Class::Money`] step moves, where earlier steps make that known.
    fn moves(&self, _params: &Params, _progress: &Progress<'_>) -> Option<Money> {
        None
    }

    /// The document that a [`Class::Money`] step collects, where earlier steps make that known.
    fn collects(&self, _params: &Params, _known: &dyn Known) -> Option<Seen> {
        None
    }

    /// The document that a step which is done made, changed or looked at, as its outputs tell it.
    fn document(&self, _params: &Params, outputs: &Map) -> Option<Seen> {
        Seen::in_outputs(outputs)
    }

    /// The read that tells whether anything else moved what a [`Class::Money`] step wants to move.
    fn fence(&self, _params: &Params, _progress: &Progress<'_>) -> Option<Call> {
        None
    }

    /// After this moment a lost request of a [`Class::Money`] step can no longer land.
    fn deadline(&self, _params: &Params, _progress: &Progress<'_>) -> Option<Timestamp> {
        None
    }

    /// How a step that answers [`Verdict::Again`] paces itself.
    fn pace(&self, _params: &Params) -> Option<Pace> {
        None
    }

    /// The read that tells whether a lost request landed; `None` where the API has none.
    fn lookup(&self, _params: &Params, _progress: &Progress<'_>) -> Option<Call> {
        None
    }

    /// Reads the lookup's reply; `None` as the body stands for 404.
    fn landed(&self, _params: &Params, _body: Option<&Value>, _progress: &Progress<'_>) -> Landed {
        Landed::No
    }
}
