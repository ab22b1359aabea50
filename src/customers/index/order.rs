//! All customers in the order of one column.
//!
//! One long array would have to move megabytes for every change; short chunks of it move a few kilobytes, and a walk over
//! chunks is as fast as one over an array.

use super::bitset::Bitset;
use super::keys::{Key, Keys, Text};
use super::packed::Packed;

/// Slots of a chunk when it is made; at twice as many it is divided, and under half as many it joins a neighbour.
const CHUNK: usize = 1024;

/// Slots ascending by key, then by slot. No chunk is empty.
#[derive(Debug, Default)]
pub(super) struct Order {
    chunks: Vec<Packed>,
}

/// A place between two slots: that before the slot at `at` of the chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    chunk: usize,
    at: usize,
}

impl Order {
    /// Sorts these slots.
    pub fn build(keys: &Keys, slots: &Bitset) -> Self {
        let sorted = if keys.is_text() { sorted_by_text(keys, slots) } else { sorted_by_number(keys, slots) };
        Self::from_sorted(&sorted)
    }

    pub fn from_sorted(slots: &[u32]) -> Self {
        Self { chunks: slots.chunks(CHUNK).map(Packed::new).collect() }
    }

    /// The slots in order.
    pub fn slots(&self) -> Vec<u32> {
        self.chunks.iter().flat_map(|chunk| chunk.iter(0, chunk.len())).collect()
    }

    /// Adds a slot, whose key is already in `keys`.
    pub fn insert(&mut self, keys: &Keys, slot: u32) {
        let position = self.position(keys, keys.of(slot), slot);
        let Some(chunk) = self.chunks.get_mut(position.chunk) else {
            self.push(slot);
            return;
        };
        chunk.insert(position.at, slot);
        self.divide(position.chunk);
    }

    /// Takes a slot out, whose key is still in `keys`.
    pub fn remove(&mut self, keys: &Keys, slot: u32) {
        let position = self.position(keys, keys.of(slot), slot);
        let Some(chunk) = self.chunks.get_mut(position.chunk) else { return };
        if chunk.get(position.at) != Some(slot) {
            return;
        }
        chunk.remove(position.at);
        if chunk.len() < CHUNK / 2 {
            self.join(position.chunk);
        }
    }

    /// The place before the first slot that is not before `(key, slot)`.
    pub fn position(&self, keys: &Keys, key: Key, slot: u32) -> Position {
        let before = |other: u32| (keys.of(other), other) < (key, slot);
        let chunk = self.chunks.partition_point(|chunk| chunk.last().is_some_and(before));
        Position { chunk, at: self.chunks.get(chunk).map_or(0, |chunk| chunk.partition_point(before)) }
    }

    pub fn start(&self) -> Position {
        Position { chunk: 0, at: 0 }
    }

    pub fn end(&self) -> Position {
        Position { chunk: self.chunks.len(), at: 0 }
    }

    /// The first `n` members of `set` after `from`, ascending. `None` when `steps` did not suffice to find them.
    pub fn forward(&self, from: Position, set: &Bitset, n: usize, steps: usize) -> Option<Vec<u32>> {
        let first = self.chunks.get(from.chunk).map(|chunk| chunk.iter(from.at, chunk.len()));
        let rest = self.chunks.iter().skip(from.chunk + 1).map(|chunk| chunk.iter(0, chunk.len()));
        collect(first.into_iter().chain(rest), set, n, steps)
    }

    /// The first `n` members of `set` before `from`, descending. `None` when `steps` did not suffice to find them.
    pub fn backward(&self, from: Position, set: &Bitset, n: usize, steps: usize) -> Option<Vec<u32>> {
        let first = self.chunks.get(from.chunk).map(|chunk| chunk.iter(0, from.at).rev());
        let rest = self.chunks[..from.chunk].iter().rev().map(|chunk| chunk.iter(0, chunk.len()).rev());
        collect(first.into_iter().chain(rest), set, n, steps)
    }

