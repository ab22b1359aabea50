//! All SQL of invoices: what they are made of, and themselves.

use super::InvoiceKind;
use crate::args;
use crate::base::{BranchId, CustomerId, InvoiceId, OrderId, RefundId, ReturnId, StaffId, Timestamp};
use crate::server::{DbResult, Query, Tx};

/// What an invoice is made of, beside lines and payments.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SourceRecord {
    pub subtotal_minor: i64,
    pub discount_minor: i64,
    pub shipping_minor: i64,
    pub tax_minor: i64,
    pub addresses: String,
    pub due_at: i64,
    pub store_code: String,
    pub first_name: String,
    pub last_name: String,
    pub company: String,
    pub email: String,
    pub account_number: Option<String>,
    pub locale: String,
}

/// # Errors
/// When the database does not answer.
pub async fn find_source(q: &impl Query, order: OrderId) -> DbResult<Option<SourceRecord>> {
    q.optional(
        "SELECT o.subtotal_minor, o.discount_minor, o.shipping_minor, o.tax_minor, o.addresses, o.due_at, s.code AS store_code,
           c.first_name, c.last_name, c.company, c.email, c.account_number, c.locale
         FROM orders o JOIN stores s ON s.id = o.store_id JOIN customers c ON c.id = o.customer_id WHERE o.id = $1",
        args![order],
    )
    .await
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LineRecord {
    pub id: i64,
    pub name: String,
    pub sku: String,
    pub quantity: i64,
    pub unit_price_minor: i64,
    pub discount_minor: i64,
    pub tax_minor: i64,
    pub tax_bp: i64,
    pub total_minor: i64,
    /// How many of them a return brings back.
    pub returned: i64,
}

/// The lines of an order; with a return, how much of each it brings back.
///
/// # Errors
/// When the database does not answer.
pub async fn lines(q: &impl Query, order: OrderId, returned: Option<ReturnId>) -> DbResult<Vec<LineRecord>> {
    q.all(
        "SELECT l.id, l.name, l.sku, l.quantity, l.unit_price_minor, l.discount_minor, l.tax_minor, l.tax_bp, l.total_minor,
           COALESCE(r.quantity, 0) AS returned
         FROM order_lines l LEFT JOIN return_lines r ON r.line_id = l.id AND r.return_id = $2
         WHERE l.order_id = $1 ORDER BY l.id",
        args![order, returned.map_or(0, |id| id.0)],
    )
    .await
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PaymentRecord {
    pub method: String,
    pub status: String,
    pub amount_minor: i64,
    pub points: i64,
    pub last_four: Option<String>,
    pub at: i64,
}

/// What was paid for an order or is set aside for it, in its currency.
///
/// # Errors
/// When the database does not answer.
pub async fn payments(q: &impl Query, order: OrderId) -> DbResult<Vec<PaymentRecord>> {
    q.all(
        "SELECT p.method, p.status, p.amount_minor, p.points, g.last_four, p.at
         FROM payments p JOIN orders o ON o.id = p.order_id LEFT JOIN gift_cards g ON g.id = p.gift_card_id
         WHERE p.order_id = $1 AND p.status <> 'voided' AND p.currency = o.currency ORDER BY p.id",
        args![order],
    )
    .await
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RefundRecord {
    pub amount_minor: i64,
    pub reason: String,
    pub return_id: Option<i64>,
    pub at: i64,
}

/// A refund of this order.
///
/// # Errors
/// When the database does not answer.
pub async fn find_refund(q: &impl Query, order: OrderId, refund: RefundId) -> DbResult<Option<RefundRecord>> {
    let sql = "SELECT amount_minor, reason, return_id, at FROM refunds WHERE id = $1 AND order_id = $2";
    q.optional(sql, args![refund.0, order]).await
}

/// Where the money of a refund went.
///
/// # Errors
/// When the database does not answer.
pub async fn refund_parts(q: &impl Query, refund: RefundId) -> DbResult<Vec<PaymentRecord>> {
    q.all(
        "SELECT p.method, 'captured' AS status, p.amount_minor, p.points, g.last_four, r.at
         FROM refund_parts p JOIN refunds r ON r.id = p.refund_id LEFT JOIN gift_cards g ON g.id = p.gift_card_id
         WHERE p.refund_id = $1 ORDER BY p.id",
        args![refund.0],
    )
    .await
}

/// Refunds of an order without a credit note, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn uncredited(q: &impl Query, order: OrderId) -> DbResult<Vec<RefundId>> {
    let sql = "SELECT r.id FROM refunds r LEFT JOIN invoices i ON i.refund_id = r.id
               WHERE r.order_id = $1 AND i.id IS NULL ORDER BY r.id";
    let rows: Vec<(i64,)> = q.all(sql, args![order]).await?;
    Ok(rows.into_iter().map(|(id,)| RefundId(id)).collect())
}

/// An invoice to be written.
#[derive(Clone, Debug)]
pub struct NewInvoice<'a> {
    pub store: i64,
    pub kind: InvoiceKind,
    pub seq: i64,
    pub number: &'a str,
    pub order: OrderId,
    pub refund: Option<RefundId>,
    pub locale: &'a str,
    /// JSON.
    pub data: &'a str,
    pub by: Option<StaffId>,
    pub at: Timestamp,
}

/// # Errors
/// When the database does not answer, or the number or the order's invoice is there already.
pub async fn insert(tx: &Tx, new: NewInvoice<'_>) -> DbResult<InvoiceId> {
    let id = tx
        .insert(
            "INSERT INTO invoices (store_id, kind, seq, number, order_id, refund_id, locale, data, issued_by, issued_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
            args![
                new.store,
                new.kind.code(),
                new.seq,
                new.number,
                new.order,
                new.refund.map(|id| id.0),
                new.locale,
                new.data,
                new.by,
                new.at
            ],
        )
        .await?;
    Ok(InvoiceId(id))
}

/// An invoice, as the database keeps it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct InvoiceRecord {
    pub id: i64,
    pub kind: String,
    pub number: String,
    pub order_id: i64,
    pub refund_id: Option<i64>,
    pub locale: String,
    pub data: String,
    pub issued_at: i64,
    /// Who of the staff issued it.
    pub author: Option<String>,
    pub customer_id: i64,
    pub email: String,
    pub branch_id: Option<i64>,
}

