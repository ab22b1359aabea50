//! All SQL of bulk actions: per batch one statement that marks what will change, one that changes it, two for the audit log;
//! their cost does not depend on what was done before.

use super::service::Change;
use crate::args;
use crate::base::{BranchId, GroupId, JobId, TagId, Timestamp};
use crate::customers::memberships::Cause;
use crate::office::audit::Change as AuditChange;
use crate::office::audit::store::{add_details_of_job, last_of_job};
use crate::office::jobs::store::Job;
use crate::server::db::{Args, dialect};
use crate::server::{DbResult, Query, Tx};

/// The customers of `job` after `after` up to `to`.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    pub job: JobId,
    pub after: i64,
    pub to: i64,
}

impl Batch {
    /// Binds `$1`, `$2`, `$3` of [`CHANGED`].
    fn args(self) -> Args {
        args![self.job, self.after, self.to]
    }
}

/// Whom the batch changes.
const CHANGED: &str = "FROM job_customers j WHERE j.job_id = $1 AND j.customer_id > $2 AND j.customer_id <= $3 AND j.changed";

/// # Errors
/// When the database does not answer.
pub async fn tag_name(q: &impl Query, tag: TagId) -> DbResult<Option<String>> {
    Ok(q.optional::<(String,)>("SELECT name FROM tags WHERE id = $1 AND gone_at = 0", args![tag]).await?.map(|row| row.0))
}

/// # Errors
/// When the database does not answer.
pub async fn group_name(q: &impl Query, group: GroupId) -> DbResult<Option<String>> {
    Ok(q.optional::<(String,)>("SELECT name FROM customer_groups WHERE id = $1 AND archived_at = 0", args![group])
        .await?
        .map(|row| row.0))
}

/// Writes down for each of `ids` whether the change will change them, and what is there before.
///
/// # Errors
/// When the database does not answer.
pub async fn mark(tx: &Tx, batch: Batch, change: Change, ids: &[i64], scope: Option<&[BranchId]>) -> DbResult<()> {
    const TAGGED: &str = "SELECT t.added_at FROM customer_tags t WHERE t.customer_id = c.id AND t.tag_id = $3";
    const MEMBER: &str = "SELECT m.added_at FROM customer_group_members m WHERE m.customer_id = c.id AND m.group_id = $3";
    let (changes, before, about) = match change {
        Change::Tag(tag) => (format!("NOT EXISTS ({TAGGED})"), "NULL".into(), tag.0),
        Change::Untag(tag) => (format!("EXISTS ({TAGGED})"), kept("customer_tags", "tag_id"), tag.0),
        Change::AddToGroup(group) => (format!("NOT EXISTS ({MEMBER})"), "NULL".into(), group.0),
        Change::RemoveFromGroup(group) => {
            let kept = kept("customer_group_members", "group_id");
            (format!("EXISTS ({MEMBER}) AND c.pricing_group_id <> $3"), kept, group.0)
        }
        // The bind stands in the condition though it says nothing, since PostgreSQL wants every bind used.
        Change::Block => ("c.account_status <> 'blocked' AND $3 = 0".into(), "c.account_status".into(), 0),
        Change::Unblock => ("c.account_status <> 'active' AND $3 = 0".into(), "c.account_status".into(), 0),
    };
    let sql = format!(
        "INSERT INTO job_customers (job_id, customer_id, changed, before_value)
         SELECT $1, c.id, {changes}, {before}
         FROM customers c
         WHERE c.id IN ({ids}) AND c.merged_into_id IS NULL AND c.anonymised_at IS NULL{scope}",
        ids = dialect::numbers_of_json(tx, "$2"),
        scope = in_branches(scope),
    );
    let json = serde_json::to_string(ids).unwrap_or_else(|_| "[]".into());
    tx.execute(&sql, args![batch.job, json, about]).await?;
    Ok(())
}

/// What is there before a membership is taken away: when it was given, and a p where it was pinned.
fn kept(table: &str, column: &str) -> String {
    format!(
        "(SELECT CAST(m.added_at AS TEXT) || CASE WHEN m.pinned THEN 'p' ELSE '' END
          FROM {table} m WHERE m.customer_id = c.id AND m.{column} = $3)"
    )
}

