//! Domains of emails. Most customers share a few, so each is kept once: the text of a customer has the email up to its `@`,
//! a code says the rest. That is a third of the text which every search for a word would have to run over.

use super::bitset::Bitset;
use super::data::Data;
use super::dictionary::Coded;
use super::text::CUT;

/// Domains that are kept once: the first so many that come, among which are those that many share. A search looks through
/// all of them, in a tenth of a millisecond.
const MOST: usize = 4_096;

/// The domain of each customer whose email is cut.
#[derive(Debug)]
pub(super) struct Domains(pub Coded<String>);

impl Default for Domains {
    /// The first code, 0, is of those whose email is kept whole.
    fn default() -> Self {
        let mut domains = Coded::default();
        domains.add(String::new());
        Self(domains)
    }
}

/// How an email is kept: how many bytes of it in the text where it is cut, and the code of its domain.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cut {
    pub length: Option<usize>,
    pub code: i64,
}

impl Domains {
    /// Where to cut an email: after its `@`, if its domain is or can be kept here.
    pub fn cut(&mut self, email: &str) -> Cut {
        let Some((local, domain)) = email.rsplit_once('@') else { return Cut::default() };
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
        if domain.is_empty() || !domain.bytes().all(is_plain) {
            return Cut::default();
        }
        let domain = domain.to_owned();
        let is_full = self.0.values().len() > MOST;
        let code = match self.0.code(&domain) {
            Some(code) => code,
            None if is_full => return Cut::default(),
            None => self.0.add(domain),
        };
        Cut { length: Some(local.len() + 1), code }
    }

    /// The domain of a customer; empty where the email is kept whole.
    pub fn of(&self, slot: u32) -> &[u8] {
        self.0.value(self.0.codes.get(slot)).map_or(&[], |domain| domain.as_bytes())
    }
}

impl Data {
    /// Adds to `found` those in `within` whose email contains `term` although their text does not.
    pub(super) fn find_in_domains(&self, term: &str, within: &Bitset, found: &mut Bitset) {
        // A domain has no `@`: what stands before the last one ends the part that lies in the text.
        let mut hits = match term.rsplit_once('@') {
            None => self.having_domain(|domain| domain.contains(term)),
            // All of it lies in the text.
            Some((_, "")) => return,
            Some((_, beginning)) => self.having_domain(|domain| domain.starts_with(beginning)),
        };
        hits.and(within);
        if let Some((local, _)) = term.rsplit_once('@').filter(|(local, _)| !local.is_empty()) {
            hits = self.texts.find(&[local.as_bytes(), &[b'@', CUT]].concat(), &hits);
        }
        found.or(&hits);
    }

    /// Those whose email ends like this.
    pub(super) fn emails_ending(&self, end: &str) -> Bitset {
        let (mut found, rest) = match end.rsplit_once('@') {
            // The `@` stands before the domain: what is longer than it ends none without one.
            None => (self.having_domain(|domain| domain.ends_with(end)), None),
            Some((local, domain)) => (self.having_domain(|known| known == domain), Some(format!("{local}@"))),
        };
        if let Some(rest) = rest {
            let ends: Vec<u32> = found.iter().filter(|slot| !self.texts.email(*slot).ends_with(rest.as_bytes())).collect();
            ends.into_iter().for_each(|slot| found.set(slot, false));
        }
        let mut whole = Bitset::with_words(self.words());
        self.domains.0.find(String::is_empty, &mut whole);
        whole.and(&self.present);
        whole.iter().filter(|slot| self.texts.email(*slot).ends_with(end.as_bytes())).for_each(|slot| found.insert(slot));
        found
    }

    fn having_domain(&self, test: impl Fn(&str) -> bool) -> Bitset {
        let mut hits = Bitset::with_words(self.words());
        self.domains.0.find(|domain| !domain.is_empty() && test(domain), &mut hits);
        hits
    }
}
