//! How long the subject of a mail gets.

use crate::base::text::truncate;
use crate::messages::transport::SUBJECT_MAX;

/// A word is not longer than this; what is, is cut itself.
const WORD: usize = 40;

/// As long as a subject may be: cut behind a word if there is one near, and never within a character.
#[must_use]
pub fn subject(subject: String) -> String {
    if subject.chars().count() <= SUBJECT_MAX {
        return subject;
    }
    let kept = truncate(&subject, SUBJECT_MAX - 1);
    let whole = kept.rfind(char::is_whitespace).filter(|at| kept[*at..].chars().count() <= WORD);
    format!("{}…", kept[..whole.unwrap_or(kept.len())].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_behind_a_word_or_within_a_long_one() {
        let of = |text: &str| subject(text.to_owned());
        let fits = "ä".repeat(SUBJECT_MAX);
        assert_eq!(of(&fits), fits);
        let long = of(&"ä".repeat(SUBJECT_MAX + 1));
        assert_eq!((long.chars().count(), long.ends_with("ä…")), (SUBJECT_MAX, true));
        let words = of(&format!("{} {}", "x".repeat(480), "y".repeat(40)));
        assert_eq!(words, format!("{}…", "x".repeat(480)));
        let word = of(&format!("{} {}", "x".repeat(400), "y".repeat(200)));
        assert_eq!((word.chars().count(), word.ends_with("y…")), (SUBJECT_MAX, true));
    }
}
