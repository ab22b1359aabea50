//! Products as far as orders need them (O7): what is sold, from when on, at which price, with which tax. Price lists give the
//! customers of some groups prices of their own.
//!
//! Invariants: a product's price is in its own currency, and an order takes only prices in the order's; a product that was
//! ordered once stays, and is switched off instead of deleted.

pub mod api;
mod form;
pub mod lists_page;
#[cfg(feature = "ssr")]
pub mod manage;
mod model;
pub mod page;
pub mod parts;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
pub mod store;

pub use form::*;
pub use model::*;
