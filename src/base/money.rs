//! Money: exact minor units that never travel without their currency.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An ISO 4217 code: three capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    pub const USD: Currency = Currency(*b"USD");

    /// Reads a code in either case; `None` when it is not three ASCII letters.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.trim().to_ascii_uppercase().as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Self(bytes))
    }

    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Whether it is one of ISO 4217's currencies that people pay with.
    #[must_use]
    pub fn is_known(&self) -> bool {
        KNOWN.split(' ').any(|code| code == self.code())
    }

    /// Digits after the decimal point (ISO 4217's exponent): 2 for most, 0 for the yen, 3 for the dinar.
    #[must_use]
    pub fn decimals(&self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX" | b"UYI"
            | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }

    /// Minor units in one major unit.
    #[must_use]
    pub fn scale(&self) -> i64 {
        10_i64.pow(self.decimals())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let code = String::deserialize(d)?;
        Self::parse(&code).ok_or_else(|| serde::de::Error::custom("a currency is three letters"))
    }
}

/// The currencies of ISO 4217 without funds, metals and codes for testing.
const KNOWN: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF \
    CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR \
    ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU \
    MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD \
    SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF \
    XPF YER ZAR ZMW ZWG";

/// An amount in minor units of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

impl Money {
    #[must_use]
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads what a person types: `1234.5`, `1,234.50`, `1.234,50`, `-3`. `None` when it is not an amount, has more decimals
    /// than the currency, or does not fit.
    #[must_use]
    pub fn parse(text: &str, currency: Currency) -> Option<Self> {
        let text: String = text.trim().chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’')).collect();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.as_str()),
        };
        let (whole, fraction) = split_decimal(digits, currency.decimals() as usize)?;
        let whole: String = whole.chars().filter(|c| !matches!(c, ',' | '.')).collect();
        if whole.is_empty() && fraction.is_empty() || !whole.chars().chain(fraction.chars()).all(|c| c.is_ascii_digit()) {
            return None;
        }
        let mut minor: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        minor = minor.checked_mul(currency.scale())?;
        let mut part: i64 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
        part *= 10_i64.pow(currency.decimals() - fraction.len() as u32);
        minor = minor.checked_add(part)?;
        Some(Self::new(if negative { -minor } else { minor }, currency))
    }

    /// `1234.50`: plain digits with a point, for inputs and CSV.
    #[must_use]
    pub fn plain(&self) -> String {
        let scale = self.currency.scale().unsigned_abs();
        let sign = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        match self.currency.decimals() as usize {
            0 => format!("{sign}{minor}"),
            width => format!("{sign}{}.{:0width$}", minor / scale, minor % scale),
        }
    }
}

/// The last separator is the decimal point when at most `decimals` digits follow it; three digits after the only kind of
/// separator make it a group.
fn split_decimal(digits: &str, decimals: usize) -> Option<(&str, &str)> {
    let Some(at) = digits.rfind(['.', ',']) else { return Some((digits, "")) };
    let (whole, fraction) = (&digits[..at], &digits[at + 1..]);
    if fraction.len() <= decimals {
        return (!whole.contains(['.', ',']) || is_grouped(whole)).then_some((whole, fraction));
    }
    is_grouped(digits).then_some((digits, ""))
}

/// `1,234,567`: three digits in every group but the first.
fn is_grouped(whole: &str) -> bool {
    let mut groups = whole.split(['.', ',']);
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type() {
        let read = |text| Money::parse(text, Currency::USD).map(|m| m.minor);
        assert_eq!(read("1234.5"), Some(123_450));
        assert_eq!(read("1,234.50"), Some(123_450));
        assert_eq!(read("1.234,50"), Some(123_450));
        assert_eq!(read("1,000"), Some(100_000));
        assert_eq!(read("1'000"), Some(100_000));
        assert_eq!(read("-3"), Some(-300));
        assert_eq!(read(".5"), Some(50));
        for bad in ["", "-", ".", "12.345.6789", "1,23,4", "abc", "1e5", "99999999999999999999"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn currencies_that_nobody_pays_with_are_unknown() {
        let known = |code| Currency::parse(code).is_some_and(|currency| currency.is_known());
        assert!(known("usd") && known("EUR") && known("ZWG") && known("AED"));
        assert!(!known("XXX") && !known("XAU") && !known("ABC"));
    }

    #[test]
    fn plain_keeps_every_digit() {
        let plain = |minor, code: &str| Money::new(minor, Currency::parse(code).unwrap()).plain();
        assert_eq!(plain(-5, "USD"), "-0.05");
        assert_eq!(plain(1_234, "JPY"), "1234");
        assert_eq!(plain(1_234, "KWD"), "1.234");
    }
}
