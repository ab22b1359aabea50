//! The audit log (S3): every change by whom, what, before and after, from where. Append-only; the values stand in a side
//! table that erasing a person may blank.

mod model;
#[cfg(feature = "ssr")]
pub mod store;

pub use model::*;
