//! Rows numbered in a row, from a first id on. Nothing is ever taken out.

/// A table whose ids count up from a first one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table<T> {
    first_id: u64,
    rows: Vec<T>,
}

impl<T> Table<T> {
    /// An empty table whose first row will have `first_id`.
    pub(crate) fn new(first_id: u64) -> Self {
        Self { first_id, rows: Vec::new() }
    }

    /// The id the next row will have.
    pub(crate) fn next_id(&self) -> u64 {
        self.first_id + self.rows.len() as u64
    }

    /// Adds the row that `make` builds for its id.
    pub(crate) fn insert(&mut self, make: impl FnOnce(u64) -> T) -> u64 {
        let id = self.next_id();
        self.rows.push(make(id));
        id
    }

    fn index(&self, id: u64) -> Option<usize> {
        usize::try_from(id.checked_sub(self.first_id)?).ok()
    }

    /// The row with an id.
    pub(crate) fn get(&self, id: u64) -> Option<&T> {
        self.rows.get(self.index(id)?)
    }

    /// The row with an id, to change it.
    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        let index = self.index(id)?;
        self.rows.get_mut(index)
    }

    /// Every row, by ascending id.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.rows.iter()
    }
}
