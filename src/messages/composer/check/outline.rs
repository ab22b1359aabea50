//! The links and pictures of a body, as they are written.

use crate::messages::composer::write::blocks::template_tag;
use crate::messages::composer::write::pieces::{end_of_tag, is_tag};

/// A link or a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tag {
    /// `a`, `img`
    pub name: String,
    /// Where it leads or what it loads.
    pub address: String,
    /// `None` where it has no such attribute.
    pub alt: Option<String>,
    pub width: Option<String>,
}

/// Every link and picture, in order.
#[must_use]
pub fn outline(body: &str) -> Vec<Tag> {
    let (mut tags, mut rest) = (Vec::new(), body);
    while let Some(letter) = rest.chars().next() {
        let length = match () {
            () if rest.starts_with("<!--") => rest.find("-->").map_or(rest.len(), |at| at + 3),
            () if is_tag(rest) => {
                let end = end_of_tag(rest);
                tags.extend(read(&rest[1..end]));
                end
            }
            () => template_tag(rest).map_or(letter.len_utf8(), str::len),
        };
        rest = &rest[length..];
    }
    tags
}

/// A tag without its `<`, if it is a link or a picture.
fn read(tag: &str) -> Option<Tag> {
    let end = tag.find(|c: char| !c.is_ascii_alphanumeric())?;
    let name = tag[..end].to_ascii_lowercase();
    let address = match name.as_str() {
        "a" => "href",
        "img" => "src",
        _ => return None,
    };
    let mut found = Tag { name, ..Tag::default() };
    let mut rest = tag[end..].trim_end_matches('>');
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let end = rest.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        if name.is_empty() {
            return Some(found);
        }
        let (value, after) = value(&rest[end..]);
        rest = after;
        match name.as_str() {
            "alt" => found.alt = Some(value),
            "width" => found.width = Some(value),
            name if name == address => found.address = value,
            _ => {}
        }
    }
}

/// The value behind an attribute's name, and what follows it.
fn value(text: &str) -> (String, &str) {
    let Some(after) = text.trim_start().strip_prefix('=') else { return (String::new(), text.strip_prefix('=').unwrap_or(text)) };
    let after = after.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
    let Some(quote) = quote else {
        let end = after.find(char::is_whitespace).unwrap_or(after.len());
        return (unescaped(&after[..end]), &after[end..]);
    };
    let mut at = 1;
    while let Some(letter) = after[at..].chars().next() {
        match template_tag(&after[at..]) {
            Some(tag) => at += tag.len(),
            None if letter == quote => return (unescaped(&after[1..at]), &after[at + 1..]),
            None => at += letter.len_utf8(),
        }
    }
    (unescaped(&after[1..]), "")
}

fn unescaped(text: &str) -> String {
    text.trim().replace("&quot;", "\"").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn links_and_pictures_are_found() {
        let body = "<p><a class=\"button\" href=\"https://x.example/?a=1&amp;b=2\">a</a> <A HREF='http://y.example'>b</A></p><!-- <a href=\"no\"> -->\n\
            <img src=https://x.example/a.png width=\"10\"> <img alt=\"\" src=\"{{ x | default(\"https://z.example\") }}\"/> {{ \"<a href='no'>\" }}";
        let tags = outline(body);
        let addresses: Vec<&str> = tags.iter().map(|tag| tag.address.as_str()).collect();
        assert_eq!(
            addresses,
            [
                "https://x.example/?a=1&b=2",
                "http://y.example",
                "https://x.example/a.png",
                "{{ x | default(\"https://z.example\") }}"
            ]
        );
        assert_eq!(tags.iter().map(|tag| tag.alt.as_deref()).collect::<Vec<_>>(), [None, None, None, Some("")]);
        assert_eq!(tags[2].width.as_deref(), Some("10"));
    }

    proptest! {
        #[test]
        fn anything_can_be_read(body in "[<>/aimgsrchef=\"' {}é!-]{0,60}") {
            let _ = outline(&body);
        }
    }
}
