//! Whom an audience reaches, while it is being composed: sets of customers from the index, and from the database those few whom an
//! address, a topic or the cap leaves out. So a million customers are counted without reading them.
//!
//! [`fates`](crate::messages::campaigns::fates) decides the same customer by customer when a campaign is frozen; both ask the same
//! conditions, and a test compares them over random customers.

use super::{Counted, Found};
use crate::args;
use crate::base::{AppError, AppResult, BranchId, CustomerId};
use crate::customers::index::Bitset;
use crate::messages::campaigns::{Audience, Fate, Part, Terms, Waterfall, capped, rule_of, unreachable};
use crate::messages::suppression::Topic;
use crate::messages::suppression::store::{decliners, suppressed};
use crate::rules::{Condition, FlagField, Rule, query};
use crate::server::{AppState, Query};

/// An audience, by what becomes of it.
struct Sifted {
    include: Vec<Found>,
    exclude: Vec<Found>,
    matched: Bitset,
    /// Everybody who was matched is in one of them.
    by: Vec<(Fate, Bitset)>,
}

/// What an audience comes to, of those who exist for `scope`.
///
/// # Errors
/// When the database does not answer.
pub async fn count(state: &AppState, audience: &Audience, topic: Topic, scope: Option<&[BranchId]>) -> AppResult<Counted> {
    let Sifted { include, exclude, by, .. } = sift(state, audience, topic, scope).await?;
    let is_wrong = include.iter().chain(&exclude).any(|found| matches!(found, Found::Wrong(_)));
    let mut waterfall = Waterfall::default();
    by.iter().for_each(|(fate, set)| waterfall.add(*fate, whole(set)));
    Ok(Counted { include, exclude, waterfall: (!is_wrong).then_some(waterfall) })
}

/// Those of an audience with this fate (`None`: all), by ascending id from behind `after`, `limit` at most.
///
/// # Errors
/// When the database does not answer.
pub async fn who(
    state: &AppState,
    (audience, topic): (&Audience, Topic),
    scope: Option<&[BranchId]>,
    fate: Option<Fate>,
    (after, limit): (CustomerId, usize),
) -> AppResult<Vec<CustomerId>> {
    let sifted = sift(state, audience, topic, scope).await?;
    let set = match fate {
        None => Some(&sifted.matched),
        Some(fate) => sifted.by.iter().find(|(is, _)| *is == fate).map(|(_, set)| set),
    };
    let ids = set.into_iter().flat_map(Bitset::iter).map(|slot| CustomerId(slot.into()));
    Ok(ids.skip_while(|id| *id <= after).take(limit).collect())
}

fn whole(set: &Bitset) -> i64 {
    i64::try_from(set.count()).unwrap_or(i64::MAX)
}

async fn sift(state: &AppState, audience: &Audience, topic: Topic, scope: Option<&[BranchId]>) -> AppResult<Sifted> {
    let (include, mut matched) = union(state, &audience.include, scope).await?;
    let (exclude, excluded) = union(state, &audience.exclude, scope).await?;
    matched.and_not(&excluded);
    let by = if matched.is_empty() { Vec::new() } else { by_fate(state, &matched, topic).await? };
    Ok(Sifted { include, exclude, matched, by })
}

/// Everybody of any of these parts, and what each comes to.
async fn union(state: &AppState, parts: &[Part], scope: Option<&[BranchId]>) -> AppResult<(Vec<Found>, Bitset)> {
    let (mut found, mut all) = (Vec::new(), Bitset::default());
    for part in parts {
        match of_part(state, part, scope).await {
            Ok(set) => {
                found.push(Found::Count(whole(&set)));
                all.join(&set);
            }
            Err(AppError::Invalid { message, .. }) => found.push(Found::Wrong(message)),
            Err(error) => return Err(error),
        }
    }
    Ok((found, all))
}

