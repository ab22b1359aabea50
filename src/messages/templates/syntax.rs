//! What is wrong where minijinja cannot read a template, or cannot fill it, in words of ours: it speaks English only, and of tokens.
//!
//! Invariant: whatever it says, people are told in their language; its own words only come, quoted, where there are no better ones.

use super::check::nearest;
use super::places::Places;
use crate::base::i18n::message;
use crate::base::text::truncate;
use minijinja::{Error, ErrorKind};

/// The words that tags begin with.
const WORDS: [&str; 7] = ["else", "elif", "endfor", "endif", "for", "if", "set"];
/// Characters that a message quotes.
const QUOTED: usize = 120;

/// What cannot be read: at which byte, a message, and what was probably meant.
pub struct Unreadable {
    pub at: usize,
    pub message: String,
    pub suggestion: Option<String>,
}

/// Why minijinja cannot read a source.
pub fn unreadable(source: &str, error: &Error) -> Unreadable {
    let at = error.range().map_or_else(|| Places::of(source).line_start(error.line().unwrap_or(1)), |range| range.start);
    let tags = tags(source);
    let tag = tags.iter().rev().find(|tag| tag.start <= at);
    let found = error.range().and_then(|range| source.get(range)).unwrap_or_default();
    let scene = Scene { source, tags: &tags, tag, at, found: quoted(found) };
    let why = error.detail().unwrap_or_default();
    let known = if error.kind() == ErrorKind::BadEscape { scene.backslash() } else { scene.told(why) };
    known.unwrap_or_else(|| scene.here(message("templates.error.syntax", &[("why", &quoted(&said(error)))])))
}

/// Why minijinja cannot fill a template: a message.
pub fn unfillable(error: &Error) -> String {
    let why = quoted(&said(error));
    // `filter x is unknown`, `x is unknown`: these are found before, but for what a program of another version wrote.
    let name = error.detail().and_then(|detail| detail.strip_suffix(" is unknown")).and_then(|said| said.split(' ').next_back());
    let about_name = |key: &str| message(key, &[("name", &name.unwrap_or(&why))]);
    match error.kind() {
        ErrorKind::OutOfFuel => "templates.error.too_much_work".into(),
        ErrorKind::WriteFailure => "templates.error.too_large".into(),
        ErrorKind::UnknownFilter => about_name("templates.error.no_such_filter"),
        ErrorKind::UnknownTest => about_name("templates.error.no_such_test"),
        ErrorKind::UnknownFunction | ErrorKind::UnknownMethod => about_name("templates.error.no_functions"),
        ErrorKind::TooManyArguments => "templates.error.fill_too_many".into(),
        ErrorKind::MissingArgument => "templates.error.fill_too_few".into(),
        ErrorKind::UndefinedError => "templates.error.fill_missing".into(),
        ErrorKind::InvalidOperation => match operator(error.detail().unwrap_or_default()) {
            Some(sign) => message("templates.error.fill_operator", &[("sign", &sign)]),
            None => message("templates.error.fill_value", &[("why", &why)]),
        },
        ErrorKind::NonPrimitive | ErrorKind::NonKey | ErrorKind::CannotUnpack | ErrorKind::BadSerialization => {
            message("templates.error.fill_value", &[("why", &why)])
        }
        ErrorKind::SyntaxError | ErrorKind::BadEscape => message("templates.error.syntax", &[("why", &why)]),
        _ => message("templates.error.fill", &[("why", &why)]),
    }
}

/// What minijinja says itself.
fn said(error: &Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}

/// The sign in `tried to use + operator on unsupported types …` and `unable to calculate 1 / 0`.
fn operator(detail: &str) -> Option<&str> {
    let of_types = detail.strip_prefix("tried to use ").and_then(|rest| rest.split_once(" operator").map(|(sign, _)| sign));
    of_types.or_else(|| detail.strip_prefix("unable to calculate ").and_then(|rest| rest.split(' ').nth(1)))
}

/// A piece of a template, or of what minijinja says, as a message quotes it.
fn quoted(text: &str) -> String {
    let line: String = text.trim().chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let short = truncate(&line, QUOTED);
    if short.len() < line.len() { format!("{short}…") } else { line }
}

/// A tag as it is written.
struct Tag<'a> {
    start: usize,
    /// `}}`, `%}` or `#}`.
    close: &'static str,
    is_closed: bool,
    /// Where a text in quotation marks begins that is never closed.
    quote: Option<usize>,
    /// What stands between its braces.
    inner: &'a str,
}

