//! What people see of a prediction.

use crate::base::{Day, Money};
use serde::{Deserialize, Serialize};

/// On what predictions stand, or why there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Basis {
    /// The first night has not come yet.
    NotYet,
    /// So many customers bought again, of so many that it takes.
    TooFew {
        repeat: i64,
        needed: i64,
    },
    /// The purchases are nothing that the models can describe.
    NoFit,
    Fitted {
        day: Day,
        customers: i64,
    },
}

/// What a customer with orders will probably do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlook {
    pub basis: Basis,
    /// The probability of still being a customer; `None` after purchases on one day only.
    pub alive_thousandths: Option<i64>,
    /// Expected within [`MONTHS`] months.
    pub orders_hundredths: Option<i64>,
    /// What these orders will be worth.
    pub value: Option<Money>,
    /// The first day on which they count as churned, today or before.
    pub churned: Option<Day>,
    /// From the first order to that day.
    pub lifespan_days: Option<i64>,
    /// Under such a probability one has churned: percent.
    pub churn_percent: u16,
    /// Otherwise after so many days without an order.
    pub patience_days: i64,
}

/// How far predictions look ahead.
pub const MONTHS: i64 = 12;
