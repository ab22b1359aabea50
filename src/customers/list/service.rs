//! Answering the list: from the index once it is ready, from SQL until then.

use super::{Fallback, ListAnswer, ListState, PageRequest, QuickFilter, Selection, Thresholds, built_in};
use super::{fallback, store};
use crate::base::{AppError, AppResult, BranchId, CustomerId};
use crate::customers::index::{Answer, Request};
use crate::office::settings::ShopSettings;
use crate::rules::names::{self, Meanings};
use crate::rules::{Condition, Rule, SetField, parse, print, query};
use crate::server::{AppState, Context, Query};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What the `at` of a URL seals: which page, and how many rows come before it, for "51–100 of 23,570". The count is that of
/// the moment when the link was made; rows that came or went since do not move the page, only that figure.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    page: PageRequest,
    before: u64,
}

/// Answers one state of the list. `scope`: the branches whose customers exist for the asker.
///
/// # Errors
/// When the database does not answer.
pub async fn answer(state: &AppState, scope: Option<&[BranchId]>, list: &ListState) -> AppResult<ListAnswer> {
    let mut fallbacks = Vec::new();
    let position = read_position(state, list, &mut fallbacks);
    let (request, unread) = request(state, scope, list, position.as_ref()).await?;
    fallbacks.extend(unread);
    let page = run(state, request).await?;
    let rows = store::rows(&state.db, &page.ids, &list.search, &state.settings(), state.zone(), state.today()).await?;
    Ok(finish(state, list, position, page, rows, fallbacks))
}

/// Who is meant by a selection: those chosen, or everyone whom a query of the list finds on all its pages.
///
/// # Errors
/// When the database does not answer.
pub async fn audience(ctx: &Context, selection: Selection) -> AppResult<Vec<CustomerId>> {
    match selection {
        Selection::Ids(ids) => Ok(ids),
        Selection::Matching(query) => matching(&ctx.state, ctx.scope(), &ListState::parse(&query).0).await,
    }
}

/// Everyone whom a state of the list shows on all its pages, by ascending id.
///
/// # Errors
/// When the database does not answer.
pub async fn matching(state: &AppState, scope: Option<&[BranchId]>, list: &ListState) -> AppResult<Vec<CustomerId>> {
    let (request, _) = request(state, scope, list, None).await?;
    if let Some(everyone) = state.index.matching(request.clone()).await {
        return Ok(everyone);
    }
    Ok(fallback::matching(&state.db, &request, &thresholds(state).await?, state.today()).await?)
}

/// From the index; from SQL until that is ready.
async fn run(state: &AppState, request: Request) -> AppResult<Answer> {
    match state.index.query(request.clone()).await {
        Some(answer) => Ok(answer),
        None => Ok(fallback::page(&state.db, &request, &thresholds(state).await?, state.today()).await?),
    }
}

/// The thresholds in force.
///
/// # Errors
/// When the database does not answer.
pub async fn thresholds(state: &AppState) -> AppResult<Thresholds> {
    let wholesale = store::wholesale_group(&state.db).await?;
    Ok(Thresholds::of(&state.settings(), wholesale))
}

/// What words of the rule language stand for in this shop.
///
/// # Errors
/// When the database does not answer.
pub async fn meanings(q: &impl Query, settings: &ShopSettings) -> AppResult<Meanings> {
    // Which group is wholesale matters to quick filters alone.
    let built_in = built_in(&Thresholds::of(settings, None));
    Ok(Meanings::read(q, settings.base_currency, settings.active_days, settings.free_mail.clone(), &built_in).await?)
}

/// Everyone whom a rule describes, which has been expanded, by ascending id: from the index where that knows all that it asks.
///
/// # Errors
/// When the database does not answer.
pub async fn described(state: &AppState, scope: Option<&[BranchId]>, rule: &Rule) -> AppResult<Vec<CustomerId>> {
    let (everyone, _) = request(state, scope, &ListState::default(), None).await?;
    match state.index.matching(Request { rule: rule.clone(), ..everyone }).await {
        Some(found) => Ok(found),
        None => Ok(query::matching(&state.db, rule, scope, state.today()).await?),
    }
}

/// The filters of a list in the language, as people read it; empty of everyone.
///
/// # Errors
/// When the database does not answer.
pub async fn in_words(state: &AppState, list: &ListState) -> AppResult<String> {
    let settings = state.settings();
    let currency = settings.base_currency;
    let filters = list.filters.to_rule(&Thresholds::of(&settings, None), currency);
    let Ok(typed) = parse(&list.rule, currency) else { return Ok(list.rule.clone()) };
    match filters.and(typed).simple() {
        everyone if everyone == Rule::everyone() => Ok(String::new()),
        rule => Ok(print(&names::named(&state.db, &rule).await?, currency)),
    }
}

