//! Whole statements: whom a rule describes, how many they are, which of a few.
//!
//! Customers who were merged or anonymised are in no list. Where a rule asks nothing of `customers`, the statement reads the
//! narrow rows of `customer_stats`, or one of its indexes, and leaves out these few by theirs.

use super::sql::{Ask, FROM, Writer};
use super::{Condition, Rule};
use crate::base::{BranchId, CustomerId, Day};
use crate::server::db::dialect::numbers_of_json;
use crate::server::{Args, DbResult, Query};

/// A statement without what it selects: `FROM … WHERE …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The column of the customer's id.
    pub id: &'static str,
    pub from: String,
    pub args: Args,
}

/// All customers whom a rule describes, which has been expanded. `scope`: the branches whose customers exist for the asker.
#[must_use]
pub fn found(rule: &Rule, scope: Option<&[BranchId]>, ask: Ask) -> Found {
    let scoped = scope.map(|branches| {
        let ids = branches.iter().map(|branch| branch.0);
        Rule::has(super::SetField::Branch, super::Quantifier::Any, ids).and(rule.clone())
    });
    let rule = scoped.as_ref().unwrap_or(rule);
    let written = |id| {
        let mut args = Args::default();
        let condition = Writer { ask, args: &mut args, id }.tree(rule);
        (condition, args)
    };
    let (condition, args) = written("c.id");
    let asks_stats = mentions(&condition, "s.");
    // Everything but the id itself.
    let asks_customers = mentions(&condition.replace("c.id", ""), "c.");
    let alive = "c.merged_into_id IS NULL AND c.anonymised_at IS NULL";
    match (asks_customers, asks_stats) {
        (true, true) => Found { id: "c.id", from: format!("FROM {FROM} WHERE {alive} AND {condition}"), args },
        (true, false) => Found { id: "c.id", from: format!("FROM customers c WHERE {alive} AND {condition}"), args },
        (false, _) => {
            let (condition, args) = written("s.customer_id");
            let gone = |column: &str| {
                if ask.is_postgres {
                    format!("NOT EXISTS (SELECT 1 FROM customers x WHERE x.id = s.customer_id AND x.{column} IS NOT NULL)")
                } else {
                    format!("s.customer_id NOT IN (SELECT x.id FROM customers x WHERE x.{column} IS NOT NULL)")
                }
            };
            let (merged, anonymised) = (gone("merged_into_id"), gone("anonymised_at"));
            Found {
                id: "s.customer_id",
                from: format!("FROM customer_stats s WHERE {condition} AND {merged} AND {anonymised}"),
                args,
            }
        }
    }
}

/// How many customers a rule describes.
///
/// # Errors
/// When the database does not answer.
pub async fn count(q: &impl Query, rule: &Rule, scope: Option<&[BranchId]>, today: Day) -> DbResult<u64> {
    let found = found(rule, scope, Ask::everyone(q, today));
    let count = q.integer(&format!("SELECT COUNT(*) {}", found.from), found.args).await?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Whom a rule describes, by ascending id.
///
/// # Errors
/// When the database does not answer.
pub async fn matching(q: &impl Query, rule: &Rule, scope: Option<&[BranchId]>, today: Day) -> DbResult<Vec<CustomerId>> {
    let Found { id, from, args } = found(rule, scope, Ask::everyone(q, today));
    let rows: Vec<(i64,)> = q.all(&format!("SELECT {id} {from} ORDER BY {id}"), args).await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId(id)).collect())
}

/// The ids of those of whom a condition holds, or, with `false`, of whom it does not; among them may be some who are in no list.
///
/// # Errors
/// When the database does not answer.
pub async fn ids(q: &impl Query, condition: &Condition, today: Day) -> DbResult<(Vec<u32>, bool)> {
    let ask = Ask::everyone(q, today);
    let mut args = Args::default();
    let (sql, args, is) = match (Writer { ask, args: &mut args, id: "s.customer_id" }).set(condition) {
        Some((sql, is)) => (sql, args, is),
        None => {
            let Found { id, from, args } = found(&Rule::Is(condition.clone()), None, ask);
            (format!("SELECT {id} AS customer_id {from}"), args, true)
        }
    };
    Ok((many_ids(q, &sql, args).await?, is))
}

/// The ids that a statement yields as `customer_id`, as one text: a row for each of a million would cost ten times as much.
///
/// # Errors
/// When the database does not answer.
pub async fn many_ids(q: &impl Query, sql: &str, args: Args) -> DbResult<Vec<u32>> {
    let joined = if q.is_postgres() { "STRING_AGG(CAST(customer_id AS TEXT), ',')" } else { "GROUP_CONCAT(customer_id)" };
    let row: Option<(Option<String>,)> = q.optional(&format!("SELECT {joined} FROM ({sql}) found"), args).await?;
    let text = row.and_then(|(text,)| text).unwrap_or_default();
    Ok(text.split(',').filter_map(|id| id.parse().ok()).collect())
}

/// Which of a few customers a rule describes, by ascending id.
///
/// # Errors
/// When the database does not answer.
pub async fn matching_of(q: &impl Query, rule: &Rule, of: &[CustomerId], today: Day) -> DbResult<Vec<CustomerId>> {
    let Found { id, from, mut args } = found(rule, None, Ask::few(q, today));
    let these = args.push(serde_json::Value::from(of.iter().map(|id| id.0).collect::<Vec<_>>()).to_string());
    let these = numbers_of_json(q, &format!("${these}"));
    let rows: Vec<(i64,)> = q.all(&format!("SELECT {id} {from} AND {id} IN ({these}) ORDER BY {id}"), args).await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId(id)).collect())
}

/// Whether a column of this alias stands in a condition: no other name ends like it, and values are binds.
fn mentions(condition: &str, alias: &str) -> bool {
    condition.match_indices(alias).any(|(at, _)| !condition[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}
