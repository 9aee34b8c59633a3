//! The faults still to come, and which request each befalls.

use super::fault::Fault;
use super::mishap::Mishap;
use super::prng::Prng;
use crate::sandbox::operations::Operation;

/// The faults still to come.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct FaultQueue {
    queued: Vec<Queued>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Queued {
    fault: Fault,
    seen: u32,
    left: Option<u32>,
}

impl FaultQueue {
    /// A queue of faults.
    pub(crate) fn new(faults: &[Fault]) -> Self {
        let mut queue = Self::default();
        faults.iter().for_each(|fault| queue.push(fault.clone()));
        queue
    }

    /// Adds a fault.
    pub(crate) fn push(&mut self, fault: Fault) {
        let left = fault.most();
        self.queued.push(Queued { fault, seen: 0, left });
    }

    /// The faults that had to befall a request, and have befallen none.
    pub(crate) fn idle(&self) -> impl Iterator<Item = String> {
        let idle = |queued: &&Queued| {
            queued.fault.probability.is_none() && queued.left == queued.fault.most()
        };
        self.queued.iter().filter(idle).map(|queued| queued.fault.shown())
    }

    /// Forgets them all.
    pub(crate) fn clear(&mut self) {
        self.queued.clear();
    }

    /// The faults still to come, with how many requests fitted so far and how many they will befall yet.
    pub(crate) fn json(&self) -> serde_json::Value {
        let row = |queued: &Queued| {
            let mut json = serde_json::json!(queued.fault);
            json["seen"] = queued.seen.into();
            json["left"] = queued.left.into();
            json
        };
        self.queued.iter().map(row).collect()
    }

    /// The same for people, as texts.
    pub(crate) fn rows(&self) -> Vec<serde_json::Value> {
        let row = |Queued { fault, seen, left }: &Queued| {
            let from = format!("from request {} on", fault.nth.unwrap_or(1));
            let when = match fault.probability {
                Some(likely) => format!("{from}, with probability {likely}"),
                None => from,
            };
            serde_json::json!({
                "action": fault.action_name(),
                "for": fault.target(),
                "when": when,
                "seen": seen.to_string(),
                "left": left.map_or_else(|| "no end".to_owned(), |left| left.to_string()),
            })
        };
        self.queued.iter().map(row).collect()
    }

    /// What befalls a request: the first fault that is due for it.
    pub(crate) fn pick(
        &mut self,
        operation: &Operation,
        path: &str,
        prng: &mut Prng,
        delay_ms: u64,
    ) -> Option<Mishap> {
        let mut mishap = None;
        for queued in &mut self.queued {
            if !queued.fault.matches(operation, path) {
                continue;
            }
            queued.seen = queued.seen.saturating_add(1);
            if mishap.is_some() || queued.seen < queued.fault.nth.unwrap_or(1) {
                continue;
            }
            if queued.fault.probability.is_some_and(|likely| prng.fraction() >= likely) {
                continue;
            }
            queued.left = queued.left.map(|left| left.saturating_sub(1));
            mishap = Some(queued.fault.mishap(delay_ms));
        }
        self.queued.retain(|queued| queued.left != Some(0));
        mishap
    }
}
