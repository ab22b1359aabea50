//! The pieces of a body as blocks, whose fields are edited one by one.
//!
//! Invariant: a piece is shown as a block with fields only if writing those fields gives the very same piece; everything else is a piece of
//! HTML, shown and kept as it is. So with [`super::pieces`] looking at a source as blocks and going back changes nothing.

use super::rich::is_rich;

/// What a block is, without what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Heading,
    Text,
    Button,
    Image,
    Products,
    Code,
    Line,
    Html,
}

impl Kind {
    /// Those that can be added, in the order in which they are offered.
    pub const ALL: [Self; 8] =
        [Self::Heading, Self::Text, Self::Button, Self::Image, Self::Products, Self::Code, Self::Line, Self::Html];

    /// The key of its name.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Heading => "composer.write.block_heading",
            Self::Text => "composer.write.block_text",
            Self::Button => "composer.write.block_button",
            Self::Image => "composer.write.block_image",
            Self::Products => "composer.write.block_products",
            Self::Code => "composer.write.block_code",
            Self::Line => "composer.write.block_line",
            Self::Html => "composer.write.block_html",
        }
    }

    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Heading => "bookmark",
            Self::Text => "file-text",
            Self::Button => "link",
            Self::Image => "image",
            Self::Products => "shopping-bag",
            Self::Code => "percent",
            Self::Line => "minus",
            Self::Html => "command",
        }
    }

    #[must_use]
    pub fn of(shown: &Shown) -> Self {
        match &shown.block {
            Block::Heading { .. } => Self::Heading,
            Block::Text { .. } => Self::Text,
            Block::Button { .. } => Self::Button,
            Block::Image { .. } => Self::Image,
            Block::Products { .. } => Self::Products,
            Block::Code { .. } => Self::Code,
            Block::Line => Self::Line,
            Block::Html { .. } => Self::Html,
        }
    }

    /// A new block, empty as yet.
    #[must_use]
    pub fn empty(self) -> Block {
        match self {
            Self::Heading => Block::Heading { level: 2, text: String::new() },
            Self::Text => Block::Text { html: "<p></p>".into() },
            Self::Button => Block::Button { label: String::new(), href: "https://".into() },
            Self::Image => Block::Image(Image { src: "https://".into(), width: "536".into(), ..Image::default() }),
            Self::Products => Block::Products { items: Vec::new() },
            Self::Code => Block::Code { line: String::new(), code: String::new(), note: String::new() },
            Self::Line => Block::Line,
            Self::Html => Block::Html { source: "<div></div>".into() },
        }
    }
}

/// A picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    pub src: String,
    pub alt: String,
    /// In pixels, as the attribute has it; empty where there is none.
    pub width: String,
    /// Where it leads; empty where nowhere.
    pub href: String,
}

/// A product as the mail shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    pub name: String,
    pub price: String,
    /// Empty: its name is no link.
    pub url: String,
}

/// What a block says. Texts are as people write them: `&`, not `&amp;`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    Heading {
        level: u8,
        text: String,
    },
    /// Paragraphs and lists, as HTML.
    Text {
        html: String,
    },
    Button {
        label: String,
        href: String,
    },
    Image(Image),
    Products {
        items: Vec<Item>,
    },
    Code {
        line: String,
        code: String,
        note: String,
    },
    Line,
    Html {
        source: String,
    },
}

/// A block, and when it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// `customer.orders > 3`; empty while nobody has written it yet, `None` for always.
    pub condition: Option<String>,
    pub block: Block,
}

impl Shown {
    /// A block without a condition.
    #[must_use]
    pub fn always(block: Block) -> Self {
        Self { condition: None, block }
    }

    /// What a piece shows.
    #[must_use]
    pub fn read(source: &str) -> Self {
        let shown = conditional(source).unwrap_or_else(|| Self::always(Block::read(source)));
        if shown.write() == source { shown } else { Self::always(Block::Html { source: source.to_owned() }) }
    }

    /// The piece.
    #[must_use]
    pub fn write(&self) -> String {
        let inner = self.block.write();
        match self.condition.as_deref() {
            None => inner,
            // No template with it compiles: what is to be shown to some is never sent to everybody.
            Some("") => format!("{{% if %}}\n{inner}\n{{% endif %}}"),
            Some(condition) => format!("{{% if {condition} %}}\n{inner}\n{{% endif %}}"),
        }
    }
}

fn conditional(source: &str) -> Option<Shown> {
    let (condition, rest) = match source.strip_prefix("{% if %}\n") {
        Some(rest) => ("", rest),
        None => source.strip_prefix("{% if ")?.split_once(" %}\n")?,
    };
    let inner = rest.strip_suffix("\n{% endif %}")?;
    let block = Block::read(inner);
    let is_known = !matches!(block, Block::Html { .. }) && block.write() == inner;
    (is_known && !condition.contains("%}")).then(|| Shown { condition: Some(condition.to_owned()), block })
}

impl Block {
    fn read(source: &str) -> Self {
        let known = || {
            line(source)
                .or_else(|| heading(source))
                .or_else(|| button(source))
                .or_else(|| image(source))
                .or_else(|| code(source))
                .or_else(|| products(source))
        };
        match known() {
            Some(block) => block,
            None if is_rich(source) => Self::Text { html: source.to_owned() },
            None => Self::Html { source: source.to_owned() },
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Heading { level, text } => format!("<h{level}>{}</h{level}>", escape(text, false)),
            Self::Text { html } => html.clone(),
            Self::Button { label, href } => {
                format!("<p><a class=\"button\" href=\"{}\">{}</a></p>", escape(href, true), escape(label, false))
            }
            Self::Image(image) => image.write(),
            Self::Products { items } => items.iter().map(Item::write).collect::<Vec<_>>().join("\n"),
            Self::Code { line, code, note } => {
                let muted = |text: &str| match text {
                    "" => String::new(),
                    text => format!("<p class=\"muted\">{}</p>\n", escape(text, false)),
                };
                let code = escape(code, false);
                format!("<div class=\"coupon\">\n{}<p class=\"code\">{code}</p>\n{}</div>", muted(line), muted(note))
            }
            Self::Line => "<hr>".to_owned(),
            Self::Html { source } => source.clone(),
        }
    }
}

