//! Columns of numbers, each segment as narrow as its widest number.

use super::SEGMENT;
use super::bitset::Bitset;
use super::bytes::{Input, put};
use super::int24::I24;

/// One number per slot. A slot that was never set holds 0.
#[derive(Debug, Default)]
pub(super) struct Column {
    pieces: Vec<Piece>,
}

/// The numbers of one segment in the narrowest form that holds them all; it widens where it must and never narrows.
#[derive(Debug, Default)]
pub(super) enum Piece {
    /// All are 0, as store credit is in a shop that gives none.
    #[default]
    Zero,
    I8(Box<[i8]>),
    I16(Box<[i16]>),
    /// What most customers spent, in cents: up to 83,886.07.
    I24(Box<[I24]>),
    I32(Box<[i32]>),
    /// Microseconds that are whole seconds, as imported instants are.
    Seconds(Box<[i32]>),
    I64(Box<[i64]>),
}

const MICROS: i64 = 1_000_000;

/// Runs `$body` with `$values` being the numbers as they are kept, each standing for so many `$unit`s.
macro_rules! each_form {
    ($piece:expr, zero: $zero:expr, |$values:ident, $unit:ident| $body:expr) => {
        match $piece {
            Piece::Zero => $zero,
            Piece::I8($values) => each_form!($values, 1, $unit, $body),
            Piece::I16($values) => each_form!($values, 1, $unit, $body),
            Piece::I24($values) => each_form!($values, 1, $unit, $body),
            Piece::I32($values) => each_form!($values, 1, $unit, $body),
            Piece::Seconds($values) => each_form!($values, MICROS, $unit, $body),
            Piece::I64($values) => each_form!($values, 1, $unit, $body),
        }
    };
    ($values:ident, $number:expr, $unit:ident, $body:expr) => {{
        let $unit: i64 = $number;
        $body
    }};
}

impl Column {
    /// Room for so many segments.
    pub fn grow(&mut self, segments: usize) {
        if segments > self.pieces.len() {
            self.pieces.resize_with(segments, Piece::default);
        }
    }

    pub fn get(&self, slot: u32) -> i64 {
        let (segment, at) = place(slot);
        self.pieces.get(segment).map_or(0, |piece| piece.get(at))
    }

    pub fn set(&mut self, slot: u32, value: i64) {
        let (segment, at) = place(slot);
        if let Some(piece) = self.pieces.get_mut(segment) {
            piece.set(at, value);
        }
    }

    /// Adds one segment's numbers to a saved index.
    pub fn save_segment(&self, segment: usize, out: &mut Vec<u8>) {
        self.pieces.get(segment).unwrap_or(&Piece::Zero).save(out);
    }

    /// Adds a segment behind the last one.
    pub fn push_segment(&mut self, piece: Piece) {
        self.pieces.push(piece);
    }

    /// Marks in `found`, which is as long as this column, the slots with `min ≤ value ≤ max`.
    pub fn find_range(&self, min: i64, max: i64, found: &mut Bitset) {
        for (piece, words) in self.pieces.iter().zip(found.words_mut().chunks_exact_mut(SEGMENT / 64)) {
            each_form!(piece, zero: words.fill(all(min <= 0 && 0 <= max)), |values, unit| {
                find_range_in(values, at_least(min, unit), at_most(max, unit), words);
            });
        }
    }

    /// Whether any of the 64 slots of a word has a number below `bound`.
    pub fn any_below(&self, word: usize, bound: i64) -> bool {
        let (segment, at) = place(word as u32 * 64);
        let Some(piece) = self.pieces.get(segment) else { return 0 < bound };
        each_form!(piece, zero: 0 < bound, |values, unit| any_below(&values[at..at + 64], at_least(bound, unit)))
    }

    /// Whether any of the 64 slots of a word has a number above `bound`.
    pub fn any_above(&self, word: usize, bound: i64) -> bool {
        let (segment, at) = place(word as u32 * 64);
        let Some(piece) = self.pieces.get(segment) else { return 0 > bound };
        each_form!(piece, zero: 0 > bound, |values, unit| any_above(&values[at..at + 64], at_most(bound, unit)))
    }

    /// Marks in `found` the slots whose value, a code, is `wanted`.
    pub fn find_codes(&self, wanted: &[bool], found: &mut Bitset) {
        // A negative code is none; as an unsigned number it is beyond all.
        let is_wanted = |code: i64| wanted.get(code as usize) == Some(&true);
        let mut codes = (0_i64..).zip(wanted).filter(|(_, wanted)| **wanted).map(|(code, _)| code);
        if let (Some(code), None) = (codes.next(), codes.next()) {
            return self.find_range(code, code, found);
        }
        for (piece, words) in self.pieces.iter().zip(found.words_mut().chunks_exact_mut(SEGMENT / 64)) {
            each_form!(piece, zero: words.fill(all(is_wanted(0))), |values, unit| {
                // For the form of 64 bits the conversion changes nothing.
                #[allow(clippy::useless_conversion)]
                find_in(values, words, |value| is_wanted(i64::from(value) * unit));
            });
        }
    }

