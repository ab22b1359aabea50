//! The searched text.
//!
//! Customers lie in blocks of 256, in the order of their slots. A block has three stretches of bytes ([`super::stretch`]), of
//! which most searches need to read only the first:
//!
//! - *words*: the name, and the email where its letters are not the name's;
//! - *echoes*: emails like `ann.lee@`, all of whose words are in the name: whoever searches for letters finds those there;
//! - *numbers*: phone and account number. A segment notes which bytes they are made of.
//!
//! Which blocks are worth running over at all, a table per segment tells ([`super::runs`]). Of most emails only the part up to
//! the `@` lies here ([`super::domains`]).
//!
//! A changed text rewrites its block, about 14 KB. Runs that only the old text had stay marked, which costs a needless
//! scan and never a hit, until [`STALE_LIMIT`] changes pay for marking the block anew.

use super::bitset::{Bits, Bitset};
use super::bytes::Input;
use super::domains::Cut;
use super::runs::{Runs, rows_of};
use super::stretch::Stretch;
use super::{Entry, SEGMENT};
use memchr::{memchr, memmem};
use std::sync::LazyLock;

/// Customers of a block.
pub(super) const BLOCK: usize = 256;
/// Blocks of a segment: as many as a word has bits.
const BLOCKS: usize = SEGMENT / BLOCK;
/// Words of a block in a bitset.
const BLOCK_WORDS: usize = BLOCK / 64;
/// Changed texts of a block before it is marked anew.
const STALE_LIMIT: u8 = 64;
/// Ends each field; lower than any byte of a normalised text, so that no match reaches over it.
const SEPARATOR: u8 = 0x1f;
/// Ends an email whose domain is kept elsewhere, after its `@`.
pub(super) const CUT: u8 = 0x1e;

/// Blocks to run over from which on a further thread pays for itself: 2 MB, a quarter of a millisecond.
const BLOCKS_FOR_A_THREAD: u32 = 256;
/// Threads that one search may keep busy.
static THREADS: LazyLock<u32> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, |n| n.get().min(4) as u32));

/// Whether this byte is no text but where a field ends.
pub(super) fn is_end(byte: u8) -> bool {
    byte == SEPARATOR || byte == CUT
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
    runs: Runs,
    /// The bytes that occur in its numbers.
    digits: Bytes,
    stale: [u8; BLOCKS],
}

#[derive(Debug, Default)]
struct Block {
    words: Stretch,
    echoes: Stretch,
    numbers: Stretch,
}

/// What is searched and kept of one customer; empty of one who is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    words: Vec<u8>,
    /// The email, where it is not among the words.
    echo: Vec<u8>,
    numbers: Vec<u8>,
}

impl Record {
    pub fn new(entry: &Entry, cut: Cut) -> Self {
        let mut record = Self::default();
        put(&mut record.words, &entry.name_key, SEPARATOR);
        let (email, end) = match cut.length {
            Some(length) => (&entry.email_key[..length], CUT),
            None => (entry.email_key.as_str(), SEPARATOR),
        };
        let is_echo = words_of(email.as_bytes()).all(|word| memmem::find(&record.words, word).is_some());
        put(if is_echo { &mut record.echo } else { &mut record.words }, email, end);
        put(&mut record.numbers, &entry.phone_key, SEPARATOR);
        put(&mut record.numbers, &entry.account_key, SEPARATOR);
        record
    }

    pub fn name(&self) -> &[u8] {
        name(&self.words)
    }

    /// The email as far as it is kept.
    pub fn email(&self) -> &[u8] {
        email(&self.words, &self.echo)
    }
}

fn put(record: &mut Vec<u8>, field: &str, end: u8) {
    // Normalised texts hold no controls; a text that was not must not forge an end.
    record.extend(field.bytes().map(|byte| if byte < b' ' { b' ' } else { byte }));
    record.push(end);
}

fn name(words: &[u8]) -> &[u8] {
    &words[..memchr(SEPARATOR, words).unwrap_or(0)]
}

