//! What every change of an order goes through, whichever room makes it: the order is locked first and everything else after it, in
//! the order that ARCHITECTURE.md says (“Order of locks”); what happened is written to its history; statistics follow in the same
//! transaction.

use super::service::currency;
use super::{FulfilmentState, OrderStatus, PaymentState, Rate};
use crate::args;
use crate::base::{AppError, AppResult, Currency, CustomerId, Day, OrderId, StaffId, Timestamp};
use crate::commerce::stats;
use crate::server::db::dialect;
use crate::server::{DbResult, Query, Tx, internal};

/// An order that this transaction has locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub id: OrderId,
    pub number: Option<String>,
    pub version: i64,
    pub customer: CustomerId,
    pub store: i64,
    pub status: OrderStatus,
    pub payment: PaymentState,
    pub fulfilment: FulfilmentState,
    pub currency: Currency,
    pub rate: Rate,
    /// Minor units of its currency.
    pub total: i64,
    pub refunded: i64,
    /// Minor units of the base currency.
    pub base_total: i64,
    /// What of it bought gift cards.
    pub base_gift_cards: i64,
    pub base_refunded: i64,
    pub placed_at: Timestamp,
    pub placed_day: Day,
}

#[derive(sqlx::FromRow)]
struct Row {
    number: Option<String>,
    version: i64,
    customer_id: i64,
    store_id: i64,
    status: String,
    payment_state: String,
    fulfilment_state: String,
    currency: String,
    rate: String,
    total_minor: i64,
    refunded_minor: i64,
    base_total_minor: i64,
    base_gift_cards_minor: i64,
    base_refunded_minor: i64,
    placed_at: i64,
    placed_day: i64,
}

/// Locks an order until the end of the transaction. Whether its customer exists for the asker is asked before.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn hold(tx: &Tx, id: OrderId) -> AppResult<Held> {
    let sql = format!(
        "SELECT number, version, customer_id, store_id, status, payment_state, fulfilment_state, currency, rate, total_minor,
                refunded_minor, base_total_minor, base_gift_cards_minor, base_refunded_minor, placed_at, placed_day
         FROM orders WHERE id = $1{}",
        dialect::for_update(tx)
    );
    let row: Row = tx.optional(&sql, args![id]).await?.ok_or(AppError::NotFound)?;
    let unknown = |what: &str| internal(&format!("order {id} has {what:?}, which is no value of its column"));
    Ok(Held {
        id,
        version: row.version,
        customer: CustomerId(row.customer_id),
        store: row.store_id,
        status: OrderStatus::parse(&row.status).ok_or_else(|| unknown(&row.status))?,
        payment: PaymentState::parse(&row.payment_state).ok_or_else(|| unknown(&row.payment_state))?,
        fulfilment: FulfilmentState::parse(&row.fulfilment_state).ok_or_else(|| unknown(&row.fulfilment_state))?,
        currency: currency(&row.currency)?,
        rate: Rate::parse(&row.rate).ok_or_else(|| unknown(&row.rate))?,
        number: row.number.filter(|_| row.status != OrderStatus::Draft.code()),
        total: row.total_minor,
        refunded: row.refunded_minor,
        base_total: row.base_total_minor,
        base_gift_cards: row.base_gift_cards_minor,
        base_refunded: row.base_refunded_minor,
        placed_at: Timestamp(row.placed_at),
        placed_day: Day(i32::try_from(row.placed_day).unwrap_or_default()),
    })
}

/// Writes the states and refunds of a held order as they are now. Its version goes up; since when it is in its state begins anew
/// where it was cancelled or its fulfilment went on.
///
/// # Errors
/// When the database does not answer.
pub async fn save(tx: &Tx, order: &mut Held, now: Timestamp) -> DbResult<()> {
    order.version += 1;
    tx.execute(
        "UPDATE orders SET status = $2, payment_state = $3, fulfilment_state = $4, refunded_minor = $5, base_refunded_minor = $6,
           state_since = CASE WHEN status = $2 AND fulfilment_state = $4 THEN state_since ELSE $7 END,
           cancelled_at = CASE WHEN $2 = 'cancelled' AND cancelled_at = 0 THEN $7 ELSE cancelled_at END,
           updated_at = $7, version = $8
         WHERE id = $1",
        args![
            order.id,
            order.status.code(),
            order.payment.code(),
            order.fulfilment.code(),
            order.refunded,
            order.base_refunded,
            now,
            order.version
        ],
    )
    .await
    .map(drop)
}

/// Writes what happened to an order's history. `kind` has its sentence under `orders.history.{kind}`.
///
/// # Errors
/// When the database does not answer.
pub async fn tell(tx: &Tx, order: OrderId, kind: &str, detail: &str, by: Option<StaffId>, at: Timestamp) -> DbResult<()> {
    tx.execute(
        "INSERT INTO order_history (order_id, kind, detail, staff_id, at) VALUES ($1, $2, $3, $4, $5)",
        args![order, kind, detail, by, at],
    )
    .await
    .map(drop)
}

/// Makes the statistics follow an order that this transaction placed. The last thing that it does, and once only.
///
/// # Errors
/// When the database does not answer.
pub async fn count_placed(tx: &Tx, order: OrderId, customer: CustomerId) -> DbResult<()> {
    stats::refresh(tx, customer).await?;
    stats::add_to_day(tx, order).await
}

/// Makes the statistics follow an order that was changed in this transaction: of its customer, of the day it was placed, and of
/// `also`, the day of a refund. The last thing that a transaction does.
///
/// # Errors
/// When the database does not answer.
pub async fn refresh_stats(tx: &Tx, order: &Held, also: Option<Day>) -> DbResult<()> {
    refresh_stats_of(tx, order, also.into_iter().collect()).await
}

/// As [`refresh_stats`], where several other days are concerned: a cancelled order's refunds of before count no more.
///
/// # Errors
/// When the database does not answer.
pub async fn refresh_stats_of(tx: &Tx, order: &Held, mut days: Vec<Day>) -> DbResult<()> {
    stats::refresh(tx, order.customer).await?;
    if order.placed_at.0 > 0 {
        days.push(order.placed_day);
    }
    days.sort_unstable();
    days.dedup();
    for day in days {
        stats::refresh_day(tx, day, order.store).await?;
    }
    Ok(())
}

/// The next number of a counter: 1, 2, 3 … without gaps, since it is taken back with the transaction. Whoever asks for the same
/// counter meanwhile waits.
///
/// # Errors
/// When the database does not answer.
pub async fn next_number(tx: &Tx, counter: &str) -> DbResult<i64> {
    tx.integer(
        "INSERT INTO counters (name, value) VALUES ($1, 1)
         ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value",
        args![counter],
    )
    .await
}
