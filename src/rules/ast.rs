//! The tree. Every condition is closed over its field's type, so a rule that parses is a rule that runs.
//!
//! What can be said by negating is not said a second time: `country != DE` is `not country = DE`, `city is unset` is
//! `not city is set`. So every reading has few cases, and the printer writes the negated form that people expect.

use super::fields::{DayField, EventField, FlagField, NumberField, OrderDay, OrderNumber, OrderText, SetField, TextField};
use crate::base::Day;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Statements put together: about customers ([`Rule`]), about one of their orders, about one thing that they did.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tree<C> {
    /// All of them; everyone where the list is empty.
    All(Vec<Tree<C>>),
    /// At least one of them; no one where the list is empty.
    Any(Vec<Tree<C>>),
    Not(Box<Tree<C>>),
    Is(C),
}

/// A set of customers, described.
pub type Rule = Tree<Condition>;

/// One statement about a customer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    Number {
        field: NumberField,
        test: NumberTest,
    },
    /// A customer to whom it never happened ("never ordered") passes no test of a day, not even one without bounds.
    Day {
        field: DayField,
        test: DayTest,
    },
    Flag {
        field: FlagField,
        is: bool,
    },
    Text {
        field: TextField,
        test: TextTest,
    },
    /// A custom field by its name; a customer without it has it empty.
    Custom {
        name: String,
        test: TextTest,
    },
    /// What the customer has of the shop's tags, groups, branches …: any, all or none of these.
    Has {
        field: SetField,
        quantifier: Quantifier,
        of: Vec<Ref>,
    },
    /// Has any at all.
    HasSome {
        field: SetField,
    },
    /// How many of the customer's completed orders are such.
    Orders {
        how_many: HowMany,
        such: Tree<OrderCondition>,
    },
    /// How many of the things that the customer did are such.
    Events {
        how_many: HowMany,
        such: Tree<EventCondition>,
    },
}

/// One statement about a completed order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderCondition {
    Number {
        field: OrderNumber,
        test: NumberTest,
    },
    Day {
        field: OrderDay,
        test: DayTest,
    },
    /// One of these codes.
    Text {
        field: OrderText,
        one_of: Vec<String>,
    },
    /// One of these was bought with it.
    Contains {
        what: Goods,
        of: Vec<Ref>,
    },
    /// Placed in one of these stores.
    Store {
        of: Vec<Ref>,
    },
}

/// One statement about something that the customer did.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventCondition {
    /// It is of one of these kinds.
    Kind {
        one_of: Vec<EventField>,
    },
    At {
        test: DayTest,
    },
    /// It was about one of these.
    About {
        what: Goods,
        of: Vec<Ref>,
    },
}

/// What orders contain and events are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goods {
    Product,
    /// With the categories below it.
    Category,
}

/// One of the shop's own things: a tag, a group, a product …
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ref {
    /// Known by its id, so that renaming it changes no rule: `#12`.
    Id(i64),
    /// As a person types it. Nobody has what does not exist; `rules::names` turns names into ids.
    Name(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantifier {
    Any,
    All,
    None,
}

/// How many orders or events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HowMany {
    /// At least one.
    Any,
    /// There are some, and all of them.
    All,
    None,
    AtLeast(u32),
    AtMost(u32),
    Exactly(u32),
}

/// Counts, and money in minor units of the base currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberTest {
    Equal(i64),
    Below(i64),
    AtMost(i64),
    AtLeast(i64),
    Above(i64),
    /// Both included.
    Between(i64, i64),
}

/// When it happened. Days are those of the shop's time zone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayTest {
    /// Both included; a missing bound is no bound, without any it is "ever".
    Between {
        from: Option<DayBound>,
        to: Option<DayBound>,
    },
    Before(DayBound),
    After(DayBound),
    /// In one of these months of any year, 1 to 12.
    Months(Vec<u8>),
    /// Its day of the year comes within so many days; 0 is today. Whoever was born on 29 February has the birthday on the
    /// 28th in common years.
    Anniversary {
        within: u16,
    },
}

/// A calendar day, or one that moves with today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayBound {
    On(Day),
    /// So much before today in the shop's time zone; 0 days is today.
    Ago(u16, Unit),
}

/// A unit of time. A month before 31 May is 30 April.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Days,
    Weeks,
    Months,
    Years,
}

/// What a text is. Compared without regard to case; the fields that are kept normalised also without accents.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextTest {
    OneOf(Vec<String>),
    Contains(String),
    StartsWith(String),
    EndsWith(String),
    /// Not empty.
    Set,
}

impl<C> Tree<C> {
    /// Everyone, or every order or event.
    #[must_use]
    pub fn everyone() -> Self {
        Self::All(Vec::new())
    }

    /// This and `other`, without nesting `All` in `All`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
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

    /// What is joined of one part is that part.
    #[must_use]
    pub fn simple(self) -> Self {
        match self {
            Self::All(mut parts) | Self::Any(mut parts) if parts.len() == 1 => parts.remove(0).simple(),
            other => other,
        }
    }

