//! The server functions of invoices.

use super::OrderInvoices;
#[cfg(feature = "ssr")]
use super::service;
use crate::base::{AppError, InvoiceId, OrderId, Wire};
#[cfg(feature = "ssr")]
use crate::office::staff::Right;
#[cfg(feature = "ssr")]
use crate::server::authorise;
use leptos::prelude::*;

/// The invoice and credit notes of an order.
#[server(protocol = Wire)]
pub async fn list_order_invoices(order: OrderId) -> Result<OrderInvoices, AppError> {
    let ctx = authorise(Right::View)?;
    service::of_order(&ctx, order).await
}

/// Issues the invoice of an order, or yields the one that was issued.
#[server(protocol = Wire)]
pub async fn issue_invoice(order: OrderId) -> Result<InvoiceId, AppError> {
    let ctx = authorise(Right::EditOrders)?;
    service::issue_invoice(&ctx, order).await
}

/// Issues the credit notes that an order's refunds lack; yields how many.
#[server(protocol = Wire)]
pub async fn issue_credit_notes(order: OrderId) -> Result<usize, AppError> {
    let ctx = authorise(Right::EditOrders)?;
    service::issue_credit_notes(&ctx, order).await
}

/// Sends an invoice or credit note to its customer's email. The same `key` again sends nothing more.
#[server(protocol = Wire)]
pub async fn email_invoice(invoice: InvoiceId, key: String) -> Result<(), AppError> {
    let ctx = authorise(Right::EditOrders)?;
    super::email::email(&ctx, invoice, &key).await
}
