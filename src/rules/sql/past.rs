//! Orders and events as SQL: how many of the customer's are such.

use super::{Asked, Writer, ids};
use crate::rules::{
    Condition, DayTest, EventCondition, EventField, Goods, HowMany, OrderCondition, OrderDay, OrderText, Ref, Tree,
};

impl Asked for OrderCondition {
    fn sql(&self, writer: &mut Writer<'_>) -> String {
        writer.order(self)
    }
}

impl Asked for EventCondition {
    fn sql(&self, writer: &mut Writer<'_>) -> String {
        writer.event(self)
    }
}

impl Writer<'_> {
    pub(super) fn orders(&mut self, how_many: HowMany, such: &Tree<OrderCondition>) -> String {
        // Before anything is bound: PostgreSQL refuses binds that no condition mentions.
        if how_many == HowMany::AtLeast(0) {
            return "TRUE".to_owned();
        }
        let such = self.tree(such);
        let rows = order_rows;
        if how_many == HowMany::All {
            return format!("(s.orders_count > 0 AND {})", self.some(&rows(format!("NOT {such}")), false));
        }
        self.counted(&rows(such), how_many)
    }

    /// The customers of whom a condition about orders or events holds, as a query for their ids without repetition; with `false`
    /// of whom it does not hold. `None` for other conditions, and where it takes more than one set.
    pub(in crate::rules) fn set(&mut self, condition: &Condition) -> Option<(String, bool)> {
        let (rows, how_many) = match condition {
            Condition::Orders { how_many, such } if is_one_set(*how_many) => (order_rows(self.tree(such)), *how_many),
            Condition::Events { how_many, such } if is_one_set(*how_many) => {
                let (from, such) = (event_rows(kinds(such)), self.tree(such));
                (Rows::new(&from, "e.customer_id", format!("e.customer_id IS NOT NULL AND {such}")), *how_many)
            }
            _ => return None,
        };
        let Rows { from, customer, such } = &rows;
        Some(match how_many {
            HowMany::AtLeast(count) if count > 1 => (self.grouped(&rows, ">=", count.into()), true),
            HowMany::AtMost(count) if count > 0 => (self.grouped(&rows, ">", count.into()), false),
            HowMany::Exactly(count) if count > 0 => (self.grouped(&rows, "=", count.into()), true),
            _ => {
                let is = matches!(how_many, HowMany::Any | HowMany::AtLeast(_));
                (format!("SELECT DISTINCT {customer} AS customer_id FROM {from} WHERE {such}"), is)
            }
        })
    }

    /// The customers who have so many of the rows.
    fn grouped(&mut self, Rows { from, customer, such }: &Rows, operator: &str, count: u64) -> String {
        let count = self.args.push(i64::try_from(count).unwrap_or(i64::MAX));
        format!(
            "SELECT {customer} AS customer_id FROM {from} WHERE {such} GROUP BY {customer} HAVING COUNT(*) {operator} ${count}"
        )
    }

    fn order(&mut self, condition: &OrderCondition) -> String {
        match condition {
            OrderCondition::Number { field, test } => self.number(field.sql(), *test),
            // There are few days on which anybody ordered, and the roll-ups have all of them: an index finds the orders of each.
            OrderCondition::Day { field: OrderDay::Placed, test: test @ (DayTest::Months(_) | DayTest::Anniversary { .. }) }
                if !self.ask.few =>
            {
                let day = self.day("r.day", test);
                format!("{} IN (SELECT r.day FROM daily_rollups r WHERE {day})", OrderDay::Placed.sql())
            }
            OrderCondition::Day { field, test } => self.day(field.sql(), test),
            OrderCondition::Text { field, one_of } => {
                let keys = one_of.iter().map(|code| order_code(*field, code)).collect();
                self.one_of(field.sql(), keys)
            }
            OrderCondition::Store { of } => self.one_of("o.store_id", ids(of)),
            OrderCondition::Contains { what, of } => {
                let within = self.goods("l.product_id", *what, of);
                if self.by_sets() {
                    format!("o.id IN (SELECT l.order_id FROM order_lines l WHERE {within})")
                } else {
                    format!("EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.id AND {within})")
                }
            }
        }
    }

    /// That a product is one of these, or of these categories and those below them.
    fn goods(&mut self, column: &str, what: Goods, of: &[Ref]) -> String {
        let ids = ids(of);
        match what {
            Goods::Product => self.one_of(column, ids),
            Goods::Category => {
                let these = self.one_of("id", ids);
                format!(
                    "{column} IN (SELECT p.id FROM products p WHERE p.category_id IN (
                       WITH RECURSIVE below(id) AS (SELECT id FROM categories WHERE {these}
                         UNION SELECT k.id FROM categories k JOIN below b ON k.parent_id = b.id) SELECT id FROM below))"
                )
            }
        }
    }

    pub(super) fn events(&mut self, how_many: HowMany, such: &Tree<EventCondition>) -> String {
        if how_many == HowMany::AtLeast(0) {
            return "TRUE".to_owned();
        }
        let from = event_rows(if how_many == HowMany::All { None } else { kinds(such) });
        let such = self.tree(such);
        let rows = |such: &str| Rows::new(&from, "e.customer_id", format!("e.customer_id IS NOT NULL AND {such}"));
        if how_many == HowMany::All {
            let (some, none) = (self.some(&rows("TRUE"), true), self.some(&rows(&format!("NOT {such}")), false));
            return format!("({some} AND {none})");
        }
        self.counted(&rows(&such), how_many)
    }

    fn event(&mut self, condition: &EventCondition) -> String {
        match condition {
            EventCondition::Kind { one_of } => self.one_of("e.kind", one_of.iter().map(|kind| kind.sql()).collect()),
            EventCondition::At { test } => self.day("e.day", test),
            EventCondition::About { what, of } => {
                format!("(e.product_id IS NOT NULL AND {})", self.goods("e.product_id", *what, of))
            }
        }
    }

    fn counted(&mut self, rows: &Rows, how_many: HowMany) -> String {
        match how_many {
            HowMany::Any | HowMany::AtLeast(1) => self.some(rows, true),
            HowMany::None | HowMany::AtMost(0) | HowMany::Exactly(0) => self.some(rows, false),
            HowMany::AtLeast(count) => self.so_many(rows, ">=", count.into(), true),
            HowMany::AtMost(count) => self.so_many(rows, ">", count.into(), false),
            HowMany::Exactly(count) => self.so_many(rows, "=", count.into(), true),
            // Needs to know which rows there are at all: written by the callers.
            HowMany::All => "FALSE".to_owned(),
        }
    }

    /// Whether there is such a row of the customer, or none.
    pub(super) fn some(&self, Rows { from, customer, such }: &Rows, is: bool) -> String {
        let not = if is { "" } else { "NOT " };
        if self.by_sets() {
            format!("{} {not}IN (SELECT {customer} FROM {from} WHERE {such})", self.id)
        } else {
            format!("{not}EXISTS (SELECT 1 FROM {from} WHERE {customer} = {} AND {such})", self.id)
        }
    }

    /// Whether the customer's rows are so many, at least one, or are not.
    pub(super) fn so_many(&mut self, rows: &Rows, operator: &str, count: u64, is: bool) -> String {
        let not = if is { "" } else { "NOT " };
        if self.ask.few {
            let count = self.args.push(i64::try_from(count).unwrap_or(i64::MAX));
            let Rows { from, customer, such } = rows;
            return format!("{not}((SELECT COUNT(*) FROM {from} WHERE {customer} = {} AND {such}) {operator} ${count})", self.id);
        }
        let set = self.grouped(rows, operator, count);
        if is || self.by_sets() {
            format!("{} {not}IN ({set})", self.id)
        } else {
            format!("NOT EXISTS (SELECT 1 FROM ({set}) g WHERE g.customer_id = {})", self.id)
        }
    }

    /// Whether other tables are asked for sets, or customer by customer.
    fn by_sets(&self) -> bool {
        !self.ask.is_postgres && !self.ask.few
    }
}

