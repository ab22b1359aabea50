//! The searched text, and where to look in it.
//!
//! Customers lie in blocks of 256, in the order of their slots, each block one stretch of bytes that a substring search
//! runs over without stopping. Which blocks are worth running over is told by a table per segment: for each hashed run of
//! one, two or three bytes, or five digits, a word with a bit for each of the segment's 64 blocks. So a search of any length
//! in any script works from the first character, and a rare one reads little.
//!
//! A changed text rewrites its block, about 16 KB. Runs that only the old text had stay marked, which costs a needless
//! scan and never a hit, until [`STALE_LIMIT`] changes pay for marking the block anew.

use super::bitset::{Bits, Bitset};
use super::bytes::{Input, put_bytes, put_u32s};
use super::{Entry, SEGMENT};
use memchr::{memchr, memmem};
use std::sync::LazyLock;

/// Customers of a block.
pub(super) const BLOCK: usize = 256;
/// Blocks of a segment: as many as a word has bits.
const BLOCKS: usize = SEGMENT / BLOCK;
/// Words of a block in a bitset.
const BLOCK_WORDS: usize = BLOCK / 64;
/// Rows of the table. At 65 bytes a customer a block holds some 5,000 distinct runs, so one row in six is marked by chance;
/// half as many rows doubled the time of a rare search, twice as many cost 16 MB a million and saved a third.
const ROWS_LOG2: u32 = 15;
/// Digits of a run of digits that has a row. Of the hundred thousand such runs a block holds some 2,500.
const DIGITS: u32 = 5;
/// Changed texts of a block before it is marked anew.
const STALE_LIMIT: u8 = 64;
/// Ends each field; lower than any byte of a normalised text, so that no match reaches over it.
pub(super) const SEPARATOR: u8 = 0x1f;
/// Customers of a block up to which each is looked at by itself instead of the whole block.
const FEW: u32 = 24;

/// Blocks to run over from which on a further thread pays for itself: 4 MB, half a millisecond.
const BLOCKS_FOR_A_THREAD: u32 = 256;
/// Threads that one search may keep busy.
static THREADS: LazyLock<u32> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, |n| n.get().min(4) as u32));

/// A searched field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Name,
    Email,
}

/// The searched text of every customer.
#[derive(Debug, Default)]
pub(super) struct Texts {
    segments: Vec<TextSegment>,
}

/// The text of one segment.
#[derive(Debug)]
pub(super) struct TextSegment {
    blocks: Vec<Block>,
    /// Row by row the blocks, as bits, that hold a run of this hash.
    table: Box<[u64]>,
    stale: [u8; BLOCKS],
}

#[derive(Debug, Default)]
struct Block {
    text: Box<[u8]>,
    /// Where each customer's text ends; empty in a block without customers.
    ends: Box<[u32]>,
}

/// What is searched and kept of one customer: the fields, each followed by [`SEPARATOR`].
pub(super) fn record(entry: &Entry) -> Vec<u8> {
    let fields = [&entry.name_key, &entry.email_key, &entry.phone_key, &entry.account_key];
    let mut record = Vec::with_capacity(fields.iter().map(|field| field.len() + 1).sum());
    for field in fields {
        // Normalised texts hold no controls; a text that was not must not forge a separator.
        record.extend(field.bytes().map(|byte| if byte < b' ' { b' ' } else { byte }));
        record.push(SEPARATOR);
    }
    record
}

/// A field of a record; empty of a customer who is not there.
pub(super) fn field(record: &[u8], field: Field) -> &[u8] {
    let Some(end) = memchr(SEPARATOR, record) else { return &[] };
    match field {
        Field::Name => &record[..end],
        Field::Email => {
            let rest = &record[end + 1..];
            &rest[..memchr(SEPARATOR, rest).unwrap_or(rest.len())]
        }
    }
}

impl Texts {
    /// Room for so many segments.
    pub fn grow(&mut self, segments: usize) {
        if segments > self.segments.len() {
            self.segments.resize_with(segments, TextSegment::default);
        }
    }

    /// The text of a customer; empty of one who is not there.
    pub fn record(&self, slot: u32) -> &[u8] {
        let (segment, block, at) = place(slot);
        self.segments.get(segment).map_or(&[], |segment| segment.blocks[block].record(at))
    }

    pub fn field(&self, slot: u32, which: Field) -> &[u8] {
        field(self.record(slot), which)
    }

    /// Replaces texts of one block: `changes` are slots of it, ascending, with their new text (empty: not there any more).
    pub fn rewrite(&mut self, changes: &[(u32, Vec<u8>)]) {
        let Some((first, _)) = changes.first() else { return };
        let (segment, block, _) = place(*first);
        if let Some(segment) = self.segments.get_mut(segment) {
            segment.rewrite(block, changes);
        }
    }

    /// The slots whose text contains `needle`, of those in `within`.
    pub fn find(&self, needle: &[u8], within: &Bitset) -> Bitset {
        let scan = Scan { finder: memmem::Finder::new(needle), rows: rows_of(needle) };
        let blocks: u32 = self.segments.iter().map(|segment| scan.candidates(segment).count_ones()).sum();
        let threads = (blocks / BLOCKS_FOR_A_THREAD).clamp(1, *THREADS);
        self.find_on(threads as usize, &scan, within)
    }

