//! Whom a campaign is for, as ids; and what becomes of each of them.

use super::{Audience, Fate, Part, Waterfall};
use crate::args;
use crate::base::{AppError, AppResult, BranchId, CustomerId, Timestamp};
use crate::customers::list::service::meanings;
use crate::messages::suppression::Topic;
use crate::messages::transport::recipient;
use crate::office::outbox::advertising::{COUNTS_FOR_CAP, GOT_SINCE, IS_SUPPRESSED, counted_since, declines};
use crate::rules::names::resolve as resolve_names;
use crate::rules::{Quantifier, Rule, SetField, query};
use crate::server::db::dialect::{doubtful_address, numbers_of_json};
use crate::server::{AppState, Query};

/// Customers whose fate is read at once.
const CHUNK: usize = 5_000;

/// Everybody whom an audience describes and who exists for `scope`, by ascending id.
///
/// # Errors
/// [`AppError::Invalid`] on `audience` for a rule that does not read or names what does not exist, and for an audience of nobody.
pub async fn resolve(state: &AppState, audience: &Audience, scope: Option<&[BranchId]>) -> AppResult<Vec<CustomerId>> {
    let mut included = Vec::new();
    for part in &audience.include {
        included.extend(of_part(state, part, scope).await?);
    }
    included.sort_unstable();
    included.dedup();
    let mut excluded = Vec::new();
    for part in &audience.exclude {
        // Whoever is left out is, of whichever branch.
        excluded.extend(of_part(state, part, None).await?);
    }
    excluded.sort_unstable();
    included.retain(|id| excluded.binary_search(id).is_err());
    if included.is_empty() {
        return Err(AppError::invalid("audience", "campaign.nobody"));
    }
    Ok(included)
}

async fn of_part(state: &AppState, part: &Part, scope: Option<&[BranchId]>) -> AppResult<Vec<CustomerId>> {
    match part {
        Part::Chosen(ids) => chosen(state, ids, scope).await,
        part => Ok(query::matching(&state.db, &rule_of(state, part).await?, scope, state.today()).await?),
    }
}

/// Whom a part describes, as a rule that has been expanded; of chosen ones, everybody.
///
/// # Errors
/// [`AppError::Invalid`] on `audience` for a rule that does not read or names what does not exist.
pub async fn rule_of(state: &AppState, part: &Part) -> AppResult<Rule> {
    let rule = match part {
        Part::Chosen(_) | Part::Everybody => Rule::everyone(),
        Part::Group(group) => Rule::has(SetField::Group, Quantifier::Any, [group.0]),
        Part::Segment(key) => read(state, &format!("segment = {}", crate::rules::write_value(key))).await?,
        Part::Rule(text) => read(state, text).await?,
    };
    meanings(&state.db, &state.settings()).await?.expand(&rule)
}

async fn read(state: &AppState, text: &str) -> AppResult<Rule> {
    let rule = crate::rules::parse(text, state.settings().base_currency)
        .map_err(|error| AppError::invalid("audience", error.message))?;
    let resolved = resolve_names(&state.db, &rule).await?;
    match resolved.unknown.first() {
        Some(unknown) => {
            Err(AppError::invalid("audience", crate::base::i18n::message("campaign.unknown", &[("name", &unknown.name)])))
        }
        None => Ok(resolved.rule),
    }
}

/// Of some ids those that exist for `scope`.
async fn chosen(state: &AppState, ids: &[CustomerId], scope: Option<&[BranchId]>) -> AppResult<Vec<CustomerId>> {
    let mut found = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        let json = serde_json::Value::from(chunk.iter().map(|id| id.0).collect::<Vec<_>>()).to_string();
        let mut args = args![json];
        let these = numbers_of_json(&state.db, "$1");
        let branches = branches(&state.db, scope, &mut args);
        let sql = format!(
            "SELECT c.id FROM customers c WHERE c.id IN ({these}) AND c.merged_into_id IS NULL AND c.anonymised_at IS NULL{branches}"
        );
        let rows: Vec<(i64,)> = state.db.all(&sql, args).await?;
        found.extend(rows.into_iter().map(|(id,)| CustomerId(id)));
    }
    Ok(found)
}

/// A condition: the customer `c` is of one of these branches.
pub fn branches(q: &impl Query, scope: Option<&[BranchId]>, args: &mut crate::server::Args) -> String {
    let Some(branches) = scope else { return String::new() };
    let json = serde_json::Value::from(branches.iter().map(|branch| branch.0).collect::<Vec<_>>()).to_string();
    let bind = args.push(json);
    format!(" AND c.branch_id IN ({})", numbers_of_json(q, &format!("${bind}")))
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    email: String,
    agreed: bool,
    suppressed: bool,
    got: i64,
}

