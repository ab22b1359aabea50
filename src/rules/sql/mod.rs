//! A rule as an SQL condition over the aliases `c` (customers) and `s` (customer_stats).
//!
//! Every value is a bind, every column comes from the table of fields. A condition is TRUE or FALSE, never NULL, so that `NOT` means the
//! others.
//!
//! What stands in other tables is asked for in one of two ways. As a set, `c.id IN (SELECT …)`: the database makes the set once, which
//! suits SQLite when everyone is asked. Or customer by customer, `EXISTS (… = c.id)`: for a few customers, and for PostgreSQL, which makes
//! joins of these, but nothing good of `NOT IN`.

mod days;
mod past;

use super::fields::Keying;
use super::{Condition, DayField, DayTest, FlagField, NumberTest, Quantifier, Ref, Rule, SetField, TextField, TextTest, Tree};
use crate::base::Day;
use crate::base::text::escape_like;
use crate::server::Query;
use crate::server::db::{Args, Value};
use past::Rows;
pub(super) use past::order_code;
use std::collections::BTreeSet;

/// When and where a rule is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    pub today: Day,
    pub is_postgres: bool,
    /// Of a few customers, whom the statement names; otherwise of everyone.
    pub few: bool,
}

impl Ask {
    /// Of everyone.
    #[must_use]
    pub fn everyone(q: &impl Query, today: Day) -> Self {
        Self { today, is_postgres: q.is_postgres(), few: false }
    }

    /// Of a few customers.
    #[must_use]
    pub fn few(q: &impl Query, today: Day) -> Self {
        Self { few: true, ..Self::everyone(q, today) }
    }
}

/// The condition that a customer is one of those that `rule` describes. Its binds are added to `args`. The rule has passed
/// [`validate`](super::validate), a larger one may be more than the database takes; names in it are taken for what does not exist.
#[must_use]
pub fn to_sql(rule: &Rule, ask: Ask, args: &mut Args) -> String {
    Writer { ask, args, id: "c.id" }.tree(rule)
}

/// The tables that a condition of [`to_sql`] needs beside each other.
pub const FROM: &str = "customers c JOIN customer_stats s ON s.customer_id = c.id";

pub(super) struct Writer<'a> {
    pub ask: Ask,
    pub args: &'a mut Args,
    /// The customer's id.
    pub id: &'static str,
}

/// A condition as SQL.
pub(super) trait Asked {
    fn sql(&self, writer: &mut Writer<'_>) -> String;

    /// The others: as a range of its own where there is one, which indexes can serve.
    fn not_sql(&self, writer: &mut Writer<'_>) -> String {
        format!("NOT {}", self.sql(writer))
    }
}

impl Asked for Condition {
    fn sql(&self, writer: &mut Writer<'_>) -> String {
        writer.customer(self)
    }

    fn not_sql(&self, writer: &mut Writer<'_>) -> String {
        match self {
            Self::Number { field, test } => {
                let column = writer.column(field.sql());
                writer.not_number(&column, *test)
            }
            // 0, never, is below as well.
            Self::Day { field, test: DayTest::Between { from: Some(from), to: None } }
                if *field != DayField::Birthday && from.resolve(writer.ask.today).0 > 0 =>
            {
                let from = writer.args.push(from.resolve(writer.ask.today));
                format!("({} < ${from})", field.sql())
            }
            _ => format!("NOT {}", self.sql(writer)),
        }
    }
}

impl Writer<'_> {
    pub fn tree<C: Asked>(&mut self, tree: &Tree<C>) -> String {
        match tree {
            Tree::All(parts) => self.join(parts, " AND ", "TRUE"),
            Tree::Any(parts) => self.join(parts, " OR ", "FALSE"),
            Tree::Not(inner) => match &**inner {
                Tree::Is(condition) => condition.not_sql(self),
                other => format!("NOT {}", self.tree(other)),
            },
            Tree::Is(condition) => condition.sql(self),
        }
    }

    /// `(a AND b)`; `of_none` where there are no parts.
    fn join<C: Asked>(&mut self, parts: &[Tree<C>], operator: &str, of_none: &str) -> String {
        if parts.is_empty() {
            return of_none.to_owned();
        }
        let parts: Vec<String> = parts.iter().map(|part| self.tree(part)).collect();
        format!("({})", parts.join(operator))
    }

