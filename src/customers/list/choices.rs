//! What filters are chosen from.

use super::{Choices, SegmentKey};
use crate::args;
use crate::base::{BranchId, GroupId, TagId};
use crate::server::{DbResult, Query};

/// Groups, tags, branches and segments by name; of the branches only those that exist for the asker.
///
/// # Errors
/// When the database does not answer.
pub async fn read(q: &impl Query, scope: Option<&[BranchId]>) -> DbResult<Choices> {
    let groups: Vec<(i64, String)> =
        q.all("SELECT id, name FROM customer_groups WHERE archived_at = 0 ORDER BY name_key, id", args![]).await?;
    let tags: Vec<(i64, String)> =
        q.all("SELECT id, name FROM tags WHERE gone_at = 0 ORDER BY name_key, id LIMIT 1000", args![]).await?;
    let branches: Vec<(i64, String)> = q.all("SELECT id, name FROM branches ORDER BY name, id", args![]).await?;
    let segments: Vec<(String, String)> =
        q.all("SELECT key, name FROM segments WHERE kind = 'own' AND NOT archived ORDER BY name_key, id", args![]).await?;
    let visible = |id: i64| scope.is_none_or(|scope| scope.contains(&BranchId(id)));
    Ok(Choices {
        groups: groups.into_iter().map(|(id, name)| (GroupId(id), name)).collect(),
        tags: tags.into_iter().map(|(id, name)| (TagId(id), name)).collect(),
        branches: branches.into_iter().filter(|(id, _)| visible(*id)).map(|(id, name)| (BranchId(id), name)).collect(),
        segments: segments.into_iter().filter_map(|(key, name)| Some((SegmentKey::parse(&key)?, name))).collect(),
        ..Choices::default()
    })
}
