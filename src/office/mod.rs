//! The office wing: who works here, what they may, what they changed, and how the shop is set up.

pub mod audit;
pub mod settings;
pub mod staff;

/// The wing's own HTTP routes, beside pages and server functions.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::server::AppState> {
    axum::Router::new()
}

/// Starts the wing's background tasks; the future ends when they have, after `stop`.
///
/// # Errors
/// When the database does not answer.
#[cfg(feature = "ssr")]
pub async fn start(
    _state: &crate::server::AppState,
    _stop: &tokio_util::sync::CancellationToken,
) -> anyhow::Result<impl Future<Output = ()> + use<>> {
    Ok(async {})
}
