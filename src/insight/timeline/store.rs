//! The SQL of the timeline: one UNION ALL of the newest entries of every source.

use super::{TimelineQuery, Topic};
use crate::args;
use crate::base::{CustomerId, OrderId};
use crate::server::{Args, DbResult, Query};

/// Where an entry comes from. The numbers order entries of the same instant and stand in cursors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    Events = 1,
    Visits = 2,
    Orders = 3,
    OrderSteps = 4,
    Refunds = 5,
    Notes = 6,
    Consents = 7,
    Changes = 8,
    Registration = 9,
    Ledger = 10,
    Mails = 11,
}

impl Source {
    const ALL: [Self; 11] = [
        Self::Events,
        Self::Visits,
        Self::Orders,
        Self::OrderSteps,
        Self::Refunds,
        Self::Notes,
        Self::Consents,
        Self::Changes,
        Self::Registration,
        Self::Ledger,
        Self::Mails,
    ];

    #[must_use]
    pub fn number(self) -> i64 {
        self as i64
    }

    #[must_use]
    pub fn parse(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.number() == number)
    }

    /// Whether a filter leaves anything of this source.
    fn is_in(self, query: &TimelineQuery) -> bool {
        match self {
            Self::Events => {
                [Topic::Browsing, Topic::Emails, Topic::Support, Topic::Reviews].into_iter().any(|topic| query.shows(topic))
            }
            Self::Visits => query.shows(Topic::Browsing),
            Self::Mails => query.shows(Topic::Emails),
            Self::Orders | Self::OrderSteps | Self::Refunds => query.shows(Topic::Orders),
            Self::Notes => query.shows(Topic::Notes),
            Self::Consents | Self::Registration => query.shows(Topic::Consent),
            Self::Changes => query.shows(Topic::Changes),
            Self::Ledger => query.shows(Topic::Money),
        }
    }

    /// Its instant and id, what it selects besides, and where from. `$1` is the customer.
    fn parts(self) -> Parts {
        match self {
            Self::Events => Parts {
                at: "e.at",
                id: "e.id",
                columns: "e.kind AS kind, e.order_id AS order_id, o.number AS number, p.name AS name,
                    CAST(NULL AS BIGINT) AS amount, CAST(NULL AS TEXT) AS currency, CAST(NULL AS BIGINT) AS units,
                    e.detail AS text, CAST(NULL AS TEXT) AS extra",
                from: "events e LEFT JOIN products p ON p.id = e.product_id LEFT JOIN orders o ON o.id = e.order_id
                    WHERE e.customer_id = $1",
            },
            Self::Visits => Parts {
                at: "v.started_at",
                id: "v.id",
                columns: "'visit', CAST(NULL AS BIGINT), CAST(NULL AS TEXT), v.landing_page, v.last_seen_at - v.started_at,
                    CAST(NULL AS TEXT), v.page_views, v.referrer, v.campaign",
                from: "visits v WHERE v.customer_id = $1",
            },
            Self::Orders => Parts {
                at: "o.placed_at",
                id: "o.id",
                columns: "o.status, o.id, o.number, CAST(NULL AS TEXT), o.total_minor, o.currency, o.units, CAST(NULL AS TEXT),
                    CAST(NULL AS TEXT)",
                from: "orders o WHERE o.customer_id = $1 AND o.status <> 'draft'",
            },
            // That it was placed, the order itself tells.
            Self::OrderSteps => Parts {
                at: "h.at",
                id: "h.id",
                columns:
                    "h.kind, o.id, o.number, s.name, CAST(NULL AS BIGINT), CAST(NULL AS TEXT), CAST(NULL AS BIGINT), h.detail,
                    CAST(NULL AS TEXT)",
                from: "orders o JOIN order_history h ON h.order_id = o.id LEFT JOIN staff s ON s.id = h.staff_id
                    WHERE o.customer_id = $1 AND o.status <> 'draft' AND h.kind NOT IN ('placed', 'refunded')",
            },
            Self::Refunds => Parts {
                at: "r.at",
                id: "r.id",
                columns:
                    "'refund', o.id, o.number, CAST(NULL AS TEXT), r.amount_minor, r.currency, CAST(NULL AS BIGINT), r.reason,
                    CAST(NULL AS TEXT)",
                from: "orders o JOIN refunds r ON r.order_id = o.id WHERE o.customer_id = $1",
            },
            Self::Notes => Parts {
                at: "n.created_at",
                id: "n.id",
                columns: "n.kind, CAST(NULL AS BIGINT), CAST(NULL AS TEXT), s.name, CAST(NULL AS BIGINT), CAST(NULL AS TEXT),
                    CAST(NULL AS BIGINT), n.body, CAST(NULL AS TEXT)",
                from: "notes n LEFT JOIN staff s ON s.id = n.author_id WHERE n.customer_id = $1 AND n.deleted_at IS NULL",
            },
            Self::Consents => Parts {
                at: "c.at",
                id: "c.id",
                columns: "c.purpose, CAST(NULL AS BIGINT), CAST(NULL AS TEXT), s.name, CAST(NULL AS BIGINT), CAST(NULL AS TEXT),
                    CAST(CASE WHEN c.granted THEN 1 ELSE 0 END AS BIGINT), c.source, CAST(NULL AS TEXT)",
                from: "consents c LEFT JOIN staff s ON s.id = c.staff_id WHERE c.customer_id = $1",
            },
            // Notes, consents, orders and movements of money tell of themselves.
            Self::Changes => Parts {
                at: "a.at",
                id: "a.id",
                columns: "a.action, CAST(NULL AS BIGINT), CAST(NULL AS TEXT), COALESCE(s.name, k.name), CAST(NULL AS BIGINT), CAST(NULL AS TEXT),
                    CAST(NULL AS BIGINT), CAST(NULL AS TEXT), CAST(NULL AS TEXT)",
                from: "audit_entries a LEFT JOIN staff s ON s.id = a.staff_id LEFT JOIN api_keys k ON k.id = a.api_key_id
                    WHERE a.customer_id = $1 AND a.action NOT LIKE 'note.%' AND a.action NOT LIKE 'consent.%'
                      AND a.action NOT LIKE 'order.%' AND a.action NOT IN ('credit.given', 'credit.reduced', 'gift_card.issued', 'gift_card.redeemed', 'loyalty.adjusted')",
            },
            Self::Ledger => Parts {
                at: "l.at",
                id: "l.id",
                columns: "w.kind, l.order_id, o.number, s.name, l.amount, w.currency, l.balance_after, t.body,
                    l.reason || ':' || COALESCE(k.last_four, '')",
                from: "ledger_accounts w JOIN ledger_entries l ON l.account_id = w.id
                    LEFT JOIN orders o ON o.id = l.order_id LEFT JOIN staff s ON s.id = l.staff_id
                    LEFT JOIN ledger_notes t ON t.entry_id = l.id LEFT JOIN gift_cards k ON k.account_id = w.id
                    WHERE w.customer_id = $1",
            },
            Self::Mails => Parts {
                at: "m.sent_at",
                id: "m.id",
                columns: "m.state, CAST(NULL AS BIGINT), CAST(NULL AS TEXT), p.name,
                    COALESCE((SELECT r.times FROM mail_reactions r WHERE r.mail_id = m.id AND r.link_id = 0), 0), CAST(NULL AS TEXT),
                    CAST(COALESCE((SELECT SUM(r.times) FROM mail_reactions r WHERE r.mail_id = m.id AND r.link_id > 0), 0) AS BIGINT),
                    m.subject, CAST(NULL AS TEXT)",
                from: "outbox m LEFT JOIN campaigns p ON p.id = m.campaign_id WHERE m.customer_id = $1 AND m.state = 'sent' AND m.subject <> ''",
            },
            Self::Registration => Parts {
                at: "g.registered_at",
                id: "g.id",
                columns:
                    "'registered', CAST(NULL AS BIGINT), CAST(NULL AS TEXT), g.campaign, CAST(NULL AS BIGINT), CAST(NULL AS TEXT),
                    CAST(NULL AS BIGINT), g.source, CAST(NULL AS TEXT)",
                from: "customers g WHERE g.id = $1",
            },
        }
    }
}

