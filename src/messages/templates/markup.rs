//! The HTML of a template's body: what may stand in it, and a version without template tags that HTML tools can read.
//!
//! Each template tag is put aside for a mark of letters (where something is filled in) or a comment with one (a condition, a loop).
//! Tags must be closed within the block that they were opened in, so that whatever a condition decides is balanced.

use super::catalogue::Kind;
use super::places::Places;
use super::{Field, TemplateError};
use crate::base::i18n::message;

/// A template tag that was put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// `{{ customer.name }}`, `{% if … %}`
    pub source: String,
    pub at: usize,
    pub role: Role,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Filled in, in text or in an attribute that is text.
    Text,
    /// The whole address of a link or picture.
    Url,
    /// A part of an address.
    UrlPart,
    /// A condition or loop; whether it stands in a line of text.
    Block { inline: bool },
}

/// A body without its template tags.
#[derive(Clone, Debug, Default)]
pub struct Marked {
    pub html: String,
    pub asides: Vec<Aside>,
}

/// What marks begin and end with; a body that has it is refused.
pub const MARK: (&str, &str) = ("zqv", "vqz");
/// Template tags in one body.
const MOST_ASIDES: usize = 1_000;
/// Tags within tags, and blocks with them: tables within tables come to some forty. css-inline goes down by calling itself, and three thousand
/// would end the stack, with it the program.
const DEEPEST: usize = 100;

/// Tags that every mail program shows.
pub const TAGS: &[&str] = &[
    "a",
    "b",
    "blockquote",
    "br",
    "caption",
    "code",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
];
/// Attributes that any tag may have.
pub const ATTRIBUTES: &[&str] = &["align", "class", "dir", "lang", "style", "title"];
/// Attributes that some tags may have besides.
pub const TAG_ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["href"]),
    ("img", &["alt", "height", "src", "width"]),
    ("ol", &["start"]),
    ("table", &["border", "cellpadding", "cellspacing", "role", "width"]),
    ("td", &["colspan", "height", "rowspan", "valign", "width"]),
    ("th", &["colspan", "height", "rowspan", "scope", "valign", "width"]),
];
/// Properties that `style` may have: what lays out text, and nothing that places it elsewhere or hides it.
pub const STYLES: &[&str] = &[
    "background",
    "background-color",
    "border",
    "border-bottom",
    "border-collapse",
    "border-color",
    "border-left",
    "border-radius",
    "border-right",
    "border-spacing",
    "border-style",
    "border-top",
    "border-width",
    "color",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-width",
    "min-width",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "text-align",
    "text-decoration",
    "text-transform",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
];
const VOID: &[&str] = &["br", "hr", "img"];
/// Tags that hold text: a condition in them is a part of the line.
const LINES: &[&str] = &[
    "a", "b", "code", "em", "h1", "h2", "h3", "h4", "i", "li", "p", "pre", "s", "small", "span", "strong", "sub", "sup", "td",
    "th", "u",
];

/// Reads a body. `filled` says of the places where something is filled in what it is.
///
/// # Errors
/// Everything that may not be in a mail, or is not closed.
pub fn read(body: &str, filled: &[(usize, Option<Kind>)]) -> Result<Marked, Vec<TemplateError>> {
    let mut scan =
        Scan { body, at: 0, places: Places::of(body), filled, open: Vec::new(), marked: Marked::default(), errors: Vec::new() };
    scan.run();
    if scan.errors.is_empty() { Ok(scan.marked) } else { Err(scan.errors) }
}

/// What was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Open {
    name: String,
    at: usize,
    /// A template's block, not a tag.
    block: bool,
}

struct Scan<'a> {
    body: &'a str,
    at: usize,
    places: Places<'a>,
    filled: &'a [(usize, Option<Kind>)],
    open: Vec<Open>,
    marked: Marked,
    errors: Vec<TemplateError>,
}

impl<'a> Scan<'a> {
    fn error(&mut self, at: usize, message: String, suggestion: Option<&str>) {
        let (line, column) = self.places.at(at);
        let suggestion = suggestion.map(str::to_owned);
        self.errors.push(TemplateError { field: Field::Body, line, column, message, suggestion });
    }

