//! The messages wing: what the shop writes to its customers, and how it gets there.

#[cfg(feature = "ssr")]
pub mod campaigns;
#[cfg(feature = "ssr")]
pub mod delivery;
#[cfg(feature = "ssr")]
pub mod reports;
pub mod suppression;
#[cfg(feature = "ssr")]
pub mod transport;
#[cfg(feature = "ssr")]
pub mod unsubscribe;

/// The wing's routes that stand outside of sessions: mail servers and people without an account here call them.
#[cfg(feature = "ssr")]
pub fn public_routes() -> axum::Router<crate::server::AppState> {
    unsubscribe::routes().merge(reports::routes())
}