    /// As [`Texts::find`]: each thread runs over its share of the segments.
    fn find_on(&self, threads: usize, scan: &Scan, within: &Bitset) -> Bitset {
        let mut found = Bitset::with_words(within.words().len());
        let share = self.segments.len().div_ceil(threads).max(1);
        let words = share * (SEGMENT / 64);
        let mut parts = self.segments.chunks(share).zip(found.words_mut().chunks_mut(words).zip(within.words().chunks(words)));
        let mine = parts.next();
        std::thread::scope(|scope| {
            for (segments, (found, within)) in parts {
                scope.spawn(move || scan.run(segments, within, found));
            }
            if let Some((segments, (found, within))) = mine {
                scan.run(segments, within, found);
            }
        });
        found
    }

    /// Adds one segment's text to a saved index.
    pub fn save_segment(&self, segment: usize, out: &mut Vec<u8>) {
        for block in self.segments.get(segment).map_or(&[][..], |segment| &segment.blocks) {
            put_bytes(out, &block.text);
            put_u32s(out, &block.ends);
        }
    }

    /// Adds a segment behind the last one.
    pub fn push_segment(&mut self, segment: TextSegment) {
        self.segments.push(segment);
    }

    pub fn heap_bytes(&self) -> usize {
        self.segments.iter().map(TextSegment::heap_bytes).sum()
    }
}

/// A needle, and the rows that every text which contains it has marked.
struct Scan<'n> {
    finder: memmem::Finder<'n>,
    rows: Vec<usize>,
}

impl Scan<'_> {
    /// The blocks of a segment that may hold the needle.
    fn candidates(&self, segment: &TextSegment) -> u64 {
        self.rows.iter().fold(u64::MAX, |blocks, row| blocks & segment.table[*row])
    }

    /// Marks in `found` the customers in `within` whose text has a match; both are of these segments.
    fn run(&self, segments: &[TextSegment], within: &[u64], found: &mut [u64]) {
        let words = found.chunks_exact_mut(SEGMENT / 64).zip(within.chunks_exact(SEGMENT / 64));
        for (segment, (found, within)) in segments.iter().zip(words) {
            for block in Bits(self.candidates(segment)) {
                let block = block as usize;
                let words = block * BLOCK_WORDS..(block + 1) * BLOCK_WORDS;
                segment.blocks[block].find(&self.finder, &within[words.clone()], &mut found[words]);
            }
        }
    }
}

/// Segment, block and place in the block.
fn place(slot: u32) -> (usize, usize, usize) {
    let slot = slot as usize;
    (slot / SEGMENT, slot % SEGMENT / BLOCK, slot % BLOCK)
}

/// The rows that every text which contains `needle` has marked.
fn rows_of(needle: &[u8]) -> Vec<usize> {
    let mut rows = Vec::new();
    each_row(needle, |row| rows.push(row));
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// The rows of all runs of `text` that are worth a row: one, two or three bytes, or [`DIGITS`] digits. Shorter runs of
/// digits are in every block. Whether a run is worth one depends on its own bytes only, so a needle has no row that the
/// texts around it lack.
fn each_row(text: &[u8], mut mark: impl FnMut(usize)) {
    let mut window = 0_u64;
    let mut length = 0_u32;
    let mut digits = 0_u32;
    for &byte in text {
        if byte == SEPARATOR {
            (length, digits) = (0, 0);
            continue;
        }
        window = window << 8 | u64::from(byte);
        length += 1;
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        mark(row(window, 1));
        if length >= 2 && digits < 2 {
            mark(row(window, 2));
        }
        if length >= 3 && digits < 3 {
            mark(row(window, 3));
        }
        if digits >= DIGITS {
            mark(row(window, DIGITS));
        }
    }
}

/// The row of the last `length` bytes of `window`.
fn row(window: u64, length: u32) -> usize {
    let run = window & ((1 << (8 * length)) - 1) | u64::from(length) << 56;
    // Multiplicative hashing (Knuth 6.4): the high bits of a product with an odd constant near 2⁶⁴ ÷ φ.
    (run.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - ROWS_LOG2)) as usize
}

impl Default for TextSegment {
    fn default() -> Self {
        Self {
            blocks: (0..BLOCKS).map(|_| Block::default()).collect(),
            table: vec![0; 1 << ROWS_LOG2].into_boxed_slice(),
            stale: [0; BLOCKS],
        }
    }
}

impl TextSegment {
    /// Reads what [`Texts::save_segment`] wrote.
    pub fn restore(input: &mut Input) -> Option<Self> {
        let mut segment = Self::default();
        for block in 0..BLOCKS {
            segment.blocks[block] = Block::restore(input)?;
            segment.mark_all(block);
        }
        Some(segment)
    }

