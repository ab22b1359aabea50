//! All SQL of opens and clicks.

use super::machine::{Asked, BETWEEN_CLICKS};
use crate::args;
use crate::base::{CampaignId, MailId, Timestamp};
use crate::server::{DbResult, Query, Tx};

/// Reactions are written down for so long after a mail left; its links lead on for ever.
pub const FOLLOWED: i64 = 180 * Timestamp::DAY;

/// The link that stands for a mail's picture.
pub const PICTURE: i64 = 0;

/// The links of a campaign by position: number, position, target.
///
/// # Errors
/// When the database does not answer.
pub async fn list_links(q: &impl Query, campaign: CampaignId) -> DbResult<Vec<(i64, i64, String)>> {
    q.all("SELECT id, position, target FROM campaign_links WHERE campaign_id = $1 ORDER BY position", args![campaign]).await
}

/// Writes where the links of a campaign lead. Several servers may begin at once: the first says it.
///
/// # Errors
/// When the database does not answer.
pub async fn add_links(tx: &Tx, campaign: CampaignId, targets: &[String]) -> DbResult<()> {
    let sql = "INSERT INTO campaign_links (campaign_id, position, target) VALUES ($1, $2, $3) ON CONFLICT (campaign_id, position) DO NOTHING";
    for (position, target) in (0_i64..).zip(targets) {
        tx.execute(sql, args![campaign, position, target]).await?;
    }
    Ok(())
}

/// Where a link leads, as it was written.
///
/// # Errors
/// When the database does not answer.
pub async fn find_target(q: &impl Query, link: i64) -> DbResult<Option<String>> {
    let row: Option<(String,)> = q.optional("SELECT target FROM campaign_links WHERE id = $1", args![link]).await?;
    Ok(row.map(|(target,)| target))
}

/// Whom a mail went to, and in which language it was written.
///
/// # Errors
/// When the database does not answer.
pub async fn find_recipient(q: &impl Query, mail: MailId) -> DbResult<Option<(i64, String)>> {
    let sql = "SELECT c.id, o.locale FROM outbox o JOIN customers c ON c.id = o.customer_id WHERE o.id = $1 AND c.anonymised_at IS NULL";
    q.optional(sql, args![mail]).await
}

/// Writes down that a link was followed, or for [`PICTURE`] that a mail was opened. Whoever withdrew consent meanwhile is not followed.
///
/// # Errors
/// When the database does not answer.
pub async fn record(tx: &Tx, mail: MailId, link: i64, asked: Asked<'_>, now: Timestamp) -> DbResult<()> {
    let sql = "SELECT o.campaign_id, o.customer_id, o.handed_at FROM outbox o JOIN customers c ON c.id = o.customer_id
        WHERE o.id = $1 AND o.campaign_id IS NOT NULL AND o.handed_at > $2 AND c.marketing_email AND c.anonymised_at IS NULL";
    let row: Option<(i64, i64, i64)> = tx.optional(sql, args![mail, now.plus(-FOLLOWED)]).await?;
    let Some((campaign, customer, handed)) = row else { return Ok(()) };
    let after = now.0 - handed;
    let machine = if link == PICTURE {
        asked.is_machine_open(after)
    } else {
        asked.is_machine_click(after) || is_one_of_many(tx, mail, link, now).await?
    };
    let sql = "INSERT INTO mail_reactions (mail_id, link_id, campaign_id, customer_id, times, machine_times, first_at, last_at, machine_at)
        VALUES ($1, $2, $3, $4, CASE WHEN $5 THEN 0 ELSE 1 END, CASE WHEN $5 THEN 1 ELSE 0 END,
          CASE WHEN $5 THEN 0 ELSE $6 END, CASE WHEN $5 THEN 0 ELSE $6 END, CASE WHEN $5 THEN $6 ELSE 0 END)
        ON CONFLICT (mail_id, link_id) DO UPDATE SET
          times = mail_reactions.times + excluded.times,
          machine_times = mail_reactions.machine_times + excluded.machine_times,
          first_at = CASE WHEN mail_reactions.first_at = 0 THEN excluded.first_at ELSE mail_reactions.first_at END,
          last_at = CASE WHEN excluded.last_at > mail_reactions.last_at THEN excluded.last_at ELSE mail_reactions.last_at END,
          machine_at = CASE WHEN excluded.machine_at > mail_reactions.machine_at THEN excluded.machine_at ELSE mail_reactions.machine_at END";
    tx.execute(sql, args![mail, link, campaign, customer, machine, now]).await.map(drop)
}

/// Whether another link of the mail was followed a moment ago; then that was a machine as well.
async fn is_one_of_many(tx: &Tx, mail: MailId, link: i64, now: Timestamp) -> DbResult<bool> {
    let since = now.plus(-BETWEEN_CLICKS);
    let sql = "UPDATE mail_reactions SET machine_times = machine_times + times, machine_at = last_at, times = 0, first_at = 0, last_at = 0
        WHERE mail_id = $1 AND link_id <> $2 AND link_id > 0 AND times > 0 AND first_at > $3";
    let were_people = tx.execute(sql, args![mail, link, since]).await?;
    if were_people > 0 {
        return Ok(true);
    }
    let sql = "SELECT COUNT(*) FROM mail_reactions WHERE mail_id = $1 AND link_id <> $2 AND link_id > 0 AND machine_at > $3";
    Ok(tx.integer(sql, args![mail, link, since]).await? > 0)
}
