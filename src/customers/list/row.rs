//! A row of the list.

use super::Hit;
use crate::base::i18n::Lang;
use crate::base::{CustomerId, Moment, Money};
use crate::customers::tags::TagLabel;
use serde::{Deserialize, Serialize};

/// A customer as the list shows one. Money is in the base currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRow {
    pub id: CustomerId,
    /// Of the person, else of the company; empty where there is neither.
    pub name: String,
    pub email: String,
    /// Completed orders.
    pub orders_count: i64,
    pub spent: Money,
    /// The account may not be used.
    pub blocked: bool,
    /// Ordered lately, as the shop's settings have it.
    pub active: bool,
    /// `None` for never.
    pub last_order: Option<Moment>,
    /// The name of the pricing group.
    pub group: String,
    /// By name.
    pub tags: Vec<TagLabel>,
    pub registered: Moment,
    /// Of the default shipping address: the city, or the region where no city is known; empty where there is none.
    pub place: String,
    /// Its ISO code; empty where there is none.
    pub country: String,
    /// Average order value; `None` without orders.
    pub aov: Option<Money>,
    /// Store credit.
    pub credit: Money,
    /// Loyalty points.
    pub points: i64,
    /// What the search found of the customer.
    pub hit: Hit,
}

impl ListRow {
    /// The name, or the email of one who has none.
    #[must_use]
    pub fn display_name(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }

    /// `Berlin, Germany`; empty where nothing is known.
    #[must_use]
    pub fn location(&self, l: Lang) -> String {
        let country = l.country(&self.country);
        [self.place.as_str(), &country].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}
