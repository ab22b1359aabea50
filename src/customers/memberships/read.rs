//! SQL of what the profile shows of memberships.

use super::{Cause, Exclusion, HistoryLine, HistoryPage, Kind, Membership, Target};
use crate::args;
use crate::base::{CustomerId, GroupId, TagId, Timestamp};
use crate::office::settings::zone::Zone;
use crate::server::{DbResult, Query};

fn target(group: Option<i64>, tag: Option<i64>) -> Target {
    group.map_or(Target::Tag(TagId(tag.unwrap_or_default())), |id| Target::Group(GroupId(id)))
}

type MemberRow = (Option<i64>, Option<i64>, String, Option<i64>, i64, bool, bool, bool);

/// What a customer is in: groups, then tags, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn current(q: &impl Query, customer: CustomerId, zone: Zone) -> DbResult<Vec<Membership>> {
    let groups = "SELECT g.id, CAST(NULL AS BIGINT), g.name, g.hue, m.added_at, m.pinned,
          EXISTS (SELECT 1 FROM assignment_rules r WHERE r.group_id = g.id), c.pricing_group_id = g.id
        FROM customer_group_members m JOIN customer_groups g ON g.id = m.group_id JOIN customers c ON c.id = m.customer_id
        WHERE m.customer_id = $1 ORDER BY g.name_key, g.id";
    let tags = "SELECT CAST(NULL AS BIGINT), t.id, t.name, t.hue, m.added_at, m.pinned,
          EXISTS (SELECT 1 FROM assignment_rules r WHERE r.tag_id = t.id), FALSE
        FROM customer_tags m JOIN tags t ON t.id = m.tag_id WHERE m.customer_id = $1 AND t.gone_at = 0 ORDER BY t.name_key, t.id";
    let mut rows: Vec<MemberRow> = q.all(groups, args![customer]).await?;
    rows.extend(q.all::<MemberRow>(tags, args![customer]).await?);
    let membership = |(group, tag, name, hue, since, pinned, ruled, pricing): MemberRow| Membership {
        target: target(group, tag),
        name,
        hue: hue.and_then(|hue| u8::try_from(hue).ok()),
        since: zone.moment(Timestamp(since)),
        pinned,
        ruled,
        pricing,
    };
    Ok(rows.into_iter().map(membership).collect())
}

type ExclusionRow = (Option<i64>, Option<i64>, String, i64, Option<String>);

/// What rules do not put a customer into.
///
/// # Errors
/// When the database does not answer.
pub async fn exclusions(q: &impl Query, customer: CustomerId, zone: Zone) -> DbResult<Vec<Exclusion>> {
    let groups = "SELECT g.id, CAST(NULL AS BIGINT), g.name, e.at, s.name FROM customer_group_exclusions e
        JOIN customer_groups g ON g.id = e.group_id LEFT JOIN staff s ON s.id = e.staff_id
        WHERE e.customer_id = $1 ORDER BY g.name_key, g.id";
    let tags = "SELECT CAST(NULL AS BIGINT), t.id, t.name, e.at, s.name FROM customer_tag_exclusions e
        JOIN tags t ON t.id = e.tag_id LEFT JOIN staff s ON s.id = e.staff_id
        WHERE e.customer_id = $1 AND t.gone_at = 0 ORDER BY t.name_key, t.id";
    let mut rows: Vec<ExclusionRow> = q.all(groups, args![customer]).await?;
    rows.extend(q.all::<ExclusionRow>(tags, args![customer]).await?);
    let exclusion = |(group, tag, name, at, by): ExclusionRow| Exclusion {
        target: target(group, tag),
        name,
        at: zone.moment(Timestamp(at)),
        by,
    };
    Ok(rows.into_iter().map(exclusion).collect())
}

/// Whether rules leave the pricing group alone.
///
/// # Errors
/// When the database does not answer.
pub async fn is_pricing_pinned(q: &impl Query, customer: CustomerId) -> DbResult<bool> {
    let (pinned,): (bool,) = q.one("SELECT pricing_pinned FROM customers WHERE id = $1", args![customer]).await?;
    Ok(pinned)
}

/// At most `limit` lines of the history, older than the line `before` where one is given; newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn history(
    q: &impl Query,
    customer: CustomerId,
    before: Option<i64>,
    limit: usize,
    zone: Zone,
) -> DbResult<HistoryPage> {
    let rows: Vec<(i64, String, String, bool, String, Option<String>, i64)> = q
        .all(
            "SELECT h.id, h.kind, h.name, h.entered, h.cause, s.name, h.at FROM membership_history h
             LEFT JOIN staff s ON s.id = h.staff_id WHERE h.customer_id = $1 AND h.id < $2 ORDER BY h.id DESC LIMIT $3",
            args![customer, before.unwrap_or(i64::MAX), limit + 1],
        )
        .await?;
    let more = rows.len() > limit;
    let line = |(id, kind, name, entered, cause, by, at): (i64, String, String, bool, String, Option<String>, i64)| HistoryLine {
        id,
        kind: Kind::parse(&kind).unwrap_or(Kind::Group),
        name,
        entered,
        cause: Cause::parse(&cause).unwrap_or(Cause::Import),
        by,
        at: zone.moment(Timestamp(at)),
    };
    Ok(HistoryPage { lines: rows.into_iter().take(limit).map(line).collect(), more })
}
