//! The commerce wing: what customers buy and what it adds up to.

pub mod credit;
pub mod drafts;
pub mod eligibility;
pub mod giftcards;
pub mod invoices;
pub mod ledger;
pub mod loyalty;
pub mod orders;
pub mod payments;
pub mod pricing;
pub mod products;
pub mod promotions;
pub mod returns;
#[cfg(feature = "ssr")]
mod routes;
pub mod shipments;
#[cfg(feature = "ssr")]
pub mod stats;

#[cfg(feature = "ssr")]
pub use routes::routes;
