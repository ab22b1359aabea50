//! BG/NBD: Fader, Hardie, Lee, "Counting Your Customers" the Easy Way (Marketing Science 24, 2005).
//!
//! Somebody buys at random at a rate of their own, and after each repeat purchase leaves with a probability of their own. Rates
//! are spread over the customers as a gamma distribution (shape `r`, rate `alpha` per week), probabilities as a beta
//! distribution (`a`, `b`).

use super::history::{History, WEEK};
use super::simplex::minimise;
use libm::lgamma;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The model with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BgNbd {
    pub r: f64,
    pub alpha: f64,
    pub a: f64,
    pub b: f64,
}

/// Between these the parameters are looked for. Where customers are all alike the likelihood grows for ever with `r` and
/// `alpha`, or `a` and `b`; beyond the bounds it does so without telling anything apart.
const BOUNDS: [(f64, f64); 4] = [(1e-3, 1e3), (0.1, 1e5), (1e-3, 50.0), (1e-3, 1e4)];
/// Terms that a series may take; it takes some hundred.
const MOST_TERMS: u32 = 200_000;

/// Customers with the same history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    pub repeats: u32,
    pub recency: u32,
    pub age: u32,
    pub customers: u32,
}

impl BgNbd {
    /// The parameters under which these customers are most likely, and the logarithm of that likelihood.
    #[must_use]
    pub fn fit(cells: &[Cell]) -> Option<(Self, f64)> {
        let sample = Sample::of(cells);
        let (repeats, weeks) = cells.iter().fold((0.0, 0.0), |(repeats, weeks), cell| {
            let customers = f64::from(cell.customers);
            (repeats + customers * f64::from(cell.repeats), weeks + customers * f64::from(cell.age) / WEEK)
        });
        let alpha = (weeks / sample.customers / 2.0).clamp(1.0, 1e3);
        let rate = (repeats / weeks.max(1.0)).clamp(1e-4, 10.0);
        let start = [alpha * rate, alpha, 1.0, 2.0].map(f64::ln);
        let (found, least) = minimise(start, |logarithms| {
            let (model, outside) = Self::within(logarithms);
            outside - sample.log_likelihood(&model)
        })?;
        let (model, outside) = Self::within(&found);
        Some((model, outside - least))
    }

    /// The parameters of these logarithms within the bounds, and the square of how far outside they are.
    fn within(logarithms: &[f64; 4]) -> (Self, f64) {
        let mut outside = 0.0;
        let bounded: [f64; 4] = std::array::from_fn(|at| {
            let (low, high) = (BOUNDS[at].0.ln(), BOUNDS[at].1.ln());
            let bounded = logarithms[at].clamp(low, high);
            outside += (logarithms[at] - bounded).powi(2);
            bounded.exp()
        });
        let [r, alpha, a, b] = bounded;
        (Self { r, alpha, a, b }, outside)
    }

    /// The probability of still being a customer (their equation 7 in the note "Computing P(alive)" of 2008); 1 after purchases
    /// on one day only.
    #[must_use]
    pub fn alive(&self, history: &History) -> f64 {
        if history.repeats == 0 {
            return 1.0;
        }
        let x = f64::from(history.repeats);
        let silence = (self.time(history.age) / self.time(history.recency)).ln();
        1.0 / (1.0 + self.a / (self.b + x - 1.0) * ((self.r + x) * silence).exp())
    }

    /// The age in days at which the probability has fallen below `threshold`; `None` for those of whom it never does.
    #[must_use]
    pub fn leaves_at(&self, history: &History, threshold: f64) -> Option<u32> {
        if history.repeats == 0 {
            return None;
        }
        let x = f64::from(history.repeats);
        let odds = (1.0 - threshold) / threshold * (self.b + x - 1.0) / self.a;
        let weeks = self.time(history.recency) * (odds.ln() / (self.r + x)).exp() - self.alpha;
        // The first whole day past it; a far too distant one is the last that fits.
        Some(((weeks * WEEK).floor() as u32).saturating_add(1).max(history.recency))
    }

    /// Days with a purchase that are to be expected in the next `days` days (their equation 10).
    #[must_use]
    pub fn expected(&self, history: &History, days: u32) -> f64 {
        self.alive(history) * self.expected_if_alive(history, days)
    }