/// `AND …` for a member who sees only some branches; the ids are numbers of ours.
fn in_branches(scope: Option<&[BranchId]>) -> String {
    match scope {
        None => String::new(),
        Some([]) => " AND 1 = 0".into(),
        Some(branches) => {
            let ids: Vec<String> = branches.iter().map(BranchId::to_string).collect();
            format!(" AND c.branch_id IN ({})", ids.join(", "))
        }
    }
}

/// Changes whom [`mark`] marked. What is added bears `stamp`.
///
/// # Errors
/// When the database does not answer.
pub async fn apply(tx: &Tx, batch: Batch, change: Change, stamp: Timestamp, now: Timestamp) -> DbResult<()> {
    let mut args = batch.args();
    let sql = match change {
        Change::Tag(tag) => {
            args.push(tag);
            args.push(stamp);
            format!(
                "INSERT INTO customer_tags (customer_id, tag_id, added_at) SELECT j.customer_id, $4, $5 {CHANGED} ON CONFLICT DO NOTHING"
            )
        }
        Change::AddToGroup(group) => {
            args.push(group);
            args.push(stamp);
            // Put in by hand: rules do not take them out again.
            format!(
                "INSERT INTO customer_group_members (customer_id, group_id, pinned, added_at)
                 SELECT j.customer_id, $4, TRUE, $5 {CHANGED} ON CONFLICT DO NOTHING"
            )
        }
        other => return remove(tx, batch, other, now).await,
    };
    tx.execute(&sql, args).await?;
    Ok(())
}

/// Takes off, takes out, or sets the status of whom the batch marked.
async fn remove(tx: &Tx, batch: Batch, change: Change, now: Timestamp) -> DbResult<()> {
    let mut args = batch.args();
    let sql = match change {
        Change::Tag(tag) | Change::Untag(tag) => {
            args.push(tag);
            format!("DELETE FROM customer_tags WHERE tag_id = $4 AND customer_id IN (SELECT j.customer_id {CHANGED})")
        }
        Change::AddToGroup(group) | Change::RemoveFromGroup(group) => {
            args.push(group);
            format!("DELETE FROM customer_group_members WHERE group_id = $4 AND customer_id IN (SELECT j.customer_id {CHANGED})")
        }
        Change::Block | Change::Unblock => {
            args.push(if change == Change::Block { "blocked" } else { "active" });
            args.push(now);
            format!(
                "UPDATE customers SET account_status = $4, version = version + 1, updated_at = $5
                 WHERE id IN (SELECT j.customer_id {CHANGED})"
            )
        }
    };
    tx.execute(&sql, args).await?;
    Ok(())
}

/// The next customers whom job `done_by` changed, at most `size` after `cursor`: how many and up to which.
///
/// # Errors
/// When the database does not answer.
pub async fn next_changed(q: &impl Query, done_by: JobId, cursor: i64, size: usize) -> DbResult<(i64, i64)> {
    q.one(
        "SELECT COUNT(*), COALESCE(MAX(customer_id), 0)
         FROM (SELECT customer_id FROM job_customers WHERE job_id = $1 AND customer_id > $2 AND changed
               ORDER BY customer_id LIMIT $3) AS next",
        args![done_by, cursor, size],
    )
    .await
}

/// What is to be undone.
#[derive(Clone, Copy, Debug)]
pub struct Undo<'a> {
    pub done: Change,
    pub done_by: JobId,
    /// What everything that job added is stamped with.
    pub stamp: Timestamp,
    /// Only customers of these branches; `None` is no limit.
    pub scope: Option<&'a [BranchId]>,
}