    /// One condition, in parentheses where it is more than a comparison.
    fn customer(&mut self, condition: &Condition) -> String {
        match condition {
            Condition::Number { field, test } => {
                let column = self.column(field.sql());
                self.number(&column, *test)
            }
            Condition::Day { field: DayField::Birthday, test } => self.birthday(test),
            Condition::Day { field, test } => {
                let within = self.day(field.sql(), test);
                if *field == DayField::Registered { within } else { format!("({} <> 0 AND {within})", field.sql()) }
            }
            Condition::Flag { field, is } => self.flag(*field, *is),
            Condition::Text { field, test } => {
                let column = self.text_column(*field);
                self.text(&column, test, |value| field.key(value))
            }
            Condition::Custom { name, test } => {
                let name = self.args.push(Keying::AsWritten.key(name));
                let test = self.text("f.value_key", test, |value| Keying::AsWritten.key(value));
                let rows = Rows::new("customer_fields f", "f.customer_id", format!("f.name_key = ${name} AND {test}"));
                self.some(&rows, true)
            }
            Condition::Has { field, quantifier, of } => self.has(*field, *quantifier, of),
            Condition::HasSome { field } => self.has_some(*field),
            Condition::Orders { how_many, such } => self.orders(*how_many, such),
            Condition::Events { how_many, such } => self.events(*how_many, such),
        }
    }

    fn column(&self, sql: &str) -> String {
        sql.replace("{id}", self.id)
    }

    fn number(&mut self, column: &str, test: NumberTest) -> String {
        match test.bounds() {
            None => "FALSE".to_owned(),
            Some((min, max)) => {
                self.range(column, Some(min).filter(|min| *min > i64::MIN), Some(max).filter(|max| *max < i64::MAX))
            }
        }
    }

    /// The numbers that do not pass.
    fn not_number(&mut self, column: &str, test: NumberTest) -> String {
        match test {
            NumberTest::Below(number) => self.number(column, NumberTest::AtLeast(number)),
            NumberTest::AtMost(number) => self.number(column, NumberTest::Above(number)),
            NumberTest::AtLeast(number) => self.number(column, NumberTest::Below(number)),
            NumberTest::Above(number) => self.number(column, NumberTest::AtMost(number)),
            NumberTest::Equal(_) | NumberTest::Between(..) => format!("NOT {}", self.number(column, test)),
        }
    }

    fn range(&mut self, column: &str, min: Option<i64>, max: Option<i64>) -> String {
        match (min, max) {
            (None, None) => "TRUE".to_owned(),
            (Some(min), None) => format!("({column} >= ${})", self.args.push(min)),
            (None, Some(max)) => format!("({column} <= ${})", self.args.push(max)),
            (Some(min), Some(max)) if min == max => format!("({column} = ${})", self.args.push(min)),
            (Some(min), Some(max)) => format!("({column} BETWEEN ${} AND ${})", self.args.push(min), self.args.push(max)),
        }
    }

    fn flag(&mut self, field: FlagField, is: bool) -> String {
        let Some(purpose) = field.purpose() else {
            return format!("({} = {})", self.column(field.sql()), if is { "TRUE" } else { "FALSE" });
        };
        let newest =
            "NOT EXISTS (SELECT 1 FROM consents n WHERE n.customer_id = k.customer_id AND n.purpose = k.purpose AND n.id > k.id)";
        let granted = format!("k.purpose = '{purpose}' AND k.granted AND {newest}");
        self.some(&Rows::new("consents k", "k.customer_id", granted), is)
    }

    fn text_column(&self, field: TextField) -> String {
        let column = self.column(field.sql());
        match (field, field.holds().0) {
            (TextField::EmailDomain, _) => {
                let at = if self.ask.is_postgres { "STRPOS" } else { "INSTR" };
                format!("SUBSTR({column}, {at}({column}, '@') + 1)")
            }
            // Of A to Z alone on both databases.
            (_, Keying::AsWritten) if self.ask.is_postgres => format!("LOWER({column} COLLATE \"C\")"),
            (_, Keying::AsWritten) => format!("LOWER({column})"),
            _ => column,
        }
    }

    fn text(&mut self, column: &str, test: &TextTest, key: impl Fn(&str) -> String) -> String {
        let (before, text, after) = match test {
            TextTest::OneOf(values) => return self.one_of(column, values.iter().map(|value| key(value)).collect()),
            TextTest::Set => return format!("({column} <> '')"),
            TextTest::Contains(text) => ("%", text, "%"),
            TextTest::StartsWith(text) => ("", text, "%"),
            TextTest::EndsWith(text) => ("%", text, ""),
        };
        let pattern = self.args.push(format!("{before}{}{after}", escape_like(&key(text))));
        format!("({column} LIKE ${pattern} ESCAPE '\\')")
    }

