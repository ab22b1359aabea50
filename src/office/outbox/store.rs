//! All SQL of the outbox.

use super::advertising::topic_of;
use crate::args;
use crate::base::{CustomerId, Timestamp};
use crate::server::{DbResult, Tx};

/// A mail to be written.
#[derive(Clone, Debug)]
pub struct Mail<'a> {
    /// `None` for somebody who is no customer.
    pub customer: Option<CustomerId>,
    pub recipient: &'a str,
    /// Its name, as the templates know it.
    pub template: &'a str,
    /// The recipient's language.
    pub locale: &'a str,
    /// What the template is filled with.
    pub data: serde_json::Value,
    /// What it tells of: `credit:17`.
    pub key: &'a str,
}

/// Queues a mail; the same key again queues nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn queue(tx: &Tx, mail: Mail<'_>, now: Timestamp) -> DbResult<()> {
    tx.execute(
        "INSERT INTO outbox (customer_id, recipient, template, locale, data, dedup_key, created_at, topic)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (dedup_key) DO NOTHING",
        args![
            mail.customer,
            mail.recipient,
            mail.template,
            mail.locale,
            mail.data.to_string(),
            mail.key,
            now,
            topic_of(mail.template).unwrap_or_default()
        ],
    )
    .await
    .map(drop)
}

/// Says what a mail that advertises is about, where that is not what its template mostly is.
///
/// # Errors
/// When the database does not answer.
pub async fn set_topic(tx: &Tx, key: &str, topic: &str) -> DbResult<()> {
    tx.execute("UPDATE outbox SET topic = $2 WHERE dedup_key = $1 AND topic <> ''", args![key, topic]).await.map(drop)
}
