//! The third reading of a rule: as sets of slots. It agrees with that of one customer's facts and with the SQL.

use super::bitset::Bitset;
use super::data::{Data, Number};
use super::members::Memberships;
use crate::rules::{Condition, DayBound, DayField, NumberField, Quantifier, Rule, TextField};
use std::hash::Hash;

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

    fn holding(&self, condition: &Condition) -> Bitset {
        match condition {
            Condition::Number { field, min, max } => {
                self.range(number_of(*field), min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX))
            }
            Condition::Day { field, from, to } => self.day_range(*field, *from, *to),
            // Everyone has registered.
            Condition::Never { field: DayField::Registered } => self.no_one(),
            Condition::Never { field } => self.range(day_of(*field), 0, 0),
            Condition::Flag { field, is } => {
                let mut found = self.flag(*field).clone();
                if !is {
                    found.invert();
                }
                found
            }
            Condition::Text { field, one_of } => self.text(*field, one_of),
            Condition::Tags { quantifier, tags } => self.members(&self.tags, *quantifier, tags),
            Condition::Groups { quantifier, groups } => self.members(&self.groups, *quantifier, groups),
            Condition::Branch { one_of } => {
                let mut found = self.no_one();
                self.branches.find(|branch| branch.is_some_and(|branch| one_of.contains(&branch)), &mut found);
                found
            }
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

    fn day_range(&self, field: DayField, from: Option<DayBound>, to: Option<DayBound>) -> Bitset {
        let day = |bound: Option<DayBound>| bound.map(|bound| i64::from(bound.resolve(self.today).0));
        let (from, to) = (day(from).unwrap_or(i64::MIN), day(to).unwrap_or(i64::MAX));
        let mut found = self.range(day_of(field), from, to);
        if field != DayField::Registered && from <= 0 && 0 <= to {
            found.and_not(&self.range(day_of(field), 0, 0));
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
        }
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

fn number_of(field: NumberField) -> Number {
    match field {
        NumberField::OrdersCount => Number::Orders,
        NumberField::TotalSpent => Number::Spent,
        NumberField::AverageOrderValue => Number::Aov,
        NumberField::StoreCredit => Number::Credit,
        NumberField::Points => Number::Points,
        NumberField::Visits => Number::Visits,
    }
}

fn day_of(field: DayField) -> Number {
    match field {
        DayField::Registered => Number::RegisteredDay,
        DayField::FirstOrder => Number::FirstOrderDay,
        DayField::LastOrder => Number::LastOrderDay,
    }
}
