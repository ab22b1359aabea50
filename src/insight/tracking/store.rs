//! All SQL of tracking.

use super::{Linked, NewEvent, PageView};
use crate::args;
use crate::base::{CustomerId, Day, OrderId, Timestamp};
use crate::office::settings::zone::Zone;
use crate::server::db::dialect;
use crate::server::{Args, DbResult, Query, Tx};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Binds of one look-up: a batch has several of these.
const AT_ONCE: usize = 500;

/// Whom and what an event is about.
#[derive(Clone, Copy, Debug)]
pub struct About {
    pub customer: Option<CustomerId>,
    pub product: Option<i64>,
}

/// A visit that may go on.
#[derive(Clone, Copy, Debug)]
pub struct Open {
    pub id: i64,
    pub started: Timestamp,
    pub last_seen: Timestamp,
}

/// What texts lead to, of a table that has `name` and a number.
async fn look_up<'a>(q: &impl Query, sql: &str, texts: impl Iterator<Item = &'a str>) -> DbResult<BTreeMap<String, i64>> {
    let texts: Vec<&str> = texts.collect::<BTreeSet<_>>().into_iter().collect();
    let mut found = BTreeMap::new();
    for part in texts.chunks(AT_ONCE) {
        let mut args = Args::default();
        let binds: Vec<String> = part.iter().map(|text| format!("${}", args.push(*text))).collect();
        found.extend(q.all::<(String, i64)>(&format!("{sql} IN ({})", binds.join(", ")), args).await?);
    }
    Ok(found)
}

/// The customers that these visitors turned out to be: of merged ones the survivors.
///
/// # Errors
/// When the database does not answer.
pub async fn customers_of<'a>(q: &impl Query, visitors: impl Iterator<Item = &'a str>) -> DbResult<BTreeMap<String, CustomerId>> {
    let sql = "SELECT v.visitor_id, COALESCE(c.merged_into_id, c.id) FROM visitors v JOIN customers c ON c.id = v.customer_id
               WHERE v.visitor_id";
    Ok(look_up(q, sql, visitors).await?.into_iter().map(|(visitor, id)| (visitor, CustomerId(id))).collect())
}

/// Products by their SKUs.
///
/// # Errors
/// When the database does not answer.
pub async fn products<'a>(q: &impl Query, skus: impl Iterator<Item = &'a str>) -> DbResult<BTreeMap<String, i64>> {
    look_up(q, "SELECT sku, id FROM products WHERE sku", skus).await
}

/// Whether an order exists, and is this customer's where one is known.
///
/// # Errors
/// When the database does not answer.
pub async fn is_order_of(q: &impl Query, order: OrderId, customer: Option<CustomerId>) -> DbResult<bool> {
    let sql = "SELECT COUNT(*) FROM orders WHERE id = $1 AND ($2 = 0 OR customer_id = $2)";
    Ok(q.integer(sql, args![order, customer.map_or(0, |id| id.0)]).await? > 0)
}

/// # Errors
/// When the database does not answer.
pub async fn insert_event(tx: &Tx, event: &NewEvent, about: About, day: Day) -> DbResult<()> {
    tx.execute(
        "INSERT INTO events (customer_id, visitor_id, kind, product_id, order_id, detail, at, day)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            about.customer,
            event.visitor.clone(),
            event.kind.code(),
            about.product,
            event.order,
            event.detail(),
            event.at,
            day
        ],
    )
    .await
    .map(drop)
}

/// Serialises what is written of these visitors, so that two batches at once do not begin the same visit twice. There are few
/// locks, taken in one order.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_visitors<'a>(tx: &Tx, visitors: impl Iterator<Item = &'a str>) -> DbResult<()> {
    /// Beside the locks of other rooms.
    const FAMILY: i64 = 0x7472_6163 << 8;
    let locks: BTreeSet<i64> = visitors.map(|visitor| i64::from(Sha256::digest(visitor.as_bytes())[0] % 64)).collect();
    for lock in locks {
        dialect::advisory_lock(tx, FAMILY + lock).await?;
    }
    Ok(())
}

