//! The journal of a world that has one run at a time, in memory.

use std::future::pending;

use crate::base::ids::RunId;
use crate::engine::ports::{Entry, FlowText, Journal, JournalError, Record, RunFilter, RunRow};

/// Where the records of the one run are.
pub trait Pages: Send + Sync {
    /// Writes records down; false if the process died at it.
    fn write(&self, entry: Entry) -> bool;

    /// What is written.
    fn read(&self) -> Vec<Record>;
}

/// The journal over such pages.
#[derive(Debug)]
pub struct OneRun<P>(pub P);

impl<P: Pages> Journal for OneRun<P> {
    type Lock = ();

    async fn append(&self, entry: Entry) -> Result<(), JournalError> {
        match self.0.write(entry) {
            true => Ok(()),
            // nobody is there any more to hear of it
            false => pending().await,
        }
    }

    async fn load(&self, _run: RunId) -> Result<Vec<Record>, JournalError> {
        Ok(self.0.read())
    }

    async fn row(&self, _run: RunId) -> Result<Option<RunRow>, JournalError> {
        Ok(None)
    }

    async fn rows(&self, _filter: RunFilter) -> Result<Vec<RunRow>, JournalError> {
        Ok(Vec::new())
    }

    async fn find_key(&self, _flow: &str, _key: &str) -> Result<Option<RunRow>, JournalError> {
        Ok(None)
    }

    async fn find_keys(
        &self,
        _flow: &str,
        _keys: Vec<String>,
    ) -> Result<Vec<RunRow>, JournalError> {
        Ok(Vec::new())
    }

    async fn find_run(&self, prefix: &str) -> Result<RunId, JournalError> {
        Err(JournalError::NoSuchRun(prefix.to_owned()))
    }

    async fn flow(&self, _digest: &str) -> Result<Option<FlowText>, JournalError> {
        Ok(None)
    }

    async fn lock(&self, _run: RunId) -> Result<(), JournalError> {
        Ok(())
    }

    async fn lock_batch(&self, _batch: &str) -> Result<(), JournalError> {
        Ok(())
    }
}
