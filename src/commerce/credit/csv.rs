//! A month's statement as a CSV file: a row per entry, amounts as plain numbers.

use super::{Month, Statement, query};
use crate::base::csv::{START, push_row, text};
use crate::base::i18n::by_code;
use crate::base::{AppError, AppResult, CustomerId, Money};
use crate::customers::profile::store::get_visible;
use crate::office::staff::Right;
use crate::office::staff::sessions::Session;
use crate::server::AppState;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

const HEADINGS: [&str; 8] = ["date", "reason", "order", "note", "by", "amount", "balance", "currency"];

/// Which month.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    month: String,
}

/// `GET /customers/{id}/credit/statement.csv?month=2026-03`.
pub async fn download(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Response {
    match read(&state, session.as_deref(), &id, &wanted).await {
        Ok((id, statement)) => {
            let name = format!("store-credit-{id}-{}.csv", statement.month.code());
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
            ];
            (headers, write(&statement)).into_response()
        }
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, error.to_string()).into_response()
        }
    }
}

async fn read(state: &AppState, session: Option<&Session>, id: &str, wanted: &Wanted) -> AppResult<(CustomerId, Statement)> {
    let staff = &session.ok_or(AppError::Unauthenticated)?.staff;
    if !staff.has(Right::View) {
        return Err(AppError::Forbidden);
    }
    let id: CustomerId = id.parse().map_err(|_| AppError::NotFound)?;
    let id = get_visible(&state.db, staff.branches.as_deref(), id).await?;
    let month = if wanted.month.is_empty() { Month::of(state.today()) } else { Month::parse(&wanted.month)? };
    Ok((id, query::statement(state, id, month).await?))
}

fn write(statement: &Statement) -> String {
    let mut out = String::from(START);
    let money = |minor| Money::new(minor, statement.currency).plain();
    let currency = || statement.currency.code().to_owned();
    let total = |out: &mut String, day: String, what: &str, balance: i64| {
        let none = String::new;
        push_row(out, &[day, what.to_owned(), none(), none(), none(), none(), money(balance), currency()]);
    };
    push_row(&mut out, &HEADINGS.map(str::to_owned));
    total(&mut out, statement.month.first_day().iso(), "opening_balance", statement.opening);
    for entry in &statement.entries {
        push_row(
            &mut out,
            &[
                entry.at.day.iso(),
                entry.reason.code().to_owned(),
                entry.order.as_ref().map(|(_, number)| text(number)).unwrap_or_default(),
                text(&entry.note),
                text(&entry.by.name(by_code("en"))),
                money(entry.amount),
                money(entry.balance),
                currency(),
            ],
        );
    }
    total(&mut out, statement.month.next().first_day().iso(), "closing_balance", statement.closing);
    out
}
