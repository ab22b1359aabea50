//! What is done to the HTML once, when a template is compiled: sanitising, styles, plain text, and putting the template tags back.

use super::markup::{ATTRIBUTES, Aside, MARK, Role, STYLES, TAG_ATTRIBUTES, TAGS};
use ammonia::UrlRelative;
use css_inline::{CSSInliner, InlineOptions};
use std::collections::{BTreeSet, HashMap, HashSet};

/// The second look at a body: what a browser would read otherwise than we did goes.
pub fn sanitise(marked: &str) -> String {
    let mut builder = ammonia::Builder::empty();
    builder
        .tags(TAGS.iter().copied().collect())
        .generic_attributes(ATTRIBUTES.iter().copied().collect())
        .tag_attributes(
            TAG_ATTRIBUTES.iter().map(|(tag, names)| (*tag, names.iter().copied().collect())).collect::<HashMap<_, _>>(),
        )
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .url_relative(UrlRelative::Deny)
        .filter_style_properties(STYLES.iter().copied().collect())
        .link_rel(None)
        .strip_comments(false);
    builder.clean(marked).to_string()
}

/// Puts styles into the tags that they are for, since many mail programs read no others; `None` where that fails.
pub fn inline(document: &str, css: &str) -> Option<String> {
    let options = InlineOptions {
        load_remote_stylesheets: false,
        inline_style_tags: false,
        keep_style_tags: true,
        extra_css: Some(css.into()),
        ..InlineOptions::default()
    };
    CSSInliner::new(options).inline(document).ok()
}

/// Puts the template tags back. `None` where one of them got lost.
pub fn restore(marked: &str, asides: &[Aside]) -> Option<String> {
    let (out, put_back) = put_back(marked, asides)?;
    (put_back.len() == asides.len()).then_some(out)
}

/// Puts the template tags back; yields which.
fn put_back(marked: &str, asides: &[Aside]) -> Option<(String, BTreeSet<usize>)> {
    let (mut out, mut rest, mut found) = (String::with_capacity(marked.len()), marked, BTreeSet::new());
    while let Some(at) = rest.find(MARK.0) {
        let after = &rest[at + MARK.0.len()..];
        let (number, after) = after.split_once(MARK.1)?;
        let number = number.parse::<usize>().ok()?;
        let aside = asides.get(number)?;
        let before = &rest[..at];
        rest = after;
        match aside.role {
            Role::Text => out.extend([before, &aside.source]),
            Role::Url => {
                out.extend([before.strip_suffix("https://")?, &aside.source]);
                rest = after.strip_prefix(".invalid/")?;
            }
            Role::UrlPart => out.extend([before, &encoded(&aside.source)]),
            Role::Block { .. } => {
                let is_comment = before.ends_with("<!--");
                out.extend([before.strip_suffix("<!--").unwrap_or(before), &aside.source]);
                if is_comment {
                    rest = after.strip_prefix("-->")?;
                }
            }
        }
        // Twice is once too often: somebody wrote a mark.
        if !found.insert(number) {
            return None;
        }
    }
    out.push_str(rest);
    Some((out, found))
}

/// `{{ x }}` within an address: `{{ (x)|urlencode }}`.
fn encoded(tag: &str) -> String {
    let inner = tag.trim_start_matches("{{").trim_end_matches("}}").trim_matches(['-', '+']).trim();
    if inner.ends_with("urlencode") { tag.to_owned() } else { format!("{{{{ ({inner})|urlencode }}}}") }
}

/// The plain text of a body whose template tags are put aside.
pub fn plain(marked: &str, asides: &[Aside]) -> Option<String> {
    let flat = flatten(marked, asides);
    // Lines are as long as they are: what is filled in has another length than its mark, and mail programs wrap.
    let text = html2text::config::with_decorator(Plain::default())
        .max_wrap_width(WIDE)
        .allow_width_overflow()
        .string_from_read(flat.as_bytes(), WIDE)
        .ok()?;
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    // Braces that come together where tags are gone would be template tags.
    let text = lines.join("\n").replace("{{", "{ {").replace("{%", "{ %").replace("{#", "{ #");
    let (text, found) = put_back(&text, asides)?;
    // What stood in a title is not shown; conditions must all be there.
    let is_whole = asides.iter().enumerate().all(|(at, aside)| found.contains(&at) || !matches!(aside.role, Role::Block { .. }));
    is_whole.then_some(text)
}

const WIDE: usize = 10_000;

/// Tables as lines, and conditions that stand by themselves as lines of their own.
fn flatten(marked: &str, asides: &[Aside]) -> String {
    let mut out = marked.to_owned();
    for (number, aside) in asides.iter().enumerate() {
        let Role::Block { inline } = aside.role else { continue };
        let mark = format!("{}{number}{}", MARK.0, MARK.1);
        let shown = if inline { mark.clone() } else { format!("<div>{mark}</div>") };
        out = out.replace(&format!("<!--{mark}-->"), &shown);
    }
    for (tag, other) in
        [("table", "div"), ("tbody", "div"), ("thead", "div"), ("tfoot", "div"), ("tr", "div"), ("caption", "div")]
    {
        out = out.replace(&format!("<{tag}>"), &format!("<{other}>")).replace(&format!("<{tag} "), &format!("<{other} "));
        out = out.replace(&format!("</{tag}>"), &format!("</{other}>"));
    }
    for tag in ["td", "th"] {
        out = out
            .replace(&format!("<{tag}>"), "<span>")
            .replace(&format!("<{tag} "), "<span ")
            .replace(&format!("</{tag}>"), " </span>");
    }
    out
}

/// How plain text shows what HTML has: links with their address behind them, nothing for bold.
#[derive(Clone, Debug, Default)]
struct Plain {
    link: Option<String>,
}

impl html2text::render::TextDecorator for Plain {
    type Annotation = ();

    fn decorate_link_start(&mut self, url: &str) -> (String, ()) {
        self.link = Some(url.to_owned());
        (String::new(), ())
    }

    fn decorate_link_end(&mut self) -> String {
        self.link.take().map(|url| format!(": {url} ")).unwrap_or_default()
    }

    fn decorate_em_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_em_end(&self) -> String {
        String::new()
    }

    fn decorate_strong_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_strong_end(&self) -> String {
        String::new()
    }

    fn decorate_strikeout_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_strikeout_end(&self) -> String {
        String::new()
    }

    fn decorate_code_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_code_end(&self) -> String {
        String::new()
    }

    fn decorate_preformat_first(&self) {}

    fn decorate_preformat_cont(&self) {}

    fn decorate_image(&mut self, _src: &str, title: &str) -> (String, ()) {
        (title.to_owned(), ())
    }

    fn header_prefix(&self, _level: usize) -> String {
        String::new()
    }

    fn quote_prefix(&self) -> String {
        "> ".into()
    }

    fn unordered_item_prefix(&self) -> String {
        "- ".into()
    }

    fn ordered_item_prefix(&self, number: i64) -> String {
        format!("{number}. ")
    }

    fn make_subblock_decorator(&self) -> Self {
        Self::default()
    }
}