fn email<'t>(words: &'t [u8], echo: &'t [u8]) -> &'t [u8] {
    let start = memchr(SEPARATOR, words).map_or(0, |end| end + 1);
    let email = if start < words.len() { &words[start..] } else { echo };
    email.split_last().map_or(&[], |(_, email)| email)
}

/// A byte of a letter, of whatever script.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_lowercase() || !byte.is_ascii()
}

/// The runs of letters of a text.
fn words_of(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !is_letter(*byte)).filter(|word| !word.is_empty())
}

impl Texts {
    /// Room for so many segments.
    pub fn grow(&mut self, segments: usize) {
        if segments > self.segments.len() {
            self.segments.resize_with(segments, TextSegment::default);
        }
    }

    /// Whether this is what is kept of a customer.
    pub fn is(&self, slot: u32, record: &Record) -> bool {
        let kept = self.texts_of(slot);
        kept == [&record.words[..], &record.echo, &record.numbers]
    }

    pub fn name(&self, slot: u32) -> &[u8] {
        name(self.texts_of(slot)[0])
    }

    /// The email as far as it is kept here.
    pub fn email(&self, slot: u32) -> &[u8] {
        let [words, echo, _] = self.texts_of(slot);
        email(words, echo)
    }

    /// A customer's words, echo and numbers.
    fn texts_of(&self, slot: u32) -> [&[u8]; 3] {
        let (segment, block, at) = place(slot);
        self.segments.get(segment).map_or([&[][..]; 3], |segment| segment.blocks[block].stretches().map(|texts| texts.get(at)))
    }

    /// Replaces texts of one block: `changes` are slots of it, ascending, with their new text.
    pub fn rewrite(&mut self, changes: &[(u32, Record)]) {
        let Some((first, _)) = changes.first() else { return };
        let (segment, block, _) = place(*first);
        if let Some(segment) = self.segments.get_mut(segment) {
            segment.rewrite(block, changes);
        }
    }

    /// The slots whose text contains `needle`, of those in `within`.
    pub fn find(&self, needle: &[u8], within: &Bitset) -> Bitset {
        let scan = Scan { needle, finder: memmem::Finder::new(needle), rows: rows_of(needle) };
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
            block.stretches().into_iter().for_each(|stretch| stretch.save(out));
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
    needle: &'n [u8],
    finder: memmem::Finder<'n>,
    rows: Vec<usize>,
}

impl Scan<'_> {
    /// The blocks of a segment that may hold the needle.
    fn candidates(&self, segment: &TextSegment) -> u64 {
        segment.runs.blocks(&self.rows)
    }

    /// Marks in `found` the customers in `within` whose text has a match; both are of these segments.
    fn run(&self, segments: &[TextSegment], within: &[u64], found: &mut [u64]) {
        let beyond_letters = !self.needle.iter().all(|byte| is_letter(*byte));
        let words = found.chunks_exact_mut(SEGMENT / 64).zip(within.chunks_exact(SEGMENT / 64));
        for (segment, (found, within)) in segments.iter().zip(words) {
            let in_numbers = segment.digits.has_all(self.needle);
            for block in Bits(self.candidates(segment)) {
                let block = block as usize;
                let words = block * BLOCK_WORDS..(block + 1) * BLOCK_WORDS;
                let (within, found) = (&within[words.clone()], &mut found[words]);
                let [texts, echoes, numbers] = segment.blocks[block].stretches();
                texts.find(&self.finder, within, found);
                if beyond_letters {
                    echoes.find(&self.finder, within, found);
                }
                if in_numbers {
                    numbers.find(&self.finder, within, found);
                }
                found.iter_mut().zip(within).for_each(|(found, within)| *found &= within);
            }
        }
    }
}

/// Segment, block and place in the block.
fn place(slot: u32) -> (usize, usize, usize) {
    let slot = slot as usize;
    (slot / SEGMENT, slot % SEGMENT / BLOCK, slot % BLOCK)
}

impl Block {
    fn stretches(&self) -> [&Stretch; 3] {
        [&self.words, &self.echoes, &self.numbers]
    }
}

