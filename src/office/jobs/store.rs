//! All SQL of the job table.

use super::{JobStatus, JobView, kind};
use crate::args;
use crate::base::{JobId, StaffId, Timestamp};
use crate::server::db::dialect;
use crate::server::{DbResult, Query, Tx};
use serde::{Deserialize, Serialize};

/// So long a worker owns a job after each batch; a crashed one's is taken over when it has passed.
pub const LEASE: i64 = 30 * Timestamp::SECOND;

/// A job to be enqueued.
#[derive(Debug)]
pub struct NewJob<'a> {
    /// One of [`kind::ALL`].
    pub kind: &'a str,
    /// What the work needs to know, as JSON of its own.
    pub payload: &'a str,
    /// What it is about, for people: the name of the tag.
    pub subject: &'a str,
    /// Items to look at.
    pub total: i64,
    pub staff: Option<StaffId>,
    pub undo_of: Option<JobId>,
}

/// A claimed job.
#[derive(Clone, Debug)]
pub struct Job {
    pub id: JobId,
    pub kind: String,
    pub payload: String,
    pub subject: String,
    /// Where the next batch begins; what it counts is the work's own.
    pub cursor: i64,
    pub progress: i64,
    pub total: i64,
    pub changed: i64,
    /// The how-manieth claim this is: fences off a worker that lost its lease.
    pub attempt: i64,
    pub staff: Option<StaffId>,
    pub undo_of: Option<JobId>,
    pub created_at: Timestamp,
}

/// The small part of a job's row that progress shows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Outcome {
    subject: String,
    changed: i64,
}

impl Outcome {
    fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".into())
    }

    fn parse(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }
}

/// Adds a job, to be run once the caller's transaction is committed.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &Tx, new: NewJob<'_>, now: Timestamp) -> DbResult<JobId> {
    let outcome = Outcome { subject: new.subject.to_owned(), changed: 0 };
    let id = tx
        .insert(
            "INSERT INTO jobs (kind, payload, status, total, result, run_at, staff_id, undo_of, created_at)
             VALUES ($1, $2, 'queued', $3, $4, $5, $6, $7, $5) RETURNING id",
            args![new.kind, new.payload, new.total, outcome.json(), now, new.staff, new.undo_of],
        )
        .await?;
    Ok(JobId(id))
}

/// Due, and no earlier job of the same member is unfinished.
const DUE: &str = "status IN ('queued', 'running') AND run_at <= $1 AND lease_until <= $1
    AND NOT EXISTS (SELECT 1 FROM jobs earlier
                    WHERE earlier.staff_id = j.staff_id AND earlier.id < j.id AND earlier.status IN ('queued', 'running'))";

/// Whether [`claim`] would find a job; a read, so that an idle worker never writes.
///
/// # Errors
/// When the database does not answer.
pub async fn is_any_due(q: &impl Query, now: Timestamp) -> DbResult<bool> {
    Ok(q.integer(&format!("SELECT CAST(1 AS BIGINT) FROM jobs j WHERE {DUE} LIMIT 1"), args![now]).await? == 1)
}

#[derive(sqlx::FromRow)]
struct JobRow {
    id: i64,
    kind: String,
    payload: String,
    result: String,
    cursor_value: i64,
    progress: i64,
    total: i64,
    attempts: i64,
    staff_id: Option<i64>,
    undo_of: Option<i64>,
    created_at: i64,
}

impl From<JobRow> for Job {
    fn from(row: JobRow) -> Self {
        let outcome = Outcome::parse(&row.result);
        Self {
            id: JobId(row.id),
            kind: row.kind,
            payload: row.payload,
            subject: outcome.subject,
            cursor: row.cursor_value,
            progress: row.progress,
            total: row.total,
            changed: outcome.changed,
            attempt: row.attempts,
            staff: row.staff_id.map(StaffId),
            undo_of: row.undo_of.map(JobId),
            created_at: Timestamp(row.created_at),
        }
    }
}

const COLUMNS: &str = "id, kind, payload, result, cursor_value, progress, total, attempts, staff_id, undo_of, created_at";

