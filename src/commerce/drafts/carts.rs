//! Carts of the shop front: each is a draft of its customer, found by the token that the shop front gave it.

use super::rest::CartInput;
use super::rest_input::lines;
use super::{CreditWish, DraftEdit, NewDraft, service};
use crate::args;
use crate::base::{CustomerId, OrderId, Timestamp, contact};
use crate::commerce::orders::{Clerk, DraftKind, OrderStatus};
use crate::server::rest::Answer;
use crate::server::{DbResult, Query, Tx};

/// The customer with this email.
///
/// # Errors
/// When the database does not answer.
pub async fn customer_of(q: &impl Query, email: &str) -> DbResult<Option<CustomerId>> {
    let sql = "SELECT id FROM customers WHERE email_key = $1 AND merged_into_id IS NULL AND anonymised_at IS NULL";
    let row: Option<(i64,)> = q.optional(sql, args![contact::email_key(email)]).await?;
    Ok(row.map(|(id,)| CustomerId(id)))
}

/// Keeps what is in a cart; yields its draft, which goes when the cart is empty.
///
/// # Errors
/// As [`service::create`] and [`service::change`].
pub async fn put(tx: &Tx, clerk: &Clerk<'_>, token: &str, customer: CustomerId, input: &CartInput) -> Answer<Option<OrderId>> {
    let open = hold(tx, token, customer, clerk.now()).await?;
    if input.lines.is_empty() {
        if let Some(order) = open {
            service::delete(tx, clerk, order).await?;
        }
        return Ok(None);
    }
    let edit = DraftEdit {
        lines: lines(tx, &input.lines).await?,
        codes: input.codes.clone(),
        credit: CreditWish::All,
        ..DraftEdit::default()
    };
    if let Some(order) = open {
        service::change(tx, clerk, order, None, &edit).await?;
        return Ok(Some(order));
    }
    let new =
        NewDraft { customer, store: None, kind: DraftKind::AbandonedCart, currency: input.currency.as_deref(), rate: None, edit };
    let order = service::create(tx, clerk, new).await?;
    tx.execute("UPDATE carts SET order_id = $2, updated_at = $3 WHERE token = $1", args![token, order, clerk.now()]).await?;
    Ok(Some(order))
}

/// Locks a cart, which is made where it is missing; yields its draft while that is this customer's and was not placed.
async fn hold(tx: &Tx, token: &str, customer: CustomerId, now: Timestamp) -> DbResult<Option<OrderId>> {
    let (order,): (Option<i64>,) = tx
        .one(
            "INSERT INTO carts (token, updated_at) VALUES ($1, $2)
             ON CONFLICT (token) DO UPDATE SET updated_at = excluded.updated_at RETURNING order_id",
            args![token, now],
        )
        .await?;
    let sql = "SELECT id FROM orders WHERE id = $1 AND customer_id = $2 AND status = $3";
    let row: Option<(i64,)> = tx.optional(sql, args![order.unwrap_or(0), customer, OrderStatus::Draft.code()]).await?;
    Ok(row.map(|(id,)| OrderId(id)))
}
