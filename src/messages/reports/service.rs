//! What a report leads to.

use super::{Kind, Report};
use crate::args;
use crate::base::{AppError, AppResult, CustomerId, MailId, Timestamp};
use crate::messages::suppression::{self, Reason};
use crate::messages::unsubscribe::read_message_id;
use crate::server::{AppState, Query, Tx};

/// Reads a mail and applies what it reports; whether it was about a mail of ours.
///
/// # Errors
/// [`AppError::Invalid`] on `report` for a mail that reports nothing.
pub async fn take_in(state: &AppState, eml: &[u8]) -> AppResult<bool> {
    let report = super::read(eml).map_err(|key| AppError::invalid("report", key))?;
    apply(state, &report).await
}

/// Applies a report; false where it is about no mail of ours.
///
/// # Errors
/// When the database does not answer.
pub async fn apply(state: &AppState, report: &Report) -> AppResult<bool> {
    let Some(mail) = read_message_id(state, &report.message_id) else { return Ok(false) };
    let now = state.clock.now();
    let tx = state.db.begin().await?;
    let known = on(&tx, state, mail, report, now).await?;
    tx.commit().await?;
    if known {
        state.changed().await;
    }
    Ok(known)
}

async fn on(tx: &Tx, state: &AppState, mail: MailId, report: &Report, now: Timestamp) -> AppResult<bool> {
    let row: Option<(Option<i64>, String)> =
        tx.optional("SELECT customer_id, recipient FROM outbox WHERE id = $1", args![mail]).await?;
    let Some((customer, recipient)) = row else { return Ok(false) };
    let customer = customer.map(CustomerId);
    let kind = match report.kind {
        Kind::Bounced => "bounced",
        Kind::SoftBounced => "soft_bounced",
        Kind::Complained => "complained",
    };
    let detail = crate::base::text::truncate(&report.detail, 300);
    let sql =
        "INSERT INTO mail_events (mail_id, kind, detail, at) VALUES ($1, $2, $3, $4) ON CONFLICT (mail_id, kind) DO NOTHING";
    if tx.execute(sql, args![mail, kind, detail, now]).await? == 0 {
        return Ok(true);
    }
    let key = recipient.to_lowercase();
    match report.kind {
        Kind::Bounced => {
            suppression::store::add(tx, &key, Reason::Bounced, detail, (Some(mail), None), now).await?;
        }
        Kind::SoftBounced => {
            if bounced_in_a_row(tx, &key, state.settings().mail.soft_bounces).await? {
                suppression::store::add(tx, &key, Reason::Bounced, detail, (Some(mail), None), now).await?;
            }
        }
        Kind::Complained => {
            suppression::store::add(tx, &key, Reason::Complained, detail, (Some(mail), None), now).await?;
            if let Some(customer) = customer {
                match suppression::service::unsubscribe(tx, customer, Some(mail), "complaint", now).await {
                    Ok(()) | Err(AppError::NotFound) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
    Ok(true)
}

/// Whether the newest `limit` mails to an address all bounced.
async fn bounced_in_a_row(q: &impl Query, email_key: &str, limit: u16) -> AppResult<bool> {
    let limit = i64::from(limit.max(1));
    let sql = "SELECT COUNT(*) FROM (SELECT o.id FROM outbox o WHERE o.customer_id IN (SELECT c.id FROM customers c WHERE c.email_key = $1)
          AND o.state = 'sent' ORDER BY o.id DESC LIMIT $2) newest JOIN mail_events e ON e.mail_id = newest.id AND e.kind = 'soft_bounced'";
    Ok(q.integer(sql, args![email_key, limit]).await? >= limit)
}
