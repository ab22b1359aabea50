//! A rule read against what is known of one customer, in memory: the plainest reading, which the others are tested against.

use super::{Condition, DayField, FlagField, NumberField, Quantifier, Rule, TextField};
use crate::base::text::normalise;
use crate::base::{BranchId, Day, GroupId, TagId};
use std::collections::HashSet;

/// Everything that a rule can ask of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerFacts {
    pub orders_count: i64,
    /// Money in minor units of the base currency, here and below.
    pub spent_minor: i64,
    /// 0 for a customer without orders.
    pub aov_minor: i64,
    pub credit_minor: i64,
    pub points: i64,
    pub visits_count: i64,
    pub registered: Day,
    pub first_order: Option<Day>,
    pub last_order: Option<Day>,
    pub blocked: bool,
    pub email_confirmed: bool,
    pub marketing_email: bool,
    pub marketing_sms: bool,
    /// The ISO code in upper case.
    pub country: String,
    /// Normalised, as is the city.
    pub region_key: String,
    pub city_key: String,
    pub source: String,
    pub branch: Option<BranchId>,
    pub tags: HashSet<TagId>,
    pub groups: HashSet<GroupId>,
}

/// Whether the customer is one of those that `rule` describes when today is `today`.
#[must_use]
pub fn matches(rule: &Rule, facts: &CustomerFacts, today: Day) -> bool {
    match rule {
        Rule::All(parts) => parts.iter().all(|part| matches(part, facts, today)),
        Rule::Any(parts) => parts.iter().any(|part| matches(part, facts, today)),
        Rule::Not(inner) => !matches(inner, facts, today),
        Rule::Is(condition) => holds(condition, facts, today),
    }
}

/// Whether one condition holds of the customer when today is `today`.
#[must_use]
pub fn holds(condition: &Condition, facts: &CustomerFacts, today: Day) -> bool {
    match condition {
        Condition::Number { field, min, max } => {
            let number = facts.number(*field);
            min.is_none_or(|min| min <= number) && max.is_none_or(|max| number <= max)
        }
        Condition::Day { field, from, to } => facts.day(*field).is_some_and(|day| {
            from.is_none_or(|from| from.resolve(today) <= day) && to.is_none_or(|to| day <= to.resolve(today))
        }),
        Condition::Never { field } => facts.day(*field).is_none(),
        Condition::Flag { field, is } => facts.flag(*field) == *is,
        Condition::Text { field, one_of } => one_of.iter().any(|value| field.key(value) == facts.text(*field)),
        Condition::Tags { quantifier, tags } => quantified(*quantifier, tags, &facts.tags),
        Condition::Groups { quantifier, groups } => quantified(*quantifier, groups, &facts.groups),
        Condition::Branch { one_of } => facts.branch.is_some_and(|branch| one_of.contains(&branch)),
    }
}

fn quantified<T: Eq + std::hash::Hash>(quantifier: Quantifier, wanted: &[T], has: &HashSet<T>) -> bool {
    match quantifier {
        Quantifier::Any => wanted.iter().any(|one| has.contains(one)),
        Quantifier::All => wanted.iter().all(|one| has.contains(one)),
        Quantifier::None => !wanted.iter().any(|one| has.contains(one)),
    }
}

impl CustomerFacts {
    fn number(&self, field: NumberField) -> i64 {
        match field {
            NumberField::OrdersCount => self.orders_count,
            NumberField::TotalSpent => self.spent_minor,
            NumberField::AverageOrderValue => self.aov_minor,
            NumberField::StoreCredit => self.credit_minor,
            NumberField::Points => self.points,
            NumberField::Visits => self.visits_count,
        }
    }

    /// `None` where it never happened. Everyone has registered.
    fn day(&self, field: DayField) -> Option<Day> {
        match field {
            DayField::Registered => Some(self.registered),
            DayField::FirstOrder => self.first_order,
            DayField::LastOrder => self.last_order,
        }
    }

    fn flag(&self, field: FlagField) -> bool {
        match field {
            FlagField::Blocked => self.blocked,
            FlagField::EmailConfirmed => self.email_confirmed,
            FlagField::MarketingEmail => self.marketing_email,
            FlagField::MarketingSms => self.marketing_sms,
        }
    }

    fn text(&self, field: TextField) -> &str {
        match field {
            TextField::Country => &self.country,
            TextField::Region => &self.region_key,
            TextField::City => &self.city_key,
            TextField::Source => &self.source,
        }
    }
}

impl TextField {
    /// The form in which the field is stored for comparing, of a value as a person types it.
    #[must_use]
    pub fn key(self, value: &str) -> String {
        match self {
            Self::Country => normalise(value).to_uppercase(),
            Self::Region | Self::City | Self::Source => normalise(value),
        }
    }
}
