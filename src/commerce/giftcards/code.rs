//! The code of a gift card: `XXXX-XXXX-XXXX-XXXX-XXXX`.

/// No I, O, 0 or 1, which people take for each other.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// 20 characters of five bits are 100 bits; the last four are kept as they are, so that 80 stay secret.
const LENGTH: usize = 20;
const GROUP: usize = 4;

/// A code of a gift card, without its dashes.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// A new one, of random bytes.
    #[must_use]
    pub fn new(random: [u8; LENGTH]) -> Self {
        Self(random.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect())
    }

    /// Reads what a person types: in either case, with or without dashes and spaces. `None` for what cannot be a code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let code: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| c.to_ascii_uppercase()).collect();
        (code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte))).then_some(Self(code))
    }

    /// What is hashed.
    #[must_use]
    pub fn plain(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn last_four(&self) -> &str {
        &self.0[LENGTH - GROUP..]
    }

    /// As people read it: in groups of four.
    #[must_use]
    pub fn grouped(&self) -> String {
        (0..LENGTH).step_by(GROUP).map(|at| &self.0[at..at + GROUP]).collect::<Vec<_>>().join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_however_it_is_typed() {
        let code = Code::new(std::array::from_fn(|at| at as u8 * 13));
        assert_eq!(code.grouped(), "2FU9-N3GV-AP4H-WBQ5-JXCR");
        assert_eq!((code.last_four(), code.plain().len()), ("JXCR", 20));
        assert!(Code::parse(" 2fu9 n3gv-ap4h wbq5-jxcr ") == Some(code));
        for bad in ["", "2FU9", "2FU9-N3GV-AP4H-WBQ5-JXC0", "2FU9-N3GV-AP4H-WBQ5-JXCÄ", "2FU9-N3GV-AP4H-WBQ5-JXCR-2"] {
            assert!(Code::parse(bad).is_none(), "{bad}");
        }
    }
}
