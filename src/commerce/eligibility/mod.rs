//! Whom sales and products are for (O8): groups, tags and segments as promotions and products name them, and what of these a
//! customer is.
//!
//! Invariants: a segment's rule is asked at the moment of ordering, since who is in it is written down a moment later; what is
//! asked of a customer is asked once. A group, tag or segment that a promotion or a product names is neither archived nor deleted:
//! naming locks it ([`hold`], [`tags`]), and the rooms that keep them count who names them.

mod model;
mod parts;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub mod store;

pub use model::*;
pub use parts::{ChoiceField, EarlyFields, GroupField, SegmentField, TagField, early_names};
#[cfg(feature = "ssr")]
pub use service::{ask_early, ask_segment, choices, hold, tags};
