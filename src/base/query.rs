//! URL queries: `name=value` pairs, percent-encoded, in order. Small enough to be downloaded.

use std::fmt::Write;

/// The pairs of a query, decoded, in order, with or without its question mark. Any text is a query: `+` and `%20` are a
/// space, a `%` that begins no byte stands for itself, what is not UTF-8 becomes U+FFFD.
#[must_use]
pub fn pairs(query: &str) -> Vec<(String, String)> {
    let query = query.strip_prefix('?').unwrap_or(query);
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decode(name), decode(value))
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

/// Collects pairs into a query without a question mark.
#[derive(Debug, Default)]
pub struct QueryWriter(String);

impl QueryWriter {
    /// Adds a pair. `name` is one of ours: only the value is encoded.
    pub fn push(&mut self, name: &'static str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(name);
        self.0.push('=');
        encode_into(&mut self.0, value);
    }

    /// The query: empty where nothing was added.
    #[must_use]
    pub fn finish(self) -> String {
        self.0
    }
}

/// `text` as it stands in a path segment or in the value of a query.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    encode_into(&mut out, text);
    out
}

fn encode_into(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            // Unreserved (RFC 3986), and those allowed in a query that make lists, dates and ranges readable.
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b',' | b':' | b'@' => {
                out.push(char::from(byte))
            }
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'+' => out.push(b' '),
            b'%' => match (hex(bytes.get(at)), hex(bytes.get(at + 1))) {
                (Some(high), Some(low)) => {
                    out.push(high * 16 + low);
                    at += 2;
                }
                _ => out.push(b'%'),
            },
            other => out.push(other),
        }
    }
    match String::from_utf8(out) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

fn hex(digit: Option<&u8>) -> Option<u8> {
    let digit = char::from(*digit?).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_written_is_read() {
        let values = ["", "a b+c", "50%", "%_'\"\\", "王伟 👩‍👩‍👧", "\u{0}\u{202e}x", "a&b=c#d?e", "1,2", "Łódź"];
        let mut writer = QueryWriter::default();
        values.iter().for_each(|value| writer.push("q", value));
        let query = writer.finish();
        assert!(query.is_ascii() && !query.contains([' ', '#', '"', '\'', '\\']), "{query}");
        assert_eq!(pairs(&query).into_iter().map(|(_, value)| value).collect::<Vec<_>>(), values);
    }

    #[test]
    fn any_text_is_a_query() {
        let read = |query| pairs(query).into_iter().map(|(n, v)| format!("{n}|{v}")).collect::<Vec<_>>();
        assert_eq!(read("?a=1&&b&=c&a=x=y"), ["a|1", "b|", "|c", "a|x=y"]);
        assert_eq!(read("q=100%&r=%zz%4&s=%41+%2b"), ["q|100%", "r|%zz%4", "s|A +"]);
        assert_eq!(read("q=%ff"), ["q|\u{fffd}"]);
        assert_eq!(read(""), Vec::<String>::new());
    }
}
