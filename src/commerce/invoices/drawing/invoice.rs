//! An invoice or credit note on A4: the address where a window envelope shows it (DIN 5008, form B), items over as many pages
//! as they need under a repeated heading, sums that stay together, the seller's data at the foot of every page.

use super::fonts::Weight;
use super::sheet::{About, HAIR, HEIGHT, INK, MM, Part, SOFT, Sheet, Style, WIDTH};
use crate::base::i18n::Lang;
use crate::base::{AppResult, Money, Timestamp};
use crate::commerce::invoices::InvoiceKind;
use crate::commerce::invoices::paper::{Item, Paid, Paper, TaxPart};
use crate::commerce::orders::OrderAddress;
use krilla::tagging::{TableHeaderScope, Tag};
use std::num::NonZeroU16;

const LEFT: f32 = 25.0 * MM;
const RIGHT: f32 = WIDTH - 20.0 * MM;
/// The address window of an envelope: its upper edge and how wide text in it may be.
const WINDOW: f32 = 45.0 * MM;
const WINDOW_WIDTH: f32 = 80.0 * MM;
const WINDOW_LINES: usize = 9;
/// Facts beside the window.
const FACTS: f32 = 125.0 * MM;
/// Under the window.
const TITLE: f32 = 103.0 * MM;
/// Where further pages begin, and where each ends.
const TOP: f32 = 30.0 * MM;
const BOTTOM: f32 = HEIGHT - 38.0 * MM;
/// The seller's data.
const FOOT: f32 = HEIGHT - 30.0 * MM;

const TEXT: f32 = 9.5;
const SMALL: f32 = 8.0;
/// From baseline to baseline, in font sizes.
const LEADING: f32 = 1.4;
/// Between columns.
const GAP: f32 = 5.0 * MM;
/// Where the sums' labels begin.
const SUMS: f32 = 105.0 * MM;

/// The bytes of an invoice's or credit note's PDF.
///
/// # Errors
/// [`crate::base::AppError::Internal`] where it cannot be written.
pub fn invoice(l: Lang, paper: &Paper, number: &str, issued_at: Timestamp) -> AppResult<Vec<u8>> {
    let title = format!("{} {number}", l.t(paper.kind.label_key()));
    let mut writer = Writer { l, paper, number, title: &title, sheet: Sheet::new()?, y: TITLE };
    writer.head();
    writer.items();
    writer.sums();
    writer.payments();
    writer.remarks();
    writer.feet();
    let about = About { title: &title, author: &paper.seller.company, language: l.code(), id: number, at: issued_at };
    writer.sheet.finish(&about)
}

struct Writer<'a> {
    l: Lang,
    paper: &'a Paper,
    number: &'a str,
    title: &'a str,
    sheet: Sheet,
    /// The baseline of what is written next.
    y: f32,
}

/// Where the columns of items are: what they are called, the right edge of figures.
struct Columns {
    /// Left edge and width of the name.
    name: (f32, f32),
    figures: Vec<(&'static str, f32)>,
}

/// An address as letters have it: the country on a line of its own.
pub fn postal_lines(l: Lang, address: &OrderAddress) -> Vec<String> {
    let mut lines = OrderAddress { country: String::new(), ..address.clone() }.lines(l);
    if !address.country.trim().is_empty() {
        lines.push(l.country(address.country.trim()));
    }
    lines
}

impl Writer<'_> {
    fn money(&self, minor: i64) -> String {
        self.l.money(Money::new(minor, self.paper.currency))
    }

    /// Takes so much of the page; begins another one where it does not fit.
    fn make_room(&mut self, height: f32) -> bool {
        if self.y + height <= BOTTOM {
            return false;
        }
        self.sheet.new_page();
        self.y = TOP;
        let page = self.sheet.pages() - 1;
        self.sheet.text_on(page, None, LEFT, 18.0 * MM, Style::soft(SMALL), &self.paper.seller.company);
        let width = self.sheet.fonts.width(self.title, Weight::Regular) * SMALL;
        self.sheet.text_on(page, None, RIGHT - width, 18.0 * MM, Style::soft(SMALL), self.title);
        self.sheet.rule(page, LEFT, RIGHT, 20.5 * MM, 0.5, HAIR);
        self.y += 4.0;
        true
    }

    /// Lines of text that belong together, from the present line on.
    fn paragraph(&mut self, x: f32, width: f32, style: Style, text: &str) {
        let lines = self.sheet.fonts.wrap(text, style.weight, width / style.size);
        let part = self.sheet.part(Tag::P);
        for line in lines {
            self.make_room(0.0);
            self.sheet.text(Some(part), x, self.y, style, &line);
            self.y += style.size * LEADING;
        }
    }

