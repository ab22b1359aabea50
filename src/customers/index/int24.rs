//! Whole numbers of three bytes.

use std::cmp::Ordering;

/// A number from −2²³ to 2²³ − 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct I24([u8; 3]);

impl I24 {
    pub fn from_le_bytes(bytes: [u8; 3]) -> Self {
        Self(bytes)
    }

    pub fn to_le_bytes(self) -> [u8; 3] {
        self.0
    }

    fn get(self) -> i32 {
        let [low, middle, high] = self.0;
        // The sign stands in the highest byte and is drawn down from there.
        i32::from_le_bytes([0, low, middle, high]) >> 8
    }
}

impl From<I24> for i64 {
    fn from(number: I24) -> Self {
        number.get().into()
    }
}

impl TryFrom<i64> for I24 {
    type Error = ();

    fn try_from(number: i64) -> Result<Self, ()> {
        let [low, middle, high, ..] = number.to_le_bytes();
        let kept = Self([low, middle, high]);
        if i64::from(kept) == number { Ok(kept) } else { Err(()) }
    }
}

impl PartialOrd for I24 {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for I24 {
    fn cmp(&self, other: &Self) -> Ordering {
        self.get().cmp(&other.get())
    }
}

#[cfg(test)]
mod tests {
    use super::I24;

    #[test]
    fn it_holds_what_fits_and_nothing_else() {
        for number in [-(1 << 23), -70_000, -1, 0, 1, 255, 256, 65_536, (1 << 23) - 1_i64] {
            assert_eq!(I24::try_from(number).map(i64::from), Ok(number));
        }
        for number in [-(1 << 23) - 1, 1 << 23, 1 << 24, i64::MIN, i64::MAX] {
            assert_eq!(I24::try_from(number), Err(()));
        }
        assert!(I24::try_from(-3) < I24::try_from(2));
    }
}
