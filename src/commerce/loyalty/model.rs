//! What points are worth, and what a tier grants.

use crate::base::{Currency, Moment, Money, OrderId};
use crate::commerce::ledger::Reason;
use crate::commerce::ledger::entry::{EntryPage, Upcoming};
use crate::office::settings::TierSettings;
use serde::{Deserialize, Serialize};

/// What points can be given for by hand; they are taken away as a correction.
pub const GIVEN: [Reason; 4] = [Reason::Goodwill, Reason::Promotion, Reason::Loyalty, Reason::Correction];

/// What a customer's membership means for an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoyaltyTerms {
    /// The tier's code; `None` for who is no member, or while the programme is switched off.
    pub tier: Option<String>,
    pub free_shipping: bool,
    pub early_access: bool,
    /// What can be spent now.
    pub points: i64,
}

/// The tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoyaltyView {
    /// The programme is switched on.
    pub enabled: bool,
    pub currency: Currency,
    /// So many points are worth one unit of the currency.
    pub per_unit: i64,
    /// From the lowest to the highest.
    pub tiers: Vec<TierSettings>,
    /// `None` for who is no member.
    pub member: Option<MemberView>,
}

/// A member as staff see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberView {
    pub card_number: String,
    /// What can be spent.
    pub points: i64,
    /// The tier's code.
    pub tier: String,
    /// What the tier goes by.
    pub earned_points: i64,
    pub enrolled: Moment,
    pub upcoming: Vec<Upcoming>,
    pub entries: EntryPage,
    /// The entries are the newest.
    pub is_newest: bool,
    /// Orders whose points could not all be taken back, the newest first.
    pub written_off: Vec<WrittenOff>,
}

/// An order that was refunded after its points were gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenOff {
    pub order: OrderId,
    pub number: String,
    pub earned: i64,
    pub taken_back: i64,
    pub written_off: i64,
}

/// The tier that one has, the next one, and how many points are missing to it.
#[must_use]
pub fn progress<'t>(
    tiers: &'t [TierSettings],
    code: &str,
    earned: i64,
) -> (Option<&'t TierSettings>, Option<(&'t TierSettings, i64)>) {
    let tier = tiers.iter().find(|tier| tier.code == code);
    let next = tiers.iter().filter(|tier| tier.from_points > earned).min_by_key(|tier| tier.from_points);
    (tier, next.map(|next| (next, next.from_points - earned)))
}

/// Points to be given or taken away, as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdjustForm {
    /// Below zero takes away.
    pub points: String,
    pub reason: String,
    pub note: String,
}

impl AdjustForm {
    /// The number that is typed: `250`, `+250`, `−1,000`.
    #[must_use]
    pub fn points(&self) -> Option<i64> {
        let text = self.points.trim().replace(['−', '–'], "-");
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | ',' | '.' | '\'' | '\u{a0}')).collect();
        digits.parse().ok()
    }
}

/// What points are worth, rounded down; `per_unit` points are worth one unit (not minor unit) of the currency.
#[must_use]
pub fn cash_value(points: i64, per_unit: i64, currency: Currency) -> Money {
    let value = i128::from(points.max(0)) * i128::from(currency.scale()) / i128::from(per_unit.max(1));
    Money::new(i64::try_from(value).unwrap_or(i64::MAX), currency)
}

/// What is earned by spending an amount: `earns` points for each whole unit.
#[must_use]
pub fn points_for(spent: Money, earns: i64) -> i64 {
    (spent.minor.max(0) / spent.currency.scale()).saturating_mul(earns.max(0))
}

/// How much of what an order `earned` its refunds reverse, once `part` of `whole` was refunded: rounded down, and all of it once
/// all was refunded.
#[must_use]
pub fn reversed(earned: i64, part: i64, whole: i64) -> i64 {
    if part <= 0 {
        0
    } else if part >= whole {
        earned
    } else {
        i64::try_from(i128::from(earned) * i128::from(part) / i128::from(whole)).unwrap_or(earned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_as_people_type_them() {
        let read = |text: &str| AdjustForm { points: text.into(), ..AdjustForm::default() }.points();
        assert_eq!([read("250"), read(" +1,000 "), read("−250"), read("-3")], [Some(250), Some(1_000), Some(-250), Some(-3)]);
        assert_eq!([read(""), read("x"), read("1e9"), read("99999999999999999999")], [None; 4]);
    }

    #[test]
    fn the_way_to_the_next_tier() {
        let tiers = crate::office::settings::LoyaltySettings::default().tiers;
        let of = |code: &str, earned| {
            let (tier, next) = progress(&tiers, code, earned);
            (tier.map(|tier| tier.name.as_str()), next.map(|(next, missing)| (next.name.as_str(), missing)))
        };
        assert_eq!(of("bronze", 400), (Some("Bronze"), Some(("Silver", 600))));
        assert_eq!(of("gold", 9_000), (Some("Gold"), None));
        assert_eq!(of("gone", 1_000), (None, Some(("Gold", 4_000))));
    }

    #[test]
    fn whole_units_earn_and_hundred_points_are_one() {
        let usd = |minor| Money::new(minor, Currency::USD);
        assert_eq!([points_for(usd(99), 10), points_for(usd(100), 10), points_for(usd(12_399), 15)], [0, 10, 1_845]);
        assert_eq!(points_for(usd(-500), 10), 0);
        assert_eq!([cash_value(99, 100, Currency::USD), cash_value(1_234, 100, Currency::USD)], [usd(99), usd(1_234)]);
        assert_eq!(cash_value(199, 100, Currency::parse("JPY").unwrap()).minor, 1);
        assert_eq!((cash_value(i64::MAX, 1, Currency::USD).minor, cash_value(-5, 100, Currency::USD).minor), (i64::MAX, 0));
    }

    #[test]
    fn refunds_reverse_in_proportion_and_in_the_end_all() {
        assert_eq!(
            [reversed(100, 0, 300), reversed(100, 1, 300), reversed(100, 299, 300), reversed(100, 300, 300)],
            [0, 0, 99, 100]
        );
        assert_eq!([reversed(7, 5, 0), reversed(7, -1, 10), reversed(i64::MAX, i64::MAX - 1, i64::MAX)], [7, 0, i64::MAX - 1]);
    }
}