    pub fn heap_bytes(&self) -> usize {
        self.pieces.iter().map(Piece::heap_bytes).sum::<usize>() + self.pieces.capacity() * size_of::<Piece>()
    }
}

fn place(slot: u32) -> (usize, usize) {
    (slot as usize / SEGMENT, slot as usize % SEGMENT)
}

/// The least number of units that is not below `bound`.
fn at_least(bound: i64, unit: i64) -> i64 {
    bound.div_euclid(unit) + i64::from(bound.rem_euclid(unit) > 0)
}

/// The greatest number of units that is not above `bound`.
fn at_most(bound: i64, unit: i64) -> i64 {
    bound.div_euclid(unit)
}

/// Compares in the form in which numbers are kept, many at a time.
fn find_range_in<T: Copy + Ord + TryFrom<i64>>(values: &[T], min: i64, max: i64, words: &mut [u64]) {
    match (T::try_from(min), T::try_from(max)) {
        (Ok(min), Ok(max)) => find_in(values, words, |value| (min <= value) & (value <= max)),
        // Beyond the form on one side or on both.
        (Ok(min), Err(_)) if max > 0 => find_in(values, words, |value| min <= value),
        (Err(_), Ok(max)) if min < 0 => find_in(values, words, |value| value <= max),
        _ => words.fill(all(min < 0 && max > 0)),
    }
}

fn find_in<T: Copy>(values: &[T], words: &mut [u64], test: impl Fn(T) -> bool) {
    for (word, values) in words.iter_mut().zip(values.chunks_exact(64)) {
        let mut passed = [0_u8; 64];
        passed.iter_mut().zip(values).for_each(|(passed, value)| *passed = u8::from(test(*value)));
        *word = pack(&passed);
    }
}

/// 64 bytes of 0 or 1 as bits.
fn pack(bytes: &[u8; 64]) -> u64 {
    let (eights, _) = bytes.as_chunks::<8>();
    // The product's highest byte gets each byte's bit at its own place: one of its eight terms each, so that nothing carries.
    let bits = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    eights.iter().rev().fold(0, |word, eight| word << 8 | bits(eight))
}

fn any_below<T: Copy + Ord + TryFrom<i64>>(values: &[T], bound: i64) -> bool {
    // All are looked at, so that many are at a time.
    T::try_from(bound).map_or(bound > 0, |bound| values.iter().fold(false, |any, value| any | (*value < bound)))
}

fn any_above<T: Copy + Ord + TryFrom<i64>>(values: &[T], bound: i64) -> bool {
    T::try_from(bound).map_or(bound < 0, |bound| values.iter().fold(false, |any, value| any | (*value > bound)))
}

/// A word of slots that all pass, or none.
fn all(pass: bool) -> u64 {
    if pass { u64::MAX } else { 0 }
}

fn number_at<T: Copy + Into<i64>>(values: &[T], unit: i64, at: usize) -> i64 {
    values[at].into() * unit
}

/// Stores a number where it fits.
fn store<T: TryFrom<i64>>(place: &mut T, number: i64) -> bool {
    T::try_from(number).is_ok_and(|number| {
        *place = number;
        true
    })
}

impl Piece {
    fn get(&self, at: usize) -> i64 {
        each_form!(self, zero: 0, |values, unit| number_at(values, unit, at))
    }

    fn set(&mut self, at: usize, value: i64) {
        let fits = match self {
            Self::Zero => value == 0,
            Self::I8(values) => store(&mut values[at], value),
            Self::I16(values) => store(&mut values[at], value),
            Self::I24(values) => store(&mut values[at], value),
            Self::I32(values) => store(&mut values[at], value),
            Self::Seconds(values) => value % MICROS == 0 && store(&mut values[at], value / MICROS),
            Self::I64(values) => store(&mut values[at], value),
        };
        if !fits {
            self.widen(value);
            self.set(at, value);
        }
    }

    /// Takes the next form that also holds `value`.
    fn widen(&mut self, value: i64) {
        let old: Vec<i64> = (0..SEGMENT).map(|at| self.get(at)).collect();
        let all = |fits: fn(i64) -> bool| fits(value) && old.iter().all(|old| fits(*old));
        *self = if all(|v| i8::try_from(v).is_ok()) {
            Self::I8(old.iter().map(|v| *v as i8).collect())
        } else if all(|v| i16::try_from(v).is_ok()) {
            Self::I16(old.iter().map(|v| *v as i16).collect())
        } else if all(|v| I24::try_from(v).is_ok()) {
            Self::I24(old.iter().filter_map(|v| I24::try_from(*v).ok()).collect())
        } else if all(|v| i32::try_from(v).is_ok()) {
            Self::I32(old.iter().map(|v| *v as i32).collect())
        } else if all(|v| whole_seconds(v).is_some()) {
            Self::Seconds(old.iter().map(|v| (*v / MICROS) as i32).collect())
        } else {
            Self::I64(old.into_boxed_slice())
        };
    }