/// Takes the job that has waited longest, for [`LEASE`].
///
/// # Errors
/// When the database does not answer.
pub async fn claim(tx: &Tx, now: Timestamp) -> DbResult<Option<Job>> {
    let lock = dialect::for_update_skip_locked(tx);
    let due: Option<(i64,)> =
        tx.optional(&format!("SELECT j.id FROM jobs j WHERE {DUE} ORDER BY run_at, id LIMIT 1{lock}"), args![now]).await?;
    let Some((id,)) = due else { return Ok(None) };
    let row: JobRow = tx
        .one(
            &format!(
                "UPDATE jobs SET status = 'running', attempts = attempts + 1, lease_until = $2, started_at = COALESCE(started_at, $3)
                 WHERE id = $1 RETURNING {COLUMNS}"
            ),
            args![id, now.plus(LEASE), now],
        )
        .await?;
    Ok(Some(row.into()))
}

/// A job's row as it was enqueued, whatever became of it.
///
/// # Errors
/// When the database does not answer.
pub async fn find(q: &impl Query, id: JobId) -> DbResult<Option<Job>> {
    let row: Option<JobRow> = q.optional(&format!("SELECT {COLUMNS} FROM jobs WHERE id = $1"), args![id]).await?;
    Ok(row.map(Job::from))
}

/// What became of a worker's progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Written; the job goes on.
    Ours,
    /// Written; somebody asks to stop.
    AskedToStop,
    /// Another worker owns the job now: nothing may be committed.
    Lost,
}

/// Writes a job's cursor, progress and changes, and renews the lease.
///
/// # Errors
/// When the database does not answer.
pub async fn advance(tx: &Tx, job: &Job, now: Timestamp) -> DbResult<Standing> {
    let outcome = Outcome { subject: job.subject.clone(), changed: job.changed };
    let asked: Option<(bool,)> = tx
        .optional(
            "UPDATE jobs SET cursor_value = $3, progress = $4, result = $5, lease_until = $6
             WHERE id = $1 AND attempts = $2 AND status = 'running' RETURNING cancel_requested",
            args![job.id, job.attempt, job.cursor, job.progress, outcome.json(), now.plus(LEASE)],
        )
        .await?;
    Ok(match asked {
        None => Standing::Lost,
        Some((true,)) => Standing::AskedToStop,
        Some((false,)) => Standing::Ours,
    })
}

/// Ends a job.
///
/// # Errors
/// When the database does not answer.
pub async fn finish(tx: &Tx, job: &Job, status: JobStatus, error: &str, now: Timestamp) -> DbResult<()> {
    tx.execute(
        "UPDATE jobs SET status = $3, error = $4, finished_at = $5, lease_until = 0
         WHERE id = $1 AND attempts = $2 AND status = 'running'",
        args![job.id, job.attempt, status.code(), error, now],
    )
    .await?;
    Ok(())
}

/// Gives a job back, to be claimed again at `run_at`.
///
/// # Errors
/// When the database does not answer.
pub async fn release(tx: &Tx, job: &Job, run_at: Timestamp) -> DbResult<()> {
    tx.execute(
        "UPDATE jobs SET status = 'queued', lease_until = 0, run_at = $3 WHERE id = $1 AND attempts = $2 AND status = 'running'",
        args![job.id, job.attempt, run_at],
    )
    .await?;
    Ok(())
}

/// Asks a job to stop after its batch; one that has not begun is stopped at once. False where it is over already.
///
/// # Errors
/// When the database does not answer.
pub async fn request_cancel(tx: &Tx, id: JobId, now: Timestamp) -> DbResult<bool> {
    let stopped = tx
        .execute(
            "UPDATE jobs SET cancel_requested = TRUE,
               status = CASE WHEN status = 'queued' THEN 'cancelled' ELSE status END,
               finished_at = CASE WHEN status = 'queued' THEN $2 ELSE finished_at END
             WHERE id = $1 AND status IN ('queued', 'running')",
            args![id, now],
        )
        .await?;
    Ok(stopped == 1)
}

#[derive(sqlx::FromRow)]
struct ViewRow {
    id: i64,
    kind: String,
    status: String,
    progress: i64,
    total: i64,
    result: String,
    error: String,
    staff_id: Option<i64>,
    undone: bool,
    forgotten: bool,
}

/// What people see, without the payload, which may be large.
const VIEW: &str = "SELECT j.id, j.kind, j.status, j.progress, j.total, j.result, j.error, j.staff_id,
      EXISTS (SELECT 1 FROM jobs u WHERE u.undo_of = j.id AND u.status <> 'failed' AND u.status <> 'cancelled') AS undone,
      j.payload IN ('', 'forgotten') AS forgotten
    FROM jobs j";

