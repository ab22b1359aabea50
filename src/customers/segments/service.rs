//! Segments as staff keep them: list, make, change, archive.

use super::figures::{self, Whom};
use super::standing::{asks_events, kept};
use super::store::{self, Segment};
use super::{DaySize, Figures, LIST_DAYS, PAGE_DAYS, SegmentForm, SegmentRow, SegmentView, Segments, UseKind, uses};
use crate::base::i18n::message;
use crate::base::text::normalise;
use crate::base::{AppError, AppResult, BranchId, Currency, Day, SegmentId, Timestamp};
use crate::customers::list::ListState;
use crate::customers::list::service::{meanings, thresholds};
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::office::settings::section::{Section, merge};
use crate::rules::names::{Meanings, named, resolve};
use crate::rules::{Condition, Quantifier, Rule, SetField, parse, print, query, validate};
use crate::server::{AppState, DbError, DbResult, Query, Tx};
use std::collections::BTreeMap;

/// All segments with their sizes.
///
/// # Errors
/// When the database does not answer.
pub async fn list(state: &AppState, scope: Option<&[BranchId]>) -> AppResult<Segments> {
    let (db, currency, today) = (&state.db, state.settings().base_currency, state.today());
    let segments = store::list(db).await?;
    let meanings = meanings(db, &state.settings()).await?;
    let mut days = store::days(db, None, Day(today.0 - LIST_DAYS)).await?;
    let uses = uses::all(db, currency, &segments, scope).await?;
    let sizes = sizes(db, state, scope, &segments, &meanings).await?;
    let mut rows = Vec::new();
    for segment in &segments {
        let id = SegmentId(segment.id);
        let rule = named(db, &kept(segment, &meanings, currency)).await?;
        rows.push(SegmentRow {
            name: segment.named(),
            description: segment.description.clone(),
            rule: print(&rule, currency),
            members: sizes.get(&id).map_or(0, |size| size.members),
            // Of all branches: no figure for somebody who sees some.
            trend: if scope.is_none() { days.remove(&id).unwrap_or_default() } else { Vec::new() },
            uses: uses.get(&id).map_or(0, Vec::len),
            archived: segment.archived,
        });
    }
    Ok(Segments { rows, customers: everyone(state, scope).await? })
}

async fn everyone(state: &AppState, scope: Option<&[BranchId]>) -> DbResult<i64> {
    let count = query::count(&state.db, &Rule::everyone(), scope, state.today()).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// How many are in a segment, and whether that is settled: otherwise its rule was counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub members: i64,
    pub settled: bool,
}

/// The sizes of these segments: as they are kept; counted where a sweep is yet to come.
pub(super) async fn sizes(
    q: &impl Query,
    state: &AppState,
    scope: Option<&[BranchId]>,
    segments: &[Segment],
    meanings: &Meanings,
) -> AppResult<BTreeMap<SegmentId, Size>> {
    let currency = state.settings().base_currency;
    let swept = store::states(q).await?;
    let scoped = match scope {
        Some(branches) => Some(store::count_scoped(q, branches).await?),
        None => None,
    };
    let mut sizes = BTreeMap::new();
    for segment in segments {
        let id = SegmentId(segment.id);
        let swept = swept.get(&id).cloned().unwrap_or_default();
        let rule = meanings.segments.get(&segment.id).and_then(|rule| meanings.expand(rule).ok());
        let settled = rule.as_ref().is_none_or(|rule| swept.swept_rule == print(rule, currency)) || segment.archived;
        let members = match (rule, &scoped) {
            (Some(rule), _) if !settled => {
                let count = query::count(q, &rule, scope, state.today()).await?;
                i64::try_from(count).unwrap_or(i64::MAX)
            }
            (_, Some(scoped)) => scoped.get(&id).copied().unwrap_or_default(),
            (_, None) => swept.members,
        };
        sizes.insert(id, Size { members, settled });
    }
    Ok(sizes)
}