/// Writes down for each customer whom `done_by` changed whether undoing will turn it back: only where nobody edited since.
///
/// # Errors
/// When the database does not answer.
pub async fn mark_undo(tx: &Tx, batch: Batch, undo: Undo<'_>) -> DbResult<()> {
    let Undo { done, done_by, stamp, scope } = undo;
    let mut args = batch.args();
    args.push(done_by);
    let untouched = match done {
        Change::Tag(tag) => {
            args.push(tag);
            args.push(stamp);
            "EXISTS (SELECT 1 FROM customer_tags t WHERE t.customer_id = d.customer_id AND t.tag_id = $5 AND t.added_at = $6)"
        }
        Change::Untag(tag) => {
            args.push(tag);
            "NOT EXISTS (SELECT 1 FROM customer_tags t WHERE t.customer_id = d.customer_id AND t.tag_id = $5)
             AND c.merged_into_id IS NULL"
        }
        Change::AddToGroup(group) => {
            args.push(group);
            args.push(stamp);
            "c.pricing_group_id <> $5 AND EXISTS (SELECT 1 FROM customer_group_members m
               WHERE m.customer_id = d.customer_id AND m.group_id = $5 AND m.added_at = $6)"
        }
        Change::RemoveFromGroup(group) => {
            args.push(group);
            "NOT EXISTS (SELECT 1 FROM customer_group_members m WHERE m.customer_id = d.customer_id AND m.group_id = $5)
             AND c.merged_into_id IS NULL"
        }
        Change::Block | Change::Unblock => {
            args.push(if done == Change::Block { "blocked" } else { "active" });
            "c.account_status = $5 AND NOT EXISTS (
               SELECT 1 FROM audit_entries a
               WHERE a.customer_id = d.customer_id
                 AND a.id > (SELECT MAX(own.id) FROM audit_entries own
                             WHERE own.customer_id = d.customer_id AND own.entity = 'job' AND own.entity_id = $4)
                 AND (a.action IN ('customer.blocked', 'customer.unblocked')
                      OR EXISTS (SELECT 1 FROM audit_details e WHERE e.audit_id = a.id AND e.changes LIKE '%\"account_status\"%')))"
        }
    };
    let sql = format!(
        "INSERT INTO job_customers (job_id, customer_id, changed, before_value)
         SELECT $1, d.customer_id, {untouched}, d.before_value
         FROM job_customers d JOIN customers c ON c.id = d.customer_id
         WHERE d.job_id = $4 AND d.customer_id > $2 AND d.customer_id <= $3 AND d.changed{scope}",
        scope = in_branches(scope),
    );
    tx.execute(&sql, args).await?;
    Ok(())
}

/// Turns back what was `done` to whom [`mark_undo`] marked: what was there before is there again, as old as it was.
///
/// # Errors
/// When the database does not answer.
pub async fn apply_undo(tx: &Tx, batch: Batch, done: Change, now: Timestamp) -> DbResult<()> {
    let mut args = batch.args();
    let sql = match done {
        Change::Untag(tag) => {
            args.push(tag);
            format!(
                "INSERT INTO customer_tags (customer_id, tag_id, pinned, added_at)
                 SELECT j.customer_id, $4, j.before_value LIKE '%p', CAST(REPLACE(j.before_value, 'p', '') AS BIGINT) {CHANGED}
                 ON CONFLICT DO NOTHING"
            )
        }
        Change::RemoveFromGroup(group) => {
            args.push(group);
            format!(
                "INSERT INTO customer_group_members (customer_id, group_id, pinned, added_at)
                 SELECT j.customer_id, $4, j.before_value LIKE '%p', CAST(REPLACE(j.before_value, 'p', '') AS BIGINT) {CHANGED}
                 ON CONFLICT DO NOTHING"
            )
        }
        other => return remove(tx, batch, other.inverse(), now).await,
    };
    tx.execute(&sql, args).await?;
    Ok(())
}

/// Whether the tag or group of a change is still in use. Asked after writing: whoever does away with it waits for us, or we see it.
///
/// # Errors
/// When the database does not answer.
pub async fn is_in_use(tx: &Tx, change: Change) -> DbResult<bool> {
    let (sql, id) = match change {
        Change::Tag(tag) => ("SELECT COUNT(*) FROM tags WHERE id = $1 AND gone_at = 0", tag.0),
        Change::AddToGroup(group) => ("SELECT COUNT(*) FROM customer_groups WHERE id = $1 AND archived_at = 0", group.0),
        _ => return Ok(true),
    };
    Ok(tx.integer(sql, args![id]).await? == 1)
}

