//! Giving credit and taking it away, in the caller's transaction.

use super::GIVEN;
use crate::base::{AppError, AppResult, Currency, CustomerId, LedgerAccountId, Money, OrderId, Timestamp};
use crate::commerce::ledger::{self, AccountKind, By, Posted, Posting, Reason, Unit};
use crate::customers::profile::mail;
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::office::settings::ShopSettings;
use crate::server::Tx;
use serde_json::json;

/// The mail about credit that was given or taken away.
pub const MAIL: &str = "credit_changed";

/// Credit to be given.
#[derive(Clone, Copy, Debug)]
pub struct NewCredit<'a> {
    /// In the base currency, above zero.
    pub amount: Money,
    /// One of [`GIVEN`].
    pub reason: Reason,
    pub by: By,
    /// The same request again gives nothing more.
    pub key: &'a str,
    /// The order that it comes from.
    pub order: Option<OrderId>,
    /// What a person wrote about it; may be empty.
    pub note: &'a str,
    /// `None` is never; what the settings say is [`usual_expiry`].
    pub expires: Option<Timestamp>,
}

/// Credit to be taken away.
#[derive(Clone, Copy, Debug)]
pub struct Reduction<'a> {
    /// In the base currency, above zero.
    pub amount: Money,
    /// Why.
    pub note: &'a str,
    pub by: By,
    /// The same request again takes nothing more.
    pub key: &'a str,
}

/// When credit that is given now expires by the settings.
#[must_use]
pub fn usual_expiry(settings: &ShopSettings, now: Timestamp) -> Option<Timestamp> {
    let days = i64::from(settings.credit.expiry_days);
    (days > 0).then(|| now.plus(days * Timestamp::DAY))
}

/// A customer's account, opened where it is missing.
///
/// # Errors
/// When the database does not answer.
pub async fn account(tx: &Tx, customer: CustomerId, base: Currency, now: Timestamp) -> AppResult<LedgerAccountId> {
    ledger::open(tx, AccountKind::Credit, Some(customer), Unit::Money(base), now).await
}

/// Gives credit and queues the mail that says so.
///
/// # Errors
/// [`AppError::Invalid`] on `amount`, `reason`, `expires`, `note` or `key`; [`AppError::Conflict`] while store credit is switched off, or
/// when the key was used for something else.
pub async fn give(
    tx: &Tx,
    settings: &ShopSettings,
    customer: CustomerId,
    new: NewCredit<'_>,
    now: Timestamp,
) -> AppResult<Posted> {
    if !settings.credit.enabled {
        return Err(AppError::Conflict { message: "credit.switched_off".into() });
    }
    check_currency(settings, new.amount)?;
    if !GIVEN.contains(&new.reason) {
        return Err(AppError::invalid("reason", "credit.reason_invalid"));
    }
    if new.expires.is_some_and(|at| at <= now) {
        return Err(AppError::invalid("expires", "value.expiry_past"));
    }
    let account = account(tx, customer, settings.base_currency, now).await?;
    let NewCredit { amount, reason, by, key, order, note, expires } = new;
    let posting = Posting { amount: amount.minor, reason, by, key, order, note, at: now };
    let posted = ledger::credit(tx, account, posting, expires).await?;
    tell(tx, settings, customer, &posted, &posting, expires).await?;
    Ok(posted)
}

/// As [`give`], by a person or program: with an entry in the audit log. A correction says why.
///
/// # Errors
/// As [`give`].
pub async fn top_up(
    tx: &Tx,
    settings: &ShopSettings,
    actor: &Actor,
    customer: CustomerId,
    new: NewCredit<'_>,
) -> AppResult<Posted> {
    if new.reason == Reason::Correction && new.note.trim().is_empty() {
        return Err(AppError::invalid("note", "value.note_missing"));
    }
    let posted = give(tx, settings, customer, new, actor.at).await?;
    audit(tx, actor, "credit.given", customer, &posted, new.reason).await?;
    Ok(posted)
}

/// Takes credit away, which needs to say why, and queues the mail that says so.
///
/// # Errors
/// [`AppError::Invalid`] on `amount` (also when there is less), `note` or `key`; [`AppError::Conflict`] as [`give`], but that credit can be
/// taken away while it is switched off.
pub async fn reduce(
    tx: &Tx,
    settings: &ShopSettings,
    actor: &Actor,
    customer: CustomerId,
    reduction: Reduction<'_>,
) -> AppResult<Posted> {
    let Reduction { amount, note, by, key } = reduction;
    check_currency(settings, amount)?;
    if note.trim().is_empty() {
        return Err(AppError::invalid("note", "value.note_missing"));
    }
    let account = account(tx, customer, settings.base_currency, actor.at).await?;
    let posting = Posting { amount: amount.minor, reason: Reason::Correction, by, key, order: None, note, at: actor.at };
    let posted = ledger::debit(tx, account, posting).await?;
    tell(tx, settings, customer, &posted, &posting, None).await?;
    audit(tx, actor, "credit.reduced", customer, &posted, posting.reason).await?;
    Ok(posted)
}

/// Approves how far below zero a customer's credit may go; 0 takes that away.
///
/// # Errors
/// [`AppError::Invalid`] on `limit`.
pub async fn set_limit(tx: &Tx, settings: &ShopSettings, actor: &Actor, customer: CustomerId, limit: Money) -> AppResult<()> {
    check_currency(settings, limit)?;
    let account = account(tx, customer, settings.base_currency, actor.at).await?;
    let before = ledger::store::hold(tx, account).await?.limit;
    ledger::set_limit(tx, account, limit.minor).await?;
    let plain = |minor| Money::new(minor, settings.base_currency).plain();
    let changes: Vec<Change> = Change::of("credit_limit", plain(before), plain(limit.minor)).into_iter().collect();
    if changes.is_empty() {
        return Ok(());
    }
    let entry =
        Entry { action: "credit.limit_set", entity: "credit", entity_id: account.0, customer: Some(customer), changes: &changes };
    Ok(record(tx, actor, entry).await?)
}

fn check_currency(settings: &ShopSettings, amount: Money) -> AppResult<()> {
    if amount.currency == settings.base_currency {
        return Ok(());
    }
    Err(AppError::invalid("currency", "credit.currency_invalid"))
}

/// Queues the mail about an entry.
async fn tell(
    tx: &Tx,
    settings: &ShopSettings,
    customer: CustomerId,
    posted: &Posted,
    posting: &Posting<'_>,
    expires: Option<Timestamp>,
) -> AppResult<()> {
    let data = json!({
        "currency": settings.base_currency.code(),
        "amount_minor": posted.amount,
        "balance_minor": posted.balance,
        "reason": posting.reason.code(),
        "expires_at": expires.unwrap_or_default().0,
    });
    Ok(mail::queue(tx, customer, MAIL, data, &format!("credit:{}", posted.entry), posting.at).await?)
}

/// Writes what an entry did into the audit log; a repeated request did nothing.
async fn audit(tx: &Tx, actor: &Actor, action: &str, customer: CustomerId, posted: &Posted, reason: Reason) -> AppResult<()> {
    if posted.repeated {
        return Ok(());
    }
    let changes: Vec<Change> = [
        Change::of("balance_minor", (posted.balance - posted.amount).to_string(), posted.balance.to_string()),
        Change::of("reason", "", reason.code()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let entry = Entry { action, entity: "credit", entity_id: posted.entry.0, customer: Some(customer), changes: &changes };
    Ok(record(tx, actor, entry).await?)
}