/// A segment on its page.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn view(state: &AppState, scope: Option<&[BranchId]>, id: SegmentId) -> AppResult<SegmentView> {
    let (db, currency, today) = (&state.db, state.settings().base_currency, state.today());
    let segments = store::list(db).await?;
    let segment = segments.iter().find(|segment| segment.id == id.0).ok_or(AppError::NotFound)?;
    let meanings = meanings(db, &state.settings()).await?;
    let size = sizes(db, state, scope, std::slice::from_ref(segment), &meanings).await?.remove(&id);
    let size = size.unwrap_or(Size { members: 0, settled: true });
    let customers = everyone(state, scope).await?;
    let mut trend = match scope {
        None => store::days(db, Some(id), Day(today.0 - PAGE_DAYS)).await?.remove(&id).unwrap_or_default(),
        Some(_) => Vec::new(),
    };
    if scope.is_none() && !segment.archived {
        trend.retain(|size| size.day != today);
        trend.push(DaySize { day: today, members: size.members, customers });
    }
    let changed = store::last_change(db, id).await?;
    Ok(SegmentView {
        name: segment.named(),
        form: form(db, segment, &meanings, currency).await?,
        archived: segment.archived,
        members: size.members,
        customers,
        settled: size.settled,
        trend,
        uses: uses::used_by(db, currency, &segments, id, scope).await?,
        changed: changed.map(|(by, at)| (by.unwrap_or_default(), state.zone().moment(Timestamp(at)))),
    })
}

/// What the members of a segment have in common.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn figures(state: &AppState, scope: Option<&[BranchId]>, id: SegmentId) -> AppResult<Figures> {
    let (db, currency) = (&state.db, state.settings().base_currency);
    let segment = store::get(db, id).await?;
    let meanings = meanings(db, &state.settings()).await?;
    let rule = meanings.segments.get(&id.0).and_then(|rule| meanings.expand(rule).ok());
    let swept = store::states(db).await?.remove(&id).unwrap_or_default();
    let whom = match rule {
        Some(rule) if !segment.archived && swept.swept_rule != print(&rule, currency) => Whom::Described(rule, state.today()),
        _ => Whom::Members(id),
    };
    Ok(figures::of(db, scope, &whom, currency).await?)
}

/// What a new segment begins with: nothing, or what another one says.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn blank(state: &AppState, like: Option<SegmentId>) -> AppResult<SegmentForm> {
    let Some(id) = like else { return Ok(SegmentForm::default()) };
    let segment = store::get(&state.db, id).await?;
    let meanings = meanings(&state.db, &state.settings()).await?;
    Ok(form(&state.db, &segment, &meanings, state.settings().base_currency).await?)
}

/// What a new segment begins with that is to be what the query of a customer list shows.
///
/// # Errors
/// When the database does not answer.
pub async fn blank_of_list(state: &AppState, query: &str) -> AppResult<SegmentForm> {
    let (mut list, _) = ListState::parse(query);
    let currency = state.settings().base_currency;
    // A built-in segment stays what the settings make of it.
    let segment = list.filters.segment.take().map(|key| key.named());
    let typed = parse(&list.rule, currency).unwrap_or_else(|_| Rule::everyone());
    let rule = list.to_rule(&thresholds(state).await?, currency).and(typed);
    let rule = segment.into_iter().fold(rule, Rule::and).simple();
    let resolved = resolve(&state.db, &rule).await?.rule;
    Ok(SegmentForm { rule: print(&named(&state.db, &resolved).await?, currency), ..SegmentForm::default() })
}

/// A segment as it is typed.
async fn form(q: &impl Query, segment: &Segment, meanings: &Meanings, currency: Currency) -> DbResult<SegmentForm> {
    let rule = named(q, &kept(segment, meanings, currency)).await?;
    let rule = print(&rule, currency);
    Ok(SegmentForm { name: segment.name.clone(), description: segment.description.clone(), rule })
}

/// Makes a segment. Who is in it is found out by a sweep, soon.
///
/// # Errors
/// [`AppError::Invalid`] on the field that cannot be.
pub async fn add(tx: &Tx, state: &AppState, actor: &Actor, typed: &SegmentForm) -> AppResult<SegmentId> {
    store::lock_rules(tx).await?;
    let (form, rule) = checked(tx, state, None, typed).await?;
    let key = free_key(tx, &form.name).await?;
    let id = store::insert(tx, &key, &form, asks_events(&rule), actor.staff, actor.at).await.map_err(taken)?;
    let after = SegmentForm { rule: print(&named(tx, &rule_of(state, &form)?).await?, state.settings().base_currency), ..form };
    audit(tx, actor, id, "segment.added", &changes(&SegmentForm::default(), &after)).await?;
    Ok(id)
}

