//! Text as words, quoted texts and signs, each with its place.

use super::{ParseError, error};

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rules) struct Token {
    pub kind: Kind,
    /// Of a quoted text what it says.
    pub text: String,
    /// In bytes.
    pub from: usize,
    pub to: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) enum Kind {
    Word,
    Quoted,
    Sign,
}

/// Quotes that begin a text, and what ends it.
const QUOTES: [(char, &[char]); 3] = [('"', &['"']), ('“', &['”']), ('„', &['“', '”'])];

/// # Errors
/// On a character that nothing begins with, and a quote that is not closed.
pub(in crate::rules) fn lex(text: &str) -> Result<Vec<Token>, ParseError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        let from = text.len() - rest.len();
        let (kind, length, says) = if let Some((_, ends)) = QUOTES.iter().find(|(begins, _)| *begins == first) {
            let (length, says) = quoted(rest, ends).ok_or_else(|| error(from, text.len(), "rules.error.quote"))?;
            (Kind::Quoted, length, says)
        } else if let Some((sign, length)) = sign(rest) {
            (Kind::Sign, length, sign.to_owned())
        } else {
            let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
            if length == 0 {
                return Err(error(from, from + first.len_utf8(), "rules.error.character"));
            }
            (Kind::Word, length, rest[..length].to_owned())
        };
        tokens.push(Token { kind, text: says, from, to: from + length });
        rest = &rest[length..];
    }
}

/// The length of a quoted text, quotes included, and what it says. A backslash takes what follows it as it is.
fn quoted(text: &str, ends: &[char]) -> Option<(usize, String)> {
    let mut says = String::new();
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => {
                says.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            c if ends.contains(&c) => return Some((at + c.len_utf8(), says)),
            c => says.push(c),
        }
    }
    None
}

/// A sign in its usual form, and its length.
fn sign(text: &str) -> Option<(&'static str, usize)> {
    const SIGNS: [(&str, &str); 15] = [
        ("!=", "!="),
        ("<>", "!="),
        ("≠", "!="),
        ("<=", "<="),
        ("≤", "<="),
        (">=", ">="),
        ("≥", ">="),
        ("==", "="),
        ("=", "="),
        ("<", "<"),
        (">", ">"),
        ("(", "("),
        (")", ")"),
        (",", ","),
        ("#", "#"),
    ];
    SIGNS.iter().find(|(written, _)| text.starts_with(written)).map(|(written, sign)| (*sign, written.len()))
}

/// Letters and digits of every script, and what stands within names, numbers, days and addresses.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '_' | '-' | '.' | '@' | '+' | '\'' | '&' | '/' | '%' | ':')
        || !c.is_ascii() && !c.is_whitespace() && !c.is_control() && !matches!(c, '≠' | '≤' | '≥' | '“' | '”' | '„')
}

/// A value as it stands in a rule: bare where it is read back as a word, else in quotes.
pub(in crate::rules) fn written(value: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@');
    let bare = value.starts_with(char::is_alphanumeric) && value.chars().all(is_plain);
    if bare && !RESERVED.contains(&value.to_ascii_lowercase().as_str()) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Words that are no values unless they stand in quotes.
pub(in crate::rules) const RESERVED: [&str; 3] = ["and", "or", "not"];
