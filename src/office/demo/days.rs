//! Local days and the times of orders: every order gets its place in the shop's order numbers, which rise with time.

use crate::base::{Day, Timestamp};
use crate::office::settings::zone::Zone;
use anyhow::Context;

/// The first order's number is one more.
const NUMBERS_BEFORE: i64 = 100_000;

/// How much is ordered in each hour from 7 to 22 o'clock.
const HOURS: [f64; 16] = [2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 8.0, 6.0, 6.0, 7.0, 8.0, 9.0, 11.0, 12.0, 9.0, 5.0];
const FIRST_HOUR: f64 = 7.0;

/// The days that a data set spans, with the number of orders on each.
pub struct Days {
    first: Day,
    days: Vec<OneDay>,
}

struct OneDay {
    starts_at: Timestamp,
    orders: u32,
    /// Orders of the days before.
    before: i64,
    given: u32,
}

/// An order's place in time.
pub struct Slot {
    pub number: i64,
    pub at: Timestamp,
    pub day: Day,
}

impl Days {
    /// The days from `first` to `last`.
    pub fn new(first: Day, last: Day, zone: Zone) -> Self {
        let day = |day| OneDay { starts_at: zone.start_of(Day(day)), orders: 0, before: 0, given: 0 };
        // One more, so that it is known where the last day ends.
        Self { first, days: (first.0..=last.0 + 1).map(day).collect() }
    }

    /// Counts an order of that day; to be done for all of them before the first [`Days::next_slot`].
    ///
    /// # Errors
    /// When the day is outside of the span.
    pub fn count(&mut self, day: Day) -> anyhow::Result<()> {
        let at = self.index(day)?;
        self.days[at].orders += 1;
        Ok(())
    }

    /// Numbers the days' orders one after another.
    pub fn number(&mut self) {
        let mut before = 0;
        for day in &mut self.days {
            day.before = before;
            before += i64::from(day.orders);
        }
    }

    /// A place for one more order on that day. Orders of a day are dealt out over it in a shuffled order, so that customers
    /// with low ids do not always order in the morning.
    ///
    /// # Errors
    /// When more orders are asked for than were counted.
    pub fn next_slot(&mut self, day: Day) -> anyhow::Result<Slot> {
        let at = self.index(day)?;
        let one = &mut self.days[at];
        anyhow::ensure!(one.given < one.orders, "more orders than counted on {}", day.iso());
        let rank = shuffled(one.given, one.orders);
        one.given += 1;
        Ok(Slot {
            number: NUMBERS_BEFORE + 1 + one.before + i64::from(rank),
            at: one.starts_at.plus(time_of_day(rank, one.orders)),
            day,
        })
    }

    /// The local day of an instant of the span.
    pub fn day_of(&self, at: Timestamp) -> Day {
        let first = self.days.first().map_or(0, |d| d.starts_at.0);
        // Days are not all 24 hours long, so the division may be one off.
        let guess = (at.0 - first).div_euclid(Timestamp::DAY);
        let starts = |index: i64| usize::try_from(index).ok().and_then(|i| self.days.get(i)).map(|d| d.starts_at);
        let index = if starts(guess).is_some_and(|s| s > at) {
            guess - 1
        } else if starts(guess + 1).is_some_and(|s| s <= at) {
            guess + 1
        } else {
            guess
        };
        Day(self.first.0.saturating_add(i32::try_from(index).unwrap_or(0)))
    }

    fn index(&self, day: Day) -> anyhow::Result<usize> {
        usize::try_from(day.0 - self.first.0)
            .ok()
            .filter(|&at| at < self.days.len())
            .with_context(|| format!("{} is outside of the data's days", day.iso()))
    }
}

/// The `given`-th of `count` places, each exactly once: steps of about the golden section, prime to `count`.
fn shuffled(given: u32, count: u32) -> u32 {
    let mut step = (u64::from(count) * 618 / 1000).max(1);
    while gcd(step, u64::from(count)) != 1 {
        step += 1;
    }
    u32::try_from((u64::from(given) * step + u64::from(count) / 3) % u64::from(count)).unwrap_or(0)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Microseconds after midnight of the `rank`-th of `count` orders: rising with the rank, dense in busy hours. Between 7 and 23
/// o'clock, so that no change of clocks moves an order to another day.
fn time_of_day(rank: u32, count: u32) -> i64 {
    let jitter = f64::from((rank + 1).wrapping_mul(2_654_435_761) >> 8) / f64::from(1_u32 << 24);
    let total: f64 = HOURS.iter().sum();
    let mut left = (f64::from(rank) + jitter) / f64::from(count) * total;
    let mut hour = FIRST_HOUR;
    for weight in HOURS {
        if left < weight {
            break;
        }
        left -= weight;
        hour += 1.0;
    }
    let weight = HOURS.get((hour - FIRST_HOUR) as usize).copied().unwrap_or(1.0);
    ((hour + (left / weight).min(0.999)) * Timestamp::HOUR as f64) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_with_time_and_are_all_given() {
        let zone = Zone::parse("America/New_York").unwrap();
        let mut days = Days::new(Day(20_000), Day(20_400), zone);
        let counts = [(20_000, 7), (20_100, 1), (20_171, 250), (20_400, 3)];
        for (day, count) in counts {
            (0..count).for_each(|_| days.count(Day(day)).unwrap());
        }
        days.number();
        let mut slots = Vec::new();
        for (day, count) in counts {
            slots.extend((0..count).map(|_| days.next_slot(Day(day)).unwrap()));
        }
        assert!(days.next_slot(Day(20_000)).is_err());
        slots.sort_by_key(|s| s.number);
        assert!(slots.iter().enumerate().all(|(i, s)| s.number == 100_001 + i as i64));
        assert!(slots.windows(2).all(|w| w[0].at < w[1].at));
        assert!(slots.iter().all(|s| zone.day(s.at) == s.day && days.day_of(s.at) == s.day));
    }

    #[test]
    fn knows_the_day_of_any_instant() {
        let zone = Zone::parse("America/New_York").unwrap();
        let days = Days::new(Day(20_000), Day(20_400), zone);
        for hour in 0..9_620_i64 {
            let at = Timestamp(Day(20_000).0 as i64 * Timestamp::DAY + 5 * Timestamp::HOUR + hour * Timestamp::HOUR);
            assert_eq!(days.day_of(at), zone.day(at), "{}", at.rfc3339());
        }
    }
}
