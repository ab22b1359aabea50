//! Mails to a customer: to the address and in the language of the account.

use crate::args;
use crate::base::{CustomerId, Timestamp};
use crate::office::outbox::{Mail, store};
use crate::server::{DbResult, Query, Tx};
use serde_json::Value;

/// Queues a mail to a customer; the same key again queues nothing, and so does a customer without an address (an anonymised
/// one has none).
///
/// # Errors
/// When the database does not answer.
pub async fn queue(tx: &Tx, customer: CustomerId, template: &str, data: Value, key: &str, now: Timestamp) -> DbResult<()> {
    let sql = "SELECT email, locale FROM customers WHERE id = $1 AND email <> '' AND anonymised_at IS NULL";
    let Some((email, locale)) = tx.optional::<(String, String)>(sql, args![customer]).await? else { return Ok(()) };
    let mail = Mail { customer: Some(customer), recipient: &email, template, locale: &locale, data, key };
    store::queue(tx, mail, now).await
}