/// A set of bytes.
#[derive(Debug, Default)]
struct Bytes([u64; 4]);

impl Bytes {
    fn add_all(&mut self, text: &[u8]) {
        text.iter().for_each(|byte| self.0[usize::from(byte / 64)] |= 1 << (byte % 64));
    }

    fn has_all(&self, text: &[u8]) -> bool {
        text.iter().all(|byte| self.0[usize::from(byte / 64)] >> (byte % 64) & 1 == 1)
    }
}

impl Default for TextSegment {
    fn default() -> Self {
        Self {
            blocks: (0..BLOCKS).map(|_| Block::default()).collect(),
            runs: Runs::default(),
            digits: Bytes::default(),
            stale: [0; BLOCKS],
        }
    }
}

impl TextSegment {
    /// Reads what [`Texts::save_segment`] wrote.
    pub fn restore(input: &mut Input) -> Option<Self> {
        let mut segment = Self::default();
        for block in 0..BLOCKS {
            let mut stretch = || Stretch::restore(input);
            segment.blocks[block] = Block { words: stretch()?, echoes: stretch()?, numbers: stretch()? };
            segment.mark_all(block);
        }
        Some(segment)
    }

    fn rewrite(&mut self, block: usize, changes: &[(u32, Record)]) {
        let was_empty = self.blocks[block].words.is_empty();
        let changed =
            |text: fn(&Record) -> &[u8]| changes.iter().map(move |(slot, record)| (*slot as usize % BLOCK, text(record)));
        let texts = &mut self.blocks[block];
        texts.words.replace(changed(|record| &record.words));
        texts.echoes.replace(changed(|record| &record.echo));
        texts.numbers.replace(changed(|record| &record.numbers));
        let stale = usize::from(self.stale[block]) + changes.len();
        if !was_empty && stale > usize::from(STALE_LIMIT) {
            self.runs.unmark(block);
            self.mark_all(block);
            self.stale[block] = 0;
        } else {
            for (_, record) in changes {
                mark(&mut self.runs, &mut self.digits, block, [&record.words, &record.echo, &record.numbers]);
            }
            self.stale[block] = if was_empty { 0 } else { stale as u8 };
        }
    }

    fn mark_all(&mut self, block: usize) {
        let Self { blocks, runs, digits, .. } = self;
        mark(runs, digits, block, blocks[block].stretches().map(Stretch::text));
    }

    fn heap_bytes(&self) -> usize {
        let stretches = self.blocks.iter().flat_map(Block::stretches);
        let texts = stretches.map(Stretch::heap_bytes).sum::<usize>();
        texts + self.runs.heap_bytes() + self.blocks.capacity() * size_of::<Block>()
    }
}

/// Notes that these words, echoes and numbers are in the block.
fn mark(runs: &mut Runs, digits: &mut Bytes, block: usize, texts: [&[u8]; 3]) {
    texts.into_iter().for_each(|text| runs.mark(block, text));
    digits.add_all(texts[2]);
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
            let record = |slot: u32| {
                let (mut words, mut numbers) = (Vec::new(), Vec::new());
                put(&mut words, &format!("name {}", slot % 13), SEPARATOR);
                put(&mut numbers, &(slot * 31 % 10_007).to_string(), SEPARATOR);
                Record { words, echo: Vec::new(), numbers }
            };
            texts.rewrite(&slots.map(|slot| (slot, record(slot))).collect::<Vec<_>>());
        }
        for (needle, is_there) in [("name", true), ("77", true), ("e 12", true), ("x", false)] {
            let needle = needle.as_bytes();
            let scan = Scan { needle, finder: memmem::Finder::new(needle), rows: rows_of(needle) };
            let alone = texts.find_on(1, &scan, &within);
            assert_eq!(alone.is_empty(), !is_there, "{needle:?}");
            for threads in [2, 3, 4, 9] {
                assert_eq!(texts.find_on(threads, &scan, &within), alone, "{needle:?} on {threads} threads");
            }
        }
    }
}
