//! All SQL of one order and what belongs to it, as far as it is read.

use super::store::{COLUMNS, OrderRecord, in_branches};
use crate::args;
use crate::base::{BranchId, CustomerId, OrderId};
use crate::server::{DbResult, Query};

/// What an order's page needs besides its row.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OrderExtras {
    pub subtotal_minor: i64,
    pub discount_minor: i64,
    pub shipping_minor: i64,
    pub tax_minor: i64,
    pub refunded_minor: i64,
    pub base_total_minor: i64,
    pub addresses: String,
    pub tracking: String,
    pub state_since: i64,
    pub created_at: i64,
    pub version: i64,
    pub channel: String,
    pub due_at: i64,
    pub steps: String,
    pub buyer_orders: i64,
    pub buyer_spent_minor: i64,
    /// Whether there are any, so that nobody has to look for them.
    pub has_refunds: bool,
    pub has_shipments: bool,
    pub has_returns: bool,
}

#[derive(sqlx::FromRow)]
struct Found {
    #[sqlx(flatten)]
    record: OrderRecord,
    #[sqlx(flatten)]
    extras: OrderExtras,
}

/// An order that exists for somebody with this scope.
///
/// # Errors
/// When the database does not answer.
pub async fn find(q: &impl Query, id: OrderId, scope: Option<&[BranchId]>) -> DbResult<Option<(OrderRecord, OrderExtras)>> {
    let mut args = args![id];
    let within = scope.map(|branches| format!(" AND {}", in_branches("c.branch_id", branches, &mut args))).unwrap_or_default();
    let has = |table| format!("EXISTS (SELECT 1 FROM {table} x WHERE x.order_id = o.id) AS has_{table}");
    let sql = format!(
        "SELECT {COLUMNS}, o.subtotal_minor, o.discount_minor, o.shipping_minor, o.tax_minor, o.refunded_minor, o.base_total_minor,
           o.addresses, o.tracking, o.state_since, o.created_at, o.version, o.channel, o.due_at, o.steps,
           COALESCE(st.orders_count, 0) AS buyer_orders, COALESCE(st.spent_minor, 0) AS buyer_spent_minor, {}, {}, {}
         FROM (SELECT o.*, o.placed_at AS sort_value, CAST(NULL AS BIGINT) AS total FROM orders o WHERE o.id = $1) AS o
         JOIN stores s ON s.id = o.store_id JOIN customers c ON c.id = o.customer_id
         LEFT JOIN customer_stats st ON st.customer_id = o.customer_id WHERE 1 = 1{within}",
        has("refunds"),
        has("shipments"),
        has("returns")
    );
    let found = q.optional::<Found>(&sql, args).await?;
    Ok(found.map(|found| (found.record, found.extras)))
}

/// Whose order it is.
///
/// # Errors
/// When the database does not answer.
pub async fn find_customer(q: &impl Query, id: OrderId) -> DbResult<Option<CustomerId>> {
    let row: Option<(i64,)> = q.optional("SELECT customer_id FROM orders WHERE id = $1", args![id]).await?;
    Ok(row.map(|(customer,)| CustomerId(customer)))
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
    pub total_minor: i64,
    pub returned: i64,
    pub is_gift_card: bool,
}

