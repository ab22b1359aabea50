//! The sections Checkout and Invoices, as they are typed.

use super::section::Section;
use super::{CheckoutSettings, Form, InvoiceSettings, ShopSettings};
use crate::base::{AppError, AppResult, Money};
use serde::{Deserialize, Serialize};

/// A week: a cart that old is abandoned whatever the shop thinks.
const MOST_MINUTES: u16 = 7 * 24 * 60;
/// What is on its way longer than a year is lost, not stuck.
const MOST_STUCK_DAYS: u16 = 365;
/// So that a number fits where numbers are written.
const LONGEST_PREFIX: usize = 12;
/// Characters that fit on a line of a paper.
const LONGEST_LINE: usize = 80;

/// The section Checkout: what shipping and tax come to, how orders are numbered, when they need attention.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckoutForm {
    pub shipping: String,
    /// `included` or `added`.
    pub tax_mode: String,
    /// Percent.
    pub tax: String,
    /// Percent.
    pub shipping_tax: String,
    pub order_prefix: String,
    pub abandoned_minutes: String,
    pub stuck_days: String,
}

impl Form for CheckoutForm {
    fn of(settings: &ShopSettings) -> Self {
        let checkout = &settings.checkout;
        Self {
            shipping: Money::new(checkout.shipping_minor, settings.base_currency).plain(),
            tax_mode: if checkout.tax_included { "included" } else { "added" }.into(),
            tax: percent(checkout.tax_bp),
            shipping_tax: percent(checkout.shipping_tax_bp),
            order_prefix: checkout.order_prefix.clone(),
            abandoned_minutes: checkout.abandoned_minutes.to_string(),
            stuck_days: checkout.stuck_days.to_string(),
        }
    }

    fn apply(&self, before: &ShopSettings) -> AppResult<ShopSettings> {
        let shipping = Money::parse(&self.shipping, before.base_currency).filter(|money| money.minor >= 0);
        let shipping = shipping.ok_or_else(|| AppError::invalid("shipping", "settings.amount_invalid"))?;
        let tax_included = match self.tax_mode.as_str() {
            "included" => true,
            "added" => false,
            _ => return Err(AppError::invalid("tax_mode", "settings.tax_mode_invalid")),
        };
        let checkout = CheckoutSettings {
            shipping_minor: shipping.minor,
            tax_included,
            tax_bp: parse_percent("tax", &self.tax)?,
            shipping_tax_bp: parse_percent("shipping_tax", &self.shipping_tax)?,
            order_prefix: prefix("order_prefix", &self.order_prefix)?,
            abandoned_minutes: whole("abandoned_minutes", &self.abandoned_minutes, MOST_MINUTES, "settings.minutes_invalid")?,
            stuck_days: whole("stuck_days", &self.stuck_days, MOST_STUCK_DAYS, "settings.stuck_invalid")?,
        };
        Ok(ShopSettings { checkout, ..before.clone() })
    }
}

impl Section for CheckoutForm {
    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("settings.shipping", &self.shipping),
            ("settings.tax_mode", &self.tax_mode),
            ("settings.tax", &self.tax),
            ("settings.shipping_tax", &self.shipping_tax),
            ("settings.order_prefix", &self.order_prefix),
            ("settings.abandoned", &self.abandoned_minutes),
            ("settings.stuck", &self.stuck_days),
        ]
    }

    fn fields_mut(&mut self) -> Vec<&mut String> {
        vec![
            &mut self.shipping,
            &mut self.tax_mode,
            &mut self.tax,
            &mut self.shipping_tax,
            &mut self.order_prefix,
            &mut self.abandoned_minutes,
            &mut self.stuck_days,
        ]
    }
}

/// The section Invoices: how they are numbered, and what the seller says on them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceForm {
    pub prefix: String,
    pub credit_note_prefix: String,
    pub company: String,
    pub address: String,
    pub tax_id: String,
    pub bank: String,
    pub footer: String,
}

impl Form for InvoiceForm {
    fn of(settings: &ShopSettings) -> Self {
        let invoice = settings.invoice.clone();
        Self {
            prefix: invoice.prefix,
            credit_note_prefix: invoice.credit_note_prefix,
            company: invoice.company,
            address: invoice.address,
            tax_id: invoice.tax_id,
            bank: invoice.bank,
            footer: invoice.footer,
        }
    }

    fn apply(&self, before: &ShopSettings) -> AppResult<ShopSettings> {
        let invoice = InvoiceSettings {
            prefix: prefix("prefix", &self.prefix)?,
            credit_note_prefix: prefix("credit_note_prefix", &self.credit_note_prefix)?,
            company: lines("company", &self.company, 1, "settings.company_invalid")?,
            address: lines("address", &self.address, 4, "settings.address_invalid")?,
            tax_id: lines("tax_id", &self.tax_id, 4, "settings.tax_id_invalid")?,
            bank: lines("bank", &self.bank, 4, "settings.bank_invalid")?,
            footer: lines("footer", &self.footer, 2, "settings.footer_invalid")?,
        };
        // Both kinds count from 1, and no two papers have the same number.
        if invoice.prefix == invoice.credit_note_prefix {
            return Err(AppError::invalid("credit_note_prefix", "settings.prefixes_alike"));
        }
        Ok(ShopSettings { invoice, ..before.clone() })
    }
}

