//! Orders, their lines, payments, history; drafts and abandoned carts.

use super::basket::Line;
use super::personas::Persona;
use super::places::Place;
use super::shop::CURRENCY;
use super::story::{Placed, Subject, Teller};
use super::tables::{Batch, HistoryRow, LineRow, OrderRow, PaymentRow, ShipmentRow};
use super::words::{Weighted, between, chance, fill};
use crate::base::Timestamp;
use crate::commerce::orders::{OrderAddress, OrderAddresses};
use rand_chacha::ChaCha8Rng;
use std::borrow::Cow;

/// Adds the customer's orders, and perhaps a draft.
pub fn tell(teller: &mut Teller, subject: &mut Subject, out: &mut Batch, rng: &mut ChaCha8Rng) {
    let kept_from = subject.orders.len().saturating_sub(teller.detail.full_orders);
    let addresses: Cow<'static, str> = snapshot(&subject.persona).into();
    let mut orders = std::mem::take(&mut subject.orders);
    for (at, order) in orders.iter_mut().enumerate() {
        let full = at >= kept_from;
        let tracking = tell_order(teller, subject, order, if full { addresses.clone() } else { "{}".into() }, out, rng);
        if full {
            tell_progress(order, out);
            tell_parcel(order, tracking, out);
        }
    }
    subject.orders = orders;
    if chance(teller.detail.drafting, rng) {
        tell_draft(teller, subject, out, rng);
    }
}

/// Yields the number of its parcel.
fn tell_order(
    teller: &Teller,
    subject: &Subject,
    order: &mut Placed,
    addresses: Cow<'static, str>,
    out: &mut Batch,
    rng: &mut ChaCha8Rng,
) -> Cow<'static, str> {
    let lines = teller.shopper(subject).fill(order.discs, order.amount_minor, rng);
    order.product = lines.first().map_or(0, |l| usize::try_from(l.product.id - 1).unwrap_or(0));
    let discount_minor: i64 = lines.iter().map(|l| l.discount_minor).sum();
    let (fulfilment_state, since) = match (order.shipped_at, order.delivered_at) {
        (_, Some(at)) => ("delivered", at),
        (Some(at), None) => ("shipped", at),
        (None, None) => ("unfulfilled", order.at),
    };
    let tracking: Cow<'static, str> = if order.shipped_at.is_some() { fill("SP#########US", rng).into() } else { "".into() };
    out.push(OrderRow {
        id: order.id,
        number: Some(order.number.to_string()),
        store_id: subject.store,
        customer_id: subject.id,
        status: "placed",
        draft_kind: None,
        payment_state: "paid",
        fulfilment_state,
        currency: CURRENCY,
        subtotal_minor: order.amount_minor + discount_minor,
        discount_minor,
        total_minor: order.amount_minor,
        base_total_minor: order.amount_minor,
        units: order.discs,
        addresses,
        tracking: tracking.clone(),
        placed_at: order.at.0,
        placed_day: i64::from(order.day.0),
        state_since: since.0,
        created_at: order.at.0,
        updated_at: since.0,
    });
    push_lines(order.id, &lines, out);
    // Nothing was due for a gift.
    if order.amount_minor > 0 {
        out.push(PaymentRow {
            order_id: order.id,
            method: method(subject, rng),
            status: "captured",
            amount_minor: order.amount_minor,
            currency: CURRENCY,
            reference: format!("PAY-{}", order.number),
            at: paid_at(order),
        });
    }
    tracking
}

fn tell_parcel(order: &Placed, tracking: Cow<'static, str>, out: &mut Batch) {
    if let Some(shipped_at) = order.shipped_at {
        out.push(ShipmentRow {
            order_id: order.id,
            carrier: "USPS",
            tracking,
            shipped_at: shipped_at.0,
            delivered_at: order.delivered_at.map_or(0, |at| at.0),
        });
    }
}

