//! What points are worth, and what a tier grants.

use crate::base::{Currency, Money};
use crate::commerce::ledger::Reason;
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
        assert_eq!([reversed(100, 0, 300), reversed(100, 1, 300), reversed(100, 299, 300), reversed(100, 300, 300)], [0, 0, 99, 100]);
        assert_eq!([reversed(7, 5, 0), reversed(7, -1, 10), reversed(i64::MAX, i64::MAX - 1, i64::MAX)], [7, 0, i64::MAX - 1]);
    }
}
