//! Issuing, disabling and enabling cards, in the caller's transaction.

use super::code::Code;
use super::store::{self, Card};
use super::{BATCH_MAX, BATCH_NAME_MAX, CardStatus, MESSAGE_MAX};
use crate::base::{AppError, AppResult, CustomerId, GiftCardId, Money, OrderId, Timestamp};
use crate::commerce::ledger::{self, AccountKind, By, Posting, Reason, Unit};
use crate::customers::profile::mail;
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::office::settings::ShopSettings;
use crate::server::Tx;
use crate::server::db::dialect::advisory_lock;
use crate::server::keys::{Keys, token_hash};
use serde_json::json;

/// The mail that brings a card to its customer.
pub const MAIL: &str = "gift_card";

/// A card to be issued.
#[derive(Clone, Copy, Debug)]
pub struct NewCard<'a> {
    /// Above zero, in the card's own currency.
    pub amount: Money,
    /// Who gets it, by mail; `None` for a card of a batch.
    pub customer: Option<CustomerId>,
    /// `None` is never; what the settings say is [`usual_expiry`].
    pub expires: Option<Timestamp>,
    /// Goes with it; may be empty.
    pub message: &'a str,
    /// The name of its batch; empty for a single card.
    pub batch: &'a str,
    /// The order that bought it, or whose refund it is.
    pub order: Option<OrderId>,
    /// Unique among all cards: the same request again issues no second one.
    pub key: &'a str,
}

/// A card that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    pub id: GiftCardId,
    /// In groups of four. `None` where the key had issued the card before: a code is told once.
    pub code: Option<String>,
}

/// When a card that is issued now expires by the settings.
#[must_use]
pub fn usual_expiry(settings: &ShopSettings, now: Timestamp) -> Option<Timestamp> {
    let days = i64::from(settings.gift_cards.expiry_days);
    (days > 0).then(|| now.plus(days * Timestamp::DAY))
}

/// That gift cards are switched on.
///
/// # Errors
/// [`AppError::Conflict`] while they are not.
pub fn check_switch(settings: &ShopSettings) -> AppResult<()> {
    if settings.gift_cards.enabled { Ok(()) } else { Err(AppError::Conflict { message: "giftcards.switched_off".into() }) }
}

/// That a card pays for something now.
///
/// # Errors
/// [`AppError::Invalid`] on `gift_card`, with the reason.
pub fn usable(card: &Card) -> AppResult<()> {
    let why = match card.status {
        CardStatus::Active | CardStatus::PartlyUsed => return Ok(()),
        CardStatus::Used => "giftcards.is_used",
        CardStatus::Expired => "giftcards.is_expired",
        CardStatus::Disabled => "giftcards.is_disabled",
    };
    Err(AppError::invalid("gift_card", why))
}

/// Issues a card; the mail with its code is queued where a customer gets it. The code is sealed there, and kept nowhere else.
///
/// # Errors
/// [`AppError::Invalid`] on `amount`, `currency`, `expires`, `message`, `batch` or `key`; [`AppError::Conflict`] when the key issued another card.
pub async fn issue(tx: &Tx, keys: &Keys, new: NewCard<'_>, by: By, now: Timestamp) -> AppResult<Issued> {
    check(&new, now)?;
    // Whoever asks with the same key meanwhile waits here.
    advisory_lock(tx, lock_of(new.key)).await?;
    if let Some((id, amount, currency, customer)) = store::find_issued(tx, new.key).await? {
        let same = (amount, currency.as_str()) == (new.amount.minor, new.amount.currency.code())
            && new.customer.is_none_or(|wanted| customer == Some(wanted.0));
        return match same {
            true => Ok(Issued { id: GiftCardId(id), code: None }),
            false => Err(AppError::Conflict { message: "ledger.key_reused".into() }),
        };
    }
    let code = Code::new(rand::random());
    let account = ledger::open(tx, AccountKind::GiftCard, new.customer, Unit::Money(new.amount.currency), now).await?;
    let posting =
        Posting { amount: new.amount.minor, reason: Reason::Issued, by, key: "issued", order: new.order, note: "", at: now };
    ledger::credit(tx, account, posting, new.expires).await?;
    let staff = match by {
        By::Staff(id) => Some(id),
        By::Customer | By::Program | By::Job => None,
    };
    let hash = keys.gift_card_hash(code.plain());
    let id = store::insert(tx, account, (hash, code.last_four()), &new, staff, now).await?;
    if let Some(customer) = new.customer {
        send(tx, keys, id, customer, &new, &code, now).await?;
    }
    Ok(Issued { id, code: Some(code.grouped()) })
}

/// Cards to be issued together.
#[derive(Clone, Copy, Debug)]
pub struct NewBatch<'a> {
    pub name: &'a str,
    /// 1 to [`BATCH_MAX`].
    pub count: u32,
    pub amount: Money,
    pub expires: Option<Timestamp>,
    pub key: &'a str,
}

