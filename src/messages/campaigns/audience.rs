//! Whom a campaign is for, as ids; and what becomes of each of them.

use super::{Audience, Part, Waterfall};
use crate::args;
use crate::base::{AppError, AppResult, BranchId, CustomerId, Timestamp};
use crate::customers::list::service::meanings;
use crate::messages::delivery::COUNTS_FOR_CAP;
use crate::messages::suppression::Topic;
use crate::messages::suppression::store::{IS_SUPPRESSED, declines};
use crate::messages::transport::recipient;
use crate::rules::names::resolve as resolve_names;
use crate::rules::{Quantifier, Rule, SetField, query};
use crate::server::db::dialect::numbers_of_json;
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
    let rule = match part {
        Part::Chosen(ids) => return chosen(state, ids, scope).await,
        Part::Everybody => Rule::everyone(),
        Part::Group(group) => Rule::has(SetField::Group, Quantifier::Any, [group.0]),
        Part::Segment(key) => read(state, &format!("segment = {}", crate::rules::write_value(key))).await?,
        Part::Rule(text) => read(state, text).await?,
    };
    let meanings = meanings(&state.db, &state.settings()).await?;
    let expanded = meanings.expand(&rule)?;
    Ok(query::matching(&state.db, &expanded, scope, state.today()).await?)
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

/// What becomes of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    NoConsent,
    Suppressed,
    Capped,
    NoAddress,
    GetsIt,
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
        Self { topic, scope, cap: mail.cap_mails.into(), since: now.plus(-i64::from(mail.cap_days) * Timestamp::DAY) }
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
           (SELECT COUNT(*) FROM outbox o WHERE o.customer_id = c.id AND {COUNTS_FOR_CAP} AND o.handed_at > $3) AS got
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

impl Waterfall {
    /// Counts some fates.
    pub fn add(&mut self, fates: &[(CustomerId, Fate)]) {
        for (_, fate) in fates {
            self.matched += 1;
            *match fate {
                Fate::NoConsent => &mut self.no_consent,
                Fate::Suppressed => &mut self.suppressed,
                Fate::Capped => &mut self.capped,
                Fate::NoAddress => &mut self.no_address,
                Fate::GetsIt => &mut self.gets_it,
            } += 1;
        }
    }
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
        waterfall.add(&fates(&state.db, chunk, terms).await?);
        if enough.is_some_and(|enough| waterfall.gets_it >= enough) {
            break;
        }
    }
    Ok(waterfall)
}
