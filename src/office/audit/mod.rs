//! The audit log (S3): every change by whom, what, before and after, from where. Append-only; the values stand in a side
//! table that erasing a person may blank.

pub mod api;
mod model;
pub mod page;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
mod view;

pub use model::*;
pub use view::ChangeList;
