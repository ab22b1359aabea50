//! Entries as people read them, whatever the account holds.

use super::{Reason, Unit};
use crate::base::i18n::Lang;
use crate::base::{LedgerEntryId, Moment, Money, OrderId};
use serde::{Deserialize, Serialize};

/// Entries that a page shows.
pub const PAGE: usize = 50;

/// Who or what made an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    Staff(String),
    Customer,
    Program,
    Job,
}

impl Author {
    #[must_use]
    pub fn name(&self, l: Lang) -> String {
        match self {
            Self::Staff(name) => name.clone(),
            Self::Customer => l.t("ledger.by.customer").to_owned(),
            Self::Program => l.t("ledger.by.program").to_owned(),
            Self::Job => l.t("ledger.by.job").to_owned(),
        }
    }
}

/// An entry with everything that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRow {
    pub id: LedgerEntryId,
    /// Its number within the account.
    pub seq: i64,
    pub at: Moment,
    /// With its sign.
    pub amount: i64,
    /// Right after it.
    pub balance: i64,
    pub reason: Reason,
    pub by: Author,
    /// The order that it is about: id and number (a draft has none).
    pub order: Option<(OrderId, String)>,
    /// What a person wrote; empty where nobody did.
    pub note: String,
    /// When what is left of it expires, or expired.
    pub expires: Option<Moment>,
    /// How much of it is left.
    pub left: i64,
}

/// A page of entries, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryPage {
    pub rows: Vec<EntryRow>,
    /// The number before which older ones come; `None` at the end.
    pub older: Option<i64>,
}

/// An amount that expires on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upcoming {
    pub at: Moment,
    pub amount: i64,
}

/// An amount of a unit: `$12.50`, `1,250`.
#[must_use]
pub fn amount(l: Lang, unit: Unit, value: i64) -> String {
    match unit {
        Unit::Money(currency) => l.money(Money::new(value, currency)),
        Unit::Points => l.integer(value),
    }
}

/// A movement, with the sign also where it goes up.
#[must_use]
pub fn signed(l: Lang, unit: Unit, value: i64) -> String {
    let text = amount(l, unit, value);
    if value > 0 { format!("+{text}") } else { text }
}
