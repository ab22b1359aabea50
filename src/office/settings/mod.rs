//! Settings of the shop (S5): each with its default, validated, audited. Kept as JSON values under dotted keys, so that a
//! new setting needs no migration.

mod model;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
pub mod zone;

pub use model::*;
