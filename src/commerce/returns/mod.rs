//! Returns (O4): requested by the customer, by staff in their name or by a program → approved or refused → received → refunded.
//!
//! Invariants, under the order's lock: of a line no more comes back than was bought, over all returns that were not refused; gift
//! cards do not come back (they are no goods); an order is returned in part or whole once goods have arrived; what is proposed
//! to be given back is the lines' share of what they cost after discounts, and never more than was paid.

pub mod api;
pub mod dialogs;
#[cfg(feature = "ssr")]
mod list;
mod model;
pub mod page;
mod query;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub mod store;

pub use model::*;
pub use query::*;
#[cfg(feature = "ssr")]
pub use service::{NewReturn, approve, proposal, receive, refund, refuse, request, worth};