const COLUMNS: &str = "SELECT i.id, i.kind, i.number, i.order_id, i.refund_id, i.locale, i.data, i.issued_at, m.name AS author,
      o.customer_id, c.email, c.branch_id
    FROM invoices i JOIN orders o ON o.id = i.order_id JOIN customers c ON c.id = o.customer_id
    LEFT JOIN staff m ON m.id = i.issued_by";

/// # Errors
/// When the database does not answer.
pub async fn find(q: &impl Query, id: InvoiceId) -> DbResult<Option<InvoiceRecord>> {
    q.optional(&format!("{COLUMNS} WHERE i.id = $1"), args![id]).await
}

/// The invoice of an order.
///
/// # Errors
/// When the database does not answer.
pub async fn find_of_order(q: &impl Query, order: OrderId) -> DbResult<Option<InvoiceRecord>> {
    q.optional(&format!("{COLUMNS} WHERE i.order_id = $1 AND i.kind = 'invoice'"), args![order]).await
}

/// The credit note of a refund.
///
/// # Errors
/// When the database does not answer.
pub async fn find_of_refund(q: &impl Query, refund: RefundId) -> DbResult<Option<InvoiceRecord>> {
    q.optional(&format!("{COLUMNS} WHERE i.refund_id = $1"), args![refund.0]).await
}

/// All of an order, as they were issued.
///
/// # Errors
/// When the database does not answer.
pub async fn list(q: &impl Query, order: OrderId) -> DbResult<Vec<InvoiceRecord>> {
    q.all(&format!("{COLUMNS} WHERE i.order_id = $1 ORDER BY i.id"), args![order]).await
}

/// What a return's label says.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ReturnRecord {
    pub number: String,
    pub status: String,
    pub order_id: i64,
    pub order_number: Option<String>,
    pub addresses: String,
    pub requested_at: i64,
    pub customer_id: i64,
    pub first_name: String,
    pub last_name: String,
    pub company: String,
    pub email: String,
    pub locale: String,
    pub branch_id: Option<i64>,
}

/// # Errors
/// When the database does not answer.
pub async fn find_return(q: &impl Query, id: ReturnId) -> DbResult<Option<ReturnRecord>> {
    q.optional(
        "SELECT r.number, r.status, r.order_id, o.number AS order_number, o.addresses, r.requested_at, o.customer_id,
           c.first_name, c.last_name, c.company, c.email, c.locale, c.branch_id
         FROM returns r JOIN orders o ON o.id = r.order_id JOIN customers c ON c.id = o.customer_id WHERE r.id = $1",
        args![id.0],
    )
    .await
}

/// The customer of an order, and their branch.
///
/// # Errors
/// When the database does not answer.
pub async fn find_buyer(q: &impl Query, order: OrderId) -> DbResult<Option<(CustomerId, Option<BranchId>)>> {
    let sql = "SELECT o.customer_id, c.branch_id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = $1";
    let row: Option<(i64, Option<i64>)> = q.optional(sql, args![order]).await?;
    Ok(row.map(|(customer, branch)| (CustomerId(customer), branch.map(BranchId))))
}
