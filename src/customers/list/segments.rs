//! What the quick filters and the built-in segments mean, as rules.

use super::model::QuickFilter;
use super::thresholds::Thresholds;
use crate::rules::{Condition, DayField, NumberField, Quantifier, Ref, Rule, SetField};
use serde::{Deserialize, Serialize};

/// A segment that every shop has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuiltInSegment {
    /// Above the high-value amount and active.
    HighValue,
    /// Above the high-value amount, once active, not any more.
    AtRisk,
    /// Newly registered, with few orders or none.
    New,
    /// Exactly one order, and that a while ago.
    OneTime,
}

impl BuiltInSegment {
    pub const ALL: [Self; 4] = [Self::HighValue, Self::AtRisk, Self::New, Self::OneTime];

    /// The name in URLs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::HighValue => "high_value",
            Self::AtRisk => "at_risk",
            Self::New => "new",
            Self::OneTime => "one_time",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|segment| segment.code() == code)
    }

    /// The key of its name in the messages files.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::HighValue => "list.segment.high_value",
            Self::AtRisk => "list.segment.at_risk",
            Self::New => "list.segment.new",
            Self::OneTime => "list.segment.one_time",
        }
    }

    #[must_use]
    pub fn rule(self, thresholds: &Thresholds) -> Rule {
        match self {
            Self::HighValue => high_value(thresholds).and(active(thresholds)),
            Self::AtRisk => at_risk(thresholds),
            Self::New => newly_registered(thresholds).and(orders(None, Some(thresholds.new_orders_below - 1))),
            Self::OneTime => one_order().and(!Rule::within_days(DayField::LastOrder, thresholds.one_time_days)),
        }
    }
}

/// A segment by the name that it has in URLs: a built-in one, or one of the shop's own, if there is one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SegmentKey(String);

impl SegmentKey {
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        // A name of 60 characters, and a number behind it.
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
        ((1..=80).contains(&code.len()) && code.bytes().all(plain)).then(|| Self(code.to_owned()))
    }

    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn built_in(&self) -> Option<BuiltInSegment> {
        BuiltInSegment::parse(&self.0)
    }

    /// What it means; for one of the shop's own a rule that names it, as only the database knows it.
    #[must_use]
    pub fn rule(&self, thresholds: &Thresholds) -> Rule {
        match self.built_in() {
            Some(segment) => segment.rule(thresholds),
            None => self.named(),
        }
    }

    /// The rule that names it.
    #[must_use]
    pub fn named(&self) -> Rule {
        let of = vec![Ref::Name(self.0.clone())];
        Rule::Is(Condition::Has { field: SetField::Segment, quantifier: Quantifier::Any, of })
    }
}

impl From<BuiltInSegment> for SegmentKey {
    fn from(segment: BuiltInSegment) -> Self {
        Self(segment.code().to_owned())
    }
}

/// What the built-in segments mean, by their keys: what the rules of other segments need to know of them.
#[must_use]
pub fn built_in(thresholds: &Thresholds) -> Vec<(&'static str, Rule)> {
    BuiltInSegment::ALL.map(|segment| (segment.code(), segment.rule(thresholds))).into()
}

impl QuickFilter {
    #[must_use]
    pub fn rule(self, thresholds: &Thresholds) -> Rule {
        match self {
            Self::All => Rule::everyone(),
            Self::Active => active(thresholds),
            Self::Inactive => !active(thresholds),
            Self::Vip => spent_at_least(thresholds.vip_spent_minor),
            Self::New => newly_registered(thresholds),
            Self::Wholesale => Rule::has(SetField::Group, Quantifier::Any, thresholds.wholesale_group.map(|group| group.0)),
            Self::AtRisk => at_risk(thresholds),
            Self::OneTime => one_order(),
        }
    }
}

/// A completed order within the days that make a customer active.
pub(super) fn active(thresholds: &Thresholds) -> Rule {
    Rule::within_days(DayField::LastOrder, thresholds.active_days)
}

fn high_value(thresholds: &Thresholds) -> Rule {
    spent_at_least(thresholds.high_value_spent_minor.saturating_add(1))
}

fn at_risk(thresholds: &Thresholds) -> Rule {
    high_value(thresholds).and(orders(Some(1), None)).and(!active(thresholds))
}

fn newly_registered(thresholds: &Thresholds) -> Rule {
    Rule::within_days(DayField::Registered, thresholds.new_days)
}

fn one_order() -> Rule {
    orders(Some(1), Some(1))
}

