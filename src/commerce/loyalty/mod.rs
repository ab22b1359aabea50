//! Loyalty (M4, P10): points for purchases, tiers, and what they grant. The points are the ledger's, an account per customer.
//!
//! Invariants: only members earn, once per order; the tier goes by the points that purchases earned over the lifetime, less what
//! their refunds reversed, so neither spending nor adjusting nor expiry moves it; a refund takes back in proportion, from what is
//! there, and what is not there any more is written off where one sees it, never owed. Whoever changes a member locks the points
//! account first.

pub mod api;
#[cfg(feature = "ssr")]
mod card;
#[cfg(feature = "ssr")]
mod earn;
mod model;
#[cfg(feature = "ssr")]
mod query;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
pub mod tab;

#[cfg(feature = "ssr")]
pub use card::number as card_number;
#[cfg(feature = "ssr")]
pub use earn::{TakenBack, earn, take_back};
pub use model::*;
#[cfg(feature = "ssr")]
pub use service::{Adjustment, adjust, enrol, member_terms, points_account, terms};
