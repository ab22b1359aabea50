//! Running jobs: the worker, and what a person may ask of a job.

use super::store::{self, Job, NewJob, Standing};
use super::{JobStatus, JobView, kind};
use crate::base::{AppError, AppResult, JobId, StaffId, Timestamp};
use crate::office::audit::store::{Entry, record};
use crate::office::staff::{CurrentStaff, Right};
use crate::server::db::dialect;
use crate::server::{AppState, Context, Tx};
use async_trait::async_trait;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// One kind of work, opened for one job.
#[async_trait]
pub trait Work: Send {
    /// What the next batch needs, read and computed before its transaction, which holds SQLite's only writer. Takes a few
    /// seconds at most: batches renew the lease.
    async fn prepare(&mut self) -> AppResult<()> {
        Ok(())
    }

    /// Does about `size` items from the job's cursor on, in the transaction that also keeps the progress.
    async fn step(&mut self, tx: &Tx, job: &Job, size: usize, now: Timestamp) -> AppResult<Step>;
}

/// What a batch did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where the next batch begins.
    pub cursor: i64,
    /// Items looked at.
    pub done: i64,
    /// Items changed.
    pub changed: i64,
    /// Nothing is left.
    pub last: bool,
}

/// The first batch's size; the next ones follow the time that a batch takes.
const FIRST_BATCH: usize = 200;
/// So much a batch does on the busiest machine: where all cores are taken a statement waits longer for its turn than its rows cost.
const SMALLEST_BATCH: usize = 200;
const LARGEST_BATCH: usize = 20_000;
/// A batch holds SQLite's only writer for so long, without its commit: below the 20 ms that nobody notices.
const BATCH_TIME: Duration = Duration::from_millis(12);
/// Between batches, so that whoever waits for the writer goes first.
const PAUSE: Duration = Duration::from_millis(2);
/// Jobs at once: a short one does not wait for a long one.
const AT_ONCE: usize = 4;
/// The worker looks by itself so often, for jobs of other servers and ones whose lease ran out.
const TICK: Duration = Duration::from_secs(1);
/// A job that the database kept from working tries again after so long.
const RETRY: i64 = 5 * Timestamp::SECOND;
/// A job that was claimed so often without ever finishing takes the server down each time, it seems.
const MOST_ATTEMPTS: i64 = 50;

/// A claimed job at work. Dropped, it is as if the server had crashed: once the lease has run out it resumes from the last
/// committed batch.
pub struct Running {
    state: AppState,
    job: Job,
    work: Box<dyn Work>,
    size: usize,
}

impl Running {
    /// Claims the next due job, if any; one that cannot be opened has failed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn claim(state: &AppState) -> AppResult<Option<Self>> {
        loop {
            let now = state.clock.now();
            if !store::is_any_due(&state.db, now).await? {
                return Ok(None);
            }
            let tx = state.db.begin().await?;
            let Some(job) = store::claim(&tx, now).await? else { return Ok(None) };
            tx.commit().await?;
            let opened = if job.attempt > MOST_ATTEMPTS {
                Err(crate::server::internal(&format!("job {} was claimed {} times", job.id, job.attempt)))
            } else {
                crate::work::open(state, &job).await
            };
            match opened {
                Ok(work) => return Ok(Some(Self { state: state.clone(), job, work, size: FIRST_BATCH })),
                Err(error) => fail(state, &job, &error).await?,
            }
        }
    }

    /// Does one batch; true while there is more to do.
    ///
    /// # Errors
    /// What the work fails with; nothing of the batch is kept then.
    pub async fn step(&mut self) -> AppResult<bool> {
        self.work.prepare().await?;
        let tx = self.state.db.begin().await?;
        let started = Instant::now();
        let now = self.state.clock.now();
        let step = self.work.step(&tx, &self.job, self.size, now).await?;
        self.job.cursor = step.cursor;
        self.job.progress += step.done;
        self.job.changed += step.changed;
        let end = match store::advance(&tx, &self.job, now).await? {
            Standing::Lost => return Ok(false),
            _ if step.last => Some(JobStatus::Done),
            Standing::AskedToStop => Some(JobStatus::Cancelled),
            Standing::Ours => None,
        };
        if let Some(status) = end {
            store::finish(&tx, &self.job, status, "", now).await?;
        }
        // What the disk takes for a commit does not depend on the size: counted in, a slow one would make every batch the smallest.
        let took = started.elapsed();
        tx.commit().await?;
        self.size = next_size(self.size, took);
        if end.is_some() {
            // Whoever waits for the job looks at the list next.
            self.state.changed().await;
        }
        Ok(end.is_none())
    }

    /// Works until nothing is left, somebody asks to stop, or the server stops.
    async fn run(mut self, stop: CancellationToken) {
        let released_until = loop {
            match self.step().await {
                Ok(true) if stop.is_cancelled() => break self.state.clock.now(),
                Ok(true) => tokio::time::sleep(PAUSE).await,
                Ok(false) => return,
                Err(AppError::Unavailable) => break self.state.clock.now().plus(RETRY),
                Err(error) => {
                    if let Err(error) = fail(&self.state, &self.job, &error).await {
                        tracing::error!(job = %self.job.id, %error, "a job's failure could not be written");
                    }
                    return;
                }
            }
        };
        let released = async {
            let tx = self.state.db.begin().await?;
            store::release(&tx, &self.job, released_until).await?;
            tx.commit().await
        };
        if let Err(error) = released.await {
            tracing::warn!(job = %self.job.id, %error, "a job was not given back; its lease will run out");
        }
    }
}

