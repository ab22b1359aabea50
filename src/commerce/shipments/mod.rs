//! Parcels of orders (O1): they leave with a carrier and a number to follow them by, and arrive.
//!
//! Invariants: an order is shipped with its first parcel and delivered with its last; what came back before stays returned;
//! every step is in the audit log and the order's history, and the customer is told that something is on its way.

pub mod api;
pub mod dialogs;
mod model;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub mod store;

pub use model::*;
#[cfg(feature = "ssr")]
pub use service::{deliver, ship};