    /// `column IN ($1, $2)`; FALSE of no values, since `IN ()` is not SQL everywhere.
    fn one_of<T: Into<Value>>(&mut self, column: &str, values: BTreeSet<T>) -> String {
        if values.is_empty() {
            return "FALSE".to_owned();
        }
        let places: Vec<String> = values.into_iter().map(|value| format!("${}", self.args.push(value))).collect();
        format!("{column} IN ({})", places.join(", "))
    }

    fn has(&mut self, field: SetField, quantifier: Quantifier, of: &[Ref]) -> String {
        let ids = ids(of);
        let unknown = of.iter().any(|one| matches!(one, Ref::Name(_)));
        let count = ids.len();
        match (quantifier, pairs(field)) {
            (Quantifier::All, _) if unknown => "FALSE".to_owned(),
            (Quantifier::All, _) if count == 0 => "TRUE".to_owned(),
            (Quantifier::All, Some((table, column))) if count > 1 => {
                // The pairs are unique, so as many rows as ids are all of them.
                let within = self.one_of(column, ids);
                self.so_many(&Rows::new(table, "m.customer_id", within), "=", count as u64, true)
            }
            // Nobody has two of what one has one of.
            (Quantifier::All, None) if count > 1 => "FALSE".to_owned(),
            (_, Some(_)) if count == 0 => if quantifier == Quantifier::None { "TRUE" } else { "FALSE" }.to_owned(),
            (_, Some((table, column))) => {
                let within = self.one_of(column, ids);
                self.some(&Rows::new(table, "m.customer_id", within), quantifier != Quantifier::None)
            }
            (_, None) => {
                let any = match field {
                    SetField::Segment => "FALSE".to_owned(),
                    // NULL IN (…) is NULL, and so would be its negation.
                    _ => format!("({} IS NOT NULL AND {})", field.sql(), self.one_of(field.sql(), ids)),
                };
                if quantifier == Quantifier::None { format!("NOT {any}") } else { any }
            }
        }
    }

    fn has_some(&mut self, field: SetField) -> String {
        match (pairs(field), field) {
            (Some((table, _)), _) => self.some(&Rows::new(table, "m.customer_id", "TRUE".to_owned()), true),
            (None, SetField::Segment) => "FALSE".to_owned(),
            (None, _) => format!("({} IS NOT NULL)", field.sql()),
        }
    }
}

/// The table of pairs of a customer and what the customer has many of, and its column.
fn pairs(field: SetField) -> Option<(&'static str, &'static str)> {
    match field {
        SetField::Tag => Some(("customer_tags m", "m.tag_id")),
        SetField::Group => Some(("customer_group_members m", "m.group_id")),
        SetField::PricingGroup | SetField::Branch | SetField::Department | SetField::Segment => None,
    }
}

fn ids(of: &[Ref]) -> BTreeSet<i64> {
    let id = |one: &Ref| match one {
        Ref::Id(id) => Some(*id),
        Ref::Name(_) => None,
    };
    of.iter().filter_map(id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args;

    const SQLITE: Ask = Ask { today: Day(20_000), is_postgres: false, few: false };

    #[test]
    fn reads_as_sql() {
        let rule = Rule::within_days(DayField::LastOrder, 90)
            .and(!Rule::has(SetField::Tag, Quantifier::All, [7, 7, 3]))
            .and(Rule::one_of(TextField::Country, [" de ".into()]));
        let mut args = args!["first"];
        assert_eq!(
            to_sql(&rule, SQLITE, &mut args),
            "((s.last_order_day <> 0 AND (s.last_order_day >= $2)) \
             AND NOT c.id IN (SELECT m.customer_id AS customer_id FROM customer_tags m WHERE m.tag_id IN ($3, $4) \
             GROUP BY m.customer_id HAVING COUNT(*) = $5) \
             AND c.country IN ($6))"
        );
        assert_eq!(args, args!["first", 19_910_i64, 3_i64, 7_i64, 2_i64, "DE"]);
        let mut args = args!["first"];
        assert!(
            to_sql(&rule, Ask { few: true, ..SQLITE }, &mut args).contains(
                "NOT ((SELECT COUNT(*) FROM customer_tags m WHERE m.customer_id = c.id AND m.tag_id IN ($3, $4)) = $5)"
            )
        );
    }
}