/// Changes a segment: what was typed, against what it was edited from. What others changed meanwhile stays.
///
/// # Errors
/// [`AppError::Invalid`] on the field that cannot be; [`AppError::Conflict`] where both changed a field; [`AppError::NotFound`].
pub async fn change(
    tx: &Tx,
    state: &AppState,
    actor: &Actor,
    id: SegmentId,
    typed: &SegmentForm,
    base: &SegmentForm,
) -> AppResult<()> {
    store::lock_rules(tx).await?;
    let currency = state.settings().base_currency;
    let segment = own(store::hold(tx, id).await?)?;
    let before = form(tx, &segment, &meanings(tx, &state.settings()).await?, currency).await?;
    let merged = merge(typed, base, &before).map_err(|_| AppError::Conflict { message: "segments.changed".into() })?;
    let (form, _) = checked(tx, state, Some(id), &merged).await?;
    let after = SegmentForm { rule: print(&named(tx, &rule_of(state, &form)?).await?, currency), ..form.clone() };
    let changes = changes(&before, &after);
    if changes.is_empty() {
        return Ok(());
    }
    let meanings = with(tx, state, id, &form).await?;
    let asks = |rule: &Rule| meanings.expand(rule).is_ok_and(|rule| asks_events(&rule));
    store::update(tx, id, &form, meanings.segments.get(&id.0).is_some_and(asks), actor.at).await.map_err(taken)?;
    for (other, rule) in meanings.segments.iter().filter(|(other, _)| **other != id.0) {
        store::set_asks_events(tx, SegmentId(*other), asks(rule)).await?;
    }
    audit(tx, actor, id, "segment.changed", &changes).await
}

/// Archives a segment that nothing refers to, or takes it into use again.
///
/// # Errors
/// [`AppError::Conflict`] with what keeps it; [`AppError::NotFound`].
pub async fn set_archived(tx: &Tx, state: &AppState, actor: &Actor, id: SegmentId, archived: bool) -> AppResult<()> {
    store::lock_rules(tx).await?;
    let segment = own(store::hold(tx, id).await?)?;
    if segment.archived == archived {
        return Ok(());
    }
    if archived {
        refuse_used(tx, state, &store::list(tx).await?, id).await?;
    } else {
        refuse_archived(tx, &parse(&segment.rule, state.settings().base_currency)?)
            .await
            .map_err(|error| AppError::Conflict { message: error.message_key().to_owned() })?;
    }
    store::set_archived(tx, id, archived, actor.at).await?;
    let action = if archived { "segment.archived" } else { "segment.restored" };
    audit(tx, actor, id, action, &Change::of("name", "", segment.name).into_iter().collect::<Vec<_>>()).await
}

/// Deletes an archived segment that nothing refers to, for good: with who is in it, who came and went, and its sizes.
///
/// # Errors
/// [`AppError::Conflict`] for one that is not archived, and with what keeps it; [`AppError::NotFound`].
pub async fn delete(tx: &Tx, state: &AppState, actor: &Actor, id: SegmentId) -> AppResult<()> {
    store::lock_rules(tx).await?;
    store::lock_members(tx).await?;
    let segment = own(store::hold(tx, id).await?)?;
    if !segment.archived {
        return Err(AppError::Conflict { message: "segments.archive_first".into() });
    }
    // Archived ones count as well: they may be taken into use again.
    let all: Vec<Segment> = store::list(tx).await?.into_iter().map(|one| Segment { archived: false, ..one }).collect();
    refuse_used(tx, state, &all, id).await?;
    store::delete(tx, id).await?;
    audit(tx, actor, id, "segment.deleted", &Change::of("name", segment.name, "").into_iter().collect::<Vec<_>>()).await
}

/// What refers to a segment keeps it.
async fn refuse_used(tx: &Tx, state: &AppState, all: &[Segment], id: SegmentId) -> AppResult<()> {
    let uses = uses::used_by(tx, state.settings().base_currency, all, id, None).await?;
    let Some(using) = uses.first() else { return Ok(()) };
    let key = match using.kind {
        UseKind::Segment => "segments.used_by_segment",
        UseKind::Group => "segments.used_by_group",
        UseKind::Tag => "segments.used_by_tag",
        UseKind::Campaign => "segments.used_by_campaign",
        UseKind::Promotion => "segments.used_by_promotion",
        UseKind::Product => "segments.used_by_product",
    };
    Err(AppError::Conflict { message: message(key, &[("name", &using.name)]) })
}

/// Built-in ones mean what the settings say.
fn own(segment: Segment) -> AppResult<Segment> {
    if segment.is_built_in() { Err(AppError::Conflict { message: "segments.is_built_in".into() }) } else { Ok(segment) }
}

fn taken(error: DbError) -> AppError {
    match error {
        DbError::Unique(_) => AppError::invalid("name", "segments.name_taken"),
        other => other.into(),
    }
}