struct Parts {
    at: &'static str,
    id: &'static str,
    columns: &'static str,
    from: &'static str,
}

/// The place before which a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub at: i64,
    pub source: Source,
    pub id: i64,
}

/// An entry as the database keeps it; what the columns hold depends on its source.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Record {
    pub source: i64,
    pub id: i64,
    pub at: i64,
    pub kind: String,
    pub order_id: Option<i64>,
    pub number: Option<String>,
    pub name: Option<String>,
    pub amount: Option<i64>,
    pub currency: Option<String>,
    pub units: Option<i64>,
    pub text: Option<String>,
    pub extra: Option<String>,
}

/// The kinds of events that belong to a topic; those of no topic are browsing.
const EVENTS: [(Topic, &[&str]); 3] = [
    (Topic::Emails, &["email_sent", "email_opened", "newsletter_signup"]),
    (Topic::Support, &["support_contact"]),
    (Topic::Reviews, &["review"]),
];

/// The newest entries before `place`, at most `limit`.
///
/// # Errors
/// When the database does not answer.
pub async fn newest(
    q: &impl Query,
    customer: CustomerId,
    query: &TimelineQuery,
    place: Option<Place>,
    limit: usize,
) -> DbResult<Vec<Record>> {
    let mut args = args![customer, limit];
    let before = place.map(|place| Before { place, at: args.push(place.at), id: args.push(place.id) });
    let selects: Vec<String> = Source::ALL
        .into_iter()
        .filter(|source| source.is_in(query))
        .map(|source| select(source, query, before.as_ref(), &mut args))
        .collect();
    // The names stand here, since a topic may leave any one of the sources alone, and only the first of a union has names.
    let sql = format!(
        "WITH entries (source, id, at, kind, order_id, number, name, amount, currency, units, text, extra) AS (
           {}
         ) SELECT * FROM entries ORDER BY at DESC, source DESC, id DESC LIMIT $2",
        selects.join("\n UNION ALL ")
    );
    q.all(&sql, args).await
}

