//! The SQL of the analytics: a customer's completed orders and what was in them.

use crate::args;
use crate::base::CustomerId;
use crate::server::{DbResult, Query};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OrderRecord {
    pub id: i64,
    pub placed_at: i64,
    pub placed_day: i64,
    pub value_minor: i64,
    pub units: i64,
}

/// Completed orders, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn orders(q: &impl Query, customer: CustomerId) -> DbResult<Vec<OrderRecord>> {
    q.all(
        "SELECT id, placed_at, placed_day, base_total_minor - base_gift_cards_minor - base_refunded_minor AS value_minor, units
         FROM orders WHERE customer_id = $1 AND status = 'placed' ORDER BY placed_at, id",
        args![customer],
    )
    .await
}

/// What was bought of one product, in orders of one currency and rate.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct BoughtRecord {
    pub product_id: Option<i64>,
    pub name: String,
    pub category: Option<String>,
    pub currency: String,
    pub rate: String,
    pub units: i64,
    pub net_minor: i64,
}

/// # Errors
/// When the database does not answer.
pub async fn bought(q: &impl Query, customer: CustomerId) -> DbResult<Vec<BoughtRecord>> {
    q.all(
        "SELECT l.product_id, COALESCE(p.name, l.name) AS name, c.name AS category, o.currency, o.rate,
           CAST(SUM(l.quantity) AS BIGINT) AS units,
           CAST(SUM(l.quantity * l.unit_price_minor - l.discount_minor) AS BIGINT) AS net_minor
         FROM orders o
         JOIN order_lines l ON l.order_id = o.id
         LEFT JOIN products p ON p.id = l.product_id
         LEFT JOIN categories c ON c.id = p.category_id
         WHERE o.customer_id = $1 AND o.status = 'placed'
         GROUP BY l.product_id, COALESCE(p.name, l.name), c.name, o.currency, o.rate",
        args![customer],
    )
    .await
}