fn push_lines(order_id: i64, lines: &[Line<'_>], out: &mut Batch) {
    for line in lines {
        out.push(LineRow {
            order_id,
            product_id: line.product.id,
            name: line.product.name.clone(),
            sku: line.product.sku.clone(),
            quantity: line.quantity,
            unit_price_minor: line.unit_price_minor,
            list_price_minor: line.unit_price_minor,
            discount_minor: line.discount_minor,
            group_discount_minor: line.discount_minor,
            total_minor: line.total_minor,
        });
    }
}

fn paid_at(order: &Placed) -> i64 {
    order.at.plus(20 * Timestamp::SECOND).0
}

fn tell_progress(order: &Placed, out: &mut Batch) {
    let steps = [
        ("placed", Some(order.at.0)),
        ("paid", Some(paid_at(order))),
        ("shipped", order.shipped_at.map(|at| at.0)),
        ("delivered", order.delivered_at.map(|at| at.0)),
    ];
    for (kind, at) in steps {
        if let Some(at) = at {
            out.push(HistoryRow { order_id: order.id, kind, at });
        }
    }
}

fn method(subject: &Subject, rng: &mut ChaCha8Rng) -> &'static str {
    if subject.wholesale {
        return "bank_transfer";
    }
    match between(0, 99, rng) {
        0..=71 => "card",
        72..=89 => "wallet",
        _ => "bank_transfer",
    }
}

/// An abandoned cart of the last weeks, an order that staff are writing, or one that waits for its payment.
fn tell_draft(teller: &mut Teller, subject: &Subject, out: &mut Batch, rng: &mut ChaCha8Rng) {
    let kinds: Weighted<&'static str> = [("abandoned_cart", 70), ("staff", 16), ("unpaid", 14)].into_iter().collect();
    let Some(&kind) = kinds.pick(rng) else { return };
    let id = teller.take_order_id();
    let discs = between(1, 5, rng);
    let lines: Vec<Line<'_>> = {
        let shopper = teller.shopper(subject);
        let about = discs * between(1_000, 2_200, rng);
        shopper.fill(discs, about, rng).into_iter().map(|line| line.at_list_price(shopper.discount_bp)).collect()
    };
    let begun = between(2 * Timestamp::HOUR, 45 * Timestamp::DAY, rng);
    let begun_at = teller.now.plus(-begun).max(subject.registered_at);
    let updated_at = begun_at.plus(between(0, 40 * Timestamp::MINUTE, rng)).min(teller.now);
    let (total, discount): (i64, i64) = (lines.iter().map(|l| l.total_minor).sum(), lines.iter().map(|l| l.discount_minor).sum());
    out.push(OrderRow {
        id,
        number: None,
        store_id: subject.store,
        customer_id: subject.id,
        status: "draft",
        draft_kind: Some(kind),
        payment_state: "unpaid",
        fulfilment_state: "unfulfilled",
        currency: CURRENCY,
        subtotal_minor: total + discount,
        discount_minor: discount,
        total_minor: total,
        base_total_minor: total,
        units: discs,
        addresses: if kind == "abandoned_cart" { "{}".into() } else { snapshot(&subject.persona).into() },
        tracking: "".into(),
        placed_at: 0,
        placed_day: 0,
        state_since: updated_at.0,
        created_at: begun_at.0,
        updated_at: updated_at.0,
    });
    push_lines(id, &lines, out);
}

/// The addresses as an order keeps them.
fn snapshot(persona: &Persona) -> String {
    let address = |place: &Place| OrderAddress {
        recipient: persona.full_name(),
        company: persona.company.to_owned(),
        street: place.street.clone(),
        line2: String::new(),
        postal_code: place.postal_code.clone(),
        city: place.city.to_owned(),
        region: place.region.to_owned(),
        country: place.country.to_owned(),
        phone: persona.phone.clone().unwrap_or_default(),
    };
    let both = OrderAddresses { shipping: persona.homes.first().map(address), billing: persona.homes.last().map(address) };
    serde_json::to_string(&both).unwrap_or_else(|_| "{}".into())
}
