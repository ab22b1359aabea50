//! A body in pieces: what stands in it at the top, one after the other.
//!
//! Invariant: the pieces laid end to end are the body, byte for byte, whatever the body is.

use super::blocks::{Kind, Shown};

/// A part of the body and the space behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub source: String,
    pub tail: String,
}

/// A body in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pieces {
    /// The space before the first.
    pub head: String,
    pub pieces: Vec<Piece>,
}

impl Pieces {
    /// The body.
    #[must_use]
    pub fn write(&self) -> String {
        let mut body = self.head.clone();
        for piece in &self.pieces {
            body.push_str(&piece.source);
            body.push_str(&piece.tail);
        }
        body
    }

    /// Takes a body apart.
    #[must_use]
    pub fn read(body: &str) -> Self {
        let mut all = Self::default();
        let mut rest = body;
        while !rest.is_empty() {
            let space = rest.len() - rest.trim_start().len();
            if space > 0 {
                let tail = all.pieces.last_mut().map_or(&mut all.head, |piece| &mut piece.tail);
                tail.push_str(&rest[..space]);
                rest = &rest[space..];
                continue;
            }
            let end = end_of_piece(rest);
            all.add(&rest[..end]);
            rest = &rest[end..];
        }
        all
    }

    /// Adds a piece; neighbours that are one text, one list of products or one piece of HTML are joined.
    fn add(&mut self, source: &str) {
        let kind = Kind::of(&Shown::read(source));
        if let Some(last) = self.pieces.last_mut()
            && matches!(kind, Kind::Text | Kind::Products | Kind::Html)
            && Kind::of(&Shown::read(&last.source)) == kind
        {
            let joined = format!("{}{}{source}", last.source, last.tail);
            if Kind::of(&Shown::read(&joined)) == kind {
                *last = Piece { source: joined, tail: String::new() };
                return;
            }
        }
        self.pieces.push(Piece { source: source.to_owned(), tail: String::new() });
    }

    /// The piece that a line and column of the body are in, both from 1.
    #[must_use]
    pub fn at(&self, line: u32, column: u32) -> Option<usize> {
        let body = self.write();
        let start: usize = body.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(str::len).sum();
        let of_line = body.get(start..).unwrap_or_default();
        let within: usize = of_line.chars().take(column.saturating_sub(1) as usize).map(char::len_utf8).sum();
        let mut end = self.head.len();
        self.pieces.iter().position(|piece| {
            end += piece.source.len() + piece.tail.len();
            start + within < end
        })
    }
}

/// Where the piece ends that `text` begins with: after an element with all that is in it, a condition or loop with all of its own, a
/// comment, or a run of plain text.
fn end_of_piece(text: &str) -> usize {
    match () {
        () if text.starts_with("{%") => end_of_condition(text),
        () if text.starts_with("{#") => end_after(text, "#}"),
        () if text.starts_with("<!--") => end_after(text, "-->"),
        () if is_tag(text) => end_of_element(text),
        () => end_of_text(text),
    }
}

fn end_after(text: &str, mark: &str) -> usize {
    text.find(mark).map_or(text.len(), |at| at + mark.len())
}

/// Whether an opening tag begins here.
#[must_use]
pub fn is_tag(text: &str) -> bool {
    text.strip_prefix('<').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Up to the next tag or condition.
fn end_of_text(text: &str) -> usize {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("{{") {
            at += end_after(rest, "}}");
        } else if at > 0 && (rest.starts_with("{%") || rest.starts_with("{#") || rest.starts_with("<!--") || is_tag(rest)) {
            return at;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The end of the tag that begins here; quotes and template tags may hold a `>`.
#[must_use]
pub fn end_of_tag(text: &str) -> usize {
    let (mut at, mut quote) = (1, None);
    while at < text.len() {
        let rest = &text[at..];
        let letter = rest.chars().next().unwrap_or_default();
        match quote {
            _ if rest.starts_with("{{") => {
                at += end_after(rest, "}}");
                continue;
            }
            Some(mark) if letter == mark => quote = None,
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            None if letter == '>' => return at + 1,
            _ => {}
        }
        at += letter.len_utf8();
    }
    text.len()
}

fn name_of_tag(text: &str) -> String {
    let letters = text.trim_start_matches('<').trim_start_matches('/').chars();
    letters.take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

fn end_of_element(text: &str) -> usize {
    let (name, mut at) = (name_of_tag(text), end_of_tag(text));
    if matches!(name.as_str(), "br" | "hr" | "img") || text[..at].ends_with("/>") {
        return at;
    }
    let mut depth = 1;
    while at < text.len() {
        let rest = &text[at..];
        match () {
            () if rest.starts_with("{{") => at += end_after(rest, "}}"),
            () if rest.starts_with("{%") => at += end_after(rest, "%}"),
            () if rest.starts_with("{#") => at += end_after(rest, "#}"),
            () if rest.starts_with("<!--") => at += end_after(rest, "-->"),
            () if rest.starts_with("</") => {
                let is_own = name_of_tag(rest) == name;
                at += end_after(rest, ">");
                depth -= usize::from(is_own);
                if depth == 0 {
                    return at;
                }
            }
            () if is_tag(rest) => {
                let end = end_of_tag(rest);
                depth += usize::from(name_of_tag(rest) == name && !rest[..end].ends_with("/>"));
                at += end;
            }
            () => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    text.len()
}

fn word_of_condition(text: &str) -> &str {
    let inner = text.trim_start_matches("{%").trim_start_matches(['-', '+']).trim_start();
    let end = inner.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(inner.len());
    &inner[..end]
}

fn end_of_condition(text: &str) -> usize {
    let mut at = end_after(text, "%}");
    if !matches!(word_of_condition(text), "if" | "for") {
        return at;
    }
    let mut depth = 1;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("{{") {
            at += end_after(rest, "}}");
        } else if rest.starts_with("{%") {
            match word_of_condition(rest) {
                "if" | "for" => depth += 1,
                "endif" | "endfor" => depth -= 1,
                _ => {}
            }
            at += end_after(rest, "%}");
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}
