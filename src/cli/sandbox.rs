//! `sandbox`: the Dollr emulator as a server.

use std::sync::Arc;

use super::args::cli::{SandboxArgs, Timing};
use super::console::Emit;
use super::load::{self, NotStarted};
use super::{exit, exit_report};
use crate::engine::stop::Stop;
use crate::io::host::WallClock;
use crate::io::sandbox::books::Books;
use crate::io::sandbox::server::Door;
use crate::io::sandbox::service::SandboxDoor;
use crate::sandbox::{Settings, Ticks};

/// Serves the sandbox until the process is told to stop.
pub async fn sandbox(args: SandboxArgs, emit: &Emit, stop: Stop) -> u8 {
    match serve(&args, emit, stop).await {
        Ok(()) => exit::SUCCEEDED,
        Err(why) => exit_report::not_started(&why, None, emit),
    }
}

async fn serve(args: &SandboxArgs, emit: &Emit, stop: Stop) -> Result<(), NotStarted> {
    let mut settings = match &args.settings {
        Some(path) => load::settings(&load::source(path)?)?,
        None => Settings::default(),
    };
    if let Some(path) = &args.faults {
        let file = load::faults(&load::source(path)?)?;
        settings.seed = file.seed.unwrap_or(settings.seed);
        settings.faults.extend(file.faults);
    }
    settings.seed = args.seed.unwrap_or(settings.seed);
    settings.ticks = match args.ticks {
        Some(Timing::Poll) => Ticks::Poll,
        Some(Timing::Clock) => Ticks::Clock,
        Some(Timing::Instant) => Ticks::Instant,
        None => settings.ticks,
    };
    let door = Door::open(&args.listen).await?;
    if !door.is_loopback() {
        emit.say("warning: the sandbox is open to other machines; its credentials are public");
    }
    let url = door.url();
    // hosted pages and links lead back here
    settings.public_url = url.trim_end_matches('/').to_owned();
    if emit.json() {
        emit.result_json(&serde_json::json!({ "url": url }));
    } else {
        emit.result(&format!("sandbox listening on {url}"));
    }
    emit.say(&format!(
        "  DOLLR_BASE_URL={url} DOLLR_CLIENT_ID=sbx_client DOLLR_CLIENT_SECRET=sbx_secret"
    ));
    emit.say(&format!("  {url}/ shows what it holds and how to steer it; Ctrl-C ends it"));
    let service = Arc::new(SandboxDoor::new(Arc::new(Books::in_memory(settings)), WallClock));
    door.serve(service, async move { stop.wait().await }).await;
    Ok(())
}
