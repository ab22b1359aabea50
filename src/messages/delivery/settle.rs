//! The step after mails were handed over: what came of them is written down, and what follows from that.

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
use crate::server::db::dialect::{Column, only_these, rows_of_json};
use crate::server::{DbResult, Query, Tx};
use serde_json::json;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// A mail that was handed over, and what came of it.
#[derive(Clone, Debug)]
pub struct Handed {
    pub mail: Arc<Claimed>,
    /// The address it went to, and its domain.
    pub to: String,
    pub domain: String,
    /// What was handed over, sealed, where it is to be kept.
    pub sealed: Option<String>,
    pub outcome: Outcome,
}

/// Writes down what came of some mails. Whoever was taken for dead meanwhile may still say it, as long as nobody else acted.
///
/// # Errors
/// When the database does not answer.
pub async fn settle(tx: &Tx, worker: &str, handed: &[&Handed], settings: &MailSettings, now: Timestamp) -> AppResult<()> {
    let (accepted, others): (Vec<&Handed>, Vec<&Handed>) =
        handed.iter().partition(|handed| matches!(handed.outcome, Outcome::Accepted(_)));
    accept(tx, worker, &accepted, now).await?;
    for handed in others {
        settle_other(tx, worker, handed, settings, now).await?;
    }
    Ok(())
}

const ACCEPTED: [Column; 3] = [Column::Number("id"), Column::Number("attempts"), Column::Text("answer")];

/// Those that the mail server took.
async fn accept(tx: &Tx, worker: &str, handed: &[&Handed], now: Timestamp) -> DbResult<()> {
    if handed.is_empty() {
        return Ok(());
    }
    let row = |handed: &&Handed| {
        let Outcome::Accepted(answer) = &handed.outcome else { return None };
        Some(json!({"id": handed.mail.id.0, "attempts": handed.mail.attempts + 1, "answer": answer.replace('\0', "")}))
    };
    let rows = serde_json::Value::from(handed.iter().filter_map(row).collect::<Vec<_>>()).to_string();
    let sql = format!(
        "UPDATE outbox SET state = 'sent', next_at = 0, sent_at = $3, why = '', answer = h.answer, worker = ''
         FROM ({}) h WHERE outbox.id = h.id AND outbox.worker || '' = $2 AND outbox.attempts = h.attempts
           AND outbox.state || '' IN ('handing_over', 'in_doubt'){}
         RETURNING outbox.id, outbox.campaign_id, (SELECT k.refused_in_a_row > 0 FROM campaigns k WHERE k.id = outbox.campaign_id)",
        rows_of_json(tx, "$1", &ACCEPTED),
        only_these(tx, "outbox.id", "$1")
    );
    let rows: Vec<(i64, Option<i64>, Option<bool>)> = tx.all(&sql, args![rows, worker, now]).await?;
    let ours: HashSet<i64> = rows.iter().map(|(id, ..)| *id).collect();
    // Whose last mail was refused: seldom any.
    let refused: BTreeSet<i64> =
        rows.iter().filter_map(|(_, campaign, refused)| campaign.filter(|_| *refused == Some(true))).collect();
    for handed in handed.iter().filter(|handed| ours.contains(&handed.mail.id.0)) {
        if let Some(sealed) = &handed.sealed {
            let sql = "INSERT INTO outbox_letters (mail_id, sealed) VALUES ($1, $2) ON CONFLICT (mail_id) DO UPDATE SET sealed = excluded.sealed";
            tx.execute(sql, args![handed.mail.id, sealed.as_str()]).await?;
        }
    }
    for campaign in refused {
        let sql = "UPDATE campaigns SET refused_in_a_row = 0 WHERE id = $1 AND refused_in_a_row > 0";
        tx.execute(sql, args![campaign]).await?;
    }
    Ok(())
}

/// One that it did not take, or of which nobody knows.
async fn settle_other(tx: &Tx, worker: &str, handed: &Handed, settings: &MailSettings, now: Timestamp) -> AppResult<()> {
    let tries = handed.mail.attempts + 1;
    let mail = handed.mail.id;
    let write = |state: &'static str, next: Timestamp, why: &'static str, answer: String| async move {
        let sql = "UPDATE outbox SET state = $4, next_at = $5, sent_at = 0, why = $6, answer = $7, worker = CASE WHEN $4 = 'in_doubt' THEN worker ELSE '' END
            WHERE id = $1 AND worker = $2 AND attempts = $3 AND state IN ('handing_over', 'in_doubt')";
        DbResult::Ok(tx.execute(sql, args![mail, worker, tries, state, next, why, answer]).await? == 1)
    };
    let never = Timestamp(0);
    match &handed.outcome {
        Outcome::Accepted(_) => {}
        Outcome::Later(answer) => {
            if tries < i64::from(settings.tries.max(1)) {
                let next = now.plus(backoff(settings.retry_seconds, tries));
                write("queued", next, "mail.why.later", answer.clone()).await?;
            } else {
                write("failed", never, "mail.why.tries", answer.clone()).await?;
            }
            if wants_fewer(answer) {
                pace::keep(tx, &handed.domain, now.plus(backoff(settings.retry_seconds, 1))).await?;
            }
        }
        Outcome::Refused { answer, .. } => {
            if write("failed", never, "mail.why.refused", answer.clone()).await? {
                refused(tx, handed, settings, now).await?;
            }
        }
        Outcome::Unreachable(answer) | Outcome::LoginRefused(answer) => {
            // Nobody's fault: it counts as no try.
            let sql = "UPDATE outbox SET state = 'queued', worker = '', attempts = attempts - 1, next_at = $4, why = 'mail.why.unreachable', answer = $5
                WHERE id = $1 AND worker = $2 AND attempts = $3 AND state IN ('handing_over', 'in_doubt')";
            tx.execute(sql, args![mail, worker, tries, now, answer]).await?;
        }
        Outcome::InDoubt(answer) if settings.resend_in_doubt => {
            let next = now.plus(backoff(settings.retry_seconds, tries));
            write("queued", next, "mail.why.in_doubt", answer.clone()).await?;
        }
        Outcome::InDoubt(answer) => {
            write("in_doubt", now, "mail.why.in_doubt", answer.clone()).await?;
            alerts::store::raise(tx, "mail.in_doubt", "", answer, now).await?;
        }
    }
    Ok(())
}

/// Whether a mail server says that it gets too many: 421, or a policy of its own (4.7.x).
fn wants_fewer(answer: &str) -> bool {
    answer.starts_with("421") || answer.split_whitespace().nth(1).is_some_and(|word| word.starts_with("4.7."))
}

async fn refused(tx: &Tx, handed: &Handed, settings: &MailSettings, now: Timestamp) -> AppResult<()> {
    let Outcome::Refused { answer, .. } = &handed.outcome else { return Ok(()) };
    if handed.outcome.says_no_such_mailbox() {
        let key = handed.to.to_lowercase();
        suppression::store::add(tx, &key, Reason::Bounced, answer, (Some(handed.mail.id), None), now).await?;
        let sql = "INSERT INTO mail_events (mail_id, kind, detail, at) VALUES ($1, 'bounced', $2, $3) ON CONFLICT (mail_id, kind) DO NOTHING";
        tx.execute(sql, args![handed.mail.id, answer, now]).await?;
    }
    match handed.mail.campaign {
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
