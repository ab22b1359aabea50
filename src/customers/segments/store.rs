//! All SQL of segments.

use super::{Cause, DaySize, SegmentForm, SegmentName};
use crate::args;
use crate::base::text::normalise;
use crate::base::{AppError, AppResult, BranchId, CustomerId, Day, SegmentId, StaffId, Timestamp};
use crate::server::db::dialect::{advisory_lock, for_key_share, for_update, numbers_of_json};
use crate::server::{DbResult, Query, Tx};
use std::collections::{BTreeMap, BTreeSet};

/// A segment's row.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Segment {
    pub id: i64,
    pub key: String,
    pub name: String,
    pub description: String,
    /// As it is kept; empty for a built-in one.
    pub rule: String,
    pub kind: String,
    pub archived: bool,
    pub version: i64,
}

impl Segment {
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        self.kind == "built_in"
    }

    #[must_use]
    pub fn named(&self) -> SegmentName {
        let (key, name) = (self.key.clone(), self.name.clone());
        SegmentName { id: SegmentId(self.id), key, name, built_in: self.is_built_in() }
    }
}

const SEGMENTS: &str = "SELECT id, key, name, description, rule, kind, archived, version FROM segments";

/// All segments: the built-in ones, the shop's own by name, then the archived ones.
///
/// # Errors
/// When the database does not answer.
pub async fn list(q: &impl Query) -> DbResult<Vec<Segment>> {
    let sql = format!(
        "{SEGMENTS} ORDER BY CASE WHEN archived THEN 2 WHEN kind = 'built_in' THEN 0 ELSE 1 END,
           CASE WHEN kind = 'built_in' THEN id ELSE 0 END, name_key, id"
    );
    q.all(&sql, args![]).await
}

/// A segment.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn get(q: &impl Query, id: SegmentId) -> AppResult<Segment> {
    q.optional(&format!("{SEGMENTS} WHERE id = $1"), args![id]).await?.ok_or(AppError::NotFound)
}

/// As [`get`], locked until the end of the transaction.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn hold(tx: &Tx, id: SegmentId) -> AppResult<Segment> {
    tx.optional::<(i64,)>(&format!("SELECT id FROM segments WHERE id = $1{}", for_update(tx)), args![id]).await?;
    get(tx, id).await
}

/// Serialises changes of rules: what is made of what is looked at before it is written.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_rules(tx: &Tx) -> DbResult<()> {
    advisory_lock(tx, 0x0024).await
}

/// Serialises everything that finds out and writes down who is in which segment.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_members(tx: &Tx) -> DbResult<()> {
    advisory_lock(tx, 0x0025).await
}

/// Whether another segment has this key or name, however it is written.
///
/// # Errors
/// When the database does not answer.
pub async fn is_taken(q: &impl Query, text: &str, but: Option<SegmentId>) -> DbResult<bool> {
    let sql = "SELECT COUNT(*) FROM segments WHERE (key = $1 OR name_key = $1) AND id <> $2";
    Ok(q.integer(sql, args![text, but.map_or(0, |id| id.0)]).await? > 0)
}

/// Writes a new segment, and that nobody is in it yet.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(
    tx: &Tx,
    key: &str,
    form: &SegmentForm,
    asks_events: bool,
    by: Option<StaffId>,
    at: Timestamp,
) -> DbResult<SegmentId> {
    let id = tx
        .insert(
            "INSERT INTO segments (key, name, name_key, description, rule, kind, asks_events, created_by, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, 'own', $6, $7, $8, $8) RETURNING id",
            args![key, &form.name, normalise(&form.name), &form.description, &form.rule, asks_events, by, at],
        )
        .await?;
    tx.execute("INSERT INTO segment_states (segment_id) VALUES ($1)", args![id]).await?;
    Ok(SegmentId(id))
}

