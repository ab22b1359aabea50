//! Texts of a block's customers, one after the other: what a substring search runs over without stopping.

use super::bitset::Bits;
use super::bytes::{Input, put_bytes, put_u32s};
use super::text::BLOCK;
use memchr::memmem::Finder;

/// Customers up to whom each is looked at by itself instead of the whole stretch.
const FEW: u32 = 24;

/// Empty where the block has no customers; otherwise with one text, maybe an empty one, for each of the block's slots.
#[derive(Debug, Default)]
pub(super) struct Stretch {
    text: Box<[u8]>,
    ends: Ends,
}

/// Where each text ends, as narrow as that can be said.
#[derive(Debug)]
enum Ends {
    Short(Box<[u16]>),
    Long(Box<[u32]>),
}

impl Default for Ends {
    fn default() -> Self {
        Self::Short(Box::default())
    }
}

impl Ends {
    fn of(ends: &[u32]) -> Self {
        let short: Result<Box<[u16]>, _> = ends.iter().map(|end| u16::try_from(*end)).collect();
        short.map_or_else(|_| Self::Long(ends.into()), Self::Short)
    }

    fn len(&self) -> usize {
        match self {
            Self::Short(ends) => ends.len(),
            Self::Long(ends) => ends.len(),
        }
    }

    fn get(&self, at: usize) -> usize {
        match self {
            Self::Short(ends) => ends[at].into(),
            Self::Long(ends) => ends[at] as usize,
        }
    }

    fn heap_bytes(&self) -> usize {
        match self {
            Self::Short(ends) => size_of_val::<[u16]>(ends),
            Self::Long(ends) => size_of_val::<[u32]>(ends),
        }
    }
}

impl Stretch {
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// All texts, one after the other.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// One customer's text.
    pub fn get(&self, at: usize) -> &[u8] {
        if at >= self.ends.len() {
            return &[];
        }
        let start = if at == 0 { 0 } else { self.ends.get(at - 1) };
        &self.text[start..self.ends.get(at)]
    }

    /// Replaces texts: `changes` are places, ascending, with their new text.
    pub fn replace<'t>(&mut self, changes: impl Iterator<Item = (usize, &'t [u8])>) {
        let mut text = Vec::with_capacity(self.text.len());
        let mut ends = Vec::with_capacity(BLOCK);
        let mut changes = changes.peekable();
        for at in 0..BLOCK {
            match changes.next_if(|(place, _)| *place == at) {
                Some((_, new)) => text.extend_from_slice(new),
                None => text.extend_from_slice(self.get(at)),
            }
            ends.push(text.len() as u32);
        }
        *self = Self { text: text.into_boxed_slice(), ends: Ends::of(&ends) };
    }

    /// Marks in `found` at least the customers in `within` whose text has a match; others may be marked, too.
    pub fn find(&self, finder: &Finder, within: &[u64], found: &mut [u64]) {
        let wanted: u32 = within.iter().map(|word| word.count_ones()).sum();
        if wanted > FEW {
            match &self.ends {
                Ends::Short(ends) => find_all(finder, &self.text, ends, found),
                Ends::Long(ends) => find_all(finder, &self.text, ends, found),
            }
        } else {
            for (at, (found, within)) in found.iter_mut().zip(within).enumerate() {
                *found |= Bits(*within)
                    .filter(|bit| finder.find(self.get(at * 64 + *bit as usize)).is_some())
                    .fold(0, |hits, bit| hits | 1 << bit);
            }
        }
    }

    pub fn save(&self, out: &mut Vec<u8>) {
        put_bytes(out, &self.text);
        put_u32s(out, &(0..self.ends.len()).map(|at| self.ends.get(at) as u32).collect::<Vec<_>>());
    }

    /// Reads what [`Stretch::save`] wrote.
    pub fn restore(input: &mut Input) -> Option<Self> {
        let text: Box<[u8]> = input.bytes()?.into();
        let ends = input.u32s()?;
        let whole = ends.is_sorted() && ends.last().map_or(0, |end| *end as usize) == text.len();
        (whole && matches!(ends.len(), 0 | BLOCK)).then(|| Self { text, ends: Ends::of(&ends) })
    }

    pub fn heap_bytes(&self) -> usize {
        self.text.len() + self.ends.heap_bytes()
    }
}

/// Runs over the whole text; after a match it goes on with the next customer.
fn find_all<E: Copy + Into<u64>>(finder: &Finder, text: &[u8], ends: &[E], found: &mut [u64]) {
    let mut from = 0;
    let mut at = 0;
    while let Some(hit) = finder.find(&text[from..]) {
        let hit = (from + hit) as u64;
        while ends[at].into() <= hit {
            at += 1;
        }
        found[at / 64] |= 1 << (at % 64);
        from = ends[at].into() as usize;
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_kept_as_short_ones_are() {
        let mut stretch = Stretch::default();
        let long = "x".repeat(70_000) + "anna";
        let texts = [(1, &b"anna"[..]), (3, b"hanna"), (200, long.as_bytes()), (255, b"an")];
        stretch.replace(texts.into_iter());
        assert!(matches!(stretch.ends, Ends::Long(_)));
        for (at, text) in texts {
            assert_eq!(stretch.get(at), text);
        }
        let mut found = [0; BLOCK / 64];
        stretch.find(&Finder::new("anna"), &[u64::MAX; BLOCK / 64], &mut found);
        assert_eq!(found, [0b1010, 0, 0, 1 << 8]);
        let mut saved = Vec::new();
        stretch.save(&mut saved);
        let restored = Stretch::restore(&mut Input(&saved)).unwrap();
        assert_eq!((restored.get(3), restored.get(200).len()), (&b"hanna"[..], 70_004));
        stretch.replace([(200, &b""[..])].into_iter());
        assert!(matches!(stretch.ends, Ends::Short(_)));
        assert_eq!((stretch.get(3), stretch.get(200), stretch.get(255)), (&b"hanna"[..], &b""[..], &b"an"[..]));
    }
}
