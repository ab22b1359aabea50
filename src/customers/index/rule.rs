//! The third reading of a rule: as sets of slots. It agrees with that of one customer's facts and with the SQL.

use super::MAX_ID;
use super::bitset::Bitset;
use super::data::{Data, Number};
use super::members::Memberships;
use crate::base::{BranchId, Day, GroupId, TagId};
use crate::rules::{Condition, DayField, DayTest, FlagField, NumberField, Quantifier, Ref, Rule, SetField, TextField, TextTest};
use std::collections::HashMap;
use std::hash::Hash;

/// Days from 1970 up to 2100, on which nearly everything happens.
const DAYS: i32 = 47_482;

/// Whether the index knows everything that the rule asks. SQL answers the others.
pub fn is_indexed(rule: &Rule) -> bool {
    rule.conditions().into_iter().all(knows)
}

/// Whether the index knows what this condition asks.
pub(super) fn knows(condition: &Condition) -> bool {
    match condition {
        Condition::Number { field, .. } => number_of(*field).is_some(),
        Condition::Day { field, .. } => day_of(*field).is_some(),
        Condition::Flag { field, .. } => is_kept(*field),
        Condition::Text { field: TextField::Email, test } => matches!(test, TextTest::EndsWith(_)),
        Condition::Text { field, test } => is_place_or_source(*field) && matches!(test, TextTest::OneOf(_)),
        Condition::Has { field, .. } => matches!(field, SetField::Tag | SetField::Group | SetField::Branch),
        Condition::HasSome { .. } | Condition::Custom { .. } | Condition::Orders { .. } | Condition::Events { .. } => false,
    }
}

/// Of whom conditions hold that the index does not know, as the database says.
#[derive(Debug, Default)]
pub struct Sets(HashMap<Condition, Bitset>);

impl Sets {
    /// The condition holds of these customers; with `is` false, of all others.
    pub fn insert(&mut self, condition: Condition, of: &[u32], is: bool) {
        let mut set = Bitset::with_words(of.iter().max().map_or(0, |last| *last as usize / 64 + 1));
        of.iter().for_each(|slot| set.insert(*slot));
        if !is {
            set.grow(MAX_ID as usize / 64);
            set.invert();
        }
        self.0.insert(condition, set);
    }
}

impl Data {
    /// The slots that `rule` describes, among them slots that are no customer's.
    pub fn matching(&self, rule: &Rule, sets: &Sets) -> Bitset {
        match rule {
            Rule::All(parts) => self.all_of(parts, sets),
            Rule::Any(parts) => self.any_of(parts, sets),
            Rule::Not(inner) => {
                let mut found = self.matching(inner, sets);
                found.invert();
                found
            }
            Rule::Is(condition) => match sets.0.get(condition) {
                Some(set) => {
                    let mut found = self.everyone();
                    found.meet(set);
                    found
                }
                None => self.holding(condition),
            },
        }
    }

    fn all_of(&self, parts: &[Rule], sets: &Sets) -> Bitset {
        let mut parts = parts.iter().map(|part| self.matching(part, sets));
        let first = parts.next().unwrap_or_else(|| self.everyone());
        parts.fold(first, |mut found, part| {
            found.and(&part);
            found
        })
    }

    fn any_of(&self, parts: &[Rule], sets: &Sets) -> Bitset {
        parts.iter().fold(self.no_one(), |mut found, part| {
            found.or(&self.matching(part, sets));
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
            Condition::Text { field: TextField::Email, test: TextTest::EndsWith(end) } => {
                self.emails_ending(&TextField::Email.key(end))
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
        if matches!(test, DayTest::Months(_) | DayTest::Anniversary { .. }) {
            return self.days(field, test);
        }
        let (Some(number), Some((from, to))) = (day_of(field), test.stretch(self.today)) else { return self.no_one() };
        let (from, to) = (from.map_or(i64::MIN, |day| day.0.into()), to.map_or(i64::MAX, |day| day.0.into()));
        let mut found = self.range(number, from, to);
        // Everyone has registered; of the others 0 is never.
        if field != DayField::Registered && from <= 0 && 0 <= to {
            found.and_not(&self.range(number, 0, 0));
        }
        found
    }

    /// By what each day is, where the days that pass are no stretch.
    fn days(&self, field: DayField, test: &DayTest) -> Bitset {
        let mut found = self.no_one();
        if let Some(number) = day_of(field) {
            let passes = |day: i32| (day != 0 || field == DayField::Registered) && test.passes(Day(day), self.today);
            let wanted: Vec<bool> = (0..DAYS).map(passes).collect();
            self.number(number).find_codes(&wanted, &mut found);
            // Few or none, so one by one.
            let mut others = self.range(number, i64::MIN, -1);
            others.or(&self.range(number, DAYS.into(), i64::MAX));
            let day = |slot: &u32| i32::try_from(self.number(number).get(*slot)).unwrap_or_default();
            others.iter().filter(|slot| passes(day(slot))).for_each(|slot| found.insert(slot));
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
