//! The nightly job that clears away carts in which nothing has happened for a season: nobody comes back to them, and they hold what
//! somebody wanted to buy. Drafts that staff wrote or that wait for a payment stay.

use crate::args;
use crate::base::{AppResult, Timestamp};
use crate::office::jobs::service::{Step, Work};
use crate::office::jobs::store::Job;
use crate::server::db::dialect::for_update_skip_locked;
use crate::server::{DbResult, Tx};
use async_trait::async_trait;

/// How long a cart waits for its customer.
pub const KEPT: i64 = 90 * Timestamp::DAY;

/// The work.
pub struct Prune;

#[async_trait]
impl Work for Prune {
    async fn step(&mut self, tx: &Tx, job: &Job, size: usize, now: Timestamp) -> AppResult<Step> {
        let before = now.plus(-KEPT);
        let (carts, tokens) = (prune_drafts(tx, before, size).await?, prune_tokens(tx, before, size).await?);
        let done = i64::try_from(carts + tokens).unwrap_or(i64::MAX);
        let full = u64::try_from(size).unwrap_or(u64::MAX);
        let changed = i64::try_from(carts).unwrap_or(i64::MAX);
        Ok(Step { cursor: job.cursor, done, changed, last: carts < full && tokens < full })
    }
}

/// A cart that is being ordered just now is passed over.
async fn prune_drafts(tx: &Tx, before: Timestamp, size: usize) -> DbResult<u64> {
    let sql = format!(
        "DELETE FROM orders WHERE id IN (
           SELECT id FROM orders WHERE status = 'draft' AND draft_kind = 'abandoned_cart' AND updated_at < $1
           ORDER BY updated_at, id LIMIT $2{})",
        for_update_skip_locked(tx)
    );
    tx.execute(&sql, args![before, size]).await
}

/// The shop front's tokens of carts that became orders, or are gone.
async fn prune_tokens(tx: &Tx, before: Timestamp, size: usize) -> DbResult<u64> {
    let sql = "DELETE FROM carts WHERE token IN (
                 SELECT c.token FROM carts c LEFT JOIN orders o ON o.id = c.order_id
                 WHERE c.updated_at < $1 AND (o.id IS NULL OR o.status <> 'draft') ORDER BY c.token LIMIT $2)";
    tx.execute(sql, args![before, size]).await
}
