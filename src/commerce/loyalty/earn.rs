//! Points for orders: earned once, taken back as they are refunded.

use super::service::points_account;
use super::{points_for, reversed, store};
use crate::base::{AppResult, CustomerId, Money, OrderId, Timestamp};
use crate::commerce::ledger::{self, By, Posting, Reason};
use crate::office::settings::ShopSettings;
use crate::server::Tx;

/// Gives a member the points of an order, whatever tier that leads to; yields how many. An order earns once: 0 the next time, and for who
/// is no member. `spent_base` is what was paid with money, credit and cards for goods and shipping; what points paid and gift
/// cards bought earn nothing.
///
/// # Errors
/// When the database does not answer, or the amount is in another currency than the base's.
pub async fn earn(
    tx: &Tx,
    settings: &ShopSettings,
    customer: CustomerId,
    order: OrderId,
    spent_base: Money,
    now: Timestamp,
) -> AppResult<i64> {
    if !settings.loyalty.enabled || store::find_member(tx, customer).await?.is_none() {
        return Ok(0);
    }
    let account = points_account(tx, customer, now).await?;
    ledger::lock_all(tx, &[account]).await?;
    let Some(member) = store::find_member(tx, customer).await? else { return Ok(0) };
    let earns = settings
        .loyalty
        .tier(&member.tier)
        .or_else(|| settings.loyalty.tier_for(member.earned_points))
        .map_or(0, |tier| tier.earns);
    let points = points_for(spent_base, earns).min(ledger::AMOUNT_MAX);
    if !store::insert_order_points(tx, order, customer, points, now).await? || points == 0 {
        return Ok(0);
    }
    let key = format!("order:{order}:earned");
    let posting =
        Posting { amount: points, reason: Reason::Earned, by: By::Job, key: &key, order: Some(order), note: "", at: now };
    ledger::credit(tx, account, posting, expiry(settings, now)).await?;
    set_earned(tx, customer, member.earned_points + points).await?;
    Ok(points)
}

/// When points that are given now expire by the settings.
#[must_use]
pub(super) fn expiry(settings: &ShopSettings, now: Timestamp) -> Option<Timestamp> {
    let days = i64::from(settings.loyalty.expiry_days);
    (days > 0).then(|| now.plus(days * Timestamp::DAY))
}

/// What a refund took back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenBack {
    /// From the balance.
    pub points: i64,
    /// Not there any more: spent or expired meanwhile.
    pub written_off: i64,
}

/// Takes back what an order earned in proportion to `refunded`: all refunds so far, this one included, of the whole, in minor
/// units. Never more than was earned, so the same again takes back nothing more.
///
/// # Errors
/// When the database does not answer, or `key` is none or was used for something else.
pub async fn take_back(tx: &Tx, order: OrderId, refunded: (i64, i64), key: &str, now: Timestamp) -> AppResult<TakenBack> {
    let Some(found) = store::find_order_points(tx, order).await? else { return Ok(TakenBack::default()) };
    let customer = CustomerId(found.customer_id);
    let account = points_account(tx, customer, now).await?;
    let available = ledger::available(tx, account, now).await?;
    let Some(row) = store::hold_order_points(tx, order).await? else { return Ok(TakenBack::default()) };
    let more = reversed(row.earned, refunded.0, refunded.1) - row.taken_back - row.written_off;
    if more <= 0 {
        return Ok(TakenBack::default());
    }
    let points = more.min(available.max(0));
    let taken = TakenBack { points, written_off: more - points };
    if points > 0 {
        let reason = Reason::ClawedBack;
        let posting = Posting { amount: points, reason, by: By::Job, key, order: Some(order), note: "", at: now };
        ledger::debit(tx, account, posting).await?;
    }
    store::add_taken_back(tx, order, taken.points, taken.written_off).await?;
    if let Some(member) = store::find_member(tx, customer).await? {
        set_earned(tx, customer, (member.earned_points - more).max(0)).await?;
    }
    Ok(taken)
}

/// Writes what a member has earned, and the tier that it leads to by the settings as they are saved.
async fn set_earned(tx: &Tx, customer: CustomerId, earned: i64) -> AppResult<()> {
    let loyalty = store::hold_tiers(tx).await?;
    let tier = loyalty.tier_for(earned).map_or("", |tier| tier.code.as_str());
    Ok(store::set_earned(tx, customer, earned, tier).await?)
}
