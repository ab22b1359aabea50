//! Promotions (O8): discount codes, what they take off, when and for whom.
//!
//! Invariants: a code is unique in either case; what was placed with a code has a row in `promotion_uses`, and `uses_count` is
//! the number of these rows, held under the limit by the database itself; a code is claimed in the transaction that places the
//! order and released in the one that cancels it. A promotion's minimum looks at the merchandise after the group's discount and
//! before codes, so that no code takes away the ground another stands on.

pub mod api;
mod dialog;
mod form;
#[cfg(feature = "ssr")]
pub mod manage;
mod model;
pub mod page;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;

pub use form::*;
pub use model::*;
#[cfg(feature = "ssr")]
pub use service::{Asker, Valid, claim, find_valid, hold, release};
