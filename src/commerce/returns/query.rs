//! What the list of returns shows, as its URL says it, and its rows.

use super::{RequestedBy, ReturnReason, ReturnStatus};
use crate::base::query::{QueryWriter, pairs};
use crate::base::text::truncate;
use crate::base::{Moment, OrderId, ReturnId};
use crate::commerce::orders::Buyer;
use serde::{Deserialize, Serialize};

/// Longer than any number, name or email, in characters.
const MAX_SEARCH: usize = 200;
/// Longer than any position that the server seals, in bytes.
const MAX_POSITION: usize = 400;

/// Which returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Which {
    /// Those that wait for somebody of the shop, the oldest first.
    #[default]
    Open,
    /// Of one status: the oldest first while they wait, otherwise the newest.
    Status(ReturnStatus),
    /// All, the newest first.
    All,
}

impl Which {
    /// In the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::Status(ReturnStatus::Requested),
        Self::Status(ReturnStatus::Approved),
        Self::Status(ReturnStatus::Received),
        Self::Status(ReturnStatus::Refunded),
        Self::Status(ReturnStatus::Refused),
        Self::All,
    ];

    /// The name in URLs; empty for the usual one.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "",
            Self::Status(status) => status.code(),
            Self::All => "all",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|which| which.code() == code)
    }

    /// The key of its name.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Open => "returns.open",
            Self::Status(status) => status.label_key(),
            Self::All => "returns.all",
        }
    }

    /// Whoever waited longest comes first.
    #[must_use]
    pub fn oldest_first(self) -> bool {
        match self {
            Self::Open => true,
            Self::Status(status) => status.is_open(),
            Self::All => false,
        }
    }
}

/// The state of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnQuery {
    pub which: Which,
    /// The beginning of a return's or an order's number.
    pub search: String,
    /// Where the page begins, sealed by the server.
    pub position: Option<String>,
}

impl ReturnQuery {
    /// Reads a query; what cannot be read is left out.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in pairs(query) {
            match name.as_str() {
                "q" => read.search = truncate(&value, MAX_SEARCH).to_owned(),
                "status" => read.which = Which::parse(&value).unwrap_or_default(),
                "at" if !value.is_empty() && value.len() <= MAX_POSITION => read.position = Some(value),
                _ => {}
            }
        }
        read
    }

    /// The query of this state, without a question mark.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut writer = QueryWriter::default();
        if !self.search.trim().is_empty() {
            writer.push("q", &self.search);
        }
        if self.which != Which::Open {
            writer.push("status", self.which.code());
        }
        if let Some(position) = &self.position {
            writer.push("at", position);
        }
        writer.finish()
    }

    /// A query as this page writes it.
    #[must_use]
    pub fn canonical(query: &str) -> String {
        Self { position: None, ..Self::parse(query) }.to_query()
    }

    /// A link to this state on the page one is on.
    #[must_use]
    pub fn link(&self) -> String {
        format!("?{}", self.to_query())
    }
}

/// A return in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnRow {
    pub id: ReturnId,
    pub number: String,
    pub status: ReturnStatus,
    pub reason: ReturnReason,
    pub requested_by: RequestedBy,
    pub requested: Moment,
    pub units: i64,
    pub order: OrderId,
    pub order_number: String,
    pub buyer: Buyer,
}

/// A page of returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnList {
    pub rows: Vec<ReturnRow>,
    /// How many wait, by status: requested, approved, received.
    pub open: [i64; 3],
    /// Where the next page begins, as it stands in the URL.
    pub next: Option<String>,
}

impl ReturnList {
    /// How many there are of these, where that is counted.
    #[must_use]
    pub fn count(&self, which: Which) -> Option<i64> {
        match which {
            Which::Open => Some(self.open.iter().sum()),
            Which::Status(ReturnStatus::Requested) => Some(self.open[0]),
            Which::Status(ReturnStatus::Approved) => Some(self.open[1]),
            Which::Status(ReturnStatus::Received) => Some(self.open[2]),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let query =
            ReturnQuery { which: Which::Status(ReturnStatus::Received), search: "R-10".into(), position: Some("x".into()) };
        assert_eq!(ReturnQuery::parse(&query.to_query()), query);
        assert_eq!(ReturnQuery::canonical("status=nonsense&at=x&q="), "");
        for which in Which::ALL {
            assert_eq!(Which::parse(which.code()), Some(which));
        }
        assert!(Which::Open.oldest_first() && !Which::Status(ReturnStatus::Refused).oldest_first());
    }
}
