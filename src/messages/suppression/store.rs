//! All SQL of the list, of topics, and of consent as far as mails are about it.

use super::{Reason, Topic};
use crate::args;
use crate::base::{CustomerId, MailId, StaffId, Timestamp};
use crate::office::outbox::advertising::is_no;
use crate::rules::query::many_ids;
use crate::server::{DbResult, Query, Tx};

/// Everybody of whom [`crate::office::outbox::advertising::declines`] says so.
///
/// # Errors
/// When the database does not answer.
pub async fn decliners(q: &impl Query, topic: Topic) -> DbResult<Vec<u32>> {
    let sql = format!("SELECT t.customer_id FROM topic_choices t WHERE {}", is_no("$1"));
    many_ids(q, &sql, args![topic.code()]).await
}

/// Everybody of whom [`crate::office::outbox::advertising::IS_SUPPRESSED`] says so.
///
/// # Errors
/// When the database does not answer.
pub async fn suppressed(q: &impl Query) -> DbResult<Vec<u32>> {
    let sql =
        "SELECT c.id AS customer_id FROM suppressions x JOIN customers c ON c.email_key = x.email_key WHERE x.lifted_at = 0";
    many_ids(q, sql, args![]).await
}

/// Puts an address on the list; one that is there stays as it is.
///
/// # Errors
/// When the database does not answer.
pub async fn add(
    tx: &Tx,
    email_key: &str,
    reason: Reason,
    detail: &str,
    (mail, staff): (Option<MailId>, Option<StaffId>),
    now: Timestamp,
) -> DbResult<bool> {
    let added = tx
        .execute(
            "INSERT INTO suppressions (email_key, customer_id, reason, detail, mail_id, staff_id, at)
             VALUES ($1, (SELECT MIN(id) FROM customers WHERE email_key = $1 AND merged_into_id IS NULL), $2, $3, $4, $5, $6)
             ON CONFLICT (email_key) WHERE lifted_at = 0 DO NOTHING",
            args![email_key, reason.code(), detail, mail, staff, now],
        )
        .await?;
    Ok(added == 1)
}

/// Takes an address off the list. False where it is not on it.
///
/// # Errors
/// When the database does not answer.
pub async fn lift(tx: &Tx, email_key: &str, by: Option<StaffId>, now: Timestamp) -> DbResult<bool> {
    let sql = "UPDATE suppressions SET lifted_at = $2, lifted_by = $3 WHERE email_key = $1 AND lifted_at = 0";
    Ok(tx.execute(sql, args![email_key, now, by]).await? == 1)
}

/// Whether an address is on the list.
///
/// # Errors
/// When the database does not answer.
pub async fn is_on(q: &impl Query, email_key: &str) -> DbResult<bool> {
    let sql = "SELECT COUNT(*) FROM suppressions WHERE email_key = $1 AND lifted_at = 0";
    Ok(q.integer(sql, args![email_key]).await? > 0)
}

/// Withdraws, or gives, the consent to advertising by email, and logs it. False where it stood so already.
///
/// # Errors
/// When the database does not answer.
pub async fn consent(tx: &Tx, customer: CustomerId, granted: bool, source: &str, now: Timestamp) -> DbResult<bool> {
    let sql = "UPDATE customers SET marketing_email = $2, updated_at = $3, version = version + 1
        WHERE id = $1 AND marketing_email <> $2 AND anonymised_at IS NULL";
    if tx.execute(sql, args![customer, granted, now]).await? == 0 {
        return Ok(false);
    }
    let log = "INSERT INTO consents (customer_id, purpose, granted, source, at) VALUES ($1, 'marketing_email', $2, $3, $4)";
    tx.execute(log, args![customer, granted, source, now]).await?;
    Ok(true)
}

/// The topics that a customer does not want to hear of.
///
/// # Errors
/// When the database does not answer.
pub async fn declined(q: &impl Query, customer: CustomerId) -> DbResult<Vec<Topic>> {
    let sql = "SELECT topic FROM topic_choices t WHERE customer_id = $1 AND NOT wanted AND NOT EXISTS
        (SELECT 1 FROM topic_choices n WHERE n.customer_id = t.customer_id AND n.topic = t.topic AND n.id > t.id) ORDER BY topic";
    let rows: Vec<(String,)> = q.all(sql, args![customer]).await?;
    Ok(rows.iter().filter_map(|(code,)| Topic::parse(code)).collect())
}

/// Writes down that a customer wants to hear of a topic, or does not.
///
/// # Errors
/// When the database does not answer.
pub async fn choose(tx: &Tx, customer: CustomerId, topic: Topic, wanted: bool, source: &str, now: Timestamp) -> DbResult<()> {
    let sql = "INSERT INTO topic_choices (customer_id, topic, wanted, source, at) VALUES ($1, $2, $3, $4, $5)";
    tx.execute(sql, args![customer, topic.code(), wanted, source, now]).await.map(drop)
}
