//! Days: `within 90 days`, `before 2026-01-01`, `month in (november, december)`.

use super::super::{DayBound, DayTest, Tree, Unit};
use super::lex::Kind;
use super::{Hint, Parsed, Parser};
use crate::base::Day;

/// As they are written; the first three letters are enough.
pub(in crate::rules) const MONTHS: [&str; 12] =
    ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

impl Parser<'_> {
    /// A test of a day, negated or not. Birthdays come again each year.
    pub(super) fn day_test<C>(&mut self, is_birthday: bool, make: impl Fn(DayTest) -> C) -> Parsed<Tree<C>> {
        let ever = || Tree::Is(make(DayTest::Between { from: None, to: None }));
        if let Some(set) = self.set_or_not() {
            return Ok(if set { ever() } else { !ever() });
        }
        if self.takes("never") {
            return Ok(!ever());
        }
        let unequal = self.takes_sign("!=");
        let not = unequal || self.takes("not");
        let test = if unequal { Some(self.on(is_birthday)?) } else { self.test(is_birthday)? };
        let Some(test) = test else { return Err(self.wrong("rules.error.day_operator")) };
        let is = Tree::Is(make(test));
        Ok(if not { !is } else { is })
    }

    /// The test that stands here, if one does.
    pub(super) fn test(&mut self, is_birthday: bool) -> Parsed<Option<DayTest>> {
        if let Some(test) = self.stretch()? {
            return Ok(Some(test));
        }
        if self.takes("month") {
            return self.months().map(Some);
        }
        if self.takes("anniversary") {
            if self.takes("today") || self.takes_all(&["is", "today"]) {
                return Ok(Some(DayTest::Anniversary { within: 0 }));
            }
            return self.next_days().map(Some);
        }
        if is_birthday && self.is_word(0, "in") {
            return self.next_days().map(Some);
        }
        if self.takes_sign("=") || self.takes("on") || self.takes("is") {
            return self.on(is_birthday).map(Some);
        }
        Ok(None)
    }

    fn on(&mut self, is_birthday: bool) -> Parsed<DayTest> {
        let day = self.bound()?;
        if is_birthday && day == DayBound::days_ago(0) {
            return Ok(DayTest::Anniversary { within: 0 });
        }
        Ok(DayTest::Between { from: Some(day), to: Some(day) })
    }

    /// The tests that also follow a bracket: `bought … within 1 year`.
    pub(super) fn stretch(&mut self) -> Parsed<Option<DayTest>> {
        if self.takes("within") {
            let _ = self.takes_all(&["the"]);
            let _ = self.takes_all(&["last"]);
            let (count, unit) = self.span()?;
            return Ok(Some(DayTest::Between { from: Some(DayBound::Ago(count, unit)), to: None }));
        }
        if self.takes("between") {
            let from = self.bound()?;
            if !self.takes("and") {
                return Err(self.wrong("rules.error.between"));
            }
            return Ok(Some(DayTest::Between { from: Some(from), to: Some(self.bound()?) }));
        }
        if self.takes("before") || self.takes_sign("<") || self.takes_all(&["more", "than"]) {
            return Ok(Some(DayTest::Before(self.bound()?)));
        }
        if self.takes("after") || self.takes_sign(">") || self.takes_all(&["less", "than"]) {
            return Ok(Some(DayTest::After(self.bound()?)));
        }
        if self.takes("since") || self.takes_sign(">=") {
            return Ok(Some(DayTest::Between { from: Some(self.bound()?), to: None }));
        }
        if self.takes("until") || self.takes_sign("<=") {
            return Ok(Some(DayTest::Between { from: None, to: Some(self.bound()?) }));
        }
        Ok(None)
    }

    /// `2026-11-01`, `today`, `yesterday`, `30 days ago`.
    fn bound(&mut self) -> Parsed<DayBound> {
        self.hint(Hint::Day);
        if self.takes("today") {
            return Ok(DayBound::days_ago(0));
        }
        if self.takes("yesterday") {
            return Ok(DayBound::days_ago(1));
        }
        let Some(token) = self.peek(0).filter(|token| token.kind != Kind::Sign) else {
            return Err(self.wrong("rules.error.day"));
        };
        if let Some(day) = Day::parse(&token.text) {
            self.at += 1;
            return Ok(DayBound::On(day));
        }
        if !token.text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(self.wrong("rules.error.day"));
        }
        let (count, unit) = self.span()?;
        if !self.takes("ago") {
            return Err(self.wrong("rules.error.ago"));
        }
        Ok(DayBound::Ago(count, unit))
    }

    /// `90 days`, `1 year`.
    fn span(&mut self) -> Parsed<(u16, Unit)> {
        let count = self.count()?;
        for unit in Unit::ALL {
            let (many, one) = (unit.name(), one(unit));
            if self.takes(many) || self.is_word(0, one) && self.takes(one) {
                return Ok((count, unit));
            }
        }
        Err(self.wrong("rules.error.unit"))
    }

    /// `in (november, december)`, `= 11`.
    fn months(&mut self) -> Parsed<DayTest> {
        if self.takes("in") {
            return Ok(DayTest::Months(self.listed(Self::month)?));
        }
        if self.takes_sign("=") || self.takes("is") {
            return Ok(DayTest::Months(vec![self.month()?]));
        }
        Err(self.wrong("rules.error.month_operator"))
    }

    fn month(&mut self) -> Parsed<u8> {
        for month in MONTHS {
            self.hint(Hint::Word(month));
        }
        let Some(token) = self.peek(0).filter(|token| token.kind != Kind::Sign) else {
            return Err(self.wrong("rules.error.month"));
        };
        let word = token.text.to_lowercase();
        let named = MONTHS.iter().position(|month| word.chars().count() >= 3 && month.starts_with(&word)).map(|at| at + 1);
        let month = named.or_else(|| word.parse().ok().filter(|month| (1..=12).contains(month)));
        let Some(month) = month else { return Err(Self::unknown(token, "rules.error.month", MONTHS.into_iter())) };
        self.at += 1;
        Ok(u8::try_from(month).unwrap_or_default())
    }

    /// `in [the] next 7 days`, `within [the next] 7 days`.
    fn next_days(&mut self) -> Parsed<DayTest> {
        if !self.takes("in") && !self.takes("within") {
            return Err(self.wrong("rules.error.next_days"));
        }
        let _ = self.takes_all(&["the"]);
        let _ = self.takes("next");
        let within = self.count()?;
        if !self.takes("days") && !self.takes("day") {
            return Err(self.wrong("rules.error.next_days"));
        }
        Ok(DayTest::Anniversary { within })
    }
}

/// A unit as it is written of one.
pub(in crate::rules) fn one(unit: Unit) -> &'static str {
    match unit {
        Unit::Days => "day",
        Unit::Weeks => "week",
        Unit::Months => "month",
        Unit::Years => "year",
    }
}
