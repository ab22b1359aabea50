//! Expiry: an entry for each lot whose time is over. The nightly job makes them; a posting to an account makes that account's
//! first, so that nobody spends what has expired since.

use super::Reason;
use super::lots::Part;
use super::service::{By, Posting, enter};
use super::store::{self, Account};
use crate::args;
use crate::base::{AppResult, LedgerAccountId, Timestamp};
use crate::office::jobs::service::{Step, Work};
use crate::office::jobs::store::Job;
use crate::server::{Query, Tx};
use async_trait::async_trait;

/// An account's entries cost as much as so many of the small items that batches are sized for.
const ITEMS_PER_ACCOUNT: usize = 10;

/// Expires what is due on one account, which the caller has locked; yields how many lots that were.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(tx: &Tx, account: &mut Account, now: Timestamp) -> AppResult<i64> {
    let due: Vec<(i64, i64)> = tx
        .all(
            "SELECT id, remaining FROM ledger_lots
             WHERE account_id = $1 AND remaining > 0 AND expires_at > 0 AND expires_at <= $2 ORDER BY expires_at, id",
            args![account.id, now],
        )
        .await?;
    let count = i64::try_from(due.len()).unwrap_or(i64::MAX);
    for (lot, amount) in due {
        // A lot expires once: what comes back later does not go to one that has expired.
        let key = format!("expired:{lot}");
        let posting = Posting { amount, reason: Reason::Expired, by: By::Job, key: &key, order: None, note: "", at: now };
        let posted = enter(tx, account, -amount, &posting, None).await?;
        store::use_lots(tx, posted.entry, &[Part { lot, amount }], 1).await?;
    }
    Ok(count)
}

/// The nightly job over all accounts.
pub struct Expire;

#[async_trait]
impl Work for Expire {
    async fn step(&mut self, tx: &Tx, job: &Job, size: usize, now: Timestamp) -> AppResult<Step> {
        let batch = (size / ITEMS_PER_ACCOUNT).max(1);
        let due: Vec<(i64,)> = tx
            .all(
                "SELECT DISTINCT account_id FROM ledger_lots
                 WHERE remaining > 0 AND expires_at > 0 AND expires_at <= $1 AND account_id > $2 ORDER BY account_id LIMIT $3",
                args![now, job.cursor, batch],
            )
            .await?;
        let accounts: Vec<LedgerAccountId> = due.iter().map(|(id,)| LedgerAccountId(*id)).collect();
        store::hold_all(tx, &accounts).await?;
        let mut changed = 0;
        for id in &accounts {
            changed += sweep(tx, &mut store::hold(tx, *id).await?, now).await?;
        }
        Ok(Step {
            cursor: accounts.last().map_or(job.cursor, |id| id.0),
            done: i64::try_from(accounts.len()).unwrap_or(i64::MAX),
            changed,
            last: accounts.len() < batch,
        })
    }
}
