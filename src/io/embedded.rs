//! The sandbox inside this process, on a loopback port of its own.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::books::{Books, Opening};
use super::host::WallClock;
use super::journal_place::JournalPlace;
use super::sandbox_door::SandboxDoor;
use super::serve::Door;
use crate::sandbox::Settings;

/// A sandbox that lasts as long as this value.
#[derive(Debug)]
pub struct Embedded {
    url: String,
    end: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Embedded {
    /// Opens the books beside the journal, and the door.
    pub async fn open(place: &JournalPlace) -> Result<Self, String> {
        let path: PathBuf = place.books();
        let opened = tokio::task::spawn_blocking(move || {
            Books::open(&path, Settings::default(), Opening::Continue)
        });
        let books =
            opened.await.map_err(|error| format!("the sandbox did not open: {error}"))??;
        let door = Door::open("127.0.0.1:0").await?;
        let url = door.url();
        let (end, ended) = oneshot::channel::<()>();
        let service = Arc::new(SandboxDoor::new(Arc::new(books), WallClock));
        let served = tokio::spawn(door.serve(service, async move {
            // a dropped sender ends it as well
            let _ = ended.await;
        }));
        Ok(Self { url, end, served })
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Closes the door and the books.
    pub async fn close(self) {
        let _ = self.end.send(());
        // however the task ended, the books were written as requests came
        let _ = self.served.await;
    }
}
