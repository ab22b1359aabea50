//! How the API writes amounts, instants and days.

use super::{Answer, Problem};
use crate::base::{Currency, Day, Money, Timestamp};
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An amount of money: decimals as text, so that no program rounds it, beside its currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// `12.50`: at most as many decimals as the currency has.
    #[schema(pattern = r"^-?[0-9]{1,12}(\.[0-9]{1,3})?$", example = "12.50")]
    pub amount: String,
    /// ISO 4217.
    #[schema(pattern = r"^[A-Z]{3}$", example = "USD")]
    pub currency: String,
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self { amount: money.plain(), currency: money.currency.code().to_owned() }
    }
}

impl Amount {
    /// The amount, read strictly.
    ///
    /// # Errors
    /// [`Problem`] on `field.amount` or `field.currency`.
    pub fn money(&self, field: &str) -> Answer<Money> {
        let currency = Some(self.currency.as_str())
            .filter(|code| code.bytes().all(|b| b.is_ascii_uppercase()))
            .and_then(Currency::parse)
            .ok_or_else(|| Problem::invalid(format!("{field}.currency"), "api.currency_invalid"))?;
        let money = plain(&self.amount, currency).then(|| Money::parse(&self.amount, currency)).flatten();
        money.ok_or_else(|| Problem::invalid(format!("{field}.amount"), "api.amount_invalid"))
    }
}

/// Digits with at most one point and no more decimals than the currency has: [`Money::parse`] reads what people type, where
/// `1,000` and `1.000` are a thousand.
fn plain(text: &str, currency: Currency) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole)
        && whole.len() <= 12
        && fraction.is_none_or(|part| all_digits(part) && part.len() <= currency.decimals() as usize)
}

/// An instant as the API writes it; `None` for never (0).
#[must_use]
pub fn rfc3339(at: Timestamp) -> Option<String> {
    (at.0 != 0).then(|| at.rfc3339())
}

/// Reads an instant: RFC 3339, in any zone.
///
/// # Errors
/// [`Problem`] on `field`.
pub fn instant(field: &str, text: &str) -> Answer<Timestamp> {
    let read = DateTime::parse_from_rfc3339(text).ok();
    read.map(|at| Timestamp(at.timestamp_micros())).ok_or_else(|| Problem::invalid(field, "api.instant_invalid"))
}

/// Reads a day.
///
/// # Errors
/// [`Problem`] on `field`.
pub fn day(field: &str, text: &str) -> Answer<Day> {
    Day::parse(text).ok_or_else(|| Problem::invalid(field, "api.day_invalid"))
}

/// The longest token of another program, in bytes: a UUID and a prefix.
const TOKEN_MAX: usize = 100;

/// Whether a text can be a token of another program (a visitor's, a cart's): visible ASCII.
#[must_use]
pub fn is_token(text: &str) -> bool {
    (1..=TOKEN_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_strictly() {
        let read = |amount: &str, currency: &str| {
            let amount = Amount { amount: amount.into(), currency: currency.into() };
            amount.money("total").ok().map(|money| money.minor)
        };
        assert_eq!(read("12.5", "USD"), Some(1_250));
        assert_eq!(read("-0.05", "USD"), Some(-5));
        assert_eq!(read("7", "JPY"), Some(7));
        assert_eq!(read("1.234", "KWD"), Some(1_234));
        for (amount, currency) in [
            ("1,000", "USD"),
            ("1.234", "USD"),
            ("1.", "USD"),
            ("1e3", "USD"),
            ("", "USD"),
            ("1", "usd"),
            ("1", "US"),
            ("1.5", "JPY"),
        ] {
            assert_eq!(read(amount, currency), None, "{amount} {currency}");
        }
    }
}
