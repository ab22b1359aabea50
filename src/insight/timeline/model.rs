//! What stands in a timeline.

use crate::base::query::{QueryWriter, pairs};
use crate::base::{MailId, Moment, Money, OrderId};
use crate::commerce::ledger::{AccountKind, Reason, Unit};
use serde::{Deserialize, Serialize};

/// What an entry is about: what the timeline is filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Orders, their steps, refunds.
    Orders,
    /// Store credit, gift cards, points.
    Money,
    /// Visits, products looked at, carts, checkouts.
    Browsing,
    Emails,
    Support,
    Reviews,
    Notes,
    /// Consents and registration.
    Consent,
    /// What staff changed.
    Changes,
}

impl Topic {
    pub const ALL: [Self; 9] = [
        Self::Orders,
        Self::Money,
        Self::Browsing,
        Self::Emails,
        Self::Support,
        Self::Reviews,
        Self::Notes,
        Self::Consent,
        Self::Changes,
    ];

    /// The name in URLs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Money => "money",
            Self::Browsing => "browsing",
            Self::Emails => "emails",
            Self::Support => "support",
            Self::Reviews => "reviews",
            Self::Notes => "notes",
            Self::Consent => "consent",
            Self::Changes => "changes",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.code() == code)
    }

    /// The key of its name.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Orders => "timeline.topic.orders",
            Self::Money => "timeline.topic.money",
            Self::Browsing => "timeline.topic.browsing",
            Self::Emails => "timeline.topic.emails",
            Self::Support => "timeline.topic.support",
            Self::Reviews => "timeline.topic.reviews",
            Self::Notes => "timeline.topic.notes",
            Self::Consent => "timeline.topic.consent",
            Self::Changes => "timeline.topic.changes",
        }
    }
}

/// What a timeline shows, as its URL says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineQuery {
    /// None at all is all of them.
    pub topics: Vec<Topic>,
    /// Entries before this place, sealed by the server.
    pub before: Option<String>,
}

impl TimelineQuery {
    /// Reads a query; what cannot be read is left out.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in pairs(query) {
            match name.as_str() {
                "about" => read.topics.extend(value.split(',').filter_map(Topic::parse)),
                "before" if !value.is_empty() && value.len() < 400 => read.before = Some(value),
                _ => {}
            }
        }
        read.topics = Topic::ALL.into_iter().filter(|topic| read.topics.contains(topic)).collect();
        if read.topics.len() == Topic::ALL.len() {
            read.topics.clear();
        }
        read
    }

    /// The query of this state, without a question mark.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut writer = QueryWriter::default();
        let codes: Vec<&str> = self.topics.iter().map(|topic| topic.code()).collect();
        if !codes.is_empty() {
            writer.push("about", &codes.join(","));
        }
        if let Some(before) = &self.before {
            writer.push("before", before);
        }
        writer.finish()
    }

    /// A query as this page writes it.
    #[must_use]
    pub fn canonical(query: &str) -> String {
        Self::parse(query).to_query()
    }

    #[must_use]
    pub fn shows(&self, topic: Topic) -> bool {
        self.topics.is_empty() || self.topics.contains(&topic)
    }
}

/// An order that an entry speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRef {
    pub id: OrderId,
    /// Drafts have none.
    pub number: Option<String>,
}

/// What happened, with its particulars. Empty texts say that nothing is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Happening {
    Registered {
        source: String,
        campaign: String,
    },
    Visited {
        pages: i64,
        minutes: i64,
        landing: String,
        referrer: String,
        campaign: String,
    },
    Viewed {
        product: String,
    },
    PutIntoCart {
        product: String,
        quantity: i64,
    },
    CheckedOut {
        step: String,
        order: Option<OrderRef>,
    },
    Ordered {
        order: OrderRef,
        total: Money,
        units: i64,
        cancelled: bool,
        items: Vec<(i64, String)>,
        more_items: i64,
    },
    /// A step in an order's life: `shipped`.
    OrderStep {
        order: OrderRef,
        step: String,
        detail: String,
        by: String,
    },
    Refunded {
        order: OrderRef,
        amount: Money,
        reason: String,
    },
    /// Credit, points or what is on a gift card went up or down.
    Moved {
        account: AccountKind,
        unit: Unit,
        amount: i64,
        /// Right after it.
        balance: i64,
        reason: Reason,
        order: Option<OrderRef>,
        /// The last four of a gift card; empty for the others.
        card: String,
        note: String,
        by: String,
    },
    Emailed {
        opened: bool,
        subject: String,
        /// The mail itself, where it is one of ours.
        mail: Option<MailId>,
        campaign: String,
        /// How often its recipient opened it and followed a link of it.
        opens: i64,
        clicks: i64,
    },
    Subscribed {
        source: String,
    },
    Reviewed {
        product: String,
        stars: i64,
        text: String,
    },
    Contacted {
        channel: String,
        subject: String,
        outcome: String,
    },
    NoteWritten {
        note: String,
        by: String,
        text: String,
    },
    Consented {
        purpose: String,
        granted: bool,
        source: String,
        by: String,
    },
    /// Staff changed something: `customer.updated`.
    Changed {
        action: String,
        by: String,
    },
    /// An event of a kind that this version has no words for.
    Other {
        name: String,
    },
}

impl Happening {
    #[must_use]
    pub fn topic(&self) -> Topic {
        match self {
            Self::Ordered { .. } | Self::OrderStep { .. } | Self::Refunded { .. } => Topic::Orders,
            Self::Moved { .. } => Topic::Money,
            Self::Visited { .. }
            | Self::Viewed { .. }
            | Self::PutIntoCart { .. }
            | Self::CheckedOut { .. }
            | Self::Other { .. } => Topic::Browsing,
            Self::Emailed { .. } | Self::Subscribed { .. } => Topic::Emails,
            Self::Contacted { .. } => Topic::Support,
            Self::Reviewed { .. } => Topic::Reviews,
            Self::NoteWritten { .. } => Topic::Notes,
            Self::Consented { .. } | Self::Registered { .. } => Topic::Consent,
            Self::Changed { .. } => Topic::Changes,
        }
    }
}

/// An entry of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// Unique in the timeline.
    pub key: String,
    pub at: Moment,
    pub what: Happening,
}

/// Entries, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelinePage {
    pub entries: Vec<TimelineEntry>,
    /// Where older ones begin, as it stands in the URL; `None` at the end.
    pub older: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_round_trips() {
        let query = TimelineQuery { topics: vec![Topic::Orders, Topic::Notes], before: Some("x".into()) };
        assert_eq!(TimelineQuery::parse(&query.to_query()), query);
        assert_eq!(TimelineQuery::canonical("about=notes&about=orders,nonsense&tab=2"), "about=orders,notes");
        let all = Topic::ALL.map(|topic| format!("about={}", topic.code())).join("&");
        assert_eq!(TimelineQuery::canonical(&all), "");
        assert!(TimelineQuery::default().shows(Topic::Changes));
    }
}
