//! A rule as an SQL condition over the aliases `c` (customers) and `s` (customer_stats), the same text for both databases.
//!
//! Every value is a bind, every column is named here. A condition is TRUE or FALSE, never NULL, so that `NOT` means the others.

use super::{Condition, DayBound, DayField, FlagField, NumberField, Quantifier, Rule, TextField};
use crate::base::Day;
use crate::server::db::{Args, Value};
use std::collections::BTreeSet;

/// The condition that a customer is one of those that `rule` describes when today is `today`. Its binds are added to `args`.
/// The rule has passed [`validate`](super::validate): a larger one may be more than the database takes.
#[must_use]
pub fn to_sql(rule: &Rule, today: Day, args: &mut Args) -> String {
    match rule {
        Rule::All(parts) => join(parts, " AND ", "TRUE", today, args),
        Rule::Any(parts) => join(parts, " OR ", "FALSE", today, args),
        Rule::Not(inner) => format!("NOT {}", to_sql(inner, today, args)),
        Rule::Is(condition) => condition_sql(condition, today, args),
    }
}

/// `(a AND b)`; `of_none` where there are no parts.
fn join(parts: &[Rule], operator: &str, of_none: &str, today: Day, args: &mut Args) -> String {
    if parts.is_empty() {
        return of_none.to_owned();
    }
    let parts: Vec<String> = parts.iter().map(|part| to_sql(part, today, args)).collect();
    format!("({})", parts.join(operator))
}

/// One condition, in parentheses where it is more than a comparison.
fn condition_sql(condition: &Condition, today: Day, args: &mut Args) -> String {
    match condition {
        Condition::Number { field, min, max } => range(number_column(*field), *min, *max, args),
        Condition::Day { field, from, to } => day_range(*field, *from, *to, today, args),
        Condition::Never { field: DayField::Registered } => "FALSE".to_owned(),
        Condition::Never { field } => format!("({} = 0)", day_column(*field)),
        Condition::Flag { field, is } => format!("({} = {})", flag_column(*field), if *is { "TRUE" } else { "FALSE" }),
        Condition::Text { field, one_of } => {
            let keys: BTreeSet<String> = one_of.iter().map(|value| field.key(value)).collect();
            one_of_sql(text_column(*field), keys, args)
        }
        Condition::Tags { quantifier, tags } => membership(&TAGS, *quantifier, tags.iter().map(|id| id.0).collect(), args),
        Condition::Groups { quantifier, groups } => {
            membership(&GROUPS, *quantifier, groups.iter().map(|id| id.0).collect(), args)
        }
        Condition::Branch { one_of } => {
            let ids: BTreeSet<i64> = one_of.iter().map(|id| id.0).collect();
            // NULL IN (…) is NULL, and so would be its negation.
            format!("(c.branch_id IS NOT NULL AND {})", one_of_sql("c.branch_id", ids, args))
        }
    }
}

fn range(column: &str, min: Option<i64>, max: Option<i64>, args: &mut Args) -> String {
    match (min, max) {
        (None, None) => "TRUE".to_owned(),
        (Some(min), None) => format!("({column} >= ${})", args.push(min)),
        (None, Some(max)) => format!("({column} <= ${})", args.push(max)),
        (Some(min), Some(max)) => format!("({column} BETWEEN ${} AND ${})", args.push(min), args.push(max)),
    }
}

fn day_range(field: DayField, from: Option<DayBound>, to: Option<DayBound>, today: Day, args: &mut Args) -> String {
    let column = day_column(field);
    let bound = |bound: Option<DayBound>| bound.map(|bound| i64::from(bound.resolve(today).0));
    let within = range(column, bound(from), bound(to), args);
    match field {
        DayField::Registered => within,
        DayField::FirstOrder | DayField::LastOrder => format!("({column} <> 0 AND {within})"),
    }
}

/// `column IN ($1, $2)`; FALSE of no values, since `IN ()` is not SQL everywhere.
fn one_of_sql<T: Into<Value>>(column: &str, values: BTreeSet<T>, args: &mut Args) -> String {
    if values.is_empty() {
        return "FALSE".to_owned();
    }
    format!("{column} IN ({})", placeholders(values, args))
}

fn placeholders<T: Into<Value>>(values: BTreeSet<T>, args: &mut Args) -> String {
    let places: Vec<String> = values.into_iter().map(|value| format!("${}", args.push(value))).collect();
    places.join(", ")
}

/// A table of pairs of a customer and what the customer has.
struct Membership {
    table: &'static str,
    column: &'static str,
}

const TAGS: Membership = Membership { table: "customer_tags", column: "tag_id" };
const GROUPS: Membership = Membership { table: "customer_group_members", column: "group_id" };

fn membership(of: &Membership, quantifier: Quantifier, ids: BTreeSet<i64>, args: &mut Args) -> String {
    let Membership { table, column } = of;
    let count = ids.len();
    if count == 0 {
        return if quantifier == Quantifier::Any { "FALSE" } else { "TRUE" }.to_owned();
    }
    let rows = format!("FROM {table} m WHERE m.customer_id = c.id AND m.{column} IN ({})", placeholders(ids, args));
    match quantifier {
        Quantifier::Any => format!("EXISTS (SELECT 1 {rows})"),
        Quantifier::None => format!("NOT EXISTS (SELECT 1 {rows})"),
        // The pairs are unique, so as many rows as ids are all of them.
        Quantifier::All => format!("((SELECT COUNT(*) {rows}) = ${})", args.push(count)),
    }
}

fn number_column(field: NumberField) -> &'static str {
    match field {
        NumberField::OrdersCount => "s.orders_count",
        NumberField::TotalSpent => "s.spent_minor",
        NumberField::AverageOrderValue => "s.aov_minor",
        NumberField::StoreCredit => "s.credit_minor",
        NumberField::Points => "s.points",
        NumberField::Visits => "s.visits_count",
    }
}

/// Days of orders are 0 where there is none.
fn day_column(field: DayField) -> &'static str {
    match field {
        DayField::Registered => "c.registered_day",
        DayField::FirstOrder => "s.first_order_day",
        DayField::LastOrder => "s.last_order_day",
    }
}

fn flag_column(field: FlagField) -> &'static str {
    match field {
        FlagField::Blocked => "(c.account_status = 'blocked')",
        FlagField::EmailConfirmed => "c.email_confirmed",
        FlagField::MarketingEmail => "c.marketing_email",
        FlagField::MarketingSms => "c.marketing_sms",
    }
}

fn text_column(field: TextField) -> &'static str {
    match field {
        TextField::Country => "c.country",
        TextField::Region => "c.region_key",
        TextField::City => "c.city_key",
        TextField::Source => "c.source",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args;
    use crate::base::TagId;

    #[test]
    fn reads_as_sql() {
        let rule = Rule::within_days(DayField::LastOrder, 90)
            .and(!Rule::Is(Condition::Tags { quantifier: Quantifier::All, tags: vec![TagId(7), TagId(7), TagId(3)] }))
            .and(Rule::Is(Condition::Text { field: TextField::Country, one_of: vec![" de ".into()] }));
        let mut args = args!["first"];
        assert_eq!(
            to_sql(&rule, Day(20_000), &mut args),
            "((s.last_order_day <> 0 AND (s.last_order_day >= $2)) \
             AND NOT ((SELECT COUNT(*) FROM customer_tags m WHERE m.customer_id = c.id AND m.tag_id IN ($3, $4)) = $5) \
             AND c.country IN ($6))"
        );
        assert_eq!(args, args!["first", 19_910_i64, 3_i64, 7_i64, 2_i64, "DE"]);
    }
}