fn spent_at_least(minor: i64) -> Rule {
    Rule::number(NumberField::TotalSpent, Some(minor), None)
}

fn orders(min: Option<i64>, max: Option<i64>) -> Rule {
    Rule::number(NumberField::OrdersCount, min, max)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::base::{Day, GroupId};
    use crate::office::settings::ShopSettings;
    use crate::rules::facts::{CustomerFacts, matches};

    const TODAY: Day = Day(20_000);

    fn thresholds() -> Thresholds {
        Thresholds::of(&ShopSettings::default(), Some(GroupId(2)))
    }

    /// A customer with `orders` orders, the last one `days` ago, who spent `spent` in all and registered long ago.
    fn customer(orders: i64, days: i32, spent: i64) -> CustomerFacts {
        let last_order = (orders > 0).then_some(Day(TODAY.0 - days));
        CustomerFacts {
            orders_count: orders,
            last_order,
            first_order: last_order,
            spent_minor: spent,
            ..CustomerFacts::default()
        }
    }

    fn quick(filter: QuickFilter, facts: &CustomerFacts) -> bool {
        matches(&filter.rule(&thresholds()), facts, TODAY)
    }

    fn segment(segment: BuiltInSegment, facts: &CustomerFacts) -> bool {
        matches(&segment.rule(&thresholds()), facts, TODAY)
    }

    #[test]
    fn active_and_inactive_divide_everyone_at_the_boundary() {
        for (facts, active) in
            [(customer(1, 0, 1), true), (customer(1, 90, 1), true), (customer(1, 91, 1), false), (customer(0, 0, 0), false)]
        {
            assert_eq!(quick(QuickFilter::Active, &facts), active);
            assert_eq!(quick(QuickFilter::Inactive, &facts), !active);
            assert!(quick(QuickFilter::All, &facts));
        }
    }

    #[test]
    fn amounts_are_at_least_or_more_than() {
        assert!(quick(QuickFilter::Vip, &customer(3, 400, 500_000)));
        assert!(!quick(QuickFilter::Vip, &customer(3, 1, 499_999)));
        assert!(segment(BuiltInSegment::HighValue, &customer(3, 90, 100_001)));
        assert!(!segment(BuiltInSegment::HighValue, &customer(3, 90, 100_000)));
        assert!(!segment(BuiltInSegment::HighValue, &customer(3, 91, 100_001)));
    }

    #[test]
    fn at_risk_were_once_active() {
        for (facts, at_risk) in [
            (customer(2, 91, 100_001), true),
            (customer(2, 90, 100_001), false),
            (customer(2, 91, 100_000), false),
            (customer(0, 0, 100_001), false),
        ] {
            assert_eq!(quick(QuickFilter::AtRisk, &facts), at_risk);
            assert_eq!(segment(BuiltInSegment::AtRisk, &facts), at_risk);
        }
    }

    #[test]
    fn new_as_a_segment_has_few_orders() {
        let registered = |days: i32, orders| CustomerFacts { registered: Day(TODAY.0 - days), ..customer(orders, 0, 1) };
        assert!(quick(QuickFilter::New, &registered(30, 9)));
        assert!(!quick(QuickFilter::New, &registered(31, 0)));
        assert!(segment(BuiltInSegment::New, &registered(30, 2)));
        assert!(!segment(BuiltInSegment::New, &registered(30, 3)));
    }

    #[test]
    fn one_time_as_a_segment_is_a_while_ago() {
        assert!(quick(QuickFilter::OneTime, &customer(1, 0, 1)));
        assert!(!quick(QuickFilter::OneTime, &customer(2, 99, 1)));
        assert!(segment(BuiltInSegment::OneTime, &customer(1, 31, 1)));
        assert!(!segment(BuiltInSegment::OneTime, &customer(1, 30, 1)));
        assert!(!segment(BuiltInSegment::OneTime, &customer(0, 0, 0)));
    }

    #[test]
    fn wholesalers_are_members_of_the_group_if_there_is_one() {
        let member = CustomerFacts { groups: [GroupId(2)].into(), ..customer(0, 0, 0) };
        assert!(quick(QuickFilter::Wholesale, &member));
        assert!(!quick(QuickFilter::Wholesale, &customer(9, 1, 1)));
        let nobody = QuickFilter::Wholesale.rule(&Thresholds::of(&ShopSettings::default(), None));
        assert!(!matches(&nobody, &member, TODAY));
    }
}
