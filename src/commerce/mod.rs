//! The commerce wing: what customers buy and what it adds up to.

pub mod credit;
pub mod giftcards;
pub mod invoices;
pub mod ledger;
pub mod loyalty;
pub mod orders;
pub mod pricing;
#[cfg(feature = "ssr")]
mod routes;
#[cfg(feature = "ssr")]
pub mod stats;

#[cfg(feature = "ssr")]
pub use routes::routes;
