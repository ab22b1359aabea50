//! What runs once a day: enqueued by the first server that sees a new day in the shop's zone, whichever that is and whenever
//! it comes up.

use super::kind;
use super::store::{NewJob, insert};
use crate::args;
use crate::server::{AppState, DbResult, Query};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A new day is noticed after so long.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Looks for a new day again and again until `stop`.
pub async fn follow(state: AppState, stop: CancellationToken) {
    loop {
        if let Err(error) = enqueue(&state).await {
            tracing::warn!(%error, "the nightly jobs could not be enqueued");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Enqueues today's jobs, unless somebody has; yields whether it did.
///
/// # Errors
/// When the database does not answer.
pub async fn enqueue(state: &AppState) -> DbResult<bool> {
    let (today, now) = (i64::from(state.today().0), state.clock.now());
    // The setting's value is the last day that was begun; whoever moves it on begins the next.
    if state.db.integer("SELECT CAST(value AS BIGINT) FROM settings WHERE key = 'jobs.nightly_day'", args![]).await? >= today {
        return Ok(false);
    }
    let tx = state.db.begin().await?;
    let begun = tx
        .execute(
            "INSERT INTO settings (key, value, updated_at) VALUES ('jobs.nightly_day', $1, $2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
             WHERE CAST(settings.value AS BIGINT) < CAST(excluded.value AS BIGINT)",
            args![today.to_string(), now],
        )
        .await?;
    if begun == 0 {
        return Ok(false);
    }
    for kind in kind::NIGHTLY {
        let job = NewJob { kind, payload: "{}", subject: "", total: 0, staff: None, undo_of: None };
        insert(&tx, job, now).await?;
    }
    tx.commit().await?;
    state.job_added.notify_one();
    Ok(true)
}
