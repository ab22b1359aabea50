//! Turning what is on a card into store credit, in whole or in part.

use super::service::{audit, check_switch};
use super::store::{self, Card};
use super::{find_by_code, usable};
use crate::base::{AppError, AppResult, CustomerId, GiftCardId, Money};
use crate::commerce::credit;
use crate::commerce::ledger::{self, By, Posted, Posting, Reason};
use crate::customers::profile::mail;
use crate::office::audit::Change;
use crate::office::audit::store::Actor;
use crate::office::settings::ShopSettings;
use crate::server::Tx;
use crate::server::keys::Keys;
use serde_json::json;

/// How a card is named: whoever knows the code may spend it; by its number it can be spent for its own customer only.
#[derive(Clone, Copy, Debug)]
pub enum WhichCard<'a> {
    Code(&'a str),
    Id(GiftCardId),
}

/// A card, or a part of it, to become store credit.
#[derive(Clone, Copy, Debug)]
pub struct NewRedemption<'a> {
    pub card: WhichCard<'a>,
    /// Whose credit it becomes.
    pub customer: CustomerId,
    /// `None` is all that is left.
    pub amount: Option<Money>,
    pub by: By,
    /// The same request again redeems nothing more.
    pub key: &'a str,
}

/// A redemption that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redeemed {
    pub card: GiftCardId,
    /// On the customer's credit.
    pub credit: Posted,
    /// What was left on the card right after.
    pub left: i64,
}

/// Redeems: down on the card, up on the credit, which expires when the card would have. A card that was nobody's is the
/// customer's from then on.
///
/// # Errors
/// [`AppError::Invalid`] on `code` (no such card), `gift_card` (why it pays for nothing, or another currency), `amount` or `key`;
/// [`AppError::Conflict`] while cards or credit are switched off, or when the key was used for something else.
pub async fn redeem(tx: &Tx, settings: &ShopSettings, keys: &Keys, actor: &Actor, new: NewRedemption<'_>) -> AppResult<Redeemed> {
    check_switch(settings)?;
    if !settings.credit.enabled {
        return Err(AppError::Conflict { message: "credit.switched_off".into() });
    }
    let found = find(tx, keys, actor, &new).await?;
    let credit_account = credit::account(tx, new.customer, settings.base_currency, actor.at).await?;
    ledger::lock_all(tx, &[found.account, credit_account]).await?;
    let card = store::get(tx, found.id, actor.at).await?;
    let before = ledger::store::find_by_key(tx, card.account, new.key).await?;
    let amount = match (&before, new.amount) {
        (Some(entry), None) => -entry.amount,
        (Some(_), Some(amount)) => amount.minor,
        (None, amount) => check(settings, &card, amount)?,
    };
    let posting = Posting { amount, reason: Reason::Redeemed, by: new.by, key: new.key, order: None, note: "", at: actor.at };
    let taken = ledger::debit(tx, card.account, posting).await?;
    let given = ledger::credit(tx, credit_account, posting, card.expires_at).await?;
    if !taken.repeated {
        take_over(tx, &card, new.customer).await?;
        tell(tx, settings, actor, &new, &card, &given).await?;
    }
    Ok(Redeemed { card: card.id, credit: given, left: taken.balance })
}

async fn find(tx: &Tx, keys: &Keys, actor: &Actor, new: &NewRedemption<'_>) -> AppResult<Card> {
    match new.card {
        WhichCard::Code(code) => {
            find_by_code(tx, keys, code, actor.at).await?.ok_or_else(|| AppError::invalid("code", "giftcards.unknown_code"))
        }
        WhichCard::Id(id) => {
            let card = store::get(tx, id, actor.at).await?;
            if card.customer == Some(new.customer) { Ok(card) } else { Err(AppError::NotFound) }
        }
    }
}

/// How much is redeemed.
fn check(settings: &ShopSettings, card: &Card, amount: Option<Money>) -> AppResult<i64> {
    usable(card)?;
    if card.currency != settings.base_currency {
        return Err(AppError::invalid("gift_card", "giftcards.other_currency"));
    }
    let amount = amount.unwrap_or(Money::new(card.balance, card.currency));
    if amount.currency != card.currency {
        return Err(AppError::invalid("currency", "giftcards.other_currency"));
    }
    if amount.minor > card.balance {
        return Err(AppError::invalid("amount", "giftcards.more_than_left"));
    }
    Ok(amount.minor)
}

/// A card that was nobody's becomes the customer's.
async fn take_over(tx: &Tx, card: &Card, customer: CustomerId) -> AppResult<()> {
    if card.customer.is_none() {
        store::set_owner(tx, card.id, customer).await?;
        ledger::store::set_owner(tx, card.account, customer).await?;
    }
    Ok(())
}

async fn tell(
    tx: &Tx,
    settings: &ShopSettings,
    actor: &Actor,
    new: &NewRedemption<'_>,
    card: &Card,
    given: &Posted,
) -> AppResult<()> {
    let data = json!({
        "currency": settings.base_currency.code(),
        "amount_minor": given.amount,
        "balance_minor": given.balance,
        "reason": Reason::Redeemed.code(),
        "expires_at": card.expires_at.unwrap_or_default().0,
    });
    mail::queue(tx, new.customer, credit::service::MAIL, data, &format!("credit:{}", given.entry), actor.at).await?;
    let amount = Money::new(given.amount, settings.base_currency);
    let changes: Vec<Change> = Change::of("amount", "", format!("{} {}", amount.currency, amount.plain())).into_iter().collect();
    audit(tx, actor, "gift_card.redeemed", card.id, Some(new.customer), &changes).await
}