    /// Every condition, from left to right.
    pub fn conditions(&self) -> Vec<&C> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::conditions).collect(),
            Self::Not(inner) => inner.conditions(),
            Self::Is(condition) => vec![condition],
        }
    }

    /// The same tree with each condition replaced.
    #[must_use]
    pub fn map<D>(self, change: &mut impl FnMut(C) -> Tree<D>) -> Tree<D> {
        match self {
            Self::All(parts) => Tree::All(parts.into_iter().map(|part| part.map(change)).collect()),
            Self::Any(parts) => Tree::Any(parts.into_iter().map(|part| part.map(change)).collect()),
            Self::Not(inner) => !inner.map(change),
            Self::Is(condition) => change(condition),
        }
    }
}

impl<C> std::ops::Not for Tree<C> {
    type Output = Self;
    fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}

impl Rule {
    /// Those that it asks for of a field, as far as they stand in it by their ids.
    #[must_use]
    pub fn ids_of(&self, wanted: SetField) -> BTreeSet<i64> {
        let of = self.conditions().into_iter().filter_map(|condition| match condition {
            Condition::Has { field, of, .. } if *field == wanted => Some(of),
            _ => None,
        });
        let ids = of.flatten().filter_map(|one| match one {
            Ref::Id(id) => Some(*id),
            Ref::Name(_) => None,
        });
        ids.collect()
    }

    /// `min ≤ field ≤ max`; a missing bound is no bound.
    #[must_use]
    pub fn number(field: NumberField, min: Option<i64>, max: Option<i64>) -> Self {
        let test = match (min, max) {
            (None, None) => return Self::everyone(),
            (Some(min), None) => NumberTest::AtLeast(min),
            (None, Some(max)) => NumberTest::AtMost(max),
            (Some(min), Some(max)) if min == max => NumberTest::Equal(min),
            (Some(min), Some(max)) => NumberTest::Between(min, max),
        };
        Self::Is(Condition::Number { field, test })
    }

    /// `from ≤ day ≤ to`; a missing bound is no bound.
    #[must_use]
    pub fn day(field: DayField, from: Option<DayBound>, to: Option<DayBound>) -> Self {
        Self::Is(Condition::Day { field, test: DayTest::Between { from, to } })
    }

    /// It happened within the last `days` calendar days, today and the boundary included.
    #[must_use]
    pub fn within_days(field: DayField, days: u16) -> Self {
        Self::day(field, Some(DayBound::days_ago(days)), None)
    }

    /// It never happened.
    #[must_use]
    pub fn never(field: DayField) -> Self {
        !Self::day(field, None, None)
    }

    #[must_use]
    pub fn flag(field: FlagField, is: bool) -> Self {
        Self::Is(Condition::Flag { field, is })
    }

    #[must_use]
    pub fn one_of(field: TextField, values: impl IntoIterator<Item = String>) -> Self {
        Self::Is(Condition::Text { field, test: TextTest::OneOf(values.into_iter().collect()) })
    }

    /// Any, all or none of these by their ids: `Rule::has(SetField::Tag, Quantifier::Any, tags.iter().map(|tag| tag.0))`.
    #[must_use]
    pub fn has(field: SetField, quantifier: Quantifier, ids: impl IntoIterator<Item = i64>) -> Self {
        Self::Is(Condition::Has { field, quantifier, of: ids.into_iter().map(Ref::Id).collect() })
    }
}

impl NumberTest {
    /// The least and the greatest number that pass; `None` where none does.
    #[must_use]
    pub fn bounds(self) -> Option<(i64, i64)> {
        let (min, max) = match self {
            Self::Equal(number) => (number, number),
            Self::Below(number) => (i64::MIN, number.checked_sub(1)?),
            Self::AtMost(number) => (i64::MIN, number),
            Self::AtLeast(number) => (number, i64::MAX),
            Self::Above(number) => (number.checked_add(1)?, i64::MAX),
            Self::Between(min, max) => (min, max),
        };
        (min <= max).then_some((min, max))
    }

    #[must_use]
    pub fn passes(self, number: i64) -> bool {
        self.bounds().is_some_and(|(min, max)| (min..=max).contains(&number))
    }
}

impl DayTest {
    /// Within so many days before today.
    #[must_use]
    pub fn within(days: u16) -> Self {
        Self::Between { from: Some(DayBound::days_ago(days)), to: None }
    }

    /// The first and the last day that pass, where the test is one of a stretch of days; a missing one is no bound.
    #[must_use]
    pub fn stretch(&self, today: Day) -> Option<(Option<Day>, Option<Day>)> {
        let on = |bound: &DayBound| bound.resolve(today);
        match self {
            Self::Between { from, to } => Some((from.as_ref().map(on), to.as_ref().map(on))),
            Self::Before(bound) => Some((None, Some(Day(on(bound).0.saturating_sub(1))))),
            Self::After(bound) => Some((Some(Day(on(bound).0.saturating_add(1))), None)),
            Self::Months(_) | Self::Anniversary { .. } => None,
        }
    }

