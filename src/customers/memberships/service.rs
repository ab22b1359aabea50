//! Pins by hand; rules: writing them, whom they would change, and starting the job that does it.

use super::plan::{Applied, Outcome, decide};
use super::store::{self, By};
use super::{
    AssignmentRule, Cause, Changing, HistoryPage, Memberships, RuleForm, RulePreview, RuleView, Target, job, matching, read,
};
use crate::base::{AppError, AppResult, AssignmentRuleId, BranchId, CustomerId, GroupId, JobId, StaffId, Timestamp};
use crate::customers::bulk::Audience;
use crate::customers::index::MemberCounts;
use crate::customers::profile::store::get_visible;
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::office::jobs::kind;
use crate::office::jobs::store::{NewJob, insert};
use crate::office::settings::zone::Zone;
use crate::server::{AppState, Context, DbError, Query, Tx};
use std::collections::{BTreeMap, BTreeSet};

/// Lines of the history on a page.
const PAGE: usize = 30;
/// Customers looked at at once.
const CHUNK: usize = 5_000;
/// Names that a preview tells.
const SAMPLE: usize = 50;

/// What the profile says of a customer's groups and tags.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn view(ctx: &Context, customer: CustomerId) -> AppResult<Memberships> {
    let (db, zone) = (&ctx.state.db, ctx.state.zone());
    let customer = get_visible(db, ctx.scope(), customer).await?;
    Ok(Memberships {
        current: read::current(db, customer, zone).await?,
        exclusions: read::exclusions(db, customer, zone).await?,
        pricing_pinned: read::is_pricing_pinned(db, customer).await?,
        history: read::history(db, customer, None, PAGE, zone).await?,
    })
}

/// Older lines of the history.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn history(q: &impl Query, customer: CustomerId, before: i64, zone: Zone) -> AppResult<HistoryPage> {
    Ok(read::history(q, customer, Some(before), PAGE, zone).await?)
}

/// Pins a membership, or leaves it to the rules again; of one that was taken away by hand: lets the rules give it again.
///
/// # Errors
/// [`AppError::NotFound`] where there is nothing to pin or to let go of.
pub async fn pin(tx: &Tx, actor: &Actor, customer: CustomerId, target: Target, pinned: bool) -> AppResult<()> {
    let name = store::name(tx, target).await?.ok_or(AppError::NotFound)?;
    let is_in = store::pin(tx, customer, target, pinned).await?;
    let readmitted = !is_in && !pinned && store::readmit(tx, customer, target).await?;
    if !(is_in || readmitted) {
        return Err(AppError::NotFound);
    }
    let action = if pinned { "customer.membership_pinned" } else { "customer.membership_unpinned" };
    audit_pin(tx, actor, customer, action, &name).await
}

/// Pins the pricing group, or leaves it to the rules again.
///
/// # Errors
/// When the database does not answer.
pub async fn pin_pricing(tx: &Tx, actor: &Actor, customer: CustomerId, pinned: bool) -> AppResult<()> {
    store::pin_pricing(tx, customer, pinned).await?;
    let action = if pinned { "customer.pricing_pinned" } else { "customer.pricing_unpinned" };
    audit_pin(tx, actor, customer, action, "").await
}

async fn audit_pin(tx: &Tx, actor: &Actor, customer: CustomerId, action: &str, name: &str) -> AppResult<()> {
    let changes: Vec<Change> = Change::of("groups", "", name).into_iter().collect();
    let entry = Entry { action, entity: "customer", entity_id: customer.0, customer: Some(customer), changes: &changes };
    Ok(record(tx, actor, entry).await?)
}

/// How many customers of these branches (`None` is all) are in each group and carry each tag: from the index, by counting until it
/// is ready.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(state: &AppState, scope: Option<&[BranchId]>) -> AppResult<MemberCounts> {
    match state.index.member_counts(scope) {
        Some(counts) => Ok(counts),
        None => Ok(store::count_members(&state.db, scope).await?),
    }
}

/// What the card of a rule shows.
///
/// # Errors
/// [`AppError::NotFound`] for a group or tag that is not there.
pub async fn rule_view(q: &impl Query, target: Target) -> AppResult<RuleView> {
    store::name(q, target).await?.ok_or(AppError::NotFound)?;
    let (pinned, kept_out) = store::count_held(q, target).await?;
    Ok(RuleView { target, rule: find_shown(q, target).await?, pinned, kept_out })
}

