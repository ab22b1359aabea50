//! The SQL of predictions: what everybody bought, and what the models were fitted to.

use super::bg_nbd::BgNbd;
use super::gamma_gamma::GammaGamma;
use crate::args;
use crate::base::{Day, Timestamp};
use crate::server::{DbResult, Query, Tx};
use serde::{Deserialize, Serialize};

/// Fits of the last so many days are kept, to see how they move.
const KEPT_DAYS: i32 = 400;

/// A day on which a customer bought.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct DayRecord {
    pub customer_id: i64,
    pub placed_day: i64,
    pub value_minor: i64,
}

/// The days with completed orders of the customers with ids from `low` to `high`, by customer and day.
///
/// # Errors
/// When the database does not answer.
pub async fn days(q: &impl Query, low: i64, high: i64) -> DbResult<Vec<DayRecord>> {
    q.all(
        "SELECT customer_id, placed_day,
           CAST(SUM(base_total_minor - base_gift_cards_minor - base_refunded_minor) AS BIGINT) AS value_minor
         FROM orders WHERE customer_id BETWEEN $1 AND $2 AND status = 'placed'
         GROUP BY customer_id, placed_day ORDER BY customer_id, placed_day",
        args![low, high],
    )
    .await
}

/// The highest id of a customer.
///
/// # Errors
/// When the database does not answer.
pub async fn last_customer(q: &impl Query) -> DbResult<i64> {
    q.integer("SELECT MAX(id) FROM customers", args![]).await
}

/// What became of fitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Fitted,
    /// Too few customers bought again.
    TooFew,
    /// No parameters were found.
    Failed,
}

impl Outcome {
    const ALL: [Self; 3] = [Self::Fitted, Self::TooFew, Self::Failed];

    fn code(self) -> &'static str {
        match self {
            Self::Fitted => "fitted",
            Self::TooFew => "too_few",
            Self::Failed => "failed",
        }
    }

    fn parse(code: &str) -> Self {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code).unwrap_or(Self::Failed)
    }
}

/// The parameters, and on what they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    #[serde(skip)]
    pub customers: i64,
    #[serde(skip)]
    pub repeat_customers: i64,
    pub purchases: Option<BgNbd>,
    pub log_likelihood: f64,
    /// `None` where too few amounts are known, or they follow no distribution of this kind.
    pub spend: Option<GammaGamma>,
    pub spend_log_likelihood: f64,
}

/// Keeps a fit, and forgets those of long ago.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(tx: &Tx, today: Day, outcome: Outcome, kept: &Kept, now: Timestamp) -> DbResult<()> {
    let parameters = serde_json::to_string(kept).unwrap_or_else(|_| "{}".into());
    tx.execute(
        "INSERT INTO prediction_fits (fitted_at, day, outcome, customers, repeat_customers, parameters)
         VALUES ($1, $2, $3, $4, $5, $6)",
        args![now, today, outcome.code(), kept.customers, kept.repeat_customers, parameters],
    )
    .await?;
    tx.execute("DELETE FROM prediction_fits WHERE day < $1", args![Day(today.0 - KEPT_DAYS)]).await?;
    Ok(())
}

/// The fit in force: the last one, but never one that failed where there is one that did not.
///
/// # Errors
/// When the database does not answer.
pub async fn find_latest(q: &impl Query) -> DbResult<Option<(Day, Outcome, Kept)>> {
    let row: Option<(i64, String, i64, i64, String)> = q
        .optional(
            "SELECT day, outcome, customers, repeat_customers, parameters FROM prediction_fits
             ORDER BY CASE WHEN outcome = 'failed' THEN 1 ELSE 0 END, id DESC LIMIT 1",
            args![],
        )
        .await?;
    Ok(row.map(|(day, outcome, customers, repeat_customers, parameters)| {
        let kept = serde_json::from_str(&parameters).unwrap_or_default();
        let day = Day(i32::try_from(day).unwrap_or_default());
        (day, Outcome::parse(&outcome), Kept { customers, repeat_customers, ..kept })
    }))
}