/// Changes one.
///
/// # Errors
/// When the database does not answer.
pub async fn update(tx: &Tx, id: SegmentId, form: &SegmentForm, asks_events: bool, at: Timestamp) -> DbResult<()> {
    tx.execute(
        "UPDATE segments SET name = $2, name_key = $3, description = $4, rule = $5, asks_events = $6, updated_at = $7,
           version = version + 1 WHERE id = $1",
        args![id, &form.name, normalise(&form.name), &form.description, &form.rule, asks_events, at],
    )
    .await?;
    Ok(())
}

/// Says of a segment whether its rule, as it runs, asks for events: what it is made of changed.
///
/// # Errors
/// When the database does not answer.
pub async fn set_asks_events(tx: &Tx, id: SegmentId, asks: bool) -> DbResult<()> {
    tx.execute("UPDATE segments SET asks_events = $2 WHERE id = $1 AND asks_events <> $2", args![id, asks]).await?;
    Ok(())
}

/// Archives one, or takes it into use again.
///
/// # Errors
/// When the database does not answer.
pub async fn set_archived(tx: &Tx, id: SegmentId, archived: bool, at: Timestamp) -> DbResult<()> {
    let sql = "UPDATE segments SET archived = $2, updated_at = $3, version = version + 1 WHERE id = $1";
    tx.execute(sql, args![id, archived, at]).await?;
    Ok(())
}

/// Deletes one for good, with everything that is kept of it.
///
/// # Errors
/// When the database does not answer.
pub async fn delete(tx: &Tx, id: SegmentId) -> DbResult<()> {
    // The sizes first: nobody counts who leaves a segment that goes.
    for table in ["segment_states", "segment_members", "segment_events", "segment_days"] {
        tx.execute(&format!("DELETE FROM {table} WHERE segment_id = $1"), args![id]).await?;
    }
    tx.execute("DELETE FROM segments WHERE id = $1 AND kind = 'own' AND archived", args![id]).await.map(drop)
}

/// Who changed a segment last, and when.
///
/// # Errors
/// When the database does not answer.
pub async fn last_change(q: &impl Query, id: SegmentId) -> DbResult<Option<(Option<String>, i64)>> {
    q.optional(
        "SELECT s.name, a.at FROM audit_entries a LEFT JOIN staff s ON s.id = a.staff_id
         WHERE a.entity = 'segment' AND a.entity_id = $1 ORDER BY a.id DESC LIMIT 1",
        args![id],
    )
    .await
}

/// How far the members of a segment are like its rule.
#[derive(Clone, Debug, Default, sqlx::FromRow)]
pub struct Swept {
    pub segment_id: i64,
    pub members: i64,
    pub swept_rule: String,
    pub swept_day: i64,
    pub swept_at: i64,
}

/// How far the members of all segments are.
///
/// # Errors
/// When the database does not answer.
pub async fn states(q: &impl Query) -> DbResult<BTreeMap<SegmentId, Swept>> {
    let sql = "SELECT segment_id, members, swept_rule, swept_day, swept_at FROM segment_states";
    let rows: Vec<Swept> = q.all(sql, args![]).await?;
    Ok(rows.into_iter().map(|row| (SegmentId(row.segment_id), row)).collect())
}

/// Notes what a sweep asked, unless another was wanted since it stood as `before`; and how large the segment is at the end of this day, of
/// so many customers.
///
/// # Errors
/// When the database does not answer.
pub async fn finish_sweep(tx: &Tx, before: &Swept, rule: &str, day: Day, at: Timestamp, customers: i64) -> DbResult<()> {
    let id = before.segment_id;
    let sql = "UPDATE segment_states SET swept_rule = $2, swept_day = $3, swept_at = $4 WHERE segment_id = $1 AND swept_day = $5";
    tx.execute(sql, args![id, rule, day, at, before.swept_day]).await?;
    tx.execute(
        "INSERT INTO segment_days (segment_id, day, members, customers)
         SELECT segment_id, $2, members, $3 FROM segment_states WHERE segment_id = $1
         ON CONFLICT (segment_id, day) DO UPDATE SET members = excluded.members, customers = excluded.customers",
        args![id, day, customers],
    )
    .await?;
    Ok(())
}

