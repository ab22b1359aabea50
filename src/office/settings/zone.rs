//! The shop's time zone: turns instants into local days and moments. Only the server knows the zones.

use crate::base::{Day, Moment, Timestamp};
use chrono::{Offset, TimeZone, Timelike};

/// An IANA time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(chrono_tz::Tz);

impl Zone {
    pub const UTC: Zone = Zone(chrono_tz::UTC);

    /// Reads an IANA name; `None` for one that does not exist.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    /// Every name, for the settings page.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name()).filter(|n| n.contains('/') || *n == "UTC").collect()
    }

    /// The local day of an instant.
    #[must_use]
    pub fn day(self, at: Timestamp) -> Day {
        Day::from_date(at.utc().with_timezone(&self.0).date_naive())
    }

    #[must_use]
    pub fn moment(self, at: Timestamp) -> Moment {
        let local = at.utc().with_timezone(&self.0);
        let minute = u16::try_from(local.hour() * 60 + local.minute()).unwrap_or(0);
        Moment { at, day: Day::from_date(local.date_naive()), minute }
    }

    /// The moment of an instant that may never have come: 0 is never.
    #[must_use]
    pub fn moment_or_never(self, micros: i64) -> Option<Moment> {
        (micros > 0).then(|| self.moment(Timestamp(micros)))
    }

    /// The instant at which clocks show `minute` minutes after midnight, the first where they show it twice; `None` where they
    /// jump over it.
    #[must_use]
    pub fn instant(self, day: Day, minute: u16) -> Option<Timestamp> {
        let date = day.date();
        let (hour, minute) = (u32::from(minute / 60), u32::from(minute % 60));
        let local = self.0.with_ymd_and_hms(date.year(), date.month(), date.day(), hour, minute, 0);
        local.earliest().map(|at| Timestamp(at.timestamp_micros()))
    }

    /// As [`Zone::instant`]; where clocks jump over it, the first minute after that.
    #[must_use]
    pub fn instant_or_after(self, day: Day, minute: u16) -> Timestamp {
        // Some have jumped over a whole day, to the other side of the date line.
        (0..=2_880_u32)
            .find_map(|later| {
                let at = u32::from(minute) + later;
                let day = Day(day.0 + i32::try_from(at / 1_440).ok()?);
                self.instant(day, u16::try_from(at % 1_440).ok()?)
            })
            .unwrap_or_else(|| self.start_of(day))
    }

    /// The first instant of a local day (after a gap where clocks jump over midnight).
    #[must_use]
    pub fn start_of(self, day: Day) -> Timestamp {
        let date = day.date();
        for hour in 0..24 {
            let local = self.0.with_ymd_and_hms(date.year(), date.month(), date.day(), hour, 0, 0);
            if let Some(at) = local.earliest() {
                return Timestamp(at.timestamp_micros());
            }
        }
        Timestamp(i64::from(day.0) * Timestamp::DAY)
    }

    /// The offsets from UTC in force between two instants, newest first: since when, and how many microseconds local time is
    /// ahead of UTC.
    #[must_use]
    pub fn offsets(self, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, i64)> {
        let mut found = vec![(from, self.offset(from))];
        let mut day = from;
        // No zone changes its offset twice within a day.
        while day < to {
            let next = day.plus(Timestamp::DAY);
            if self.offset(next) != self.offset(day) {
                found.push((self.change_between(day, next), self.offset(next)));
            }
            day = next;
        }
        found.reverse();
        found
    }

    /// Microseconds that local time is ahead of UTC at an instant.
    fn offset(self, at: Timestamp) -> i64 {
        i64::from(self.0.offset_from_utc_datetime(&at.utc().naive_utc()).fix().local_minus_utc()) * Timestamp::SECOND
    }

    /// The first second of the offset that is in force at `late` and not yet at `early`.
    fn change_between(self, early: Timestamp, late: Timestamp) -> Timestamp {
        let (mut early, mut late) = (early.0 / Timestamp::SECOND, late.0 / Timestamp::SECOND);
        let after = self.offset(Timestamp(late * Timestamp::SECOND));
        while late - early > 1 {
            let middle = early + (late - early) / 2;
            if self.offset(Timestamp(middle * Timestamp::SECOND)) == after {
                late = middle;
            } else {
                early = middle;
            }
        }
        Timestamp(late * Timestamp::SECOND)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_the_shops() {
        let new_york = Zone::parse("America/New_York").unwrap();
        let at = Timestamp(1_772_330_400_000_000); // 2026-03-01T02:00:00Z
        assert_eq!(at.rfc3339(), "2026-03-01T02:00:00Z");
        assert_eq!(new_york.moment(at).day.iso(), "2026-02-28");
        assert_eq!(new_york.moment(at).minute, 21 * 60);
        assert_eq!(new_york.start_of(Day::parse("2026-03-08").unwrap()).rfc3339(), "2026-03-08T05:00:00Z");
        assert_eq!(Zone::parse("Mars/Olympus"), None);
    }

    #[test]
    fn clocks_jump_over_some_minutes_and_show_others_twice() {
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        let at = |day: &str, minute| berlin.instant(Day::parse(day).unwrap(), minute).map(Timestamp::rfc3339);
        assert_eq!(at("2026-03-29", 119).as_deref(), Some("2026-03-29T00:59:00Z"));
        assert_eq!(at("2026-03-29", 150), None);
        assert_eq!(at("2026-10-25", 150).as_deref(), Some("2026-10-25T00:30:00Z"));
        assert_eq!(at("2026-03-29", 1_440), None);
    }

    #[test]
    fn offsets_are_those_of_the_summers() {
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        let at = |iso: &str| Timestamp(i64::from(Day::parse(iso).unwrap().0) * Timestamp::DAY);
        let offsets = berlin.offsets(at("2026-01-01"), at("2027-01-01"));
        let shown: Vec<_> = offsets.iter().map(|(since, offset)| (since.rfc3339(), offset / Timestamp::HOUR)).collect();
        let expected = [("2026-10-25T01:00:00Z", 1), ("2026-03-29T01:00:00Z", 2), ("2026-01-01T00:00:00Z", 1)];
        assert_eq!(shown, expected.map(|(since, hours)| (since.to_owned(), hours)));
    }
}
