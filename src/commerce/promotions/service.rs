//! Codes at the checkout: whether one holds, claiming it with the order, giving it back with its cancellation.

use super::store;
use super::{Audience, Basket, Promotion};
use crate::base::i18n::message;
use crate::base::{AppError, AppResult, Currency, CustomerId, Day, Money, OrderId, PromotionId, Timestamp};
use crate::commerce::eligibility::{Member, ask_early, ask_segment};
use crate::commerce::orders::Rate;
use crate::commerce::pricing::Code;
use crate::commerce::stats;
use crate::customers::segments;
use crate::office::settings::ShopSettings;
use crate::server::{Query, Tx};

/// Who wants to use codes, and on what.
#[derive(Clone, Debug)]
pub struct Asker<'a> {
    pub audience: Audience,
    /// With what the words of rules stand for.
    pub settings: &'a ShopSettings,
    pub today: Day,
    /// The order's.
    pub currency: Currency,
    pub rate: Rate,
    /// After the group's discount, before codes; minor units of the order's currency.
    pub merchandise: i64,
}

/// A code that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Valid {
    pub id: PromotionId,
    pub code: Code,
}

/// What a code does for this customer now.
///
/// # Errors
/// [`AppError::Invalid`] on `codes`, which names the code and says why it does not hold.
pub async fn find_valid(q: &impl Query, code: &str, asker: &Asker<'_>, now: Timestamp) -> AppResult<Valid> {
    let typed = code.trim();
    let Some(promotion) = store::find_by_code(q, typed, asker.base()).await? else {
        return Err(refused("promotions.unknown", typed, None, ""));
    };
    let uses = match asker.audience.customer {
        Some(customer) => store::uses_by(q, promotion.id, customer, OrderId(0)).await?,
        None => 0,
    };
    let segment = segment_name(q, &promotion).await?;
    let member = asked(q, &promotion, asker, now).await?;
    let audience = Audience { uses, member, ..asker.audience.clone() };
    let minimum = in_currency(promotion.minimum, asker);
    let basket = Basket { currency: asker.currency, merchandise: asker.merchandise, minimum };
    match promotion.refusal(&audience, basket, now) {
        Some(why) => Err(refused(why, &promotion.code, Some(&promotion), &segment)),
        None => Ok(Valid { id: promotion.id, code: Code { code: promotion.code, benefit: promotion.benefit } }),
    }
}

impl Asker<'_> {
    fn base(&self) -> Currency {
        self.settings.base_currency
    }
}

/// What the segment is called that the promotion is for.
async fn segment_name(q: &impl Query, promotion: &Promotion) -> AppResult<String> {
    match promotion.eligible.segment {
        Some(id) => Ok(segments::store::get(q, id).await?.name),
        None => Ok(String::new()),
    }
}

/// What the customer is, as far as this promotion asks now.
async fn asked(q: &impl Query, promotion: &Promotion, asker: &Asker<'_>, now: Timestamp) -> AppResult<Member> {
    let mut member = asker.audience.member.clone();
    let Some(customer) = asker.audience.customer else { return Ok(member) };
    if let Some(segment) = promotion.eligible.segment {
        ask_segment(q, asker.settings, asker.today, customer, &mut member, segment).await?;
    }
    if let Some(early) = promotion.terms.asks_early(now) {
        ask_early(q, asker.settings, asker.today, customer, &mut member, early).await?;
    }
    Ok(member)
}

/// A minimum as the order counts it; in a third currency it cannot be compared, and the amount's currency is refused anyway.
fn in_currency(minimum: Money, asker: &Asker<'_>) -> i64 {
    match minimum.currency {
        currency if currency == asker.currency => minimum.minor,
        currency if currency == asker.base() => asker.rate.buys(minimum.minor, asker.base(), asker.currency),
        _ => 0,
    }
}

fn refused(why: &str, code: &str, promotion: Option<&Promotion>, segment: &str) -> AppError {
    let minimum = promotion.map(|p| format!("{} {}", p.minimum.plain(), p.minimum.currency)).unwrap_or_default();
    AppError::invalid("codes", message(why, &[("code", &code), ("minimum", &minimum), ("segment", &segment)]))
}

/// Locks codes, by their ids, before the first account of the ledger: whoever places or cancels an order with one of them waits.
///
/// # Errors
/// When the database does not answer.
pub async fn hold(tx: &Tx, codes: &[String]) -> AppResult<()> {
    Ok(store::lock_codes(tx, codes).await?)
}

/// Claims a code for an order that is being placed: counts the use, which the database refuses beyond the limit. The code is
/// locked, by [`hold`] or here, and so are the accounts that the order posts to.
///
/// # Errors
/// [`AppError::Invalid`] on `codes` when it was used up, or used by this customer, meanwhile.
pub async fn claim(tx: &Tx, valid: &Valid, order: OrderId, customer: CustomerId, now: Timestamp) -> AppResult<()> {
    let code = &valid.code.code;
    if !store::take(tx, valid.id).await? {
        return Err(refused("promotions.used_up", code, None, ""));
    }
    // Now that the promotion is locked, what its other users did is there to be seen.
    let promotion = store::find(tx, valid.id, Currency::USD).await?.ok_or(AppError::NotFound)?;
    let limit = promotion.terms.limit_per_customer;
    if limit > 0 && store::uses_by(tx, valid.id, customer, order).await? >= limit {
        return Err(refused("promotions.used_by_customer", code, None, ""));
    }
    if promotion.terms.first_order_only {
        // Nor may another code make another order the first: who places one holds the customer's statistics.
        stats::hold(tx, customer).await?;
        if store::placed_orders(tx, customer, order).await? > 0 {
            return Err(refused("promotions.first_order_only", code, None, ""));
        }
    }
    Ok(store::insert_use(tx, valid.id, order, customer, now).await?)
}

/// Gives back the codes of an order that is cancelled, before the first account of the ledger is locked: their uses no longer
/// count. Without codes, or the second time, it does nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn release(tx: &Tx, order: OrderId) -> AppResult<()> {
    for id in store::used_by_order(tx, order).await? {
        store::give_back(tx, id, order).await?;
    }
    Ok(())
}
