//! Text as searching and sorting see it.

/// Escapes `%`, `_` and `\` for a `LIKE … ESCAPE '\'`, so that a person's text is found literally.
#[must_use]
pub fn escape_like(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Cuts `text` to at most `max` characters.
#[must_use]
pub fn truncate(text: &str, max: usize) -> &str {
    text.char_indices().nth(max).map_or(text, |(at, _)| &text[..at])
}

/// One or two letters that stand for a name in an avatar, whose style makes them capitals: the table of them would be a download
/// of 12 KB.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|w| w.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    [first, last].into_iter().flatten().collect()
}

/// The form that text is searched, compared and sorted in: compatibility-decomposed, without accents, case-folded, controls
/// and runs of white space as one space, trimmed. `ß` folds to `ss`, `ø` to `o`, `ł` to `l`, as people type them.
#[cfg(feature = "ssr")]
#[must_use]
pub fn normalise(text: &str) -> String {
    if text.is_ascii() && !text.bytes().any(|b| b < b' ' || b == 0x7f) && !text.contains("  ") {
        return text.trim().to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_folded(c, &mut out));
    out.trim().to_owned()
}

/// Adds what [`normalise`] makes of a character.
#[cfg(feature = "ssr")]
fn push_folded(c: char, out: &mut String) {
    use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
    for c in std::iter::once(c).nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            c if c.is_whitespace() || c.is_control() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'þ' => out.push_str("th"),
            'ı' => out.push('i'),
            'ς' => out.push('σ'),
            // Lower-casing can bring a mark back (İ → i̇).
            c if is_combining_mark(c) => {}
            c => out.push(c),
        }
    }
}

/// Where in a text a search finds something: from one byte to before another.
pub type Span = (u32, u32);

/// Where any of `terms`, which are normalised, stands in the text as it is written: ascending and apart.
#[cfg(feature = "ssr")]
#[must_use]
pub fn find_spans(text: &str, terms: &[String]) -> Vec<Span> {
    let mut folded = String::with_capacity(text.len());
    // For each byte of the folded text: where the character that it came from begins and ends.
    let mut from: Vec<(usize, usize)> = Vec::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let before = folded.len();
        push_folded(c, &mut folded);
        let end = at + c.len_utf8();
        if folded.len() == before {
            // An accent belongs to its letter.
            from.iter_mut().rev().take_while(|(_, last)| *last == at).for_each(|(_, last)| *last = end);
        }
        from.resize(folded.len(), (at, end));
    }
    let mut hit = vec![false; folded.len()];
    for term in terms.iter().filter(|term| !term.is_empty()) {
        folded.match_indices(term.as_str()).for_each(|(at, _)| hit[at..at + term.len()].fill(true));
    }
    let mut spans: Vec<Span> = Vec::new();
    for (start, end) in from.iter().zip(&hit).filter(|(_, hit)| **hit).map(|(from, _)| (from.0 as u32, from.1 as u32)) {
        match spans.last_mut() {
            Some(last) if last.1 >= start => last.1 = last.1.max(end),
            _ => spans.push((start, end)),
        }
    }
    spans
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn normalises_as_people_type() {
        for (text, key) in [
            ("  Zoë   SELININI ", "zoe selinini"),
            ("Straße", "strasse"),
            ("Łukasz Ørsted", "lukasz orsted"),
            ("王伟", "王伟"),
            ("İstanbul", "istanbul"),
            ("ﬁn\u{0}ance", "fin ance"),
            ("ＡＢＣ", "abc"),
        ] {
            assert_eq!(normalise(text), key);
        }
    }

    #[test]
    fn normalising_twice_changes_nothing() {
        for text in ["Ǆemal", "Straße 5", "Ὀδυσσεύς", "ﷺ", "a\u{301}\u{301}b"] {
            let once = normalise(text);
            assert_eq!(normalise(&once), once);
        }
    }

    #[test]
    fn spans_are_of_the_text_as_written() {
        let found = |text: &str, terms: &[&str]| {
            let terms: Vec<String> = terms.iter().map(|term| normalise(term)).collect();
            let spans = find_spans(text, &terms);
            spans.into_iter().map(|(from, to)| text[from as usize..to as usize].to_owned()).collect::<Vec<_>>().join("|")
        };
        assert_eq!(found("Zoë Läfel", &["oe", "LAF"]), "oë|Läf");
        assert_eq!(found("Zoe\u{308} X", &["zoe"]), "Zoe\u{308}");
        assert_eq!(found("Großmann", &["s"]), "ß");
        assert_eq!(found("王伟 👩‍🚀", &["伟", "👩"]), "伟|👩");
        assert_eq!(found("ananas", &["ana", "nas"]), "ananas");
        assert_eq!(found("100% _ O'Neil", &["%", "_", "'"]), "%|_|'");
        assert_eq!(found("", &["a"]), "");
        assert_eq!(found("abc", &[""]), "");
    }

    #[test]
    fn initials_of_many_names() {
        assert_eq!(initials("Mei Lafelley"), "ML");
        assert_eq!(initials("王伟"), "王");
        assert_eq!(initials("Ana María de la Cruz"), "AC");
        assert_eq!(initials(""), "");
    }
}
