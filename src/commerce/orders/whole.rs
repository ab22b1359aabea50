//! What makes an order's page whole: payments with what came back of them, refunds with their parts, parcels, returns, points.

use super::service::{currency, known};
use super::{OrderPoints, OrderRow, Payment, PaymentStatus, Purse, Refund, records};
use crate::base::{AppResult, Currency, CustomerId, Money, OrderId, OrderLineId, PaymentId, ReturnId, ShipmentId, Timestamp};
use crate::commerce::payments::{self, Method, RefundTo};
use crate::commerce::returns::{self, RequestedBy, Return, ReturnReason, ReturnStatus, ReturnedLine};
use crate::commerce::shipments::{self, Shipment};
use crate::server::{Query, Viewer};
use std::collections::HashMap;

pub async fn payments(q: &impl Query, ctx: Viewer<'_>, order: OrderId) -> AppResult<Vec<Payment>> {
    let zone = ctx.state.zone();
    let payments = records::payments(q, order).await?.into_iter().map(|payment| {
        let currency = currency(&payment.currency)?;
        Ok(Payment {
            id: PaymentId(payment.id),
            amount: Money::new(payment.amount_minor, currency),
            refunded: Money::new(payment.refunded_minor, currency),
            status: known(PaymentStatus::parse(&payment.status), &payment.status)?,
            method: payment.method,
            reference: payment.reference,
            points: payment.points,
            by: payment.author,
            at: zone.moment(Timestamp(payment.at)),
        })
    });
    payments.collect()
}

pub async fn refunds(q: &impl Query, ctx: Viewer<'_>, order: OrderId) -> AppResult<Vec<Refund>> {
    let zone = ctx.state.zone();
    let mut parts: HashMap<i64, Vec<(Method, i64, i64)>> = HashMap::new();
    for (refund, method, amount, points) in records::refund_parts(q, order).await? {
        parts.entry(refund).or_default().push((Method::read(&method), amount, points));
    }
    let refunds = records::refunds(q, order).await?.into_iter().map(|refund| {
        let currency = currency(&refund.currency)?;
        let parts = parts.remove(&refund.id).unwrap_or_default();
        Ok(Refund {
            amount: Money::new(refund.amount_minor, currency),
            reason: refund.reason,
            parts: parts.into_iter().map(|(method, amount, points)| (method, Money::new(amount, currency), points)).collect(),
            by: refund.author,
            at: zone.moment(Timestamp(refund.at)),
        })
    });
    refunds.collect()
}

pub async fn shipments(q: &impl Query, ctx: Viewer<'_>, order: OrderId) -> AppResult<Vec<Shipment>> {
    let zone = ctx.state.zone();
    let shipment = |row: shipments::store::ShipmentRow| Shipment {
        id: ShipmentId(row.id),
        carrier: row.carrier,
        tracking: row.tracking,
        shipped: zone.moment(Timestamp(row.shipped_at)),
        delivered: zone.moment_or_never(row.delivered_at),
    };
    Ok(shipments::store::of_order(q, order).await?.into_iter().map(shipment).collect())
}

/// The newest first.
pub async fn returns(q: &impl Query, ctx: Viewer<'_>, order: OrderId, currency: Currency) -> AppResult<Vec<Return>> {
    let (db, zone) = (q, ctx.state.zone());
    let mut lines: HashMap<i64, Vec<ReturnedLine>> = HashMap::new();
    for (of, line, name, sku, quantity) in returns::store::lines_of_order(db, order).await? {
        lines.entry(of).or_default().push(ReturnedLine { line: OrderLineId(line), name, sku, quantity });
    }
    let refunded: HashMap<i64, i64> = returns::store::refunded(db, order).await?.into_iter().collect();
    let mut all = Vec::new();
    for row in returns::store::of_order(db, order).await?.into_iter().rev() {
        let id = ReturnId(row.id);
        all.push(Return {
            id,
            order,
            status: known(ReturnStatus::parse(&row.status), &row.status)?,
            reason: known(ReturnReason::parse(&row.reason), &row.reason)?,
            refund_to: known(RefundTo::parse(&row.refund_to), &row.refund_to)?,
            requested_by: known(RequestedBy::parse(&row.requested_by), &row.requested_by)?,
            number: row.number,
            note: row.note,
            answer: row.answer,
            requested: zone.moment(Timestamp(row.requested_at)),
            decided: zone.moment_or_never(row.decided_at),
            received: zone.moment_or_never(row.received_at),
            refunded: zone.moment_or_never(row.refunded_at),
            lines: lines.remove(&row.id).unwrap_or_default(),
            worth: Money::new(returns::worth(db, order, id).await?, currency),
            given_back: refunded.get(&row.id).map(|minor| Money::new(*minor, currency)),
        });
    }
    Ok(all)
}

pub async fn points(q: &impl Query, order: OrderId) -> AppResult<OrderPoints> {
    let (earned, taken_back, written_off) = records::points(q, order).await?.unwrap_or_default();
    Ok(OrderPoints { earned, taken_back, written_off })
}

pub async fn purse(q: &impl Query, ctx: Viewer<'_>, customer: CustomerId) -> AppResult<Purse> {
    let settings = ctx.state.settings();
    let (credit, points) = records::balances(q, customer).await?;
    Ok(Purse {
        credit: settings.credit.enabled.then(|| Money::new(credit, settings.base_currency)),
        points: settings.loyalty.enabled.then_some(points),
        gift_cards: settings.gift_cards.enabled,
    })
}

/// How much can be given back: what was paid and has not come back, without what was for gift cards.
pub async fn refundable(q: &impl Query, id: OrderId, order: &OrderRow, payments: &[Payment], refunded: i64) -> AppResult<Money> {
    let currency = order.total.currency;
    let captured = payments.iter().filter(|p| p.status == PaymentStatus::Captured && p.amount.currency == currency);
    let left: i64 = captured.map(|payment| payment.amount.minor - payment.refunded.minor).sum();
    let cards: i64 = payments::store::card_lines(q, id).await?.iter().map(|line| line.3).sum();
    Ok(Money::new(left.min(order.total.minor - cards - refunded).max(0), currency))
}