/// A place with the numbers of its binds.
struct Before {
    place: Place,
    at: usize,
    id: usize,
}

fn select(source: Source, query: &TimelineQuery, before: Option<&Before>, args: &mut Args) -> String {
    let Parts { at, id, columns, from } = source.parts();
    let mut conditions = before.map(|before| is_before(source, at, id, before)).unwrap_or_default();
    if source == Source::Events {
        conditions.push_str(&event_condition(query, args));
    }
    let number = source.number();
    format!(
        "SELECT * FROM (SELECT CAST({number} AS BIGINT) AS source, {id} AS id, {at} AS at, {columns}
           FROM {from}{conditions} ORDER BY {at} DESC, {id} DESC LIMIT $2) AS s{number}"
    )
}

/// Comes before the place in the order of (instant, source, id): what the source decides is decided here, so that the rest is
/// a range of the source's own index.
fn is_before(source: Source, at: &str, id: &str, before: &Before) -> String {
    let instant = before.at;
    match source.cmp(&before.place.source) {
        std::cmp::Ordering::Less => format!(" AND {at} <= ${instant}"),
        std::cmp::Ordering::Equal => format!(" AND ({at}, {id}) < (${instant}, ${})", before.id),
        std::cmp::Ordering::Greater => format!(" AND {at} < ${instant}"),
    }
}

fn event_condition(query: &TimelineQuery, args: &mut Args) -> String {
    let mut list =
        |kinds: Vec<&str>| kinds.into_iter().map(|kind| format!("${}", args.push(kind))).collect::<Vec<_>>().join(", ");
    if query.topics.is_empty() {
        return String::new();
    }
    let of = |wanted: bool| {
        EVENTS
            .iter()
            .filter(|(topic, _)| query.shows(*topic) == wanted)
            .flat_map(|(_, kinds)| kinds.iter().copied())
            .collect::<Vec<_>>()
    };
    if query.shows(Topic::Browsing) {
        // All but those of the topics that are not wanted.
        let unwanted = of(false);
        if unwanted.is_empty() { String::new() } else { format!(" AND e.kind NOT IN ({})", list(unwanted)) }
    } else {
        format!(" AND e.kind IN ({})", list(of(true)))
    }
}

/// Quantities and names of the lines of these orders.
///
/// # Errors
/// When the database does not answer.
pub async fn items(q: &impl Query, orders: &[OrderId]) -> DbResult<Vec<(i64, i64, String)>> {
    if orders.is_empty() {
        return Ok(vec![]);
    }
    let mut args = args![];
    let binds: Vec<String> = orders.iter().map(|id| format!("${}", args.push(*id))).collect();
    let sql = format!(
        "SELECT order_id, quantity, name FROM order_lines WHERE order_id IN ({}) ORDER BY order_id, id",
        binds.join(", ")
    );
    q.all(&sql, args).await
}
