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

    /// Makes every text that holds a secret a secret itself, and masks it in names.
    pub fn value(&self, value: &mut Value) {
        match value {
            Value::Text(text) => {
                if self.holds(text) {
                    *value = Value::Secret(Secret::new(std::mem::take(text)));
                }
            }
            Value::List(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Map(map) => {
                if map.keys().any(|name| self.holds(name)) {
                    let masked = std::mem::take(map).into_iter();
                    *map = masked.map(|(name, value)| (self.text(&name), value)).collect();
                }
                map.values_mut().for_each(|value| self.value(value));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Secret(_) => {}
        }
    }

    fn holds(&self, text: &str) -> bool {
        self.0.iter().filter_map(Secret::expose).any(|secret| text.contains(secret))
    }
}