fn view(row: ViewRow) -> (JobView, Option<StaffId>) {
    let outcome = Outcome::parse(&row.result);
    let status = JobStatus::parse(&row.status).unwrap_or(JobStatus::Failed);
    let undoable = if outcome.changed > 0 { kind::UNDOABLE } else { kind::UNDOABLE_FOR_NOBODY };
    let mut view = JobView {
        id: JobId(row.id),
        undoable: !row.undone && !row.forgotten && undoable.contains(&row.kind.as_str()),
        kind: row.kind,
        subject: outcome.subject,
        status,
        progress: row.progress,
        total: row.total,
        changed: outcome.changed,
        error: row.error,
    };
    view.undoable &= view.is_over();
    (view, row.staff_id.map(StaffId))
}

/// A job as people see it, and whose it is.
///
/// # Errors
/// When the database does not answer.
pub async fn find_view(q: &impl Query, id: JobId) -> DbResult<Option<(JobView, Option<StaffId>)>> {
    let row: Option<ViewRow> = q.optional(&format!("{VIEW} WHERE j.id = $1"), args![id]).await?;
    Ok(row.map(view))
}

/// So long after its end an action is offered to be undone.
const RECENT: i64 = Timestamp::DAY;

/// A member's jobs that are not over, and those that ended lately and can be undone; oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_own(q: &impl Query, staff: StaffId, now: Timestamp) -> DbResult<Vec<JobView>> {
    let sql = format!(
        "{VIEW} WHERE j.staff_id = $1 AND (j.status IN ('queued', 'running') OR j.finished_at > $2) ORDER BY j.id DESC LIMIT 40"
    );
    let rows: Vec<ViewRow> = q.all(&sql, args![staff, now.plus(-RECENT)]).await?;
    let jobs = rows.into_iter().rev().map(|row| view(row).0);
    Ok(jobs.filter(|job| !job.is_over() || job.undoable).collect())
}

/// The newest job of a kind that is not over, whoever started it.
///
/// # Errors
/// When the database does not answer.
pub async fn find_unfinished(q: &impl Query, kind: &str) -> DbResult<Option<JobView>> {
    let sql = format!("{VIEW} WHERE j.kind = $1 AND j.status IN ('queued', 'running') ORDER BY j.id DESC LIMIT 1");
    let row: Option<ViewRow> = q.optional(&sql, args![kind]).await?;
    Ok(row.map(|row| view(row).0))
}

/// Asks every job of a kind to stop, since a new one takes their place.
///
/// # Errors
/// When the database does not answer.
pub async fn supersede(tx: &Tx, kind: &str, now: Timestamp) -> DbResult<()> {
    let rows: Vec<(i64,)> =
        tx.all("SELECT id FROM jobs WHERE kind = $1 AND status IN ('queued', 'running')", args![kind]).await?;
    for (id,) in rows {
        request_cancel(tx, JobId(id), now).await?;
    }
    Ok(())
}

/// A bulk action can be undone for so long after it ended.
pub const UNDOABLE_FOR: i64 = 30 * Timestamp::DAY;
/// What one transaction forgets: a few milliseconds of SQLite's only writer.
const FORGET_AT_ONCE: i64 = 2_000;

/// Forgets, in one short step, what an old job did to each customer; the job itself stays. False when there is nothing left
/// to forget.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(tx: &Tx, now: Timestamp) -> DbResult<bool> {
    let old: Option<(i64,)> = tx
        .optional(
            "SELECT j.id FROM jobs j WHERE j.finished_at < $1 AND j.payload <> ''
               AND NOT EXISTS (SELECT 1 FROM jobs u WHERE u.undo_of = j.id AND u.status IN ('queued', 'running'))
             ORDER BY j.id LIMIT 1",
            args![now.0 - UNDOABLE_FOR],
        )
        .await?;
    let Some((id,)) = old else { return Ok(false) };
    let gone = tx
        .execute(
            "DELETE FROM job_customers WHERE job_id = $1
               AND customer_id IN (SELECT customer_id FROM job_customers WHERE job_id = $1 ORDER BY customer_id LIMIT $2)",
            args![id, FORGET_AT_ONCE],
        )
        .await?;
    // From the first step on it cannot be undone: half of what it did would be worse than none.
    let payload = if gone == 0 { "" } else { "forgotten" };
    tx.execute("UPDATE jobs SET payload = $2 WHERE id = $1", args![id, payload]).await?;
    Ok(true)
}
