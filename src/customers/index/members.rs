//! Who carries each tag and who is in each group.

use super::bitset::Bitset;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// The slots that carry one tag or are in one group: a list while they are few, bits when the list would be larger.
#[derive(Clone, Debug)]
pub(super) enum SlotSet {
    /// Ascending.
    Few(Vec<u32>),
    Many(Bitset),
}

impl SlotSet {
    fn contains(&self, slot: u32) -> bool {
        match self {
            Self::Few(slots) => slots.binary_search(&slot).is_ok(),
            Self::Many(set) => set.contains(slot),
        }
    }

    /// `words`: the length of the index's bitsets.
    fn set(&mut self, slot: u32, member: bool, words: usize) {
        match self {
            Self::Few(slots) => match (slots.binary_search(&slot), member) {
                (Err(at), true) => slots.insert(at, slot),
                (Ok(at), false) => {
                    slots.remove(at);
                }
                _ => {}
            },
            Self::Many(set) => {
                set.grow(words);
                set.set(slot, member);
            }
        }
        // A listed slot takes 4 bytes, a word 8.
        if let Self::Few(slots) = self
            && slots.len() > words * 2
        {
            let mut set = Bitset::with_words(words);
            slots.iter().for_each(|slot| set.insert(*slot));
            *self = Self::Many(set);
        }
    }

    /// Adds these slots to `to`.
    pub fn add_to(&self, to: &mut Bitset) {
        match self {
            Self::Few(slots) => slots.iter().for_each(|slot| to.insert(*slot)),
            Self::Many(set) => to.or(set),
        }
    }

    pub fn iter(&self) -> Box<dyn Iterator<Item = u32> + '_> {
        match self {
            Self::Few(slots) => Box::new(slots.iter().copied()),
            Self::Many(set) => Box::new(set.iter()),
        }
    }

    fn heap_bytes(&self) -> usize {
        match self {
            Self::Few(slots) => slots.capacity() * 4,
            Self::Many(set) => set.heap_bytes(),
        }
    }
}

/// A set of slots for every tag, or for every group.
#[derive(Debug)]
pub(super) struct Memberships<T> {
    sets: HashMap<T, SlotSet>,
}

impl<T> Default for Memberships<T> {
    fn default() -> Self {
        Self { sets: HashMap::new() }
    }
}

impl<T: Copy + Eq + Hash> Memberships<T> {
    /// Makes the slot a member of exactly `of`; `known` says whether it can be a member of any already.
    pub fn assign(&mut self, slot: u32, of: &HashSet<T>, known: bool, words: usize) {
        for (_, set) in self.sets.iter_mut().filter(|(one, _)| known && !of.contains(one)) {
            set.set(slot, false, words);
        }
        for one in of {
            self.sets.entry(*one).or_insert_with(|| SlotSet::Few(Vec::new())).set(slot, true, words);
        }
    }

    pub fn contains(&self, one: T, slot: u32) -> bool {
        self.sets.get(&one).is_some_and(|set| set.contains(slot))
    }

    /// Adds the members of `one` to `to`.
    pub fn add_to(&self, one: T, to: &mut Bitset) {
        if let Some(set) = self.sets.get(&one) {
            set.add_to(to);
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (T, &SlotSet)> {
        self.sets.iter().map(|(one, set)| (*one, set))
    }

    /// Adds members, ascending, of one that has none yet.
    pub fn put(&mut self, one: T, set: SlotSet) {
        self.sets.insert(one, set);
    }

    pub fn heap_bytes(&self) -> usize {
        self.sets.values().map(|set| set.heap_bytes() + size_of::<(T, SlotSet)>()).sum()
    }
}
