//! From a text to those whom it describes.

use super::{Figures, Missing, Preview, store};
use crate::base::{AppError, AppResult, BranchId, Money};
use crate::customers::list::service::meanings;
use crate::rules::names::{self, Unknown};
use crate::rules::{ParseError, Rule, parse};
use crate::server::AppState;

/// Whom a rule describes. `scope`: the branches whose customers exist for the asker.
///
/// # Errors
/// When the database does not answer.
pub async fn preview(state: &AppState, scope: Option<&[BranchId]>, text: &str) -> AppResult<Preview> {
    let currency = state.settings().base_currency;
    let rule = match parse(text, currency) {
        Ok(rule) => rule,
        Err(error) => return Ok(Preview::Wrong(error)),
    };
    let resolved = names::resolve(&state.db, &rule).await?;
    let rule = match meanings(&state.db, &state.settings()).await?.expand(&resolved.rule) {
        Ok(rule) => rule,
        Err(AppError::Invalid { message, .. }) => {
            return Ok(Preview::Wrong(ParseError { from: 0, to: text.len(), message, suggestion: None }));
        }
        Err(error) => return Err(error),
    };
    let missing = resolved.unknown.into_iter().map(missing).collect();
    Ok(Preview::Found(figures(state, scope, &rule, missing).await?))
}

async fn figures(state: &AppState, scope: Option<&[BranchId]>, rule: &Rule, missing: Vec<Missing>) -> AppResult<Figures> {
    let (db, today) = (state.db.watched(), state.today());
    let ((count, spent), consenting, of, sample) = tokio::try_join!(
        store::count_and_spent(&db, rule, scope, today),
        store::count_consenting(&db, rule, scope, today),
        store::count_all(&db, scope, today),
        store::sample(&db, rule, scope, today),
    )?;
    let mean = |spent: i64, count: i64| Money::new((2 * spent + count).div_euclid(2 * count), state.settings().base_currency);
    let average_clv = i64::try_from(count).ok().filter(|count| *count > 0).map(|count| mean(spent, count));
    Ok(Figures { count, of, average_clv, consenting, sample, missing })
}

fn missing(unknown: Unknown) -> Missing {
    Missing { what: unknown.what.to_owned(), name: unknown.name, suggestion: unknown.suggestion }
}
