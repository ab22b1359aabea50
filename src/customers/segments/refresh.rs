//! Finding out anew who is in which segment, and writing down what changed: of a few customers at once, in one transaction.

use super::Cause;
use super::standing::Standing;
use super::store;
use crate::base::{CustomerId, Day, Timestamp};
use crate::rules::facts::matches;
use crate::rules::{load, query};
use crate::server::{DbResult, Tx};
use std::collections::BTreeSet;

/// When it is found out.
#[derive(Clone, Copy, Debug)]
pub(super) struct When {
    pub today: Day,
    pub at: Timestamp,
}

/// Of customers who changed: all segments, by their facts. Yields how many memberships changed.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn customers(tx: &Tx, standing: &[Standing], ids: &[CustomerId], when: When) -> DbResult<i64> {
    let listed = store::hold_listed(tx, ids).await?;
    let facts = load(tx, &listed).await?;
    let members = store::members_among(tx, ids).await?;
    let swept = store::states(tx).await?;
    let nobody = BTreeSet::new();
    let mut changed = 0;
    for one in standing {
        let is: BTreeSet<CustomerId> =
            facts.iter().filter(|(_, facts)| matches(&one.rule, facts, when.today)).map(|(id, _)| *id).collect();
        // A new segment is being filled.
        let filled = swept.get(&one.id).is_some_and(|swept| !swept.swept_rule.is_empty());
        let cause = filled.then_some(Cause::Change);
        changed += write(tx, one, &is, members.get(&one.id).unwrap_or(&nobody), cause, when.at).await?;
    }
    Ok(changed)
}

/// Of customers whom a sweep found to differ: one segment, by SQL. Yields how many memberships changed.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn segment(tx: &Tx, one: &Standing, ids: &[CustomerId], cause: Option<Cause>, when: When) -> DbResult<i64> {
    let listed = store::hold_listed(tx, ids).await?;
    let is = query::matching_of(tx, &one.rule, &listed, when.today).await?.into_iter().collect();
    let was = store::members_of(tx, one.id, ids).await?;
    write(tx, one, &is, &was, cause, when.at).await
}

async fn write(
    tx: &Tx,
    one: &Standing,
    is: &BTreeSet<CustomerId>,
    was: &BTreeSet<CustomerId>,
    cause: Option<Cause>,
    at: Timestamp,
) -> DbResult<i64> {
    let enter: Vec<CustomerId> = is.difference(was).copied().collect();
    let leave: Vec<CustomerId> = was.difference(is).copied().collect();
    store::change(tx, one.id, &enter, true, cause, at).await?;
    store::change(tx, one.id, &leave, false, cause, at).await?;
    Ok(i64::try_from(enter.len() + leave.len()).unwrap_or(i64::MAX))
}
