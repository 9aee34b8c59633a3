//! Ctrl-C, SIGTERM and SIGHUP: the first asks the runs to stop. A second Ctrl-C or SIGTERM ends the process at once.
//! Either is safe, because whatever could have been sent is in the journal.

use crate::engine::stop::Stop;

/// Listens for as long as the process lives.
pub fn listen(stop: Stop, exit_code: u8) {
    tokio::spawn(async move {
        let mut signals = Signals::new();
        let mut asked = false;
        loop {
            match signals.next().await {
                // a terminal that closes says so twice, once by its shell and once by itself
                Heard::HangUp => stop.ask(),
                Heard::End if asked => std::process::exit(exit_code.into()),
                Heard::End => {
                    asked = true;
                    stop.ask();
                }
            }
        }
    });
}

enum Heard {
    End,
    HangUp,
}

#[cfg(unix)]
struct Signals {
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let heard = |kind| signal(kind).ok();
        Self {
            interrupt: heard(SignalKind::interrupt()),
            terminate: heard(SignalKind::terminate()),
            // whoever started it with `nohup` wants it to outlive the terminal
            hang_up: if hang_up_is_ignored() { None } else { heard(SignalKind::hangup()) },
        }
    }

    async fn next(&mut self) -> Heard {
        tokio::select! {
            () = come(&mut self.interrupt) => Heard::End,
            () = come(&mut self.terminate) => Heard::End,
            () = come(&mut self.hang_up) => Heard::HangUp,
        }
    }
}

/// Returns when the signal comes; never if nobody listens for it.
#[cfg(unix)]
async fn come(signal: &mut Option<tokio::signal::unix::Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Whether this process was started with SIGHUP ignored. Where the system does not tell, it was not.
#[cfg(unix)]
fn hang_up_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // the first signal of all
    mask.is_some_and(|mask| mask & 1 == 1)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) -> Heard {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Heard::End,
            Err(_) => std::future::pending().await,
        }
    }
}