impl Tag<'_> {
    fn read(source: &str, start: usize) -> Tag<'_> {
        let close = match source.as_bytes().get(start + 1) {
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            _ => "#}",
        };
        let inner = source.get(start + 2..).unwrap_or_default();
        let (mut quote, mut is_escaped) = (None, false);
        for (at, byte) in inner.bytes().enumerate() {
            match quote {
                Some(_) if is_escaped => is_escaped = false,
                Some(_) if byte == b'\\' => is_escaped = true,
                Some((_, mark)) if byte == mark => quote = None,
                Some(_) => {}
                None if inner.as_bytes()[at..].starts_with(close.as_bytes()) => {
                    return Tag { start, close, is_closed: true, quote: None, inner: &inner[..at] };
                }
                None if close != "#}" && matches!(byte, b'"' | b'\'') => quote = Some((start + 2 + at, byte)),
                None => {}
            }
        }
        Tag { start, close, is_closed: false, quote: quote.map(|(at, _)| at), inner }
    }

    fn end(&self) -> usize {
        self.start + 2 + self.inner.len() + if self.is_closed { 2 } else { 0 }
    }

    /// What it does: `if`, `endif`, …; empty for variables.
    fn word(&self) -> &str {
        let inner = if self.close == "%}" { self.content() } else { "" };
        &inner[..inner.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(inner.len())]
    }

    fn content(&self) -> &str {
        self.inner.trim_matches(['-', '+']).trim()
    }
}

/// Every tag of a source, in its order.
fn tags(source: &str) -> Vec<Tag<'_>> {
    let (mut all, mut from) = (Vec::new(), 0);
    let next = |from: usize| {
        let rest = source.get(from..)?;
        ["{{", "{%", "{#"].iter().filter_map(|braces| rest.find(braces)).min().map(|at| from + at)
    };
    while let Some(start) = next(from) {
        let tag = Tag::read(source, start);
        from = tag.end();
        all.push(tag);
    }
    all
}

/// The conditions and loops that are open before a byte, the innermost last: their words and places.
fn open<'a>(tags: &'a [Tag<'_>], before: usize) -> Vec<(&'a str, usize)> {
    let mut open: Vec<(&str, usize)> = Vec::new();
    for tag in tags.iter().filter(|tag| tag.start < before) {
        let word = tag.word();
        match word.strip_prefix("end") {
            Some(of) if open.last().is_some_and(|(last, _)| *last == of) => drop(open.pop()),
            _ if matches!(word, "autoescape" | "filter" | "for" | "if" | "with") => open.push((word, tag.start)),
            _ if word == "set" && !tag.inner.contains('=') => open.push((word, tag.start)),
            _ => {}
        }
    }
    open
}

/// Where reading stopped.
struct Scene<'a> {
    source: &'a str,
    tags: &'a [Tag<'a>],
    tag: Option<&'a Tag<'a>>,
    at: usize,
    /// What stands there.
    found: String,
}