/// Issues cards for nobody in particular; their codes are told once, here.
///
/// # Errors
/// As [`issue`], and [`AppError::Invalid`] on `count`.
pub async fn issue_batch(
    tx: &Tx,
    settings: &ShopSettings,
    keys: &Keys,
    actor: &Actor,
    by: By,
    batch: NewBatch<'_>,
) -> AppResult<Vec<Issued>> {
    check_switch(settings)?;
    if !(1..=BATCH_MAX).contains(&batch.count) {
        return Err(AppError::invalid("count", "giftcards.count_invalid"));
    }
    if batch.name.trim().is_empty() {
        return Err(AppError::invalid("batch", "giftcards.batch_missing"));
    }
    let mut issued = Vec::new();
    for number in 1..=batch.count {
        let new = NewCard {
            amount: batch.amount,
            customer: None,
            expires: batch.expires,
            message: "",
            batch: batch.name.trim(),
            order: None,
            key: &format!("{}:{number}", batch.key),
        };
        issued.push(issue(tx, keys, new, by, actor.at).await?);
    }
    if issued.iter().all(|card| card.code.is_some()) {
        let changes: Vec<Change> = [
            Change::of("batch", "", batch.name.trim()),
            Change::of("cards", "", batch.count.to_string()),
            Change::of("amount", "", format!("{} {}", batch.amount.currency, batch.amount.plain())),
        ]
        .into_iter()
        .flatten()
        .collect();
        let first = issued.first().map_or(0, |card| card.id.0);
        let entry =
            Entry { action: "gift_card.batch_issued", entity: "gift_card", entity_id: first, customer: None, changes: &changes };
        record(tx, actor, entry).await?;
    }
    Ok(issued)
}

/// As [`issue`], by a person or program: with an entry in the audit log.
///
/// # Errors
/// As [`issue`]; [`AppError::Conflict`] while gift cards are switched off.
pub async fn issue_audited(
    tx: &Tx,
    settings: &ShopSettings,
    keys: &Keys,
    actor: &Actor,
    by: By,
    new: NewCard<'_>,
) -> AppResult<Issued> {
    check_switch(settings)?;
    let issued = issue(tx, keys, new, by, actor.at).await?;
    if issued.code.is_some() {
        let amount = format!("{} {}", new.amount.currency, new.amount.plain());
        let changes: Vec<Change> = Change::of("amount", "", amount).into_iter().collect();
        audit(tx, actor, "gift_card.issued", issued.id, new.customer, &changes).await?;
    }
    Ok(issued)
}

/// Disables a card: it pays for nothing until it is enabled again. What is left of it stays.
///
/// # Errors
/// [`AppError::Invalid`] on `note` when it says not why, or too much; [`AppError::NotFound`].
pub async fn disable(tx: &Tx, actor: &Actor, id: GiftCardId, note: &str) -> AppResult<()> {
    if note.trim().is_empty() {
        return Err(AppError::invalid("note", "value.note_missing"));
    }
    ledger::check_note(note)?;
    set_disabled(tx, actor, id, true, note.trim()).await
}

/// Enables a card that was disabled.
///
/// # Errors
/// [`AppError::Conflict`] where the order that bought it was cancelled: what it cost was given back; [`AppError::NotFound`].
pub async fn enable(tx: &Tx, actor: &Actor, id: GiftCardId) -> AppResult<()> {
    set_disabled(tx, actor, id, false, "").await
}

async fn set_disabled(tx: &Tx, actor: &Actor, id: GiftCardId, disabled: bool, note: &str) -> AppResult<()> {
    let account = store::get(tx, id, actor.at).await?.account;
    ledger::lock_all(tx, &[account]).await?;
    let card = store::get(tx, id, actor.at).await?;
    if (card.status == CardStatus::Disabled) == disabled {
        return Ok(());
    }
    if !disabled && store::was_given_back(tx, id).await? {
        return Err(AppError::Conflict { message: "giftcards.order_cancelled".into() });
    }
    store::set_disabled(tx, id, disabled.then_some(actor.at)).await?;
    let after = store::get(tx, id, actor.at).await?;
    let changes: Vec<Change> = [Change::of("status", card.status.code(), after.status.code()), Change::of("note", "", note)]
        .into_iter()
        .flatten()
        .collect();
    let action = if disabled { "gift_card.disabled" } else { "gift_card.enabled" };
    audit(tx, actor, action, id, card.customer, &changes).await
}

fn check(new: &NewCard<'_>, now: Timestamp) -> AppResult<()> {
    if !(1..=ledger::AMOUNT_MAX).contains(&new.amount.minor) {
        return Err(AppError::invalid("amount", "ledger.amount_invalid"));
    }
    if !new.amount.currency.is_known() {
        return Err(AppError::invalid("currency", "value.currency_unknown"));
    }
    if new.expires.is_some_and(|at| at <= now) {
        return Err(AppError::invalid("expires", "value.expiry_past"));
    }
    if new.message.chars().count() > MESSAGE_MAX {
        return Err(AppError::invalid("message", "giftcards.message_too_long"));
    }
    if new.batch.chars().count() > BATCH_NAME_MAX {
        return Err(AppError::invalid("batch", "giftcards.batch_too_long"));
    }
    if new.key.is_empty() || new.key.len() > ledger::KEY_MAX {
        return Err(AppError::invalid("key", "ledger.key_invalid"));
    }
    Ok(())
}

/// Which lock stands for a key.
fn lock_of(key: &str) -> i64 {
    let hash = token_hash(&format!("gift card {key}"));
    hash.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes))
}

async fn send(
    tx: &Tx,
    keys: &Keys,
    id: GiftCardId,
    customer: CustomerId,
    new: &NewCard<'_>,
    code: &Code,
    now: Timestamp,
) -> AppResult<()> {
    let data = json!({
        "sealed_code": keys.seal_secret(&code.grouped()),
        "last_four": code.last_four(),
        "currency": new.amount.currency.code(),
        "amount_minor": new.amount.minor,
        "message": new.message,
        "expires_at": new.expires.unwrap_or_default().0,
    });
    Ok(mail::queue(tx, customer, MAIL, data, &format!("gift_card:{id}"), now).await?)
}

pub(super) async fn audit(
    tx: &Tx,
    actor: &Actor,
    action: &str,
    id: GiftCardId,
    customer: Option<CustomerId>,
    changes: &[Change],
) -> AppResult<()> {
    let entry = Entry { action, entity: "gift_card", entity_id: id.0, customer, changes };
    Ok(record(tx, actor, entry).await?)
}
