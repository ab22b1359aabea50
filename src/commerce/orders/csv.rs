//! One order as a CSV file: a row per line, amounts as plain numbers.

use super::records;
use crate::base::csv::{START, push_row, text};
use crate::base::{AppError, AppResult, Money, OrderId, Timestamp};
use crate::commerce::invoices::store as invoices;
use crate::office::staff::Right;
use crate::office::staff::sessions::Session;
use crate::server::AppState;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

const HEADINGS: [&str; 15] = [
    "order",
    "invoice",
    "placed_at",
    "status",
    "payment",
    "fulfilment",
    "sku",
    "item",
    "quantity",
    "unit_price",
    "discount",
    "tax_rate",
    "tax",
    "total",
    "currency",
];

/// `GET /orders/{id}/csv`.
pub async fn download(State(state): State<AppState>, session: Option<Extension<Session>>, Path(id): Path<String>) -> Response {
    match write(&state, session.as_deref(), &id).await {
        Ok((name, body)) => {
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
            ];
            (headers, body).into_response()
        }
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, error.to_string()).into_response()
        }
    }
}

async fn write(state: &AppState, session: Option<&Session>, id: &str) -> AppResult<(String, String)> {
    let staff = &session.ok_or(AppError::Unauthenticated)?.staff;
    if !staff.has(Right::View) {
        return Err(AppError::Forbidden);
    }
    let id: OrderId = id.parse().map_err(|_| AppError::NotFound)?;
    let (order, _) = records::find(&state.db, id, staff.branches.as_deref()).await?.ok_or(AppError::NotFound)?;
    let currency = super::service::currency(&order.currency)?;
    let money = |minor| Money::new(minor, currency).plain();
    let number = order.number.clone().unwrap_or_default();
    let placed = if order.placed_at > 0 { Timestamp(order.placed_at).rfc3339() } else { String::new() };
    let mut out = String::from(START);
    push_row(&mut out, &HEADINGS.map(str::to_owned));
    let invoice = invoices::find_of_order(&state.db, id).await?.map(|invoice| invoice.number).unwrap_or_default();
    for line in invoices::lines(&state.db, id, None).await? {
        push_row(
            &mut out,
            &[
                text(&number),
                text(&invoice),
                placed.clone(),
                order.status.clone(),
                order.payment_state.clone(),
                order.fulfilment_state.clone(),
                text(&line.sku),
                text(&line.name),
                line.quantity.to_string(),
                money(line.unit_price_minor),
                money(line.discount_minor),
                format!("{}.{:02}", line.tax_bp / 100, line.tax_bp % 100),
                money(line.tax_minor),
                money(line.total_minor),
                order.currency.clone(),
            ],
        );
    }
    // Only what a file name may hold everywhere.
    let safe: String = number.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let name = if safe.is_empty() { format!("draft-{id}.csv") } else { format!("order-{safe}.csv") };
    Ok((name, out))
}