/// What decides about fates: read by freezing and by the preview alike.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    pub topic: Topic,
    pub scope: Option<&'a [BranchId]>,
    /// So many mails since then, and it is enough; 0 is no limit.
    pub cap: i64,
    pub since: Timestamp,
}

impl<'a> Terms<'a> {
    #[must_use]
    pub fn of(state: &AppState, topic: Topic, scope: Option<&'a [BranchId]>, now: Timestamp) -> Self {
        let mail = &state.settings().mail;
        Self { topic, scope, cap: mail.cap_mails.into(), since: counted_since(mail, now) }
    }
}

/// What becomes of these customers; those who are gone or of another branch are not among the answers.
///
/// # Errors
/// When the database does not answer.
pub async fn fates(q: &impl Query, ids: &[i64], terms: Terms<'_>) -> AppResult<Vec<(CustomerId, Fate)>> {
    let mut args = args![serde_json::Value::from(ids).to_string(), terms.topic.code(), terms.since];
    let branches = branches(q, terms.scope, &mut args);
    let sql = format!(
        "SELECT c.id, c.email, c.marketing_email AND NOT {declined} AS agreed, {IS_SUPPRESSED} OR c.account_status = 'blocked' AS suppressed,
           (SELECT COUNT(*) FROM outbox o WHERE o.customer_id = c.id AND {GOT_SINCE} $3) AS got
         FROM customers c WHERE c.id IN ({these}) AND c.merged_into_id IS NULL AND c.anonymised_at IS NULL{branches} ORDER BY c.id",
        declined = declines("$2"),
        these = numbers_of_json(q, "$1"),
    );
    let rows: Vec<Row> = q.all(&sql, args).await?;
    let fate = |row: &Row| match () {
        () if !row.agreed => Fate::NoConsent,
        () if row.suppressed => Fate::Suppressed,
        () if terms.cap > 0 && row.got >= terms.cap => Fate::Capped,
        () if recipient(&row.email).is_err() => Fate::NoAddress,
        () => Fate::GetsIt,
    };
    Ok(rows.iter().map(|row| (CustomerId(row.id), fate(row))).collect())
}

/// Everybody who got as many advertising mails as the terms allow, as [`fates`] counts them.
///
/// # Errors
/// When the database does not answer.
pub async fn capped(q: &impl Query, terms: Terms<'_>) -> AppResult<Vec<u32>> {
    if terms.cap <= 0 {
        return Ok(Vec::new());
    }
    // That it was handed over at all is said for the index, which has no others.
    let sql = format!(
        "SELECT o.customer_id FROM outbox o WHERE {COUNTS_FOR_CAP} AND o.handed_at > 0 AND o.handed_at > $1
         GROUP BY o.customer_id HAVING COUNT(*) >= $2"
    );
    Ok(query::many_ids(q, &sql, args![terms.since, terms.cap]).await?)
}

/// Everybody whose address no mail server takes.
///
/// # Errors
/// When the database does not answer.
pub async fn unreachable(q: &impl Query) -> AppResult<Vec<u32>> {
    let sql = format!("SELECT c.id, c.email FROM customers c WHERE {}", doubtful_address(q));
    let rows: Vec<(i64, String)> = q.all(&sql, args![]).await?;
    let bad = rows.into_iter().filter(|(_, email)| recipient(email).is_err());
    Ok(bad.filter_map(|(id, _)| u32::try_from(id).ok()).collect())
}

/// What would become of an audience now. With `enough`, it stops counting once so many get the mail.
///
/// # Errors
/// As [`resolve`].
pub async fn preview(
    state: &AppState,
    audience: &Audience,
    topic: Topic,
    scope: Option<&[BranchId]>,
    enough: Option<i64>,
) -> AppResult<Waterfall> {
    let ids: Vec<i64> = resolve(state, audience, scope).await?.into_iter().map(|id| id.0).collect();
    let terms = Terms::of(state, topic, scope, state.clock.now());
    let mut waterfall = Waterfall::default();
    for chunk in ids.chunks(CHUNK) {
        fates(&state.db, chunk, terms).await?.into_iter().for_each(|(_, fate)| waterfall.add(fate, 1));
        if enough.is_some_and(|enough| waterfall.gets_it >= enough) {
            break;
        }
    }
    Ok(waterfall)
}