    fn push(&mut self, slot: u32) {
        match self.chunks.last_mut() {
            Some(chunk) => {
                chunk.insert(chunk.len(), slot);
                self.divide(self.chunks.len() - 1);
            }
            None => self.chunks.push(Packed::new(&[slot])),
        }
    }

    fn divide(&mut self, at: usize) {
        if self.chunks[at].len() >= 2 * CHUNK {
            let upper = self.chunks[at].split_off(CHUNK);
            self.chunks.insert(at + 1, upper);
        }
    }

    /// Joins a chunk that became small with the next one or the one before, if they are one chunk together.
    fn join(&mut self, at: usize) {
        let at = at.min(self.chunks.len().saturating_sub(2));
        if self.chunks.len() > 1 && self.chunks[at].len() + self.chunks[at + 1].len() <= CHUNK {
            let upper = self.chunks.remove(at + 1);
            self.chunks[at].append(&upper);
        }
        self.chunks.retain(|chunk| !chunk.is_empty());
    }

    pub fn heap_bytes(&self) -> usize {
        self.chunks.iter().map(Packed::heap_bytes).sum::<usize>() + self.chunks.capacity() * size_of::<Packed>()
    }
}

fn collect<I>(chunks: impl Iterator<Item = I>, set: &Bitset, n: usize, mut steps: usize) -> Option<Vec<u32>>
where
    I: ExactSizeIterator<Item = u32>,
{
    let mut found = Vec::with_capacity(n);
    for chunk in chunks {
        let length = chunk.len();
        for slot in chunk {
            if set.contains(slot) {
                found.push(slot);
                if found.len() == n {
                    return Some(found);
                }
            }
        }
        steps = steps.checked_sub(length)?;
    }
    Some(found)
}

/// Numbers that lie near enough to each other are sorted in one word with their slots, which takes half the time.
fn sorted_by_number(keys: &Keys, slots: &Bitset) -> Vec<u32> {
    // Flipping the sign makes negative numbers the lower ones.
    let number = |slot| keys.number(slot) as u64 ^ 1 << 63;
    let (min, max) = slots.iter().map(number).fold((u64::MAX, 0), |(min, max), number| (min.min(number), max.max(number)));
    if max.saturating_sub(min) <= u64::from(u32::MAX) {
        let mut sorted: Vec<u64> = slots.iter().map(|slot| (number(slot) - min) << 32 | u64::from(slot)).collect();
        sorted.sort_unstable();
        sorted.into_iter().map(|item| item as u32).collect()
    } else {
        let mut sorted: Vec<u128> = slots.iter().map(|slot| u128::from(number(slot)) << 32 | u128::from(slot)).collect();
        sorted.sort_unstable();
        sorted.into_iter().map(|item| item as u32).collect()
    }
}

/// Texts are sorted by their beginnings, so that few need be fetched again to tell them apart.
fn sorted_by_text(keys: &Keys, slots: &Bitset) -> Vec<u32> {
    let mut sorted: Vec<(u64, u64, u32)> = slots.iter().map(|slot| beginning(keys.text(slot), slot)).collect();
    sorted.sort_unstable();
    let same = |a: &(u64, u64, u32), b: &(u64, u64, u32)| (a.0, a.1) == (b.0, b.1);
    // Where the last byte is 0, the whole text is in its beginning: texts hold no zeros.
    for alike in sorted.chunk_by_mut(same).filter(|alike| alike.len() > 1 && alike[0].1 & 0xff != 0) {
        alike.sort_unstable_by_key(|item| (keys.text(item.2), item.2));
    }
    sorted.into_iter().map(|item| item.2).collect()
}

/// The first 16 bytes of a text as two numbers that sort as it does, with its slot.
fn beginning(text: Text, slot: u32) -> (u64, u64, u32) {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(text.bytes()).for_each(|(byte, of_text)| *byte = of_text);
    let number = u128::from_be_bytes(bytes);
    ((number >> 64) as u64, number as u64, slot)
}
