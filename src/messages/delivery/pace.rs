//! How fast mails may leave, of all servers together: each has a moment before which it does not go.

use crate::args;
use crate::base::Timestamp;
use crate::server::db::dialect::{for_update, numbers_of_json};
use crate::server::{DbResult, Query, Tx};
use std::collections::HashMap;

/// Moments are given out so far ahead: what is claimed is sent at once, so that pausing takes effect at once.
pub const AHEAD: i64 = Timestamp::SECOND / 2;

/// The moments of one line of mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    next: Timestamp,
    /// Between two mails; 0 is no limit.
    gap: i64,
}

impl Pace {
    #[must_use]
    pub fn new(next: Timestamp, per_second: u32, now: Timestamp) -> Self {
        let gap = if per_second == 0 { 0 } else { Timestamp::SECOND / i64::from(per_second) };
        Self { next: next.max(now), gap }
    }

    /// How many moments come before `until`, at most `wanted`.
    #[must_use]
    pub fn room(&self, until: Timestamp, wanted: usize) -> usize {
        match (self.next <= until, self.gap) {
            (false, _) => 0,
            (true, 0) => wanted,
            (true, gap) => usize::try_from((until.0 - self.next.0) / gap + 1).unwrap_or(wanted).min(wanted),
        }
    }

    /// The next moment, unless it comes after `until`.
    pub fn take(&mut self, until: Timestamp) -> Option<Timestamp> {
        let at = self.next;
        (at <= until).then(|| {
            self.next = at.plus(self.gap);
            at
        })
    }

    /// The moment after the last one taken.
    #[must_use]
    pub fn next(&self) -> Timestamp {
        self.next
    }
}

/// Locks and reads when the next mail may go, of all.
///
/// # Errors
/// When the database does not answer.
pub async fn lock(tx: &Tx) -> DbResult<Timestamp> {
    tx.execute("INSERT INTO mail_pace (domain, next_at) VALUES ('', 0) ON CONFLICT (domain) DO NOTHING", args![]).await?;
    let sql = format!("SELECT next_at FROM mail_pace WHERE domain = ''{}", for_update(tx));
    Ok(Timestamp(tx.integer(&sql, args![]).await?))
}

/// When the next mail may go to each domain that has to wait.
///
/// # Errors
/// When the database does not answer.
pub async fn of_domains(q: &impl Query, now: Timestamp) -> DbResult<HashMap<String, Timestamp>> {
    let rows: Vec<(String, i64)> =
        q.all("SELECT domain, next_at FROM mail_pace WHERE next_at > $1 AND domain <> ''", args![now]).await?;
    Ok(rows.into_iter().map(|(domain, next)| (domain, Timestamp(next))).collect())
}

/// Writes when the next mail may go (`''`: any), unless it is later already.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(tx: &Tx, domain: &str, next: Timestamp) -> DbResult<()> {
    let sql = "INSERT INTO mail_pace (domain, next_at) VALUES ($1, $2)
        ON CONFLICT (domain) DO UPDATE SET next_at = excluded.next_at WHERE mail_pace.next_at < excluded.next_at";
    tx.execute(sql, args![domain, next]).await.map(drop)
}

/// Forgets domains that nobody waits for.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(tx: &Tx, now: Timestamp) -> DbResult<()> {
    tx.execute("DELETE FROM mail_pace WHERE domain <> '' AND next_at < $1", args![now.plus(-Timestamp::MINUTE)]).await.map(drop)
}

/// A condition for rows of the outbox that belong to these ids, bound as JSON.
#[must_use]
pub fn among(q: &impl Query, bind: &str) -> String {
    format!("id IN ({})", numbers_of_json(q, bind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_apart_and_none_is_given_twice() {
        let (now, until) = (Timestamp(1_000_000), Timestamp(1_500_000));
        let mut pace = Pace::new(Timestamp(0), 10, now);
        assert_eq!(pace.room(until, 100), 6);
        let given: Vec<i64> = std::iter::from_fn(|| pace.take(until)).map(|at| at.0).collect();
        assert_eq!(given, [1_000_000, 1_100_000, 1_200_000, 1_300_000, 1_400_000, 1_500_000]);
        // Another server goes on where this one ended.
        assert_eq!(Pace::new(pace.next(), 10, now).room(until, 100), 0);
        assert_eq!(Pace::new(Timestamp(0), 0, now).room(until, 7), 7);
        assert_eq!(Pace::new(Timestamp(9_000_000), 0, now).room(until, 7), 0);
    }
}
