//! Reading the change log, which has one row for each customer: the newest change, with a number.
//!
//! On SQLite, where writers come one after the other, what lies behind the last number read is new. On PostgreSQL the number
//! is the writing transaction's, and transactions become visible in any order: everything from the oldest one still running
//! on is read again, and what was seen with the same number before is passed over.

use crate::args;
use crate::server::{Db, DbResult, Query};
use std::collections::HashMap;

/// Changes read at once.
pub(super) const BATCH: usize = 512;

/// How far the log was read.
#[derive(Debug, Default)]
pub struct Log {
    /// All changes up to this number are known.
    position: i64,
    /// Those known with a higher number: number by customer. Only on PostgreSQL.
    seen: HashMap<i64, i64>,
}

/// One reading of the log, up to what stood in it when it began: it ends even while others write.
#[derive(Debug)]
pub struct Reading {
    /// The last row read: number and customer.
    at: (i64, i64),
    end: i64,
    /// The position when all is read.
    position: i64,
}

impl Log {
    /// From what will be written from now on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn from_now_on(db: &Db) -> DbResult<Self> {
        forget_other_clusters(db).await?;
        Ok(Self::from_position(settled(db).await?))
    }

    pub fn from_position(position: i64) -> Self {
        Self { position, seen: HashMap::new() }
    }

    pub fn position(&self) -> i64 {
        self.position
    }

    /// Begins to read what is new. `None` where the log ends before the position: then this is another database, or an
    /// older state of it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(&self, db: &Db) -> DbResult<Option<Reading>> {
        // In this order: what is settled now is in the log up to an end that is read after.
        let position = settled(db).await?;
        let end = last_number(db).await?;
        let reading = Reading { at: (self.position, i64::MAX), end, position };
        Ok((position >= self.position).then_some(reading))
    }

    /// The next changes, number and customer; `None` when all are read.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn next(&self, db: &Db, reading: &mut Reading) -> DbResult<Option<Vec<(i64, i64)>>> {
        // The first comparison lets SQLite start at the number, the second PostgreSQL within one transaction's changes.
        let sql = "SELECT seq, customer_id FROM change_log WHERE seq >= $1 AND (seq, customer_id) > ($1, $2) AND seq <= $3
                    ORDER BY seq, customer_id LIMIT $4";
        let rows: Vec<(i64, i64)> = db.all(sql, args![reading.at.0, reading.at.1, reading.end, BATCH]).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        reading.at = *last;
        Ok(Some(rows.into_iter().filter(|(number, customer)| self.seen.get(customer) != Some(number)).collect()))
    }

    /// Notes that these changes are known, so that they are passed over should they be read again.
    pub fn know(&mut self, changes: &[(i64, i64)], reading: &Reading) {
        let again = changes.iter().filter(|(number, _)| *number > reading.position);
        self.seen.extend(again.map(|(number, customer)| (*customer, *number)));
    }

    /// Notes that all of the reading's changes are known.
    pub fn finish(&mut self, reading: &Reading) {
        self.position = reading.position;
        self.seen.retain(|_, number| *number > reading.position);
    }
}

/// A dump carries the numbers of the transactions of the cluster it was taken from; those that this cluster has yet to reach
/// would be read again and again. What they stand for is loaded anyway.
async fn forget_other_clusters(db: &Db) -> DbResult<()> {
    if !db.is_postgres() {
        return Ok(());
    }
    let ahead = "seq >= CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT)";
    if db.optional::<(i64,)>(&format!("SELECT seq FROM change_log WHERE {ahead} LIMIT 1"), args![]).await?.is_some() {
        let tx = db.begin().await?;
        tx.execute(&format!("UPDATE change_log SET seq = 0 WHERE {ahead}"), args![]).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The number up to which nothing can be added to the log any more.
async fn settled(db: &Db) -> DbResult<i64> {
    if db.is_postgres() {
        db.integer("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) - 1", args![]).await
    } else {
        last_number(db).await
    }
}

async fn last_number(db: &Db) -> DbResult<i64> {
    db.integer("SELECT MAX(seq) FROM change_log", args![]).await
}
