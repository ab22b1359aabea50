//! Sheets of A4 on which text and lines are put, and the document that they become: an archivable PDF (PDF/A-3a) whose
//! structure screen readers follow (PDF/UA-1), the same bytes for the same content.
//!
//! Coordinates are points from the top left corner; of text, its baseline.

use super::fonts::{Fonts, Shaped, Weight};
use crate::base::{AppResult, Timestamp};
use crate::server::internal;
use chrono::{Datelike, Timelike};
use krilla::color::luma;
use krilla::configure::{Accessibility, Archival, Configuration, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::error::KrillaResult;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, Node, SpanTag, TagGroup, TagKind, TagTree};
use krilla::{Document, SerializeSettings};

/// A4.
pub const WIDTH: f32 = 595.28;
pub const HEIGHT: f32 = 841.89;

/// Points in a millimetre.
pub const MM: f32 = 72.0 / 25.4;

/// How dark ink is, and what matters less.
pub const INK: u8 = 0x18;
pub const SOFT: u8 = 0x58;
/// Lines between rows.
pub const HAIR: u8 = 0xc8;

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    pub size: f32,
    pub weight: Weight,
    /// 0 is black.
    pub shade: u8,
}

impl Style {
    pub const fn plain(size: f32) -> Self {
        Self { size, weight: Weight::Regular, shade: INK }
    }

    pub const fn bold(size: f32) -> Self {
        Self { size, weight: Weight::Bold, shade: INK }
    }

    pub const fn soft(size: f32) -> Self {
        Self { size, weight: Weight::Regular, shade: SOFT }
    }
}

/// A place in the structure that screen readers follow: a heading, a cell of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part(usize);

struct Group {
    tag: TagKind,
    children: Vec<usize>,
}

enum Mark {
    Text {
        x: f32,
        y: f32,
        style: Style,
        shaped: Shaped,
    },
    Line {
        from: (f32, f32),
        to: (f32, f32),
        width: f32,
        shade: u8,
        dashed: bool,
    },
    /// Filled rectangles: x, y, width, height.
    Boxes(Vec<[f32; 4]>),
}

/// `None` belongs to no part: lines, and what repeats on every page.
struct Item {
    part: Option<Part>,
    mark: Mark,
}

/// What a document says of itself.
pub struct About<'a> {
    pub title: &'a str,
    pub author: &'a str,
    /// A language's code.
    pub language: &'a str,
    /// Never the same for two documents.
    pub id: &'a str,
    pub at: Timestamp,
}

/// The pages of a document while it is written.
pub struct Sheet {
    pub fonts: &'static Fonts,
    pages: Vec<Vec<Item>>,
    nodes: Vec<Group>,
    roots: Vec<usize>,
}

impl Sheet {
    /// One empty page.
    ///
    /// # Errors
    /// [`crate::base::AppError::Internal`] where the program's fonts do not read.
    pub fn new() -> AppResult<Self> {
        let fonts = Fonts::get().ok_or_else(|| internal(&"a font of the program does not read"))?;
        Ok(Self { fonts, pages: vec![Vec::new()], nodes: Vec::new(), roots: Vec::new() })
    }

    /// Begins another page.
    pub fn new_page(&mut self) {
        self.pages.push(Vec::new());
    }

    pub fn pages(&self) -> usize {
        self.pages.len()
    }

    /// A part of the document, in reading order.
    pub fn part(&mut self, tag: impl Into<TagKind>) -> Part {
        let part = self.node(tag.into());
        self.roots.push(part.0);
        part
    }

    /// A part of another one.
    pub fn part_of(&mut self, parent: Part, tag: impl Into<TagKind>) -> Part {
        let part = self.node(tag.into());
        if let Some(parent) = self.nodes.get_mut(parent.0) {
            parent.children.push(part.0);
        }
        part
    }

    fn node(&mut self, tag: TagKind) -> Part {
        self.nodes.push(Group { tag, children: Vec::new() });
        Part(self.nodes.len() - 1)
    }

    /// Text that begins at `x`, on the last page.
    pub fn text(&mut self, part: Option<Part>, x: f32, y: f32, style: Style, text: &str) {
        let page = self.pages.len() - 1;
        self.text_on(page, part, x, y, style, text);
    }

    /// Text that ends at `x`, on the last page.
    pub fn text_right(&mut self, part: Option<Part>, x: f32, y: f32, style: Style, text: &str) {
        let shaped = self.fonts.shape(text, style.weight);
        let page = self.pages.len() - 1;
        self.put_text(page, part, x - shaped.width * style.size, y, style, shaped);
    }

    /// Text on a page that may be behind already.
    pub fn text_on(&mut self, page: usize, part: Option<Part>, x: f32, y: f32, style: Style, text: &str) {
        let shaped = self.fonts.shape(text, style.weight);
        self.put_text(page, part, x, y, style, shaped);
    }

    fn put_text(&mut self, page: usize, part: Option<Part>, x: f32, y: f32, style: Style, shaped: Shaped) {
        if !shaped.runs.is_empty() {
            self.put(page, part, Mark::Text { x, y, style, shaped });
        }
    }

    /// A horizontal line.
    pub fn rule(&mut self, page: usize, from: f32, to: f32, y: f32, width: f32, shade: u8) {
        self.put(page, None, Mark::Line { from: (from, y), to: (to, y), width, shade, dashed: false });
    }