    fn rest(&self) -> &'a str {
        self.body.get(self.at..).unwrap_or_default()
    }

    fn run(&mut self) {
        if let Some(at) = self.body.find(MARK.0) {
            return self.error(at, message("templates.error.reserved", &[("word", &MARK.0)]), None);
        }
        while self.at < self.body.len() && self.errors.len() < 20 {
            let rest = self.rest();
            let (before, at) = (self.at, rest.find(['{', '<']).unwrap_or(rest.len()));
            self.marked.html.push_str(&rest[..at]);
            self.at += at;
            let rest = &rest[at..];
            match () {
                () if rest.is_empty() => break,
                () if rest.starts_with("{#") => self.skip("#}"),
                () if rest.starts_with("{{") => self.fill_text(),
                () if rest.starts_with("{%") => self.block(),
                () if rest.starts_with("<!--") => self.skip("-->"),
                () if rest.starts_with("</") => self.end_tag(),
                () if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '!' || c == '?')
                    && rest.starts_with('<') =>
                {
                    self.start_tag();
                }
                () => {
                    self.marked.html.push_str(if rest.starts_with('<') { "&lt;" } else { "{" });
                    self.at += 1;
                }
            }
            debug_assert!(self.at > before, "the scan goes on");
        }
        for open in std::mem::take(&mut self.open) {
            let close = format!("</{}>", open.name);
            if !open.block {
                self.error(open.at, message("templates.error.not_closed", &[("tag", &open.name)]), Some(&close));
            }
        }
    }

    /// Leaves out a comment.
    fn skip(&mut self, end: &str) {
        match self.rest().find(end) {
            Some(length) => self.at += length + end.len(),
            None => {
                self.error(self.at, message("templates.error.comment", &[]), Some(end));
                self.at = self.body.len();
            }
        }
    }

    /// The template tag here, with its braces; what is unclosed was told by the syntax check.
    fn template_tag(&self, from: usize) -> &'a str {
        let text = self.body.get(from..).unwrap_or_default();
        let end = if text.starts_with("{{") { "}}" } else { "%}" };
        let mut quote = None;
        for (at, letter) in text.char_indices().skip(2) {
            match quote {
                Some(mark) if letter == mark => quote = None,
                Some(_) => {}
                None if letter == '"' || letter == '\'' => quote = Some(letter),
                None if text[at..].starts_with(end) => return &text[..at + 2],
                None => {}
            }
        }
        text
    }

    fn put_aside(&mut self, source: &str, at: usize, role: Role) -> String {
        if self.marked.asides.len() == MOST_ASIDES {
            self.error(at, message("templates.error.too_many_tags", &[]), None);
        }
        self.marked.asides.push(Aside { source: source.to_owned(), at, role });
        format!("{}{}{}", MARK.0, self.marked.asides.len() - 1, MARK.1)
    }

    fn fill_text(&mut self) {
        let tag = self.template_tag(self.at);
        let mark = self.put_aside(tag, self.at, Role::Text);
        self.marked.html.push_str(&mark);
        self.at += tag.len();
    }

    fn block(&mut self) {
        let (at, tag) = (self.at, self.template_tag(self.at));
        self.at += tag.len();
        let inner = tag.trim_start_matches("{%").trim_start_matches(['-', '+']).trim_start();
        let word: String = inner.chars().take_while(char::is_ascii_alphabetic).collect();
        match word.as_str() {
            "raw" => return self.error(at, message("templates.error.no_such_block", &[("name", &"raw")]), None),
            "if" | "for" => self.open.push(Open { name: word, at, block: true }),
            "else" | "elif" => _ = self.is_closed(at),
            _ if word.starts_with("end") && self.is_closed(at) => drop(self.open.pop()),
            _ => {}
        }
        let inline = self.open.iter().rev().find(|open| !open.block).is_some_and(|open| LINES.contains(&open.name.as_str()));
        let mark = self.put_aside(tag, at, Role::Block { inline });
        self.marked.html.push_str(&format!("<!--{mark}-->"));
    }

    /// Whether everything that was opened in the innermost block is closed.
    fn is_closed(&mut self, at: usize) -> bool {
        match self.open.last().cloned() {
            Some(open) if open.block => true,
            Some(open) => {
                let close = format!("</{}>", open.name);
                self.error(open.at, message("templates.error.not_closed_in_block", &[("tag", &open.name)]), Some(&close));
                // So that it is told once.
                while self.open.last().is_some_and(|open| !open.block) {
                    self.open.pop();
                }
                !self.open.is_empty()
            }
            None => {
                self.error(at, message("templates.error.no_such_block", &[("name", &"end")]), None);
                false
            }
        }
    }

    fn end_tag(&mut self) {
        let (at, rest) = (self.at, self.rest());
        let end = rest.find('>').map_or(rest.len(), |end| end + 1);
        let name = rest[..end].trim_start_matches("</").trim_end_matches('>').trim().to_ascii_lowercase();
        self.at += end;
        match self.open.last().cloned() {
            Some(open) if !open.block && open.name == name => {
                self.open.pop();
                self.marked.html.push_str(&format!("</{name}>"));
            }
            Some(open) if !open.block => {
                let close = format!("</{}>", open.name);
                let values: &[(&str, &dyn std::fmt::Display)] = &[("tag", &name), ("open", &open.name)];
                self.error(at, message("templates.error.wrong_end", values), Some(&close));
                // So that it is told once.
                let block = self.open.iter().rposition(|open| open.block).map_or(0, |at| at + 1);
                if let Some(depth) = self.open[block..].iter().rposition(|open| open.name == name) {
                    self.open.truncate(block + depth);
                }
            }
            _ => self.error(at, message("templates.error.end_alone", &[("tag", &name)]), None),
        }
    }

    fn start_tag(&mut self) {
        let at = self.at;
        let name: String =
            self.rest()[1..].chars().take_while(|c| !c.is_whitespace() && *c != '>' && *c != '/').take(40).collect();
        self.at += 1 + name.len();
        let name = name.to_ascii_lowercase();
        if self.open.len() >= DEEPEST {
            self.error(at, message("templates.error.too_deep", &[("most", &DEEPEST)]), None);
            // Told once: what stands in it is not read.
            self.open.clear();
            self.at = self.body.len();
            return;
        }
        if !TAGS.contains(&name.as_str()) {
            let key = if name == "style" { "templates.error.style_tag" } else { "templates.error.tag" };
            let near = super::check::nearest(&name, TAGS.iter().copied()).filter(|_| name.len() > 2);
            self.error(at, message(key, &[("tag", &name)]), near.as_deref());
            self.at = self.rest().find('>').map_or(self.body.len(), |end| self.at + end + 1);
            return;
        }
        let mut html = format!("<{name}");
        while let Some((attribute, value)) = self.attribute(&name) {
            html.push_str(&format!(" {attribute}=\"{}\"", value.replace('"', "&quot;")));
        }
        html.push('>');
        self.marked.html.push_str(&html);
        if !VOID.contains(&name.as_str()) {
            self.open.push(Open { name, at, block: false });
        }
    }

    /// The next attribute of the tag at hand; after the last one the scan stands behind the tag.
    fn attribute(&mut self, tag: &str) -> Option<(String, String)> {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            let rest = self.rest();
            if let Some(after) = rest.strip_prefix("/>").or_else(|| rest.strip_prefix('>')) {
                self.at = self.body.len() - after.len();
                return None;
            }
            if rest.is_empty() {
                self.error(self.at, message("templates.error.tag_open", &[("tag", &tag)]), Some(">"));
                return None;
            }
            if rest.starts_with("{%") || rest.starts_with("{{") {
                let skipped = self.template_tag(self.at).len();
                self.error(self.at, message("templates.error.in_tag", &[]), None);
                self.at += skipped;
                continue;
            }
            let at = self.at;
            let name: String = rest.chars().take_while(|c| !c.is_whitespace() && !matches!(c, '=' | '>' | '/')).collect();
            if name.is_empty() {
                self.at += rest.chars().next().map_or(1, char::len_utf8);
                continue;
            }
            self.at += name.len();
            let (from, value) = self.value();
            let name = name.to_ascii_lowercase();
            if let Some(value) = self.checked(tag, &name, at, from, value) {
                return Some((name, value));
            }
        }
    }

    /// The value after an attribute's name, and where it begins.
    fn value(&mut self) -> (usize, &'a str) {
        let rest = self.rest();
        let Some(after) = rest.trim_start().strip_prefix('=') else { return (self.at, "") };
        let after = after.trim_start();
        let from = self.body.len() - after.len();
        let quote = after.chars().next().filter(|c| *c == '"' || *c == '\'');
        let Some(quote) = quote else {
            let end = after.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(after.len());
            self.at = from + end;
            return (from, &after[..end]);
        };
        // A template tag within the value may have the same quotes.
        let mut at = from + 1;
        while let Some(letter) = self.body.get(at..).and_then(|rest| rest.chars().next()) {
            match () {
                () if self.body[at..].starts_with("{{") => at += self.template_tag(at).len(),
                () if letter == quote => break,
                () => at += letter.len_utf8(),
            }
        }
        self.at = (at + 1).min(self.body.len());
        (from + 1, self.body.get(from + 1..at).unwrap_or_default())
    }

    /// An attribute's value with its template tags put aside; `None` where it was refused.
    fn checked(&mut self, tag: &str, name: &str, at: usize, from: usize, value: &str) -> Option<String> {
        let of_tag = TAG_ATTRIBUTES.iter().find(|(of, _)| *of == tag).map_or(&[][..], |(_, names)| names);
        if !ATTRIBUTES.contains(&name) && !of_tag.contains(&name) {
            let near = super::check::nearest(name, ATTRIBUTES.iter().chain(of_tag).copied()).filter(|_| !name.starts_with("on"));
            let values: &[(&str, &dyn std::fmt::Display)] = &[("name", &name), ("tag", &tag)];
            self.error(at, message("templates.error.attribute", values), near.as_deref());
            return None;
        }
        if value.contains("{%") {
            self.error(at, message("templates.error.in_tag", &[]), None);
            return None;
        }
        match name {
            "href" | "src" => self.address(name, from, value),
            "alt" | "title" => Some(self.marked_value(from, value, Role::Text)),
            _ if value.contains("{{") => {
                self.error(at, message("templates.error.no_variable_here", &[("name", &name)]), None);
                None
            }
            "style" => self.style(from, value),
            _ => Some(value.to_owned()),
        }
    }

    fn style(&mut self, from: usize, value: &str) -> Option<String> {
        for declaration in value.split(';').filter(|part| !part.trim().is_empty()) {
            let (property, of) = declaration.split_once(':').unwrap_or((declaration, ""));
            let property = property.trim().to_ascii_lowercase();
            if !STYLES.contains(&property.as_str()) {
                let near = super::check::nearest(&property, STYLES.iter().copied());
                let at = from + value.find(declaration).unwrap_or(0);
                self.error(at, message("templates.error.style", &[("name", &property)]), near.as_deref());
                return None;
            }
            let of = of.to_ascii_lowercase();
            if of.contains("url(") || of.contains("expression") || of.contains("javascript:") || of.contains(['\\', '<', '>']) {
                self.error(from, message("templates.error.style_value", &[("name", &property)]), None);
                return None;
            }
        }
        Some(value.to_owned())
    }

    /// An address: one variable that is an address, or a fixed beginning that says where it leads.
    fn address(&mut self, name: &str, from: usize, value: &str) -> Option<String> {
        let trimmed = value.trim();
        if trimmed.starts_with("{{") && self.template_tag(from + value.find("{{").unwrap_or(0)).len() == trimmed.len() {
            let at = from + value.find("{{").unwrap_or(0);
            let kind = self.filled.iter().find(|(place, _)| (at..at + trimmed.len()).contains(place)).and_then(|(_, kind)| *kind);
            if kind != Some(Kind::Url) {
                self.error(at, message("templates.error.not_an_address", &[]), None);
                return None;
            }
            return Some(format!("https://{}.invalid/", self.put_aside(trimmed, at, Role::Url)));
        }
        let fixed = trimmed.split("{{").next().unwrap_or_default().to_ascii_lowercase();
        let scheme = fixed.split(':').next().unwrap_or_default();
        let leads =
            |to: &str| fixed.strip_prefix(to).is_some_and(|host| host.contains(['/', '?', '#']) || fixed.len() == trimmed.len());
        let is_web = leads("https://") || leads("http://");
        if !is_web && (name == "src" || !matches!(scheme, "mailto" | "tel")) {
            let suggestion = (!fixed.contains(':') && fixed.contains('.')).then(|| format!("https://{trimmed}"));
            self.error(from, message("templates.error.address", &[]), suggestion.as_deref());
            return None;
        }
        Some(self.marked_value(from, trimmed, Role::UrlPart))
    }

    fn marked_value(&mut self, from: usize, value: &str, role: Role) -> String {
        let (mut out, mut rest) = (String::new(), value);
        let shift = self.body.get(from..).and_then(|text| text.find(value)).unwrap_or(0);
        while let Some(at) = rest.find("{{") {
            out.push_str(&rest[..at]);
            let place = from + shift + value.len() - rest.len() + at;
            let tag = self.template_tag(place);
            out.push_str(&self.put_aside(tag, place, role));
            rest = rest.get(at + tag.len()..).unwrap_or_default();
        }
        out.push_str(rest);
        out
    }
}
