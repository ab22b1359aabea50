//! What an entry says.

use crate::base::query::{QueryWriter, pairs};
use crate::base::text::truncate;
use crate::base::{CustomerId, Moment, StaffId};
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

/// What an entry of the whole log is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// The name is empty where the customer is gone.
    Customer {
        id: CustomerId,
        name: String,
    },
    Staff {
        name: String,
    },
    /// The shop as a whole, or what the entry's values name.
    Other,
}

/// An entry of the whole log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    pub entry: LogEntry,
    pub subject: Subject,
    /// The address it came from; empty for the system.
    pub ip: String,
}

/// A page of the whole log, newest entry first, and what its filters choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    pub lines: Vec<AuditLine>,
    /// Whether older entries follow the last one.
    pub more: bool,
    /// Everybody who works or worked here, by name.
    pub staff: Vec<(StaffId, String)>,
}

/// What an entry can be about, as the filter names it.
pub const ABOUT: [&str; 17] = [
    "customer",
    "order",
    "staff",
    "settings",
    "job",
    "api_key",
    "saved_view",
    "gift_card",
    "promotion",
    "product",
    "price_list",
    "group",
    "tag",
    "assignment_rule",
    "campaign",
    "suppression",
    "mail_template",
];

/// Which entries are wanted: the state of the page's URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Found in values, in names and in addresses.
    pub text: String,
    /// One member's doing; `Some(0)` is the system's.
    pub by: Option<i64>,
    /// One of [`ABOUT`]; empty for everything.
    pub about: String,
    /// Only entries older than this one.
    pub before: Option<i64>,
}

/// Nothing longer is worth looking for.
const LONGEST_TEXT: usize = 100;

impl AuditQuery {
    /// Reads a URL's query; what cannot be is left out.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in pairs(query) {
            match name.as_str() {
                "q" => read.text = truncate(value.trim(), LONGEST_TEXT).to_owned(),
                "by" => read.by = value.parse().ok().filter(|id| *id >= 0),
                "about" if ABOUT.contains(&value.as_str()) => read.about = value,
                "before" => read.before = value.parse().ok().filter(|id| *id > 0),
                _ => {}
            }
        }
        read
    }

    /// As a URL's query, without what stands for itself.
    #[must_use]
    pub fn write(&self) -> String {
        let mut query = QueryWriter::default();
        if !self.text.is_empty() {
            query.push("q", &self.text);
        }
        if let Some(by) = self.by {
            query.push("by", &by.to_string());
        }
        if !self.about.is_empty() {
            query.push("about", &self.about);
        }
        if let Some(before) = self.before {
            query.push("before", &before.to_string());
        }
        query.finish()
    }

    /// The query that a form's fields mean: from the newest entry on.
    #[must_use]
    pub fn canonical(query: &str) -> String {
        Self { before: None, ..Self::parse(query) }.write()
    }

    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !self.text.is_empty() || self.by.is_some() || !self.about.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_reads_as_it_is_written() {
        let query = AuditQuery { text: "%_ \"ß".into(), by: Some(0), about: "staff".into(), before: Some(7) };
        assert_eq!(AuditQuery::parse(&query.write()), query);
        assert_eq!(AuditQuery::parse("?q=+&by=x&about=nothing&before=-1&z=1"), AuditQuery::default());
        assert_eq!(AuditQuery::canonical("q=a&before=7"), "q=a");
    }
}
