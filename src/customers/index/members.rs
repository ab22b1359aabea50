//! Who carries each tag and who is in each group.

use super::bitset::Bitset;
use super::bytes::{Input, put, put_length, put_u32s, put_words};
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

    /// How many of these slots are in it.
    fn count_in(&self, within: &Bitset) -> u64 {
        match self {
            Self::Few(slots) => slots.iter().filter(|slot| within.contains(**slot)).count() as u64,
            Self::Many(set) => within.count_and(set),
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        match self {
            Self::Few(slots) => {
                put(out, 0);
                put_u32s(out, slots);
            }
            Self::Many(set) => {
                put(out, 1);
                put_length(out, set.words().len());
                put_words(out, set.words());
            }
        }
    }

    fn restore(input: &mut Input) -> Option<Self> {
        match input.number()? {
            0 => Some(Self::Few(input.u32s()?)),
            1 => {
                let words = input.length()?;
                Some(Self::Many(Bitset::from_words(input.words(words)?)))
            }
            _ => None,
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

    /// Calls `each` for every member of `one`.
    pub fn for_each(&self, one: T, each: impl FnMut(u32)) {
        match self.sets.get(&one) {
            Some(SlotSet::Few(slots)) => slots.iter().copied().for_each(each),
            Some(SlotSet::Many(set)) => set.iter().for_each(each),
            None => {}
        }
    }

    /// How many members each has within `within`.
    pub fn counts(&self, within: &Bitset) -> HashMap<T, u64> {
        self.sets.iter().map(|(one, set)| (*one, set.count_in(within))).collect()
    }

    /// Adds the members of `one` to `to`.
    pub fn add_to(&self, one: T, to: &mut Bitset) {
        if let Some(set) = self.sets.get(&one) {
            set.add_to(to);
        }
    }

    /// Adds everything to a saved index.
    pub fn save(&self, id_of: impl Fn(T) -> i64, out: &mut Vec<u8>) {
        put_length(out, self.sets.len());
        for (one, set) in &self.sets {
            put(out, id_of(*one));
            set.save(out);
        }
    }

    /// Reads what [`Memberships::save`] wrote.
    pub fn restore(input: &mut Input) -> Option<Self>
    where
        T: From<i64>,
    {
        let sets = (0..input.length()?).map(|_| Some((T::from(input.number()?), SlotSet::restore(input)?)));
        Some(Self { sets: sets.collect::<Option<_>>()? })
    }

    pub fn heap_bytes(&self) -> usize {
        self.sets.values().map(|set| set.heap_bytes() + size_of::<(T, SlotSet)>()).sum()
    }
}
