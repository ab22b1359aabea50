//! The label of a return: the upper half goes onto the parcel, the lower half into it.

use super::fonts::Weight;
use super::invoice::postal_lines;
use super::sheet::{About, HAIR, HEIGHT, INK, MM, Part, Sheet, Style, WIDTH};
use crate::base::i18n::Lang;
use crate::base::{AppResult, Day, Timestamp};
use crate::commerce::invoices::paper::Seller;
use crate::commerce::orders::OrderAddress;
use barcoders::sym::code128::Code128;
use krilla::tagging::{TableHeaderScope, Tag};
use std::num::NonZeroU16;

const LEFT: f32 = 20.0 * MM;
const RIGHT: f32 = WIDTH - 20.0 * MM;
/// Where the sheet is cut.
const HALF: f32 = HEIGHT / 2.0;
/// Readers want bars of at least a quarter of a millimetre, and ten of them left free on either side.
const MODULE: f32 = 0.42 * MM;
const BARS_HEIGHT: f32 = 24.0 * MM;

/// What a label says.
pub struct Label {
    pub number: String,
    pub order_number: String,
    /// Where it goes.
    pub seller: Seller,
    /// Where it comes from.
    pub sender: Option<OrderAddress>,
    pub sender_name: String,
    /// How many of what: quantity, name, SKU.
    pub items: Vec<(i64, String, String)>,
    pub requested_at: Timestamp,
    pub requested_on: Day,
}

/// The bytes of a label's PDF.
///
/// # Errors
/// [`crate::base::AppError::Internal`] where it cannot be written.
pub fn label(l: Lang, label: &Label) -> AppResult<Vec<u8>> {
    let mut sheet = Sheet::new()?;
    for_parcel(l, label, &mut sheet);
    sheet.cut(0.0, WIDTH, HALF);
    slip(l, label, &mut sheet);
    let title = l.with("invoices.label_title", &[("number", &label.number)]);
    let author = &label.seller.company;
    sheet.finish(&About { title: &title, author, language: l.code(), id: &label.number, at: label.requested_at })
}

fn for_parcel(l: Lang, label: &Label, sheet: &mut Sheet) {
    let from = sheet.part(Tag::P);
    let mut y = 24.0 * MM;
    sheet.text(Some(from), LEFT, y, Style::soft(8.0), l.t("invoices.label_from"));
    let lines = label.sender.as_ref().map(|sender| postal_lines(l, sender)).filter(|lines| !lines.is_empty());
    for line in lines.unwrap_or_else(|| vec![label.sender_name.clone()]) {
        y += 12.0;
        y = wrapped(sheet, from, (LEFT, y), 85.0 * MM, Style::plain(9.0), &line);
    }
    let to = sheet.part(Tag::P);
    y = 62.0 * MM;
    sheet.text(Some(to), LEFT, y, Style::soft(8.0), l.t("invoices.label_to"));
    y += 20.0;
    y = wrapped(sheet, to, (LEFT, y), RIGHT - LEFT, Style::bold(16.0), &label.seller.company);
    for line in label.seller.address.lines().filter(|line| !line.trim().is_empty()) {
        y += 19.0;
        y = wrapped(sheet, to, (LEFT, y), RIGHT - LEFT, Style::plain(14.0), line.trim());
    }
    barcode(l, label, sheet);
}

/// Lines of one text; yields the baseline of the last.
fn wrapped(sheet: &mut Sheet, part: Part, (x, y): (f32, f32), width: f32, style: Style, text: &str) -> f32 {
    let lines = sheet.fonts.wrap(text, style.weight, width / style.size);
    let mut last = y;
    for (at, line) in lines.iter().enumerate() {
        last = y + at as f32 * style.size * 1.3;
        sheet.text(Some(part), x, last, style, line);
    }
    last
}

/// The return's number as Code 128 and, below it, as text.
fn barcode(l: Lang, label: &Label, sheet: &mut Sheet) {
    let top = HALF - 42.0 * MM;
    let alt = l.with("invoices.label_barcode", &[("number", &label.number)]);
    let figure = sheet.part(Tag::Figure(Some(alt)));
    let modules = modules(&label.number);
    let wide = modules.len() as f32 * MODULE;
    // A number too long for the sheet gets narrower bars rather than none.
    let module = if wide > RIGHT - LEFT { (RIGHT - LEFT) / modules.len() as f32 } else { MODULE };
    sheet.boxes(Some(figure), bars(&modules, module).into_iter().map(|(x, width)| [LEFT + x, top, width, BARS_HEIGHT]).collect());
    let text = sheet.part(Tag::P);
    sheet.text(Some(text), LEFT, top + BARS_HEIGHT + 17.0, Style::bold(13.0), &label.number);
}

