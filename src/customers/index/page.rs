//! One page of the sorted result, found without sorting the result.
//!
//! The list is the pinned customers followed by the others in order. A stretch of it is found by walking the order of the
//! column and testing each customer for membership, which is quick where the result is dense, or by picking the best of the
//! result, which is quick where it is sparse. The walk is given as many steps as the picking would cost: so it costs at
//! most twice the better of the two, wherever the members lie.

use super::bitset::Bitset;
use super::keys::{Key, Keys};
use super::order::Order;
use crate::base::CustomerId;
use crate::customers::list::{Cursor, PageRequest, SortKey};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A walk of so many steps costs as much as looking a key up: of a number, and of a text, which lies in memory by itself.
const STEPS_PER_NUMBER: usize = 2;
const STEPS_PER_TEXT: usize = 30;
/// Steps that are nothing beside the rest of a query.
const FREE_STEPS: usize = 4096;

/// The result of a query and how it is sorted.
pub(super) struct Listing<'a> {
    pub keys: Keys<'a>,
    /// Where the column has one.
    pub order: Option<&'a Order>,
    /// The exact hits that come first, none twice.
    pub pinned: Vec<u32>,
    /// The others.
    pub rest: &'a Bitset,
    /// Customers in `rest`.
    pub count: u64,
    pub descending: bool,
}

/// A stretch of the list.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub slots: Vec<u32>,
    pub has_previous: bool,
    pub has_next: bool,
}

/// A gap between two rows of the list: what precedes it and what follows it is everything.
#[derive(Clone, Copy)]
enum Gap<'k> {
    /// Before the pinned customer of this number, or after the last one.
    Pinned(usize),
    /// Among the others, before this key and slot in ascending order, whether or not anybody has them.
    At(Key<'k>, u32),
    End,
}

