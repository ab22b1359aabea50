//! Formatted text: paragraphs and lists with bold, italic, struck and linked words, as HTML and as what somebody edits in the browser.
//!
//! Invariant: what [`is_rich`] lets through runs nothing and loads nothing, so a page may show it as it is; [`write`] makes nothing else,
//! whatever the browser has.

use super::blocks::{escape, template_tag};

const BLOCKS: [&str; 4] = ["p", "ul", "ol", "blockquote"];
const INLINE: [&str; 9] = ["a", "b", "br", "em", "i", "s", "span", "strong", "u"];
/// Classes of paragraphs that layouts know.
pub const CLASSES: [&str; 2] = ["lead", "muted"];

/// Whether HTML is formatted text and no more.
#[must_use]
pub fn is_rich(html: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let (mut rest, mut any) = (html, false);
    while !rest.is_empty() {
        if let Some(tag) = template_tag(rest) {
            // A browser would read these as HTML.
            if tag.contains(['<', '>', '&']) || !holds_text(&open) || rest.starts_with("{% for") || rest.starts_with("{% set") {
                return false;
            }
            rest = &rest[tag.len()..];
        } else if rest.starts_with('<') {
            let Some(end) = rest.find('>') else { return false };
            if !tag(&rest[1..end], &mut open) {
                return false;
            }
            (rest, any) = (&rest[end + 1..], true);
        } else {
            let first = rest.chars().next().map_or(1, char::len_utf8);
            let end = rest[first..].find(['<', '{']).map_or(rest.len(), |at| at + first);
            if rest.starts_with("{#") || (!holds_text(&open) && !rest[..end].trim().is_empty()) {
                return false;
            }
            rest = &rest[end..];
        }
    }
    any && open.is_empty()
}

fn holds_text(open: &[&str]) -> bool {
    !matches!(open.last(), None | Some(&"ul" | &"ol"))
}

/// Takes a tag, without its brackets.
fn tag<'a>(inner: &'a str, open: &mut Vec<&'a str>) -> bool {
    if let Some(name) = inner.strip_prefix('/') {
        return open.pop() == Some(name);
    }
    let (name, attributes) = inner.split_once(' ').unwrap_or((inner, ""));
    let fits = match (open.last().copied(), name) {
        (None, name) => BLOCKS.contains(&name),
        (Some("ul" | "ol"), name) => name == "li",
        (Some(_), name) => INLINE.contains(&name) && !(name == "a" && open.contains(&"a")),
    };
    let attributes_fit = match (name, attributes) {
        (_, "") => name != "a",
        ("p", class) => CLASSES.iter().any(|known| class == format!("class=\"{known}\"")),
        ("a", href) => value(href, "href").is_some_and(leads_somewhere),
        _ => false,
    };
    if fits && attributes_fit && name != "br" {
        open.push(name);
    }
    fits && attributes_fit
}

fn value<'a>(attribute: &'a str, name: &str) -> Option<&'a str> {
    let value = attribute.strip_prefix(name)?.strip_prefix("=\"")?.strip_suffix('"')?;
    (!value.contains('"')).then_some(value)
}

/// Whether an address is one that a mail may lead to.
#[must_use]
pub fn leads_somewhere(href: &str) -> bool {
    let start = href.trim_start().to_ascii_lowercase();
    ["https://", "http://", "mailto:", "tel:", "{{"].iter().any(|scheme| start.starts_with(scheme)) && !href.contains(['<', '>'])
}

/// What the browser has, as a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Text(String),
    Element {
        /// In small letters.
        name: String,
        href: String,
        class: String,
        children: Vec<Node>,
    },
}

/// What somebody edited, as HTML.
#[must_use]
pub fn write(nodes: &[Node]) -> String {
    let mut blocks = Vec::new();
    let mut line = String::new();
    collect(nodes, &mut blocks, &mut line);
    close(&mut blocks, &mut line);
    if blocks.is_empty() { "<p></p>".to_owned() } else { blocks.join("\n") }
}

