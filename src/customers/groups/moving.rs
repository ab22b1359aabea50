//! The job that moves everybody of a group to another, their prices too, and the one that turns this back, leaving alone whom somebody
//! edited since.

use super::store as groups;
use crate::args;
use crate::base::{AppResult, Currency, CustomerId, GroupId, JobId, Timestamp};
use crate::customers::bulk::Audience;
use crate::customers::memberships::store::{By, audit, note};
use crate::customers::memberships::{Cause, Kind};
use crate::office::audit::Change;
use crate::office::jobs::service::{Step, Work};
use crate::office::jobs::store::Job;
use crate::server::db::dialect::{for_update, numbers_of_json};
use crate::server::{DbResult, Query, Tx, internal};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What a job keeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Payload {
    from: GroupId,
    to: GroupId,
    /// The group that is left is archived at the end.
    archive: bool,
    audience: String,
}

impl Payload {
    fn parse(job: &Job) -> AppResult<(Self, Audience)> {
        let payload: Self = serde_json::from_str(&job.payload).map_err(|error| internal(&error))?;
        let audience = Audience::decode(&payload.audience).ok_or_else(|| internal(&"the audience of a job does not read"))?;
        Ok((payload, audience))
    }

    pub fn json(from: GroupId, to: GroupId, archive: bool, members: Vec<i64>) -> AppResult<String> {
        let audience = Audience::new(members.into_iter().map(CustomerId).collect()).encode();
        serde_json::to_string(&Self { from, to, archive, audience }).map_err(|error| internal(&error))
    }
}

/// Opens the work.
///
/// # Errors
/// When its payload is none of ours.
pub fn open(job: &Job, base: Currency) -> AppResult<Box<dyn Work>> {
    let (payload, audience) = Payload::parse(job)?;
    Ok(Box::new(Moving { payload, audience, base }))
}

/// Opens the work that turns the job `done` back.
///
/// # Errors
/// When its payload is none of ours.
pub fn open_undo(done: &Job) -> AppResult<Box<dyn Work>> {
    Ok(Box::new(MovingBack { payload: Payload::parse(done)?.0, done_by: done.id, stamp: done.created_at }))
}

fn json(ids: &[i64]) -> String {
    serde_json::to_string(ids).unwrap_or_else(|_| "[]".into())
}

fn count(ids: &[i64]) -> i64 {
    i64::try_from(ids.len()).unwrap_or(i64::MAX)
}

async fn numbers(tx: &Tx, sql: &str, args: crate::server::Args) -> DbResult<Vec<i64>> {
    Ok(tx.all::<(i64,)>(sql, args).await?.into_iter().map(|(id,)| id).collect())
}

/// Who of a job's customers among `ids` has this mark at this place of what was written down: see [`Moving::write_down`].
async fn marked(tx: &Tx, job: JobId, ids: &[i64], place: u8, marks: &str) -> DbResult<Vec<i64>> {
    let marks: Vec<String> = marks.chars().map(|mark| format!("'{mark}'")).collect();
    let sql = format!(
        "SELECT customer_id FROM job_customers WHERE job_id = $2 AND customer_id IN ({}) AND SUBSTR(before_value, {place}, 1) IN ({})
         ORDER BY customer_id",
        numbers_of_json(tx, "$1"),
        marks.join(", ")
    );
    numbers(tx, &sql, args![json(ids), job]).await
}

/// Writes history and audit entries of who came into one group, left another, and got the prices of the first.
async fn tell(
    tx: &Tx,
    job: JobId,
    by: By,
    (from, left): (GroupId, &[i64]),
    (to, came): (GroupId, &[i64]),
    prices: &[i64],
) -> AppResult<()> {
    note(tx, (Kind::Group, to.0), true, by, came).await?;
    note(tx, (Kind::Pricing, to.0), true, by, prices).await?;
    note(tx, (Kind::Group, from.0), false, by, left).await?;
    let names = [from, to].map(|group| async move {
        let row: Option<(String,)> = tx.optional("SELECT name FROM customer_groups WHERE id = $1", args![group]).await?;
        DbResult::Ok(row.map(|(name,)| name).unwrap_or_default())
    });
    let [from, to] = names;
    let (from, to) = (from.await?, to.await?);
    for (field, ids) in [("groups", left), ("pricing_group", prices)] {
        let changes: Vec<Change> = Change::of(field, from.as_str(), to.as_str()).into_iter().collect();
        audit(tx, job, by, "customer.group_moved", &changes, ids).await?;
    }
    Ok(())
}