/// # Errors
/// When the database does not answer.
pub async fn lines(q: &impl Query, order: OrderId) -> DbResult<Vec<LineRecord>> {
    q.all(
        "SELECT l.id, l.name, l.sku, l.quantity, l.unit_price_minor, l.discount_minor, l.tax_minor, l.total_minor,
           CAST(COALESCE((SELECT SUM(rl.quantity) FROM return_lines rl JOIN returns r ON r.id = rl.return_id
                          WHERE rl.line_id = l.id AND r.status <> 'refused'), 0) AS BIGINT) AS returned,
           COALESCE(p.kind, 'goods') = 'gift_card' AS is_gift_card
         FROM order_lines l LEFT JOIN products p ON p.id = l.product_id WHERE l.order_id = $1 ORDER BY l.id",
        args![order],
    )
    .await
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PaymentRecord {
    pub id: i64,
    pub method: String,
    pub status: String,
    pub amount_minor: i64,
    pub currency: String,
    pub refunded_minor: i64,
    pub reference: String,
    pub points: i64,
    pub author: Option<String>,
    pub at: i64,
}

/// # Errors
/// When the database does not answer.
pub async fn payments(q: &impl Query, order: OrderId) -> DbResult<Vec<PaymentRecord>> {
    q.all(
        "SELECT y.id, y.method, y.status, y.amount_minor, y.currency, y.refunded_minor, y.reference, y.points, st.name AS author, y.at
         FROM payments y LEFT JOIN staff st ON st.id = y.staff_id WHERE y.order_id = $1 ORDER BY y.id",
        args![order],
    )
    .await
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RefundRecord {
    pub id: i64,
    pub amount_minor: i64,
    pub currency: String,
    pub reason: String,
    pub author: Option<String>,
    pub at: i64,
}

/// # Errors
/// When the database does not answer.
pub async fn refunds(q: &impl Query, order: OrderId) -> DbResult<Vec<RefundRecord>> {
    q.all(
        "SELECT r.id, r.amount_minor, r.currency, r.reason, st.name AS author, r.at
         FROM refunds r LEFT JOIN staff st ON st.id = r.staff_id WHERE r.order_id = $1 ORDER BY r.id",
        args![order],
    )
    .await
}

/// Where the refunds of an order went: which refund, the way, how much, how many points.
///
/// # Errors
/// When the database does not answer.
pub async fn refund_parts(q: &impl Query, order: OrderId) -> DbResult<Vec<(i64, String, i64, i64)>> {
    q.all(
        "SELECT p.refund_id, p.method, CAST(SUM(p.amount_minor) AS BIGINT), CAST(SUM(p.points) AS BIGINT)
         FROM refunds r JOIN refund_parts p ON p.refund_id = r.id WHERE r.order_id = $1
         GROUP BY p.refund_id, p.method ORDER BY p.refund_id, p.method",
        args![order],
    )
    .await
}

/// What an order earned, and what was taken back and written off of that.
///
/// # Errors
/// When the database does not answer.
pub async fn points(q: &impl Query, order: OrderId) -> DbResult<Option<(i64, i64, i64)>> {
    q.optional("SELECT earned, taken_back, written_off FROM loyalty_order_points WHERE order_id = $1", args![order]).await
}

/// A customer's store credit and points, as lists show them.
///
/// # Errors
/// When the database does not answer.
pub async fn balances(q: &impl Query, customer: CustomerId) -> DbResult<(i64, i64)> {
    let sql = "SELECT credit_minor, points FROM customer_stats WHERE customer_id = $1";
    Ok(q.optional(sql, args![customer]).await?.unwrap_or_default())
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct HistoryRecord {
    pub kind: String,
    pub detail: String,
    pub author: Option<String>,
    pub at: i64,
}

/// Newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn history(q: &impl Query, order: OrderId) -> DbResult<Vec<HistoryRecord>> {
    q.all(
        "SELECT h.kind, h.detail, st.name AS author, h.at FROM order_history h LEFT JOIN staff st ON st.id = h.staff_id
         WHERE h.order_id = $1 ORDER BY h.at DESC, h.id DESC",
        args![order],
    )
    .await
}

/// The orders that the customer placed just before and just after this one; a draft has no neighbours.
///
/// # Errors
/// When the database does not answer.
pub async fn neighbours(q: &impl Query, order: &OrderRecord) -> DbResult<(Option<OrderId>, Option<OrderId>)> {
    if order.placed_at == 0 {
        return Ok((None, None));
    }
    let next_to = async |than: &str, direction: &str| {
        let sql = format!(
            "SELECT id FROM orders WHERE customer_id = $1 AND status <> 'draft' AND (placed_at, id) {than} ($2, $3)
             ORDER BY placed_at {direction}, id {direction} LIMIT 1"
        );
        let found: Option<(i64,)> = q.optional(&sql, args![order.customer_id, order.placed_at, order.id]).await?;
        DbResult::Ok(found.map(|(id,)| OrderId(id)))
    };
    Ok((next_to("<", "DESC").await?, next_to(">", "ASC").await?))
}
