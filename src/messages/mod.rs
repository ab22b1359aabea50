//! The messages wing: what the shop writes to its customers, and how it gets there.

pub mod campaigns;
pub mod composer;
#[cfg(feature = "ssr")]
pub mod delivery;
pub mod outbox;
#[cfg(feature = "ssr")]
pub mod reactions;
#[cfg(feature = "ssr")]
pub mod reports;
pub mod suppression;
pub mod templates;
#[cfg(feature = "ssr")]
pub mod transport;
#[cfg(feature = "ssr")]
pub mod unsubscribe;

/// The wing's own HTTP routes, beside pages and server functions.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::server::AppState> {
    axum::Router::new()
        .route("/campaigns/{id}/events", axum::routing::get(campaigns::events::follow))
        .route("/campaigns/{id}/recipients.csv", axum::routing::get(campaigns::export::download))
        .route("/outbox/{id}/eml", axum::routing::get(outbox::download::eml))
}

/// The wing's routes that stand outside of sessions: mail servers and people without an account here call them, and browsers
/// the empty pages that mails are shown in.
#[cfg(feature = "ssr")]
pub fn public_routes() -> axum::Router<crate::server::AppState> {
    unsubscribe::routes().merge(reports::routes()).merge(reactions::routes()).merge(templates::stage::routes())
}
