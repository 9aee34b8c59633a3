//! Carrying a run to its end, with a person's answers on the way.

use super::console::Emit;
use super::target::World;
use super::{approval, exit_report};
use crate::engine::engine::Broken;
use crate::run::event::Event;
use crate::run::reporter::Watch;
use crate::run::state::State;

/// Carries a run to its end and tells how it ended. The caller holds the run's lock.
pub async fn drive(
    mut world: World,
    state: &mut State,
    mut watch: Box<dyn Watch>,
    emit: &Emit,
) -> u8 {
    world.engine.patience = emit.patience();
    let before = exit_report::moved(state);
    let ended = loop {
        let ended = world.engine.drive(state, &mut watch).await;
        // the display would draw over the question
        drop(watch);
        let answer = match &ended {
            Ok(_) => approval::ask(state, emit, &world.engine.stop).await,
            Err(_) => None,
        };
        let Some(answer) = answer else { break ended };
        watch = emit.watch();
        if let Err(error) = go_on(&world, state, Some(answer), &mut watch).await {
            break Err(error);
        }
    };
    world.close().await;
    match ended {
        Ok(finished) => exit_report::ended(state, &finished, before, emit),
        Err(error) => exit_report::broken(state, &error, emit),
    }
}

/// Takes up a run that stopped, with a person's answer if there is one.
pub async fn go_on(
    world: &World,
    state: &mut State,
    answer: Option<Event>,
    watch: &mut Box<dyn Watch>,
) -> Result<(), Broken> {
    world.engine.take_up(state, watch).await?;
    match answer {
        Some(answer) => world.engine.note(state, answer).await,
        None => Ok(()),
    }
}