    fn save(&self, out: &mut Vec<u8>) {
        put(out, self.form());
        each_form!(self, zero: {}, |values, _unit| values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes())));
    }

    /// Reads what [`Column::save_segment`] wrote.
    pub fn restore(input: &mut Input) -> Option<Self> {
        macro_rules! values {
            ($type:ty) => {{
                let bytes = input.take(SEGMENT * size_of::<$type>())?.chunks_exact(size_of::<$type>());
                bytes.filter_map(|bytes| bytes.try_into().ok()).map(<$type>::from_le_bytes).collect()
            }};
        }
        Some(match input.number()? {
            0 => Self::Zero,
            1 => Self::I8(values!(i8)),
            2 => Self::I16(values!(i16)),
            3 => Self::I32(values!(i32)),
            4 => Self::Seconds(values!(i32)),
            5 => Self::I64(values!(i64)),
            6 => Self::I24(values!(I24)),
            _ => return None,
        })
    }

    /// What a saved index calls the form.
    fn form(&self) -> i64 {
        match self {
            Self::Zero => 0,
            Self::I8(_) => 1,
            Self::I16(_) => 2,
            Self::I32(_) => 3,
            Self::Seconds(_) => 4,
            Self::I64(_) => 5,
            Self::I24(_) => 6,
        }
    }

    fn heap_bytes(&self) -> usize {
        each_form!(self, zero: 0, |values, _unit| size_of_val::<[_]>(values))
    }
}

fn whole_seconds(micros: i64) -> Option<i32> {
    (micros % MICROS == 0).then(|| i32::try_from(micros / MICROS).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widens_as_needed_and_keeps_everything() {
        let mut column = Column::default();
        column.grow(2);
        let values = [5, -200, 70_000, 1_700_000_000_000_000, i64::MIN, i64::MAX, 0];
        for (slot, value) in (16_000_u32..).step_by(97).zip(values) {
            column.set(slot, value);
        }
        for (slot, value) in (16_000_u32..).step_by(97).zip(values) {
            assert_eq!(column.get(slot), value);
        }
        assert_eq!(column.get(40_000), 0);
        let mut found = Bitset::with_words(2 * SEGMENT / 64);
        column.find_range(1, i64::MAX, &mut found);
        assert_eq!(found.count(), 4);
    }

    #[test]
    fn bounds_are_compared_in_every_form() {
        let forms: [&[i64]; 6] = [
            &[0],
            &[-128, -1, 0, 1, 127],
            &[-200, -1, 0, 3, 300],
            &[-(1 << 23), -70_000, -1, 0, 1, (1 << 23) - 1],
            &[-MICROS, 0, MICROS, 1_700_000_000_000_000],
            &[i64::MIN, -1, 0, 1, i64::MAX],
        ];
        for values in forms {
            let mut column = Column::default();
            column.grow(1);
            (0_u32..64).for_each(|slot| column.set(slot, values[slot as usize % values.len()]));
            let near = values.iter().flat_map(|value| [value.saturating_sub(1), *value, value.saturating_add(1)]);
            let bounds: Vec<i64> = near.chain([i64::MIN, -40_000, 40_000, i64::MAX]).collect();
            for &bound in &bounds {
                assert_eq!(column.any_below(0, bound), values.iter().any(|value| *value < bound), "{values:?} below {bound}");
                assert_eq!(column.any_above(0, bound), values.iter().any(|value| *value > bound), "{values:?} above {bound}");
                for &max in &bounds {
                    let mut found = Bitset::with_words(SEGMENT / 64);
                    column.find_range(bound, max, &mut found);
                    for slot in 0..64 {
                        let value = column.get(slot);
                        assert_eq!(found.contains(slot), bound <= value && value <= max, "{value} in {bound}..={max}");
                    }
                }
            }
        }
    }

    #[test]
    fn instants_take_half_the_room_while_they_are_whole_seconds() {
        let mut column = Column::default();
        column.grow(1);
        column.set(3, 1_700_000_000_000_000);
        assert!(matches!(column.pieces[0], Piece::Seconds(_)));
        column.set(4, 1_700_000_000_000_001);
        assert!(matches!(column.pieces[0], Piece::I64(_)));
        assert_eq!((column.get(3), column.get(4)), (1_700_000_000_000_000, 1_700_000_000_000_001));
    }
}