    fn head(&mut self) {
        let seller = &self.paper.seller;
        let part = self.sheet.part(Tag::P);
        self.sheet.text(Some(part), LEFT, 24.0 * MM, Style::bold(15.0), &seller.company);
        // The sender in one line, for the window.
        let own: Vec<&str> = std::iter::once(seller.company.as_str()).chain(seller.address.lines()).map(str::trim).collect();
        let own = own.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" · ");
        let own = self.sheet.fonts.wrap(&own, Weight::Regular, WINDOW_WIDTH / 6.5).into_iter().next().unwrap_or_default();
        self.sheet.text_on(0, None, LEFT, WINDOW + 9.0, Style::soft(6.5), own.trim_end().trim_end_matches('·'));
        self.sheet.rule(0, LEFT, LEFT + WINDOW_WIDTH, WINDOW + 12.5, 0.4, HAIR);
        let buyer = self.sheet.part(Tag::P);
        let mut y = WINDOW + 28.0;
        let lines = postal_lines(self.l, &self.paper.buyer).into_iter();
        let lines = lines.flat_map(|line| self.sheet.fonts.wrap(&line, Weight::Regular, WINDOW_WIDTH / 10.0));
        for line in lines.take(WINDOW_LINES).collect::<Vec<_>>() {
            self.sheet.text(Some(buyer), LEFT, y, Style::plain(10.0), &line);
            y += 13.5;
        }
        let facts = self.facts();
        self.y = self.y.max(facts + 14.0);
        let level = NonZeroU16::MIN;
        let heading = self.sheet.part(Tag::Hn(level, Some(self.title.to_owned())));
        self.sheet.text(Some(heading), LEFT, self.y, Style::bold(17.0), self.title);
        self.y += 20.0;
        self.introduction();
    }

    /// Numbers and dates, beside the address; yields where they end.
    fn facts(&mut self) -> f32 {
        let (l, paper) = (self.l, self.paper);
        let number_key = match paper.kind {
            InvoiceKind::Invoice => "invoices.number",
            InvoiceKind::CreditNote => "invoices.credit_note_number",
        };
        let mut facts =
            vec![(l.dynamic(number_key), self.number.to_owned()), (l.t("invoices.date").to_owned(), l.day(paper.issued_on))];
        if let Some(corrects) = &paper.corrects {
            facts.push((l.t("invoices.corrects").to_owned(), corrects.invoice.clone()));
        }
        facts.push((l.t("invoices.order").to_owned(), format!("#{}", paper.order_number)));
        facts.push((l.t("invoices.ordered_on").to_owned(), l.day(paper.ordered_on)));
        if !paper.account_number.is_empty() {
            facts.push((l.t("invoices.customer_number").to_owned(), paper.account_number.clone()));
        }
        if let Some(day) = paper.due_on.filter(|_| paper.due > 0) {
            facts.push((l.t("invoices.due_on").to_owned(), l.day(day)));
        }
        let table = self.sheet.part(Tag::Table);
        let mut y = WINDOW + 9.0;
        for (label, value) in facts {
            let row = self.sheet.part_of(table, Tag::TR);
            let cell = self.sheet.part_of(row, Tag::TH(TableHeaderScope::Row));
            self.sheet.text(Some(cell), FACTS, y, Style::soft(7.5), &label);
            let cell = self.sheet.part_of(row, Tag::TD);
            for line in self.sheet.fonts.wrap(&value, Weight::Regular, (RIGHT - FACTS) / TEXT) {
                y += 11.5;
                self.sheet.text(Some(cell), FACTS, y, Style::plain(TEXT), &line);
            }
            y += 14.0;
        }
        y
    }

    /// What comes between the title and the items.
    fn introduction(&mut self) {
        let l = self.l;
        if let Some(reason) =
            self.paper.corrects.as_ref().map(|corrects| corrects.reason.trim()).filter(|reason| !reason.is_empty())
        {
            let text = l.with("invoices.reason", &[("reason", &l.known("returns.reason", reason))]);
            self.paragraph(LEFT, RIGHT - LEFT, Style::plain(TEXT), &text);
        }
        if let Some(address) = self.paper.deliver_to.as_ref().filter(|_| self.paper.kind == InvoiceKind::Invoice) {
            let text = l.with("invoices.deliver_to", &[("address", &address.lines(l).join(", "))]);
            self.paragraph(LEFT, RIGHT - LEFT, Style::soft(TEXT), &text);
        }
        self.y += 8.0;
    }

    /// As wide as what stands in them; the rest is the name's.
    fn columns(&self) -> Columns {
        let paper = self.paper;
        let shown = [
            ("invoices.amount", true),
            ("invoices.tax_rate", paper.taxes.iter().any(|part| part.tax != 0)),
            ("invoices.discount", paper.items.iter().any(|item| item.discount != 0)),
            ("invoices.unit_price", paper.items.iter().any(|item| item.unit_price.is_some())),
            ("invoices.quantity", true),
        ];
        let mut edge = RIGHT;
        let mut figures = Vec::new();
        for (label, _) in shown.into_iter().filter(|(_, shown)| *shown) {
            let cells = paper.items.iter().map(|item| self.sheet.fonts.width(&self.figure(label, item), Weight::Regular) * TEXT);
            let head = self.sheet.fonts.width(&self.l.dynamic(label), Weight::Bold) * SMALL;
            figures.push((label, edge));
            edge -= cells.fold(head, f32::max) + GAP;
        }
        figures.reverse();
        let x = LEFT + 9.0 * MM;
        Columns { name: (x, edge - x), figures }
    }

    /// What an item says in a column.
    fn figure(&self, label: &str, item: &Item) -> String {
        match label {
            "invoices.quantity" => self.l.integer(item.quantity),
            "invoices.unit_price" => item.unit_price.map(|price| self.money(price)).unwrap_or_default(),
            "invoices.discount" if item.discount == 0 => "—".to_owned(),
            "invoices.discount" => self.money(-item.discount),
            "invoices.tax_rate" => self.rate(item.tax_bp),
            _ => self.money(item.amount),
        }
    }

    fn items(&mut self) {
        if self.paper.items.is_empty() {
            return;
        }
        let columns = self.columns();
        let table = self.sheet.part(Tag::Table);
        let head = self.sheet.part_of(table, Tag::THead);
        let row = self.sheet.part_of(head, Tag::TR);
        self.heading(&columns, Some(row));
        let body = self.sheet.part_of(table, Tag::TBody);
        for (at, item) in self.paper.items.iter().enumerate() {
            let row = self.sheet.part_of(body, Tag::TR);
            self.item(&columns, row, at + 1, item);
        }
        self.y += 6.0;
    }

    /// The names of the columns; on further pages they are no part of the table again.
    fn heading(&mut self, columns: &Columns, row: Option<Part>) {
        let cell = |sheet: &mut Sheet| row.map(|row| sheet.part_of(row, Tag::TH(TableHeaderScope::Column)));
        let style = Style { weight: Weight::Bold, ..Style::soft(SMALL) };
        let part = cell(&mut self.sheet);
        self.sheet.text(part, LEFT, self.y, style, self.l.t("invoices.position"));
        let part = cell(&mut self.sheet);
        self.sheet.text(part, columns.name.0, self.y, style, self.l.t("invoices.item"));
        for (label, edge) in &columns.figures {
            let part = cell(&mut self.sheet);
            self.sheet.text_right(part, *edge, self.y, style, &self.l.dynamic(label));
        }
        let page = self.sheet.pages() - 1;
        self.sheet.rule(page, LEFT, RIGHT, self.y + 5.0, 0.9, INK);
        self.y += 19.0;
    }

    fn item(&mut self, columns: &Columns, row: Part, position: usize, item: &Item) {
        let (x, width) = columns.name;
        let names = self.sheet.fonts.wrap(&item.name, Weight::Regular, width / TEXT);
        let sku = if item.sku.is_empty() { Vec::new() } else { self.sheet.fonts.wrap(&item.sku, Weight::Regular, width / SMALL) };
        let height = names.len() as f32 * TEXT * 1.3 + sku.len() as f32 * SMALL * 1.3;
        if self.make_room(height) {
            self.heading(columns, None);
        }
        let cell = self.sheet.part_of(row, Tag::TD);
        self.sheet.text(Some(cell), LEFT, self.y, Style::soft(TEXT), &position.to_string());
        let cell = self.sheet.part_of(row, Tag::TH(TableHeaderScope::Row));
        let first = self.y;
        for name in &names {
            self.sheet.text(Some(cell), x, self.y, Style::plain(TEXT), name);
            self.y += TEXT * 1.3;
        }
        for line in &sku {
            self.sheet.text(Some(cell), x, self.y - 1.0, Style::soft(SMALL), line);
            self.y += SMALL * 1.3;
        }
        for (label, edge) in &columns.figures {
            let figure = self.figure(label, item);
            let cell = self.sheet.part_of(row, Tag::TD);
            self.sheet.text_right(Some(cell), *edge, first, Style::plain(TEXT), &figure);
        }
        let page = self.sheet.pages() - 1;
        self.sheet.rule(page, LEFT, RIGHT, self.y - 5.0, 0.4, HAIR);
        self.y += 9.0;
    }

    /// `19 %`, `8.1 %`, `5.25 %`.
    fn rate(&self, bp: u32) -> String {
        let number = match bp % 100 {
            0 => self.l.integer(i64::from(bp / 100)),
            rest if rest % 10 == 0 => self.l.tenths(i64::from(bp / 10)),
            _ => self.l.hundredths(i64::from(bp)),
        };
        self.l.with("format.percent", &[("number", &number)])
    }

    /// `Includes 19% tax on €100.00`.
    fn tax(&self, part: TaxPart) -> String {
        let key = match part.bp {
            0 => "invoices.tax_none",
            _ if self.paper.tax_included => "invoices.tax_contained",
            _ => "invoices.tax_added",
        };
        self.l.with(key, &[("rate", &self.rate(part.bp)), ("net", &self.money(part.net))])
    }

    /// What it adds up to: all of it on one page.
    fn sums(&mut self) {
        let (l, paper) = (self.l, self.paper);
        let mut above = Vec::new();
        // What the column of amounts comes to: discounts of items are in it.
        let of_items: i64 = paper.items.iter().map(|item| item.discount).sum();
        if !paper.items.is_empty() {
            above.push((l.t("invoices.subtotal").to_owned(), self.money(paper.subtotal - of_items)));
        }
        if paper.discount != of_items {
            above.push((l.t("invoices.discount").to_owned(), self.money(of_items - paper.discount)));
        }
        if paper.shipping != 0 {
            above.push((l.t("invoices.shipping").to_owned(), self.money(paper.shipping)));
        } else if paper.kind == InvoiceKind::Invoice {
            above.push((l.t("invoices.shipping").to_owned(), l.t("invoices.free").to_owned()));
        }
        if paper.other != 0 {
            let key = if paper.items.is_empty() { "invoices.refund" } else { "invoices.other" };
            above.push((l.dynamic(key), self.money(paper.other)));
        }
        let taxes: Vec<(String, String)> = paper.taxes.iter().map(|part| (self.tax(*part), self.money(part.tax))).collect();
        let rows = above.len() + taxes.len() + 1;
        self.make_room(rows as f32 * 16.0 + 12.0);
        let table = self.sheet.part(Tag::Table);
        for row in &above {
            self.sum(table, row, Style::plain(TEXT));
        }
        if !paper.tax_included {
            for row in &taxes {
                self.sum(table, row, Style::plain(TEXT));
            }
        }
        let page = self.sheet.pages() - 1;
        self.sheet.rule(page, SUMS, RIGHT, self.y - 8.0, 0.9, INK);
        self.y += 5.0;
        let key = match paper.kind {
            InvoiceKind::Invoice => "invoices.total",
            InvoiceKind::CreditNote => "invoices.total_credited",
        };
        self.sum(table, &(l.dynamic(key), self.money(paper.total)), Style::bold(11.0));
        if paper.tax_included {
            for row in &taxes {
                self.sum(table, row, Style::soft(SMALL + 0.5));
            }
        }
        self.y += 4.0;
    }

    fn sum(&mut self, table: Part, (label, value): &(String, String), style: Style) {
        let row = self.sheet.part_of(table, Tag::TR);
        let cell = self.sheet.part_of(row, Tag::TH(TableHeaderScope::Row));
        let room = RIGHT - SUMS - self.sheet.fonts.width(value, style.weight) * style.size - 8.0;
        let lines = self.sheet.fonts.wrap(label, style.weight, room / style.size);
        let first = self.y;
        for (at, line) in lines.iter().enumerate() {
            self.sheet.text(Some(cell), SUMS, first + at as f32 * style.size * 1.25, style, line);
        }
        let cell = self.sheet.part_of(row, Tag::TD);
        self.sheet.text_right(Some(cell), RIGHT, first, style, value);
        self.y += 15.0 + lines.len().saturating_sub(1) as f32 * style.size * 1.25;
    }

    /// Payments and what is left to be paid; of a credit note, where the money went.
    fn payments(&mut self) {
        let (l, paper) = (self.l, self.paper);
        let rows: Vec<(String, String)> = paper
            .payments
            .iter()
            .filter(|paid| !paid.authorised)
            .map(|paid| {
                let sign = if paper.kind == InvoiceKind::Invoice { -paid.amount } else { paid.amount };
                (self.payment(paid), self.money(sign))
            })
            .collect();
        let asks = paper.kind == InvoiceKind::Invoice;
        if rows.is_empty() && !asks {
            return;
        }
        self.make_room((rows.len() + 1) as f32 * 16.0 + 12.0);
        let table = self.sheet.part(Tag::Table);
        self.y += 4.0;
        for row in &rows {
            self.sum(table, row, Style::plain(TEXT));
        }
        if asks {
            let page = self.sheet.pages() - 1;
            self.sheet.rule(page, SUMS, RIGHT, self.y - 8.0, 0.9, INK);
            self.y += 5.0;
            self.sum(table, &(l.t("invoices.due").to_owned(), self.money(paper.due)), Style::bold(11.0));
        }
    }

    /// `Gift card …1234, 12 Mar 2026`.
    fn payment(&self, paid: &Paid) -> String {
        let l = self.l;
        let method = l.known("orders.method", &paid.method);
        let detail = match (paid.last_four.as_str(), paid.points) {
            ("", 0) => method,
            ("", points) => l.with("invoices.points", &[("count", &l.integer(points))]),
            (last_four, _) => format!("{method} …{last_four}"),
        };
        let key = match self.paper.kind {
            InvoiceKind::Invoice => "invoices.paid_by",
            InvoiceKind::CreditNote => "invoices.refunded_to",
        };
        l.with(key, &[("method", &detail), ("day", &l.day(paid.on))])
    }

    /// What to do about it.
    fn remarks(&mut self) {
        let (l, paper) = (self.l, self.paper);
        self.y += 14.0;
        let mut remarks = Vec::new();
        if paper.kind == InvoiceKind::Invoice {
            let set_aside = paper.payments.iter().find(|paid| paid.authorised);
            match (paper.due, paper.due_on, set_aside) {
                (0, ..) => remarks.push(l.t("invoices.settled").to_owned()),
                (_, _, Some(paid)) => {
                    let method = l.known("orders.method", &paid.method);
                    remarks.push(l.with("invoices.authorised", &[("method", &method), ("amount", &self.money(paid.amount))]));
                }
                (due, Some(day), None) => {
                    let values: [(&str, &dyn std::fmt::Display); 3] =
                        [("amount", &self.money(due)), ("day", &l.day(day)), ("number", &self.number)];
                    remarks.push(l.with("invoices.pay_by", &values));
                }
                (due, None, None) => {
                    remarks.push(l.with("invoices.pay_now", &[("amount", &self.money(due)), ("number", &self.number)]));
                }
            }
            if paper.due > 0 && set_aside.is_none() && !paper.seller.bank.is_empty() {
                remarks.push(paper.seller.bank.clone());
            }
        }
        for remark in remarks {
            self.paragraph(LEFT, RIGHT - LEFT, Style::plain(TEXT), &remark);
            self.y += 4.0;
        }
    }

    /// The seller's data and the page's number, once it is known how many there are.
    fn feet(&mut self) {
        let seller = &self.paper.seller;
        let third = (RIGHT - LEFT) / 3.0;
        let company = format!("{}\n{}", seller.company, seller.address);
        let columns = [company.as_str(), seller.bank.as_str(), seller.tax_id.as_str()];
        let pages = self.sheet.pages();
        for page in 0..pages {
            self.sheet.rule(page, LEFT, RIGHT, FOOT - 11.0, 0.5, HAIR);
            for (at, text) in columns.into_iter().enumerate() {
                let lines = self.sheet.fonts.wrap(text, Weight::Regular, (third - 10.0) / 7.0);
                for (line, text) in lines.iter().take(5).enumerate() {
                    let y = FOOT + line as f32 * 9.2;
                    self.sheet.text_on(page, None, LEFT + at as f32 * third, y, Style::soft(7.0), text);
                }
            }
            let footer = self.sheet.fonts.wrap(&seller.footer, Weight::Regular, (RIGHT - LEFT - 70.0) / 7.0);
            for (line, text) in footer.iter().take(2).enumerate() {
                self.sheet.text_on(page, None, LEFT, FOOT + 52.0 + line as f32 * 9.2, Style::soft(7.0), text);
            }
            let number = self.l.with("invoices.page", &[("page", &(page + 1)), ("pages", &pages)]);
            let width = self.sheet.fonts.width(&number, Weight::Regular) * 7.0;
            let style = Style { shade: SOFT, ..Style::plain(7.0) };
            self.sheet.text_on(page, None, RIGHT - width, FOOT + 52.0, style, &number);
        }
    }
}
