//! What the editor's server functions send.

use crate::base::{CustomerId, Money};
use crate::rules::ParseError;
use serde::{Deserialize, Serialize};

/// Whom a rule describes that is being written, or why nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preview {
    Wrong(ParseError),
    Found(Figures),
}

/// Whom a rule describes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Exactly so many customers.
    pub count: u64,
    /// Of so many in all.
    pub of: u64,
    /// Their mean total spent; `None` of nobody.
    pub average_clv: Option<Money>,
    /// So many of them may be written to with marketing by email.
    pub consenting: u64,
    /// Ten of them at most.
    pub sample: Vec<Sample>,
    /// What the rule names that does not exist; nobody has it.
    pub missing: Vec<Missing>,
}

/// One of those whom a rule describes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    pub id: CustomerId,
    pub name: String,
    pub email: String,
}

/// A name in a rule that nothing has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// What it would be: `tag`, `product` …
    pub what: String,
    pub name: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

/// A value that may stand in a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub value: String,
    /// What it is called; empty where the value says it.
    pub label: String,
}

/// How many customers are shown of those whom a rule describes.
pub const SAMPLE: usize = 10;

impl Figures {
    /// The share of all customers, in thousandths; 0 of nobody.
    #[must_use]
    pub fn share(&self) -> i64 {
        thousandths(self.count, self.of)
    }

    /// The share of those described who may be written to, in thousandths.
    #[must_use]
    pub fn consenting_share(&self) -> i64 {
        thousandths(self.consenting, self.count)
    }
}

fn thousandths(part: u64, whole: u64) -> i64 {
    let share = (u128::from(part) * 2_000 + u128::from(whole)).checked_div(u128::from(whole) * 2).unwrap_or_default();
    i64::try_from(share).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_and_nobody_has_none() {
        for (part, whole, share) in [(1, 3, 333), (2, 3, 667), (0, 0, 0), (5, 5, 1_000), (0, 7, 0), (1, 2_000, 1)] {
            assert_eq!(thousandths(part, whole), share);
        }
    }
}