/// Has all segments swept soon, also those that are being swept. No day is before 0.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_sweeps(tx: &Tx) -> DbResult<()> {
    tx.execute("UPDATE segment_states SET swept_day = CASE WHEN swept_day > 0 THEN 0 ELSE swept_day - 1 END", args![]).await?;
    Ok(())
}

/// The sizes of all segments from this day on, or of one.
///
/// # Errors
/// When the database does not answer.
pub async fn days(q: &impl Query, of: Option<SegmentId>, from: Day) -> DbResult<BTreeMap<SegmentId, Vec<DaySize>>> {
    let mut days: BTreeMap<SegmentId, Vec<DaySize>> = BTreeMap::new();
    let sql = "SELECT segment_id, day, members, customers FROM segment_days
      WHERE day >= $1 AND (segment_id = $2 OR $2 = 0) ORDER BY segment_id, day";
    let rows: Vec<(i64, i64, i64, i64)> = q.all(sql, args![from, of.map_or(0, |id| id.0)]).await?;
    for (segment, day, members, customers) in rows {
        let size = DaySize { day: Day(i32::try_from(day).unwrap_or_default()), members, customers };
        days.entry(SegmentId(segment)).or_default().push(size);
    }
    Ok(days)
}

/// Who of these branches is in each segment.
///
/// # Errors
/// When the database does not answer.
pub async fn count_scoped(q: &impl Query, branches: &[BranchId]) -> DbResult<BTreeMap<SegmentId, i64>> {
    let ids: Vec<i64> = branches.iter().map(|branch| branch.0).collect();
    let sql = format!(
        "SELECT m.segment_id, COUNT(*) FROM segment_members m JOIN customers c ON c.id = m.customer_id
         WHERE c.branch_id IN ({}) GROUP BY m.segment_id",
        numbers_of_json(q, "$1")
    );
    let rows: Vec<(i64, i64)> = q.all(&sql, args![json(&ids)]).await?;
    Ok(rows.into_iter().map(|(id, count)| (SegmentId(id), count)).collect())
}

/// Many ids in one bind.
pub(super) fn json(ids: &[i64]) -> String {
    serde_json::to_string(ids).unwrap_or_else(|_| "[]".into())
}

fn json_of(ids: &[CustomerId]) -> String {
    json(&ids.iter().map(|id| id.0).collect::<Vec<_>>())
}

/// Those of these customers who are in lists, by id. They cannot be deleted until the end of the transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn hold_listed(tx: &Tx, ids: &[CustomerId]) -> DbResult<Vec<CustomerId>> {
    let sql = format!(
        "SELECT id FROM customers WHERE id IN ({}) AND merged_into_id IS NULL AND anonymised_at IS NULL ORDER BY id{}",
        numbers_of_json(tx, "$1"),
        for_key_share(tx)
    );
    let rows: Vec<(i64,)> = tx.all(&sql, args![json_of(ids)]).await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId(id)).collect())
}

/// Which of these customers are in which segment.
///
/// # Errors
/// When the database does not answer.
pub async fn members_among(q: &impl Query, ids: &[CustomerId]) -> DbResult<BTreeMap<SegmentId, BTreeSet<CustomerId>>> {
    let sql = format!("SELECT segment_id, customer_id FROM segment_members WHERE customer_id IN ({})", numbers_of_json(q, "$1"));
    let mut members: BTreeMap<SegmentId, BTreeSet<CustomerId>> = BTreeMap::new();
    for (segment, customer) in q.all::<(i64, i64)>(&sql, args![json_of(ids)]).await? {
        members.entry(SegmentId(segment)).or_default().insert(CustomerId(customer));
    }
    Ok(members)
}

