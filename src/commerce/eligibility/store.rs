//! The SQL of eligibility.

use super::Member;
use crate::args;
use crate::base::{CustomerId, GroupId, TagId};
use crate::server::{DbResult, Query};

/// Reads a customer's groups and tags, where that was not done before.
///
/// # Errors
/// When the database does not answer.
pub async fn fill(q: &impl Query, customer: CustomerId, member: &mut Member) -> DbResult<()> {
    if member.is_read {
        return Ok(());
    }
    let sql = "SELECT group_id FROM customer_group_members WHERE customer_id = $1";
    let groups: Vec<(i64,)> = q.all(sql, args![customer]).await?;
    let tags: Vec<(i64,)> = q.all("SELECT tag_id FROM customer_tags WHERE customer_id = $1", args![customer]).await?;
    member.groups.extend(groups.into_iter().map(|(id,)| GroupId(id)));
    member.tags.extend(tags.into_iter().map(|(id,)| TagId(id)));
    member.is_read = true;
    Ok(())
}

/// All groups in use, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn groups(q: &impl Query) -> DbResult<Vec<(GroupId, String)>> {
    let rows: Vec<(i64, String)> =
        q.all("SELECT id, name FROM customer_groups WHERE archived_at = 0 ORDER BY name_key", args![]).await?;
    Ok(rows.into_iter().map(|(id, name)| (GroupId(id), name)).collect())
}

/// The names of at most `limit` tags in use.
///
/// # Errors
/// When the database does not answer.
pub async fn tags(q: &impl Query, limit: usize) -> DbResult<Vec<String>> {
    let sql = format!("SELECT name FROM tags WHERE gone_at = 0 ORDER BY name_key LIMIT {limit}");
    Ok(q.all::<(String,)>(&sql, args![]).await?.into_iter().map(|(name,)| name).collect())
}
