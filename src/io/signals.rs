//! Ctrl-C and SIGTERM: the first asks the runs to stop, the second ends the process at once. Either is
//! safe, because whatever could have been sent is in the journal.

use crate::engine::stop::Stop;

/// Listens for as long as the process lives.
pub fn listen(stop: Stop, exit_code: u8) {
    tokio::spawn(async move {
        next().await;
        stop.ask();
        next().await;
        std::process::exit(exit_code.into());
    });
}

#[cfg(unix)]
async fn next() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn next() {
    let _ = tokio::signal::ctrl_c().await;
}
