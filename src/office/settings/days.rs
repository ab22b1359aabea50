//! After the time zone has changed: moves everything to the days of the new one, as a job that resumes where it was.
//!
//! Instants never change; days are computed from them in SQL, with the zone's offsets written into the statement, so that a
//! batch is one statement. Rows whose day stays are not written. Then the daily roll-ups are made again, day by day.

use super::zone::Zone;
use crate::args;
use crate::base::{AppResult, Day, StaffId, Timestamp};
use crate::commerce::stats;
use crate::office::jobs::kind;
use crate::office::jobs::service::{Step, Work};
use crate::office::jobs::store::{Job, NewJob, insert, supersede};
use crate::server::{AppState, DbResult, Query, Tx};
use async_trait::async_trait;

/// A column that keeps the local day of an instant.
struct DayColumn {
    table: &'static str,
    id: &'static str,
    at: &'static str,
    day: &'static str,
}

/// Every one of them; a test fails for a day column that is not here.
const COLUMNS: [DayColumn; 7] = [
    DayColumn { table: "customers", id: "id", at: "registered_at", day: "registered_day" },
    DayColumn { table: "orders", id: "id", at: "placed_at", day: "placed_day" },
    DayColumn { table: "refunds", id: "id", at: "at", day: "day" },
    DayColumn { table: "visits", id: "id", at: "started_at", day: "day" },
    DayColumn { table: "events", id: "id", at: "at", day: "day" },
    DayColumn { table: "customer_stats", id: "customer_id", at: "first_order_at", day: "first_order_day" },
    DayColumn { table: "customer_stats", id: "customer_id", at: "last_order_at", day: "last_order_day" },
];

/// The job's cursor is a phase (a column, and last the roll-ups) above so many bits of an id.
const ID_BITS: u32 = 44;

/// A roll-up costs as much as so many rows.
const ROWS_PER_ROLLUP: usize = 100;

/// Starts the job; one for an earlier zone that is still at work stops.
///
/// # Errors
/// When the database does not answer.
pub async fn enqueue(tx: &Tx, zone: &str, staff: StaffId, now: Timestamp) -> AppResult<()> {
    supersede(tx, kind::REBUILD_DAYS, now).await?;
    let mut total = 0;
    for column in &COLUMNS {
        total += last_id(tx, column).await?;
    }
    let payload = serde_json::Value::from(zone).to_string();
    let new = NewJob { kind: kind::REBUILD_DAYS, payload: &payload, subject: zone, total, staff: Some(staff), undo_of: None };
    insert(tx, new, now).await?;
    Ok(())
}

async fn last_id(q: &impl Query, column: &DayColumn) -> DbResult<i64> {
    q.integer(&format!("SELECT MAX({}) FROM {}", column.id, column.table), args![]).await
}

/// Opens the work.
///
/// # Errors
/// When the zone of the payload does not exist, or the database does not answer.
pub async fn open(state: &AppState, job: &Job) -> AppResult<Box<dyn Work>> {
    let name: String = serde_json::from_str(&job.payload).map_err(|error| crate::server::internal(&error))?;
    let zone = Zone::parse(&name).ok_or_else(|| crate::server::internal(&format!("no time zone is called {name:?}")))?;
    // Two years ahead: nothing that happened lies there, and the job is done long before.
    let offsets = zone.offsets(Timestamp(0), state.clock.now().plus(730 * Timestamp::DAY));
    let stores: Vec<(i64,)> = state.db.all("SELECT id FROM stores ORDER BY id", args![]).await?;
    Ok(Box::new(Rebuild { zone, offsets, stores: stores.into_iter().map(|(id,)| id).collect() }))
}

struct Rebuild {
    zone: Zone,
    /// Newest first.
    offsets: Vec<(Timestamp, i64)>,
    stores: Vec<i64>,
}

#[async_trait]
impl Work for Rebuild {
    async fn step(&mut self, tx: &Tx, job: &Job, size: usize, _now: Timestamp) -> AppResult<Step> {
        let phase = usize::try_from(job.cursor >> ID_BITS).unwrap_or(usize::MAX);
        let after = job.cursor & ((1 << ID_BITS) - 1);
        match COLUMNS.get(phase) {
            Some(column) => self.move_days(tx, column, phase, after, size).await,
            None => self.roll_up(tx, phase, after, size).await,
        }
    }
}

