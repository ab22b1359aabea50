//! The step after a mail was handed over: what came of it is written down, and what follows from that.

use super::model::backoff;
use super::pace;
use super::store::Claimed;
use crate::args;
use crate::base::{AppResult, CampaignId, Timestamp};
use crate::messages::suppression::{self, Reason};
use crate::messages::transport::Outcome;
use crate::office::alerts;
use crate::office::audit::store::{Actor, Entry, record};
use crate::office::settings::MailSettings;
use crate::server::{DbResult, Query, Tx};

/// A mail that was handed over, and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Handed<'a> {
    pub worker: &'a str,
    pub mail: &'a Claimed,
    /// The address it went to, and its domain.
    pub to: &'a str,
    pub domain: &'a str,
    /// What was handed over, sealed, where it is to be kept.
    pub sealed: Option<&'a str>,
    pub outcome: &'a Outcome,
}

/// Writes down what came of a mail. Whoever was taken for dead meanwhile may still say it, as long as nobody else acted.
///
/// # Errors
/// When the database does not answer.
pub async fn settle(tx: &Tx, result: Handed<'_>, settings: &MailSettings, now: Timestamp) -> AppResult<()> {
    let tries = result.mail.attempts + 1;
    let write = |state: &'static str, next: Timestamp, sent: Timestamp, why: &'static str, answer: String| async move {
        let sql = "UPDATE outbox SET state = $4, next_at = $5, sent_at = $6, why = $7, answer = $8, worker = CASE WHEN $4 = 'in_doubt' THEN worker ELSE '' END
            WHERE id = $1 AND worker = $2 AND attempts = $3 AND state IN ('handing_over', 'in_doubt')";
        let (mail, worker) = (result.mail.id, result.worker);
        DbResult::Ok(tx.execute(sql, args![mail, worker, tries, state, next, sent, why, answer]).await? == 1)
    };
    let never = Timestamp(0);
    match result.outcome {
        Outcome::Accepted(answer) => {
            if write("sent", never, now, "", answer.clone()).await? {
                accepted(tx, result).await?;
            }
        }
        Outcome::Later(answer) => {
            if tries < i64::from(settings.tries.max(1)) {
                let next = now.plus(backoff(settings.retry_seconds, tries));
                write("queued", next, never, "mail.why.later", answer.clone()).await?;
            } else {
                write("failed", never, never, "mail.why.tries", answer.clone()).await?;
            }
            if wants_fewer(answer) {
                pace::keep(tx, result.domain, now.plus(backoff(settings.retry_seconds, 1))).await?;
            }
        }
        Outcome::Refused { answer, .. } => {
            if write("failed", never, never, "mail.why.refused", answer.clone()).await? {
                refused(tx, result, settings, now).await?;
            }
        }
        Outcome::Unreachable(answer) | Outcome::LoginRefused(answer) => {
            // Nobody's fault: it counts as no try.
            let sql = "UPDATE outbox SET state = 'queued', worker = '', attempts = attempts - 1, next_at = $4, why = 'mail.why.unreachable', answer = $5
                WHERE id = $1 AND worker = $2 AND attempts = $3 AND state IN ('handing_over', 'in_doubt')";
            tx.execute(sql, args![result.mail.id, result.worker, tries, now, answer]).await?;
        }
        Outcome::InDoubt(answer) if settings.resend_in_doubt => {
            let next = now.plus(backoff(settings.retry_seconds, tries));
            write("queued", next, never, "mail.why.in_doubt", answer.clone()).await?;
        }
        Outcome::InDoubt(answer) => {
            write("in_doubt", now, never, "mail.why.in_doubt", answer.clone()).await?;
            alerts::store::raise(tx, "mail.in_doubt", "", answer, now).await?;
        }
    }
    Ok(())
}

/// Whether a mail server says that it gets too many: 421, or a policy of its own (4.7.x).
fn wants_fewer(answer: &str) -> bool {
    answer.starts_with("421") || answer.split_whitespace().nth(1).is_some_and(|word| word.starts_with("4.7."))
}

async fn accepted(tx: &Tx, result: Handed<'_>) -> DbResult<()> {
    if let Some(sealed) = result.sealed {
        let sql = "INSERT INTO outbox_letters (mail_id, sealed) VALUES ($1, $2) ON CONFLICT (mail_id) DO UPDATE SET sealed = excluded.sealed";
        tx.execute(sql, args![result.mail.id, sealed]).await?;
    }
    if let Some(campaign) = result.mail.campaign {
        let sql = "UPDATE campaigns SET refused_in_a_row = 0 WHERE id = $1 AND refused_in_a_row > 0";
        tx.execute(sql, args![campaign]).await?;
    }
    Ok(())
}

async fn refused(tx: &Tx, result: Handed<'_>, settings: &MailSettings, now: Timestamp) -> AppResult<()> {
    let Outcome::Refused { answer, .. } = result.outcome else { return Ok(()) };
    if result.outcome.says_no_such_mailbox() {
        let key = result.to.to_lowercase();
        suppression::store::add(tx, &key, Reason::Bounced, answer, (Some(result.mail.id), None), now).await?;
        let sql = "INSERT INTO mail_events (mail_id, kind, detail, at) VALUES ($1, 'bounced', $2, $3) ON CONFLICT (mail_id, kind) DO NOTHING";
        tx.execute(sql, args![result.mail.id, answer, now]).await?;
    }
    match result.mail.campaign {
        Some(campaign) => count_refusal(tx, campaign, answer, settings, now).await,
        None => Ok(()),
    }
}

/// A campaign of which mail after mail is refused stops: going on would ruin the sender's name.
async fn count_refusal(tx: &Tx, campaign: CampaignId, answer: &str, settings: &MailSettings, now: Timestamp) -> AppResult<()> {
    let counted: Option<(i64, String)> = tx
        .optional(
            "UPDATE campaigns SET refused_in_a_row = refused_in_a_row + 1 WHERE id = $1 AND state = 'sending' RETURNING refused_in_a_row, name",
            args![campaign],
        )
        .await?;
    let Some((refused, name)) = counted else { return Ok(()) };
    if refused < i64::from(settings.stop_after_refusals.max(1)) {
        return Ok(());
    }
    let stop = "UPDATE campaigns SET state = 'paused', paused_why = 'campaign.paused.refused', updated_at = $2, version = version + 1 WHERE id = $1";
    tx.execute(stop, args![campaign, now]).await?;
    let entry = Entry { action: "campaign.stopped", entity: "campaign", entity_id: campaign.0, customer: None, changes: &[] };
    record(tx, &Actor::system(now), entry).await?;
    Ok(alerts::store::raise(tx, "campaign.refused", &campaign.to_string(), &format!("{name}: {answer}"), now).await?)
}
