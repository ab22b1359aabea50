//! Once an hour: what nobody can use any more goes — failures that are forgotten, sessions that ended long ago, and what bulk
//! actions wrote down for an undo that nobody will ask for.

use super::{jobs, staff};
use crate::base::AppResult;
use crate::server::AppState;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(3600);

/// Cleans up again and again until `stop`, first soon after the start.
pub async fn run(state: AppState, stop: CancellationToken) {
    let mut wait = Duration::from_secs(60);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => wait = EVERY,
        }
        if let Err(error) = clean(&state).await {
            tracing::warn!(%error, "cleaning up failed; the next hour tries again");
        }
    }
}

/// Cleans up once, in short transactions.
///
/// # Errors
/// When the database does not answer.
pub async fn clean(state: &AppState) -> AppResult<()> {
    let now = state.clock.now();
    let tx = state.db.begin().await?;
    staff::throttle::purge(&tx, now).await?;
    staff::sessions::purge(&tx, now).await?;
    tx.commit().await?;
    loop {
        let tx = state.db.begin().await?;
        let more = jobs::store::forget(&tx, now).await?;
        tx.commit().await?;
        if !more {
            return Ok(());
        }
    }
}
