//! Instants and days. Instants are microseconds since 1970 UTC; days are days since 1970 in the shop's time zone.
//!
//! What the browser needs of the calendar is computed here: chrono, which the server has, would be a tenth of the download's own code.

#[cfg(feature = "ssr")]
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

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
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    /// RFC 3339 in UTC, to the second: `2026-03-01T12:00:00Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let (days, seconds) = (self.0.div_euclid(Self::DAY), self.0.rem_euclid(Self::DAY) / Self::SECOND);
        let date = Date::of_epoch_days(days);
        format!("{date}T{:02}:{:02}:{:02}Z", seconds / 3_600, seconds / 60 % 60, seconds % 60)
    }
}

/// Days since 1970-01-01 in the shop's time zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i32);

impl Day {
    /// The day in the calendar.
    #[must_use]
    pub fn date(self) -> Date {
        Date::of_epoch_days(self.0.into())
    }

    /// The day of a date; `None` where the calendar has none.
    #[must_use]
    pub fn of(year: i32, month: u32, day: u32) -> Option<Self> {
        let date = Date { year, month, day };
        let found = Self(i32::try_from(date.epoch_days()).ok()?);
        (found.date() == date).then_some(found)
    }

    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn from_date(date: NaiveDate) -> Self {
        Self(date.to_epoch_days())
    }

    /// Reads `2026-03-01`.
    #[must_use]
    pub fn parse(iso: &str) -> Option<Self> {
        let mut parts = iso.split('-').map(|part| part.parse::<u32>().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit())));
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        let year = i32::try_from(year).ok().filter(|year| (1900..=2200).contains(year))?;
        if parts.next().is_some() { None } else { Self::of(year, month, day) }
    }

    /// `2026-03-01`.
    #[must_use]
    pub fn iso(self) -> String {
        self.date().to_string()
    }
}

/// A date of the Gregorian calendar, also before there was one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    year: i32,
    month: u32,
    day: u32,
}

impl Date {
    #[must_use]
    pub fn year(self) -> i32 {
        self.year
    }

    /// From 1.
    #[must_use]
    pub fn month(self) -> u32 {
        self.month
    }

    /// Of the month, from 1.
    #[must_use]
    pub fn day(self) -> u32 {
        self.day
    }

    /// Years that begin in March end in the leap day, and every 400 of them have the same days: Howard Hinnant's
    /// `civil_from_days`.
    fn of_epoch_days(days: i64) -> Self {
        let days = days + 719_468;
        let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        Self { year: (year + era * 400 + next) as i32, month: month as u32, day: day as u32 }
    }

    fn epoch_days(self) -> i64 {
        let (month, next) = if self.month > 2 { (i64::from(self.month) - 3, 0) } else { (i64::from(self.month) + 9, 1) };
        let year = i64::from(self.year) - next;
        let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
        let day = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + year * 365 + year / 4 - year / 100 + day - 719_468
    }
}

/// `2026-03-01`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.year < 0 { "-" } else { "" };
        write!(f, "{sign}{:04}-{:02}-{:02}", self.year.unsigned_abs(), self.month, self.day)
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
        for bad in
            ["2026-02-30", "0026-02-01", "2026-13-01", "2026-00-01", "2026-01-00", "2026-01", "2026-01-01-1", "+2026-01-01", ""]
        {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
        assert_eq!(Day::parse("2026-3-1").map(Day::iso).as_deref(), Some("2026-03-01"));
        assert_eq!(Day::of(2026, 4_000_000_000, 4_000_000_000), None);
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn the_calendar_is_that_of_chrono() {
        for days in (-800_000..800_000).step_by(13).chain(-1_500..1_500).chain([i32::MIN, i32::MAX]) {
            let date = Day(days).date();
            assert_eq!(Day::of(date.year(), date.month(), date.day()), Some(Day(days)));
            if let Some(other) = NaiveDate::from_epoch_days(days) {
                assert_eq!(date.to_string(), other.to_string());
            }
            let at = Timestamp(i64::from(days) * 1_000_003 * 977);
            // RFC 3339 has years of four digits.
            let other = at.utc().format("%Y-%m-%dT%H:%M:%SZ").to_string();
            if other.len() == 20 {
                assert_eq!(at.rfc3339(), other);
            }
        }
        for at in [i64::MIN, -1, 0, i64::MAX] {
            assert!(Timestamp(at).rfc3339().ends_with('Z'));
        }
    }
}
