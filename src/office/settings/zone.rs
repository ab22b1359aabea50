//! The shop's time zone: turns instants into local days and moments. Only the server knows the zones.

use crate::base::{Day, Moment, Timestamp};
use chrono::{Datelike, TimeZone, Timelike};

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
}
