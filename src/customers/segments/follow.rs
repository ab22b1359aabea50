//! Following changes: whoever changed is looked at anew, a moment later.
//!
//! What the customer list shows is told by the change log, the rest by `segment_changes`. Where more changed than is worth looking at one by one
//! (an import, a bulk action on everybody), a sweep is asked for instead. Looking twice does no harm, so how far the log was followed is
//! noted after the work.

use super::refresh::{self, When};
use super::{standing, store, sweep};
use crate::base::{AppResult, CustomerId};
use crate::customers::index::{Log, Reading};
use crate::server::AppState;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often changes are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Customers looked at in one transaction: about 10 ms, in which they hold SQLite's only writer.
const BATCH: usize = 50;
/// From so many changed customers on a sweep is cheaper.
const MOST: i64 = 20_000;

/// Follows until `stop`. Errors are logged, and what failed is tried again.
pub async fn run(state: AppState, stop: CancellationToken) {
    let mut follower = Follower::default();
    loop {
        if let Err(error) = follower.catch_up(&state).await {
            tracing::warn!(%error, "the segments could not follow the database");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// How far it has come.
#[derive(Debug, Default)]
pub struct Follower {
    log: Option<Log>,
}

impl Follower {
    /// Looks at everybody who changed since the last time, and asks for a sweep where one is due. Yields how many memberships changed.
    ///
    /// # Errors
    /// When the database does not answer; what was written until then stays.
    pub async fn catch_up(&mut self, state: &AppState) -> AppResult<i64> {
        let changed = self.follow_log(state).await? + follow_waiting(state).await?;
        sweep::enqueue_due(state).await?;
        Ok(changed)
    }

    async fn follow_log(&mut self, state: &AppState) -> AppResult<i64> {
        let mut log = match self.log.take() {
            Some(log) => log,
            None => Log::from_position(store::position(&state.db).await?),
        };
        let Some(mut reading) = log.begin(&state.db).await? else {
            tracing::warn!("the database went back in time; all segments are swept");
            let log = Log::from_now_on(&state.db).await?;
            skip_to(state, &log).await?;
            self.log = Some(log);
            return Ok(0);
        };
        if store::count_logged(&state.db, log.position(), MOST + 1).await? > MOST {
            log.finish(&reading);
            skip_to(state, &log).await?;
            self.log = Some(log);
            return Ok(0);
        }
        let (seen, changed) = read(state, &mut log, &mut reading).await?;
        log.finish(&reading);
        if seen {
            let tx = state.db.begin().await?;
            store::set_position(&tx, log.position()).await?;
            tx.commit().await?;
        }
        self.log = Some(log);
        Ok(changed)
    }
}

/// Whether there was anything new, and how many memberships changed.
async fn read(state: &AppState, log: &mut Log, reading: &mut Reading) -> AppResult<(bool, i64)> {
    let (mut seen, mut changed) = (false, 0);
    while let Some(changes) = log.next(&state.db, reading).await? {
        let ids: Vec<CustomerId> = changes.iter().map(|(_, customer)| CustomerId(*customer)).collect();
        for ids in ids.chunks(BATCH) {
            let tx = state.db.begin().await?;
            store::lock_members(&tx).await?;
            let standing = standing::read(&tx, state).await?;
            changed += refresh::customers(&tx, &standing, ids, now(state)).await?;
            tx.commit().await?;
        }
        seen |= !changes.is_empty();
        log.know(&changes, reading);
    }
    Ok((seen, changed))
}

/// The log is passed over up to here, and all segments are swept.
async fn skip_to(state: &AppState, log: &Log) -> AppResult<()> {
    let tx = state.db.begin().await?;
    store::set_position(&tx, log.position()).await?;
    store::forget_sweeps(&tx).await?;
    tx.commit().await?;
    Ok(())
}

async fn follow_waiting(state: &AppState) -> AppResult<i64> {
    let mut changed = 0;
    loop {
        match store::count_waiting(&state.db, MOST + 1).await? {
            0 => return Ok(changed),
            waiting if waiting > MOST => {
                let tx = state.db.begin().await?;
                store::forget_waiting(&tx).await?;
                store::forget_sweeps(&tx).await?;
                tx.commit().await?;
            }
            _ => {
                let tx = state.db.begin().await?;
                store::lock_members(&tx).await?;
                let ids = store::take_waiting(&tx, BATCH).await?;
                let standing = standing::read(&tx, state).await?;
                changed += refresh::customers(&tx, &standing, &ids, now(state)).await?;
                tx.commit().await?;
            }
        }
    }
}

fn now(state: &AppState) -> When {
    When { today: state.today(), at: state.clock.now() }
}
