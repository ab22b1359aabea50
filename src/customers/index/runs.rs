//! Where to look for a text: which blocks of a segment hold a run of bytes.
//!
//! A table has a word per run, with a bit for each of the segment's 64 blocks. Runs of one byte and of two plain characters
//! have a row each, so that the shortest searches read only blocks with a hit. Runs of three bytes, of five digits and of
//! two other bytes share hashed rows. So a search of any length in any script works from the first character, and a rare one
//! reads little.

use super::text::is_end;

/// Rows of single bytes.
const BYTES: usize = 256;
/// Characters of which names and emails are made: a pair of them has a row of its own.
const PLAIN: &[u8; 41] = b"abcdefghijklmnopqrstuvwxyz0123456789 .-@_";
const PAIRS: usize = PLAIN.len() * PLAIN.len();
/// Hashed rows. A block holds some 5,000 distinct hashed runs, so one row in seven is marked by chance; half as many rows
/// doubled the time of a rare search, twice as many cost 16 MB a million and saved a third.
const HASHED_LOG2: u32 = 15;
const ROWS: usize = BYTES + PAIRS + (1 << HASHED_LOG2);
/// Digits of a run of digits that has a row. Of the hundred thousand such runs a block holds some 2,500.
const DIGITS: u32 = 5;

/// The place of each byte among [`PLAIN`]; `NOT_PLAIN` of the others.
static PLACES: [u8; 256] = places();
const NOT_PLAIN: u8 = u8::MAX;

const fn places() -> [u8; 256] {
    let mut places = [NOT_PLAIN; 256];
    let mut at = 0;
    while at < PLAIN.len() {
        places[PLAIN[at] as usize] = at as u8;
        at += 1;
    }
    places
}

/// Row by row the blocks, as bits, that hold a run.
#[derive(Debug)]
pub(super) struct Runs(Box<[u64]>);

impl Default for Runs {
    fn default() -> Self {
        Self(vec![0; ROWS].into_boxed_slice())
    }
}

impl Runs {
    /// Marks the runs of `text` as being in the block.
    pub fn mark(&mut self, block: usize, text: &[u8]) {
        each_row(text, |row| self.0[row] |= 1 << block);
    }

    /// Forgets what the block holds.
    pub fn unmark(&mut self, block: usize) {
        let others = !(1 << block);
        self.0.iter_mut().for_each(|blocks| *blocks &= others);
    }

    /// The blocks, as bits, that have all these rows marked.
    pub fn blocks(&self, rows: &[usize]) -> u64 {
        rows.iter().fold(u64::MAX, |blocks, row| blocks & self.0[*row])
    }

    pub fn heap_bytes(&self) -> usize {
        size_of_val::<[u64]>(&self.0)
    }
}

/// The rows that every text which contains `needle` has marked.
pub(super) fn rows_of(needle: &[u8]) -> Vec<usize> {
    let mut rows = Vec::new();
    each_row(needle, |row| rows.push(row));
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// The rows of all runs of `text` that are worth a row. Shorter runs of digits are in every block. Whether a run is worth one
/// depends on its own bytes only, so a needle has no row that the texts around it lack.
fn each_row(text: &[u8], mut mark: impl FnMut(usize)) {
    let mut window = 0_u64;
    let mut length = 0_u32;
    let mut digits = 0_u32;
    for &byte in text {
        if is_end(byte) {
            (length, digits) = (0, 0);
            continue;
        }
        window = window << 8 | u64::from(byte);
        length += 1;
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        mark(usize::from(byte));
        if length >= 2 && digits < 2 {
            mark(pair(window));
        }
        if length >= 3 && digits < 3 {
            mark(hashed(window, 3));
        }
        if digits >= DIGITS {
            mark(hashed(window, DIGITS));
        }
    }
}

/// The row of the last two bytes of `window`.
fn pair(window: u64) -> usize {
    match (PLACES[(window >> 8) as u8 as usize], PLACES[window as u8 as usize]) {
        (NOT_PLAIN, _) | (_, NOT_PLAIN) => hashed(window, 2),
        (first, second) => BYTES + usize::from(first) * PLAIN.len() + usize::from(second),
    }
}

/// The row of the last `length` bytes of `window`.
fn hashed(window: u64, length: u32) -> usize {
    let run = window & ((1 << (8 * length)) - 1) | u64::from(length) << 56;
    // Multiplicative hashing (Knuth 6.4): the high bits of a product with an odd constant near 2⁶⁴ ÷ φ.
    BYTES + PAIRS + (run.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - HASHED_LOG2)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_rows_of_all_its_parts() {
        let text = "mei ling-o'neil 王伟 4917123456 x_y@mail.example c-1000001".as_bytes();
        let mut runs = Runs::default();
        runs.mark(7, text);
        for from in 0..text.len() {
            for to in from + 1..=text.len() {
                assert_eq!(runs.blocks(&rows_of(&text[from..to])), 1 << 7, "{:?}", String::from_utf8_lossy(&text[from..to]));
            }
        }
        assert_eq!(runs.blocks(&rows_of(b"qx")), 0);
        runs.unmark(7);
        assert_eq!(runs.blocks(&rows_of(b"mei")), 0);
    }

    #[test]
    fn rows_are_within_the_table() {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                assert!(rows_of(&[first, second, b'z']).iter().all(|row| *row < ROWS));
            }
        }
    }
}
