//! Instants and days. Instants are microseconds since 1970 UTC; days are days since 1970 in the shop's time zone.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    pub const SECOND: i64 = 1_000_000;
    pub const MINUTE: i64 = 60 * Self::SECOND;
    pub const HOUR: i64 = 60 * Self::MINUTE;
    pub const DAY: i64 = 24 * Self::HOUR;

    /// This instant, `micros` later.
    #[must_use]
    pub fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// As chrono's type; instants outside of chrono's range become the epoch.
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    /// RFC 3339 in UTC, to the second: `2026-03-01T12:00:00Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.utc().format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

/// Days since 1970-01-01 in the shop's time zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i32);

impl Day {
    /// The day as a calendar date; days outside of chrono's range become 1970-01-01.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        NaiveDate::from_epoch_days(self.0).unwrap_or_default()
    }

    #[must_use]
    pub fn from_date(date: NaiveDate) -> Self {
        Self(date.to_epoch_days())
    }

    /// Reads `2026-03-01`.
    #[must_use]
    pub fn parse(iso: &str) -> Option<Self> {
        NaiveDate::parse_from_str(iso, "%Y-%m-%d").ok().filter(|d| (1900..=2200).contains(&d.year())).map(Self::from_date)
    }

    /// `2026-03-01`.
    #[must_use]
    pub fn iso(self) -> String {
        self.date().format("%Y-%m-%d").to_string()
    }
}

/// An instant as a person in the shop's time zone reads it: made on the server, which knows the zones; shown by the browser,
/// which does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    pub at: Timestamp,
    /// The local day.
    pub day: Day,
    /// Minutes since local midnight.
    pub minute: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_round_trip() {
        for iso in ["1970-01-01", "2024-02-29", "2026-11-21"] {
            assert_eq!(Day::parse(iso).map(Day::iso).as_deref(), Some(iso));
        }
        assert_eq!(Day::parse("2026-02-30"), None);
        assert_eq!(Day::parse("0026-02-01"), None);
    }
}
