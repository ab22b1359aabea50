//! The settings and their defaults.

use crate::base::Currency;
use serde::{Deserialize, Serialize};

/// What is set up; defaults where nothing is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopSettings {
    pub name: String,
    /// Fixed after the first order.
    pub base_currency: Currency,
    /// An IANA name: `Europe/Berlin`.
    pub time_zone: String,
    /// The language of pages before anybody logs in and of staff who chose none: a code of the languages that we speak.
    pub locale: String,
    /// A customer is active who ordered within so many calendar days, the boundary included.
    pub active_days: u16,
    /// A customer is new who registered within so many calendar days.
    pub new_days: u16,
    /// The segment New: fewer orders than this.
    pub new_max_orders: u16,
    /// One-time buyers (segment): their order is more than so many days ago.
    pub one_time_days: u16,
    /// VIP: a lifetime of at least this, minor units of the base currency.
    pub vip_minor: i64,
    /// High value: a lifetime above this, minor units of the base currency.
    pub high_value_minor: i64,
}

impl Default for ShopSettings {
    fn default() -> Self {
        Self {
            name: "Clientele".into(),
            base_currency: Currency::USD,
            time_zone: "UTC".into(),
            locale: "en".into(),
            active_days: 90,
            new_days: 30,
            new_max_orders: 3,
            one_time_days: 30,
            vip_minor: 5_000_00,
            high_value_minor: 1_000_00,
        }
    }
}
