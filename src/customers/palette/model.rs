//! What the palette finds.

use crate::base::{CustomerId, Money, OrderId};
use crate::customers::list::Hit;
use serde::{Deserialize, Serialize};

/// What was found for a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub customers: Vec<FoundCustomer>,
    pub orders: Vec<FoundOrder>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundCustomer {
    pub id: CustomerId,
    pub name: String,
    pub email: String,
    pub spent: Money,
    /// What was found of them.
    pub hit: Hit,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundOrder {
    pub id: OrderId,
    pub number: String,
    pub customer: String,
    pub total: Money,
}