/// Rows that belong to customers.
pub(super) struct Rows {
    from: String,
    /// The column of the customer.
    customer: &'static str,
    such: String,
}

impl Rows {
    pub fn new(from: &str, customer: &'static str, such: String) -> Self {
        Self { from: from.to_owned(), customer, such }
    }
}

/// The completed orders that are such.
fn order_rows(such: String) -> Rows {
    Rows::new("orders o", "o.customer_id", format!("o.status = 'placed' AND {such}"))
}

/// Where things are that customers did, of these kinds or of all.
fn event_rows(kinds: Option<&[EventField]>) -> String {
    const EVENTS: &str = "SELECT customer_id, kind, day, product_id FROM events WHERE customer_id IS NOT NULL";
    const VISITS: &str =
        "SELECT customer_id, 'visit' AS kind, day, CAST(NULL AS BIGINT) AS product_id FROM visits WHERE customer_id IS NOT NULL";
    let (is_visit, is_other) = kinds
        .map_or((true, true), |kinds| (kinds.contains(&EventField::Visit), kinds.iter().any(|kind| *kind != EventField::Visit)));
    match (is_visit, is_other) {
        (true, false) => format!("({VISITS}) e"),
        (false, _) => "events e".to_owned(),
        (true, true) => format!("({EVENTS} UNION ALL {VISITS}) e"),
    }
}

/// Whether it takes one set of customers to say it. At least none is everyone, and all of them asks for those who have any.
fn is_one_set(how_many: HowMany) -> bool {
    !matches!(how_many, HowMany::All | HowMany::AtLeast(0))
}

/// A code of orders as their table has it.
pub(in crate::rules) fn order_code(field: OrderText, typed: &str) -> String {
    let typed = typed.trim().replace('\0', "");
    if field == OrderText::Currency { typed.to_ascii_uppercase() } else { typed.to_ascii_lowercase() }
}

/// The kinds that such an event can only be of, where the rule says so.
fn kinds(such: &Tree<EventCondition>) -> Option<&[EventField]> {
    match such {
        Tree::Is(EventCondition::Kind { one_of }) => Some(one_of),
        Tree::All(parts) => parts.iter().find_map(kinds),
        Tree::Is(_) | Tree::Any(_) | Tree::Not(_) => None,
    }
}