    #[must_use]
    pub fn passes(&self, day: Day, today: Day) -> bool {
        match self {
            Self::Months(months) => months.iter().any(|month| u32::from(*month) == day.date().month()),
            Self::Anniversary { within } => {
                let date = day.date();
                anniversaries(*within, today).iter().any(|(from, to)| (*from..=*to).contains(&(date.month(), date.day())))
            }
            Self::Between { .. } | Self::Before(_) | Self::After(_) => {
                self.stretch(today).is_some_and(|(from, to)| from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to))
            }
        }
    }
}

/// The days of the year (month and day) of today and the `within` days after it, as one stretch, or two around New Year.
#[must_use]
pub fn anniversaries(within: u16, today: Day) -> Vec<((u32, u32), (u32, u32))> {
    if within >= 365 {
        return vec![((1, 1), (12, 31))];
    }
    let of_the_year = |day: Day| (day.date().month(), day.date().day());
    let last = Day(today.0.saturating_add(within.into()));
    let (from, mut to) = (of_the_year(today), of_the_year(last));
    // In a common year 29 February is kept on the 28th.
    if to == (2, 28) && Day::of(last.date().year(), 2, 29).is_none() {
        to = (2, 29);
    }
    if from <= to && today.date().year() == last.date().year() { vec![(from, to)] } else { vec![(from, (12, 31)), ((1, 1), to)] }
}

impl DayBound {
    #[must_use]
    pub fn days_ago(days: u16) -> Self {
        Self::Ago(days, Unit::Days)
    }

    /// The calendar day that is meant when today is `today`.
    #[must_use]
    pub fn resolve(self, today: Day) -> Day {
        match self {
            Self::On(day) => day,
            Self::Ago(count, Unit::Days) => Day(today.0.saturating_sub(count.into())),
            Self::Ago(count, Unit::Weeks) => Day(today.0.saturating_sub(7 * i32::from(count))),
            Self::Ago(count, Unit::Months) => months_before(today, count.into()),
            Self::Ago(count, Unit::Years) => months_before(today, 12 * i32::from(count)),
        }
    }
}

/// The same day of an earlier month, or that month's last.
fn months_before(today: Day, months: i32) -> Day {
    let date = today.date();
    let month = date.year() * 12 + date.month() as i32 - 1 - months;
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) as u32 + 1);
    (1..=date.day()).rev().find_map(|day| Day::of(year, month, day)).unwrap_or(today)
}

impl Unit {
    pub const ALL: [Self; 4] = [Self::Days, Self::Weeks, Self::Months, Self::Years];

    /// As it stands in a rule, of several.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Weeks => "weeks",
            Self::Months => "months",
            Self::Years => "years",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(iso: &str) -> Day {
        Day::parse(iso).unwrap()
    }

    #[test]
    fn spans_end_within_their_month() {
        let ago = |today, count, unit| DayBound::Ago(count, unit).resolve(day(today)).iso();
        assert_eq!(ago("2026-05-31", 1, Unit::Months), "2026-04-30");
        assert_eq!(ago("2026-01-15", 2, Unit::Months), "2025-11-15");
        assert_eq!(ago("2024-02-29", 1, Unit::Years), "2023-02-28");
        assert_eq!(ago("2024-03-08", 1, Unit::Weeks), "2024-03-01");
        assert_eq!(ago("2024-03-01", 1, Unit::Days), "2024-02-29");
    }

    #[test]
    fn anniversaries_go_around_new_year_and_keep_leap_days() {
        let passes = |born, today, within| DayTest::Anniversary { within }.passes(day(born), day(today));
        assert!(passes("1980-11-26", "2026-11-26", 0) && !passes("1980-11-27", "2026-11-26", 0));
        assert!(passes("1980-01-03", "2026-12-30", 4) && !passes("1980-01-04", "2026-12-30", 4));
        assert!(passes("1980-12-31", "2026-12-30", 4) && !passes("1980-12-29", "2026-12-30", 4));
        assert!(passes("1980-02-29", "2026-02-28", 0) && !passes("1980-02-29", "2028-02-28", 0));
        assert!(passes("1980-02-29", "2028-02-29", 0) && passes("1980-02-29", "2026-02-20", 10));
        assert!(passes("1980-06-01", "2026-06-02", 364) && passes("1980-06-01", "2026-06-02", 1_000));
    }

    #[test]
    fn numbers_have_bounds() {
        assert_eq!(NumberTest::Below(3).bounds(), Some((i64::MIN, 2)));
        assert_eq!(NumberTest::Below(i64::MIN).bounds(), None);
        assert_eq!(NumberTest::Above(i64::MAX).bounds(), None);
        assert_eq!(NumberTest::Between(5, 4).bounds(), None);
        assert!(NumberTest::Above(3).passes(4) && !NumberTest::Above(3).passes(3));
    }
}
