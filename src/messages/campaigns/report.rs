//! What came of a campaign: figures, links, subjects.

use super::subject_test::TestView;
use crate::base::Money;
use serde::{Deserialize, Serialize};

/// What came of a campaign's mails. Recipients are counted, each once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Mails that the mail server took.
    pub sent: i64,
    /// Of these, those that came back.
    pub bounced: i64,
    /// Recipients who opened or clicked.
    pub opened: i64,
    /// Recipients whose mail only machines opened or clicked in.
    pub machines: i64,
    pub clicked: i64,
    pub unsubscribed: i64,
    pub complained: i64,
    /// Completed orders that it led to.
    pub orders: i64,
    /// What was paid for them less refunds and gift cards, in minor units of the base currency.
    pub revenue_minor: i64,
}

impl Figures {
    /// Mails that arrived, as far as one knows.
    #[must_use]
    pub fn delivered(&self) -> i64 {
        self.sent - self.bounced
    }
}

/// A share in thousandths; none of nothing.
#[must_use]
pub fn rate(count: i64, of: i64) -> Option<i64> {
    (of > 0).then(|| i64::try_from((i128::from(count) * 2_000 + i128::from(of)) / (2 * i128::from(of))).unwrap_or(0))
}

/// A link of a campaign, and who followed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkFigures {
    /// As it was written: it may have variables in it.
    pub target: String,
    /// Recipients, and how often all of them together.
    pub people: i64,
    pub clicks: i64,
    pub machine_clicks: i64,
}

/// The report of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub figures: Figures,
    pub revenue: Money,
    pub links: Vec<LinkFigures>,
    pub test: Option<TestView>,
    /// Whether opens and clicks are followed now.
    pub follows: bool,
    /// The window of orders, in days, and whether opens count.
    pub days: u16,
    pub opens_count: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_rounded_to_thousandths() {
        assert_eq!(rate(1, 3), Some(333));
        assert_eq!(rate(2, 3), Some(667));
        assert_eq!(rate(1, 2_000), Some(1));
        assert_eq!(rate(5, 5), Some(1_000));
        assert_eq!(rate(0, 0), None);
        assert_eq!(rate(i64::MAX, i64::MAX), Some(1_000));
    }
}
