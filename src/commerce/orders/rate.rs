//! Exchange rates as orders keep them: exact decimals.

use crate::base::Currency;

/// How much of the base currency one unit of an order's currency was worth when it was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    digits: i128,
    /// How many of the digits stand behind the point.
    decimals: u32,
}

impl Rate {
    /// Reads `1` or `0.9174`; `None` for anything but a positive decimal of at most 18 digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let digits = format!("{whole}{fraction}");
        if digits.len() > 18 || digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let rate = Self { digits: digits.parse().ok()?, decimals: u32::try_from(fraction.len()).ok()? };
        (rate.digits > 0).then_some(rate)
    }

    /// Minor units of `from` in minor units of `to`, rounded half away from zero; what does not fit ends at the largest amount.
    #[must_use]
    pub fn convert(self, minor: i64, from: Currency, to: Currency) -> i64 {
        let above = i128::from(minor) * self.digits * i128::from(to.scale());
        let below = 10_i128.pow(self.decimals) * i128::from(from.scale());
        let half = if above < 0 { -below / 2 } else { below / 2 };
        i64::try_from((above + half) / below).unwrap_or(if above < 0 { i64::MIN } else { i64::MAX })
    }

    /// What an amount of an order's currency is worth in the base currency, rounded down: what the shop gives. For amounts of at
    /// least zero.
    #[must_use]
    pub fn worth(self, minor: i64, order: Currency, base: Currency) -> i64 {
        let above = i128::from(minor) * self.digits * i128::from(base.scale());
        i64::try_from(above / (10_i128.pow(self.decimals) * i128::from(order.scale()))).unwrap_or(i64::MAX)
    }

    /// How much of an order's currency an amount of the base currency buys, rounded down. For amounts of at least zero.
    #[must_use]
    pub fn buys(self, minor: i64, base: Currency, order: Currency) -> i64 {
        let above = i128::from(minor) * 10_i128.pow(self.decimals) * i128::from(order.scale());
        i64::try_from(above / (self.digits * i128::from(base.scale()))).unwrap_or(i64::MAX)
    }

    /// What an amount of an order's currency costs in the base currency, rounded up. For amounts of at least zero; of what
    /// [`Rate::buys`] yields it is never more than what was put in.
    #[must_use]
    pub fn costs(self, minor: i64, order: Currency, base: Currency) -> i64 {
        let above = i128::from(minor) * self.digits * i128::from(base.scale());
        let below = 10_i128.pow(self.decimals) * i128::from(order.scale());
        i64::try_from((above + below - 1) / below).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_exactly_and_rounds_once() {
        let convert = |rate: &str, minor, from: &str, to: &str| {
            Rate::parse(rate).unwrap().convert(minor, Currency::parse(from).unwrap(), Currency::parse(to).unwrap())
        };
        assert_eq!(convert("1", 1_999, "USD", "USD"), 1_999);
        assert_eq!(convert("1.0850", 1_000, "EUR", "USD"), 1_085);
        assert_eq!(convert("0.00667", 1_500, "JPY", "USD"), 1_001);
        assert_eq!(convert("0.5", 1, "EUR", "USD"), 1);
        assert_eq!(convert("0.5", -1, "EUR", "USD"), -1);
        for bad in ["", ".", "-1", "1e3", "0", "1.2.3", "one"] {
            assert_eq!(Rate::parse(bad), None, "{bad}");
        }
    }
}