/// The visit of a visitor that something at this moment belongs to: the latest that is not silent for longer than `silence`
/// before or after it.
///
/// # Errors
/// When the database does not answer.
pub async fn find_open(q: &impl Query, visitor: &str, at: Timestamp, silence: i64) -> DbResult<Option<Open>> {
    let row: Option<(i64, i64, i64)> = q
        .optional(
            "SELECT id, started_at, last_seen_at FROM visits
             WHERE visitor_id = $1 AND started_at <= $2 AND last_seen_at >= $3 ORDER BY started_at DESC, id DESC LIMIT 1",
            args![visitor, at.plus(silence), at.plus(-silence)],
        )
        .await?;
    Ok(row.map(|(id, started, last_seen)| Open { id, started: Timestamp(started), last_seen: Timestamp(last_seen) }))
}

/// Stretches a visit to a moment, with so many more page views.
///
/// # Errors
/// When the database does not answer.
pub async fn extend(tx: &Tx, open: Open, at: Timestamp, views: i64, zone: Zone) -> DbResult<()> {
    let (started, last_seen) = (open.started.min(at), open.last_seen.max(at));
    tx.execute(
        "UPDATE visits SET started_at = $2, day = $3, last_seen_at = $4, page_views = page_views + $5 WHERE id = $1",
        args![open.id, started, zone.day(started), last_seen, views],
    )
    .await
    .map(drop)
}

/// # Errors
/// When the database does not answer.
pub async fn insert_visit(tx: &Tx, view: &PageView, customer: Option<CustomerId>, day: Day) -> DbResult<()> {
    tx.execute(
        "INSERT INTO visits (visitor_id, customer_id, started_at, day, last_seen_at, landing_page, referrer, campaign, page_views)
         VALUES ($1, $2, $3, $4, $3, $5, $6, $7, 1)",
        args![view.visitor.as_str(), customer, view.at, day, view.page.as_str(), view.referrer.as_str(), view.campaign.as_str()],
    )
    .await
    .map(drop)
}

/// # Errors
/// When the database does not answer.
pub async fn link(tx: &Tx, visitor: &str, customer: CustomerId, now: Timestamp) -> DbResult<()> {
    tx.execute(
        "INSERT INTO visitors (visitor_id, customer_id, linked_at) VALUES ($1, $2, $3)
         ON CONFLICT (visitor_id) DO UPDATE SET customer_id = excluded.customer_id, linked_at = excluded.linked_at
         WHERE visitors.customer_id <> excluded.customer_id",
        args![visitor, customer, now],
    )
    .await
    .map(drop)
}

/// Gives a customer what a visitor did as nobody.
///
/// # Errors
/// When the database does not answer.
pub async fn take_over(tx: &Tx, visitor: &str, customer: CustomerId) -> DbResult<Linked> {
    let of = |table: &str| format!("UPDATE {table} SET customer_id = $2 WHERE visitor_id = $1 AND customer_id IS NULL");
    let visits = tx.execute(&of("visits"), args![visitor, customer]).await?;
    let events = tx.execute(&of("events"), args![visitor, customer]).await?;
    Ok(Linked { visits, events })
}

/// A customer who came by no known way came by the campaign of their first visit, if it had one.
///
/// # Errors
/// When the database does not answer.
pub async fn follow_campaign(tx: &Tx, customer: CustomerId) -> DbResult<()> {
    tx.execute(
        "UPDATE customers SET campaign = (
           SELECT v.campaign FROM visits v WHERE v.customer_id = $1 ORDER BY v.started_at, v.id LIMIT 1)
         WHERE id = $1 AND COALESCE(campaign, '') = ''
           AND (SELECT v.campaign FROM visits v WHERE v.customer_id = $1 ORDER BY v.started_at, v.id LIMIT 1) <> ''",
        args![customer],
    )
    .await
    .map(drop)
}
