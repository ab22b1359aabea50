//! All SQL of payments and refunds, as far as they are written.

use super::Method;
use crate::args;
use crate::base::{
    Day, GiftCardId, LedgerAccountId, LedgerEntryId, Money, OrderId, PaymentId, RefundId, ReturnId, StaffId, Timestamp,
};
use crate::server::db::dialect::numbers_of_json;
use crate::server::{DbResult, Query, Tx};

/// A payment as the database keeps it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct PaymentRow {
    pub id: i64,
    pub method: String,
    pub status: String,
    pub amount_minor: i64,
    pub refunded_minor: i64,
    pub currency: String,
    pub entry_id: Option<i64>,
    pub gift_card_id: Option<i64>,
    pub points: i64,
}

/// All payments of an order, the oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_order(q: &impl Query, order: OrderId) -> DbResult<Vec<PaymentRow>> {
    q.all(
        "SELECT id, method, status, amount_minor, refunded_minor, currency, entry_id, gift_card_id, points
         FROM payments WHERE order_id = $1 ORDER BY id",
        args![order],
    )
    .await
}

/// Which order a payment is of.
///
/// # Errors
/// When the database does not answer.
pub async fn find_order(q: &impl Query, payment: PaymentId) -> DbResult<Option<OrderId>> {
    let row: Option<(i64,)> = q.optional("SELECT order_id FROM payments WHERE id = $1", args![payment]).await?;
    Ok(row.map(|(order,)| OrderId(order)))
}

/// A payment to be written.
#[derive(Clone, Debug)]
pub struct NewRow<'a> {
    pub order: OrderId,
    pub method: Method,
    /// `authorised` or `captured`.
    pub status: &'static str,
    pub amount: Money,
    pub reference: &'a str,
    pub entry: Option<LedgerEntryId>,
    pub gift_card: Option<GiftCardId>,
    pub points: i64,
    pub staff: Option<StaffId>,
    pub at: Timestamp,
}

/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &Tx, new: NewRow<'_>) -> DbResult<PaymentId> {
    tx.insert(
        "INSERT INTO payments (order_id, method, status, amount_minor, currency, reference, entry_id, gift_card_id, points, staff_id, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
        args![
            new.order,
            new.method.code(),
            new.status,
            new.amount.minor,
            new.amount.currency.code(),
            new.reference,
            new.entry,
            new.gift_card,
            new.points,
            new.staff,
            new.at
        ],
    )
    .await
    .map(PaymentId)
}

/// Writes what became of a payment that was promised.
///
/// # Errors
/// When the database does not answer.
pub async fn set_status(tx: &Tx, payment: PaymentId, status: &str, amount: i64) -> DbResult<()> {
    tx.execute("UPDATE payments SET status = $2, amount_minor = $3 WHERE id = $1", args![payment, status, amount]).await.map(drop)
}

/// Adds to what came back of a payment.
///
/// # Errors
/// When the database refuses it, since it would be more than was paid: then we have miscounted, and nothing is written.
pub async fn add_refunded(tx: &Tx, payment: PaymentId, amount: i64) -> DbResult<()> {
    tx.execute("UPDATE payments SET refunded_minor = refunded_minor + $2 WHERE id = $1", args![payment, amount]).await.map(drop)
}

/// The ledger accounts that these entries belong to.
///
/// # Errors
/// When the database does not answer.
pub async fn accounts_of(q: &impl Query, entries: &[LedgerEntryId]) -> DbResult<Vec<LedgerAccountId>> {
    let json = serde_json::to_string(entries).unwrap_or_default();
    let sql = format!("SELECT DISTINCT account_id FROM ledger_entries WHERE id IN ({})", numbers_of_json(q, "$1"));
    let rows: Vec<(i64,)> = q.all(&sql, args![json]).await?;
    Ok(rows.into_iter().map(|(id,)| LedgerAccountId(id)).collect())
}

/// What an entry took, without its sign.
///
/// # Errors
/// When the database does not answer.
pub async fn debited(q: &impl Query, entry: LedgerEntryId) -> DbResult<i64> {
    q.integer("SELECT -amount FROM ledger_entries WHERE id = $1", args![entry]).await
}

