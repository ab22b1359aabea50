//! All SQL of returns, as far as they are written; lists are in `query.rs`.

use super::{Bought, RequestedBy, ReturnLine, ReturnReason, ReturnStatus};
use crate::args;
use crate::base::{OrderId, OrderLineId, ReturnId, StaffId, Timestamp};
use crate::commerce::payments::RefundTo;
use crate::server::{DbResult, Query, Tx};

/// A return as the database keeps it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ReturnRow {
    pub id: i64,
    pub number: String,
    pub order_id: i64,
    pub status: String,
    pub reason: String,
    pub note: String,
    pub answer: String,
    pub refund_to: String,
    pub requested_by: String,
    pub requested_at: i64,
    pub decided_at: i64,
    pub received_at: i64,
    pub refunded_at: i64,
}

const COLUMNS: &str = "id, number, order_id, status, reason, note, answer, refund_to, requested_by, requested_at, decided_at,
      received_at, refunded_at";

/// # Errors
/// When the database does not answer.
pub async fn find(q: &impl Query, id: ReturnId) -> DbResult<Option<ReturnRow>> {
    q.optional(&format!("SELECT {COLUMNS} FROM returns WHERE id = $1"), args![id]).await
}

/// An order's returns, the first to be requested first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_order(q: &impl Query, order: OrderId) -> DbResult<Vec<ReturnRow>> {
    q.all(&format!("SELECT {COLUMNS} FROM returns WHERE order_id = $1 ORDER BY id"), args![order]).await
}

/// A line of a return: which return, which line, its name and SKU, how much.
pub type LineRow = (i64, i64, String, String, i64);

/// The lines of all returns of an order.
///
/// # Errors
/// When the database does not answer.
pub async fn lines_of_order(q: &impl Query, order: OrderId) -> DbResult<Vec<LineRow>> {
    q.all(
        "SELECT rl.return_id, rl.line_id, l.name, l.sku, rl.quantity
         FROM order_lines l JOIN return_lines rl ON rl.line_id = l.id WHERE l.order_id = $1 ORDER BY rl.return_id, rl.line_id",
        args![order],
    )
    .await
}

/// The lines of an order with what its returns hold of them that were not refused; those requested from `before` on are left out
/// where one is given.
///
/// # Errors
/// When the database does not answer.
pub async fn bought(q: &impl Query, order: OrderId, before: Option<ReturnId>) -> DbResult<Vec<Bought>> {
    let rows: Vec<(i64, i64, i64, i64, bool)> = q
        .all(
            "SELECT l.id, l.quantity, l.total_minor,
               CAST(COALESCE((SELECT SUM(rl.quantity) FROM return_lines rl JOIN returns r ON r.id = rl.return_id
                              WHERE rl.line_id = l.id AND r.status <> 'refused' AND r.id < $2), 0) AS BIGINT),
               COALESCE(p.kind, 'goods') = 'gift_card'
             FROM order_lines l LEFT JOIN products p ON p.id = l.product_id WHERE l.order_id = $1 ORDER BY l.id",
            args![order, before.map_or(i64::MAX, |id| id.0)],
        )
        .await?;
    let bought =
        |(line, quantity, total, held, is_gift_card)| Bought { line: OrderLineId(line), quantity, total, held, is_gift_card };
    Ok(rows.into_iter().map(bought).collect())
}

/// How many pieces of goods of an order have not arrived here with a return.
///
/// # Errors
/// When the database does not answer.
pub async fn still_out(q: &impl Query, order: OrderId) -> DbResult<i64> {
    q.integer(
        "SELECT CAST(COALESCE(SUM(l.quantity - COALESCE((
             SELECT SUM(rl.quantity) FROM return_lines rl JOIN returns r ON r.id = rl.return_id
             WHERE rl.line_id = l.id AND r.status IN ('received', 'refunded')), 0)), 0) AS BIGINT)
         FROM order_lines l LEFT JOIN products p ON p.id = l.product_id
         WHERE l.order_id = $1 AND COALESCE(p.kind, 'goods') <> 'gift_card'",
        args![order],
    )
    .await
}

/// A return to be written.
#[derive(Clone, Debug)]
pub struct NewRow<'a> {
    pub number: &'a str,
    pub order: OrderId,
    pub reason: ReturnReason,
    pub note: &'a str,
    pub refund_to: RefundTo,
    pub requested_by: RequestedBy,
    pub staff: Option<StaffId>,
    pub at: Timestamp,
}

/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &Tx, new: NewRow<'_>, lines: &[ReturnLine]) -> DbResult<ReturnId> {
    let id = tx
        .insert(
            "INSERT INTO returns (number, order_id, status, reason, note, refund_to, requested_by, staff_id, requested_at)
             VALUES ($1, $2, 'requested', $3, $4, $5, $6, $7, $8) RETURNING id",
            args![
                new.number,
                new.order,
                new.reason.code(),
                new.note,
                new.refund_to.code(),
                new.requested_by.code(),
                new.staff,
                new.at
            ],
        )
        .await?;
    for line in lines {
        let sql = "INSERT INTO return_lines (return_id, line_id, quantity) VALUES ($1, $2, $3)";
        tx.execute(sql, args![id, line.line, line.quantity]).await?;
    }
    Ok(ReturnId(id))
}

/// Writes how far a return is, and when it came to that.
///
/// # Errors
/// When the database does not answer.
pub async fn set_status(tx: &Tx, id: ReturnId, status: ReturnStatus, answer: Option<&str>, at: Timestamp) -> DbResult<()> {
    let column = match status {
        ReturnStatus::Received => "received_at",
        ReturnStatus::Refunded => "refunded_at",
        _ => "decided_at",
    };
    let sql = format!(
        "UPDATE returns SET status = $2, answer = COALESCE($3, answer), {column} = $4, version = version + 1 WHERE id = $1"
    );
    tx.execute(&sql, args![id, status.code(), answer.map(str::to_owned), at]).await.map(drop)
}

/// Keeps where the money went in the end.
///
/// # Errors
/// When the database does not answer.
pub async fn set_refund_to(tx: &Tx, id: ReturnId, to: RefundTo) -> DbResult<()> {
    tx.execute("UPDATE returns SET refund_to = $2 WHERE id = $1", args![id, to.code()]).await.map(drop)
}

/// What was given back for each return of an order.
///
/// # Errors
/// When the database does not answer.
pub async fn refunded(q: &impl Query, order: OrderId) -> DbResult<Vec<(i64, i64)>> {
    q.all(
        "SELECT return_id, CAST(SUM(amount_minor) AS BIGINT) FROM refunds
         WHERE order_id = $1 AND return_id IS NOT NULL GROUP BY return_id",
        args![order],
    )
    .await
}
