//! The links of a document, led through the shop's own addresses: once for all recipients, when a template is compiled.

use crate::base::i18n::Lang;
use crate::messages::templates::environment::sandbox;
use crate::messages::templates::values::Root;
use crate::messages::templates::{Value, Variables};
use std::sync::Arc;

/// No mail that people read has as many links.
const MOST: usize = 300;
/// Bytes. Longer ones are led nowhere: they work as they were written.
const LONGEST: usize = 2_000;

/// The variable of a link, and that of the picture whose loading says that a mail was opened.
#[must_use]
pub fn link_variable(position: usize) -> String {
    format!("reactions.link{position}")
}

pub const PICTURE_VARIABLE: &str = "reactions.picture";

/// A finished document with its links replaced by variables and a picture at its end, and where the links lead, as they were written. Links to
/// unsubscribe, to mail addresses and those that a list fills in stay as they are.
#[must_use]
pub fn tracked(document: &str) -> (String, Vec<String>) {
    let mut out = String::with_capacity(document.len() + 512);
    let mut targets = Vec::new();
    let mut rest = document;
    while let Some(at) = rest.find("<a ") {
        let end = close(rest, at, '>').unwrap_or(rest.len());
        out.push_str(&rest[..at]);
        out.push_str(&redirected(&rest[at..end], &mut targets));
        rest = &rest[end..];
    }
    let picture =
        format!("<img src=\"{{{{ {PICTURE_VARIABLE} }}}}\" width=\"1\" height=\"1\" alt=\"\" style=\"display:block;border:0\">");
    match rest.rfind("</body>") {
        Some(at) => {
            out.push_str(&rest[..at]);
            out.push_str(&picture);
            out.push_str(&rest[at..]);
        }
        None => {
            out.push_str(rest);
            out.push_str(&picture);
        }
    }
    (out, targets)
}

/// A start tag with another address.
fn redirected(tag: &str, targets: &mut Vec<String>) -> String {
    let found = tag.find(" href=\"").map(|at| at + " href=\"".len());
    let Some((from, to)) = found.and_then(|from| Some((from, close(tag, from, '"')?))) else { return tag.to_owned() };
    match led(unescape(tag[from..to].trim()), targets) {
        Some(variable) => format!("{}{variable}{}", &tag[..from], &tag[to..]),
        None => tag.to_owned(),
    }
}

/// What stands for a link, as a template has it: the same link is the same wherever it stands. `None` where it is led nowhere.
fn led(target: String, targets: &mut Vec<String>) -> Option<String> {
    let position = targets.iter().position(|known| *known == target).unwrap_or(targets.len());
    if position == MOST || !can_be_led(&target) {
        return None;
    }
    if position == targets.len() {
        targets.push(target);
    }
    Some(format!("{{{{ {} }}}}", link_variable(position)))
}

/// A plain text with its links replaced by variables, too; `targets` are those of its document, others come behind them.
#[must_use]
pub fn tracked_text(text: &str, targets: &mut Vec<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let begins = !out.ends_with(char::is_alphanumeric)
            && (rest.starts_with("https://") || rest.starts_with("http://") || is_filled_by(rest, "shop.url"));
        let end = match begins {
            true => end_of_address(rest),
            false => after_tag(rest).unwrap_or(c.len_utf8()),
        };
        let (part, after) = rest.split_at(end);
        match begins.then(|| led(part.to_owned(), targets)).flatten() {
            Some(variable) => out.push_str(&variable),
            None => out.push_str(part),
        }
        rest = after;
    }
    out
}

/// Where an address ends that a text begins with: at a space, or at what stands around an address or behind it.
fn end_of_address(text: &str) -> usize {
    let (mut at, mut end, mut open) = (0, 0, 0_usize);
    while let Some(c) = text[at..].chars().next() {
        if let Some(tag) = after_tag(&text[at..]) {
            at += tag;
            end = at;
            continue;
        }
        match c {
            '(' => open += 1,
            ')' if open > 0 => open -= 1,
            ')' | '"' | '<' | '>' => break,
            c if c.is_whitespace() => break,
            _ => {}
        }
        at += c.len_utf8();
        if !matches!(c, '.' | ',' | ';' | ':' | '!' | '?') {
            end = at;
        }
    }
    end
}

/// The length of the template tag that a text begins with.
fn after_tag(text: &str) -> Option<usize> {
    let (_, close) = [("{{", "}}"), ("{%", "%}")].into_iter().find(|(open, _)| text.starts_with(open))?;
    Some(text.find(close)? + close.len())
}

/// Where `end` stands next, outside of template tags.
fn close(text: &str, from: usize, end: char) -> Option<usize> {
    let mut at = from;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if rest.starts_with("{{") || rest.starts_with("{%") {
            at += after_tag(rest)?;
        } else if c == end {
            return Some(at);
        } else {
            at += c.len_utf8();
        }
    }
    None
}

