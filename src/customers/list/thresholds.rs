//! What counts as active, VIP, new or of high value, as the shop has set it.

use crate::base::GroupId;
use crate::office::settings::ShopSettings;
use serde::{Deserialize, Serialize};

/// The amounts, counts and spans that the quick filters and built-in segments are made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Thresholds {
    /// Active: a completed order within so many calendar days, the boundary included. High-value and At risk look back as far.
    pub active_days: u16,
    /// VIP: a total spent of at least this, in minor units of the base currency.
    pub vip_spent_minor: i64,
    /// High-value and At risk: a total spent of more than this, in minor units of the base currency.
    pub high_value_spent_minor: i64,
    /// New: registered within so many calendar days.
    pub new_days: u16,
    /// New as a segment: also fewer orders than this.
    pub new_orders_below: i64,
    /// One-time as a segment: the one order is more than so many calendar days ago.
    pub one_time_days: u16,
    /// The group with the code `wholesale`; without one nobody is a wholesaler.
    pub wholesale_group: Option<GroupId>,
}

impl Thresholds {
    /// As the shop has set them; `wholesale_group` is the group with the code `wholesale`.
    #[must_use]
    pub fn of(settings: &ShopSettings, wholesale_group: Option<GroupId>) -> Self {
        Self {
            active_days: settings.active_days,
            vip_spent_minor: settings.vip_minor,
            high_value_spent_minor: settings.high_value_minor,
            new_days: settings.new_days,
            new_orders_below: settings.new_max_orders.into(),
            one_time_days: settings.one_time_days,
            wholesale_group,
        }
    }
}
