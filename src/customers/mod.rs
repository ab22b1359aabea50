//! The customers wing: the list, the profile, and what hangs on a customer.

pub mod addresses;
#[cfg(feature = "ssr")]
mod audiences;
pub mod bulk;
pub mod groups;
#[cfg(feature = "ssr")]
pub mod index;
pub mod list;
pub mod memberships;
#[cfg(feature = "ssr")]
pub mod name;
pub mod notes;
pub mod palette;
pub mod profile;
pub mod segments;
pub mod tags;

/// The wing's own HTTP routes, beside pages and server functions.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::server::AppState> {
    axum::Router::new().route("/customers/new", axum::routing::post(profile::pages::add_customer))
}

/// Starts what follows the database for the list and the segments; the future ends when it has stopped, after `stop`.
#[cfg(feature = "ssr")]
pub fn start(state: &crate::server::AppState, stop: &tokio_util::sync::CancellationToken) -> impl Future<Output = ()> + use<> {
    let file = state.config.data_dir.join("customers.index");
    let index = tokio::spawn(state.index.clone().run(state.db.clone(), Some(file), stop.clone()));
    let days = tokio::spawn(list::service::follow_days(state.clone(), stop.clone()));
    let segments = tokio::spawn(segments::follow::run(state.clone(), stop.clone()));
    async {
        // A task that panicked has logged it.
        let _ = tokio::join!(index, days, segments);
    }
}
