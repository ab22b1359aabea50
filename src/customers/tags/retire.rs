//! The job that takes tags off everybody, since they are deleted, or puts another in their place; and the one that turns this back,
//! leaving alone whom somebody edited since.

use super::store::{self, list_of};
use crate::args;
use crate::base::{AppResult, CustomerId, JobId, TagId, Timestamp};
use crate::customers::bulk::Audience;
use crate::customers::memberships::store::{By, audit, note};
use crate::customers::memberships::{Cause, Kind};
use crate::office::audit::Change;
use crate::office::jobs::service::{Step, Work};
use crate::office::jobs::store::Job;
use crate::server::db::dialect::numbers_of_json;
use crate::server::{DbResult, Query, Tx, internal};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What a job keeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Payload {
    /// The tags that go.
    pub tags: Vec<TagId>,
    /// The one that takes their place.
    pub into: Option<TagId>,
    pub audience: String,
}

impl Payload {
    fn parse(job: &Job) -> AppResult<(Self, Audience)> {
        let payload: Self = serde_json::from_str(&job.payload).map_err(|error| internal(&error))?;
        let audience = Audience::decode(&payload.audience).ok_or_else(|| internal(&"the audience of a job does not read"))?;
        Ok((payload, audience))
    }

    pub fn json(tags: &[TagId], into: Option<TagId>, carriers: Vec<i64>) -> AppResult<String> {
        let audience = Audience::new(carriers.into_iter().map(CustomerId).collect()).encode();
        serde_json::to_string(&Self { tags: tags.to_vec(), into, audience }).map_err(|error| internal(&error))
    }
}

/// Opens the work.
///
/// # Errors
/// When its payload is none of ours.
pub fn open(job: &Job) -> AppResult<Box<dyn Work>> {
    let (payload, audience) = Payload::parse(job)?;
    Ok(Box::new(Retiring { payload, audience }))
}

/// Opens the work that turns the job `done` back.
///
/// # Errors
/// When its payload is none of ours.
pub fn open_undo(done: &Job) -> AppResult<Box<dyn Work>> {
    Ok(Box::new(Reviving { payload: Payload::parse(done)?.0, done_by: done.id, stamp: done.created_at }))
}

fn json(ids: &[i64]) -> String {
    serde_json::to_string(ids).unwrap_or_else(|_| "[]".into())
}

async fn numbers(tx: &Tx, sql: &str, args: crate::server::Args) -> DbResult<Vec<i64>> {
    Ok(tx.all::<(i64,)>(sql, args).await?.into_iter().map(|(id,)| id).collect())
}

fn count(ids: &[i64]) -> i64 {
    i64::try_from(ids.len()).unwrap_or(i64::MAX)
}

/// Writes history and audit entries of customers who got a tag or lost it.
async fn tell(tx: &Tx, job: JobId, by: By, tag: TagId, on: bool, ids: &[i64]) -> AppResult<()> {
    if ids.is_empty() {
        return Ok(());
    }
    note(tx, (Kind::Tag, tag.0), on, by, ids).await?;
    let (name,): (String,) = tx.one("SELECT name FROM tags WHERE id = $1", args![tag]).await?;
    let (before, after) = if on { ("", name.as_str()) } else { (name.as_str(), "") };
    let changes: Vec<Change> = Change::of("tags", before, after).into_iter().collect();
    let action = if on { "customer.tagged" } else { "customer.untagged" };
    Ok(audit(tx, job, by, action, &changes, ids).await?)
}

struct Retiring {
    payload: Payload,
    audience: Audience,
}