impl Section for InvoiceForm {
    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("settings.invoice_prefix", &self.prefix),
            ("settings.credit_note_prefix", &self.credit_note_prefix),
            ("settings.company", &self.company),
            ("settings.address", &self.address),
            ("settings.tax_id", &self.tax_id),
            ("settings.bank", &self.bank),
            ("settings.footer", &self.footer),
        ]
    }

    fn fields_mut(&mut self) -> Vec<&mut String> {
        vec![
            &mut self.prefix,
            &mut self.credit_note_prefix,
            &mut self.company,
            &mut self.address,
            &mut self.tax_id,
            &mut self.bank,
            &mut self.footer,
        ]
    }
}

/// `19`, `8.1`, `5.25`: hundredths of a percent as one types them.
fn percent(bp: u32) -> String {
    let text = format!("{}.{:02}", bp / 100, bp % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn parse_percent(field: &str, text: &str) -> AppResult<u32> {
    let text = text.trim().trim_end_matches('%').trim_end().replace(',', ".");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |text: &str, most: usize| text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    let read =
        (!whole.is_empty() && digits(whole, 3) && digits(part, 2)).then(|| format!("{whole}{part:0<2}").parse::<u32>().ok());
    let read = read.flatten().filter(|bp| *bp <= 100_00);
    read.ok_or_else(|| AppError::invalid(field, "settings.percent_invalid"))
}

fn whole(field: &str, text: &str, most: u16, message: &str) -> AppResult<u16> {
    let number = text.trim().parse::<u16>().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| AppError::invalid(field, message))
}

/// What numbers begin with: nothing that needs quoting in a file name or a bank's reference.
fn prefix(field: &str, text: &str) -> AppResult<String> {
    let text = text.trim();
    let fits =
        text.len() <= LONGEST_PREFIX && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/' | '_'));
    if fits { Ok(text.to_owned()) } else { Err(AppError::invalid(field, "settings.prefix_invalid")) }
}

/// At most so many lines, without empty ones.
fn lines(field: &str, text: &str, most: usize, message: &str) -> AppResult<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let odd = |line: &&str| line.chars().count() > LONGEST_LINE || line.contains(char::is_control);
    if lines.len() > most || lines.iter().any(odd) {
        return Err(AppError::invalid(field, message));
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(result: AppResult<ShopSettings>) -> String {
        match result {
            Err(AppError::Invalid { field, .. }) => field,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn forms_round_trip() {
        let mut settings = ShopSettings::default();
        settings.checkout = CheckoutSettings { tax_bp: 8_10, shipping_tax_bp: 5_25, tax_included: false, ..settings.checkout };
        settings.invoice.address = "Main Street 1\n10115 Berlin".into();
        assert_eq!(CheckoutForm::of(&settings).apply(&settings), Ok(settings.clone()));
        assert_eq!(InvoiceForm::of(&settings).apply(&settings), Ok(settings.clone()));
        assert_eq!(CheckoutForm::of(&settings).fields_mut().len(), CheckoutForm::default().fields().len());
        assert_eq!(InvoiceForm::of(&settings).fields_mut().len(), InvoiceForm::default().fields().len());
    }

    #[test]
    fn percentages_read_as_people_type_them() {
        let read = |text| parse_percent("tax", text).ok();
        assert_eq!(
            (read("19"), read(" 8,1 % "), read("5.25"), read("0"), read("100")),
            (Some(1900), Some(810), Some(525), Some(0), Some(10_000))
        );
        for bad in ["", "-1", "101", "5.255", "1e1", ".5", "ten"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(
            (percent(1900), percent(810), percent(525), percent(0)),
            ("19".into(), "8.1".into(), "5.25".into(), "0".into())
        );
    }

    #[test]
    fn what_cannot_be_is_refused_by_field() {
        let before = ShopSettings::default();
        let checkout = CheckoutForm::of(&before);
        let refused = |form: CheckoutForm| field(form.apply(&before));
        assert_eq!(refused(CheckoutForm { shipping: "-1".into(), ..checkout.clone() }), "shipping");
        assert_eq!(refused(CheckoutForm { tax_mode: "both".into(), ..checkout.clone() }), "tax_mode");
        assert_eq!(refused(CheckoutForm { tax: "101".into(), ..checkout.clone() }), "tax");
        assert_eq!(refused(CheckoutForm { shipping_tax: "x".into(), ..checkout.clone() }), "shipping_tax");
        assert_eq!(refused(CheckoutForm { order_prefix: "A B".into(), ..checkout.clone() }), "order_prefix");
        assert_eq!(refused(CheckoutForm { abandoned_minutes: "0".into(), ..checkout.clone() }), "abandoned_minutes");
        assert_eq!(refused(CheckoutForm { stuck_days: "366".into(), ..checkout }), "stuck_days");
        let invoice = InvoiceForm::of(&before);
        let refused = |form: InvoiceForm| field(form.apply(&before));
        assert_eq!(refused(InvoiceForm { prefix: "RECHNUNG-2026-".into(), ..invoice.clone() }), "prefix");
        assert_eq!(refused(InvoiceForm { credit_note_prefix: invoice.prefix.clone(), ..invoice.clone() }), "credit_note_prefix");
        assert_eq!(refused(InvoiceForm { company: "a\nb".into(), ..invoice.clone() }), "company");
        assert_eq!(refused(InvoiceForm { address: "1\n2\n3\n4\n5".into(), ..invoice.clone() }), "address");
        assert_eq!(refused(InvoiceForm { bank: "x".repeat(81), ..invoice.clone() }), "bank");
        assert_eq!(refused(InvoiceForm { footer: "a\u{7}".into(), ..invoice }), "footer");
    }
}
