//! Who has churned (SPEC, "Churned"): the probability of still being a customer fell under a threshold or, where too little is
//! known, there was no order for twice the customer's own gap and the days after which customers are inactive.

use super::bg_nbd::BgNbd;
use super::history::History;

/// What counts as churned.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'a> {
    pub model: Option<&'a BgNbd>,
    /// Under such a probability: percent.
    pub percent: u16,
    /// Otherwise not before so many days without an order.
    pub active_days: u16,
}

impl Rule<'_> {
    /// Days without an order that a customer is given where the model says nothing.
    #[must_use]
    pub fn patience(&self, history: &History) -> u32 {
        u32::from(self.active_days).max(history.gap().unwrap_or(0).saturating_mul(2))
    }

    /// The days from the first order to the first one on which the customer had churned, today or before: their lifespan.
    #[must_use]
    pub fn lifespan(&self, history: &History) -> Option<u32> {
        let predicted = self.model.and_then(|model| model.leaves_at(history, f64::from(self.percent) / 100.0));
        let end = predicted.unwrap_or_else(|| history.recency.saturating_add(self.patience(history)).saturating_add(1));
        (end <= history.age).then_some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: BgNbd = BgNbd { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };

    #[test]
    fn without_a_prediction_silence_decides() {
        let rule = Rule { model: None, percent: 50, active_days: 90 };
        let once = |age| History { repeats: 0, recency: 0, age, repeat_minor: 0 };
        assert_eq!((rule.lifespan(&once(90)), rule.lifespan(&once(91)), rule.lifespan(&once(500))), (None, Some(91), Some(91)));
        // Every 60 days: 120 days of patience.
        let third = |age| History { repeats: 2, recency: 120, age, repeat_minor: 0 };
        assert_eq!((rule.lifespan(&third(240)), rule.lifespan(&third(241))), (None, Some(241)));
        let rule = Rule { model: Some(&MODEL), ..rule };
        assert_eq!(rule.lifespan(&once(91)), Some(91), "of one purchase the model says nothing");
    }

    #[test]
    fn the_threshold_decides_where_there_is_one() {
        let history = History { repeats: 3, recency: 100, age: 400, repeat_minor: 0 };
        let lifespan = |percent| Rule { model: Some(&MODEL), percent, active_days: 90 }.lifespan(&history);
        let day = lifespan(50).unwrap();
        assert!(day > 100 && MODEL.alive(&History { age: day, ..history }) < 0.5);
        assert!(lifespan(80) < lifespan(50), "a higher threshold is crossed earlier");
        assert_eq!(lifespan(1), None);
    }
}
