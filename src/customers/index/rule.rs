//! The third reading of a rule: as sets of slots. It agrees with that of one customer's facts and with the SQL.

use super::bitset::Bitset;
use super::data::{Data, Number};
use super::members::Memberships;
use crate::base::{BranchId, GroupId, TagId};
use crate::rules::{Condition, DayField, DayTest, FlagField, NumberField, Quantifier, Ref, Rule, SetField, TextField, TextTest};
use std::hash::Hash;

/// Whether the index knows everything that the rule asks. SQL answers the others.
pub fn is_indexed(rule: &Rule) -> bool {
    rule.conditions().into_iter().all(|condition| match condition {
        Condition::Number { field, .. } => number_of(*field).is_some(),
        Condition::Day { field, test } => {
            day_of(*field).is_some() && !matches!(test, DayTest::Months(_) | DayTest::Anniversary { .. })
        }
        Condition::Flag { field, .. } => is_kept(*field),
        Condition::Text { field, test } => is_place_or_source(*field) && matches!(test, TextTest::OneOf(_)),
        Condition::Has { field, .. } => matches!(field, SetField::Tag | SetField::Group | SetField::Branch),
        Condition::HasSome { .. } | Condition::Custom { .. } | Condition::Orders { .. } | Condition::Events { .. } => false,
    })
}

impl Data {
    /// The slots that `rule` describes, among them slots that are no customer's.
    pub fn matching(&self, rule: &Rule) -> Bitset {
        match rule {
            Rule::All(parts) => self.all_of(parts),
            Rule::Any(parts) => self.any_of(parts),
            Rule::Not(inner) => {
                let mut found = self.matching(inner);
                found.invert();
                found
            }
            Rule::Is(condition) => self.holding(condition),
        }
    }

    fn all_of(&self, parts: &[Rule]) -> Bitset {
        let mut parts = parts.iter().map(|part| self.matching(part));
        let first = parts.next().unwrap_or_else(|| self.everyone());
        parts.fold(first, |mut found, part| {
            found.and(&part);
            found
        })
    }

    fn any_of(&self, parts: &[Rule]) -> Bitset {
        parts.iter().fold(self.no_one(), |mut found, part| {
            found.or(&self.matching(part));
            found
        })
    }

    /// No one of conditions that are not [`is_indexed`].
    fn holding(&self, condition: &Condition) -> Bitset {
        match condition {
            Condition::Number { field, test } => match (number_of(*field), test.bounds()) {
                (Some(number), Some((min, max))) => self.range(number, min, max),
                _ => self.no_one(),
            },
            Condition::Day { field, test } => self.day_range(*field, test),
            Condition::Flag { field, is } if is_kept(*field) => {
                let mut found = self.flag(*field).clone();
                if !is {
                    found.invert();
                }
                found
            }
            Condition::Text { field, test: TextTest::OneOf(one_of) } => self.text(*field, one_of),
            Condition::Has { field: SetField::Tag, quantifier, of } => self.members(&self.tags, *quantifier, &known(of, TagId)),
            Condition::Has { field: SetField::Group, quantifier, of } => {
                self.members(&self.groups, *quantifier, &known(of, GroupId))
            }
            Condition::Has { field: SetField::Branch, quantifier, of } => self.branch(*quantifier, &known(of, BranchId)),
            _ => self.no_one(),
        }
    }

    fn everyone(&self) -> Bitset {
        let mut found = self.no_one();
        found.invert();
        found
    }

    fn no_one(&self) -> Bitset {
        Bitset::with_words(self.words())
    }

    fn range(&self, number: Number, min: i64, max: i64) -> Bitset {
        let mut found = self.no_one();
        self.number(number).find_range(min, max, &mut found);
        found
    }

    fn day_range(&self, field: DayField, test: &DayTest) -> Bitset {
        let (Some(number), Some((from, to))) = (day_of(field), test.stretch(self.today)) else { return self.no_one() };
        let (from, to) = (from.map_or(i64::MIN, |day| day.0.into()), to.map_or(i64::MAX, |day| day.0.into()));
        let mut found = self.range(number, from, to);
        // Everyone has registered; of the others 0 is never.
        if field != DayField::Registered && from <= 0 && 0 <= to {
            found.and_not(&self.range(number, 0, 0));
        }
        found
    }

    fn text(&self, field: TextField, one_of: &[String]) -> Bitset {
        let keys: Vec<String> = one_of.iter().map(|value| field.key(value)).collect();
        let mut found = self.no_one();
        match field {
            TextField::Country => self.places.find(|place| keys.contains(&place.country), &mut found),
            TextField::Region => self.places.find(|place| keys.contains(&place.region_key), &mut found),
            TextField::City => self.places.find(|place| keys.contains(&place.city_key), &mut found),
            TextField::Source => self.sources.find(|source| keys.contains(source), &mut found),
            _ => {}
        }
        found
    }

    /// A customer has one branch at most.
    fn branch(&self, quantifier: Quantifier, wanted: &[BranchId]) -> Bitset {
        let mut found = self.no_one();
        let of = |branch: &Option<BranchId>| match quantifier {
            Quantifier::Any => branch.is_some_and(|branch| wanted.contains(&branch)),
            Quantifier::All => wanted.iter().all(|one| *branch == Some(*one)),
            Quantifier::None => !branch.is_some_and(|branch| wanted.contains(&branch)),
        };
        self.branches.find(of, &mut found);
        found
    }

    fn members<T: Copy + Eq + Hash>(&self, of: &Memberships<T>, quantifier: Quantifier, wanted: &[T]) -> Bitset {
        let mut found = self.no_one();
        match quantifier {
            Quantifier::Any => wanted.iter().for_each(|one| of.add_to(*one, &mut found)),
            Quantifier::None => {
                wanted.iter().for_each(|one| of.add_to(*one, &mut found));
                found.invert();
            }
            Quantifier::All => {
                found.invert();
                for one in wanted {
                    let mut members = self.no_one();
                    of.add_to(*one, &mut members);
                    found.and(&members);
                }
            }
        }
        found
    }
}

/// What has these ids, and for each mere name something that nobody has.
fn known<T>(of: &[Ref], id_of: fn(i64) -> T) -> Vec<T> {
    const NOBODYS: i64 = i64::MIN;
    let id = |one: &Ref| match one {
        Ref::Id(id) => id_of(*id),
        Ref::Name(_) => id_of(NOBODYS),
    };
    of.iter().map(id).collect()
}

fn number_of(field: NumberField) -> Option<Number> {
    match field {
        NumberField::OrdersCount => Some(Number::Orders),
        NumberField::TotalSpent => Some(Number::Spent),
        NumberField::AverageOrderValue => Some(Number::Aov),
        NumberField::StoreCredit => Some(Number::Credit),
        NumberField::Points => Some(Number::Points),
        NumberField::Visits => Some(Number::Visits),
        NumberField::Units | NumberField::EarnedPoints => None,
    }
}

fn day_of(field: DayField) -> Option<Number> {
    match field {
        DayField::Registered => Some(Number::RegisteredDay),
        DayField::FirstOrder => Some(Number::FirstOrderDay),
        DayField::LastOrder => Some(Number::LastOrderDay),
        DayField::Birthday => None,
    }
}

/// The flags that are columns: the first ones.
fn is_kept(field: FlagField) -> bool {
    matches!(field, FlagField::Blocked | FlagField::EmailConfirmed | FlagField::MarketingEmail | FlagField::MarketingSms)
}

fn is_place_or_source(field: TextField) -> bool {
    matches!(field, TextField::Country | TextField::Region | TextField::City | TextField::Source)
}
