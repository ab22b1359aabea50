//! Purchase analytics of one customer (P11): the figures of SPEC's words, from completed orders only, in the base currency.

mod api;
mod chart;
mod model;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub mod store;
mod tab;

pub use model::*;
#[cfg(feature = "ssr")]
pub use service::analyse;
pub use tab::AnalyticsTab;
