//! Addresses (P3): many per customer, one of them the default for shipping, one for billing.
//!
//! Invariants: a customer with addresses has both defaults; country, region and city of the customer, by which the list
//! filters and sorts, are those of the default shipping address, written in the same transaction.

pub mod api;
mod form;
mod model;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
pub mod tab;

pub use form::AddressFields;
pub use model::*;
