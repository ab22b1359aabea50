//! Enrolling members, adjusting their points, and what their membership grants.

use super::earn::expiry;
use super::store::{self, Member};
use super::{GIVEN, LoyaltyTerms, card};
use crate::base::{AppError, AppResult, CustomerId, LedgerAccountId, Timestamp};
use crate::commerce::ledger::{self, AccountKind, By, Posted, Posting, Reason, Unit};
use crate::customers::profile::mail;
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::office::settings::ShopSettings;
use crate::server::{Query, Tx, internal};
use serde_json::json;

/// The mail about points that were given or taken away by hand.
pub const MAIL: &str = "points_changed";

/// How often a new card number is drawn; of a billion, even with a hundred million members nine draws in ten are free.
const DRAWS: usize = 20;

/// A customer's account of points, opened where it is missing.
///
/// # Errors
/// When the database does not answer.
pub async fn points_account(tx: &Tx, customer: CustomerId, now: Timestamp) -> AppResult<LedgerAccountId> {
    ledger::open(tx, AccountKind::Points, Some(customer), Unit::Points, now).await
}

/// Makes a customer a member, with a new card number; who is one already stays as they are.
///
/// # Errors
/// [`AppError::Conflict`] while the programme is switched off.
pub async fn enrol(tx: &Tx, settings: &ShopSettings, actor: &Actor, customer: CustomerId) -> AppResult<Member> {
    check_switch(settings)?;
    points_account(tx, customer, actor.at).await?;
    let loyalty = store::hold_tiers(tx).await?;
    let tier = loyalty.tier_for(0).map_or("", |tier| tier.code.as_str());
    for _ in 0..DRAWS {
        if let Some(member) = store::find_member(tx, customer).await? {
            return Ok(member);
        }
        let number = card::number(rand::random());
        if store::insert_member(tx, customer, &number, tier, actor.at).await? {
            let changes: Vec<Change> = Change::of("card_number", "", number.as_str()).into_iter().collect();
            audit(tx, actor, "loyalty.enrolled", customer, &changes).await?;
            return Ok(Member { card_number: number, tier: tier.to_owned(), earned_points: 0, enrolled_at: actor.at.0 });
        }
    }
    Err(internal(&"no card number is free"))
}

/// Points to be given or taken away by hand.
#[derive(Clone, Copy, Debug)]
pub struct Adjustment<'a> {
    /// Below zero takes away.
    pub points: i64,
    /// One of [`GIVEN`]; to take away it is a correction.
    pub reason: Reason,
    /// Why.
    pub note: &'a str,
    pub by: By,
    /// The same request again adjusts nothing more.
    pub key: &'a str,
}

/// Gives or takes points, says why, and queues the mail that says so. The tier stays: it goes by purchases.
///
/// # Errors
/// [`AppError::Invalid`] on `points` (also when there are less), `reason`, `note` or `key`; [`AppError::Conflict`] for who is no member, while
/// the programme is switched off, or when the key was used for something else.
pub async fn adjust(
    tx: &Tx,
    settings: &ShopSettings,
    actor: &Actor,
    customer: CustomerId,
    adjustment: Adjustment<'_>,
) -> AppResult<Posted> {
    let Adjustment { points, reason, note, by, key } = adjustment;
    check_switch(settings)?;
    if !GIVEN.contains(&reason) || points < 0 && reason != Reason::Correction {
        return Err(AppError::invalid("reason", "loyalty.reason_invalid"));
    }
    if note.trim().is_empty() {
        return Err(AppError::invalid("note", "value.note_missing"));
    }
    let amount = points.checked_abs().unwrap_or(i64::MAX);
    if !(1..=ledger::AMOUNT_MAX).contains(&amount) {
        return Err(AppError::invalid("points", "loyalty.points_invalid"));
    }
    if store::find_member(tx, customer).await?.is_none() {
        return Err(AppError::Conflict { message: "loyalty.no_member".into() });
    }
    let account = points_account(tx, customer, actor.at).await?;
    let posting = Posting { amount, reason, by, key, order: None, note, at: actor.at };
    let posted = if points > 0 {
        ledger::credit(tx, account, posting, expiry(settings, actor.at)).await
    } else {
        ledger::debit(tx, account, posting).await
    };
    let posted = posted.map_err(on_points)?;
    if !posted.repeated {
        tell(tx, actor, customer, &posted, reason).await?;
    }
    Ok(posted)
}

/// What the ledger says about an amount is about points here.
fn on_points(error: AppError) -> AppError {
    match error {
        AppError::Invalid { field, message } if field == "amount" && message == "ledger.insufficient" => {
            AppError::invalid("points", "loyalty.insufficient")
        }
        AppError::Invalid { field, message } if field == "amount" => AppError::invalid("points", message),
        other => other,
    }
}

/// What a customer's membership means for an order now; nothing for who is no member, or while the programme is switched off.
///
/// # Errors
/// When the database does not answer.
pub async fn terms(q: &impl Query, settings: &ShopSettings, customer: CustomerId, now: Timestamp) -> AppResult<LoyaltyTerms> {
    let member = store::find_member(q, customer).await?;
    let account = ledger::store::find_account(q, AccountKind::Points, customer).await?;
    let points = match account {
        Some(account) => ledger::store::spendable(q, account.id, now).await?,
        None => 0,
    };
    Ok(member_terms(settings, member.as_ref().map(|member| (member.tier.as_str(), member.earned_points)), points))
}

/// As [`terms`], of a member's tier and points earned, with the points that can be spent.
#[must_use]
pub fn member_terms(settings: &ShopSettings, member: Option<(&str, i64)>, points: i64) -> LoyaltyTerms {
    let Some((tier, earned)) = member.filter(|_| settings.loyalty.enabled) else { return LoyaltyTerms::default() };
    let tier = settings.loyalty.tier(tier).or_else(|| settings.loyalty.tier_for(earned));
    LoyaltyTerms {
        tier: tier.map(|tier| tier.code.clone()),
        free_shipping: tier.is_some_and(|tier| tier.free_shipping),
        early_access: tier.is_some_and(|tier| tier.early_access),
        points,
    }
}

fn check_switch(settings: &ShopSettings) -> AppResult<()> {
    if settings.loyalty.enabled { Ok(()) } else { Err(AppError::Conflict { message: "loyalty.switched_off".into() }) }
}

async fn tell(tx: &Tx, actor: &Actor, customer: CustomerId, posted: &Posted, reason: Reason) -> AppResult<()> {
    let data = json!({ "points": posted.amount, "balance": posted.balance, "reason": reason.code() });
    mail::queue(tx, customer, MAIL, data, &format!("points:{}", posted.entry), actor.at).await?;
    let changes: Vec<Change> = [
        Change::of("points", (posted.balance - posted.amount).to_string(), posted.balance.to_string()),
        Change::of("reason", "", reason.code()),
    ]
    .into_iter()
    .flatten()
    .collect();
    audit(tx, actor, "loyalty.adjusted", customer, &changes).await
}

async fn audit(tx: &Tx, actor: &Actor, action: &str, customer: CustomerId, changes: &[Change]) -> AppResult<()> {
    let entry = Entry { action, entity: "loyalty", entity_id: customer.0, customer: Some(customer), changes };
    Ok(record(tx, actor, entry).await?)
}
