//! The step before a mail is handed over: may it still go, and is it ours? The answer is committed before the mail server hears
//! of it.

use super::letters::is_advertising;
use super::store::{Claimed, STALE};
use crate::args;
use crate::base::{CustomerId, Timestamp};
use crate::messages::suppression::store::{IS_SUPPRESSED, declines};
use crate::office::settings::MailSettings;
use crate::server::db::dialect::for_update;
use crate::server::{DbResult, Query, Tx};

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// It is written down that it is being handed over: now it must be.
    HandOver,
    /// Somebody else has it, or it went back into the queue.
    NotOurs,
    /// It will not be sent, which is written down with why.
    Skipped(&'static str),
}

/// What is written down of the mail.
#[derive(Clone, Copy, Debug)]
pub struct Particulars<'a> {
    pub to: &'a str,
    pub domain: &'a str,
    pub subject: &'a str,
    pub message_id: &'a str,
}

/// Decides about one mail. The customer's row is locked first, so that a consent that is withdrawn is withdrawn before or after.
///
/// # Errors
/// When the database does not answer.
pub async fn intend(
    tx: &Tx,
    worker: &str,
    mail: &Claimed,
    particulars: Particulars<'_>,
    settings: &MailSettings,
    now: Timestamp,
) -> DbResult<Intent> {
    let person = match mail.customer {
        Some(customer) => Some(hold(tx, customer).await?),
        None => None,
    };
    if let Some(campaign) = mail.campaign {
        let row: Option<(String,)> = tx.optional("SELECT state FROM campaigns WHERE id = $1", args![campaign]).await?;
        match row.as_ref().map(|(state,)| state.as_str()) {
            Some("sending") => {}
            Some("cancelled") | None => return skip(tx, worker, mail, "mail.why.cancelled").await,
            Some(_) => return release(tx, worker, mail, now).await,
        }
    }
    if let Some(why) = refusal(tx, mail, person.flatten(), settings, now).await? {
        return skip(tx, worker, mail, why).await;
    }
    // Written to an address that the customer has changed since: it is written anew.
    if mail.campaign.is_some() && person_email(tx, mail).await?.as_deref() != Some(particulars.to) {
        return release(tx, worker, mail, now).await;
    }
    let sql = "UPDATE outbox SET state = 'handing_over', handed_at = $4, attempts = attempts + 1, recipient = $5, domain = $6,
          subject = $7, message_id = $8, why = '', answer = ''
        WHERE id = $1 AND worker = $2 AND attempts = $3 AND state = 'claimed'";
    let Particulars { to, domain, subject, message_id } = particulars;
    let ours = tx.execute(sql, args![mail.id, worker, mail.attempts, now, to, domain, subject, message_id]).await? == 1;
    Ok(if ours { Intent::HandOver } else { Intent::NotOurs })
}

/// What matters of a customer.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
struct Person {
    agreed: bool,
    blocked: bool,
    gone: bool,
}

async fn hold(tx: &Tx, customer: CustomerId) -> DbResult<Option<Person>> {
    let sql = format!(
        "SELECT marketing_email AS agreed, account_status = 'blocked' AS blocked,
           merged_into_id IS NOT NULL OR anonymised_at IS NOT NULL AS gone FROM customers WHERE id = $1{}",
        for_update(tx)
    );
    tx.optional(&sql, args![customer]).await
}

async fn person_email(tx: &Tx, mail: &Claimed) -> DbResult<Option<String>> {
    let row: Option<(String,)> = tx.optional("SELECT email FROM customers WHERE id = $1", args![mail.customer]).await?;
    Ok(row.map(|(email,)| email))
}

/// Why a mail does not go, if it does not.
async fn refusal(
    tx: &Tx,
    mail: &Claimed,
    person: Option<Person>,
    settings: &MailSettings,
    now: Timestamp,
) -> DbResult<Option<&'static str>> {
    if mail.campaign.is_none() && mail.created_at.plus(STALE) < now {
        return Ok(Some("mail.why.stale"));
    }
    if !is_advertising(mail) {
        return Ok(None);
    }
    let (Some(customer), Some(person)) = (mail.customer, person) else { return Ok(Some("mail.why.gone")) };
    if person.gone {
        return Ok(Some("mail.why.gone"));
    }
    if !person.agreed {
        return Ok(Some("mail.why.no_consent"));
    }
    if person.blocked {
        return Ok(Some("mail.why.blocked"));
    }
    let sql = format!("SELECT CAST(1 AS BIGINT) FROM customers c WHERE c.id = $1 AND {IS_SUPPRESSED}");
    if tx.integer(&sql, args![customer]).await? == 1 {
        return Ok(Some("mail.why.suppressed"));
    }
    let Some(campaign) = mail.campaign else { return Ok(None) };
    let declined = declines("(SELECT topic FROM campaigns WHERE id = $2)");
    let sql = format!("SELECT CAST(1 AS BIGINT) FROM customers c WHERE c.id = $1 AND {declined}");
    if tx.integer(&sql, args![customer, campaign]).await? == 1 {
        return Ok(Some("mail.why.topic"));
    }
    if settings.cap_mails > 0 {
        let since = now.plus(-i64::from(settings.cap_days) * Timestamp::DAY);
        let sql =
            format!("SELECT COUNT(*) FROM outbox WHERE customer_id = $1 AND id <> $3 AND {COUNTS_FOR_CAP} AND handed_at > $2");
        if tx.integer(&sql, args![customer, since, mail.id]).await? >= i64::from(settings.cap_mails) {
            return Ok(Some("mail.why.capped"));
        }
    }
    Ok(None)
}

/// A condition: this row of the outbox is advertising that arrived, as far as one knows.
pub const COUNTS_FOR_CAP: &str = "campaign_id IS NOT NULL AND state IN ('handing_over', 'sent', 'in_doubt')";

async fn skip(tx: &Tx, worker: &str, mail: &Claimed, why: &'static str) -> DbResult<Intent> {
    let sql = "UPDATE outbox SET state = 'skipped', worker = '', why = $4 WHERE id = $1 AND worker = $2 AND attempts = $3 AND state = 'claimed'";
    let ours = tx.execute(sql, args![mail.id, worker, mail.attempts, why]).await? == 1;
    Ok(if ours { Intent::Skipped(why) } else { Intent::NotOurs })
}

/// Gives a mail back: not now, or not as it was written.
///
/// # Errors
/// When the database does not answer.
pub async fn release(tx: &Tx, worker: &str, mail: &Claimed, next: Timestamp) -> DbResult<Intent> {
    let sql = "UPDATE outbox SET state = 'queued', worker = '', next_at = $4 WHERE id = $1 AND worker = $2 AND attempts = $3 AND state = 'claimed'";
    tx.execute(sql, args![mail.id, worker, mail.attempts, next]).await?;
    Ok(Intent::NotOurs)
}

/// Writes down that a mail cannot be sent, whoever it goes to.
///
/// # Errors
/// When the database does not answer.
pub async fn give_up(tx: &Tx, worker: &str, mail: &Claimed, why: &str) -> DbResult<()> {
    let sql = "UPDATE outbox SET state = 'failed', worker = '', why = $4 WHERE id = $1 AND worker = $2 AND attempts = $3 AND state = 'claimed'";
    tx.execute(sql, args![mail.id, worker, mail.attempts, why]).await.map(drop)
}
