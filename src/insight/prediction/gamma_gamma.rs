//! Gamma-Gamma: Fader, Hardie, "The Gamma-Gamma Model of Monetary Value" (2013), after Fader, Hardie, Lee (2005).
//!
//! What somebody spends varies around a mean of their own as a gamma distribution (shape `p`); the means are spread over the
//! customers as a gamma distribution of their rates (shape `q`, rate `gamma`). Amounts are in whole units of the base currency.

use super::simplex::minimise;
use libm::lgamma;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The model with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GammaGamma {
    pub p: f64,
    /// More than 1: otherwise the shop's mean would be infinite.
    pub q: f64,
    pub gamma: f64,
}

/// Between these `p`, `q − 1` and `gamma` are looked for, as in BG/NBD.
const BOUNDS: [(f64, f64); 3] = [(1e-2, 1e4), (0.05, 1e4), (1e-4, 1e12)];

/// What a customer spent on days of repeat purchases: how many, and their mean, which is more than nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spend {
    pub repeats: u32,
    pub mean: f64,
}

impl GammaGamma {
    /// The parameters under which these customers are most likely, and the logarithm of that likelihood.
    #[must_use]
    pub fn fit(spends: &[Spend]) -> Option<(Self, f64)> {
        let sample = Sample::of(spends);
        let mean = spends.iter().map(|spend| spend.mean).sum::<f64>() / spends.len().max(1) as f64;
        let start = [2.0, 2.0, mean.max(0.01)].map(f64::ln);
        let (found, least) = minimise(start, |logarithms| {
            let (model, outside) = Self::within(logarithms);
            outside - sample.log_likelihood(&model)
        })?;
        let (model, outside) = Self::within(&found);
        Some((model, outside - least))
    }

    fn within(logarithms: &[f64; 3]) -> (Self, f64) {
        let mut outside = 0.0;
        let [p, over, gamma] = std::array::from_fn(|at| {
            let bounded: f64 = logarithms[at].clamp(BOUNDS[at].0.ln(), BOUNDS[at].1.ln());
            outside += (logarithms[at] - bounded).powi(2);
            bounded.exp()
        });
        (Self { p, q: 1.0 + over, gamma }, outside)
    }

    /// What a purchase will be worth of somebody who spent `mean` in each of so many repeat purchases: between that and the
    /// shop's mean, the nearer to the former the more purchases there are (equation 5 of 2013).
    #[must_use]
    pub fn expected(&self, repeats: u32, mean: f64) -> f64 {
        let x = f64::from(repeats);
        self.p * (self.gamma + x * mean) / (self.p * x + self.q - 1.0)
    }
}

/// The customers, as sums over which the likelihood is quick to compute.
struct Sample<'a> {
    spends: &'a [Spend],
    /// Repeat purchases and how many customers have so many.
    counts: Vec<(f64, f64)>,
    ln_means: f64,
    /// The same, each times its purchases.
    ln_means_of_all: f64,
}

impl<'a> Sample<'a> {
    fn of(spends: &'a [Spend]) -> Self {
        let mut counts = BTreeMap::<u32, f64>::new();
        for spend in spends {
            *counts.entry(spend.repeats).or_default() += 1.0;
        }
        Self {
            spends,
            counts: counts.into_iter().map(|(x, customers)| (f64::from(x), customers)).collect(),
            ln_means: spends.iter().map(|spend| spend.mean.ln()).sum(),
            ln_means_of_all: spends.iter().map(|spend| f64::from(spend.repeats) * spend.mean.ln()).sum(),
        }
    }

    /// Equation 1a of 2013.
    fn log_likelihood(&self, model: &GammaGamma) -> f64 {
        let GammaGamma { p, q, gamma } = *model;
        let fixed = q * gamma.ln() - lgamma(q);
        let counted: f64 = self
            .counts
            .iter()
            .map(|(x, customers)| customers * (fixed + lgamma(p * x + q) - lgamma(p * x) + p * x * x.ln()))
            .sum();
        let spent = self.spends.iter().map(|spend| {
            let x = f64::from(spend.repeats);
            (p * x + q) * (gamma + x * spend.mean).ln()
        });
        counted + p * self.ln_means_of_all - self.ln_means - spent.sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn few_purchases_lean_on_the_mean_of_all() {
        // As published for CDNOW; the shop's mean is p·gamma ÷ (q − 1) = 35.22.
        let model = GammaGamma { p: 6.25, q: 3.74, gamma: 15.44 };
        assert!((model.expected(0, 0.0) - 35.22).abs() < 0.01);
        let after = |repeats| model.expected(repeats, 100.0);
        assert!(after(1) > 35.22 && after(1) < after(2) && after(2) < after(50) && after(50) < 100.0);
        assert!((after(1) - 6.25 * 115.44 / 8.99).abs() < 1e-9);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn every_shop_is_fitted_or_not(spends in prop::collection::vec((1u32..500, 0.01f64..1e7), 1..60)) {
            let spends: Vec<Spend> = spends.into_iter().map(|(repeats, mean)| Spend { repeats, mean }).collect();
            if let Some((model, likelihood)) = GammaGamma::fit(&spends) {
                prop_assert!(likelihood.is_finite() && model.p > 0.0 && model.q > 1.0 && model.gamma > 0.0);
                for spend in &spends {
                    let expected = model.expected(spend.repeats, spend.mean);
                    prop_assert!(expected.is_finite() && expected > 0.0, "{expected}");
                }
            }
        }
    }
}
