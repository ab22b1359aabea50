//! What was typed into the search box, and whom it finds.

use super::bitset::Bitset;
use super::data::Data;
use crate::base::text::normalise;

/// A search, read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Search {
    /// Normalised, the longest first. All must be found, each in any field or in the name of a tag.
    terms: Vec<String>,
    /// Digits, any of which suffices: the whole text where it looks like a phone number.
    phones: Vec<String>,
}

/// Digits from which on a text may be a phone number.
const PHONE_DIGITS: usize = 3;

impl Search {
    pub fn parse(text: &str) -> Self {
        let normal = normalise(text);
        let mut terms: Vec<String> = normal.split(' ').filter(|term| !term.is_empty()).map(str::to_owned).collect();
        terms.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        terms.dedup();
        let mut phones = phone_digits(&normal);
        phones.retain(|digits| terms != [digits.as_str()]);
        Self { terms, phones }
    }

    /// What must be found, each term in any field or in the name of a tag.
    pub fn terms(&self) -> &[String] {
        &self.terms
    }

    /// The digits, any of which suffices, where the whole looks like a phone number.
    pub fn phones(&self) -> &[String] {
        &self.phones
    }

    /// Whether nothing is searched for, which everyone matches.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

/// The ways in which a text that looks like a phone number may be kept: phones are kept as digits with their country's code,
/// so a leading 0 or 00 that people dial, and one in parentheses that they do not, is not there.
pub fn phone_digits(text: &str) -> Vec<String> {
    let is_phone = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '/' | '(' | ')' | '.'));
    let digits: String = text.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    if !is_phone {
        return Vec::new();
    }
    let stripped = digits.strip_prefix("00").or_else(|| digits.strip_prefix('0')).map(str::to_owned);
    [Some(digits), stripped].into_iter().flatten().filter(|digits| digits.len() >= PHONE_DIGITS).collect()
}

impl Data {
    /// Whom the search finds among those in `within`.
    pub fn find(&self, search: &Search, within: &Bitset) -> Bitset {
        let mut found = within.clone();
        for term in &search.terms {
            found = self.find_term(term, &found);
            if found.is_empty() {
                break;
            }
        }
        for digits in &search.phones {
            found.or(&self.texts.find(digits.as_bytes(), within));
        }
        found
    }

    fn find_term(&self, term: &str, within: &Bitset) -> Bitset {
        let mut found = self.texts.find(term.as_bytes(), within);
        self.find_in_domains(term, within, &mut found);
        for (tag, _) in self.tag_names.iter().filter(|(_, name)| name.contains(term)) {
            self.tags.add_to(*tag, &mut found);
        }
        found.and(within);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_terms_and_phones() {
        let read = |text| {
            let search = Search::parse(text);
            (search.terms.join("|"), search.phones.join("|"))
        };
        assert_eq!(read("  Mei  LÄFEL "), ("lafel|mei".into(), String::new()));
        assert_eq!(read("+49 (0)171/23-45"), ("(0)171/23-45|+49".into(), "491712345".into()));
        assert_eq!(read("0171 234"), ("0171|234".into(), "0171234|171234".into()));
        assert_eq!(read("00491"), ("00491".into(), "491".into()));
        assert_eq!(read("12"), ("12".into(), String::new()));
        assert_eq!(read("12345"), ("12345".into(), String::new()));
        assert_eq!(read("00 12"), ("00|12".into(), "0012".into()));
        assert_eq!(read("王伟"), ("王伟".into(), String::new()));
        assert_eq!(read("\u{301} \t"), (String::new(), String::new()));
    }
}
