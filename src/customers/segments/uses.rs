//! What refers to a segment. Rooms that come to keep rules add what of theirs does to [`all`].

use super::store::Segment;
use super::{Use, UseKind};
use crate::args;
use crate::base::{BranchId, Currency, SegmentId};
use crate::customers::list::ListState;
use crate::rules::names::resolve as resolve_names;
use crate::rules::{Condition, Ref, Rule, SetField, parse};
use crate::server::{DbResult, Query};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What refers to one segment, as far as somebody who sees these branches only (`None`: all of them) may know.
///
/// # Errors
/// When the database does not answer.
pub async fn used_by(
    q: &impl Query,
    currency: Currency,
    segments: &[Segment],
    id: SegmentId,
    scope: Option<&[BranchId]>,
) -> DbResult<Vec<Use>> {
    Ok(all(q, currency, segments, scope).await?.remove(&id).unwrap_or_default())
}

/// What refers to each segment; `segments` are all there are.
pub(super) async fn all(
    q: &impl Query,
    currency: Currency,
    segments: &[Segment],
    scope: Option<&[BranchId]>,
) -> DbResult<BTreeMap<SegmentId, Vec<Use>>> {
    let mut uses: BTreeMap<SegmentId, Vec<Use>> = BTreeMap::new();
    for segment in segments.iter().filter(|segment| !segment.archived && !segment.is_built_in()) {
        for id in refers_to(&segment.rule, currency, segments) {
            let named = segment.named();
            uses.entry(id).or_default().push(Use { kind: UseKind::Segment, href: named.href(), name: named.name });
        }
    }
    for (rule, using) in assignments(q).await? {
        for id in refers_to(&rule, currency, segments) {
            uses.entry(id).or_default().push(using.clone());
        }
    }
    // Campaigns belong to branches, too.
    if scope.is_none() {
        campaigns(q, currency, segments, &mut uses).await?;
    }
    Ok(uses)
}

/// Adds the campaigns whose recipients are not written down yet.
async fn campaigns(
    q: &impl Query,
    currency: Currency,
    segments: &[Segment],
    uses: &mut BTreeMap<SegmentId, Vec<Use>>,
) -> DbResult<()> {
    let sql = "SELECT id, name, audience FROM campaigns
        WHERE state IN ('draft', 'scheduled', 'sending', 'paused') AND NOT frozen AND deleted_at = 0 ORDER BY id";
    let rows: Vec<(i64, String, String)> = q.all(sql, args![]).await?;
    for (id, name, audience) in rows {
        let using = Use { kind: UseKind::Campaign, name, href: format!("/campaigns/{id}") };
        for segment in of_audience(q, currency, segments, &audience).await? {
            uses.entry(segment).or_default().push(using.clone());
        }
    }
    Ok(())
}

/// The segments that an audience names: by their keys, or in the rules in it.
async fn of_audience(q: &impl Query, currency: Currency, segments: &[Segment], json: &str) -> DbResult<BTreeSet<SegmentId>> {
    let audience: Value = serde_json::from_str(json).unwrap_or_default();
    let (mut found, mut rules) = (BTreeSet::new(), Vec::new());
    for part in ["include", "exclude"].iter().filter_map(|side| audience[side].as_array()).flatten() {
        if let Some(key) = part["segment"].as_str() {
            found.extend(segments.iter().find(|segment| segment.key == key).map(|segment| SegmentId(segment.id)));
        }
        rules.extend(part["rule"].as_str().and_then(|text| parse(text, currency).ok()));
    }
    for rule in rules {
        found.extend(ids_in(&resolve_names(q, &rule).await?.rule));
    }
    Ok(found)
}

type AssignmentRow = (String, Option<i64>, Option<String>, Option<String>);

/// The rules for groups and tags.
async fn assignments(q: &impl Query) -> DbResult<Vec<(String, Use)>> {
    let sql = "SELECT r.rule, g.id, g.name, t.name FROM assignment_rules r LEFT JOIN customer_groups g ON g.id = r.group_id
      LEFT JOIN tags t ON t.id = r.tag_id ORDER BY r.id";
    let rows: Vec<AssignmentRow> = q.all(sql, args![]).await?;
    let using = |(rule, group, group_name, tag): AssignmentRow| match group {
        Some(id) => {
            let name = group_name.unwrap_or_default();
            (rule, Use { kind: UseKind::Group, name, href: format!("/groups/{id}") })
        }
        None => (rule, Use { kind: UseKind::Tag, name: tag.unwrap_or_default(), href: "/tags".into() }),
    };
    Ok(rows.into_iter().map(using).collect())
}

/// The segments that a rule names, or that the query of a customer list does.
fn refers_to(text: &str, currency: Currency, segments: &[Segment]) -> BTreeSet<SegmentId> {
    if let Ok(rule) = parse(text, currency) {
        return ids_in(&rule);
    }
    // As rules for groups and tags were before there was the language.
    let key = ListState::parse(text).0.filters.segment;
    let found = segments.iter().find(|segment| key.as_ref().is_some_and(|key| key.code() == segment.key));
    found.map(|segment| SegmentId(segment.id)).into_iter().collect()
}

/// The segments that stand in a rule by their ids.
pub(super) fn ids_in(rule: &Rule) -> BTreeSet<SegmentId> {
    let ids = rule.conditions().into_iter().filter_map(|condition| match condition {
        Condition::Has { field: SetField::Segment, of, .. } => Some(of),
        _ => None,
    });
    let ids = ids.flatten().filter_map(|one| match one {
        Ref::Id(id) => Some(SegmentId(*id)),
        Ref::Name(_) => None,
    });
    ids.collect()
}