/// The rule that was typed, and what is said where it does not read: then it describes nobody, since a list that shows more than was
/// asked for is one with which bulk actions do harm.
async fn typed_rule(state: &AppState, text: &str) -> AppResult<(Rule, Option<Fallback>)> {
    if text.is_empty() {
        return Ok((Rule::everyone(), None));
    }
    let nobody = || (Rule::Any(Vec::new()), Some(Fallback::new("rule", text, "list.fallback.rule")));
    let Ok(rule) = parse(text, state.settings().base_currency) else { return Ok(nobody()) };
    let resolved = names::resolve(&state.db, &rule).await?;
    match meanings(&state.db, &state.settings()).await?.expand(&resolved.rule) {
        Ok(rule) => Ok((rule, None)),
        Err(AppError::Invalid { .. }) => Ok(nobody()),
        Err(error) => Err(error),
    }
}

async fn request(
    state: &AppState,
    scope: Option<&[BranchId]>,
    list: &ListState,
    at: Option<&Position>,
) -> AppResult<(Request, Option<Fallback>)> {
    let search = list.search.trim();
    let (pinned, order_hits) = if search.is_empty() {
        (Vec::new(), Vec::new())
    } else {
        tokio::try_join!(store::exact_hits(&state.db, search), store::number_hits(&state.db, search))?
    };
    // Which group is wholesale matters to quick filters alone, and those are the index's.
    let thresholds = Thresholds::of(&state.settings(), None);
    let filters = list.filters.to_rule(&thresholds, state.settings().base_currency);
    let (typed, unread) = typed_rule(state, &list.rule).await?;
    let request = Request {
        scope: scope.map(<[BranchId]>::to_vec),
        search: search.to_owned(),
        order_hits,
        pinned,
        rule: expanded(state, filters).await?.and(typed),
        quick: list.quick,
        sort: list.sort.column,
        descending: list.sort.descending,
        page: at.map(|position| position.page.clone()).unwrap_or_default(),
        limit: list.page_size.rows(),
    };
    Ok((request, unread))
}

/// The rule with those of the shop's own segments in their places.
async fn expanded(state: &AppState, rule: Rule) -> AppResult<Rule> {
    let is_segment = |condition: &Condition| matches!(condition, Condition::Has { field: SetField::Segment, .. });
    if !rule.conditions().into_iter().any(is_segment) {
        return Ok(rule);
    }
    let rule = names::resolve(&state.db, &rule).await?.rule;
    meanings(&state.db, &state.settings()).await?.expand(&rule)
}

fn read_position(state: &AppState, list: &ListState, fallbacks: &mut Vec<Fallback>) -> Option<Position> {
    let sealed = list.position.as_deref()?;
    let position = state.keys.open(sealed).and_then(|plain| serde_json::from_slice(&plain).ok());
    if position.is_none() {
        fallbacks.push(Fallback::new("at", sealed, "list.fallback.position"));
    }
    position
}

fn finish(
    state: &AppState,
    list: &ListState,
    position: Option<Position>,
    page: Answer,
    rows: Vec<super::ListRow>,
    fallbacks: Vec<Fallback>,
) -> ListAnswer {
    let size = list.page_size.rows() as u64;
    let shown = rows.len() as u64;
    let before = match &position {
        _ if !page.has_previous => 0,
        Some(Position { page: PageRequest::Last, .. }) => page.total.saturating_sub(shown),
        Some(position) => position.before.min(page.total.saturating_sub(shown)),
        None => 0,
    };
    let seal = |page: PageRequest, before: u64| {
        serde_json::to_vec(&Position { page, before }).map(|plain| state.keys.seal(&plain)).unwrap_or_default()
    };
    let previous = page.start.filter(|_| page.has_previous).map(|at| seal(PageRequest::Before(at), before.saturating_sub(size)));
    let next = page.end.filter(|_| page.has_next).map(|at| seal(PageRequest::After(at), before + shown));
    let last = page.has_next.then(|| seal(PageRequest::Last, 0));
    ListAnswer { rows, total: page.total, facets: page.facets, before, previous, next, last, fallbacks }
}

/// Keeps the index's quick filters as the settings and the calendar have them: they change at midnight in the shop's zone.
pub async fn follow_days(state: AppState, stop: CancellationToken) {
    const LOOK_EVERY: Duration = Duration::from_secs(1);
    let mut known = None;
    loop {
        match thresholds(&state).await {
            Ok(thresholds) => {
                let now = (thresholds, state.today());
                if known.as_ref() != Some(&now) {
                    let rules = QuickFilter::ALL.into_iter().map(|quick| (quick, quick.rule(&now.0))).collect();
                    state.index.set_quick(rules, now.1);
                    known = Some(now);
                }
            }
            Err(error) => tracing::warn!(%error, "the quick filters could not be looked up"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