/// Ends the paragraph of what stood outside of one.
fn close(blocks: &mut Vec<String>, line: &mut String) {
    let text = std::mem::take(line);
    if !is_empty(&text) {
        blocks.push(format!("<p>{}</p>", trimmed(&text)));
    }
}

fn collect(nodes: &[Node], blocks: &mut Vec<String>, line: &mut String) {
    for node in nodes {
        let Node::Element { name, class, children, .. } = node else {
            inline(node, false, line);
            continue;
        };
        match name.as_str() {
            "ul" | "ol" => {
                close(blocks, line);
                let items = items(children);
                if !items.is_empty() {
                    blocks.push(format!("<{name}>\n{}</{name}>", items.concat()));
                }
            }
            "p" | "div" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "pre" | "section" | "article" => {
                close(blocks, line);
                if children.iter().any(is_block) {
                    collect(children, blocks, line);
                    close(blocks, line);
                    continue;
                }
                let mut text = String::new();
                children.iter().for_each(|child| inline(child, false, &mut text));
                if is_empty(&text) {
                    continue;
                }
                let text = trimmed(&text);
                let class = CLASSES.into_iter().find(|known| known == class).map(|class| format!(" class=\"{class}\""));
                blocks.push(match name.as_str() {
                    "blockquote" => format!("<blockquote>{text}</blockquote>"),
                    "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => format!("<p><strong>{text}</strong></p>"),
                    _ => format!("<p{}>{text}</p>", class.unwrap_or_default()),
                });
            }
            _ if children.iter().any(is_block) => collect(children, blocks, line),
            _ => inline(node, false, line),
        }
    }
}

fn is_block(node: &Node) -> bool {
    const ALL: [&str; 13] = ["p", "div", "ul", "ol", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "section", "article"];
    matches!(node, Node::Element { name, .. } if ALL.contains(&name.as_str()))
}

/// The items of a list; lists within them become items beside them.
fn items(nodes: &[Node]) -> Vec<String> {
    let mut all = Vec::new();
    for node in nodes {
        let (mut text, mut nested) = (String::new(), Vec::new());
        match node {
            Node::Element { name, children, .. } if name == "li" => {
                for child in children {
                    match child {
                        Node::Element { name, children, .. } if name == "ul" || name == "ol" => nested.extend(items(children)),
                        child => inline(child, false, &mut text),
                    }
                }
            }
            Node::Element { name, children, .. } if name == "ul" || name == "ol" => nested.extend(items(children)),
            other => inline(other, false, &mut text),
        }
        if !is_empty(&text) {
            all.push(format!("<li>{}</li>\n", trimmed(&text)));
        }
        all.extend(nested);
    }
    all
}

fn inline(node: &Node, in_link: bool, out: &mut String) {
    let (name, href, children) = match node {
        Node::Text(text) => return out.push_str(&escape(text, false).replace('\u{a0}', "&nbsp;").replace('\u{200b}', "")),
        Node::Element { name, href, children, .. } => (name.as_str(), href, children),
    };
    let tag = match name {
        "br" => return out.push_str("<br>"),
        "script" | "style" | "img" | "iframe" | "object" | "template" => return,
        "b" | "strong" => "strong",
        "i" | "em" => "em",
        "u" => "u",
        "s" | "strike" | "del" => "s",
        "a" if !in_link && leads_somewhere(href) && !href.contains('"') => "a",
        _ => "",
    };
    let mut inner = String::new();
    children.iter().for_each(|child| inline(child, in_link || tag == "a", &mut inner));
    match tag {
        _ if inner.is_empty() => {}
        "" => out.push_str(&inner),
        "a" => out.push_str(&format!("<a href=\"{}\">{inner}</a>", escape(href, true))),
        tag => out.push_str(&format!("<{tag}>{inner}</{tag}>")),
    }
}

