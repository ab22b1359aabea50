//! From an order's records to what its invoice or credit note says.

use super::InvoiceKind;
use super::paper::{Corrects, Item, Paid, Paper, Seller, TaxPart, Taxed, by_rate, credit, rate_of, share};
use super::store::{LineRecord, PaymentRecord, RefundRecord, SourceRecord};
use crate::base::{Day, Timestamp};
use crate::commerce::orders::write::Held;
use crate::commerce::orders::{OrderAddress, OrderAddresses};
use crate::customers::name::display_name;
use crate::office::settings::ShopSettings;
use crate::office::settings::zone::Zone;

/// What both kinds are made of.
pub struct Source<'a> {
    pub order: &'a Held,
    pub record: &'a SourceRecord,
    pub lines: &'a [LineRecord],
    pub settings: &'a ShopSettings,
    pub zone: Zone,
    pub now: Timestamp,
}

impl Source<'_> {
    fn day(&self, at: i64) -> Day {
        self.zone.day(Timestamp(at))
    }

    /// Whether the amounts of the lines contain their tax: what the order adds up to says so.
    fn tax_included(&self) -> bool {
        let order = self.record;
        let without = order.subtotal_minor - order.discount_minor + order.shipping_minor;
        order.tax_minor == 0 || without + order.tax_minor != self.order.total
    }

    /// The rate of a line; lines of imported orders do not say theirs.
    fn rate(&self, line: &LineRecord) -> u32 {
        match u32::try_from(line.tax_bp) {
            Ok(bp) if bp > 0 => bp,
            _ => rate_of(line.total_minor, line.tax_minor, [self.settings.checkout.tax_bp]),
        }
    }

    /// The order's tax by rate. What lines and shipping do not explain stands at the rate of most of the order.
    fn taxes(&self) -> Vec<TaxPart> {
        let lines = self.lines.iter().map(|line| Taxed { bp: self.rate(line), gross: line.total_minor, tax: line.tax_minor });
        let mut parts: Vec<Taxed> = lines.collect();
        let tax = self.record.tax_minor - parts.iter().map(|part| part.tax).sum::<i64>();
        let added = if self.tax_included() { 0 } else { tax };
        let gross = self.record.shipping_minor + added;
        let likely = std::iter::once(self.settings.checkout.shipping_tax_bp).chain(parts.iter().map(|part| part.bp));
        let bp = rate_of(gross, tax, likely.collect::<Vec<_>>());
        parts.push(Taxed { bp, gross, tax });
        let rest = self.order.total - parts.iter().map(|part| part.gross).sum::<i64>();
        if rest != 0 {
            let main = by_rate(parts.iter().copied()).into_iter().max_by_key(|part| part.gross()).map_or(0, |part| part.bp);
            parts.push(Taxed { bp: main, gross: rest, tax: 0 });
        }
        by_rate(parts)
    }

    fn paid(&self, payment: &PaymentRecord) -> Paid {
        Paid {
            method: payment.method.clone(),
            amount: payment.amount_minor,
            last_four: payment.last_four.clone().unwrap_or_default(),
            points: payment.points,
            on: self.day(payment.at),
            authorised: payment.status == "authorised",
        }
    }

    /// A paper with everything but its amounts.
    fn blank(&self, kind: InvoiceKind) -> Paper {
        let addresses: OrderAddresses = serde_json::from_str(&self.record.addresses).unwrap_or_default();
        let buyer = addresses.billing.clone().or_else(|| addresses.shipping.clone()).unwrap_or_else(|| self.nameless());
        Paper {
            kind,
            seller: seller(self.settings),
            deliver_to: addresses.shipping.filter(|shipping| *shipping != buyer),
            buyer,
            account_number: self.record.account_number.clone().unwrap_or_default(),
            order_number: self.order.number.clone().unwrap_or_default(),
            ordered_on: self.order.placed_day,
            issued_on: self.zone.day(self.now),
            due_on: None,
            currency: self.order.currency,
            tax_included: self.tax_included(),
            items: Vec::new(),
            subtotal: 0,
            discount: 0,
            shipping: 0,
            other: 0,
            taxes: Vec::new(),
            total: 0,
            payments: Vec::new(),
            due: 0,
            corrects: None,
        }
    }

    /// The buyer of an order without addresses.
    fn nameless(&self) -> OrderAddress {
        let customer = self.record;
        let name = display_name(&customer.first_name, &customer.last_name, "", &customer.email);
        OrderAddress { recipient: name, company: customer.company.clone(), ..OrderAddress::default() }
    }
}

