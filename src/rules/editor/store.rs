//! SQL of what is shown of those whom a rule describes, which has been expanded.

use super::{SAMPLE, Sample};
use crate::args;
use crate::base::{BranchId, CustomerId, Day};
use crate::customers::index::Figures;
use crate::customers::name::display_name;
use crate::rules::query::{Found, count, found};
use crate::rules::sql::{Ask, FROM};
use crate::rules::{FlagField, Rule};
use crate::server::db::dialect::numbers_of_json;
use crate::server::{DbResult, Query};

/// The figures of a rule by the database alone, for as long as the index is not ready.
///
/// # Errors
/// When the database does not answer.
pub async fn figures(q: &impl Query, rule: &Rule, scope: Option<&[BranchId]>, today: Day) -> DbResult<Figures> {
    let consenting = rule.clone().and(Rule::flag(FlagField::MarketingEmail, true));
    let everyone = Rule::everyone();
    let ((count, spent), consenting, all, newest) = tokio::try_join!(
        count_and_spent(q, rule, scope, today),
        count(q, &consenting, scope, today),
        count(q, &everyone, scope, today),
        newest(q, rule, scope, today),
    )?;
    Ok(Figures { count, spent, consenting, all, newest })
}

async fn count_and_spent(q: &impl Query, rule: &Rule, scope: Option<&[BranchId]>, today: Day) -> DbResult<(u64, i64)> {
    let Found { from, args, .. } = found(rule, scope, Ask::everyone(q, today));
    // What asks nothing of the statistics goes without them.
    let from = from.replacen("FROM customers c WHERE", &format!("FROM {FROM} WHERE"), 1);
    let sql = format!("SELECT COUNT(*), CAST(COALESCE(SUM(s.spent_minor), 0) AS BIGINT) {from}");
    let (count, spent): (i64, i64) = q.one(&sql, args).await?;
    Ok((u64::try_from(count).unwrap_or_default(), spent))
}

async fn newest(q: &impl Query, rule: &Rule, scope: Option<&[BranchId]>, today: Day) -> DbResult<Vec<CustomerId>> {
    let Found { id, from, mut args } = found(rule, scope, Ask::everyone(q, today));
    let limit = args.push(SAMPLE);
    let rows: Vec<(i64,)> = q.all(&format!("SELECT {id} {from} ORDER BY {id} DESC LIMIT ${limit}"), args).await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId(id)).collect())
}

/// These customers as the sample shows them, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn shown(q: &impl Query, ids: &[CustomerId]) -> DbResult<Vec<Sample>> {
    let json = serde_json::Value::from(ids.iter().map(|id| id.0).collect::<Vec<_>>()).to_string();
    let sql = format!(
        "SELECT id, first_name, last_name, company, email FROM customers WHERE id IN ({}) ORDER BY id DESC",
        numbers_of_json(q, "$1")
    );
    let rows: Vec<(i64, String, String, String, String)> = q.all(&sql, args![json]).await?;
    let sample = |(id, first, last, company, email): (i64, String, String, String, String)| Sample {
        id: CustomerId(id),
        name: display_name(&first, &last, &company, &email),
        email,
    };
    Ok(rows.into_iter().map(sample).collect())
}
