//! What the models know of a customer.

use crate::base::Day;

/// Days of a model's unit of time: the literature counts in weeks.
pub const WEEK: f64 = 7.0;

/// A customer's purchases, counted in days on which there was one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Days with a purchase after the first.
    pub repeats: u32,
    /// Days from the first purchase to the last.
    pub recency: u32,
    /// Days from the first purchase to today.
    pub age: u32,
    /// What was bought on all days but the first, in minor units of the base currency.
    pub repeat_minor: i64,
}

impl History {
    /// Of purchases in the order of time; `None` without any. What lies after `today` moves today there.
    #[must_use]
    pub fn of(purchases: impl IntoIterator<Item = (Day, i64)>, today: Day) -> Option<Self> {
        let mut purchases = purchases.into_iter();
        let (first, _) = purchases.next()?;
        let mut history = Self { repeats: 0, recency: 0, age: days(first, today), repeat_minor: 0 };
        let mut last = first;
        for (day, minor) in purchases.filter(|(day, _)| *day > first) {
            history.repeats += u32::from(day > last);
            history.repeat_minor = history.repeat_minor.saturating_add(minor);
            last = last.max(day);
        }
        history.recency = days(first, last);
        history.age = history.age.max(history.recency);
        Some(history)
    }

    /// The mean value of a day with a purchase after the first, in minor units.
    #[must_use]
    pub fn mean_minor(&self) -> Option<f64> {
        (self.repeats > 0).then(|| self.repeat_minor.max(0) as f64 / f64::from(self.repeats))
    }

    /// Days between purchases, on average.
    #[must_use]
    pub fn gap(&self) -> Option<u32> {
        (self.repeats > 0).then(|| self.recency.div_ceil(self.repeats))
    }
}

fn days(from: Day, to: Day) -> u32 {
    u32::try_from(i64::from(to.0) - i64::from(from.0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_orders_of_a_day_are_one_purchase() {
        let of =
            |purchases: &[(i32, i64)], today| History::of(purchases.iter().map(|(day, minor)| (Day(*day), *minor)), Day(today));
        assert_eq!(of(&[], 9), None);
        assert_eq!(of(&[(3, 100), (3, 50)], 10), Some(History { repeats: 0, recency: 0, age: 7, repeat_minor: 0 }));
        let history = of(&[(3, 100), (5, 10), (5, 20), (9, 40)], 10).unwrap();
        assert_eq!(history, History { repeats: 2, recency: 6, age: 7, repeat_minor: 70 });
        assert_eq!((history.mean_minor(), history.gap()), (Some(35.0), Some(3)));
        assert_eq!(of(&[(3, 100), (12, 10)], 10).unwrap().age, 9, "an order from the future");
    }
}
