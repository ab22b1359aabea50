//! Orders and drafts as staff see them (P5–P7, O1): lists, a customer's tabs, the order's page, its CSV.
//!
//! Invariants: a draft was never placed and has no number that counts; payment and fulfilment are independent states; whoever
//! may not see a customer may not see their orders either, and is told the same as for orders that do not exist.

mod actions;
pub mod api;
mod cards;
#[cfg(feature = "ssr")]
pub mod clerk;
pub mod context;
#[cfg(feature = "ssr")]
pub mod csv;
mod detail;
pub mod list_page;
mod model;
pub mod page;
mod parts;
mod query;
mod rate;
#[cfg(feature = "ssr")]
pub mod records;
#[cfg(feature = "ssr")]
pub mod rest;
mod row_menu;
#[cfg(feature = "ssr")]
pub mod service;
mod states;
#[cfg(feature = "ssr")]
pub mod store;
pub mod tab;
mod table;
#[cfg(feature = "ssr")]
mod whole;
#[cfg(feature = "ssr")]
pub mod write;

pub(crate) use model::codes;

pub use cards::history_title;
#[cfg(feature = "ssr")]
pub use clerk::Clerk;
pub use detail::*;
pub use model::*;
pub use parts::{OrderName, method_name, order_name};
pub use query::*;
pub use rate::Rate;
pub use states::{OrderAction, OrderStates};
