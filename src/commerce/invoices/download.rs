//! Invoices and labels as files.

use super::service;
use super::store::InvoiceRecord;
use crate::base::{AppError, AppResult, BranchId, InvoiceId, OrderId, RETRY_AFTER_SECONDS, ReturnId};
use crate::office::staff::Right;
use crate::office::staff::sessions::Session;
use crate::server::AppState;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

type Asker = Option<Extension<Session>>;

/// `GET /orders/{id}/invoice.pdf`: the invoice that was issued.
pub async fn of_order(State(state): State<AppState>, session: Asker, Path(id): Path<String>) -> Response {
    let file = async {
        let order: OrderId = id.parse().map_err(|_| AppError::NotFound)?;
        let invoice = service::get_of_order(&state.db, order, scope(session.as_deref())?).await?;
        invoice_file(&invoice).await
    };
    answer(file.await)
}

/// `GET /invoices/{id}/pdf`.
pub async fn invoice(State(state): State<AppState>, session: Asker, Path(id): Path<String>) -> Response {
    let file = async {
        let id: InvoiceId = id.parse().map_err(|_| AppError::NotFound)?;
        let invoice = service::get(&state.db, id, scope(session.as_deref())?).await?;
        invoice_file(&invoice).await
    };
    answer(file.await)
}

/// `GET /returns/{id}/label.pdf`.
pub async fn label(State(state): State<AppState>, session: Asker, Path(id): Path<String>) -> Response {
    let file = async {
        let id: ReturnId = id.parse().map_err(|_| AppError::NotFound)?;
        let found = service::get_return(&state.db, id, scope(session.as_deref())?).await?;
        let bytes = service::label_pdf(&state, id).await?;
        Ok((format!("return-{}", found.number), bytes))
    };
    answer(file.await)
}

/// The branches whose customers exist for the asker.
fn scope(session: Option<&Session>) -> AppResult<Option<&[BranchId]>> {
    let staff = &session.ok_or(AppError::Unauthenticated)?.staff;
    if staff.has(Right::View) { Ok(staff.branches.as_deref()) } else { Err(AppError::Forbidden) }
}

async fn invoice_file(invoice: &InvoiceRecord) -> AppResult<(String, Vec<u8>)> {
    let bytes = service::draw(invoice).await?;
    Ok((invoice.number.clone(), bytes))
}

/// A file under a name, or what went wrong.
fn answer(file: AppResult<(String, Vec<u8>)>) -> Response {
    match file {
        Ok((name, bytes)) => {
            let headers = [
                (header::CONTENT_TYPE, "application/pdf".to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.pdf\"", safe(&name))),
            ];
            (headers, bytes).into_response()
        }
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = (status, error.to_string()).into_response();
            if error == AppError::Unavailable {
                response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS.into());
            }
            response
        }
    }
}

/// Only what a file name may hold everywhere.
fn safe(name: &str) -> String {
    let safe: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' }).collect();
    safe.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_everywhere() {
        assert_eq!(safe("INV-web-000001"), "INV-web-000001");
        assert_eq!(safe("../R\"e\r\n: 1"), "R-e----1");
    }
}
