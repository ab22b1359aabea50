//! Use cases of the settings.

use crate::server::AppState;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Settings that another server changed are in force here after so long.
const RELOAD_EVERY: Duration = Duration::from_secs(10);

/// Reads the settings again and again until `stop`.
pub async fn follow(state: AppState, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RELOAD_EVERY) => {}
        }
        if let Err(error) = state.reload_settings().await {
            tracing::warn!(%error, "the settings could not be read again");
        }
    }
}