struct Moving {
    payload: Payload,
    audience: Audience,
    base: Currency,
}

#[async_trait]
impl Work for Moving {
    async fn step(&mut self, tx: &Tx, job: &Job, size: usize, now: Timestamp) -> AppResult<Step> {
        let Payload { from, to, archive, .. } = self.payload;
        let ids = self.audience.after(job.cursor, size);
        let is_last = ids.len() < size;
        let last = ids.last().copied().unwrap_or(job.cursor);
        let moved = self.write_down(tx, job.id, &ids).await?;
        let (prices, gets) = (marked(tx, job.id, &moved, 1, "p").await?, marked(tx, job.id, &moved, 3, "+").await?);
        let left = marked(tx, job.id, &moved, 4, "hm").await?;
        let these = numbers_of_json(tx, "$1");
        // As firmly as they were in the one they leave.
        let sql = format!(
            "INSERT INTO customer_group_members (customer_id, group_id, pinned, added_at)
             SELECT j.customer_id, $2, SUBSTR(j.before_value, 4, 1) = 'h', $3 FROM job_customers j
             WHERE j.job_id = $4 AND j.customer_id IN ({these}) ON CONFLICT DO NOTHING"
        );
        tx.execute(&sql, args![json(&gets), to, job.created_at, job.id]).await?;
        let sql =
            format!("UPDATE customers SET pricing_group_id = $2, version = version + 1, updated_at = $3 WHERE id IN ({these})");
        tx.execute(&sql, args![json(&prices), to, now]).await?;
        let sql = format!("DELETE FROM customer_group_members WHERE group_id = $2 AND customer_id IN ({these})");
        tx.execute(&sql, args![json(&left), from]).await?;
        if groups::is_archived(tx, to).await? {
            return Err(crate::base::AppError::Conflict { message: "bulk.gone".into() });
        }
        let by = By { cause: Cause::Move, staff: job.staff, at: now };
        tell(tx, job.id, by, (from, &left), (to, &gets), &prices).await?;
        if is_last && archive {
            let group = groups::hold(tx, from).await?;
            // Somebody may have been put in meanwhile: then it stays in use.
            if !group.is_archived() && groups::holds(tx, self.base, from).await?.is_free() {
                groups::set_archived(tx, from, now).await?;
            }
        }
        Ok(Step { cursor: last, done: count(&ids), changed: count(&moved), last: is_last })
    }
}

impl Moving {
    /// Writes down what is there before, and yields who is moved. By place: 1 p where its prices hold, 2 f where that is pinned, 3 + where
    /// they are not in the other group yet, 4 h where the membership is pinned, m where there is one; then when it was given.
    async fn write_down(&self, tx: &Tx, job: JobId, ids: &[i64]) -> DbResult<Vec<i64>> {
        let these = numbers_of_json(tx, "$1");
        let Payload { from, to, .. } = self.payload;
        numbers(tx, &format!("SELECT id FROM customers WHERE id IN ({these}) ORDER BY id{}", for_update(tx)), args![json(ids)])
            .await?;
        let sql = format!(
            "INSERT INTO job_customers (job_id, customer_id, changed, before_value)
             SELECT $2, c.id, TRUE,
               CASE WHEN c.pricing_group_id = $3 THEN 'p' ELSE '-' END || CASE WHEN c.pricing_pinned THEN 'f' ELSE '-' END
               || CASE WHEN EXISTS (SELECT 1 FROM customer_group_members o WHERE o.customer_id = c.id AND o.group_id = $4)
                  THEN '-' ELSE '+' END
               || CASE WHEN m.pinned THEN 'h' WHEN m.customer_id IS NOT NULL THEN 'm' ELSE '-' END
               || CAST(COALESCE(m.added_at, 0) AS TEXT)
             FROM customers c LEFT JOIN customer_group_members m ON m.customer_id = c.id AND m.group_id = $3
             WHERE c.id IN ({these}) AND (c.pricing_group_id = $3 OR m.customer_id IS NOT NULL)"
        );
        tx.execute(&sql, args![json(ids), job, from, to]).await?;
        let sql =
            format!("SELECT customer_id FROM job_customers WHERE job_id = $2 AND customer_id IN ({these}) ORDER BY customer_id");
        numbers(tx, &sql, args![json(ids), job]).await
    }
}