impl Image {
    fn write(&self) -> String {
        let width = if self.width.is_empty() { String::new() } else { format!(" width=\"{}\"", escape(&self.width, true)) };
        let img = format!("<img src=\"{}\" alt=\"{}\"{width}>", escape(&self.src, true), escape(&self.alt, true));
        match self.href.as_str() {
            "" => format!("<p>{img}</p>"),
            href => format!("<p><a href=\"{}\">{img}</a></p>", escape(href, true)),
        }
    }
}

impl Item {
    fn write(&self) -> String {
        let name = match self.url.as_str() {
            "" => escape(&self.name, false),
            url => format!("<a href=\"{}\">{}</a>", escape(url, true), escape(&self.name, false)),
        };
        format!(
            "<table class=\"product\"><tbody><tr>\n<td>{name}</td><td class=\"amount\">{}</td>\n</tr></tbody></table>",
            escape(&self.price, false)
        )
    }
}

fn line(source: &str) -> Option<Block> {
    (source == "<hr>").then_some(Block::Line)
}

fn heading(source: &str) -> Option<Block> {
    let level = source.strip_prefix("<h")?.chars().next()?.to_digit(10).filter(|level| (1..=3).contains(level))?;
    let text = source.strip_prefix(&format!("<h{level}>"))?.strip_suffix(&format!("</h{level}>"))?;
    Some(Block::Heading { level: u8::try_from(level).ok()?, text: plain(text)? })
}

fn button(source: &str) -> Option<Block> {
    let (href, label) = source.strip_prefix("<p><a class=\"button\" href=\"")?.strip_suffix("</a></p>")?.split_once("\">")?;
    Some(Block::Button { label: plain(label)?, href: plain(href)? })
}

fn image(source: &str) -> Option<Block> {
    let inner = source.strip_prefix("<p>")?.strip_suffix("</p>")?;
    let (href, img) = match inner.strip_prefix("<a href=\"") {
        Some(rest) => rest.strip_suffix("</a>")?.split_once("\">")?,
        None => ("", inner),
    };
    let (src, rest) = img.strip_prefix("<img src=\"")?.strip_suffix("\">")?.split_once("\" alt=\"")?;
    let (alt, width) = rest.split_once("\" width=\"").unwrap_or((rest, ""));
    Some(Block::Image(Image { src: plain(src)?, alt: plain(alt)?, width: plain(width)?, href: plain(href)? }))
}

fn code(source: &str) -> Option<Block> {
    let inner = source.strip_prefix("<div class=\"coupon\">\n")?.strip_suffix("</div>")?;
    let (before, rest) = inner.split_once("<p class=\"code\">")?;
    let (code, after) = rest.split_once("</p>\n")?;
    let muted = |text: &str| match text {
        "" => Some(String::new()),
        text => plain(text.strip_prefix("<p class=\"muted\">")?.strip_suffix("</p>\n")?),
    };
    Some(Block::Code { line: muted(before)?, code: plain(code)?, note: muted(after)? })
}

fn products(source: &str) -> Option<Block> {
    const BEFORE: &str = "<table class=\"product\"><tbody><tr>\n<td>";
    const AFTER: &str = "</td>\n</tr></tbody></table>";
    // None is chosen yet.
    if source.is_empty() {
        return Some(Block::Products { items: Vec::new() });
    }
    let mut items = Vec::new();
    for table in
        source.split("\n<table").enumerate().map(|(at, part)| if at == 0 { part.to_owned() } else { format!("<table{part}") })
    {
        let (name, price) = table.strip_prefix(BEFORE)?.strip_suffix(AFTER)?.split_once("</td><td class=\"amount\">")?;
        let (url, name) = match name.strip_prefix("<a href=\"") {
            Some(rest) => rest.strip_suffix("</a>")?.split_once("\">")?,
            None => ("", name),
        };
        items.push(Item { name: plain(name)?, price: plain(price)?, url: plain(url)? });
    }
    Some(Block::Products { items })
}

/// Text as HTML has it. Template tags stay as they are.
#[must_use]
pub fn escape(text: &str, attribute: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if let Some(tag) = template_tag(rest) {
            out.push_str(tag);
            rest = &rest[tag.len()..];
            continue;
        }
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            other => out.push(other),
        }
        rest = &rest[letter.len_utf8()..];
    }
    out
}

/// The text that HTML has; `None` where there are tags in it.
fn plain(html: &str) -> Option<String> {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(letter) = rest.chars().next() {
        if let Some(tag) = template_tag(rest) {
            out.push_str(tag);
            rest = &rest[tag.len()..];
            continue;
        }
        let entities = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"')];
        match entities.into_iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, means)) => {
                out.push(means);
                rest = &rest[name.len()..];
            }
            None if matches!(letter, '<' | '>') => return None,
            None => {
                out.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    Some(out)
}

/// The template tag that `text` begins with, whole.
#[must_use]
pub fn template_tag(text: &str) -> Option<&str> {
    let end = match text.get(..2)? {
        "{{" => "}}",
        "{%" => "%}",
        _ => return None,
    };
    text.find(end).map(|at| &text[..at + end.len()])
}

#[cfg(test)]
mod tests;
