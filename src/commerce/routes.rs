//! The wing's own HTTP routes, beside pages and server functions.

use super::{credit, invoices, orders};
use crate::server::AppState;
use axum::Router;
use axum::routing::get;

/// Downloads.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/customers/{id}/credit/statement.csv", get(credit::csv::download))
        .route("/invoices/{id}/pdf", get(invoices::download::invoice))
        .route("/orders/{id}/csv", get(orders::csv::download))
        .route("/orders/{id}/invoice.pdf", get(invoices::download::of_order))
        .route("/returns/{id}/label.pdf", get(invoices::download::label))
}
