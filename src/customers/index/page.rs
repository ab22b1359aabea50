//! One page of the sorted result, found without sorting the result.
//!
//! The list is the pinned customers followed by the others in order. A stretch of it is found by walking the order of the
//! column and testing each customer for membership, which is quick where the result is dense, or by picking the best of the
//! result, which is quick where it is sparse. The walk is given as many steps as the picking would cost: so it costs at
//! most twice the better of the two, wherever the members lie.

use super::bitset::{Bits, Bitset};
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
        let per_key = if self.keys.is_text() { STEPS_PER_TEXT } else { STEPS_PER_NUMBER };
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
        let keys = self.keys;
        if keys.is_text() {
            let from = from.and_then(|(key, slot)| Some((key.text()?, slot)));
            let start = Start { from, best: from.map(|(key, _)| key), upwards };
            return pick(self.rest, |slot| keys.text(slot), |_, _| true, start, n);
        }
        let from = from.and_then(|(key, slot)| Some((key.number()?, slot)));
        let best = from.map(|(key, _)| key).or_else(|| keys.first(upwards));
        let may_precede = |word, key| keys.may_precede(word, key, upwards);
        pick(self.rest, |slot| keys.number(slot), may_precede, Start { from, best, upwards }, n)
    }
}

/// From where on, and in which direction.
struct Start<K> {
    /// Upwards from this item on, or downwards below it; all where there is none.
    from: Option<(K, u32)>,
    /// No key comes before this one.
    best: Option<K>,
    upwards: bool,
}

/// The nearest `n` of `set` by key and slot. `may_precede`: whether any slot of a word may have a key that comes before this one.
/// Where that is quickly known, most words need not be looked into: slots come in the order in which equal keys do, so a word
/// without such a key holds nothing nearer. And where many have the best key, those suffice.
fn pick<K: Ord + Copy>(
    set: &Bitset,
    key: impl Fn(u32) -> K,
    may_precede: impl Fn(usize, K) -> bool,
    Start { from, best, upwards }: Start<K>,
    n: usize,
) -> Vec<u32> {
    let words = set.words().iter().copied().enumerate().filter(|(_, word)| *word != 0);
    let items = |at: usize, word| Bits(word).map(move |bit| at as u32 * 64 + bit).map(|slot| (key(slot), slot));
    if upwards {
        let mut nearest = Nearest::new(n);
        for (at, word) in words {
            let worst = nearest.worst().map(|(key, _)| *key);
            if worst.is_some_and(|worst| best.is_some_and(|best| best >= worst)) {
                break;
            }
            if worst.is_none_or(|worst| may_precede(at, worst)) {
                items(at, word).filter(|item| from.is_none_or(|from| *item >= from)).for_each(|item| nearest.offer(item));
            }
        }
        nearest.sorted().map(|(_, slot)| slot).collect()
    } else {
        let mut nearest = Nearest::new(n);
        for (at, word) in words.rev() {
            let worst = nearest.worst().map(|Reverse((key, _))| *key);
            if worst.is_some_and(|worst| best.is_some_and(|best| best <= worst)) {
                break;
            }
            if worst.is_none_or(|worst| may_precede(at, worst)) {
                let items = items(at, word).filter(|item| from.is_none_or(|from| *item < from));
                items.for_each(|item| nearest.offer(Reverse(item)));
            }
        }
        nearest.sorted().map(|Reverse((_, slot))| slot).collect()
    }
}

/// The `n` smallest of what it is offered.
struct Nearest<T> {
    kept: BinaryHeap<T>,
    n: usize,
}

impl<T: Ord> Nearest<T> {
    fn new(n: usize) -> Self {
        Self { kept: BinaryHeap::with_capacity(n), n }
    }

    /// The one that the next better one replaces; `None` while there is room.
    fn worst(&self) -> Option<&T> {
        if self.kept.len() == self.n { self.kept.peek() } else { None }
    }

    fn offer(&mut self, item: T) {
        if self.kept.len() < self.n {
            self.kept.push(item);
        } else if let Some(mut worst) = self.kept.peek_mut()
            && item < *worst
        {
            *worst = item;
        }
    }

    fn sorted(self) -> impl Iterator<Item = T> {
        self.kept.into_sorted_vec().into_iter()
    }
}
