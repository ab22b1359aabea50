//! What refers to a segment. Rooms that come to keep rules add what of theirs does to [`all`].

use super::store::Segment;
use super::{Use, UseKind};
use crate::args;
use crate::base::query::QueryWriter;
use crate::base::{BranchId, Currency, SegmentId};
use crate::customers::audiences;
use crate::customers::list::ListState;
use crate::rules::{Rule, SetField, parse};
use crate::server::{DbResult, Query};
use std::collections::{BTreeMap, BTreeSet};

/// Codes that are switched off as well: they may be switched on again.
const PROMOTIONS: &str = "SELECT segment_id, code FROM promotions WHERE segment_id IS NOT NULL
    UNION SELECT early_segment_id, code FROM promotions WHERE early_segment_id IS NOT NULL ORDER BY 2";
/// Those that are not sold now as well.
const PRODUCTS: &str = "SELECT early_segment_id, sku FROM products WHERE early_segment_id IS NOT NULL ORDER BY sku";

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
    for (kind, sql, page) in [(UseKind::Promotion, PROMOTIONS, "/promotions"), (UseKind::Product, PRODUCTS, "/products")] {
        for (id, name) in q.all::<(i64, String)>(sql, args![]).await? {
            let mut query = QueryWriter::default();
            query.push("q", &name);
            query.push("all", "1");
            let href = format!("{page}?{}", query.finish());
            uses.entry(SegmentId(id)).or_default().push(Use { kind, name, href });
        }
    }
    // Campaigns belong to branches, too.
    if scope.is_none() {
        for campaign in audiences::unsent(q, currency).await? {
            let named = segments.iter().filter(|segment| campaign.names_segment(SegmentId(segment.id), &segment.key));
            for id in named.map(|segment| SegmentId(segment.id)) {
                let (name, href) = (campaign.name.clone(), campaign.href.clone());
                uses.entry(id).or_default().push(Use { kind: UseKind::Campaign, name, href });
            }
        }
    }
    Ok(uses)
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
    rule.ids_of(SetField::Segment).into_iter().map(SegmentId).collect()
}
