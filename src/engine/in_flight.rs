//! A request on its way: written down already, and heard of once it is answered or lost.

use std::time::Duration;

use jiff::SignedDuration;

use super::gate::{Gate, Passed};
use super::ports::{Clock, Transport};
use super::stop::Stop;
use crate::base::secret::Secret;
use crate::run::delivery::{Cause, CauseKind, Delivery};
use crate::run::event::Purpose;
use crate::steps::step::Call;

/// A request that may leave.
pub(crate) struct Flight {
    /// The step it is for.
    pub step: String,
    /// What it is for.
    pub purpose: Purpose,
    /// What is sent.
    pub call: Call,
    /// The token it goes with.
    pub token: Option<Secret>,
    /// How long its answer may take.
    pub timeout: Duration,
    /// How long it may be held back.
    pub hold: SignedDuration,
}

/// A request of which it is known what became.
pub(crate) struct Landed {
    /// The step it was for.
    pub step: String,
    /// What it was for.
    pub purpose: Purpose,
    /// What became of it.
    pub delivery: Delivery,
}

impl Flight {
    /// Sends it, as soon as nothing holds it back.
    pub async fn land<T: Transport, C: Clock>(
        self,
        (transport, clock, gate, stop): (&T, &C, &Gate, &Stop),
    ) -> Landed {
        let Self { step, purpose, call, token, timeout, hold } = self;
        let unsent = |message: String| Delivery::Never(Cause::new(CauseKind::Other, message));
        // another request may have been told to wait while this one was written down
        let delivery = match gate.reopen(clock, stop, hold).await {
            Passed::Open => {
                let sent_at = clock.now();
                let sent = transport.send(&call, token.as_ref(), timeout).await;
                gate.heed(&sent, sent_at, clock.now());
                sent
            }
            Passed::Held(until) => {
                unsent(format!("not sent: the API asks to be left alone until {until:.0}"))
            }
            Passed::Stopped => unsent("told to stop before it was sent".to_owned()),
        };
        Landed { step, purpose, delivery }
    }
}
