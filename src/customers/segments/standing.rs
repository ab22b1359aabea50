//! The rules of all segments that are in use, as they run: with nothing in them that stands for another rule.

use super::store::{self, Segment};
use crate::base::{AppResult, Currency, CustomerId, Day, SegmentId};
use crate::customers::list::service::meanings;
use crate::office::settings::ShopSettings;
use crate::rules::names::Meanings;
use crate::rules::{Condition, Quantifier, Rule, SetField, parse, print, query};
use crate::server::{AppState, Query};

/// A segment's rule as it runs.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub id: SegmentId,
    pub rule: Rule,
    /// The rule as text: whether it is still the same.
    pub text: String,
}

/// The rules of the segments that are in use.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn read(q: &impl Query, state: &AppState) -> AppResult<Vec<Standing>> {
    let currency = state.settings().base_currency;
    let meanings = meanings(q, &state.settings()).await?;
    let segments = store::list(q).await?.into_iter().filter(|segment| !segment.archived);
    Ok(segments.filter_map(|segment| stand(&segment, &meanings, currency)).collect())
}

/// `None` of one that cannot run: settings or what it is made of have made it too large. Nobody enters or leaves it.
fn stand(segment: &Segment, meanings: &Meanings, currency: Currency) -> Option<Standing> {
    let id = SegmentId(segment.id);
    let rule = meanings.segments.get(&segment.id)?;
    match meanings.expand(rule) {
        Ok(rule) => Some(Standing { id, text: print(&rule, currency), rule }),
        Err(error) => {
            tracing::error!(segment = %id, %error, "the rule of a segment cannot run");
            None
        }
    }
}

/// Whether a rule, as it runs, asks what customers did.
pub(super) fn asks_events(rule: &Rule) -> bool {
    rule.conditions().into_iter().any(|condition| matches!(condition, Condition::Events { .. }))
}

/// The rule of a segment as it is kept, with what stands in it by name; a built-in one's is what the settings make of it.
pub(super) fn kept(segment: &Segment, meanings: &Meanings, currency: Currency) -> Rule {
    let known = meanings.segments.get(&segment.id).cloned();
    known.or_else(|| parse(&segment.rule, currency).ok()).unwrap_or_else(|| Rule::Any(Vec::new()))
}

/// Whether a customer is in a segment as its rule says now, in what this transaction sees: what is kept follows a moment later.
///
/// # Errors
/// When the database does not answer, or the rule is more than can be run.
pub async fn is_in(q: &impl Query, settings: &ShopSettings, id: SegmentId, customer: CustomerId, today: Day) -> AppResult<bool> {
    let meanings = meanings(q, settings).await?;
    let rule = meanings.expand(&Rule::has(SetField::Segment, Quantifier::Any, [id.0]))?;
    Ok(!query::matching_of(q, &rule, &[customer], today).await?.is_empty())
}
