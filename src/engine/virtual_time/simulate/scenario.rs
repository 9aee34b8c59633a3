//! What a simulation plays, and which of the runner's guards is taken away.

use std::hash::Hash;
use std::sync::Arc;

use crate::base::secret::Secret;
use crate::base::value::Map;
use crate::flow::plan::Plan;
use crate::sandbox::{Ledger, Settings};

/// A guard of the runner that is taken away, to see whether anybody notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sabotage {
    /// Intents are not durable before the request leaves.
    WriteAhead,
    /// Every process makes a reference of its own.
    SameReference,
    /// Lookups find nothing.
    Lookup,
    /// The source always reads untouched.
    Fence,
    /// Two processes carry the run out at once.
    Lock,
    /// Waits end by the clock that the run began under, however far that was set back since.
    OwnTime,
    /// The API's time is taken to be this machine's.
    ApiTime,
    /// A payment that failed is not asked for again before another is made in its stead.
    AskAgain,
    /// That an answer contradicts an earlier one is not seen.
    Contradiction,
    /// That an answer is about something else is not seen.
    Stranger,
}

/// What is simulated.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The recipe.
    pub plan: Arc<Plan>,
    /// Its inputs.
    pub inputs: Map,
    /// Its secrets.
    pub secrets: indexmap::IndexMap<String, Secret>,
    /// The server's settings, for new books.
    pub settings: Settings,
    /// The server's books as the run finds them; none for new ones.
    pub books: Option<Arc<Ledger>>,
    /// Whether requests may arrive after the client gave up on them.
    pub late_delivery: bool,
    /// Whether the server may say once what is not so. A run that fails is begun anew then.
    pub fickle: bool,
    /// Which guard is taken away.
    pub sabotage: Option<Sabotage>,
}