#[async_trait]
impl Work for Retiring {
    async fn step(&mut self, tx: &Tx, job: &Job, size: usize, now: Timestamp) -> AppResult<Step> {
        let ids = self.audience.after(job.cursor, size);
        let Some(last) = ids.last().copied() else {
            return Ok(Step { cursor: job.cursor, done: 0, changed: 0, last: true });
        };
        let by = By { cause: Cause::Merge, staff: job.staff, at: now };
        let carriers = self.carriers(tx, &ids).await?;
        let gets = match self.payload.into {
            Some(into) => without(tx, into, &carriers).await?,
            None => Vec::new(),
        };
        self.write_down(tx, job.id, &carriers, &gets).await?;
        if let Some(into) = self.payload.into {
            self.put_on(tx, job, into, &gets).await?;
            tell(tx, job.id, by, into, true, &gets).await?;
        }
        for tag in &self.payload.tags {
            let sql = format!(
                "SELECT customer_id FROM customer_tags WHERE tag_id = $2 AND customer_id IN ({}) ORDER BY customer_id",
                numbers_of_json(tx, "$1")
            );
            let had = numbers(tx, &sql, args![json(&carriers), *tag]).await?;
            tell(tx, job.id, by, *tag, false, &had).await?;
        }
        let sql = format!(
            "DELETE FROM customer_tags WHERE tag_id IN ({}) AND customer_id IN ({})",
            list_of(&self.payload.tags),
            numbers_of_json(tx, "$1")
        );
        tx.execute(&sql, args![json(&carriers)]).await?;
        Ok(Step { cursor: last, done: count(&ids), changed: count(&carriers), last: ids.len() < size })
    }
}

impl Retiring {
    /// Who of these still carries one of the tags.
    async fn carriers(&self, tx: &Tx, ids: &[i64]) -> DbResult<Vec<i64>> {
        let sql = format!(
            "SELECT DISTINCT customer_id FROM customer_tags WHERE tag_id IN ({}) AND customer_id IN ({}) ORDER BY customer_id",
            list_of(&self.payload.tags),
            numbers_of_json(tx, "$1")
        );
        numbers(tx, &sql, args![json(ids)]).await
    }

    /// What is there before, for undoing: a plus for those who get the new tag, and the old tags as they were put on.
    async fn write_down(&self, tx: &Tx, job: JobId, carriers: &[i64], gets: &[i64]) -> DbResult<()> {
        let (all, these) = (numbers_of_json(tx, "$2"), numbers_of_json(tx, "$3"));
        let sql = format!(
            "INSERT INTO job_customers (job_id, customer_id, changed, before_value)
             SELECT $1, c.id, TRUE, CASE WHEN c.id IN ({these}) THEN '+' ELSE '' END FROM customers c WHERE c.id IN ({all})"
        );
        tx.execute(&sql, args![job, json(carriers), json(gets)]).await?;
        let sql = format!(
            "INSERT INTO job_customer_tags (job_id, customer_id, tag_id, added_at, pinned)
             SELECT $1, t.customer_id, t.tag_id, t.added_at, t.pinned FROM customer_tags t
             WHERE t.tag_id IN ({}) AND t.customer_id IN ({all})",
            list_of(&self.payload.tags)
        );
        tx.execute(&sql, args![job, json(carriers)]).await.map(drop)
    }

    /// Puts the new tag on, pinned where one of the old ones was.
    async fn put_on(&self, tx: &Tx, job: &Job, into: TagId, gets: &[i64]) -> DbResult<()> {
        let sql = format!(
            "INSERT INTO customer_tags (customer_id, tag_id, pinned, added_at)
             SELECT c.id, $2, EXISTS (SELECT 1 FROM job_customer_tags k WHERE k.job_id = $3 AND k.customer_id = c.id AND k.pinned), $4
             FROM customers c WHERE c.id IN ({}) ON CONFLICT DO NOTHING",
            numbers_of_json(tx, "$1")
        );
        tx.execute(&sql, args![json(gets), into, job.id, job.created_at]).await.map(drop)
    }
}

/// Who of these does not carry a tag.
async fn without(tx: &Tx, tag: TagId, ids: &[i64]) -> DbResult<Vec<i64>> {
    let sql = format!(
        "SELECT c.id FROM customers c WHERE c.id IN ({})
           AND NOT EXISTS (SELECT 1 FROM customer_tags t WHERE t.customer_id = c.id AND t.tag_id = $2) ORDER BY c.id",
        numbers_of_json(tx, "$1")
    );
    numbers(tx, &sql, args![json(ids), tag]).await
}

struct Reviving {
    payload: Payload,
    done_by: JobId,
    /// What everything that job added is stamped with.
    stamp: Timestamp,
}