fn is_empty(html: &str) -> bool {
    html.replace("<br>", "").replace("&nbsp;", " ").trim().is_empty()
}

/// Without the line break that browsers keep at the end of what one types in.
fn trimmed(html: &str) -> &str {
    let html = html.trim();
    html.strip_suffix("<br>").unwrap_or(html).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn element(name: &str, children: Vec<Node>) -> Node {
        Node::Element { name: name.into(), href: String::new(), class: String::new(), children }
    }

    fn text(text: &str) -> Node {
        Node::Text(text.into())
    }

    #[test]
    fn only_formatted_text_is_rich() {
        for html in [
            "<p></p>",
            "<p>Hello {{ customer.first_name | default(\"there\") }},</p>",
            "<p class=\"lead\">A <strong>b</strong> <a href=\"https://x.example/?a=1&amp;b=2\">c</a><br>d</p>\n<ul>\n<li>e</li>\n</ul>",
            "<p>{% if customer.lastorder %}You ordered on {{ customer.lastorder }}. {% endif %}Hi</p>",
        ] {
            assert!(is_rich(html), "{html}");
        }
        for html in [
            "",
            " ",
            "text",
            "<p>",
            "<p>a</p>b",
            "<p onclick=\"x\">a</p>",
            "<p><img src=\"x\" onerror=\"alert(1)\"></p>",
            "<p><a href=\"javascript:alert(1)\">a</a></p>",
            "<p><script>x</script></p>",
            "<p><a>a</a></p>",
            "<ul>a</ul>",
            "<p>{{ \"<img src=x onerror=y>\" }}</p>",
            "<p><b>a</p></b>",
            "<table></table>",
            "<p>a > b</p><",
        ] {
            assert!(!is_rich(html), "{html}");
        }
    }

    #[test]
    fn what_browsers_make_becomes_paragraphs_and_lists() {
        let html = write(&[
            text("Loose "),
            element("b", vec![text("bold")]),
            element("div", vec![text("A & B "), element("span", vec![text("{{ x | default(\"<\") }}")])]),
            element("p", vec![element("br", vec![])]),
            element("ul", vec![element("li", vec![text("One"), element("ul", vec![element("li", vec![text("Two")])])])]),
            element("h1", vec![text("Big")]),
        ]);
        assert_eq!(
            html,
            "<p>Loose <strong>bold</strong></p>\n<p>A &amp; B {{ x | default(\"<\") }}</p>\n<ul>\n<li>One</li>\n<li>Two</li>\n</ul>\n<p><strong>Big</strong></p>"
        );
        assert_eq!(write(&[]), "<p></p>");
    }

    fn nodes() -> impl Strategy<Value = Node> {
        let words = prop::sample::select(vec!["a", "<", "&amp;", "\"", "{{ x }}", "é", "\u{a0}", "%}", ">"]).prop_map(text);
        words.prop_recursive(4, 30, 4, |inner| {
            let names = vec!["p", "div", "b", "a", "ul", "li", "br", "script", "h2", "span", "table", "svg", "blockquote"];
            let hrefs =
                vec!["", "https://x.example/\"onclick=\"y", "javascript:x", "https://x.example/?a&b", "mailto:a@b.example"];
            (prop::sample::select(names), prop::sample::select(hrefs), prop::collection::vec(inner, 0..4)).prop_map(
                |(name, href, children)| Node::Element { name: name.into(), href: href.into(), class: "lead".into(), children },
            )
        })
    }

    proptest! {
        #[test]
        fn whatever_is_edited_comes_out_as_formatted_text(nodes in prop::collection::vec(nodes(), 0..5)) {
            let html = write(&nodes);
            prop_assert!(is_rich(&html), "{}", html);
        }

        #[test]
        fn reading_never_fails(html in "[<>/a-z\"={}% é&;]{0,60}") {
            let _ = is_rich(&html);
        }
    }
}
