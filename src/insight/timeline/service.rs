//! From records to entries.

use super::store::{self, Place, Record, Source};
use super::*;
use crate::base::{AppResult, CustomerId, MailId, Money, OrderId, Timestamp};
use crate::commerce::ledger::{AccountKind, Reason, Unit};
use crate::commerce::orders::service::currency;
use crate::server::AppState;
use serde_json::Value;
use std::collections::HashMap;

/// Entries on a page.
pub const PAGE: usize = 40;
/// Lines of an order that an entry names.
const ITEMS: usize = 3;

/// A page of the timeline of a customer whom the asker may see. A place that cannot be read is the beginning.
///
/// # Errors
/// When the database does not answer.
pub async fn page(state: &AppState, customer: CustomerId, query: &TimelineQuery) -> AppResult<TimelinePage> {
    let place = query.before.as_ref().and_then(|sealed| open(state, sealed));
    let mut records = store::newest(&state.db, customer, query, place, PAGE + 1).await?;
    let more = records.len() > PAGE;
    records.truncate(PAGE);
    let older = records.last().filter(|_| more).map(|record| seal(state, record));
    let mut items = items_of(state, &records).await?;
    let entries = records.into_iter().filter_map(|record| entry(state, record, &mut items).transpose());
    Ok(TimelinePage { entries: entries.collect::<AppResult<_>>()?, older })
}

fn seal(state: &AppState, record: &Record) -> String {
    state.keys.seal(format!("timeline|{}|{}|{}", record.at, record.source, record.id).as_bytes())
}

fn open(state: &AppState, sealed: &str) -> Option<Place> {
    let plain = String::from_utf8(state.keys.open(sealed)?).ok()?;
    let mut parts = plain.strip_prefix("timeline|")?.split('|').map(str::parse::<i64>);
    let (at, source, id) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    Some(Place { at, source: Source::parse(source)?, id })
}

/// Lines of the orders that were placed on this page.
async fn items_of(state: &AppState, records: &[Record]) -> AppResult<HashMap<i64, Vec<(i64, String)>>> {
    let placed = records.iter().filter(|record| record.source == Source::Orders.number());
    let orders: Vec<OrderId> = placed.map(|record| OrderId(record.id)).collect();
    let mut items: HashMap<i64, Vec<(i64, String)>> = HashMap::new();
    for (order, quantity, name) in store::items(&state.db, &orders).await? {
        items.entry(order).or_default().push((quantity, name));
    }
    Ok(items)
}

fn entry(state: &AppState, record: Record, items: &mut HashMap<i64, Vec<(i64, String)>>) -> AppResult<Option<TimelineEntry>> {
    let at = state.zone().moment(Timestamp(record.at));
    let key = format!("{}-{}", record.source, record.id);
    let Some(source) = Source::parse(record.source) else { return Ok(None) };
    Ok(Some(TimelineEntry { key, at, what: happening(source, record, items)? }))
}

