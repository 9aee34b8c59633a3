//! Phones and emails are shown masked, wherever they turn up.

use std::collections::BTreeSet;

use super::event::Event;
use super::state::State;
use crate::base::value::{Map, Value};

/// The API's fields that hold personal data.
const FIELDS: &[&str] =
    &["phone", "party_phone", "insensitive_account_number", "email", "party_email"];

/// The personal data of one run, to be masked in all that is shown of it.
#[derive(Debug, Clone, Default)]
pub struct Pii {
    show: bool,
    values: BTreeSet<String>,
}

impl Pii {
    /// Masks nothing.
    pub fn shown() -> Self {
        Self { show: true, values: BTreeSet::new() }
    }

    /// The personal data that a run was given or got to know.
    pub fn of(state: &State, show: bool) -> Self {
        if show {
            return Self::shown();
        }
        let mut pii = Self::default();
        pii.learn_map(&state.started.inputs);
        state.root.each(&mut |at| {
            pii.learn_map(&at.step.outputs);
            at.step.turns.iter().for_each(|outputs| pii.learn_map(outputs));
            let intent = at.step.exchange.intended.as_ref();
            intent
                .and_then(|intent| intent.body.as_ref())
                .into_iter()
                .for_each(|body| pii.learn(body));
        });
        pii
    }

    /// The same, from the events of a run alone.
    pub fn of_events<'a>(events: impl IntoIterator<Item = &'a Event>, show: bool) -> Self {
        if show {
            return Self::shown();
        }
        let mut pii = Self::default();
        for event in events {
            match event {
                Event::RunStarted(started) => pii.learn_map(&started.inputs),
                Event::RequestIntended(intent) => intent.body.iter().for_each(|b| pii.learn(b)),
                Event::TurnSucceeded { outputs, .. }
                | Event::StepSucceeded { outputs, .. }
                | Event::StepFailed { outputs, .. }
                | Event::RunFinished { outputs, .. } => pii.learn_map(outputs),
                _ => {}
            }
        }
        pii
    }

    fn learn(&mut self, value: &Value) {
        match value {
            Value::List(items) => items.iter().for_each(|item| self.learn(item)),
            Value::Map(map) => self.learn_map(map),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Secret(_) => {
            }
        }
    }

    fn learn_map(&mut self, map: &Map) {
        for (name, value) in map {
            match value {
                Value::Text(text) if FIELDS.contains(&name.as_str()) && text.len() > 3 => {
                    self.values.insert(text.clone());
                }
                other => self.learn(other),
            }
        }
    }

    /// The text with every phone and email of the run masked.
    pub fn text(&self, text: &str) -> String {
        self.values.iter().fold(text.to_owned(), |text, value| {
            match text.contains(value.as_str()) {
                true => text.replace(value.as_str(), &mask(value)),
                false => text,
            }
        })
    }

    /// The value with every phone and email masked.
    pub fn value(&self, value: &Value) -> Value {
        match value {
            Value::Text(text) => Value::Text(self.text(text)),
            Value::List(items) => Value::List(items.iter().map(|item| self.value(item)).collect()),
            Value::Map(map) => Value::Map(self.map(map)),
            plain => plain.clone(),
        }
    }

    /// The same for the fields of an object.
    pub fn map(&self, map: &Map) -> Map {
        let one = |(name, value): (&String, &Value)| {
            let hidden = !self.show && FIELDS.contains(&name.as_str());
            let value = match value {
                Value::Text(text) if hidden => Value::Text(mask(text)),
                other => self.value(other),
            };
            (name.clone(), value)
        };
        map.iter().map(one).collect()
    }
}

/// `2317*****67` for a phone, `j***@example.com` for an email.
pub fn mask(text: &str) -> String {
    if let Some((name, host)) = text.split_once('@') {
        let first: String = name.chars().take(1).collect();
        return format!("{first}***@{host}");
    }
    let chars: Vec<char> = text.chars().collect();
    let head = if chars.len() >= 10 { 4 } else { 2 };
    if chars.len() < head + 3 {
        return "*****".to_owned();
    }
    let start: String = chars.iter().take(head).collect();
    let end: String = chars.iter().skip(chars.len() - 2).collect();
    format!("{start}*****{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_and_emails_keep_only_their_ends() {
        assert_eq!(mask("231771234567"), "2317*****67");
        assert_eq!(mask("23177123"), "23*****23");
        assert_eq!(mask("jane@example.com"), "j***@example.com");
        assert_eq!(mask("123"), "*****");
    }
}