/// Light and dark of a Code 128 (set B, which has all that can stand in a number); nothing for what it cannot say.
fn modules(number: &str) -> Vec<u8> {
    Code128::new(format!("\u{0181}{number}")).map(|code| code.encode()).unwrap_or_default()
}

/// Neighbouring dark modules as one bar: where it begins and how wide it is.
fn bars(modules: &[u8], module: f32) -> Vec<(f32, f32)> {
    let mut bars = Vec::new();
    let mut at = 0;
    for run in modules.chunk_by(|a, b| a == b) {
        if run.first() == Some(&1) {
            bars.push((at as f32 * module, run.len() as f32 * module));
        }
        at += run.len();
    }
    bars
}

fn slip(l: Lang, label: &Label, sheet: &mut Sheet) {
    let mut y = HALF + 20.0 * MM;
    let title = l.with("invoices.label_title", &[("number", &label.number)]);
    let heading = sheet.part(Tag::Hn(NonZeroU16::MIN, Some(title.clone())));
    sheet.text(Some(heading), LEFT, y, Style::bold(15.0), &title);
    let part = sheet.part(Tag::P);
    y += 17.0;
    let order = l.with("invoices.label_order", &[("order", &label.order_number), ("day", &l.day(label.requested_on))]);
    sheet.text(Some(part), LEFT, y, Style::soft(9.5), &order);
    let part = sheet.part(Tag::P);
    y += 18.0;
    y = wrapped(sheet, part, (LEFT, y), RIGHT - LEFT, Style::plain(9.5), l.t("invoices.label_hint")) + 22.0;
    let table = sheet.part(Tag::Table);
    let row = sheet.part_of(table, Tag::TR);
    let style = Style { weight: Weight::Bold, ..Style::soft(8.0) };
    for (x, key) in [(LEFT, "invoices.quantity"), (LEFT + 18.0 * MM, "invoices.item")] {
        let cell = sheet.part_of(row, Tag::TH(TableHeaderScope::Column));
        sheet.text(Some(cell), x, y, style, &l.dynamic(key));
    }
    sheet.rule(0, LEFT, RIGHT, y + 5.0, 0.9, INK);
    for (at, (quantity, name, sku)) in label.items.iter().enumerate() {
        y += 18.0;
        if y > HEIGHT - 20.0 * MM {
            let left = i64::try_from(label.items.len() - at).unwrap_or(i64::MAX);
            let part = sheet.part(Tag::P);
            sheet.text(Some(part), LEFT, y, Style::soft(9.0), &l.count("orders.more_lines", left));
            break;
        }
        let row = sheet.part_of(table, Tag::TR);
        let cell = sheet.part_of(row, Tag::TD);
        sheet.text(Some(cell), LEFT, y, Style::plain(9.5), &l.integer(*quantity));
        let cell = sheet.part_of(row, Tag::TD);
        let name = if sku.is_empty() { name.clone() } else { format!("{name} · {sku}") };
        let x = LEFT + 18.0 * MM;
        y = wrapped(sheet, cell, (x, y), RIGHT - x, Style::plain(9.5), &name);
        sheet.rule(0, LEFT, RIGHT, y + 6.0, 0.4, HAIR);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_bars_that_readers_know() {
        // "A" in set B: start 104, 33, check 34, stop.
        let wanted = "11010010000 10100011000 10001011000 1100011101011";
        let read: String = modules("A").iter().map(|module| char::from(b'0' + module)).collect();
        assert_eq!(read, wanted.replace(' ', ""));
        assert_eq!(modules("R-1042").len(), 11 * 8 + 13, "start, six signs, check, stop");
        assert_eq!(bars(&[1, 1, 0, 1], 2.0), [(0.0, 4.0), (6.0, 2.0)]);
        assert!(modules("größe").is_empty(), "nothing rather than something wrong");
    }
}