async fn of_part(state: &AppState, part: &Part, scope: Option<&[BranchId]>) -> AppResult<Bitset> {
    is_in_use(state, part).await?;
    let mut described = described(state, &rule_of(state, part).await?, scope).await?;
    if let Part::Chosen(ids) = part {
        let mut chosen = Bitset::with_words(described.words().len());
        ids.iter().filter_map(|id| u32::try_from(id.0).ok()).for_each(|slot| chosen.insert(slot));
        described.and(&chosen);
    }
    Ok(described)
}

/// That every group and segment of an audience is there and not archived: what is left out without its part would be sent to.
///
/// # Errors
/// [`AppError::Invalid`] on `audience`.
pub async fn are_in_use(state: &AppState, audience: &Audience) -> AppResult<()> {
    for part in audience.include.iter().chain(&audience.exclude) {
        is_in_use(state, part).await?;
    }
    Ok(())
}

/// That a group or segment is there and not archived.
async fn is_in_use(state: &AppState, part: &Part) -> AppResult<()> {
    let (sql, args, gone, archived) = match part {
        Part::Group(id) => {
            let sql = "SELECT archived_at > 0 FROM customer_groups WHERE id = $1";
            (sql, args![*id], "composer.audience.group_gone", "composer.audience.group_archived")
        }
        Part::Segment(key) => {
            let sql = "SELECT archived FROM segments WHERE key = $1";
            (sql, args![key], "composer.audience.segment_gone", "composer.audience.segment_archived")
        }
        _ => return Ok(()),
    };
    match state.db.optional::<(bool,)>(sql, args).await? {
        None => Err(AppError::invalid("audience", gone)),
        Some((true,)) => Err(AppError::invalid("audience", archived)),
        Some((false,)) => Ok(()),
    }
}

/// Whom a rule describes that has been expanded; until the index is ready, the database says it.
async fn described(state: &AppState, rule: &Rule, scope: Option<&[BranchId]>) -> AppResult<Bitset> {
    if let Some(set) = state.index.described(&state.db, rule, scope).await? {
        return Ok(set);
    }
    let ids: Vec<u32> = query::matching(&state.db, rule, scope, state.today())
        .await?
        .into_iter()
        .filter_map(|id| u32::try_from(id.0).ok())
        .collect();
    let mut set = Bitset::with_words(ids.last().map_or(0, |last| *last as usize / 64 + 1));
    ids.into_iter().for_each(|slot| set.insert(slot));
    Ok(set)
}

async fn by_fate(state: &AppState, matched: &Bitset, topic: Topic) -> AppResult<Vec<(Fate, Bitset)>> {
    let db = &state.db;
    let terms = Terms::of(state, topic, None, state.clock.now());
    let flag = |field| Rule::Is(Condition::Flag { field, is: true });
    let agreed = described(state, &flag(FlagField::MarketingEmail), None).await?;
    let blocked = described(state, &flag(FlagField::Blocked), None).await?;
    let (declined, suppressed) = tokio::try_join!(decliners(db, topic), suppressed(db))?;
    let (capped, unreachable) = tokio::try_join!(capped(db, terms), unreachable(db))?;
    let mut left = matched.clone();
    let mut no_consent = left.clone();
    no_consent.and_not(&agreed);
    left.meet(&agreed);
    no_consent.join(&take(&mut left, &declined));
    let mut kept_off = left.clone();
    kept_off.meet(&blocked);
    left.and_not(&blocked);
    kept_off.join(&take(&mut left, &suppressed));
    let capped = take(&mut left, &capped);
    let no_address = take(&mut left, &unreachable);
    Ok(vec![
        (Fate::NoConsent, no_consent),
        (Fate::Suppressed, kept_off),
        (Fate::Capped, capped),
        (Fate::NoAddress, no_address),
        (Fate::GetsIt, left),
    ])
}

/// Takes these out of a set; those who were in it.
fn take(from: &mut Bitset, ids: &[u32]) -> Bitset {
    let mut taken = Bitset::with_words(from.words().len());
    for slot in ids.iter().filter(|slot| from.contains(**slot)) {
        taken.insert(*slot);
    }
    from.and_not(&taken);
    taken
}
