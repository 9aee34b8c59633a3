//! The sandbox of this process, on a loopback port of its own, with its books beside the journal.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::books::Books;
use super::server::Door;
use super::service::SandboxDoor;
use crate::io::host::WallClock;
use crate::io::journal::location::JournalPlace;
use crate::sandbox::Settings;

/// A sandbox that runs until it is closed.
#[derive(Debug)]
pub struct Embedded {
    url: String,
    end: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

impl Embedded {
    /// Opens the books beside a journal and serves them. Waits a while if another process has them.
    pub async fn open(place: &JournalPlace) -> Result<Self, String> {
        let door = Door::open("127.0.0.1:0").await?;
        let url = door.url();
        let settings = Settings { public_url: url.clone(), ..Settings::default() };
        let path = place.books();
        let opened = tokio::task::spawn_blocking(move || Books::open(&path, settings));
        let books =
            opened.await.map_err(|error| format!("the sandbox did not start: {error}"))??;
        let service = Arc::new(SandboxDoor::new(Arc::new(books), WallClock));
        let (end, ended) = oneshot::channel();
        let done = tokio::spawn(async move {
            // a sandbox nobody can close any more ends too
            door.serve(service, async { drop(ended.await) }).await;
        });
        Ok(Self { url, end, done })
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends it and lets the books go.
    pub async fn close(self) {
        drop(self.end);
        // it ends by itself, or has ended already
        let _ = self.done.await;
    }
}