/// A refund to be written.
#[derive(Clone, Debug)]
pub struct NewRefund<'a> {
    pub order: OrderId,
    pub amount: Money,
    /// In the base currency.
    pub base: i64,
    pub reason: &'a str,
    pub of_return: Option<ReturnId>,
    pub staff: Option<StaffId>,
    pub at: Timestamp,
    pub day: Day,
}

/// # Errors
/// When the database does not answer.
pub async fn insert_refund(tx: &Tx, new: NewRefund<'_>) -> DbResult<RefundId> {
    tx.insert(
        "INSERT INTO refunds (order_id, amount_minor, base_amount_minor, currency, reason, return_id, staff_id, at, day)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        args![
            new.order,
            new.amount.minor,
            new.base,
            new.amount.currency.code(),
            new.reason,
            new.of_return,
            new.staff,
            new.at,
            new.day
        ],
    )
    .await
    .map(RefundId)
}

/// Where a part of a refund went.
#[derive(Clone, Copy, Debug)]
pub struct NewPart {
    pub refund: RefundId,
    pub payment: PaymentId,
    /// The way it went: the payment's own, or `credit` and `gift_card` where it became a new one.
    pub method: Method,
    pub amount: i64,
    pub points: i64,
    pub entry: Option<LedgerEntryId>,
    pub gift_card: Option<GiftCardId>,
}

/// # Errors
/// When the database does not answer.
pub async fn insert_part(tx: &Tx, part: NewPart) -> DbResult<()> {
    tx.execute(
        "INSERT INTO refund_parts (refund_id, payment_id, method, amount_minor, points, entry_id, gift_card_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![part.refund, part.payment, part.method.code(), part.amount, part.points, part.entry, part.gift_card],
    )
    .await
    .map(drop)
}

/// The days on which an order's refunds were paid out.
///
/// # Errors
/// When the database does not answer.
pub async fn refund_days(q: &impl Query, order: OrderId) -> DbResult<Vec<Day>> {
    let rows: Vec<(i64,)> = q.all("SELECT DISTINCT day FROM refunds WHERE order_id = $1", args![order]).await?;
    Ok(rows.into_iter().map(|(day,)| Day(i32::try_from(day).unwrap_or_default())).collect())
}

/// A line that buys gift cards: its id, how many, what each is worth, and what they cost in all.
pub type CardLine = (i64, i64, i64, i64);

/// The lines of an order that buy gift cards.
///
/// # Errors
/// When the database does not answer.
pub async fn card_lines(q: &impl Query, order: OrderId) -> DbResult<Vec<CardLine>> {
    q.all(
        "SELECT l.id, l.quantity, CASE WHEN l.list_price_minor > 0 THEN l.list_price_minor ELSE l.unit_price_minor END, l.total_minor
         FROM order_lines l JOIN products p ON p.id = l.product_id WHERE l.order_id = $1 AND p.kind = 'gift_card' ORDER BY l.id",
        args![order],
    )
    .await
}

/// How many lines of an order are goods.
///
/// # Errors
/// When the database does not answer.
pub async fn goods_lines(q: &impl Query, order: OrderId) -> DbResult<i64> {
    q.integer(
        "SELECT COUNT(*) FROM order_lines l LEFT JOIN products p ON p.id = l.product_id
         WHERE l.order_id = $1 AND COALESCE(p.kind, 'goods') <> 'gift_card'",
        args![order],
    )
    .await
}

/// The gift cards that an order bought: id, account, first amount, balance. Those that it was refunded to are others.
///
/// # Errors
/// When the database does not answer.
pub async fn cards_bought(q: &impl Query, order: OrderId) -> DbResult<Vec<(i64, i64, i64, i64)>> {
    q.all(
        "SELECT g.id, g.account_id, g.initial_minor, a.balance FROM gift_cards g JOIN ledger_accounts a ON a.id = g.account_id
         WHERE g.order_id = $1 AND g.issue_key LIKE 'order:%' ORDER BY g.account_id",
        args![order],
    )
    .await
}