impl Scene<'_> {
    fn at(at: usize, message: String) -> Unreadable {
        Unreadable { at, message, suggestion: None }
    }

    fn here(&self, message: String) -> Unreadable {
        Self::at(self.at, message)
    }

    /// Says it here, with what stands here.
    fn found(&self, key: &str) -> Unreadable {
        self.here(message(key, &[("found", &self.found)]))
    }

    fn told(&self, why: &str) -> Option<Unreadable> {
        if let Some(forgotten) = self.braces_forgotten(why) {
            return Some(forgotten);
        }
        let told = match why {
            "unexpected end of string" => {
                Self::at(self.tag.and_then(|tag| tag.quote).unwrap_or(self.at), "templates.error.syntax_text".into())
            }
            "unexpected end of comment" => Self::at(self.tag.map_or(self.at, |tag| tag.start), "templates.error.comment".into()),
            "unexpected end of raw block" => self.here(message("templates.error.no_such_block", &[("name", &"raw")])),
            "expected a filter" => self.here(message("templates.error.no_such_block", &[("name", &"filter")])),
            "unexpected character" => self.character(),
            "template exceeds maximum recursion limits" => self.here("templates.error.syntax_nested".into()),
            "non-keyword arg after keyword arg" => self.here("templates.error.syntax_named".into()),
            "Too many arguments in function call" => self.here("templates.error.fill_too_many".into()),
            why if why.starts_with("invalid ") || why.ends_with("end of number") => self.found("templates.error.syntax_number"),
            why => return self.word(why).or_else(|| self.token(why)),
        };
        Some(told)
    }

    /// A tag that runs on into the HTML behind it, or to the end of the template.
    fn braces_forgotten(&self, why: &str) -> Option<Unreadable> {
        let tag = self.tag.filter(|tag| tag.close != "#}")?;
        let read = self.source.get(tag.start..(self.at + 1).min(tag.end())).unwrap_or_default();
        let is_html = |rest: &str| rest.starts_with(|letter: char| letter == '/' || letter.is_ascii_alphabetic());
        let runs_on = read.match_indices('<').any(|(at, _)| is_html(&read[at + 1..]));
        let has_no_end = !tag.is_closed && why.starts_with("unexpected end of input");
        (runs_on || has_no_end).then(|| {
            let message = match tag.close {
                "}}" => "templates.error.syntax_variable".to_owned(),
                sign => message("templates.error.syntax_tag", &[("sign", &sign)]),
            };
            Self::at(tag.start, message)
        })
    }

    /// Words that begin, divide or end something.
    fn word(&self, why: &str) -> Option<Unreadable> {
        if why == "unexpected end of input, expected end of block" {
            let (name, at) = open(self.tags, self.source.len()).pop()?;
            return Some(Self::at(at, message("templates.error.syntax_block", &[("name", &name)])));
        }
        if let Some(name) = why.strip_prefix("cannot assign to reserved variable name ") {
            return Some(self.here(message("templates.error.syntax_reserved", &[("name", &name)])));
        }
        if why.starts_with("expected call expression in call block") {
            return Some(self.here(message("templates.error.no_such_block", &[("name", &"do")])));
        }
        if why.strip_prefix("unknown ").is_some_and(|rest| rest.ends_with(", expected statement")) {
            let is_empty = self.tag.is_some_and(|tag| tag.content().is_empty());
            let key = if is_empty { "templates.error.syntax_empty" } else { "templates.error.syntax_no_word" };
            return Some(self.found(key));
        }
        let name = why.strip_prefix("unknown statement ")?;
        let divides = name.starts_with("end") || matches!(name, "elif" | "else");
        let mut told = match open(self.tags, self.tag.map_or(self.at, |tag| tag.start)).pop() {
            _ if !divides => message("templates.error.no_such_block", &[("name", &name)]),
            Some((open, _)) => message("templates.error.syntax_wrong_end", &[("open", &open), ("name", &name)]),
            None => message("templates.error.syntax_end_alone", &[("name", &name)]),
        };
        let suggestion = nearest(name, WORDS.into_iter()).filter(|near| near != name);
        if suggestion.is_some() {
            told = message("templates.error.no_such_block", &[("name", &name)]);
        }
        Some(Unreadable { at: self.at, message: told, suggestion })
    }

    /// A token where another one belongs.
    fn token(&self, why: &str) -> Option<Unreadable> {
        let unexpected = why.strip_prefix("unexpected ")?;
        let Some((_, expected)) = unexpected.rsplit_once(", expected ") else { return Some(self.value()) };
        let is_second_bar = self.found == "|" && self.source.get(..self.at).is_some_and(|before| before.ends_with('|'));
        let missing = match expected {
            _ if self.found == "=" => return Some(self.here("templates.error.syntax_equals".into())),
            _ if is_second_bar => return Some(self.instead("||", "or")),
            "end of block" => "%}",
            "end of variable block" => "}}",
            "assignment operator" => "=",
            "comma" => ",",
            "in" => "in",
            "identifier" | "identifier or integer" => return Some(self.found("templates.error.syntax_name")),
            "expression" => return Some(self.value()),
            sign => sign.strip_prefix('`')?.strip_suffix('`')?,
        };
        Some(self.here(message("templates.error.syntax_expected", &[("expected", &missing), ("found", &self.found)])))
    }

    /// Something stands where a value belongs, or nothing does.
    fn value(&self) -> Unreadable {
        let is_end = self.found.ends_with("}}") || self.found.ends_with("%}");
        match self.tag {
            Some(tag) if is_end && matches!(tag.content(), "if" | "elif") => self.here("templates.error.syntax_condition".into()),
            Some(tag) if is_end && tag.content().is_empty() => self.here("templates.error.syntax_empty".into()),
            _ if is_end => self.found("templates.error.syntax_unfinished"),
            _ => self.found("templates.error.syntax_value"),
        }
    }

    /// A character that no tag has.
    fn character(&self) -> Unreadable {
        let rest = self.source.get(self.at..).unwrap_or_default();
        let found = rest.chars().next().map(String::from).unwrap_or_default();
        match found.as_str() {
            "&" => self.instead("&&", "and"),
            "!" => self.instead("!", "not"),
            "“" | "”" | "„" | "‘" | "’" | "‚" | "«" | "»" => {
                self.here(message("templates.error.syntax_quotes", &[("found", &found)]))
            }
            _ => self.here(message("templates.error.syntax_character", &[("found", &found)])),
        }
    }

    fn instead(&self, sign: &str, word: &str) -> Unreadable {
        self.here(message("templates.error.syntax_instead", &[("found", &sign), ("word", &word)]))
    }

    /// A backslash in a text that means nothing there.
    fn backslash(&self) -> Option<Unreadable> {
        let at = self.source.get(self.at..).and_then(|rest| rest.find('\\')).map_or(self.at, |at| self.at + at);
        Some(Self::at(at, "templates.error.syntax_escape".into()))
    }
}

#[cfg(test)]
mod tests;