    /// Their equation has the Gaussian hypergeometric function ₂F₁(r+x, b+x; a+b+x−1; z). After Euler's transformation
    /// (Abramowitz and Stegun 15.3.3) the series' first factor (a−1) cancels the equation's divisor, so nothing is divided by what may
    /// be zero: with c = a+b+x−1 and q = 1−z it is
    /// c·(1 − q^(a−1)) ÷ (a−1) − q^(a−1) · Σ (a+b−1−r)ₙ (a)ₙ₋₁ ÷ ((c+1)ₙ₋₁ n!) zⁿ.
    fn expected_if_alive(&self, history: &History, days: u32) -> f64 {
        let Self { r, a, b, .. } = *self;
        let (x, now, weeks) = (f64::from(history.repeats), self.time(history.age), f64::from(days) / WEEK);
        let z = weeks / (now + weeks);
        let ln_q = -(weeks / now).ln_1p();
        let c = a + b + x - 1.0;
        let first = if (a - 1.0).abs() < 1e-9 { -ln_q } else { -((a - 1.0) * ln_q).exp_m1() / (a - 1.0) };
        let upper = a + b - 1.0 - r;
        let (mut term, mut sum) = (upper * z, upper * z);
        for n in (1..MOST_TERMS).map(f64::from) {
            term *= (upper + n) * (a + n - 1.0) / ((c + n) * (n + 1.0)) * z;
            sum += term;
            if term.abs() <= 1e-15 * sum.abs() && n > -upper {
                break;
            }
        }
        // Never more than at one's present rate without ever leaving.
        (c * first - ((a - 1.0) * ln_q).exp() * sum).clamp(0.0, (r + x) * weeks / now)
    }

    fn time(&self, days: u32) -> f64 {
        self.alpha + f64::from(days) / WEEK
    }
}

/// The customers, sorted so that the likelihood of all is quick to compute.
struct Sample<'a> {
    /// Those who bought again.
    repeaters: Vec<&'a Cell>,
    /// Age and number of those who did not.
    once: Vec<(u32, f64)>,
    /// Repeat purchases and how many customers have so many.
    counts: Vec<(f64, f64)>,
    customers: f64,
    oldest: u32,
}

impl<'a> Sample<'a> {
    fn of(cells: &'a [Cell]) -> Self {
        let mut counts = BTreeMap::<u32, f64>::new();
        for cell in cells.iter().filter(|cell| cell.repeats > 0) {
            *counts.entry(cell.repeats).or_default() += f64::from(cell.customers);
        }
        let once = cells.iter().filter(|cell| cell.repeats == 0);
        Self {
            repeaters: cells.iter().filter(|cell| cell.repeats > 0).collect(),
            once: once.map(|cell| (cell.age, f64::from(cell.customers))).collect(),
            counts: counts.into_iter().map(|(x, customers)| (f64::from(x), customers)).collect(),
            customers: cells.iter().map(|cell| f64::from(cell.customers)).sum::<f64>().max(1.0),
            oldest: cells.iter().map(|cell| cell.age).max().unwrap_or(0),
        }
    }