    /// A line to cut along.
    pub fn cut(&mut self, from: f32, to: f32, y: f32) {
        let page = self.pages.len() - 1;
        self.put(page, None, Mark::Line { from: (from, y), to: (to, y), width: 0.7, shade: SOFT, dashed: true });
    }

    /// Black boxes: x, y, width, height of each.
    pub fn boxes(&mut self, part: Option<Part>, boxes: Vec<[f32; 4]>) {
        let page = self.pages.len() - 1;
        self.put(page, part, Mark::Boxes(boxes));
    }

    fn put(&mut self, page: usize, part: Option<Part>, mark: Mark) {
        if let Some(page) = self.pages.get_mut(page) {
            page.push(Item { part, mark });
        }
    }

    /// The document's bytes.
    ///
    /// # Errors
    /// [`crate::base::AppError::Internal`] where it cannot be written.
    pub fn finish(&self, about: &About<'_>) -> AppResult<Vec<u8>> {
        let strict = ConfigurationBuilder::new()
            .with_archival_validator(Archival::A3_A)
            .with_accessibility_validator(Accessibility::UA1)
            .finish()
            .unwrap_or_default();
        match self.write(about, strict) {
            Ok(bytes) => Ok(bytes),
            // A text that the standards refuse must not keep an invoice from being read.
            Err(error) => {
                tracing::warn!(?error, title = about.title, "a document is not PDF/A");
                self.write(about, Configuration::default()).map_err(|error| internal(&format!("{error:?}")))
            }
        }
    }

    fn write(&self, about: &About<'_>, configuration: Configuration) -> KrillaResult<Vec<u8>> {
        let settings = SerializeSettings { configuration, enable_tagging: true, ..SerializeSettings::default() };
        let mut document = Document::new_with(settings);
        let mut marked: Vec<Vec<Identifier>> = self.nodes.iter().map(|_| Vec::new()).collect();
        for items in &self.pages {
            let Some(size) = PageSettings::from_wh(WIDTH, HEIGHT) else { continue };
            let mut page = document.start_page_with(size);
            let mut surface = page.surface();
            for near in items.chunk_by(|a, b| a.part == b.part) {
                let part = near.first().and_then(|item| item.part);
                let tag = match part {
                    Some(_) => ContentTag::Span(SpanTag::empty()),
                    None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
                };
                let identifier = surface.start_tagged(tag);
                for item in near {
                    draw(&mut surface, &item.mark);
                }
                surface.end_tagged();
                if let Some(of) = part.and_then(|part| marked.get_mut(part.0)) {
                    of.push(identifier);
                }
            }
            surface.finish();
            page.finish();
        }
        let mut tree = TagTree::new().with_lang(Some(about.language.to_owned()));
        for root in &self.roots {
            if let Some(group) = self.group(*root, &mut marked) {
                tree.push(group);
            }
        }
        document.set_tag_tree(tree);
        let mut outline = Outline::new();
        outline.push_child(OutlineNode::new(about.title.to_owned(), XyzDestination::new(0, Point::from_xy(0.0, 0.0))));
        document.set_outline(outline);
        document.set_metadata(metadata(about));
        document.finish()
    }

    fn group(&self, node: usize, marked: &mut [Vec<Identifier>]) -> Option<TagGroup> {
        let of = self.nodes.get(node)?;
        let mut group = TagGroup::new(of.tag.clone());
        for identifier in marked.get_mut(node).map(std::mem::take).unwrap_or_default() {
            group.push(Node::Leaf(identifier));
        }
        for child in &of.children {
            if let Some(child) = self.group(*child, marked) {
                group.push(child);
            }
        }
        Some(group)
    }
}

fn metadata(about: &About<'_>) -> Metadata {
    let at = about.at.utc();
    let part = |number: u32| u8::try_from(number).unwrap_or_default();
    let date = DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(0);
    Metadata::new()
        .title(about.title.to_owned())
        .authors(vec![about.author.to_owned()])
        .creator("Clientele".to_owned())
        .language(about.language.to_owned())
        .document_id(about.id.to_owned())
        .creation_date(date)
}

fn draw(surface: &mut Surface<'_>, mark: &Mark) {
    match mark {
        Mark::Text { x, y, style, shaped } => {
            surface.set_stroke(None);
            surface.set_fill(Some(Fill { paint: luma::Color::new(style.shade).into(), ..Fill::default() }));
            let mut x = *x;
            for run in &shaped.runs {
                surface.draw_glyphs(Point::from_xy(x, *y), &run.glyphs, run.font.clone(), &run.text, style.size, false);
                x += run.width * style.size;
            }
        }
        Mark::Line { from, to, width, shade, dashed } => {
            let mut path = PathBuilder::new();
            path.move_to(from.0, from.1);
            path.line_to(to.0, to.1);
            let dash = dashed.then(|| StrokeDash { array: vec![4.0, 3.0], offset: 0.0 });
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke { paint: luma::Color::new(*shade).into(), width: *width, dash, ..Stroke::default() }));
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
        Mark::Boxes(boxes) => {
            let mut path = PathBuilder::new();
            for rect in boxes.iter().filter_map(|[x, y, width, height]| Rect::from_xywh(*x, *y, *width, *height)) {
                path.push_rect(rect);
            }
            surface.set_stroke(None);
            surface.set_fill(Some(Fill { paint: luma::Color::black().into(), ..Fill::default() }));
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
    }
}
