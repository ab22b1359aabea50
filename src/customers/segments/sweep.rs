//! Looking at everybody: once a day has gone by, a rule became another, or so much changed that one by one takes longer.
//!
//! A background job. For each segment that is due, SQL finds who should be in it and is not, and who is and should not be, while others go on
//! working; then those are looked at again in short transactions, under the lock under which changes are followed.

use super::Cause;
use super::refresh::{self, When};
use super::standing::{self, Standing};
use super::store::{self, Swept};
use crate::args;
use crate::base::{AppResult, CustomerId, Day, SegmentId, Timestamp};
use crate::office::jobs::kind;
use crate::office::jobs::service::{Step, Work};
use crate::office::jobs::store::{Job, NewJob, insert};
use crate::rules::Rule;
use crate::rules::query::{self, Found, found};
use crate::rules::sql::Ask;
use crate::server::{AppState, DbResult, Query, Tx};
use async_trait::async_trait;
use std::collections::VecDeque;

/// Unasked, since some things move many customers and are told by no log, such as putting products into another category.
const AT_LEAST_EVERY: i64 = Timestamp::HOUR;
/// After a sweep that failed.
const RETRY: i64 = 5 * 60 * Timestamp::SECOND;

fn is_due(state: Option<&Swept>, standing: &Standing, today: Day, now: Timestamp) -> bool {
    state.is_none_or(|swept| {
        swept.swept_rule != standing.text || swept.swept_day != i64::from(today.0) || swept.swept_at < now.0 - AT_LEAST_EVERY
    })
}

/// The segments that are due.
async fn due(q: &impl Query, state: &AppState) -> AppResult<Vec<SegmentId>> {
    let (today, now) = (state.today(), state.clock.now());
    let states = store::states(q).await?;
    let standing = standing::read(q, state).await?;
    let due = standing.iter().filter(|one| is_due(states.get(&one.id), one, today, now));
    Ok(due.map(|one| one.id).collect())
}

/// Starts a sweep where one is due and none is at work; yields whether it did.
///
/// # Errors
/// When the database does not answer.
pub async fn enqueue_due(state: &AppState) -> AppResult<bool> {
    let now = state.clock.now();
    if is_at_work(&state.db, now).await? || due(&state.db, state).await?.is_empty() {
        return Ok(false);
    }
    let tx = state.db.begin().await?;
    // Two servers that look at once start one.
    store::lock_rules(&tx).await?;
    if is_at_work(&tx, now).await? {
        return Ok(false);
    }
    let job = NewJob { kind: kind::SWEEP_SEGMENTS, payload: "{}", subject: "", total: 0, staff: None, undo_of: None };
    insert(&tx, job, now).await?;
    tx.commit().await?;
    state.job_added.notify_one();
    Ok(true)
}

/// Whether one is at work, or failed just now: what fails may fail again at once.
async fn is_at_work(q: &impl Query, now: Timestamp) -> DbResult<bool> {
    let sql = "SELECT COUNT(*) FROM jobs WHERE kind = $1
      AND (status IN ('queued','running') OR status = 'failed' AND created_at > $2)";
    Ok(q.integer(sql, args![kind::SWEEP_SEGMENTS, now.plus(-RETRY)]).await? > 0)
}

/// Opens the work: every segment that is due.
///
/// # Errors
/// When the database does not answer.
pub async fn open(state: &AppState) -> AppResult<Box<dyn Work>> {
    let todo = due(&state.db, state).await?.into();
    Ok(Box::new(Sweep { state: state.clone(), todo, customers: None, current: None }))
}

struct Sweep {
    state: AppState,
    todo: VecDeque<SegmentId>,
    /// How many there are.
    customers: Option<i64>,
    current: Option<Current>,
}

/// The segment at hand.
struct Current {
    standing: Standing,
    /// `None`: nobody is told.
    cause: Option<Cause>,
    before: Swept,
    today: Day,
    /// Who differs.
    differing: Vec<CustomerId>,
    /// So many of them were looked at.
    done: usize,
}

#[async_trait]
impl Work for Sweep {
    async fn prepare(&mut self) -> AppResult<()> {
        let (db, today) = (&self.state.db, self.state.today());
        if self.customers.is_none() {
            let everyone = query::count(db, &Rule::everyone(), None, today).await?;
            self.customers = Some(i64::try_from(everyone).unwrap_or(i64::MAX));
        }
        while self.current.is_none() {
            let Some(id) = self.todo.pop_front() else { return Ok(()) };
            let standing = standing::read(db, &self.state).await?.into_iter().find(|one| one.id == id);
            // Archived meanwhile.
            let Some(standing) = standing else { continue };
            // In this order: what is told of after this is seen in what is found, or has it swept again.
            let Some(before) = store::states(db).await?.remove(&id) else { continue };
            let cause = match before.swept_rule.as_str() {
                "" => None,
                rule if rule == standing.text => Some(Cause::Time),
                _ => Some(Cause::Rule),
            };
            let differing = differing(db, &standing, today).await?;
            self.current = Some(Current { standing, cause, before, today, differing, done: 0 });
        }
        Ok(())
    }

    async fn step(&mut self, tx: &Tx, job: &Job, size: usize, now: Timestamp) -> AppResult<Step> {
        let mut step = Step { cursor: job.cursor, done: 0, changed: 0, last: false };
        let Some(current) = &mut self.current else { return Ok(Step { last: true, ..step }) };
        store::lock_members(tx).await?;
        let standing = standing::read(tx, &self.state).await?;
        // Changed or archived meanwhile: it is due again.
        if !standing.iter().any(|one| one.id == current.standing.id && one.text == current.standing.text) {
            self.current = None;
            return Ok(Step { last: self.todo.is_empty(), ..step });
        }
        let rest = &current.differing[current.done..];
        let ids = &rest[..rest.len().min(size)];
        let when = When { today: current.today, at: now };
        if !ids.is_empty() {
            step.changed = refresh::segment(tx, &current.standing, ids, current.cause, when).await?;
            step.done = i64::try_from(ids.len()).unwrap_or(i64::MAX);
            current.done += ids.len();
        }
        if current.done == current.differing.len() {
            let Current { standing, today, before, .. } = current;
            let customers = self.customers.unwrap_or_default();
            store::finish_sweep(tx, before, &standing.text, *today, now, customers).await?;
            self.current = None;
            step.last = self.todo.is_empty();
        }
        Ok(step)
    }
}

/// Who should be in a segment and is not, or is and should not be.
async fn differing(q: &impl Query, standing: &Standing, today: Day) -> DbResult<Vec<CustomerId>> {
    let Found { id, from, mut args } = found(&standing.rule, None, Ask::everyone(q, today));
    let segment = args.push(standing.id);
    let missing = format!(
        "SELECT {id} {from} AND NOT EXISTS (SELECT 1 FROM segment_members m WHERE m.segment_id = ${segment} AND m.customer_id = {id})"
    );
    let wrong = format!("SELECT m.customer_id FROM segment_members m WHERE m.segment_id = ${segment} EXCEPT SELECT {id} {from}");
    let mut ids: Vec<(i64,)> = q.all(&missing, args.clone()).await?;
    ids.extend(q.all::<(i64,)>(&wrong, args).await?);
    Ok(ids.into_iter().map(|(id,)| CustomerId(id)).collect())
}
