//! A polite request to stop: the request in hand is finished and written down, then the run pauses.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Asked once, heard by every run of the process. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    asked: AtomicBool,
    bell: Notify,
}

impl Stop {
    /// Asks every run to stop.
    pub fn ask(&self) {
        self.0.asked.store(true, Ordering::SeqCst);
        self.0.bell.notify_waiters();
    }

    /// Whether it was asked.
    pub fn asked(&self) -> bool {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// Returns once it was asked.
    pub async fn wait(&self) {
        let bell = self.0.bell.notified();
        tokio::pin!(bell);
        // registered before the look, so that no ringing is missed between the two
        bell.as_mut().enable();
        if !self.asked() {
            bell.await;
        }
    }
}
