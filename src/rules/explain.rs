//! Why a customer is among those that a rule describes, or is not: each condition with what the customer really has. It is found out
//! by [`facts::explain`](super::facts::explain), on the server.

use super::Condition;
use crate::base::Day;
use serde::{Deserialize, Serialize};

/// A rule as it turned out for one customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// This part of the rule holds of the customer.
    pub holds: bool,
    pub part: Part,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    All(Vec<Explanation>),
    Any(Vec<Explanation>),
    Not(Box<Explanation>),
    Is(Condition, Actual),
}

/// What the customer has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actual {
    Count(i64),
    /// Minor units of the base currency.
    Money(i64),
    /// `None`: it never happened.
    Day(Option<Day>),
    Flag(bool),
    /// Empty: there is none. Normalised where the field is kept so.
    Text(String),
    /// The ids of the tags, groups …
    Has(Vec<i64>),
    /// So many of the customer's orders or events are such.
    Found {
        found: u32,
        of: u32,
    },
}
