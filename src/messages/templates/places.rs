//! Lines and columns of a text.

/// A text whose places are asked for.
pub struct Places<'a>(&'a str);

impl<'a> Places<'a> {
    pub fn of(text: &'a str) -> Self {
        Self(text)
    }

    /// Line and column of a byte, both from 1; columns are characters.
    pub fn at(&self, byte: usize) -> (u32, u32) {
        let before = self.0.get(..byte).unwrap_or(self.0);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }

    /// The byte at which a line begins.
    pub fn line_start(&self, line: usize) -> usize {
        self.0.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum()
    }

    /// Where a word comes next.
    pub fn find_after(&self, byte: usize, word: &str) -> usize {
        self.0.get(byte..).and_then(|rest| rest.find(word)).map_or(byte, |at| byte + at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_characters() {
        let places = Places::of("äb\ncd\n");
        assert_eq!([places.at(0), places.at(3), places.at(4), places.at(7)], [(1, 1), (1, 3), (2, 1), (3, 1)]);
        assert_eq!((places.line_start(1), places.line_start(2), places.find_after(2, "d")), (0, 4, 5));
    }
}