/// Writes the changes of the batch into the history of memberships. What is done by hand, rules do not turn back.
///
/// # Errors
/// When the database does not answer.
pub async fn note(tx: &Tx, batch: Batch, change: Change, cause: Cause, job: &Job, now: Timestamp) -> DbResult<()> {
    let (kind, id, entered) = match change {
        Change::Tag(tag) => ("tag", tag.0, true),
        Change::Untag(tag) => ("tag", tag.0, false),
        Change::AddToGroup(group) => ("group", group.0, true),
        Change::RemoveFromGroup(group) => ("group", group.0, false),
        Change::Block | Change::Unblock => return Ok(()),
    };
    let (names, exclusions, column) = match kind {
        "tag" => ("tags", "customer_tag_exclusions", "tag_id"),
        _ => ("customer_groups", "customer_group_exclusions", "group_id"),
    };
    let mut args = batch.args();
    args.push(id);
    let exclude = if entered {
        format!("DELETE FROM {exclusions} WHERE {column} = $4 AND customer_id IN (SELECT j.customer_id {CHANGED})")
    } else {
        args.push(job.staff);
        args.push(now);
        format!(
            "INSERT INTO {exclusions} (customer_id, {column}, staff_id, at)
             SELECT j.customer_id, $4, $5, $6 {CHANGED} AND EXISTS (SELECT 1 FROM assignment_rules r WHERE r.{column} = $4)
             ON CONFLICT DO NOTHING"
        )
    };
    if entered || cause == Cause::Staff {
        tx.execute(&exclude, args).await?;
    }
    let mut args = batch.args();
    args.push(id);
    args.push(kind);
    args.push(entered);
    args.push(cause.code());
    args.push(job.staff);
    args.push(now);
    let sql = format!(
        "INSERT INTO membership_history (customer_id, kind, of_id, name, entered, cause, staff_id, at)
         SELECT j.customer_id, $5, $4, (SELECT n.name FROM {names} n WHERE n.id = $4), $6, $7, $8, $9 {CHANGED}"
    );
    tx.execute(&sql, args).await.map(drop)
}

/// Writes an audit entry for each customer changed, pointing to the job (whose own entry says from where); yields how many.
///
/// # Errors
/// When the database does not answer.
pub async fn write_down(tx: &Tx, batch: Batch, change: Change, job: &Job, now: Timestamp) -> DbResult<i64> {
    let before = last_of_job(tx, batch.job).await?;
    let (action, values) = entry(change, &job.subject);
    let mut args = batch.args();
    args.push(now);
    args.push(job.staff);
    args.push(action);
    let sql = format!(
        "INSERT INTO audit_entries (at, staff_id, action, entity, entity_id, customer_id)
         SELECT $4, $5, $6, 'job', $1, j.customer_id {CHANGED}"
    );
    let written = tx.execute(&sql, args).await?;
    add_details_of_job(tx, batch.job, before, &values).await?;
    Ok(i64::try_from(written).unwrap_or(i64::MAX))
}

/// The audit action and values of a change of one customer.
fn entry(change: Change, subject: &str) -> (&'static str, Vec<AuditChange>) {
    let (action, values) = match change {
        Change::Tag(_) => ("customer.tagged", AuditChange::of("tags", "", subject)),
        Change::Untag(_) => ("customer.untagged", AuditChange::of("tags", subject, "")),
        Change::AddToGroup(_) => ("customer.group_added", AuditChange::of("groups", "", subject)),
        Change::RemoveFromGroup(_) => ("customer.group_removed", AuditChange::of("groups", subject, "")),
        Change::Block => ("customer.blocked", AuditChange::of("account_status", "active", "blocked")),
        Change::Unblock => ("customer.unblocked", AuditChange::of("account_status", "blocked", "active")),
    };
    (action, values.into_iter().collect())
}
