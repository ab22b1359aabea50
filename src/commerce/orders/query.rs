//! What a list of orders shows, as its URL says it: filters, sort, position; and the columns, which each member chooses.
//!
//! Reading never fails: what cannot be read falls back to its default and is named. Writing leaves defaults out.

use super::{FulfilmentState, PaymentState};
use crate::base::Day;
use crate::base::query::{QueryWriter, pairs};
use crate::base::text::truncate;
use serde::{Deserialize, Serialize};

/// Longer than any number, name or email, in characters.
const MAX_SEARCH: usize = 200;
/// Ten years: beyond that a span means "ever".
const MOST_DAYS: u16 = 3_650;
/// Longer than any position that the server seals, in bytes.
const MAX_POSITION: usize = 400;

/// A column of a list of orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderColumn {
    /// The link to the order; always shown, and first.
    Number,
    Date,
    Store,
    Items,
    Total,
    Payment,
    Fulfilment,
}

impl OrderColumn {
    pub const ALL: [Self; 7] = [Self::Number, Self::Date, Self::Store, Self::Items, Self::Total, Self::Payment, Self::Fulfilment];

    /// The name in URLs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Date => "date",
            Self::Store => "store",
            Self::Items => "items",
            Self::Total => "total",
            Self::Payment => "payment",
            Self::Fulfilment => "fulfilment",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.code() == code)
    }

    /// The key of its heading.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Number => "orders.column.number",
            Self::Date => "orders.column.date",
            Self::Store => "orders.column.store",
            Self::Items => "orders.column.items",
            Self::Total => "orders.column.total",
            Self::Payment => "orders.column.payment",
            Self::Fulfilment => "orders.column.fulfilment",
        }
    }

    /// The chosen columns in the order in which they are offered, with the number.
    #[must_use]
    pub fn in_order(chosen: impl Iterator<Item = Self>) -> Vec<Self> {
        let chosen: Vec<Self> = chosen.collect();
        Self::ALL.into_iter().filter(|column| *column == Self::Number || chosen.contains(column)).collect()
    }

    /// What sorting by this column sorts by.
    #[must_use]
    pub fn sort(self) -> Option<OrderSortBy> {
        match self {
            Self::Date => Some(OrderSortBy::Date),
            Self::Items => Some(OrderSortBy::Items),
            Self::Total => Some(OrderSortBy::Total),
            _ => None,
        }
    }
}

/// What orders are sorted by. Equal ones are sorted by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderSortBy {
    /// When they were placed; drafts, when they were last changed.
    #[default]
    Date,
    /// In the shop's base currency.
    Total,
    Items,
}

/// A direction and what it is a direction of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderSort {
    pub by: OrderSortBy,
    pub descending: bool,
}

impl Default for OrderSort {
    fn default() -> Self {
        Self { by: OrderSortBy::Date, descending: true }
    }
}

impl OrderSort {
    /// `-date`: newest first.
    #[must_use]
    pub fn code(self) -> String {
        let by = match self.by {
            OrderSortBy::Date => "date",
            OrderSortBy::Total => "total",
            OrderSortBy::Items => "items",
        };
        if self.descending { format!("-{by}") } else { by.to_owned() }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let (descending, by) = code.strip_prefix('-').map_or((false, code), |by| (true, by));
        let by = match by {
            "date" => OrderSortBy::Date,
            "total" => OrderSortBy::Total,
            "items" => OrderSortBy::Items,
            _ => return None,
        };
        Some(Self { by, descending })
    }

    /// The sort that pressing a heading leads to: largest first, then the other way round.
    #[must_use]
    pub fn pressed(self, by: OrderSortBy) -> Self {
        Self { by, descending: self.by != by || !self.descending }
    }
}

/// A state that a list can be narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OrderState {
    Payment(PaymentState),
    Fulfilment(FulfilmentState),
    Cancelled,
}

impl OrderState {
    /// The name in URLs: payment and fulfilment states have no name in common.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Payment(state) => state.code(),
            Self::Fulfilment(state) => state.code(),
            Self::Cancelled => "cancelled",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        if code == "cancelled" {
            return Some(Self::Cancelled);
        }
        PaymentState::parse(code).map(Self::Payment).or_else(|| FulfilmentState::parse(code).map(Self::Fulfilment))
    }
}

/// The state of a list of orders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderQuery {
    /// As typed; searched without the spaces around it.
    pub search: String,
    pub state: Option<OrderState>,
    /// In its present state for more than so many days; without a state only what is still under way.
    pub days: Option<u16>,
    /// Placed on this day or later.
    pub from: Option<Day>,
    /// Placed on this day or earlier.
    pub to: Option<Day>,
    /// A customer's list: drafts too. The list of all orders: drafts instead.
    pub drafts: bool,
    pub sort: OrderSort,
    /// Where the page begins or ends, sealed by the server.
    pub position: Option<String>,
}

