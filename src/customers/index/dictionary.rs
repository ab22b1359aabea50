//! Columns of values that repeat: places, branches, pricing groups, sources.

use super::bitset::Bitset;
use super::column::Column;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

/// One value per slot, kept once and referred to by a code. Values that nobody has any more stay until the index is built
/// anew; there are never more than were ever assigned.
#[derive(Debug)]
pub(super) struct Coded<T> {
    pub codes: Column,
    values: Vec<Arc<T>>,
    code_of: HashMap<Arc<T>, i64>,
}

impl<T> Default for Coded<T> {
    fn default() -> Self {
        Self { codes: Column::default(), values: Vec::new(), code_of: HashMap::new() }
    }
}

impl<T: Eq + Hash> Coded<T> {
    /// Gives the slot a value; whether it is one that was not known before.
    pub fn set(&mut self, slot: u32, value: T) -> bool {
        let known = self.code(&value);
        let code = known.unwrap_or_else(|| self.add(value));
        self.codes.set(slot, code);
        known.is_none()
    }

    /// Adds a value that is not yet known; yields its code, which is one more than the last.
    pub fn add(&mut self, value: T) -> i64 {
        let code = self.values.len() as i64;
        let value = Arc::new(value);
        self.values.push(Arc::clone(&value));
        self.code_of.insert(value, code);
        code
    }

    /// The code of a value that is known.
    pub fn code(&self, value: &T) -> Option<i64> {
        self.code_of.get(value).copied()
    }

    /// The value of a code.
    pub fn value(&self, code: i64) -> Option<&T> {
        usize::try_from(code).ok().and_then(|code| self.values.get(code)).map(Arc::as_ref)
    }

    /// The values in the order of their codes.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &T> {
        self.values.iter().map(Arc::as_ref)
    }

    /// Marks in `found` the slots whose value passes the test.
    pub fn find(&self, test: impl Fn(&T) -> bool, found: &mut Bitset) {
        let wanted: Vec<bool> = self.values().map(test).collect();
        if wanted.contains(&true) {
            self.codes.find_codes(&wanted, found);
        }
    }

    pub fn heap_bytes(&self) -> usize {
        // Strings within the values are not counted: dictionaries are small.
        self.codes.heap_bytes() + self.values.len() * (size_of::<T>() + 48)
    }
}

/// The order of a dictionary's values by a text: what turns sorting by text into sorting by number.
#[derive(Debug)]
pub(super) struct Ranking {
    /// The rank of each code. Ranks are even, so that a text that no value has fits between two; equal texts share one.
    ranks: Vec<i64>,
    /// The distinct texts, ascending.
    texts: Vec<String>,
}

impl Ranking {
    pub fn new<T: Eq + Hash>(coded: &Coded<T>, text_of: impl Fn(&T) -> String) -> Self {
        let by_code: Vec<String> = coded.values().map(text_of).collect();
        let mut texts = by_code.clone();
        texts.sort_unstable();
        texts.dedup();
        let ranks = by_code.iter().map(|text| rank(&texts, text)).collect();
        Self { ranks, texts }
    }

    pub fn of_code(&self, code: i64) -> i64 {
        usize::try_from(code).ok().and_then(|code| self.ranks.get(code)).copied().unwrap_or(0)
    }

    /// The greatest rank.
    pub fn last(&self) -> i64 {
        2 * (self.texts.len() as i64 - 1).max(0)
    }

    /// The rank of a text: an odd one between its neighbours where no value has it.
    pub fn of_text(&self, text: &str) -> i64 {
        rank(&self.texts, text)
    }

    pub fn text(&self, rank: i64) -> &str {
        usize::try_from(rank / 2).ok().and_then(|at| self.texts.get(at)).map_or("", String::as_str)
    }
}

fn rank(texts: &[String], text: &str) -> i64 {
    match texts.binary_search_by(|probe| probe.as_str().cmp(text)) {
        Ok(at) => 2 * at as i64,
        Err(at) => 2 * at as i64 - 1,
    }
}