/// Whether it is an address of the web whose variables are known when somebody clicks.
fn can_be_led(target: &str) -> bool {
    let small = target.get(..8).unwrap_or(target).to_ascii_lowercase();
    let is_web = small.starts_with("https://") || small.starts_with("http://") || is_filled_by(target, "shop.url");
    let is_known = target.match_indices("{{").all(|(at, _)| {
        let name = target[at + 2..].trim_start().trim_start_matches('(').trim_start();
        name.starts_with("customer.") || name.starts_with("shop.")
    });
    is_web && is_known && !target.contains("{%") && target.len() <= LONGEST
}

fn is_filled_by(target: &str, name: &str) -> bool {
    target.strip_prefix("{{").is_some_and(|inner| inner.trim_start().starts_with(name))
}

/// An attribute's text. What stands in template tags is as it was written.
fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

/// Where a link leads for one recipient; `None` where that is no address of the web.
#[must_use]
pub fn fill(target: &str, variables: Arc<Variables>, lang: Lang) -> Option<String> {
    let filled = if target.contains("{{") {
        sandbox(lang, false).render_str(target, Root::of(variables, lang)).ok()?
    } else {
        target.to_owned()
    };
    let is_web = !Value::Url(filled.clone()).is_empty() && !filled.starts_with("mailto:");
    is_web.then_some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::i18n::by_code;

    #[test]
    fn links_to_the_web_are_led_and_no_others() {
        let document = "<body><a class=\"x\" href=\"https://a.example/?x=1&amp;y=2\">a</a><a href=\"{{ links.unsubscribe }}\">u</a>\
            <a href=\"mailto:a@a.example\">m</a><a href=\"{{ shop.url }}\" title=\"{{ customer.name | default(\">\") }}\">s</a>\
            <a href=\"https://a.example/{{ (customer.first_name|default(\"x\"))|urlencode }}\">v</a><a href=\"{{ product.url }}\">p</a>\
            <a href=\"https://a.example/?x=1&amp;y=2\">again</a></body>";
        let (out, targets) = tracked(document);
        let led = [
            "https://a.example/?x=1&y=2",
            "{{ shop.url }}",
            "https://a.example/{{ (customer.first_name|default(\"x\"))|urlencode }}",
        ];
        assert_eq!(targets, led);
        assert_eq!(out.matches("reactions.link0").count(), 2);
        assert!(out.contains("href=\"{{ reactions.link1 }}\" title=\"{{ customer.name | default(\">\") }}\">s</a>"), "{out}");
        assert!(
            out.contains("{{ links.unsubscribe }}") && out.contains("mailto:a@a.example") && out.contains("{{ product.url }}")
        );
        assert!(out.ends_with("style=\"display:block;border:0\"></body>"), "{out}");
    }

    #[test]
    fn links_of_the_text_are_those_of_the_document() {
        let mut targets = vec!["https://a.example/".to_owned()];
        let text = "See https://a.example/, (https://b.example/x_(1)) or <http://c.example/?q={{ customer.name | default(\"a b\") }}>. \
            {{ shop.url }}/sale! {{ x | default(\"https://no.example\") }} xhttps://no.example {{ links.unsubscribe }} https://{{ product.url }} ü";
        let led = tracked_text(text, &mut targets);
        let expected = "See {{ reactions.link0 }}, ({{ reactions.link1 }}) or <{{ reactions.link2 }}>. {{ reactions.link3 }}! \
            {{ x | default(\"https://no.example\") }} xhttps://no.example {{ links.unsubscribe }} https://{{ product.url }} ü";
        assert_eq!(led, expected);
        let known =
            ["https://a.example/", "https://b.example/x_(1)", "http://c.example/?q={{ customer.name | default(\"a b\") }}"];
        assert_eq!(targets, [&known[..], &["{{ shop.url }}/sale"]].concat());
        for broken in ["https://", "https://{{ x", "{{", "{% if", "(", "ü"] {
            assert_eq!(tracked_text(broken, &mut Vec::new()).is_empty(), broken.is_empty(), "{broken}");
        }
    }

    #[test]
    fn broken_documents_stay_as_they_are() {
        for text in [
            "<a ",
            "<a href=\"",
            "<a href=\"https://a.example",
            "<a href=\"{{ x\">",
            "ä<a ü",
            "<a href=\"https://a.example/{{\">x</a>",
        ] {
            let (out, targets) = tracked(text);
            assert!(targets.is_empty() && out.starts_with(text), "{out}");
        }
    }

    #[test]
    fn variables_are_filled_when_somebody_clicks() {
        let variables = |url: &str| {
            Arc::new(Variables::new().having("customer.first_name", "A&na ü").having("shop.url", Value::Url(url.to_owned())))
        };
        let led = |target: &str, url: &str| fill(target, variables(url), by_code("en"));
        let target = "https://a.example/?n={{ (customer.first_name)|urlencode }}";
        assert_eq!(led(target, "").as_deref(), Some("https://a.example/?n=A%26na%20%C3%BC"));
        assert_eq!(led("{{ shop.url }}/sale", "https://s.example").as_deref(), Some("https://s.example/sale"));
        assert_eq!(led("{{ shop.url }}", "javascript:alert(1)"), None);
        assert_eq!(led("{{ customer.first_name }}", ""), None);
    }
}