impl OrderQuery {
    /// Reads a query; yields the names of the parameters that could not be read as well.
    #[must_use]
    pub fn parse(query: &str) -> (Self, Vec<String>) {
        let (mut state, mut ignored) = (Self::default(), Vec::new());
        for (name, value) in pairs(query) {
            if value.trim().is_empty() {
                continue;
            }
            let read = match name.as_str() {
                "q" => {
                    state.search = truncate(&value, MAX_SEARCH).to_owned();
                    true
                }
                "state" => set(&mut state.state, OrderState::parse(&value)),
                "days" => set(&mut state.days, value.parse().ok().filter(|days| *days <= MOST_DAYS)),
                "from" => set(&mut state.from, Day::parse(&value)),
                "to" => set(&mut state.to, Day::parse(&value)),
                "drafts" => {
                    state.drafts = value == "1";
                    state.drafts
                }
                "sort" => OrderSort::parse(&value).map(|sort| state.sort = sort).is_some(),
                "at" => set(&mut state.position, Some(value).filter(|text| text.len() <= MAX_POSITION)),
                // Other parts of the page may have parameters of their own.
                _ => true,
            };
            if !read {
                ignored.push(name);
            }
        }
        (state, ignored)
    }

    /// The query of this state, without a question mark.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut writer = QueryWriter::default();
        let mut put = |name, value: Option<String>| {
            if let Some(value) = value {
                writer.push(name, &value);
            }
        };
        put("q", Some(self.search.clone()).filter(|search| !search.trim().is_empty()));
        put("state", self.state.map(|state| state.code().to_owned()));
        put("days", self.days.map(|days| days.to_string()));
        put("from", self.from.map(Day::iso));
        put("to", self.to.map(Day::iso));
        put("drafts", self.drafts.then(|| "1".to_owned()));
        put("sort", Some(self.sort).filter(|sort| *sort != OrderSort::default()).map(OrderSort::code));
        put("at", self.position.clone());
        writer.finish()
    }

    /// A query as this page writes it.
    #[must_use]
    pub fn canonical(query: &str) -> String {
        Self::parse(query).0.to_query()
    }

    /// A link to this state on the page one is on.
    #[must_use]
    pub fn link(&self) -> String {
        format!("?{}", self.to_query())
    }

    /// This list at another position.
    #[must_use]
    pub fn at(&self, position: Option<String>) -> Self {
        Self { position, ..self.clone() }
    }

    /// This list from its beginning, in another order.
    #[must_use]
    pub fn sorted(&self, sort: OrderSort) -> Self {
        Self { sort, position: None, ..self.clone() }
    }

    /// Whether anything narrows the list.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !self.search.trim().is_empty() || self.state.is_some() || self.days.is_some() || self.from.is_some() || self.to.is_some()
    }
}

fn set<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    let read = value.is_some();
    *place = value;
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let query = OrderQuery {
            search: "10 %_'".into(),
            state: OrderState::parse("part_returned"),
            days: Some(7),
            from: Day::parse("2026-01-01"),
            to: Day::parse("2026-01-31"),
            drafts: true,
            sort: OrderSort { by: OrderSortBy::Total, descending: false },
            position: Some("abc".into()),
        };
        assert_eq!(OrderQuery::parse(&query.to_query()), (query, vec![]));
        assert_eq!(OrderQuery::default().to_query(), "");
    }

    #[test]
    fn what_cannot_be_read_falls_back_and_is_named() {
        let (query, ignored) = OrderQuery::parse("?state=lost&sort=price&from=tomorrow&q=7&drafts=maybe&tab=1");
        assert_eq!(query, OrderQuery { search: "7".into(), ..Default::default() });
        assert_eq!(ignored, ["state", "sort", "from", "drafts"]);
    }

    #[test]
    fn columns_stand_in_one_order_with_the_number() {
        let chosen = [OrderColumn::Total, OrderColumn::Date, OrderColumn::Total];
        assert_eq!(OrderColumn::in_order(chosen.into_iter()), [OrderColumn::Number, OrderColumn::Date, OrderColumn::Total]);
    }

    #[test]
    fn a_heading_sorts_down_first() {
        let sort = OrderSort::default();
        assert_eq!(sort.pressed(OrderSortBy::Total), OrderSort { by: OrderSortBy::Total, descending: true });
        assert_eq!(sort.pressed(OrderSortBy::Date), OrderSort { by: OrderSortBy::Date, descending: false });
    }
}
