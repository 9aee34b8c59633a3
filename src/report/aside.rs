//! What there is to say of a run's end beside its events: what was so before this command, and commands that fit this place.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::money::{Movement, Standing};
use crate::base::shell;
use crate::steps::seen::Seen;

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Aside {
    /// The payments that had moved before this command began.
    pub before: BTreeSet<Uuid>,
    /// A recipe at hand that cancels documents.
    pub canceller: Option<Canceller>,
    /// How commands are spelled here.
    pub commands: Commands,
}

/// A recipe that cancels a document.
#[derive(Debug, Clone)]
pub struct Canceller {
    /// Its file.
    pub file: String,
    /// The inputs it has to be given.
    pub needs: Vec<String>,
    /// What leads to where the run went, such as `--sandbox`.
    pub target: Vec<String>,
}

/// How commands are spelled in advice: with the journal that this one was given.
#[derive(Debug, Clone, Default)]
pub struct Commands {
    /// The journal, if it has to be named.
    pub journal: Option<String>,
}

impl Commands {
    /// A text with the commands in it spelled so that they work when they are copied.
    pub fn fit(&self, text: &str) -> String {
        match &self.journal {
            Some(journal) => {
                let named = format!("`dollr-flow --journal {} ", shell::quoted(journal));
                text.replace("`dollr-flow ", &named)
            }
            None => text.to_owned(),
        }
    }
}

impl Aside {
    /// Whether a payment had moved before this command began.
    pub fn had_moved(&self, movement: &Movement) -> bool {
        movement.standing == Standing::Moved && self.before.contains(&movement.reference_id)
    }

    /// The command that cancels a document, if there is a recipe for it.
    fn cancel(&self, seen: &Seen) -> Option<String> {
        let Canceller { file, needs, target } = self.canceller.as_ref()?;
        let known = [("number", &seen.number), ("id", &seen.id)];
        let known = known
            .into_iter()
            .filter_map(|(what, value)| Some((format!("{}_{what}", seen.noun), value.as_ref()?)));
        let known: Vec<(String, &String)> = known.collect();
        let given: Option<Vec<String>> = needs
            .iter()
            .map(|need| {
                let (name, value) = known.iter().find(|(name, _)| name == need)?;
                Some(format!("{name}={value}"))
            })
            .collect();
        let given = given.filter(|given| !given.is_empty())?;
        let inputs = given.iter().flat_map(|pair| ["-i", pair.as_str()]);
        let words = ["dollr-flow", "run", file.as_str()].into_iter().chain(inputs);
        Some(shell::command(words.chain(target.iter().map(String::as_str))))
    }

    /// What was left open, and how to take it back, a line each.
    pub fn left(&self, seen: &Seen) -> Vec<String> {
        let total = seen.total.map_or(String::new(), |total| format!(" ({total})"));
        let name = format!("{}{total}", seen.name());
        if seen.status.as_deref() != Some("ACTIVE") {
            return vec![format!("{name} was made; it is a draft, so nobody can pay it")];
        }
        let link = match (&seen.url, seen.by_link) {
            (Some(url), _) => format!(", at {url} too"),
            (None, Some(true)) => ", by its payment link too".to_owned(),
            (None, _) => String::new(),
        };
        let how = match (self.cancel(seen), &seen.id) {
            (Some(command), _) => format!("to cancel it: `{command}`"),
            (None, Some(id)) => format!(
                "to cancel it: a step `uses: cancel` with `{}_id: {id}`, or DELETE {}",
                seen.noun,
                path(seen, id)
            ),
            (None, None) => "cancel it if nobody is to pay it".to_owned(),
        };
        vec![format!("{name} stands open: it can still be paid{link}"), self.commands.fit(&how)]
    }

    /// The same for machines.
    pub fn left_json(&self, seen: &Seen) -> Json {
        json!({
            "document": seen.noun,
            "id": seen.id,
            "number": seen.number,
            "status": seen.status,
            "amount": seen.total.map(|total| total.to_string()),
            "payment_link": seen.by_link,
            "url": seen.url,
            "cancel": seen.id.as_ref().map(|id| format!("DELETE {}", path(seen, id))),
        })
    }
}

fn path(seen: &Seen, id: &str) -> String {
    format!("/v1/{}s/cancel/{id}", seen.noun)
}
