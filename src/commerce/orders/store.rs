//! All SQL of lists of orders; that of one order is in `records.rs`.

use super::{FulfilmentState, OrderSort, OrderSortBy, OrderState, PaymentState};
use crate::args;
use crate::base::{BranchId, CustomerId, Timestamp};
use crate::server::db::dialect::lower;
use crate::server::{Args, DbResult, Query};
use std::fmt::Write;

/// A row of a list, as the database keeps it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OrderRecord {
    pub id: i64,
    pub number: Option<String>,
    pub status: String,
    pub draft_kind: Option<String>,
    pub payment_state: String,
    pub fulfilment_state: String,
    pub currency: String,
    pub total_minor: i64,
    pub units: i64,
    pub placed_at: i64,
    pub updated_at: i64,
    /// What the list is sorted by.
    pub sort_value: i64,
    /// How many orders match, in lists of one customer, which are short: counting them costs less than asking twice.
    pub total: Option<i64>,
    pub store: String,
    pub customer_id: i64,
    pub first_name: String,
    pub last_name: String,
    pub company: String,
    pub email: String,
}

/// Which orders a list is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Drafts {
    #[default]
    Without,
    With,
    Only,
}

/// What a list is searched for.
#[derive(Clone, Debug)]
pub enum Search {
    /// In one customer's orders: part of the number, or of a line's name or SKU.
    Contains(String),
    /// In all orders: a number (or its beginning), or one of these customers.
    NumberOrBuyer { number: String, buyers: Vec<CustomerId> },
}

/// Which orders.
#[derive(Clone, Debug, Default)]
pub struct Filter<'a> {
    pub customer: Option<CustomerId>,
    /// Branches whose customers exist for the asker; `None` is no limit.
    pub scope: Option<&'a [BranchId]>,
    pub search: Option<Search>,
    pub state: Option<OrderState>,
    /// In its present state since before this instant.
    pub state_before: Option<Timestamp>,
    /// Placed at this instant or later.
    pub from: Option<Timestamp>,
    /// Placed before this instant.
    pub until: Option<Timestamp>,
    pub drafts: Drafts,
}

/// The place in a list after which (or before which) a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub value: i64,
    pub id: i64,
    /// The page ends before this place.
    pub before: bool,
}

/// A page of records in the order of the list.
#[derive(Debug, Default)]
pub struct Page {
    pub rows: Vec<OrderRecord>,
    pub has_previous: bool,
    pub has_next: bool,
}

impl Page {
    /// How many orders match, where the page says it: in a list of one customer that has any on this page.
    pub fn total(&self) -> Option<i64> {
        self.rows.first().and_then(|row| row.total)
    }
}

/// A number shorter than this is searched for as a whole: a prefix of it would match half of the orders.
const MIN_PREFIX: usize = 4;

pub(super) const COLUMNS: &str =
    "o.id, o.number, o.status, o.draft_kind, o.payment_state, o.fulfilment_state, o.currency, o.total_minor,
      o.units, o.placed_at, o.updated_at, o.sort_value, o.total, s.name AS store, c.id AS customer_id, c.first_name, c.last_name,
      c.company, c.email";

/// A page of at most `limit` orders. Before the first full page there is only the first page.
///
/// # Errors
/// When the database does not answer.
pub async fn list(q: &impl Query, filter: &Filter<'_>, sort: OrderSort, place: Option<Place>, limit: usize) -> DbResult<Page> {
    let mut rows = fetch(q, filter, sort, place, limit + 1).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    Ok(match place {
        Some(place) if place.before && !more => {
            let mut rows = fetch(q, filter, sort, None, limit + 1).await?;
            let has_next = rows.len() > limit;
            rows.truncate(limit);
            Page { rows, has_previous: false, has_next }
        }
        Some(place) if place.before => {
            rows.reverse();
            Page { rows, has_previous: true, has_next: true }
        }
        place => Page { rows, has_previous: place.is_some(), has_next: more },
    })
}