/// The rule of a group or tag, as people read it.
async fn find_shown(q: &impl Query, target: Target) -> AppResult<Option<AssignmentRule>> {
    match store::find_rule(q, target).await? {
        Some(rule) => Ok(Some(AssignmentRule { rule: matching::shown(q, &rule.rule).await?, ..rule })),
        None => Ok(None),
    }
}

/// Writes the rule of a group or tag; `version` is that of the one that was read, `None` of a new one.
///
/// # Errors
/// [`AppError::Invalid`] on the field that cannot be; [`AppError::Conflict`] when somebody was faster; [`AppError::NotFound`].
pub async fn save_rule(tx: &Tx, actor: &Actor, target: Target, version: Option<i64>, form: &RuleForm) -> AppResult<()> {
    let (form, priority) = checked(tx, form, target).await?;
    let name = store::name(tx, target).await?.ok_or(AppError::NotFound)?;
    let before = find_shown(tx, target).await?;
    let changed = || AppError::Conflict { message: "assign.changed".into() };
    let id = match (&before, version) {
        (Some(rule), Some(version)) => {
            let written = store::update_rule(tx, (rule.id, version), &form, priority, actor.at).await?;
            if written { rule.id } else { return Err(changed()) }
        }
        (None, None) => store::insert_rule(tx, target, &form, priority, actor.at).await.map_err(|error| match error {
            DbError::Unique(_) => changed(),
            other => other.into(),
        })?,
        _ => return Err(changed()),
    };
    let after = find_shown(tx, target).await?.ok_or(AppError::NotFound)?;
    let action = if before.is_some() { "assignment_rule.changed" } else { "assignment_rule.added" };
    let entry = Entry {
        action,
        entity: "assignment_rule",
        entity_id: id.0,
        customer: None,
        changes: &told(&name, before.as_ref(), &after),
    };
    Ok(record(tx, actor, entry).await?)
}

/// Deletes a rule; whom it put in stays in.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when somebody was faster.
pub async fn delete_rule(tx: &Tx, actor: &Actor, target: Target, version: i64) -> AppResult<()> {
    let name = store::name(tx, target).await?.ok_or(AppError::NotFound)?;
    let rule = find_shown(tx, target).await?.ok_or(AppError::NotFound)?;
    if !store::delete_rule(tx, target, version).await? {
        return Err(AppError::Conflict { message: "assign.changed".into() });
    }
    let changes: Vec<Change> =
        [Change::of("name", &name, ""), Change::of("rule", &rule.rule, "")].into_iter().flatten().collect();
    let action = "assignment_rule.deleted";
    let entry = Entry { action, entity: "assignment_rule", entity_id: rule.id.0, customer: None, changes: &changes };
    Ok(record(tx, actor, entry).await?)
}

async fn checked(q: &impl Query, form: &RuleForm, target: Target) -> AppResult<(RuleForm, i64)> {
    let priority = form.checked_priority(target)?;
    Ok((RuleForm { rule: matching::checked(q, &form.rule).await?, ..form.clone() }, priority))
}

fn told(name: &str, before: Option<&AssignmentRule>, after: &AssignmentRule) -> Vec<Change> {
    let text = |rule: &AssignmentRule| {
        [
            ("rule", rule.rule.clone()),
            ("priority", rule.priority.to_string()),
            ("sets_pricing", rule.sets_pricing.to_string()),
            ("rule_active", rule.active.to_string()),
            ("enters", rule.enters.to_string()),
            ("leaves", rule.leaves.to_string()),
        ]
    };
    let before = before.map(text);
    let of = |(n, (field, after)): (usize, (&str, String))| {
        Change::of(field, before.as_ref().map(|before| before[n].1.clone()).unwrap_or_default(), after)
    };
    Change::of("name", "", name).into_iter().chain(text(after).into_iter().enumerate().filter_map(of)).collect()
}

/// A rule and whom it describes now.
#[derive(Clone, Debug)]
pub struct Evaluated {
    pub rule: AssignmentRule,
    /// Sorted, each once.
    matching: Vec<i64>,
}

impl Evaluated {
    #[must_use]
    pub fn new(rule: AssignmentRule, matching: Vec<CustomerId>) -> Self {
        let mut matching: Vec<i64> = matching.into_iter().map(|id| id.0).collect();
        matching.sort_unstable();
        matching.dedup();
        Self { rule, matching }
    }

    fn describes(&self, customer: i64) -> bool {
        self.matching.binary_search(&customer).is_ok()
    }

    /// Whom it describes of these, as a job keeps them.
    pub(super) fn among(&self, ids: &[i64]) -> Audience {
        Audience::new(ids.iter().copied().filter(|id| self.describes(*id)).map(CustomerId).collect())
    }
}