/// The form as it is kept, and its rule as it runs.
async fn checked(tx: &Tx, state: &AppState, id: Option<SegmentId>, form: &SegmentForm) -> AppResult<(SegmentForm, Rule)> {
    let form = form.checked()?;
    let key = normalise(&form.name);
    if key.is_empty() {
        return Err(AppError::invalid("name", "field.needed"));
    }
    if store::is_taken(tx, &key, id).await? {
        return Err(AppError::invalid("name", "segments.name_taken"));
    }
    let currency = state.settings().base_currency;
    let rule = parse(&form.rule, currency)?;
    validate(&rule)?;
    let resolved = resolve(tx, &rule).await?;
    if let Some(unknown) = resolved.unknown.first() {
        let values: [(&str, &dyn std::fmt::Display); 2] = [("name", &unknown.name), ("meant", &suggestion(unknown))];
        let key = if unknown.suggestion.is_some() { "segments.rule_unknown_meant" } else { "segments.rule_unknown" };
        return Err(AppError::invalid("rule", message(key, &values)));
    }
    if resolved.rule.conditions().into_iter().any(|one| matches!(one, Condition::HasSome { field: SetField::Segment })) {
        return Err(AppError::invalid("rule", "segments.rule_any_segment"));
    }
    refuse_archived(tx, &resolved.rule).await?;
    let form = SegmentForm { rule: print(&resolved.rule, currency), ..form };
    let expanded = refuse_cycles(tx, state, id.unwrap_or(SegmentId(0)), &form).await?;
    Ok((form, expanded))
}

fn suggestion(unknown: &crate::rules::names::Unknown) -> String {
    unknown.suggestion.clone().unwrap_or_default()
}

fn rule_of(state: &AppState, form: &SegmentForm) -> AppResult<Rule> {
    Ok(parse(&form.rule, state.settings().base_currency)?)
}

/// What everything means once this form is saved.
async fn with(q: &impl Query, state: &AppState, id: SegmentId, form: &SegmentForm) -> AppResult<Meanings> {
    let mut meanings = meanings(q, &state.settings()).await?;
    meanings.segments.insert(id.0, rule_of(state, form)?);
    Ok(meanings)
}

/// A rule is made neither of what is archived nor of what is gone.
async fn refuse_archived(q: &impl Query, rule: &Rule) -> AppResult<()> {
    let segments = store::list(q).await?;
    for id in uses::ids_in(rule) {
        match segments.iter().find(|segment| segment.id == id.0) {
            Some(segment) if segment.archived => {
                return Err(AppError::invalid("rule", message("segments.rule_archived", &[("name", &segment.name)])));
            }
            Some(_) => {}
            None => return Err(AppError::invalid("rule", message("segments.rule_unknown", &[("name", &format!("#{id}"))]))),
        }
    }
    Ok(())
}

/// A segment is not made of itself, and neither it nor what is made of it gets too large. Yields its rule as it runs.
async fn refuse_cycles(tx: &Tx, state: &AppState, id: SegmentId, form: &SegmentForm) -> AppResult<Rule> {
    let before = meanings(tx, &state.settings()).await?;
    let meanings = with(tx, state, id, form).await?;
    let itself = Rule::has(SetField::Segment, Quantifier::Any, [id.0]);
    meanings.expand(&itself)?;
    for segment in store::list(tx).await?.iter().filter(|segment| segment.id != id.0 && !segment.archived) {
        let Some(rule) = meanings.segments.get(&segment.id) else { continue };
        if meanings.expand(rule).is_err() && before.expand(rule).is_ok() {
            return Err(AppError::invalid("rule", message("segments.rule_too_large_for", &[("name", &segment.name)])));
        }
    }
    meanings.expand(meanings.segments.get(&id.0).unwrap_or(&itself))
}

/// The name in URLs and rules, made of the name: letters and digits of English, others fall out.
async fn free_key(q: &impl Query, name: &str) -> AppResult<String> {
    let plain: String = normalise(name).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let words: Vec<&str> = plain.split('_').filter(|word| !word.is_empty()).collect();
    let stem = if words.is_empty() { "segment".to_owned() } else { words.join("_") };
    let mut key = stem.clone();
    let mut number = 1;
    while store::is_taken(q, &key, None).await? {
        number += 1;
        key = format!("{stem}_{number}");
    }
    Ok(key)
}

fn changes(before: &SegmentForm, after: &SegmentForm) -> Vec<Change> {
    let both = before.fields().into_iter().zip(after.fields());
    both.filter_map(|((label, before), (_, after))| Change::of(label.trim_start_matches("field."), before, after)).collect()
}

async fn audit(tx: &Tx, actor: &Actor, id: SegmentId, action: &str, changes: &[Change]) -> AppResult<()> {
    Ok(record(tx, actor, Entry { action, entity: "segment", entity_id: id.0, customer: None, changes }).await?)
}
