//! Which orders a campaign led to: those placed within some days (a setting) after their customer last clicked in one of its mails, else,
//! where the settings say so, opened one. The last click before the order counts, whichever campaign it was in; of repeated clicks
//! on one link the first and the last are known. What is cancelled or refunded later is taken off where the figures are read.

use crate::args;
use crate::base::{AppResult, Timestamp};
use crate::office::settings::MailSettings;
use crate::server::db::dialect::for_update;
use crate::server::{AppState, DbResult, Query, Tx};

/// Orders are looked at when they are so old: by then those that were being placed at the same time are committed.
const LAG: i64 = Timestamp::MINUTE;
/// Orders looked at in one transaction.
const BATCH: i64 = 200;
/// Batches in one go.
const BATCHES: usize = 20;

/// How far orders were looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
struct Seen {
    placed_at: i64,
    order_id: i64,
}

#[derive(sqlx::FromRow)]
struct Placed {
    id: i64,
    customer_id: i64,
    placed_at: i64,
}

/// Looks through the orders that were placed since the last time; asked by every worker now and then.
///
/// # Errors
/// When the database does not answer.
pub async fn attribute(state: &AppState, now: Timestamp) -> AppResult<()> {
    let until = now.plus(-LAG);
    for _ in 0..BATCHES {
        let Some(seen) = find_seen(&state.db, "").await? else { return begin(state).await };
        if list_placed(&state.db, seen, until, 1).await?.is_empty() {
            return Ok(());
        }
        let tx = state.db.begin().await?;
        // Another server may have gone on meanwhile.
        let Some(seen) = find_seen(&tx, for_update(&tx)).await? else { return Ok(()) };
        let placed = list_placed(&tx, seen, until, BATCH).await?;
        let Some(last) = placed.last() else { return Ok(()) };
        let settings = state.settings();
        for order in &placed {
            attribute_one(&tx, order, &settings.mail).await?;
        }
        let sql = "UPDATE campaign_orders_seen SET placed_at = $1, order_id = $2 WHERE id = 1";
        tx.execute(sql, args![last.placed_at, last.id]).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Orders before the first reaction of all are no campaign's.
async fn begin(state: &AppState) -> AppResult<()> {
    let first = state.db.integer("SELECT COALESCE(MIN(first_at), 0) FROM mail_reactions WHERE first_at > 0", args![]).await?;
    if first > 0 {
        let tx = state.db.begin().await?;
        let sql = "INSERT INTO campaign_orders_seen (id, placed_at, order_id) VALUES (1, $1, 0) ON CONFLICT (id) DO NOTHING";
        tx.execute(sql, args![first]).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn find_seen(q: &impl Query, lock: &str) -> DbResult<Option<Seen>> {
    q.optional(&format!("SELECT placed_at, order_id FROM campaign_orders_seen WHERE id = 1{lock}"), args![]).await
}

async fn list_placed(q: &impl Query, seen: Seen, until: Timestamp, limit: i64) -> DbResult<Vec<Placed>> {
    let sql =
        "SELECT id, customer_id, placed_at FROM orders WHERE status <> 'draft' AND (placed_at, id) > ($1, $2) AND placed_at <= $3
        ORDER BY placed_at, id LIMIT $4";
    q.all(sql, args![seen.placed_at, seen.order_id, until, limit]).await
}

async fn attribute_one(tx: &Tx, order: &Placed, settings: &MailSettings) -> DbResult<()> {
    let from = order.placed_at - i64::from(settings.attribution_days) * Timestamp::DAY;
    let opens = settings.attribute_opens;
    let sql = "INSERT INTO campaign_orders (order_id, campaign_id, touch, touched_at)
        SELECT $1, t.campaign_id, CASE WHEN t.link_id > 0 THEN 'clicked' ELSE 'opened' END, t.at FROM (
          SELECT campaign_id, mail_id, link_id, CASE WHEN last_at <= $3 THEN last_at ELSE first_at END AS at FROM mail_reactions
          WHERE customer_id = $2 AND times > 0 AND first_at <= $3 AND last_at >= $4) AS t
        WHERE t.at >= $4 AND (t.link_id > 0 OR $5)
        ORDER BY CASE WHEN t.link_id > 0 THEN 0 ELSE 1 END, t.at DESC, t.mail_id DESC LIMIT 1
        ON CONFLICT (order_id) DO NOTHING";
    tx.execute(sql, args![order.id, order.customer_id, order.placed_at, from, opens]).await.map(drop)
}
