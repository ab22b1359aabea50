//! A customer's figures from the parameters that are kept.

use super::churn::Rule;
use super::fit::LEAST_REPEAT;
use super::history::History;
use super::store::{self, Kept, Outcome};
use super::{Basis, Outlook};
use crate::base::{AppResult, Day, Money};
use crate::server::AppState;

/// Twelve months.
const HORIZON_DAYS: u32 = 365;

/// What a customer with these purchases, in the order of time, will probably do; `None` for one without any.
///
/// # Errors
/// When the database does not answer.
pub async fn outlook(state: &AppState, purchases: impl IntoIterator<Item = (Day, i64)>) -> AppResult<Option<Outlook>> {
    let Some(history) = History::of(purchases, state.today()) else { return Ok(None) };
    let latest = store::find_latest(&state.db).await?;
    let basis = match &latest {
        None => Basis::NotYet,
        Some((_, Outcome::TooFew, kept)) => Basis::TooFew { repeat: kept.repeat_customers, needed: LEAST_REPEAT },
        Some((day, Outcome::Fitted, kept)) => Basis::Fitted { day: *day, customers: kept.customers },
        Some((_, Outcome::Failed, _)) => Basis::NoFit,
    };
    let kept = latest.map(|(_, _, kept)| kept).unwrap_or_default();
    Ok(Some(of(state, &history, basis, &kept)))
}

fn of(state: &AppState, history: &History, basis: Basis, kept: &Kept) -> Outlook {
    let settings = state.settings();
    let rule = Rule { model: kept.purchases.as_ref(), percent: settings.churn_percent, active_days: settings.active_days };
    let lifespan = rule.lifespan(history);
    let orders = kept.purchases.map(|model| model.expected(history, HORIZON_DAYS));
    let value = orders.zip(kept.spend).map(|(orders, spend)| {
        let base = settings.base_currency;
        let unit = 10f64.powi(base.decimals().cast_signed());
        let each = spend.expected(history.repeats, history.mean_minor().unwrap_or(0.0) / unit);
        Money::new(rounded(orders * each * unit), base)
    });
    let alive = kept.purchases.filter(|_| history.repeats > 0).map(|model| model.alive(history));
    let first = i64::from(state.today().0) - i64::from(history.age);
    let day = |lifespan: u32| Day(i32::try_from(first + i64::from(lifespan)).unwrap_or_default());
    Outlook {
        basis,
        alive_thousandths: alive.map(|alive| rounded(alive * 1_000.0)),
        orders_hundredths: orders.map(|orders| rounded(orders * 100.0)),
        value,
        churned: lifespan.map(day),
        lifespan_days: lifespan.map(i64::from),
        churn_percent: settings.churn_percent,
        patience_days: i64::from(rule.patience(history)),
    }
}

/// Predictions end as whole numbers, like all figures.
fn rounded(figure: f64) -> i64 {
    // What does not fit is the largest that does; NaN would be 0.
    figure.round() as i64
}
