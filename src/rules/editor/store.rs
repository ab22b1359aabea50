//! SQL of what is shown of those whom a rule describes, which has been expanded.

use super::{SAMPLE, Sample};
use crate::base::{BranchId, CustomerId, Day};
use crate::customers::name::display_name;
use crate::rules::query::{Found, count, found};
use crate::rules::sql::{Ask, FROM};
use crate::rules::{FlagField, Rule};
use crate::server::{DbResult, Query};

/// How many they are, and what they spent together.
///
/// # Errors
/// When the database does not answer.
pub async fn count_and_spent(q: &impl Query, rule: &Rule, scope: Option<&[BranchId]>, today: Day) -> DbResult<(u64, i64)> {
    let Found { from, args, .. } = found(rule, scope, Ask::everyone(q, today));
    // What asks nothing of the statistics goes without them.
    let from = from.replacen("FROM customers c WHERE", &format!("FROM {FROM} WHERE"), 1);
    let sql = format!("SELECT COUNT(*), CAST(COALESCE(SUM(s.spent_minor), 0) AS BIGINT) {from}");
    let (count, spent): (i64, i64) = q.one(&sql, args).await?;
    Ok((u64::try_from(count).unwrap_or_default(), spent))
}

/// How many of them may be written to with marketing by email.
///
/// # Errors
/// When the database does not answer.
pub async fn count_consenting(q: &impl Query, rule: &Rule, scope: Option<&[BranchId]>, today: Day) -> DbResult<u64> {
    count(q, &rule.clone().and(Rule::flag(FlagField::MarketingEmail, true)), scope, today).await
}

/// How many customers exist for the asker.
///
/// # Errors
/// When the database does not answer.
pub async fn count_all(q: &impl Query, scope: Option<&[BranchId]>, today: Day) -> DbResult<u64> {
    count(q, &Rule::everyone(), scope, today).await
}

/// The newest of them.
///
/// # Errors
/// When the database does not answer.
pub async fn sample(q: &impl Query, rule: &Rule, scope: Option<&[BranchId]>, today: Day) -> DbResult<Vec<Sample>> {
    let Found { id, from, mut args } = found(rule, scope, Ask::everyone(q, today));
    let limit = args.push(SAMPLE);
    let sql = format!(
        "SELECT shown.id, shown.first_name, shown.last_name, shown.company, shown.email FROM customers shown
         WHERE shown.id IN (SELECT {id} {from} ORDER BY {id} DESC LIMIT ${limit}) ORDER BY shown.id DESC"
    );
    let rows: Vec<(i64, String, String, String, String)> = q.all(&sql, args).await?;
    let sample = |(id, first, last, company, email): (i64, String, String, String, String)| Sample {
        id: CustomerId(id),
        name: display_name(&first, &last, &company, &email),
        email,
    };
    Ok(rows.into_iter().map(sample).collect())
}
