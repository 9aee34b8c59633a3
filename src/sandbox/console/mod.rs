//! What the sandbox shows and lets people do beside the API: its page, its state, its audit, and the steering of payments.
//! Enter by [`control`], which answers the paths under `/_sandbox`.

pub(crate) mod audit;
pub(crate) mod control;
pub(crate) mod page;
pub(crate) mod repeats;
pub(crate) mod state;
