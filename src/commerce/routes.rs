//! The wing's own HTTP routes, beside pages and server functions.

use super::orders;
use crate::server::AppState;
use axum::Router;
use axum::routing::get;

/// Downloads.
pub fn routes() -> Router<AppState> {
    Router::new().route("/orders/{id}/csv", get(orders::csv::download))
}