fn happening(source: Source, record: Record, items: &mut HashMap<i64, Vec<(i64, String)>>) -> AppResult<Happening> {
    if source == Source::Ledger {
        return Ok(moved(record));
    }
    let order = record.order_id.map(|id| OrderRef { id: OrderId(id), number: record.number.clone() });
    let amount = match (record.amount, &record.currency) {
        (Some(minor), Some(code)) => Some(Money::new(minor, currency(code)?)),
        _ => None,
    };
    let name = record.name.unwrap_or_default();
    let text = record.text.unwrap_or_default();
    let kind = record.kind;
    let units = record.units.unwrap_or_default();
    Ok(match (source, order, amount) {
        (Source::Events, order, _) => event(&kind, name, order, &text),
        (Source::Visits, ..) => Happening::Visited {
            pages: units,
            minutes: record.amount.unwrap_or_default() / Timestamp::MINUTE,
            landing: name,
            referrer: text,
            campaign: record.extra.unwrap_or_default(),
        },
        (Source::Orders, Some(order), Some(total)) => {
            let mut items = items.remove(&order.id.0).unwrap_or_default();
            let more_items = i64::try_from(items.len().saturating_sub(ITEMS)).unwrap_or(0);
            items.truncate(ITEMS);
            Happening::Ordered { order, total, units, cancelled: kind == "cancelled", items, more_items }
        }
        (Source::OrderSteps, Some(order), _) => Happening::OrderStep { order, step: kind, detail: text, by: name },
        (Source::Refunds, Some(order), Some(amount)) => Happening::Refunded { order, amount, reason: text },
        (Source::Notes, ..) => Happening::NoteWritten { note: kind, by: name, text },
        (Source::Consents, ..) => Happening::Consented { purpose: kind, granted: units == 1, source: text, by: name },
        (Source::Changes, ..) => Happening::Changed { action: kind, by: name },
        (Source::Mails, ..) => Happening::Emailed {
            opened: false,
            subject: text,
            mail: Some(MailId(record.id)),
            campaign: name,
            opens: record.amount.unwrap_or_default(),
            clicks: units,
        },
        (Source::Registration, ..) => Happening::Registered { source: text, campaign: name },
        (Source::Orders | Source::OrderSteps | Source::Refunds | Source::Ledger, ..) => Happening::Other { name: kind },
    })
}

/// An entry of credit, a gift card or points. Its `extra` is the reason and the last four of the card.
fn moved(record: Record) -> Happening {
    let extra = record.extra.unwrap_or_default();
    let (reason, card) = extra.split_once(':').unwrap_or((&extra, ""));
    let order = record.order_id.map(|id| OrderRef { id: OrderId(id), number: record.number });
    let unit = Unit::parse(record.currency.as_deref().unwrap_or_default());
    match (AccountKind::parse(&record.kind), unit, Reason::parse(reason)) {
        (Some(account), Some(unit), Some(reason)) => Happening::Moved {
            account,
            unit,
            amount: record.amount.unwrap_or_default(),
            balance: record.units.unwrap_or_default(),
            reason,
            order,
            card: card.to_owned(),
            note: record.text.unwrap_or_default(),
            by: record.name.unwrap_or_default(),
        },
        _ => Happening::Other { name: record.kind },
    }
}

/// An event with what its detail says; events come from programs, so any of it may be missing.
fn event(kind: &str, product: String, order: Option<OrderRef>, detail: &str) -> Happening {
    let detail: Value = serde_json::from_str(detail).unwrap_or_default();
    let text = |field: &str| detail.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |field: &str| detail.get(field).and_then(Value::as_i64);
    match kind {
        "product_view" => Happening::Viewed { product },
        "add_to_cart" => Happening::PutIntoCart { product, quantity: number("quantity").unwrap_or(1) },
        "checkout_step" => Happening::CheckedOut { step: text("step"), order },
        "email_sent" | "email_opened" => Happening::Emailed {
            opened: kind == "email_opened",
            subject: text("subject"),
            mail: None,
            campaign: String::new(),
            opens: 0,
            clicks: 0,
        },
        "newsletter_signup" => Happening::Subscribed { source: text("source") },
        "review" => Happening::Reviewed { product, stars: number("stars").unwrap_or_default().clamp(0, 5), text: text("text") },
        "support_contact" => {
            Happening::Contacted { channel: text("channel"), subject: text("subject"), outcome: text("outcome") }
        }
        other => Happening::Other { name: other.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_keep_what_they_say_and_lack_nothing_to_be_shown() {
        let review = event("review", "Teapot".into(), None, r#"{"stars":5,"text":"Fine"}"#);
        assert_eq!(review, Happening::Reviewed { product: "Teapot".into(), stars: 5, text: "Fine".into() });
        assert_eq!(event("review", String::new(), None, "not JSON").topic(), Topic::Reviews);
        assert_eq!(event("dreamt", String::new(), None, "{}"), Happening::Other { name: "dreamt".into() });
    }
}
