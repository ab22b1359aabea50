//! The timeline of a customer (P12): what they did and what was done for them, newest first, out of the tables that keep it.
//!
//! Each source is asked for its newest entries before a place, and the merge of these is the page: its cost does not grow
//! with the length of the history. Entries of the same instant are ordered by source and id, so that no page skips or
//! repeats one.

mod api;
mod endless;
mod entry;
mod model;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub mod store;
mod tab;

pub use model::*;
#[cfg(feature = "ssr")]
pub use service::page;
pub use tab::TimelineTab;
