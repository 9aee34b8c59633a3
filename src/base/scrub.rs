//! Finding known secrets inside texts that come from elsewhere, such as an API that repeats what it was sent.

use super::secret::{MASK, Secret};
use super::value::Value;

/// Shorter secrets are not searched for: they would be found in innocent words.
const MIN_BYTES: usize = 4;

/// The secrets to look for.
#[derive(Debug, Clone, Default)]
pub struct Scrub(Vec<Secret>);

impl Scrub {
    /// Adds a secret to look for.
    pub fn learn(&mut self, secret: &Secret) {
        let long = secret.expose().is_some_and(|text| text.len() >= MIN_BYTES);
        if long && !self.0.contains(secret) {
            self.0.push(secret.clone());
        }
    }

    /// The text with `***` in place of every secret.
    pub fn text(&self, text: &str) -> String {
        let secrets = self.0.iter().filter_map(Secret::expose);
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
    }

    /// The value in which every text that holds a secret is a secret itself.
    pub fn value(&self, value: Value) -> Value {
        match value {
            Value::Text(text) if self.holds(&text) => Value::Secret(Secret::new(text)),
            Value::List(items) => Value::List(items.into_iter().map(|v| self.value(v)).collect()),
            Value::Map(map) => {
                Value::Map(map.into_iter().map(|(k, v)| (self.text(&k), self.value(v))).collect())
            }
            plain => plain,
        }
    }

    fn holds(&self, text: &str) -> bool {
        self.0.iter().filter_map(Secret::expose).any(|secret| text.contains(secret))
    }
}
