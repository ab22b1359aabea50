//! The tree. Every condition is closed over its field's type, so a rule that parses is a rule that runs.

use crate::base::{BranchId, Day, GroupId, TagId};
use serde::{Deserialize, Serialize};

/// A set of customers, described.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// All of them; everyone where the list is empty.
    All(Vec<Rule>),
    /// At least one of them; no one where the list is empty.
    Any(Vec<Rule>),
    Not(Box<Rule>),
    Is(Condition),
}

/// One statement about a customer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// `min ≤ field ≤ max`; a missing bound is no bound.
    Number {
        field: NumberField,
        min: Option<i64>,
        max: Option<i64>,
    },
    /// `from ≤ day ≤ to`, both included; a missing bound is no bound. A customer to whom it never happened ("never ordered")
    /// matches no day range, not even an unbounded one.
    Day {
        field: DayField,
        from: Option<DayBound>,
        to: Option<DayBound>,
    },
    /// It never happened.
    Never {
        field: DayField,
    },
    Flag {
        field: FlagField,
        is: bool,
    },
    /// The value is one of these, compared normalised (case- and accent-insensitive).
    Text {
        field: TextField,
        one_of: Vec<String>,
    },
    /// The tags of the customer: any, all or none of these.
    Tags {
        quantifier: Quantifier,
        tags: Vec<TagId>,
    },
    /// The groups that the customer is a member of: any, all or none of these.
    Groups {
        quantifier: Quantifier,
        groups: Vec<GroupId>,
    },
    /// Assigned to one of these branches; none of them where the list is empty.
    Branch {
        one_of: Vec<BranchId>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantifier {
    Any,
    All,
    None,
}

/// Numbers: counts, and money in minor units of the base currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberField {
    OrdersCount,
    TotalSpent,
    AverageOrderValue,
    StoreCredit,
    Points,
    Visits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayField {
    Registered,
    FirstOrder,
    LastOrder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagField {
    Blocked,
    EmailConfirmed,
    MarketingEmail,
    MarketingSms,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextField {
    Country,
    Region,
    City,
    Source,
}

/// A calendar day, or one that moves with today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayBound {
    On(Day),
    /// So many days before today in the shop's time zone; 0 is today.
    DaysAgo(u16),
}

impl DayBound {
    /// The calendar day that is meant when today is `today`.
    #[must_use]
    pub fn resolve(self, today: Day) -> Day {
        match self {
            Self::On(day) => day,
            Self::DaysAgo(days) => Day(today.0 - i32::from(days)),
        }
    }
}

impl Rule {
    /// Everyone.
    #[must_use]
    pub fn everyone() -> Self {
        Self::All(Vec::new())
    }

    #[must_use]
    pub fn number(field: NumberField, min: Option<i64>, max: Option<i64>) -> Self {
        Self::Is(Condition::Number { field, min, max })
    }

    /// It happened within the last `days` calendar days, today and the boundary included.
    #[must_use]
    pub fn within_days(field: DayField, days: u16) -> Self {
        Self::Is(Condition::Day { field, from: Some(DayBound::DaysAgo(days)), to: None })
    }

    /// This and `other`, without nesting `All` in `All`.
    #[must_use]
    pub fn and(self, other: Rule) -> Self {
        match (self, other) {
            (Self::All(mut a), Self::All(b)) => {
                a.extend(b);
                Self::All(a)
            }
            (Self::All(mut a), b) => {
                a.push(b);
                Self::All(a)
            }
            (a, Self::All(mut b)) => {
                b.insert(0, a);
                Self::All(b)
            }
            (a, b) => Self::All(vec![a, b]),
        }
    }
}

impl std::ops::Not for Rule {
    type Output = Rule;
    fn not(self) -> Rule {
        Self::Not(Box::new(self))
    }
}