    fn rewrite(&mut self, block: usize, changes: &[(u32, Vec<u8>)]) {
        let was_empty = self.blocks[block].text.is_empty();
        self.blocks[block].replace(changes);
        let stale = usize::from(self.stale[block]) + changes.len();
        if !was_empty && stale > usize::from(STALE_LIMIT) {
            self.unmark(block);
            self.mark_all(block);
        } else {
            changes.iter().for_each(|(_, record)| mark(&mut self.table, block, record));
            self.stale[block] = if was_empty { 0 } else { stale as u8 };
        }
    }

    fn unmark(&mut self, block: usize) {
        let others = !(1 << block);
        self.table.iter_mut().for_each(|blocks| *blocks &= others);
        self.stale[block] = 0;
    }

    fn mark_all(&mut self, block: usize) {
        mark(&mut self.table, block, &self.blocks[block].text);
    }

    fn heap_bytes(&self) -> usize {
        let blocks = self.blocks.iter().map(|block| block.text.len() + block.ends.len() * 4).sum::<usize>();
        blocks + size_of_val::<[u64]>(&self.table) + self.blocks.capacity() * size_of::<Block>()
    }
}

/// Marks the runs of `text` as being in the block.
fn mark(table: &mut [u64], block: usize, text: &[u8]) {
    each_row(text, |row| table[row] |= 1 << block);
}

impl Block {
    fn restore(input: &mut Input) -> Option<Self> {
        let text: Box<[u8]> = input.bytes()?.into();
        let ends = input.u32s()?.into_boxed_slice();
        let whole = ends.is_sorted() && ends.last().map_or(0, |end| *end as usize) == text.len();
        (whole && matches!(ends.len(), 0 | BLOCK)).then_some(Self { text, ends })
    }

    fn record(&self, at: usize) -> &[u8] {
        match self.ends.get(at) {
            Some(end) => &self.text[self.start(at)..*end as usize],
            None => &[],
        }
    }

    fn start(&self, at: usize) -> usize {
        if at == 0 { 0 } else { self.ends[at - 1] as usize }
    }

    fn replace(&mut self, changes: &[(u32, Vec<u8>)]) {
        let more: usize = changes.iter().map(|(_, record)| record.len()).sum();
        let mut text = Vec::with_capacity(self.text.len() + more);
        let mut ends = Vec::with_capacity(BLOCK);
        let mut changes = changes.iter().peekable();
        for at in 0..BLOCK {
            match changes.next_if(|(slot, _)| *slot as usize % BLOCK == at) {
                Some((_, record)) => text.extend_from_slice(record),
                None => text.extend_from_slice(self.record(at)),
            }
            ends.push(text.len() as u32);
        }
        *self = Self { text: text.into_boxed_slice(), ends: ends.into_boxed_slice() };
    }

    /// Marks in `found` the customers in `within` whose text has a match.
    fn find(&self, finder: &memmem::Finder, within: &[u64], found: &mut [u64]) {
        let wanted: u32 = within.iter().map(|word| word.count_ones()).sum();
        if wanted > FEW {
            self.find_all(finder, found);
            found.iter_mut().zip(within).for_each(|(found, within)| *found &= within);
        } else {
            for (at, (found, within)) in found.iter_mut().zip(within).enumerate() {
                *found |= Bits(*within)
                    .filter(|bit| finder.find(self.record(at * 64 + *bit as usize)).is_some())
                    .fold(0, |hits, bit| hits | 1 << bit);
            }
        }
    }

    /// Runs over the whole text; after a match it goes on with the next customer.
    fn find_all(&self, finder: &memmem::Finder, found: &mut [u64]) {
        let mut from = 0;
        let mut at = 0;
        while let Some(hit) = finder.find(&self.text[from..]) {
            let hit = (from + hit) as u32;
            while self.ends[at] <= hit {
                at += 1;
            }
            found[at / 64] |= 1 << (at % 64);
            from = self.ends[at] as usize;
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_find_together_what_one_finds() {
        const SEGMENTS: usize = 5;
        let mut texts = Texts::default();
        texts.grow(SEGMENTS);
        let mut within = Bitset::with_words(SEGMENTS * SEGMENT / 64);
        for block in 0..(SEGMENTS * BLOCKS) as u32 {
            let slots = (0..BLOCK as u32).map(|at| block * BLOCK as u32 + at).filter(|slot| slot % 3 > 0);
            slots.clone().filter(|slot| slot % 7 > 0).for_each(|slot| within.insert(slot));
            let text = |slot: u32| format!("name {}\u{1f}", slot * 31 % 10_007).into_bytes();
            texts.rewrite(&slots.map(|slot| (slot, text(slot))).collect::<Vec<_>>());
        }
        for (needle, is_there) in [("name", true), ("77", true), ("e 12", true), ("x", false)] {
            let scan = Scan { finder: memmem::Finder::new(needle), rows: rows_of(needle.as_bytes()) };
            let alone = texts.find_on(1, &scan, &within);
            assert_eq!(alone.is_empty(), !is_there, "{needle}");
            for threads in [2, 3, 4, 9] {
                assert_eq!(texts.find_on(threads, &scan, &within), alone, "{needle} on {threads} threads");
            }
        }
    }
}
