//! dollr-flow: a declarative workflow runner for the Dollr payments API that always knows what happened to the money.
//!
//! # The house
//!
//! Folders are floors. A folder imports only from floors below its own.
//!
//! | floor | folder | what lives there |
//! |---|---|---|
//! | 8 | [`cli`] | one verb per file, and the exit codes |
//! | 7 | [`io`] | the only place that touches the world: HTTP, the journal's file, locks, the clock, the terminal |
//! | 6 | [`engine`] | the loops that carry out what floor 4 decides, the ports they need, and the simulation |
//! | 6 | [`report`] | events and states as progress, summaries, JSON, tables, carets |
//! | 5 | [`recipe_test`] | pure: recipe tests, what they say and whether it came so |
//! | 4 | [`run`] | pure: events, state, the decision what happens next, recovery |
//! | 3 | [`flow`] | the flow file, its check, and the plan a checked flow becomes |
//! | 2 | [`steps`] | the step kinds, one file each |
//! | 2 | [`sandbox`] | the Dollr emulator, pure |
//! | 1 | [`api`], [`expr`] | the wire contract; types, templates and scopes |
//! | 0 | [`base`] | values, money, secrets, ids, places in texts |
//!
//! # Words, used one way only
//!
//! A *Flow* is the file; a *Plan* is a checked flow; a *Run* carries a plan out, *Step* by step; a *Kind* is what a step uses,
//! unless it uses another flow. A *Frame* is one flow of a run under way; frames stand in each other as the flows do.
//! An *Event* is a past-tense fact, an *Action* a wish. A *Delivery* says what became of a request (never left, may have
//! arrived, answered), a *Verdict* how a step reads a reply, an *Outcome* how a run ended. The *Journal* keeps the events;
//! the *Ledger* is the sandbox's books. A *Trial* is a test of a recipe. A *Source* is an invoice or an order; a *Session* holds an intent to move money, an
//! *Execution* moves it.
//!
//! # Invariants
//!
//! `Architecture invariant:` everything on floors 0 to 5 is pure and synchronous: no clock, randomness, environment, file, socket
//! or async.
//!
//! `Architecture invariant:` only [`io`] touches the world.
//!
//! `Architecture invariant:` [`run::decide::decide`] is the only place that chooses what happens next, and [`run::state::State`] is
//! the fold of the journal's events. The same choice is made live, on resume and in simulation.
//!
//! `Architecture invariant:` the journal is not a reporter. It is written before the request, and a failed append stops the run;
//! reporters hear after, and can't stop anything.
//!
//! `Architecture invariant:` [`steps`] and [`sandbox`] never see each other: the sandbox is a second opinion, not an echo.
//!
//! `Architecture invariant:` randomness enters a run once, as the seed in its first event; ids derive from it. The time that
//! reaches a decision is the time of the last event.
//!
//! `Architecture invariant:` a secret's type serialises and prints as `***`, so the journal can't hold one.
//!
//! `Architecture invariant:` what is written for people or programs passes [`io::streams`]: secrets are masked there in whatever form,
//! and letters without a shape are written out. No other file names the process's streams.
//!
//! `Architecture invariant:` money is an exact decimal from file to socket.
//!
//! `tests/it/tidy/` holds the first two, the sizes of files and functions, and that no files lead back to each other, by reading the sources.
//!
//! # A day of `flows/collect.yaml`
//!
//! `cli/run.rs` gets the text through `io/disk.rs`; `flow::check` makes it a plan or says everything that is wrong;
//! `engine/engine.rs` appends `RunStarted` with the flow's digest and a seed; `decide` says send `party`; `RequestIntended` is
//! appended and made durable, the request is sent, `ReplyObserved` is appended and applied, reporters are told; and so on.
//! When the answer of `execute` is lost, the delivery is `Maybe`, and `decide` says ask for the status of the reference. `poll`
//! reads `PROCESSING`: wait. `RunFinished`. `runs show` folds the same events again.

pub mod api;
pub mod base;
pub mod cli;
pub mod engine;
pub mod expr;
pub mod flow;
pub mod io;
pub mod recipe_test;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod steps;
