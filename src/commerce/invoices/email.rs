//! Sending an invoice by email: what is queued says which one, and the sender attaches its PDF.

use super::InvoiceKind;
use super::service::get;
use crate::args;
use crate::base::{AppError, AppResult, CustomerId, InvoiceId, OrderId};
use crate::commerce::orders::write::tell;
use crate::customers::profile::mail;
use crate::office::audit::store::{Entry, record};
use crate::server::{Context, Query};
use serde_json::json;

/// Queues the mail with an invoice or credit note to its customer, told of in the order's history. `key` is the click's: the same
/// one again, by whatever came between, sends nothing more.
///
/// # Errors
/// [`AppError::NotFound`] for one that does not exist for this member; [`AppError::Invalid`] on `key` and for a customer without
/// an address.
pub async fn email(ctx: &Context, id: InvoiceId, key: &str) -> AppResult<()> {
    if !(1..=64).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(AppError::invalid("key", "invoices.key_invalid"));
    }
    let tx = ctx.state.db.begin().await?;
    let invoice = get(&tx, id, ctx.scope()).await?;
    if invoice.email.is_empty() {
        return Err(AppError::invalid("email", "invoices.no_email"));
    }
    let key = format!("invoice:{id}:{key}");
    if tx.integer("SELECT COUNT(*) FROM outbox WHERE dedup_key = $1", args![key.as_str()]).await? > 0 {
        return Ok(());
    }
    let (customer, order, now) = (CustomerId(invoice.customer_id), OrderId(invoice.order_id), ctx.state.clock.now());
    let data = json!({ "invoice_id": id.0, "kind": invoice.kind, "number": invoice.number, "order_id": order.0 });
    let template = if invoice.kind == InvoiceKind::CreditNote.code() { "credit_note" } else { "invoice" };
    mail::queue(&tx, customer, template, data, &key, now).await?;
    tell(&tx, order, "invoice_sent", &invoice.number, Some(ctx.staff.id), now).await?;
    let entry = Entry { action: "invoice.sent", entity: "order", entity_id: order.0, customer: Some(customer), changes: &[] };
    record(&tx, &ctx.actor(), entry).await?;
    Ok(tx.commit().await?)
}