async fn fetch(
    q: &impl Query,
    filter: &Filter<'_>,
    sort: OrderSort,
    place: Option<Place>,
    limit: usize,
) -> DbResult<Vec<OrderRecord>> {
    let mut args = args![];
    let value = sort_value(sort, filter.drafts);
    let mut conditions = conditions(q, filter, &mut args);
    let total = match filter.customer {
        Some(_) => format!("(SELECT COUNT(*) FROM orders o WHERE {conditions})"),
        None => "CAST(NULL AS BIGINT)".to_owned(),
    };
    let down = sort.descending != place.is_some_and(|place| place.before);
    let (than, direction) = if down { ("<", "DESC") } else { (">", "ASC") };
    if let Some(place) = place {
        let (at, id) = (args.push(place.value), args.push(place.id));
        // Writing to a String cannot fail.
        let _ = write!(conditions, " AND ({value}, o.id) {than} (${at}, ${id})");
    }
    let limit = args.push(limit);
    // The page is cut before stores and customers are joined, so that the index alone says which rows these are.
    let sql = format!(
        "SELECT {COLUMNS}
         FROM (SELECT o.*, {value} AS sort_value, {total} AS total FROM orders o WHERE {conditions}
               ORDER BY {value} {direction}, o.id {direction} LIMIT ${limit}) AS o
         JOIN stores s ON s.id = o.store_id JOIN customers c ON c.id = o.customer_id
         ORDER BY o.sort_value {direction}, o.id {direction}"
    );
    q.all(&sql, args).await
}

/// How many orders there are in a list of one customer, where no page says it.
///
/// # Errors
/// When the database does not answer.
pub async fn count(q: &impl Query, filter: &Filter<'_>) -> DbResult<i64> {
    let mut args = args![];
    let conditions = conditions(q, filter, &mut args);
    q.integer(&format!("SELECT COUNT(*) FROM orders o WHERE {conditions}"), args).await
}

/// The expression that a list is sorted by.
fn sort_value(sort: OrderSort, drafts: Drafts) -> &'static str {
    match (sort.by, drafts) {
        (OrderSortBy::Date, Drafts::Without) => "o.placed_at",
        (OrderSortBy::Date, Drafts::Only) => "o.updated_at",
        // A draft was never placed; it stands where it was last changed.
        (OrderSortBy::Date, Drafts::With) => "CASE WHEN o.placed_at = 0 THEN o.updated_at ELSE o.placed_at END",
        (OrderSortBy::Total, _) => "o.base_total_minor",
        (OrderSortBy::Items, _) => "o.units",
    }
}

fn conditions(q: &impl Query, filter: &Filter<'_>, args: &mut Args) -> String {
    let mut all = vec![match filter.drafts {
        Drafts::Without => "o.status <> 'draft'".to_owned(),
        Drafts::With => "1 = 1".to_owned(),
        Drafts::Only => "o.status = 'draft'".to_owned(),
    }];
    if let Some(customer) = filter.customer {
        all.push(format!("o.customer_id = ${}", args.push(customer)));
    }
    if let Some(state) = filter.state {
        all.push(state_condition(state, filter.customer.is_none(), args));
    }
    if let Some(before) = filter.state_before {
        all.push(format!("o.state_since < ${}", args.push(before)));
        if !matches!(filter.state, Some(OrderState::Fulfilment(_))) {
            all.push(UNDER_WAY.to_owned());
        }
    }
    if let Some(from) = filter.from {
        all.push(format!("o.placed_at >= ${}", args.push(from)));
    }
    if let Some(until) = filter.until {
        all.push(format!("o.placed_at < ${} AND o.placed_at > 0", args.push(until)));
    }
    if let Some(search) = &filter.search {
        all.push(search_condition(q, search, args));
    }
    if let Some(branches) = filter.scope {
        all.push(format!(
            "EXISTS (SELECT 1 FROM customers bc WHERE bc.id = o.customer_id AND {})",
            in_branches("bc.branch_id", branches, args)
        ));
    }
    all.join(" AND ")
}

/// Among all orders the rare states have an index of their own, which is used where the condition says literally that the state
/// is none of the common ones.
fn state_condition(state: OrderState, among_all: bool, args: &mut Args) -> String {
    let (column, code, common) = match state {
        OrderState::Payment(state) => ("o.payment_state", state.code(), PaymentState::Paid.code()),
        OrderState::Fulfilment(state) => ("o.fulfilment_state", state.code(), FulfilmentState::Delivered.code()),
        OrderState::Cancelled => return "o.status = 'cancelled'".to_owned(),
    };
    let mut is = format!("{column} = ${}", args.push(code));
    if among_all && code != common {
        is += &format!(" AND {column} <> '{common}'");
    }
    // Nobody ships or pays what was cancelled: it has a state of its own in the list, as in the counts.
    if waits(state) {
        is += " AND o.status <> 'cancelled'";
    }
    is
}

/// Whether orders in this state wait for somebody.
fn waits(state: OrderState) -> bool {
    use FulfilmentState::Unfulfilled;
    use PaymentState::{Authorised, Unpaid};
    matches!(state, OrderState::Fulfilment(Unfulfilled) | OrderState::Payment(Unpaid | Authorised))
}