/// Who sells, as the settings say now.
#[must_use]
pub fn seller(settings: &ShopSettings) -> Seller {
    let invoice = &settings.invoice;
    let company = if invoice.company.is_empty() { &settings.name } else { &invoice.company };
    Seller {
        company: company.clone(),
        address: invoice.address.clone(),
        tax_id: invoice.tax_id.clone(),
        bank: invoice.bank.clone(),
        footer: invoice.footer.clone(),
    }
}

/// The invoice of an order, with what has been paid so far.
#[must_use]
pub fn invoice(source: &Source<'_>, payments: &[PaymentRecord]) -> Paper {
    let (order, record) = (source.order, source.record);
    let included = source.tax_included();
    let item = |line: &LineRecord| Item {
        name: line.name.clone(),
        sku: line.sku.clone(),
        quantity: line.quantity,
        unit_price: Some(line.unit_price_minor),
        discount: line.discount_minor,
        tax_bp: source.rate(line),
        amount: line.total_minor - if included { 0 } else { line.tax_minor },
    };
    let payments: Vec<Paid> = payments.iter().map(|payment| source.paid(payment)).collect();
    let paid: i64 = payments.iter().filter(|payment| !payment.authorised).map(|payment| payment.amount).sum();
    let added = if included { 0 } else { record.tax_minor };
    let explained = record.subtotal_minor - record.discount_minor + record.shipping_minor + added;
    Paper {
        due_on: (record.due_at > 0).then(|| source.day(record.due_at)),
        items: source.lines.iter().map(item).collect(),
        subtotal: record.subtotal_minor,
        discount: record.discount_minor,
        shipping: record.shipping_minor,
        other: order.total - explained,
        taxes: source.taxes(),
        total: order.total,
        payments,
        due: (order.total - paid).max(0),
        ..source.blank(InvoiceKind::Invoice)
    }
}

/// The credit note of a refund. Its amounts contain the tax, and are below zero.
#[must_use]
pub fn credit_note(
    source: &Source<'_>,
    refund: &RefundRecord,
    parts: &[PaymentRecord],
    credited: &[TaxPart],
    corrects: Corrects,
) -> Paper {
    let returned = source.lines.iter().filter(|line| line.returned > 0);
    let items: Vec<Item> = returned
        .map(|line| Item {
            name: line.name.clone(),
            sku: line.sku.clone(),
            quantity: line.returned,
            unit_price: None,
            discount: 0,
            tax_bp: source.rate(line),
            amount: -share(line.total_minor, line.returned, line.quantity),
        })
        .collect();
    let subtotal: i64 = items.iter().map(|item| item.amount).sum();
    let by_items: Vec<(u32, i64)> = items.iter().map(|item| (item.tax_bp, -item.amount)).collect();
    let taxes = credit(refund.amount_minor, &source.taxes(), credited, &by_items);
    let negative = |part: TaxPart| TaxPart { net: -part.net, tax: -part.tax, ..part };
    let back = |part: &PaymentRecord| Paid { amount: -part.amount_minor, ..source.paid(part) };
    Paper {
        tax_included: true,
        subtotal,
        other: -refund.amount_minor - subtotal,
        taxes: taxes.into_iter().map(negative).collect(),
        total: -refund.amount_minor,
        payments: parts.iter().map(back).collect(),
        corrects: Some(corrects),
        items,
        ..source.blank(InvoiceKind::CreditNote)
    }
}
