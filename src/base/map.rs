//! Values by name, in the order they were written.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::value::Value;

type Inner = IndexMap<String, Value, foldhash::fast::RandomState>;

static EMPTY: LazyLock<Inner> = LazyLock::new(Inner::default);

/// Keys in the order they were written. A copy shares what it holds until one of the two is changed, because a run hands
/// the same answers and outputs from its events to its state and on to its templates.
#[derive(Clone, Default)]
pub struct Map(Option<Arc<Inner>>);

impl Map {
    /// An empty map.
    pub fn new() -> Self {
        Self(None)
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|inner| inner.is_empty())
    }
}

impl Deref for Map {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        self.0.as_deref().unwrap_or(&EMPTY)
    }
}

impl DerefMut for Map {
    fn deref_mut(&mut self) -> &mut Inner {
        Arc::make_mut(self.0.get_or_insert_default())
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl FromIterator<(String, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(fields: I) -> Self {
        Self(Some(Arc::new(fields.into_iter().collect())))
    }
}

impl<const N: usize> From<[(String, Value); N]> for Map {
    fn from(fields: [(String, Value); N]) -> Self {
        fields.into_iter().collect()
    }
}

impl IntoIterator for Map {
    type Item = (String, Value);
    type IntoIter = indexmap::map::IntoIter<String, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.map(Arc::unwrap_or_clone).unwrap_or_default().into_iter()
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a String, &'a Value);
    type IntoIter = indexmap::map::Iter<'a, String, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Extend<(String, Value)> for Map {
    fn extend<I: IntoIterator<Item = (String, Value)>>(&mut self, fields: I) {
        (**self).extend(fields);
    }
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de> Deserialize<'de> for Map {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Inner::deserialize(deserializer).map(|inner| Self(Some(Arc::new(inner))))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_shares_until_it_is_changed() {
        let one: Map = [("a".to_owned(), Value::int(1))].into();
        let mut other = one.clone();
        assert!(std::ptr::eq(&*one, &*other));
        other.insert("b".to_owned(), Value::Null);
        assert_eq!((one.len(), other.len()), (1, 2));
        assert_ne!(one, other);
    }

    #[test]
    fn empty_maps_are_alike() {
        let mut emptied: Map = [("a".to_owned(), Value::Null)].into();
        emptied.shift_remove("a");
        assert_eq!(emptied, Map::new());
        assert_eq!(serde_json::from_str::<Map>("{}").unwrap(), Map::default());
        assert_eq!(serde_json::to_string(&Map::new()).unwrap(), "{}");
    }
}