/// Rules at work: those that were asked for their customers, and the others that are switched on, which have their say about prices.
pub(super) struct Rules<'a> {
    /// By priority.
    all: Vec<(AssignmentRule, Option<&'a Evaluated>)>,
    fallback: Option<GroupId>,
}

impl<'a> Rules<'a> {
    pub async fn read(q: &impl Query, evaluated: &'a [Evaluated]) -> AppResult<Self> {
        let others = store::list_active_rules(q).await?;
        let others = others.into_iter().filter(|rule| evaluated.iter().all(|one| one.rule.target != rule.target));
        let asked = evaluated.iter().map(|one| (one.rule.clone(), Some(one)));
        let mut all: Vec<_> = others.map(|rule| (rule, None)).chain(asked).collect();
        all.sort_by_key(|(rule, _)| (rule.priority, rule.id));
        Ok(Self { all, fallback: store::fallback_group(q).await? })
    }

    /// What happens to each of these customers, who are locked where `lock`: only those to whom something does.
    pub async fn decide(&self, q: &impl Query, ids: &[i64], lock: bool) -> AppResult<Vec<(i64, Outcome)>> {
        let decided = store::standings(q, ids, lock).await?.into_iter().map(|(id, standing)| {
            let applied = |(rule, evaluated): &(AssignmentRule, Option<&Evaluated>)| Applied {
                target: rule.target,
                matches: evaluated.map(|one| one.describes(id)),
                enters: rule.enters,
                leaves: rule.leaves,
                sets_pricing: rule.sets_pricing,
            };
            let rules: Vec<Applied> = self.all.iter().map(applied).collect();
            (id, decide(&standing, &rules, self.fallback.unwrap_or(standing.pricing)))
        });
        Ok(decided.filter(|(_, outcome)| !outcome.is_nothing()).collect())
    }
}

/// Those who may change: described but not in, in but not described, in at other prices. By id.
async fn candidates(q: &impl Query, evaluated: &[Evaluated]) -> AppResult<Vec<i64>> {
    let mut found = BTreeSet::new();
    for one in evaluated {
        let members = store::members(q, one.rule.target).await?;
        let is_in = |id: &i64| members.binary_search_by_key(id, |(member, _)| *member).is_ok();
        if one.rule.enters {
            found.extend(one.matching.iter().copied().filter(|id| !is_in(id)));
        }
        if one.rule.leaves {
            found.extend(members.iter().filter(|(id, pinned)| !pinned && !one.describes(*id)).map(|(id, _)| *id));
        }
        if let (Target::Group(group), true) = (one.rule.target, one.rule.sets_pricing) {
            found.extend(store::with_other_prices(q, group).await?.into_iter().map(|(id,)| id));
        }
    }
    Ok(found.into_iter().collect())
}

