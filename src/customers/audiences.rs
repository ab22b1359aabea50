//! Which segments and groups campaigns are for whose recipients are not written down yet: they are asked for once more.

use crate::args;
use crate::base::{Currency, GroupId, SegmentId};
use crate::rules::names::resolve;
use crate::rules::{Rule, SetField, parse};
use crate::server::{DbResult, Query};
use serde_json::Value;
use std::collections::BTreeSet;

/// A campaign, and whom its audience names: to write to them, or to leave them out.
#[derive(Clone, Debug, Default)]
pub(super) struct Naming {
    pub name: String,
    pub href: String,
    /// Segments by their keys.
    keys: BTreeSet<String>,
    /// Segments and groups of the rules in it.
    segments: BTreeSet<i64>,
    groups: BTreeSet<i64>,
}

impl Naming {
    pub fn names_segment(&self, id: SegmentId, key: &str) -> bool {
        self.keys.contains(key) || self.segments.contains(&id.0)
    }

    pub fn names_group(&self, id: GroupId) -> bool {
        self.groups.contains(&id.0)
    }
}

/// The campaigns that are written, wait for their time, or are about to find out whom they reach.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn unsent(q: &impl Query, currency: Currency) -> DbResult<Vec<Naming>> {
    let sql = "SELECT id, name, audience FROM campaigns
        WHERE state IN ('draft', 'scheduled', 'sending', 'paused') AND NOT frozen AND deleted_at = 0 ORDER BY id";
    let rows: Vec<(i64, String, String)> = q.all(sql, args![]).await?;
    let mut campaigns = Vec::with_capacity(rows.len());
    for (id, name, audience) in rows {
        let (mut naming, rules) = read(&audience, currency);
        for rule in rules {
            let rule = resolve(q, &rule).await?.rule;
            naming.segments.extend(rule.ids_of(SetField::Segment));
            naming.groups.extend(rule.ids_of(SetField::Group));
        }
        campaigns.push(Naming { name, href: format!("/campaigns/{id}"), ..naming });
    }
    Ok(campaigns)
}

/// What an audience names by itself, and the rules in it that read.
fn read(json: &str, currency: Currency) -> (Naming, Vec<Rule>) {
    let mut naming = Naming::default();
    let audience: Value = serde_json::from_str(json).unwrap_or_default();
    let mut rules = Vec::new();
    for part in ["include", "exclude"].iter().filter_map(|side| audience[side].as_array()).flatten() {
        naming.keys.extend(part["segment"].as_str().map(str::to_owned));
        naming.groups.extend(part["group"].as_i64());
        rules.extend(part["rule"].as_str().and_then(|text| parse(text, currency).ok()));
    }
    (naming, rules)
}
