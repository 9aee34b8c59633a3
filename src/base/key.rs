//! The key of a payment: what tells it from all others. Two keys that look alike to people must be one, so a key has
//! one spelling, and whatever else is refused.

use std::borrow::Borrow;
use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointSetData;
use icu_properties::props::{
    DefaultIgnorableCodePoint, EnumeratedProperty, GeneralCategory, GeneralCategoryGroup,
};
use serde::{Deserialize, Serialize};

/// The longest key, in characters.
pub const MAX_CHARS: usize = 200;

/// The key of a run, of a row, or of an item. Made by [`Key::parse`] alone; a journal's keys are read as they stand there,
/// since those of an early run may be older than the rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(String);

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadKey {
    /// Nothing, or nothing but white space.
    Blank,
    /// White space at an end.
    Edge(&'static str),
    /// A character that people can't see, or can't tell from a space.
    Unseen(char),
    /// The same letters in another spelling; here is the one that counts.
    Spelling(String),
    /// Longer than [`MAX_CHARS`].
    Long(usize),
}

impl Key {
    /// A text as a key, exactly as it is: nothing is cut off or put right.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        if text.trim().is_empty() {
            return Err(BadKey::Blank);
        }
        if let Some(unseen) = text.chars().find(|c| is_unseen(*c)) {
            return Err(BadKey::Unseen(unseen));
        }
        if text.starts_with(' ') {
            return Err(BadKey::Edge("start"));
        }
        if text.ends_with(' ') {
            return Err(BadKey::Edge("end"));
        }
        let nfc = ComposingNormalizerBorrowed::new_nfc();
        if !nfc.is_normalized(text) {
            return Err(BadKey::Spelling(nfc.normalize(text).into_owned()));
        }
        match text.chars().count() {
            count if count > MAX_CHARS => Err(BadKey::Long(count)),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Controls, formats such as U+200B, private and unassigned characters, and every space but the plain one.
fn is_unseen(c: char) -> bool {
    let category = GeneralCategory::for_char(c);
    let group = GeneralCategoryGroup::Other.contains(category)
        || GeneralCategoryGroup::Separator.contains(category);
    c != ' ' && (group || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => f.write_str("the key is blank"),
            Self::Edge(end) => write!(f, "the key has a space at its {end}"),
            Self::Unseen(c) => write!(
                f,
                "the key holds the character U+{:04X}, which can't be seen or looks like a space",
                u32::from(*c)
            ),
            Self::Spelling(nfc) => {
                write!(f, "the key's letters are not composed (Unicode NFC): `{nfc}` is")
            }
            Self::Long(count) => {
                write!(f, "the key has {count} characters, more than {MAX_CHARS}")
            }
        }
    }
}

impl std::error::Error for BadKey {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_as_it_is() {
        for key in ["inv-2", "INV-2", "a b", "Müller 3/2026", "客户-7", "a\"b`c", "0", "🧾 1"]
        {
            assert_eq!(Key::parse(key).map(|key| key.to_string()), Ok(key.to_owned()));
        }
        assert!(Key::parse(&"é".repeat(MAX_CHARS)).is_ok());
    }

    #[test]
    fn what_looks_like_another_key_is_no_key() {
        for blank in ["", " ", "\t\n", "\u{a0}"] {
            assert_eq!(Key::parse(blank), Err(BadKey::Blank), "{blank:?}");
        }
        assert_eq!(Key::parse("inv-2 "), Err(BadKey::Edge("end")));
        assert_eq!(Key::parse(" inv-2"), Err(BadKey::Edge("start")));
        assert_eq!(Key::parse("Mu\u{308}ller"), Err(BadKey::Spelling("Müller".to_owned())));
        for c in [
            '\0',
            '\n',
            '\t',
            '\u{7f}',
            '\u{85}',
            '\u{a0}',
            '\u{ad}',
            '\u{34f}',
            '\u{200b}',
            '\u{200e}',
            '\u{2009}',
            '\u{2028}',
            '\u{202e}',
            '\u{2060}',
            '\u{3000}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{e000}',
            '\u{e0041}',
            '\u{10ffff}',
        ] {
            assert_eq!(Key::parse(&format!("in{c}v")), Err(BadKey::Unseen(c)), "{c:?}");
        }
        let long = "é".repeat(MAX_CHARS + 1);
        assert_eq!(Key::parse(&long), Err(BadKey::Long(MAX_CHARS + 1)));
    }
}
