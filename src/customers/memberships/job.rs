//! The job that does what rules say. Each batch looks at its customers anew, under lock, so that what somebody did by hand since
//! the preview counts; a rule that was changed or deleted meanwhile does nothing more.

use super::service::{Evaluated, Rules, by_rule, evaluate_all};
use super::store::{self, By};
use super::{AssignmentRule, Target};
use crate::base::{AppResult, CustomerId, GroupId, Timestamp};
use crate::customers::bulk::Audience;
use crate::office::audit::Change;
use crate::office::jobs::service::{Step, Work};
use crate::office::jobs::store::Job;
use crate::server::{AppState, Tx, internal};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a job keeps: the rules with whom they describe of those who may change.
#[derive(Serialize, Deserialize)]
struct Payload {
    rules: Vec<(AssignmentRule, String)>,
    candidates: String,
}

/// The payload of a job for these rules.
///
/// # Errors
/// When it is not JSON, a fault of ours.
pub(super) fn payload(evaluated: &[Evaluated], candidates: &[i64]) -> AppResult<String> {
    let rules = evaluated.iter().map(|one| (one.rule.clone(), one.among(candidates).encode())).collect();
    let candidates = Audience::new(candidates.iter().copied().map(CustomerId).collect()).encode();
    serde_json::to_string(&Payload { rules, candidates }).map_err(|error| internal(&error))
}

/// Opens the work of a job that was started for certain rules.
///
/// # Errors
/// When its payload is none of ours.
pub fn open(job: &Job) -> AppResult<Box<dyn Work>> {
    let unread = || internal(&"the customers of a job do not read");
    let payload: Payload = serde_json::from_str(&job.payload).map_err(|error| internal(&error))?;
    let candidates = Audience::decode(&payload.candidates).ok_or_else(unread)?;
    let evaluated = payload.rules.into_iter().map(|(rule, matching)| {
        let ids = Audience::decode(&matching).ok_or_else(unread)?;
        Ok(Evaluated::new(rule, ids.ids()))
    });
    Ok(Box::new(Assigning { evaluated: evaluated.collect::<AppResult<_>>()?, candidates }))
}

/// Opens the nightly work: every rule that is switched on.
///
/// # Errors
/// When the database does not answer.
pub async fn open_all(state: &AppState) -> AppResult<Box<dyn Work>> {
    let (evaluated, candidates) = evaluate_all(state).await?;
    let candidates = Audience::new(candidates.into_iter().map(CustomerId).collect());
    Ok(Box::new(Assigning { evaluated, candidates }))
}

struct Assigning {
    evaluated: Vec<Evaluated>,
    candidates: Audience,
}

#[async_trait]
impl Work for Assigning {
    async fn step(&mut self, tx: &Tx, job: &Job, size: usize, now: Timestamp) -> AppResult<Step> {
        let ids = self.candidates.after(job.cursor, size);
        let Some(last) = ids.last().copied() else {
            return Ok(Step { cursor: job.cursor, done: 0, changed: 0, last: true });
        };
        let mut standing = Vec::new();
        for one in &self.evaluated {
            let now = store::find_rule(tx, one.rule.target).await?;
            if now.is_some_and(|now| now == one.rule && now.active) {
                standing.push(one.clone());
            }
        }
        let outcomes = Rules::read(tx, &standing).await?.decide(tx, &ids, true).await?;
        let changed = outcomes.len();
        let mut moves = Moves::default();
        for (id, outcome) in outcomes {
            outcome.enter.into_iter().for_each(|target| moves.enter.entry(target).or_default().push(id));
            outcome.leave.into_iter().for_each(|target| moves.leave.entry(target).or_default().push(id));
            outcome.pricing.into_iter().for_each(|group| moves.pricing.entry(group).or_default().push(id));
        }
        moves.make(tx, job, by_rule(job.staff, now)).await?;
        let count = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
        Ok(Step { cursor: last, done: count(ids.len()), changed: count(changed), last: ids.len() < size })
    }
}

/// Who comes, goes, and gets other prices.
#[derive(Default)]
struct Moves {
    enter: BTreeMap<Target, Vec<i64>>,
    leave: BTreeMap<Target, Vec<i64>>,
    pricing: BTreeMap<GroupId, Vec<i64>>,
}

impl Moves {
    async fn make(self, tx: &Tx, job: &Job, by: By) -> AppResult<()> {
        for (target, ids) in &self.enter {
            store::enter(tx, *target, by, ids).await?;
            audit(tx, job, by, (*target, true), ids).await?;
        }
        for (group, ids) in &self.pricing {
            store::set_pricing(tx, *group, by, ids).await?;
            let name = store::name(tx, Target::Group(*group)).await?.unwrap_or_default();
            let changes: Vec<Change> = Change::of("pricing_group", "", name).into_iter().collect();
            store::audit(tx, job.id, by, "customer.pricing_changed", &changes, ids).await?;
        }
        for (target, ids) in &self.leave {
            store::leave(tx, *target, by, ids).await?;
            audit(tx, job, by, (*target, false), ids).await?;
        }
        Ok(())
    }
}

async fn audit(tx: &Tx, job: &Job, by: By, (target, enters): (Target, bool), ids: &[i64]) -> AppResult<()> {
    let (action, field) = match (target, enters) {
        (Target::Group(_), true) => ("customer.group_added", "groups"),
        (Target::Group(_), false) => ("customer.group_removed", "groups"),
        (Target::Tag(_), true) => ("customer.tagged", "tags"),
        (Target::Tag(_), false) => ("customer.untagged", "tags"),
    };
    let name = store::name(tx, target).await?.unwrap_or_default();
    let (before, after) = if enters { ("", name.as_str()) } else { (name.as_str(), "") };
    let changes: Vec<Change> = Change::of(field, before, after).into_iter().collect();
    Ok(store::audit(tx, job.id, by, action, &changes, ids).await?)
}
