//! The wing's own HTTP routes, beside pages and server functions.

use super::{credit, orders};
use crate::server::AppState;
use axum::Router;
use axum::routing::get;

/// Downloads.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/customers/{id}/credit/statement.csv", get(credit::csv::download))
        .route("/orders/{id}/csv", get(orders::csv::download))
}