    /// Their equation 6: ln L = A1 + A2 + ln(A3 + A4), where A1 and A2 depend on the number of purchases only.
    fn log_likelihood(&self, model: &BgNbd) -> f64 {
        let BgNbd { r, alpha, a, b } = *model;
        // Times are days, of which there are few.
        let ln_time: Vec<f64> = (0..=self.oldest).map(|day| model.time(day).ln()).collect();
        let at = |day: u32| ln_time[day as usize];
        let fixed = r * alpha.ln() - lgamma(r) + lgamma(a + b) - lgamma(b);
        let counted: f64 = self
            .counts
            .iter()
            .map(|(x, customers)| customers * (fixed + lgamma(r + x) + lgamma(b + x) - lgamma(a + b + x)))
            .sum();
        let once: f64 = self.once.iter().map(|(age, customers)| customers * r * (alpha.ln() - at(*age))).sum();
        let repeaters = self.repeaters.iter().map(|cell| {
            let x = f64::from(cell.repeats);
            let (recency, age) = (at(cell.recency), at(cell.age));
            let silence = ((r + x) * (recency - age)).exp();
            f64::from(cell.customers) * ((silence + a / (b + x - 1.0)).ln() - (r + x) * recency)
        });
        counted + once + repeaters.sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As the paper rounds them.
    const CDNOW: BgNbd = BgNbd { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };

    /// Of so many weeks.
    fn history(repeats: u32, recency: f64, age: f64) -> History {
        let days = |weeks: f64| (weeks * WEEK).round() as u32;
        History { repeats, recency: days(recency), age: days(age), repeat_minor: 0 }
    }

    fn near(computed: f64, expected: f64, relative: f64) {
        assert!((computed - expected).abs() <= relative * expected.abs(), "{computed} ≠ {expected}");
    }

    #[test]
    fn a_customer_of_the_literature() {
        // Fader, Hardie and Lee's note "Implementing the BG/NBD Model in Excel" (2005) expects 1.226 purchases of this customer
        // in the 39 weeks to come; more digits were computed with mpmath.
        let customer = history(2, 30.43, 38.86);
        near(CDNOW.alive(&customer), 0.726_589_721_835, 1e-9);
        near(CDNOW.expected(&customer, 39 * 7), 1.226_115_806_15, 1e-9);
        near(CDNOW.expected(&history(0, 0.0, 38.86), 52 * 7), 0.252_087_656_872, 1e-9);
        near(CDNOW.expected(&history(1, 1.0, 300.0), 52 * 7), 0.004_108_491_535_42, 1e-9);
        near(CDNOW.expected(&history(200, 290.0, 300.0), 52 * 7), 7.717_817_818_87, 1e-9);
    }

    #[test]
    fn odd_parameters_do_no_harm() {
        // Computed with mpmath: the first of a customer of today, the second of one with 3 purchases in 10 weeks of 20.
        for (r, alpha, a, b, newcomer, third) in [
            (2.0, 8.0, 1.7, 3.0, 3.283_419_769_67, 1.052_519_991_45),
            (0.5, 0.3, 0.2, 0.4, 26.533_105_17, 3.967_274_103_12),
            (5.0, 100.0, 30.0, 200.0, 2.146_196_949_03, 2.110_531_314_21),
            (0.01, 0.05, 0.01, 0.02, 6.558_806_669_24, 7.439_311_685_77),
            (50.0, 100.0, 2.0, 1_000.0, 25.329_912_624_3, 18.689_731_127_7),
            (1.0, 1.0, 45.0, 45.0, 1.946_169_071_52, 0.145_485_129_299),
        ] {
            let model = BgNbd { r, alpha, a, b };
            near(model.expected(&history(0, 0.0, 0.0), 52 * 7), newcomer, 1e-8);
            near(model.expected(&history(3, 10.0, 20.0), 52 * 7), third, 1e-8);
        }
        let at = |a| BgNbd { a, ..CDNOW }.expected(&history(3, 10.0, 20.0), 365);
        near(at(1.0), at(1.0 + 1e-7), 1e-6);
    }

    #[test]
    fn one_leaves_on_the_day_the_probability_falls() {
        for customer in [history(2, 30.0, 30.0), history(26, 30.0, 40.0), history(1, 0.2, 9.0)] {
            let day = CDNOW.leaves_at(&customer, 0.5).unwrap();
            assert!(CDNOW.alive(&History { age: day, ..customer }) < 0.5 && day > customer.recency);
            assert!(CDNOW.alive(&History { age: day - 1, ..customer }) >= 0.5);
        }
        assert_eq!(CDNOW.leaves_at(&history(0, 0.0, 90.0), 0.5), None);
        assert_eq!(BgNbd { a: 40.0, b: 0.1, ..CDNOW }.leaves_at(&history(1, 3.0, 9.0), 0.5), Some(21), "at once");
    }

    fn models() -> impl Strategy<Value = BgNbd> {
        let between = |at: usize| (BOUNDS[at].0.ln()..BOUNDS[at].1.ln()).prop_map(f64::exp);
        (between(0), between(1), between(2), between(3)).prop_map(|(r, alpha, a, b)| BgNbd { r, alpha, a, b })
    }

    fn histories() -> impl Strategy<Value = History> {
        (0u32..3_000, 0u32..8_000, 0u32..8_000, 0i64..1_000_000_000).prop_map(|(repeats, silent, recency, repeat_minor)| {
            // A purchase a day at most.
            let recency = if repeats == 0 { 0 } else { recency.max(repeats) };
            History { repeats, recency, age: recency + silent, repeat_minor }
        })
    }

    proptest! {
        #[test]
        fn every_history_has_figures(model in models(), history in histories()) {
            let (alive, expected) = (model.alive(&history), model.expected(&history, 365));
            prop_assert!((0.0..=1.0).contains(&alive), "{alive}");
            prop_assert!(expected.is_finite() && expected >= 0.0, "{expected}");
            let later = History { age: history.age + 30, ..history };
            prop_assert!(model.alive(&later) <= alive, "silence makes nobody more of a customer");
            prop_assert!(model.expected(&history, 730) >= expected * (1.0 - 1e-6), "more time, more orders");
            prop_assert!(model.leaves_at(&history, 0.5).is_none_or(|day| day >= history.recency));
        }
    }

    proptest! {
        // Each is some hundred evaluations, in a build that is not optimised.
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn every_shop_is_fitted_or_not(cells in prop::collection::vec((histories(), 1u32..50), 1..60)) {
            let cells: Vec<Cell> = cells
                .into_iter()
                .map(|(h, customers)| Cell { repeats: h.repeats, recency: h.recency, age: h.age, customers })
                .collect();
            if let Some((model, likelihood)) = BgNbd::fit(&cells) {
                prop_assert!(likelihood.is_finite() && [model.r, model.alpha, model.a, model.b].iter().all(|p| *p > 0.0));
            }
        }
    }
}