fn cursor(phase: usize, after: i64) -> i64 {
    i64::try_from(phase).unwrap_or_default() << ID_BITS | after
}

impl Rebuild {
    async fn move_days(&self, tx: &Tx, column: &DayColumn, phase: usize, after: i64, size: usize) -> AppResult<Step> {
        let DayColumn { table, id, at, day } = column;
        let next = format!("SELECT MAX({id}) FROM (SELECT {id} FROM {table} WHERE {id} > $1 ORDER BY {id} LIMIT $2) AS next");
        let to = tx.integer(&next, args![after, size]).await?;
        if to == 0 {
            return Ok(Step { cursor: cursor(phase + 1, 0), done: 0, changed: 0, last: false });
        }
        let local = self.day_sql(at);
        let update =
            format!("UPDATE {table} SET {day} = {local} WHERE {id} > $1 AND {id} <= $2 AND {at} > 0 AND {day} <> {local}");
        let changed = tx.execute(&update, args![after, to]).await?;
        let changed = i64::try_from(changed).unwrap_or(i64::MAX);
        Ok(Step { cursor: cursor(phase, to), done: to - after, changed, last: false })
    }

    /// The local day of the instant in column `at`. Most rows are recent: the newest offset comes first. Both databases divide
    /// towards zero, which for instants after 1970 is downwards but for the hours that a zone is behind.
    fn day_sql(&self, at: &str) -> String {
        const DAY: i64 = Timestamp::DAY;
        let mut sql = String::from("CASE");
        for (since, offset) in &self.offsets {
            sql.push_str(&format!(" WHEN {at} >= {} THEN ({at} + {}) / {DAY} - 1", since.0, offset + DAY));
        }
        sql.push_str(" ELSE 0 END");
        sql
    }

    async fn roll_up(&self, tx: &Tx, phase: usize, after: i64, size: usize) -> AppResult<Step> {
        let Some((first, last)) = self.days_with_orders(tx).await? else {
            return Ok(Step { cursor: cursor(phase, after), done: 0, changed: 0, last: true });
        };
        let days = i64::try_from((size / ROWS_PER_ROLLUP / self.stores.len().max(1)).max(1)).unwrap_or(1);
        let from = first + after;
        let to = (from + days).min(last + 1);
        for day in from..to {
            for store in &self.stores {
                stats::refresh_day(tx, Day(i32::try_from(day).unwrap_or_default()), *store).await?;
            }
        }
        Ok(Step { cursor: cursor(phase, to - first), done: 0, changed: 0, last: to > last })
    }

    /// The days that may have a roll-up, by the old zone or the new: one more on either side.
    async fn days_with_orders(&self, tx: &Tx) -> AppResult<Option<(i64, i64)>> {
        let first = tx.integer("SELECT MIN(placed_at) FROM orders WHERE status <> 'draft'", args![]).await?;
        if first == 0 {
            return Ok(None);
        }
        let last_order = tx.integer("SELECT MAX(placed_at) FROM orders WHERE status <> 'draft'", args![]).await?;
        let last_rollup = tx.integer("SELECT MAX(day) FROM daily_rollups", args![]).await?;
        let day = |at| i64::from(self.zone.day(Timestamp(at)).0);
        Ok(Some((day(first) - 1, (day(last_order) + 1).max(last_rollup + 1))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_column_is_moved() {
        let schema = include_str!("../../../migrations/sqlite/0001_first_rooms.sql");
        let mut table = "";
        for line in schema.lines() {
            if let Some(name) = line.strip_prefix("CREATE TABLE ") {
                table = name.trim_end_matches(" (");
            }
            let column = line.trim().split(' ').next().unwrap_or_default();
            let is_day = line.starts_with("  ") && (column == "day" || column.ends_with("_day")) && table != "daily_rollups";
            let known = COLUMNS.iter().any(|c| c.table == table && c.day == column);
            assert!(!is_day || known, "{table}.{column}");
        }
    }
}
