//! Dense sets of slots: one bit per customer, 125 KB a million.

/// A set of slots. Sets of one index are equally long; a slot beyond the end is in no set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bitset {
    words: Vec<u64>,
}

impl Bitset {
    /// An empty set of so many words of 64 slots.
    pub fn with_words(words: usize) -> Self {
        Self { words: vec![0; words] }
    }

    pub fn from_words(words: Vec<u64>) -> Self {
        Self { words }
    }

    /// Room for so many words; never shrinks.
    pub fn grow(&mut self, words: usize) {
        if words > self.words.len() {
            self.words.resize(words, 0);
        }
    }

    /// Adds words behind the last one.
    pub fn extend(&mut self, words: &[u64]) {
        self.words.extend_from_slice(words);
    }

    pub fn words(&self) -> &[u64] {
        &self.words
    }

    pub fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }

    pub fn contains(&self, slot: u32) -> bool {
        self.words.get(slot as usize / 64).is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }

    pub fn set(&mut self, slot: u32, member: bool) {
        if let Some(word) = self.words.get_mut(slot as usize / 64) {
            let bit = 1 << (slot % 64);
            if member { *word |= bit } else { *word &= !bit }
        }
    }

    pub fn insert(&mut self, slot: u32) {
        self.set(slot, true);
    }

    pub fn and(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= b);
    }

    pub fn or(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a |= b);
    }

    /// As [`Self::or`] with a set of another length: it grows to hold all of both.
    pub fn join(&mut self, other: &Self) {
        self.grow(other.words.len());
        self.or(other);
    }

    /// As [`Self::and`] with a set of another length: beyond its end it has nobody.
    pub fn meet(&mut self, other: &Self) {
        let others = other.words.iter().copied().chain(std::iter::repeat(0));
        self.words.iter_mut().zip(others).for_each(|(a, b)| *a &= b);
    }

    pub fn and_not(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= !b);
    }

    /// Every slot that was not in the set, those of no customer too.
    pub fn invert(&mut self) {
        self.words.iter_mut().for_each(|word| *word = !*word);
    }

    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    pub fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// How many slots are in both.
    pub fn count_and(&self, other: &Self) -> u64 {
        self.words.iter().zip(&other.words).map(|(a, b)| u64::from((a & b).count_ones())).sum()
    }

    /// The slots, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0_u32..).zip(&self.words).flat_map(|(at, &word)| Bits(word).map(move |bit| at * 64 + bit))
    }

    /// The highest so many slots, descending.
    pub fn last(&self, count: usize) -> Vec<u32> {
        let words = (0_u32..).zip(&self.words).collect::<Vec<_>>();
        let of_word = |(at, word): (u32, &u64)| Bits(*word).map(move |bit| at * 64 + bit).collect::<Vec<_>>().into_iter().rev();
        words.into_iter().rev().filter(|(_, word)| **word != 0).flat_map(of_word).take(count).collect()
    }

    pub fn heap_bytes(&self) -> usize {
        self.words.capacity() * 8
    }
}

/// The places of a word's ones, lowest first.
pub(super) struct Bits(pub u64);

impl Iterator for Bits {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        (self.0 != 0).then(|| {
            let bit = self.0.trailing_zeros();
            self.0 &= self.0 - 1;
            bit
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterates_in_order() {
        let slots = [0, 1, 63, 64, 127, 190];
        let mut set = Bitset::with_words(3);
        slots.iter().for_each(|slot| set.insert(*slot));
        set.insert(192);
        assert_eq!(set.iter().collect::<Vec<_>>(), slots);
        assert_eq!(set.count(), 6);
        assert!(set.contains(190) && !set.contains(191) && !set.contains(192));
    }
}
