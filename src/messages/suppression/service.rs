//! Use cases of the list: what customers say by a link in a mail, and what staff do by hand.

use super::{Reason, TOPICS, Topic, store};
use crate::args;
use crate::base::{AppError, AppResult, CustomerId, MailId, Timestamp, contact};
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::server::db::dialect::for_update;
use crate::server::{Context, Query, Tx};

/// The customer whom an old id leads to, locked; `None` for one who is gone.
///
/// # Errors
/// When the database does not answer.
pub async fn hold(tx: &Tx, customer: CustomerId) -> AppResult<Option<CustomerId>> {
    let sql = format!("SELECT id, merged_into_id FROM customers WHERE id = $1 AND anonymised_at IS NULL{}", for_update(tx));
    let mut id = customer.0;
    // Merging leads to survivors, never round in a circle; a chain this long would be a fault.
    for _ in 0..20 {
        match tx.optional::<(i64, Option<i64>)>(&sql, args![id]).await? {
            Some((found, None)) => return Ok(Some(CustomerId(found))),
            Some((_, Some(survivor))) => id = survivor,
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// Ends advertising by email to the customer whom a mail went to. Asking again changes nothing.
///
/// # Errors
/// [`AppError::NotFound`] for a customer who is gone.
pub async fn unsubscribe(tx: &Tx, customer: CustomerId, mail: Option<MailId>, source: &str, now: Timestamp) -> AppResult<()> {
    let customer = hold(tx, customer).await?.ok_or(AppError::NotFound)?;
    if store::consent(tx, customer, false, source, now).await? {
        tell(tx, customer, "consent.withdrawn", now).await?;
    }
    if let Some(mail) = mail {
        let sql = "INSERT INTO mail_events (mail_id, kind, at) SELECT id, 'unsubscribed', $2 FROM outbox WHERE id = $1 ON CONFLICT (mail_id, kind) DO NOTHING";
        tx.execute(sql, args![mail, now]).await?;
    }
    Ok(())
}

/// Keeps what a customer wants to hear of; with nothing left, consent is withdrawn. It is never given here anew: whoever withdrew it
/// gives it where the shop says what for.
///
/// # Errors
/// [`AppError::NotFound`] for a customer who is gone.
pub async fn prefer(tx: &Tx, customer: CustomerId, wanted: &[Topic], source: &str, now: Timestamp) -> AppResult<()> {
    let customer = hold(tx, customer).await?.ok_or(AppError::NotFound)?;
    let declined = store::declined(tx, customer).await?;
    for topic in TOPICS {
        let wants = wanted.contains(&topic);
        if wants == declined.contains(&topic) {
            store::choose(tx, customer, topic, wants, source, now).await?;
        }
    }
    if wanted.is_empty() && store::consent(tx, customer, false, source, now).await? {
        tell(tx, customer, "consent.withdrawn", now).await?;
    }
    Ok(())
}

async fn tell(tx: &Tx, customer: CustomerId, action: &str, now: Timestamp) -> AppResult<()> {
    let changes: Vec<Change> = Change::of("marketing_email", "true", "false").into_iter().collect();
    let entry = Entry { action, entity: "customer", entity_id: customer.0, customer: Some(customer), changes: &changes };
    Ok(record(tx, &Actor::system(now), entry).await?)
}

/// Puts an address on the list by hand.
///
/// # Errors
/// [`AppError::Invalid`] on `email`.
pub async fn suppress(ctx: &Context, email: &str) -> AppResult<()> {
    let email = contact::email(email).map_err(|key| AppError::invalid("email", key))?.to_lowercase();
    let actor = ctx.actor();
    let tx = ctx.state.db.begin().await?;
    if store::add(&tx, &email, Reason::Manual, "", (None, Some(ctx.staff.id)), actor.at).await? {
        let entry = Entry { action: "suppression.added", entity: "suppression", entity_id: 0, customer: None, changes: &[] };
        record(&tx, &actor, entry).await?;
    }
    Ok(tx.commit().await?)
}

/// Takes an address off the list by hand.
///
/// # Errors
/// [`AppError::NotFound`] where it is not on it.
pub async fn release(ctx: &Context, email: &str) -> AppResult<()> {
    let actor = ctx.actor();
    let tx = ctx.state.db.begin().await?;
    if !store::lift(&tx, &email.trim().to_lowercase(), Some(ctx.staff.id), actor.at).await? {
        return Err(AppError::NotFound);
    }
    let entry = Entry { action: "suppression.lifted", entity: "suppression", entity_id: 0, customer: None, changes: &[] };
    record(&tx, &actor, entry).await?;
    Ok(tx.commit().await?)
}
