//! Whom a rule describes. This is the one place where the rules of groups and tags are read and written: in the rule language, kept
//! with ids in the place of names, shown with names.
//!
//! Before there was the language, rules were the addresses of filtered lists. Those that were kept begin with `?` and go on meaning
//! what they meant; shown and saved, they are in the language. So is an address that somebody types.

use crate::base::i18n::message;
use crate::base::query::pairs;
use crate::base::{AppError, AppResult, CustomerId};
use crate::customers::list::service::{described, matching as listed, meanings};
use crate::customers::list::{ListState, Thresholds};
use crate::office::settings::ShopSettings;
use crate::office::settings::store::load;
use crate::rules::names::{Unknown, named, resolve};
use crate::rules::{Rule, parse, print};
use crate::server::{AppState, Query};

/// What a kept rule begins with that is the query of a list.
const OF_A_LIST: char = '?';

/// A rule as it is kept.
///
/// # Errors
/// [`AppError::Invalid`] on `rule` for one that does not read or names what does not exist, and for one that describes everybody: that
/// is more likely a slip.
pub async fn checked(q: &impl Query, text: &str) -> AppResult<String> {
    let settings = load(q).await?;
    let rule = match address(text) {
        Some(query) => rule_of(&list(query)?, &settings)?,
        None => parse(text, settings.base_currency)?,
    };
    if rule == Rule::everyone() {
        return Err(AppError::invalid("rule", "assign.rule_everybody"));
    }
    let resolved = resolve(q, &rule).await?;
    if let Some(unknown) = resolved.unknown.first() {
        return Err(missing(unknown));
    }
    meanings(q, &settings).await?.expand(&resolved.rule)?;
    Ok(print(&resolved.rule, settings.base_currency))
}

/// A kept rule as people read it.
///
/// # Errors
/// When the database does not answer.
pub async fn shown(q: &impl Query, kept: &str) -> AppResult<String> {
    let settings = load(q).await?;
    let rule = match kept.strip_prefix(OF_A_LIST) {
        Some(query) => list(query).and_then(|list| rule_of(&list, &settings)).ok(),
        None => parse(kept, settings.base_currency).ok(),
    };
    match rule {
        Some(rule) => Ok(print(&named(q, &rule).await?, settings.base_currency)),
        // It cannot be said in the language: the list's search.
        None => Ok(kept.to_owned()),
    }
}

/// Everybody whom a kept rule describes, in all branches, by ascending id.
///
/// # Errors
/// [`AppError::Invalid`] for one that does not read any more; when the database does not answer.
pub async fn matching(state: &AppState, kept: &str) -> AppResult<Vec<CustomerId>> {
    if let Some(query) = kept.strip_prefix(OF_A_LIST) {
        return listed(state, None, &list(query)?).await;
    }
    let settings = state.settings();
    let rule = parse(kept, settings.base_currency)?;
    let rule = meanings(&state.db, &settings).await?.expand(&rule)?;
    described(state, None, &rule).await
}

/// The query of an address of the list.
fn address(text: &str) -> Option<&str> {
    let (path, query) = text.trim().split_once('?')?;
    (path.is_empty() || path.ends_with("/customers")).then_some(query)
}

fn list(query: &str) -> AppResult<ListState> {
    let (list, fallbacks) = ListState::parse(query);
    let known = pairs(&list.to_query());
    let unread = |(name, value): &(String, String)| !value.is_empty() && known.iter().all(|(known, _)| known != name);
    // What the list would pass over must not widen a rule.
    if !fallbacks.is_empty() || pairs(query).iter().any(unread) {
        return Err(AppError::invalid("rule", "assign.rule_unread"));
    }
    let ListState { search, quick, filters, rule, .. } = list;
    Ok(ListState { search, quick, filters, rule, ..ListState::default() })
}

/// A list's filters in the language.
fn rule_of(list: &ListState, settings: &ShopSettings) -> AppResult<Rule> {
    if !list.search.is_empty() {
        return Err(AppError::invalid("rule", "assign.rule_search"));
    }
    let typed = parse(&list.rule, settings.base_currency)?;
    Ok(list.to_rule(&Thresholds::of(settings, None), settings.base_currency).and(typed).simple())
}

fn missing(unknown: &Unknown) -> AppError {
    let message = match &unknown.suggestion {
        Some(meant) => message("assign.rule_missing_meant", &[("name", &unknown.name), ("meant", meant)]),
        None => message("assign.rule_missing", &[("name", &unknown.name)]),
    };
    AppError::invalid("rule", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_lists_are_told_from_rules() {
        assert_eq!(address(" https://shop.example/customers?spent_min=5000&sort=-spent"), Some("spent_min=5000&sort=-spent"));
        assert_eq!(address("?orders_min=11"), Some("orders_min=11"));
        for rule in ["total_spent > 1000", "name = \"who?\"", "custom.\"/customers or not?\" is set"] {
            assert_eq!(address(rule), None, "{rule}");
        }
    }

    #[test]
    fn what_a_list_passes_over_widens_no_rule() {
        let rule = |query: &str| list(query).and_then(|list| rule_of(&list, &ShopSettings::default()));
        let printed = |query: &str| rule(query).map(|rule| print(&rule, ShopSettings::default().base_currency));
        assert_eq!(printed("orders_min=11&sort=-spent").as_deref(), Ok("orders >= 11"));
        assert_eq!(printed("orders_min=11&rule=not%20blocked").as_deref(), Ok("orders >= 11 and not blocked"));
        for bad in ["spent_min=much", "spent_min=1&order_min=3", "q=anna", "orders_min=11&rule=blockd"] {
            assert!(rule(bad).is_err(), "{bad}");
        }
    }
}