impl Listing<'_> {
    pub fn page(&self, request: &PageRequest, limit: usize) -> Page {
        match request {
            PageRequest::First => self.after(Gap::Pinned(0), limit),
            PageRequest::Last => self.before(Gap::End, limit),
            PageRequest::After(cursor) => self.after(self.gap(cursor, true).unwrap_or(Gap::Pinned(0)), limit),
            PageRequest::Before(cursor) => self.before(self.gap(cursor, false).unwrap_or(Gap::End), limit),
        }
    }

    /// The cursor of a row of the page.
    pub fn cursor(&self, slot: u32) -> Cursor {
        let key = if self.pinned.contains(&slot) { SortKey::Pinned } else { self.keys.sort_key(slot) };
        Cursor { key, id: CustomerId(slot.into()) }
    }

    /// The gap after or before a cursor; `None` where it was made for another column.
    fn gap<'k>(&self, cursor: &'k Cursor, after: bool) -> Option<Gap<'k>> {
        let slot = u32::try_from(cursor.id.0).ok()?;
        if cursor.key == SortKey::Pinned {
            let at = self.pinned.iter().position(|pinned| *pinned == slot);
            // One that is pinned no more stood before all the others.
            return Some(Gap::Pinned(at.map_or(self.pinned.len(), |at| at + usize::from(after))));
        }
        let key = self.keys.read(&cursor.key)?;
        Some(Gap::At(key, if after == self.descending { slot } else { slot.saturating_add(1) }))
    }

    fn after(&self, gap: Gap, limit: usize) -> Page {
        let mut slots = self.following(gap, limit.saturating_add(1));
        let has_next = slots.len() > limit;
        slots.truncate(limit);
        Page { has_previous: !self.preceding(gap, 1).is_empty(), has_next, slots }
    }

    fn before(&self, gap: Gap, limit: usize) -> Page {
        let mut slots = self.preceding(gap, limit.saturating_add(1));
        let has_previous = slots.len() > limit;
        slots.truncate(limit);
        slots.reverse();
        Page { has_previous, has_next: !self.following(gap, 1).is_empty(), slots }
    }

    /// The next `n` after a gap.
    fn following(&self, gap: Gap, n: usize) -> Vec<u32> {
        let (pinned, from) = match gap {
            Gap::Pinned(at) => (&self.pinned[at..], None),
            Gap::At(key, slot) => (&[][..], Some((key, slot))),
            Gap::End => return Vec::new(),
        };
        let mut slots: Vec<u32> = pinned.iter().copied().take(n).collect();
        slots.extend(self.of_the_rest(from, !self.descending, n - slots.len()));
        slots
    }

    /// The `n` before a gap, the nearest first.
    fn preceding(&self, gap: Gap, n: usize) -> Vec<u32> {
        let (pinned, mut slots) = match gap {
            Gap::Pinned(at) => (&self.pinned[..at], Vec::new()),
            Gap::At(key, slot) => (&self.pinned[..], self.of_the_rest(Some((key, slot)), self.descending, n)),
            Gap::End => (&self.pinned[..], self.of_the_rest(None, self.descending, n)),
        };
        slots.extend(pinned.iter().rev().take(n - slots.len()));
        slots
    }

    /// The nearest `n` of the unpinned from a place on upwards, or below it downwards; from the end where there is none.
    fn of_the_rest(&self, from: Option<(Key, u32)>, upwards: bool, n: usize) -> Vec<u32> {
        if n == 0 || self.count == 0 {
            return Vec::new();
        }
        self.walk(from, upwards, n).unwrap_or_else(|| self.pick(from, upwards, n))
    }

    /// `None` without an order, and where the walk becomes too long.
    fn walk(&self, from: Option<(Key, u32)>, upwards: bool, n: usize) -> Option<Vec<u32>> {
        let order = self.order?;
        let per_key = if matches!(self.keys, Keys::Text(..)) { STEPS_PER_TEXT } else { STEPS_PER_NUMBER };
        let steps = (self.count as usize).saturating_mul(per_key).saturating_add(FREE_STEPS);
        let from = from.map(|(key, slot)| order.position(&self.keys, key, slot));
        if upwards {
            order.forward(from.unwrap_or(order.start()), self.rest, n, steps)
        } else {
            order.backward(from.unwrap_or(order.end()), self.rest, n, steps)
        }
    }

    /// As [`Self::of_the_rest`], by looking at everybody.
    fn pick(&self, from: Option<(Key, u32)>, upwards: bool, n: usize) -> Vec<u32> {
        match self.keys {
            Keys::Text(texts, field) => {
                let from = from.and_then(|(key, slot)| Some((key.text()?, slot)));
                pick(self.rest, |slot| texts.field(slot, field), from, upwards, n)
            }
            keys => {
                let from = from.and_then(|(key, slot)| Some((key.number()?, slot)));
                pick(self.rest, |slot| keys.number(slot), from, upwards, n)
            }
        }
    }
}

/// The nearest `n` of `set` from a place on upwards, or below it downwards, by key and slot.
fn pick<K: Ord + Copy>(set: &Bitset, key: impl Fn(u32) -> K, from: Option<(K, u32)>, upwards: bool, n: usize) -> Vec<u32> {
    if upwards {
        let items = set.iter().map(|slot| (key(slot), slot)).filter(|item| from.is_none_or(|from| *item >= from));
        smallest(items, n).into_iter().map(|(_, slot)| slot).collect()
    } else {
        let items = set.iter_descending().map(|slot| (key(slot), slot)).filter(|item| from.is_none_or(|from| *item < from));
        smallest(items.map(Reverse), n).into_iter().map(|Reverse((_, slot))| slot).collect()
    }
}

/// The `n` smallest, ascending.
fn smallest<T: Ord + Copy>(mut items: impl Iterator<Item = T>, n: usize) -> Vec<T> {
    let mut kept: BinaryHeap<T> = items.by_ref().take(n).collect();
    let Some(mut worst) = kept.peek().copied() else { return Vec::new() };
    items.for_each(|item| {
        if item < worst {
            kept.pop();
            kept.push(item);
            worst = kept.peek().copied().unwrap_or(item);
        }
    });
    kept.into_sorted_vec()
}