/// Which of these customers are in one segment.
///
/// # Errors
/// When the database does not answer.
pub async fn members_of(q: &impl Query, segment: SegmentId, ids: &[CustomerId]) -> DbResult<BTreeSet<CustomerId>> {
    let sql = format!(
        "SELECT customer_id FROM segment_members WHERE segment_id = $1 AND customer_id IN ({})",
        numbers_of_json(q, "$2")
    );
    let rows: Vec<(i64,)> = q.all(&sql, args![segment, json_of(ids)]).await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId(id)).collect())
}

/// Puts customers into a segment who are not in it, or takes out those who are. Without a cause, when a new segment is filled, nobody is told.
///
/// # Errors
/// When the database does not answer.
pub async fn change(
    tx: &Tx,
    segment: SegmentId,
    ids: &[CustomerId],
    entered: bool,
    cause: Option<Cause>,
    at: Timestamp,
) -> DbResult<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let these = numbers_of_json(tx, "$2");
    let (members, binds) = if entered {
        let sql = format!(
            "INSERT INTO segment_members (segment_id, customer_id, since) SELECT $1, id, $3 FROM customers WHERE id IN ({these})"
        );
        (sql, args![segment, json_of(ids), at])
    } else {
        let sql = format!("DELETE FROM segment_members WHERE segment_id = $1 AND customer_id IN ({these})");
        (sql, args![segment, json_of(ids)])
    };
    tx.execute(&members, binds).await?;
    let Some(cause) = cause else { return Ok(()) };
    let events = format!(
        "INSERT INTO segment_events (segment_id, customer_id, entered, cause, at)
         SELECT $1, id, $3, $4, $5 FROM customers WHERE id IN ({these}) ORDER BY id"
    );
    tx.execute(&events, args![segment, json_of(ids), entered, cause.code(), at]).await?;
    Ok(())
}

/// How far the change log was followed.
///
/// # Errors
/// When the database does not answer.
pub async fn position(q: &impl Query) -> DbResult<i64> {
    q.integer("SELECT position FROM segment_follower WHERE id = 1", args![]).await
}

/// Notes how far the change log was followed.
///
/// # Errors
/// When the database does not answer.
pub async fn set_position(tx: &Tx, position: i64) -> DbResult<()> {
    tx.execute("UPDATE segment_follower SET position = $1 WHERE id = 1", args![position]).await?;
    Ok(())
}

/// How many customers changed after a place in the change log, counted up to `most`.
///
/// # Errors
/// When the database does not answer.
pub async fn count_logged(q: &impl Query, after: i64, most: i64) -> DbResult<i64> {
    let sql = "SELECT COUNT(*) FROM (SELECT 1 AS one FROM change_log WHERE seq > $1 LIMIT $2) t";
    q.integer(sql, args![after, most]).await
}

/// How many changes wait that the change log does not tell, counted up to `most`.
///
/// # Errors
/// When the database does not answer.
pub async fn count_waiting(q: &impl Query, most: i64) -> DbResult<i64> {
    q.integer("SELECT COUNT(*) FROM (SELECT 1 AS one FROM segment_changes LIMIT $1) t", args![most]).await
}

/// Takes away the oldest of them; yields the customers, each once.
///
/// # Errors
/// When the database does not answer.
pub async fn take_waiting(tx: &Tx, most: usize) -> DbResult<Vec<CustomerId>> {
    let sql = "DELETE FROM segment_changes WHERE id IN (SELECT id FROM segment_changes ORDER BY id LIMIT $1)
      RETURNING customer_id";
    let rows: Vec<(i64,)> = tx.all(sql, args![most]).await?;
    let ids: BTreeSet<i64> = rows.into_iter().map(|(id,)| id).collect();
    Ok(ids.into_iter().map(CustomerId).collect())
}

/// Takes all away that wait now: everybody is looked at instead.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_waiting(tx: &Tx) -> DbResult<()> {
    tx.execute("DELETE FROM segment_changes", args![]).await?;
    Ok(())
}
