//! Reconciliation (M5): everything the ledger promises, computed again from the entries and compared with what is stored.

use crate::args;
use crate::base::{AppResult, Timestamp};
use crate::office::alerts::store as alerts;
use crate::office::jobs::service::{Step, Work};
use crate::office::jobs::store::Job;
use crate::server::{DbResult, Query, Tx};
use async_trait::async_trait;

/// The kind of the alerts that the nightly job raises.
pub const ALERT: &str = "ledger.difference";
/// Accounts that are compared at a time.
pub const CHUNK: i64 = 2_000;

/// Something that does not add up.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Difference {
    pub account: i64,
    /// What was compared: `balance`, `chain`, `lots` …
    pub what: String,
    pub stored: i64,
    pub computed: i64,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "account {}: {}: {} ≠ {}", self.account, self.what, self.stored, self.computed)
    }
}

/// What differs among the accounts `$1…$2`. One statement, so one moment of the database, whoever writes meanwhile.
const DIFFERENCES: &str = "
    WITH accounts AS (
           SELECT id, kind, customer_id, balance, credit_limit, entries_count FROM ledger_accounts WHERE id BETWEEN $1 AND $2),
         entries AS (
           SELECT account_id, COUNT(*) AS number, CAST(SUM(amount) AS BIGINT) AS total
           FROM ledger_entries WHERE account_id BETWEEN $1 AND $2 GROUP BY account_id),
         chain AS (
           SELECT account_id, seq, balance_after,
                  CAST(SUM(amount) OVER (PARTITION BY account_id ORDER BY seq) AS BIGINT) AS running,
                  ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY seq) AS place
           FROM ledger_entries WHERE account_id BETWEEN $1 AND $2),
         lots AS (
           SELECT l.id, l.account_id, l.amount, l.remaining,
                  CAST(COALESCE((SELECT SUM(u.amount) FROM ledger_lot_uses u WHERE u.lot_id = l.id), 0) AS BIGINT) AS used
           FROM ledger_lots l WHERE l.account_id BETWEEN $1 AND $2),
         lots_left AS (SELECT account_id, CAST(SUM(remaining) AS BIGINT) AS remaining FROM lots GROUP BY account_id),
         authorised AS (
           SELECT h.account_id, h.status, h.amount - h.captured AS to_release,
                  CAST(COALESCE((SELECT SUM(e.amount) FROM ledger_entries e
                                 WHERE e.reverses_id = h.entry_id AND e.reason = 'released'), 0) AS BIGINT) AS released
           FROM ledger_authorisations h WHERE h.account_id BETWEEN $1 AND $2)
    SELECT a.id AS account, 'balance' AS what, a.balance AS stored, COALESCE(e.total, 0) AS computed
      FROM accounts a LEFT JOIN entries e ON e.account_id = a.id WHERE a.balance <> COALESCE(e.total, 0)
    UNION ALL
    SELECT a.id, 'number of entries', a.entries_count, COALESCE(e.number, 0)
      FROM accounts a LEFT JOIN entries e ON e.account_id = a.id WHERE a.entries_count <> COALESCE(e.number, 0)
    UNION ALL
    SELECT account_id, 'chain', balance_after, running FROM chain WHERE balance_after <> running
    UNION ALL
    SELECT account_id, 'order of entries', seq, place FROM chain WHERE seq <> place
    UNION ALL
    SELECT a.id, 'limit', a.balance, -a.credit_limit FROM accounts a WHERE a.balance < -a.credit_limit
    UNION ALL
    SELECT a.id, 'lots', COALESCE(l.remaining, 0), CASE WHEN a.balance > 0 THEN a.balance ELSE 0 END
      FROM accounts a LEFT JOIN lots_left l ON l.account_id = a.id
      WHERE COALESCE(l.remaining, 0) <> CASE WHEN a.balance > 0 THEN a.balance ELSE 0 END
    UNION ALL
    SELECT account_id, 'use of lots', remaining, amount - used FROM lots WHERE remaining <> amount - used
    UNION ALL
    SELECT account_id, 'authorisation', released, CASE WHEN status = 'open' THEN 0 ELSE to_release END
      FROM authorised WHERE released <> CASE WHEN status = 'open' THEN 0 ELSE to_release END
    UNION ALL
    SELECT a.id, 'customer statistics', CASE WHEN a.kind = 'credit' THEN s.credit_minor ELSE s.points END, a.balance
      FROM accounts a JOIN customer_stats s ON s.customer_id = a.customer_id
      WHERE a.kind <> 'gift_card' AND a.balance <> CASE WHEN a.kind = 'credit' THEN s.credit_minor ELSE s.points END
    ORDER BY 1, 2";

/// What differs among the accounts with ids from `low` to `high`.
///
/// # Errors
/// When the database does not answer.
pub async fn differences(q: &impl Query, low: i64, high: i64) -> DbResult<Vec<Difference>> {
    q.all(DIFFERENCES, args![low, high]).await
}

/// Compares all accounts, a chunk at a time; `progress` is told how many ids are done.
///
/// # Errors
/// When the database does not answer.
pub async fn check(q: &impl Query, mut progress: impl FnMut(u64)) -> DbResult<Vec<Difference>> {
    let last = last_account(q).await?;
    let mut found = Vec::new();
    let mut low = 1;
    while low <= last {
        let high = (low + CHUNK - 1).min(last);
        found.extend(differences(q, low, high).await?);
        progress(high.abs_diff(low) + 1);
        low = high + 1;
    }
    Ok(found)
}

/// The highest id of an account.
///
/// # Errors
/// When the database does not answer.
pub async fn last_account(q: &impl Query) -> DbResult<i64> {
    q.integer("SELECT MAX(id) FROM ledger_accounts", args![]).await
}

/// The nightly job: an alert for each account that does not add up, which goes away once it does again.
pub struct Check;

#[async_trait]
impl Work for Check {
    async fn step(&mut self, tx: &Tx, job: &Job, size: usize, now: Timestamp) -> AppResult<Step> {
        let last = last_account(tx).await?;
        let high = last.min(job.cursor + i64::try_from(size).unwrap_or(CHUNK).min(CHUNK));
        let found = differences(tx, job.cursor + 1, high).await?;
        for difference in &found {
            tracing::error!(%difference, "the ledger does not add up");
            let subject = format!("{} {}", difference.account, difference.what);
            alerts::raise(tx, ALERT, &subject, &difference.to_string(), now).await?;
        }
        let over = high >= last;
        if over {
            alerts::resolve_unseen(tx, ALERT, job.created_at, now).await?;
            report(alerts::count_open(tx, ALERT).await?);
        }
        let changed = i64::try_from(found.len()).unwrap_or(i64::MAX);
        Ok(Step { cursor: high, done: high - job.cursor, changed, last: over })
    }
}

/// Tells the metrics how many differences there are.
fn report(differences: i64) {
    let count = u32::try_from(differences).unwrap_or(u32::MAX);
    metrics::gauge!("clientele_ledger_differences").set(f64::from(count));
}