struct MovingBack {
    payload: Payload,
    done_by: JobId,
    /// What everything that job added is stamped with.
    stamp: Timestamp,
}

#[async_trait]
impl Work for MovingBack {
    async fn step(&mut self, tx: &Tx, job: &Job, size: usize, now: Timestamp) -> AppResult<Step> {
        let Payload { from, to, .. } = self.payload;
        if groups::is_archived(tx, from).await? {
            groups::set_archived(tx, from, Timestamp(0)).await?;
        }
        let sql = "SELECT customer_id FROM job_customers WHERE job_id = $1 AND customer_id > $2 AND changed ORDER BY customer_id LIMIT $3";
        let ids = numbers(tx, sql, args![self.done_by, job.cursor, size]).await?;
        let last = ids.last().copied().unwrap_or(job.cursor);
        let back = self.untouched(tx, &ids).await?;
        let prices = marked(tx, self.done_by, &back, 1, "p").await?;
        let (came, gone) = (marked(tx, self.done_by, &back, 4, "hm").await?, marked(tx, self.done_by, &back, 3, "+").await?);
        let these = numbers_of_json(tx, "$1");
        let sql = format!(
            "INSERT INTO customer_group_members (customer_id, group_id, pinned, added_at)
             SELECT j.customer_id, $2, SUBSTR(j.before_value, 4, 1) = 'h', CAST(SUBSTR(j.before_value, 5) AS BIGINT) FROM job_customers j
             WHERE j.job_id = $3 AND j.customer_id IN ({these}) ON CONFLICT DO NOTHING"
        );
        tx.execute(&sql, args![json(&came), from, self.done_by]).await?;
        let sql = format!(
            "UPDATE customers SET pricing_group_id = $2, pricing_pinned = (SELECT SUBSTR(j.before_value, 2, 1) = 'f' FROM job_customers j
               WHERE j.job_id = $3 AND j.customer_id = customers.id), version = version + 1, updated_at = $4 WHERE id IN ({these})"
        );
        tx.execute(&sql, args![json(&prices), from, self.done_by, now]).await?;
        let sql = format!("DELETE FROM customer_group_members WHERE group_id = $2 AND customer_id IN ({these})");
        tx.execute(&sql, args![json(&gone), to]).await?;
        let by = By { cause: Cause::Undo, staff: job.staff, at: now };
        tell(tx, job.id, by, (to, &gone), (from, &came), &prices).await?;
        Ok(Step { cursor: last, done: count(&ids), changed: count(&back), last: ids.len() < size })
    }
}

impl MovingBack {
    /// Whom nobody edited since: who is still in the other group, by this job where it put them in, and whose prices are still its.
    async fn untouched(&self, tx: &Tx, ids: &[i64]) -> DbResult<Vec<i64>> {
        let sql = format!(
            "SELECT c.id FROM customers c JOIN job_customers j ON j.customer_id = c.id AND j.job_id = $3
             JOIN customer_group_members m ON m.customer_id = c.id AND m.group_id = $2
             WHERE c.id IN ({}) AND c.merged_into_id IS NULL
               AND (SUBSTR(j.before_value, 3, 1) <> '+' OR m.added_at = $4)
               AND (SUBSTR(j.before_value, 1, 1) <> 'p' OR c.pricing_group_id = $2)
               AND (SUBSTR(j.before_value, 1, 1) = 'p' OR SUBSTR(j.before_value, 3, 1) <> '+' OR c.pricing_group_id <> $2)
             ORDER BY c.id{}",
            numbers_of_json(tx, "$1"),
            if tx.is_postgres() { " FOR UPDATE OF c" } else { "" }
        );
        numbers(tx, &sql, args![json(ids), self.payload.to, self.done_by, self.stamp]).await
    }
}