/// Whom these rules would change.
///
/// # Errors
/// When the database does not answer.
pub async fn preview(q: &impl Query, evaluated: &[Evaluated]) -> AppResult<RulePreview> {
    let rules = Rules::read(q, evaluated).await?;
    let mut preview =
        RulePreview { matching: count(evaluated.iter().map(|one| one.matching.len()).sum()), ..RulePreview::default() };
    let asked: BTreeSet<Target> = evaluated.iter().map(|one| one.rule.target).collect();
    let mut sample = Vec::new();
    for ids in candidates(q, evaluated).await?.chunks(CHUNK) {
        for (id, outcome) in rules.decide(q, ids, false).await? {
            preview.entering += i64::from(!outcome.enter.is_disjoint(&asked));
            preview.leaving += i64::from(!outcome.leave.is_disjoint(&asked));
            preview.pricing += i64::from(outcome.pricing.is_some());
            if sample.len() < SAMPLE {
                sample.push((id, outcome));
            }
        }
    }
    for one in evaluated {
        preview.held += held(q, one).await?;
    }
    preview.sample = told_sample(q, sample, &asked).await?;
    Ok(preview)
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// How many a rule would change if nobody had wished otherwise.
async fn held(q: &impl Query, one: &Evaluated) -> AppResult<i64> {
    let members = store::members(q, one.rule.target).await?;
    let pinned = members.iter().filter(|(id, pinned)| one.rule.leaves && *pinned && !one.describes(*id)).count();
    let excluded = store::excluded(q, one.rule.target).await?;
    let kept_out = excluded.iter().filter(|(id,)| one.rule.enters && one.describes(*id)).count();
    Ok(count(pinned + kept_out))
}

async fn told_sample(q: &impl Query, sample: Vec<(i64, Outcome)>, asked: &BTreeSet<Target>) -> AppResult<Vec<Changing>> {
    let ids: Vec<i64> = sample.iter().map(|(id, _)| *id).collect();
    let names = store::customer_names(q, &ids).await?;
    let mut groups = BTreeMap::new();
    for group in sample.iter().filter_map(|(_, outcome)| outcome.pricing) {
        groups.insert(group, store::name(q, Target::Group(group)).await?.unwrap_or_default());
    }
    let changing = |(id, outcome): (i64, Outcome)| Changing {
        customer: CustomerId(id),
        name: names.get(&id).cloned().unwrap_or_default(),
        membership: match () {
            () if !outcome.enter.is_disjoint(asked) => Some(true),
            () if !outcome.leave.is_disjoint(asked) => Some(false),
            () => None,
        },
        pricing: outcome.pricing.and_then(|group| groups.get(&group).cloned()),
    };
    Ok(sample.into_iter().map(changing).collect())
}

/// Whom a rule as it is typed would change.
///
/// # Errors
/// [`AppError::Invalid`] on the field that cannot be; [`AppError::NotFound`].
pub async fn preview_typed(state: &AppState, target: Target, form: &RuleForm) -> AppResult<RulePreview> {
    let (form, priority) = checked(&state.db, form, target).await?;
    let known = store::find_rule(&state.db, target).await?;
    store::name(&state.db, target).await?.ok_or(AppError::NotFound)?;
    let RuleForm { rule, sets_pricing, active, enters, leaves, .. } = form;
    let found = matching::matching(state, &rule).await?;
    let (id, version) = known.map_or((AssignmentRuleId(0), 0), |rule| (rule.id, rule.version));
    let rule = AssignmentRule { id, target, rule, priority, sets_pricing, active, enters, leaves, version };
    preview(&state.db, &[Evaluated::new(rule, found)]).await
}

/// Starts the job that does what the rule of a group or tag says.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] for one that is switched off.
pub async fn apply(ctx: &Context, target: Target) -> AppResult<JobId> {
    let rule = store::find_rule(&ctx.state.db, target).await?.ok_or(AppError::NotFound)?;
    if !rule.active {
        return Err(AppError::Conflict { message: "assign.switched_off".into() });
    }
    let found = matching::matching(&ctx.state, &rule.rule).await?;
    start(ctx, &[Evaluated::new(rule, found)]).await
}

/// Starts the job that does what these rules say, which have been evaluated.
///
/// # Errors
/// When the database does not answer.
pub async fn start(ctx: &Context, evaluated: &[Evaluated]) -> AppResult<JobId> {
    let candidates = candidates(&ctx.state.db, evaluated).await?;
    let subject = match evaluated {
        [one] => store::name(&ctx.state.db, one.rule.target).await?.unwrap_or_default(),
        _ => String::new(),
    };
    let payload = job::payload(evaluated, &candidates)?;
    let actor = ctx.actor();
    let total = count(candidates.len());
    let tx = ctx.state.db.begin().await?;
    let staff = Some(ctx.staff.id);
    let new = NewJob { kind: kind::ASSIGN, payload: &payload, subject: &subject, total, staff, undo_of: None };
    let id = insert(&tx, new, actor.at).await?;
    let changes: Vec<Change> = Change::of("name", "", &subject).into_iter().collect();
    let entry = Entry { action: "job.started", entity: "job", entity_id: id.0, customer: None, changes: &changes };
    record(&tx, &actor, entry).await?;
    tx.commit().await?;
    ctx.state.job_added.notify_one();
    Ok(id)
}

/// Evaluates every rule that is switched on; those that do not read any more are passed over.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn evaluate_all(state: &AppState) -> AppResult<(Vec<Evaluated>, Vec<i64>)> {
    let mut evaluated = Vec::new();
    for rule in store::list_active_rules(&state.db).await? {
        match matching::matching(state, &rule.rule).await {
            Ok(found) => evaluated.push(Evaluated::new(rule, found)),
            Err(AppError::Invalid { message, .. }) => tracing::warn!(rule = %rule.id, message, "a rule does not read"),
            Err(error) => return Err(error),
        }
    }
    let candidates = candidates(&state.db, &evaluated).await?;
    Ok((evaluated, candidates))
}

/// The cause of what jobs of rules do.
pub(super) fn by_rule(staff: Option<StaffId>, at: Timestamp) -> By {
    By { cause: Cause::Rule, staff, at }
}
