//! What store credit is given for, and what its tab and statements show.

use crate::base::{AppError, AppResult, Currency, Day, Money};
use crate::commerce::ledger::Reason;
use crate::commerce::ledger::entry::{EntryPage, EntryRow, Upcoming};
use crate::commerce::ledger::form::ExpiryForm;
use serde::{Deserialize, Serialize};

/// What credit can be given for: its categories.
pub const GIVEN: [Reason; 7] = [
    Reason::Goodwill,
    Reason::Refund,
    Reason::Loyalty,
    Reason::Promotion,
    Reason::Prepaid,
    Reason::Settlement,
    Reason::Correction,
];

/// The tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditView {
    /// Store credit is switched on.
    pub enabled: bool,
    pub currency: Currency,
    pub balance: i64,
    /// How far below zero it may go.
    pub limit: i64,
    /// Authorised for orders that are not paid yet: no longer in the balance.
    pub set_aside: i64,
    pub upcoming: Vec<Upcoming>,
    pub entries: EntryPage,
    /// The entries are the newest.
    pub is_newest: bool,
    /// This month, for which a statement can be had.
    pub month: Month,
}

/// Credit to be given, as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiveForm {
    pub amount: String,
    pub reason: String,
    pub note: String,
    pub expiry: ExpiryForm,
}

/// Credit to be taken away, as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReduceForm {
    pub amount: String,
    pub note: String,
}

/// A month of the shop's calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Month {
    year: i32,
    /// 1 to 12.
    month: u32,
}

impl Month {
    #[must_use]
    pub fn of(day: Day) -> Self {
        Self { year: day.date().year(), month: day.date().month() }
    }

    /// Reads `2026-03`.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on `month`.
    pub fn parse(text: &str) -> AppResult<Self> {
        let day = Day::parse(&format!("{text}-01"));
        day.map(Self::of).ok_or_else(|| AppError::invalid("month", "credit.month_invalid"))
    }

    /// `2026-03`.
    #[must_use]
    pub fn code(self) -> String {
        format!("{:04}-{:02}", self.year, self.month)
    }

    /// 1 to 12.
    #[must_use]
    pub fn number(self) -> u32 {
        self.month
    }

    #[must_use]
    pub fn year(self) -> i32 {
        self.year
    }

    #[must_use]
    pub fn first_day(self) -> Day {
        Day::of(self.year, self.month, 1).unwrap_or_default()
    }

    #[must_use]
    pub fn next(self) -> Self {
        if self.month == 12 { Self { year: self.year + 1, month: 1 } } else { Self { month: self.month + 1, ..self } }
    }

    #[must_use]
    pub fn previous(self) -> Self {
        if self.month == 1 { Self { year: self.year - 1, month: 12 } } else { Self { month: self.month - 1, ..self } }
    }
}

/// What happened to an account of credit in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    pub shop: String,
    /// Name, company, email, without empty ones.
    pub customer: Vec<String>,
    pub month: Month,
    /// The month is not over yet.
    pub running: bool,
    pub currency: Currency,
    pub opening: i64,
    /// In the order in which they were made.
    pub entries: Vec<EntryRow>,
    pub added: i64,
    pub taken: i64,
    pub closing: i64,
    /// How far below zero the balance may go now.
    pub limit: i64,
    /// The day on which the statement was made.
    pub made: Day,
}

impl Statement {
    /// What the customer owes at the end.
    #[must_use]
    pub fn due(&self) -> Money {
        Money::new((-self.closing).max(0), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_read_as_they_are_written_and_follow_each_other() {
        let month = Month::parse("2025-12").unwrap();
        assert_eq!(
            (month.code(), month.next().code(), month.previous().code()),
            ("2025-12".into(), "2026-01".into(), "2025-11".into())
        );
        assert_eq!((month.next().previous(), month.next().first_day().iso()), (month, "2026-01-01".into()));
        for bad in ["", "2025-13", "2025", "2025-1-1", "x", "1800-01"] {
            assert!(Month::parse(bad).is_err(), "{bad}");
        }
    }
}