#[async_trait]
impl Work for Reviving {
    async fn step(&mut self, tx: &Tx, job: &Job, size: usize, now: Timestamp) -> AppResult<Step> {
        for tag in &self.payload.tags {
            store::revive(tx, *tag).await?;
        }
        let sql = "SELECT customer_id FROM job_customers WHERE job_id = $1 AND customer_id > $2 AND changed ORDER BY customer_id LIMIT $3";
        let ids = numbers(tx, sql, args![self.done_by, job.cursor, size]).await?;
        let Some(last) = ids.last().copied() else {
            return Ok(Step { cursor: job.cursor, done: 0, changed: 0, last: true });
        };
        let by = By { cause: Cause::Undo, staff: job.staff, at: now };
        let untouched = self.untouched(tx, &ids).await?;
        for tag in &self.payload.tags {
            let back = self.put_back(tx, *tag, &untouched).await?;
            tell(tx, job.id, by, *tag, true, &back).await?;
        }
        if let Some(into) = self.payload.into {
            let off = self.take_off(tx, into, &untouched).await?;
            tell(tx, job.id, by, into, false, &off).await?;
        }
        Ok(Step { cursor: last, done: count(&ids), changed: count(&untouched), last: ids.len() < size })
    }
}

impl Reviving {
    /// Whom nobody edited since: who still carries the tag that took the place of the others, where one did.
    async fn untouched(&self, tx: &Tx, ids: &[i64]) -> DbResult<Vec<i64>> {
        let mut args = args![json(ids)];
        let still = self.payload.into.map_or(String::new(), |into| {
            let (place, job, stamp) = (args.push(into), args.push(self.done_by), args.push(self.stamp));
            format!(
                " AND EXISTS (SELECT 1 FROM customer_tags t JOIN job_customers j ON j.customer_id = t.customer_id AND j.job_id = ${job}
                  WHERE t.customer_id = c.id AND t.tag_id = ${place} AND (j.before_value <> '+' OR t.added_at = ${stamp}))"
            )
        });
        let sql = format!(
            "SELECT c.id FROM customers c WHERE c.id IN ({}) AND c.merged_into_id IS NULL AND c.anonymised_at IS NULL{still} ORDER BY c.id",
            numbers_of_json(tx, "$1")
        );
        numbers(tx, &sql, args).await
    }

    /// Puts a tag on again, as old as it was; yields on whom.
    async fn put_back(&self, tx: &Tx, tag: TagId, ids: &[i64]) -> DbResult<Vec<i64>> {
        let these = numbers_of_json(tx, "$1");
        let sql = format!(
            "SELECT k.customer_id FROM job_customer_tags k WHERE k.job_id = $2 AND k.tag_id = $3 AND k.customer_id IN ({these})
             ORDER BY k.customer_id"
        );
        let back = numbers(tx, &sql, args![json(ids), self.done_by, tag]).await?;
        let sql = format!(
            "INSERT INTO customer_tags (customer_id, tag_id, pinned, added_at)
             SELECT k.customer_id, k.tag_id, k.pinned, k.added_at FROM job_customer_tags k
             WHERE k.job_id = $2 AND k.tag_id = $3 AND k.customer_id IN ({these}) ON CONFLICT DO NOTHING"
        );
        tx.execute(&sql, args![json(&back), self.done_by, tag]).await?;
        Ok(back)
    }

    /// Takes the new tag off those who got it from the job; yields of whom.
    async fn take_off(&self, tx: &Tx, into: TagId, ids: &[i64]) -> DbResult<Vec<i64>> {
        let these = numbers_of_json(tx, "$1");
        let sql = format!(
            "SELECT j.customer_id FROM job_customers j WHERE j.job_id = $2 AND j.before_value = '+' AND j.customer_id IN ({these})
             ORDER BY j.customer_id"
        );
        let off = numbers(tx, &sql, args![json(ids), self.done_by]).await?;
        let sql = format!("DELETE FROM customer_tags WHERE tag_id = $2 AND customer_id IN ({these})");
        tx.execute(&sql, args![json(&off), into]).await?;
        Ok(off)
    }
}
