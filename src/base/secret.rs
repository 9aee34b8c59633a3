//! Text that must never be shown: it prints and serialises as `***`, and is wiped from memory when dropped.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

/// What stands in for a secret wherever people or files could see it.
pub const MASK: &str = "***";

/// A secret text, or the place of one whose value was withheld (as when a journal is read back).
#[derive(Clone, Default)]
pub struct Secret(Option<SecretString>);

impl Secret {
    /// A secret with a value.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Some(SecretString::from(text.into())))
    }

    /// The place of a secret whose value is not known here.
    pub fn withheld() -> Self {
        Self(None)
    }

    /// The value, for the wire alone. `None` if it was withheld.
    pub fn expose(&self) -> Option<&str> {
        self.0.as_ref().map(|text| text.expose_secret())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

/// Two secrets are equal when both values are known and the same.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose().is_some() && self.expose() == other.expose()
    }
}
