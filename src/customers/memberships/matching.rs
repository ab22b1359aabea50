//! Whom a rule describes. This is the one place where rules are read: what they say is, for now, what the address of a filtered
//! customer list says, whole or only its query.

use crate::base::query::pairs;
use crate::base::{AppError, AppResult, CustomerId};
use crate::customers::list::ListState;
use crate::customers::list::service;
use crate::server::AppState;

/// A rule as it is kept.
///
/// # Errors
/// [`AppError::Invalid`] on `rule` for one that does not read, and for one that describes everybody: that is more likely a slip.
pub fn checked(text: &str) -> AppResult<String> {
    let list = read(text)?;
    if list == ListState::default() {
        return Err(AppError::invalid("rule", "assign.rule_everybody"));
    }
    Ok(list.to_query())
}

fn read(text: &str) -> AppResult<ListState> {
    let query = text.trim().rsplit('?').next().unwrap_or_default();
    let (list, fallbacks) = ListState::parse(query);
    let known = pairs(&list.to_query());
    let unread = |(name, value): &(String, String)| !value.is_empty() && known.iter().all(|(known, _)| known != name);
    // What the list would pass over must not widen a rule.
    if !fallbacks.is_empty() || pairs(query).iter().any(unread) {
        return Err(AppError::invalid("rule", "assign.rule_unread"));
    }
    Ok(ListState { search: list.search, quick: list.quick, filters: list.filters, ..ListState::default() })
}

/// Everybody whom a rule describes, in all branches, by ascending id.
///
/// # Errors
/// As [`checked`]; when the database does not answer.
pub async fn matching(state: &AppState, rule: &str) -> AppResult<Vec<CustomerId>> {
    service::matching(state, None, &read(rule)?).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_kept_in_one_form() {
        let kept = |text| checked(text).ok();
        assert_eq!(kept("https://shop.example/customers?spent_min=5000&sort=-spent").as_deref(), Some("spent_min=5000"));
        assert_eq!(kept(" orders_min=11 ").as_deref(), Some("orders_min=11"));
        assert_eq!(kept("quick=vip").as_deref(), Some("quick=vip"));
        for bad in ["", "sort=name", "total_spent > 1000", "spent_min=much", "spent_min=1&order_min=3"] {
            assert_eq!(kept(bad), None, "{bad}");
        }
    }
}
