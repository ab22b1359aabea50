//! Places in a text: bytes here, UTF-16 units in the browser.

/// The place in bytes of one in UTF-16 units; the end for one beyond it.
pub fn bytes(text: &str, units: usize) -> usize {
    let mut passed = 0;
    for (at, c) in text.char_indices() {
        if passed >= units {
            return at;
        }
        passed += c.len_utf16();
    }
    text.len()
}

/// The place in UTF-16 units of one in bytes.
pub fn units(text: &str, bytes: usize) -> usize {
    text.char_indices().take_while(|(at, _)| *at < bytes).map(|(_, c)| c.len_utf16()).sum()
}

/// The text before, at and after a stretch of bytes, which is moved to whole letters.
pub fn parts(text: &str, from: usize, to: usize) -> (&str, &str, &str) {
    let whole = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    let (from, to) = (whole(from), whole(to.max(from)));
    (&text[..from], &text[from..to], &text[to..])
}

/// The text with something else in the place of a stretch of bytes, and where that ends.
pub fn replaced(text: &str, from: usize, to: usize, with: &str) -> (String, usize) {
    let (before, _, after) = parts(text, from, to);
    (format!("{before}{with}{after}"), before.len() + with.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_go_both_ways() {
        let text = "tag = „Größe 👟“ and x";
        for (at, _) in text.char_indices() {
            assert_eq!(bytes(text, units(text, at)), at);
        }
        assert_eq!((bytes(text, 99), units(text, text.len())), (text.len(), text.encode_utf16().count()));
        assert_eq!(replaced("ord > 3", 0, 3, "orders"), ("orders > 3".to_owned(), 6));
        assert_eq!(parts("ö", 1, 9), ("", "ö", ""));
    }
}
