//! What an entry says.

use crate::base::Moment;
use serde::{Deserialize, Serialize};

/// One field's value before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The field's name: `phone`.
    pub field: String,
    pub before: String,
    pub after: String,
}

impl Change {
    /// A change of `field`, or nothing where both sides are alike.
    #[must_use]
    pub fn of(field: &str, before: impl Into<String>, after: impl Into<String>) -> Option<Self> {
        let (before, after) = (before.into(), after.into());
        (before != after).then(|| Self { field: field.to_owned(), before, after })
    }
}

/// An entry of the log, as staff read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    pub id: i64,
    pub at: Moment,
    /// `None` for the system and the command line.
    pub by: Option<String>,
    /// `customer.updated`: its text is under `audit.customer.updated`.
    pub action: String,
    /// Empty where erasing a person has blanked them.
    pub changes: Vec<Change>,
}

/// A page of the log, newest entry first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    pub entries: Vec<LogEntry>,
    /// Whether older entries follow the last one.
    pub more: bool,
}