/// The size with which a batch would take [`BATCH_TIME`], by what the last one took before its commit; at most twice or half the last.
fn next_size(size: usize, took: Duration) -> usize {
    let fitting = size as f64 * BATCH_TIME.as_secs_f64() / took.as_secs_f64().max(1e-6);
    (fitting as usize).clamp(size / 2, size * 2).clamp(SMALLEST_BATCH, LARGEST_BATCH)
}

async fn fail(state: &AppState, job: &Job, error: &AppError) -> AppResult<()> {
    tracing::error!(job = %job.id, kind = %job.kind, %error, "a job failed");
    let tx = state.db.begin().await?;
    store::finish(&tx, job, JobStatus::Failed, error.message_key(), state.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Runs due jobs until `stop`; the future ends when the batches at work are committed.
pub async fn work(state: AppState, stop: CancellationToken) {
    let mut running = JoinSet::new();
    while !stop.is_cancelled() {
        while running.len() < AT_ONCE {
            match Running::claim(&state).await {
                Ok(Some(job)) => {
                    running.spawn(job.run(stop.clone()));
                }
                Ok(None) => break,
                Err(error) => {
                    tracing::warn!(%error, "no job could be claimed");
                    break;
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = state.job_added.notified() => {}
            () = tokio::time::sleep(TICK) => {}
            Some(_) = running.join_next(), if !running.is_empty() => {}
        }
    }
    while running.join_next().await.is_some() {}
}

/// Runs every due job to its end, one after the other: for tests and commands.
///
/// # Errors
/// What the first job to fail fails with.
pub async fn drain(state: &AppState) -> AppResult<()> {
    while let Some(mut job) = Running::claim(state).await? {
        while job.step().await? {}
    }
    Ok(())
}

/// Whether a member may see and stop a job: their own, or anybody's for those who manage the staff of all branches.
fn may_see(staff: &CurrentStaff, owner: Option<StaffId>) -> bool {
    owner == Some(staff.id) || staff.branches.is_none() && staff.has(Right::ManageStaff)
}

/// A job as `staff` may see it.
///
/// # Errors
/// [`AppError::NotFound`] for one that is not theirs, too.
pub async fn get(state: &AppState, staff: &CurrentStaff, id: JobId) -> AppResult<JobView> {
    let found = store::find_view(&state.db, id).await?;
    found.filter(|(_, owner)| may_see(staff, *owner)).map(|(view, _)| view).ok_or(AppError::NotFound)
}

/// Asks a job to stop. One that is over already stays as it is.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn cancel(ctx: &Context, id: JobId) -> AppResult<JobView> {
    get(&ctx.state, &ctx.staff, id).await?;
    let actor = ctx.actor();
    let tx = ctx.state.db.begin().await?;
    if store::request_cancel(&tx, id, actor.at).await? {
        let entry = Entry { action: "job.stopped", entity: "job", entity_id: id.0, customer: None, changes: &[] };
        record(&tx, &actor, entry).await?;
    }
    tx.commit().await?;
    get(&ctx.state, &ctx.staff, id).await
}

/// The advisory lock under which undoing begins, so that two clicks make one undo.
const UNDO_LOCK: i64 = 0x0002;

/// Starts a job that turns back what job `id` changed and nobody changed since.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] where there is nothing to undo: still at work, or undone already.
pub async fn undo(ctx: &Context, id: JobId) -> AppResult<JobView> {
    let actor = ctx.actor();
    let tx = ctx.state.db.begin().await?;
    dialect::advisory_lock(&tx, UNDO_LOCK).await?;
    let found = store::find_view(&tx, id).await?;
    let (done, _) = found.filter(|(_, owner)| may_see(&ctx.staff, *owner)).ok_or(AppError::NotFound)?;
    if !done.undoable {
        return Err(AppError::Conflict { message: "job.not_undoable".into() });
    }
    // Undone as far as the customers are still theirs to see.
    let scope = serde_json::to_string(&ctx.scope()).map_err(|error| crate::server::internal(&error))?;
    let new = NewJob {
        kind: kind::UNDO,
        payload: &scope,
        subject: &done.subject,
        total: done.changed,
        staff: Some(ctx.staff.id),
        undo_of: Some(id),
    };
    let undoing = store::insert(&tx, new, actor.at).await?;
    let entry = Entry { action: "job.undone", entity: "job", entity_id: id.0, customer: None, changes: &[] };
    record(&tx, &actor, entry).await?;
    tx.commit().await?;
    ctx.state.job_added.notify_one();
    get(&ctx.state, &ctx.staff, undoing).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_follow_the_time_they_take() {
        assert_eq!(next_size(800, Duration::from_millis(1)), 1_600);
        assert_eq!(next_size(800, Duration::from_millis(12)), 800);
        assert_eq!(next_size(800, Duration::from_millis(16)), 600);
        assert_eq!(next_size(800, Duration::from_secs(1)), 400);
        assert_eq!(next_size(SMALLEST_BATCH, Duration::from_secs(1)), SMALLEST_BATCH);
        assert_eq!(next_size(LARGEST_BATCH, Duration::ZERO), LARGEST_BATCH);
    }
}
