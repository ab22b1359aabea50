//! The office wing: who works here, what they may, what they changed, and how the shop is set up.

#[cfg(feature = "ssr")]
pub mod alerts;
pub mod apikeys;
pub mod audit;
#[cfg(feature = "ssr")]
pub mod backup;
#[cfg(feature = "ssr")]
pub mod demo;
pub mod jobs;
#[cfg(feature = "ssr")]
pub mod outbox;
pub mod settings;
pub mod staff;
#[cfg(feature = "ssr")]
pub mod upkeep;

/// The wing's own HTTP routes, beside pages and server functions.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::server::AppState> {
    axum::Router::new().route("/jobs/{id}/events", axum::routing::get(jobs::events::follow))
}

/// Starts the wing's background tasks; the future ends when they have, after `stop`.
///
/// # Errors
/// When the database does not answer.
#[cfg(feature = "ssr")]
pub async fn start(
    state: &crate::server::AppState,
    stop: &tokio_util::sync::CancellationToken,
) -> anyhow::Result<impl Future<Output = ()> + use<>> {
    let worker = tokio::spawn(jobs::service::work(state.clone(), stop.clone()));
    let settings = tokio::spawn(settings::service::follow(state.clone(), stop.clone()));
    let nightly = tokio::spawn(jobs::nightly::follow(state.clone(), stop.clone()));
    let upkeep = tokio::spawn(upkeep::run(state.clone(), stop.clone()));
    Ok(async move {
        for task in [worker, settings, nightly, upkeep] {
            if let Err(error) = task.await {
                tracing::error!(%error, "a background task failed");
            }
        }
    })
}
