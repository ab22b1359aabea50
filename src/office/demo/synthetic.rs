//! Purchases of any number of customers: most buy little, a few buy a lot; amounts are lognormal. Made one customer at a time,
//! so that a million take no more memory than ten.

use super::history::{History, Purchase, chance_for};
use super::words::{between, chance};
use crate::base::Day;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// How long the shop has been open, in days.
pub const SPAN_DAYS: i32 = 4 * 365;

/// The share of registered customers who never bought, at least.
const NEVER_BOUGHT: f64 = 0.09;

/// The exponent of the long tail of order counts (Lomax): 2.2 gives about one customer in a hundred ten times the mean.
const TAIL: f64 = 2.2;

/// The logarithm of a typical amount in cents (about 27 dollars), how customers differ in it, and how one's orders do: with
/// these the mean is about that of the real purchases.
const LOG_AMOUNT: f64 = 7.9;
const LOG_BETWEEN: f64 = 0.45;
const LOG_WITHIN: f64 = 0.5;

/// One disc for about every so many cents, as in the real purchases.
const CENTS_PER_DISC: i64 = 1_500;

/// Yields the histories of `customers` customers with exactly `orders` orders together, customer 1 first.
pub struct Histories {
    seed: u64,
    customers: i64,
    next: i64,
    orders_left: i64,
    /// Yesterday.
    last: Day,
}

impl Histories {
    pub fn new(customers: i64, orders: i64, seed: u64, last: Day) -> Self {
        Self { seed, customers, next: 1, orders_left: orders, last }
    }
}

impl Iterator for Histories {
    type Item = History;

    fn next(&mut self) -> Option<History> {
        if self.next > self.customers {
            return None;
        }
        let customer = self.next;
        self.next += 1;
        let mut rng = chance_for(self.seed, 0, customer);
        let customers_left = self.customers - customer;
        let count =
            if customers_left == 0 { self.orders_left } else { order_count(self.orders_left, customers_left + 1, &mut rng) };
        self.orders_left -= count;
        let registered = self.registered(customer);
        Some(History { customer, purchases: self.purchases(registered, count, &mut rng), registered: Some(registered) })
    }
}

impl Histories {
    /// Ids rise with the day of registration; the shop grows steadily.
    fn registered(&self, customer: i64) -> Day {
        let part = (customer as f64 / self.customers as f64).powf(0.7);
        Day(self.last.0 - SPAN_DAYS + (part * f64::from(SPAN_DAYS)) as i32)
    }

    fn purchases(&self, registered: Day, count: i64, rng: &mut ChaCha8Rng) -> Vec<Purchase> {
        let known = i64::from(self.last.0 - registered.0);
        // Half stay to this day; the others stop somewhere on the way.
        let stayed = if chance(500, rng) { known } else { between(0, known, rng) };
        let mut days: Vec<i64> = (0..count).map(|_| between(0, stayed, rng)).collect();
        if let Some(first) = days.iter_mut().min() {
            // The first order comes soon after registration.
            *first = (*first).min(between(0, 20, rng));
        }
        days.sort_unstable();
        let usual = LOG_AMOUNT + LOG_BETWEEN * normal(rng);
        let purchase = |day| {
            let amount_minor = (usual + LOG_WITHIN * normal(rng)).exp() as i64;
            let discs = 1 + amount_minor.saturating_sub(CENTS_PER_DISC / 2) / CENTS_PER_DISC;
            Purchase { day: Day(registered.0 + i32::try_from(day).unwrap_or(0)), discs, amount_minor }
        };
        days.into_iter().map(purchase).collect()
    }
}

/// How many orders somebody has when `orders` are to be shared among `customers`. The mean follows what is left, so that the
/// shares add up.
fn order_count(orders: i64, customers: i64, rng: &mut ChaCha8Rng) -> i64 {
    let buying = (1.0 - NEVER_BOUGHT).min(orders as f64 / customers as f64);
    if rng.random::<f64>() >= buying {
        return 0;
    }
    let buyers = customers as f64 * buying;
    // Rounding down takes about a half off the mean.
    let mean_more = (orders as f64 / buyers - 0.5).max(0.0);
    let scale = mean_more * (TAIL - 1.0);
    let more = scale * ((1.0 - rng.random::<f64>()).powf(-1.0 / TAIL) - 1.0);
    (1 + more as i64).clamp(0, orders)
}

/// A standard normal number (Box–Muller).
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_up_and_has_a_long_tail() {
        let last = Day(20_000);
        let counts: Vec<usize> = Histories::new(20_000, 100_000, 1, last).map(|h| h.purchases.len()).collect();
        assert_eq!(counts.len(), 20_000);
        assert_eq!(counts.iter().sum::<usize>(), 100_000);
        let many = counts.iter().filter(|&&c| c >= 50).count();
        assert!((20..800).contains(&many), "{many} with ten times the mean");
        assert!((1_500..2_100).contains(&counts.iter().filter(|&&c| c == 0).count()));
        assert!(counts.last().is_some_and(|&c| c < 2_000), "the rest is not dumped on the last customer");
    }

    #[test]
    fn days_are_in_order_and_over() {
        let last = Day(20_000);
        let mut newest = Day(0);
        for history in Histories::new(3_000, 15_000, 9, last) {
            let registered = history.registered.unwrap();
            assert!(history.purchases.windows(2).all(|w| w[0].day <= w[1].day));
            assert!(history.purchases.iter().all(|p| p.day >= registered && p.day <= last && p.discs > 0 && p.amount_minor > 0));
            newest = newest.max(history.purchases.last().map_or(newest, |p| p.day));
        }
        assert_eq!(newest, last);
    }
}