/// What the index of orders by the time in their state asks for.
const UNDER_WAY: &str = "o.status = 'placed' AND o.fulfilment_state IN ('unfulfilled','shipped')";

/// How many placed orders wait to be shipped, are in transit, have been either since before `stuck`, and are unpaid.
///
/// # Errors
/// When the database does not answer.
pub async fn count_states(q: &impl Query, scope: Option<&[BranchId]>, stuck: Timestamp) -> DbResult<[i64; 4]> {
    let mut args = args![stuck];
    let within = match scope {
        Some(branches) => format!(
            " AND EXISTS (SELECT 1 FROM customers bc WHERE bc.id = o.customer_id AND {})",
            in_branches("bc.branch_id", branches, &mut args)
        ),
        None => String::new(),
    };
    let sql = format!(
        "SELECT o.fulfilment_state, COUNT(*), CAST(SUM(CASE WHEN o.state_since < $1 THEN 1 ELSE 0 END) AS BIGINT)
         FROM orders o WHERE {UNDER_WAY}{within} GROUP BY o.fulfilment_state"
    );
    let counted: Vec<(String, i64, i64)> = q.all(&sql, args.clone()).await?;
    let of = |state: FulfilmentState| counted.iter().find(|(code, ..)| code == state.code()).map_or(0, |(_, count, _)| *count);
    // The bind stands in the condition so that both statements have the same ones.
    let sql = format!(
        "SELECT COUNT(*) FROM orders o WHERE o.status <> 'draft' AND o.payment_state <> 'paid' AND o.payment_state = 'unpaid'
           AND o.status = 'placed' AND $1 > 0{within}"
    );
    let unpaid = q.integer(&sql, args).await?;
    let stuck = counted.iter().map(|(_, _, stuck)| stuck).sum();
    Ok([of(FulfilmentState::Unfulfilled), of(FulfilmentState::Shipped), stuck, unpaid])
}

fn search_condition(q: &impl Query, search: &Search, args: &mut Args) -> String {
    match search {
        Search::Contains(text) => {
            let part = args.push(format!("%{}%", crate::base::text::escape_like(&text.to_lowercase())));
            let [number, name, sku] = ["o.number", "l.name", "l.sku"].map(|column| lower(q, column));
            format!(
                "({number} LIKE ${part} ESCAPE '\\' OR EXISTS (SELECT 1 FROM order_lines l
                   WHERE l.order_id = o.id AND ({name} LIKE ${part} ESCAPE '\\' OR {sku} LIKE ${part} ESCAPE '\\')))"
            )
        }
        Search::NumberOrBuyer { number, buyers } => {
            let from = args.push(number.as_str());
            let mut either = if number.chars().count() < MIN_PREFIX {
                format!("o.number = ${from}")
            } else {
                format!("o.number >= ${from} AND o.number < ${}", args.push(after_prefix(number)))
            };
            if !buyers.is_empty() {
                let _ = write!(either, " OR o.customer_id IN ({})", binds(buyers.iter().copied(), args));
            }
            format!("({either})")
        }
    }
}

/// The first text behind all that begin with `prefix`.
fn after_prefix(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

fn binds<T: Into<crate::server::db::Value>>(values: impl Iterator<Item = T>, args: &mut Args) -> String {
    values.map(|value| format!("${}", args.push(value))).collect::<Vec<_>>().join(", ")
}

/// The condition that `column` is one of these branches: nobody's where there are none.
pub(super) fn in_branches(column: &str, branches: &[BranchId], args: &mut Args) -> String {
    if branches.is_empty() {
        return "1 = 0".to_owned();
    }
    format!("{column} IN ({})", binds(branches.iter().copied(), args))
}

/// Customers whose name or email begins with `key` (normalised), at most `limit` of them.
///
/// # Errors
/// When the database does not answer.
pub async fn buyers_beginning_with(
    q: &impl Query,
    scope: Option<&[BranchId]>,
    key: &str,
    limit: usize,
) -> DbResult<Vec<CustomerId>> {
    let mut args = args![key, after_prefix(key), limit];
    let within = scope.map(|branches| format!(" AND {}", in_branches("branch_id", branches, &mut args))).unwrap_or_default();
    let sql = format!(
        "SELECT id FROM (SELECT id FROM customers WHERE name_key >= $1 AND name_key < $2{within} ORDER BY name_key, id LIMIT $3) AS n
         UNION
         SELECT id FROM (SELECT id FROM customers WHERE email_key >= $1 AND email_key < $2{within} ORDER BY email_key, id LIMIT $3) AS e"
    );
    let rows: Vec<(i64,)> = q.all(&sql, args).await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId(id)).take(limit).collect())
}
