//! What staff and customers write, from `lists/sentences.tsv`.

use super::words::{self, any};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;

const LIST: &str = include_str!("lists/sentences.tsv");

/// Sentences by their kind.
pub struct Sentences(HashMap<&'static str, Vec<&'static str>>);

/// What the blanks in a sentence stand for.
pub struct Blanks<'a> {
    pub first: &'a str,
    pub city: &'a str,
    pub album: &'a str,
    pub order: i64,
}

impl Sentences {
    /// # Errors
    /// When the list has a line that cannot be read.
    pub fn read() -> anyhow::Result<Self> {
        let mut kinds = HashMap::<&str, Vec<&str>>::new();
        for line in words::lines(LIST) {
            kinds.entry(line.kind).or_default().push(line.text(0)?);
        }
        Ok(Self(kinds))
    }

    /// A sentence of that kind as it stands in the list; empty for a kind that the list does not have.
    pub fn pick(&self, kind: &str, rng: &mut ChaCha8Rng) -> &'static str {
        self.0.get(kind).and_then(|list| any(list, rng)).copied().unwrap_or_default()
    }

    /// A sentence of that kind, its blanks filled.
    pub fn write(&self, kind: &str, blanks: &Blanks<'_>, rng: &mut ChaCha8Rng) -> String {
        blanks.fill(self.pick(kind, rng))
    }
}

impl Blanks<'_> {
    pub fn fill(&self, sentence: &str) -> String {
        words::expand(sentence, |name| match name {
            "first" => self.first.into(),
            "city" => self.city.into(),
            "album" => self.album.into(),
            "order" => self.order.to_string().into(),
            _ => "".into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_blank_is_known() {
        let blanks = Blanks { first: "Mei", city: "Leeds", album: "Velvet Lantern", order: 100_001 };
        for (kind, list) in Sentences::read().unwrap().0 {
            for sentence in list {
                assert!(!blanks.fill(sentence).contains("  "), "{kind}: {sentence}");
                assert_eq!(kind == "contact", sentence.split('|').count() == 3, "{sentence}");
            }
        }
    }
}
