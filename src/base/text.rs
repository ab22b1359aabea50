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

/// One or two capital letters that stand for a name in an avatar.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|w| w.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    [first, last].into_iter().flatten().flat_map(char::to_uppercase).collect()
}

/// The form that text is searched, compared and sorted in: compatibility-decomposed, without accents, case-folded, controls
/// and runs of white space as one space, trimmed. `ß` folds to `ss`, `ø` to `o`, `ł` to `l`, as people type them.
#[cfg(feature = "ssr")]
#[must_use]
pub fn normalise(text: &str) -> String {
    use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
    if text.is_ascii() && !text.bytes().any(|b| b < b' ' || b == 0x7f) && !text.contains("  ") {
        return text.trim().to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
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
    out.trim().to_owned()
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
    fn initials_of_many_names() {
        assert_eq!(initials("Mei Lafelley"), "ML");
        assert_eq!(initials("王伟"), "王");
        assert_eq!(initials("Ana María de la Cruz"), "AC");
        assert_eq!(initials(""), "");
    }
}
