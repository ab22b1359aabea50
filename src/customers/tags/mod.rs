//! Tags (G3): words that staff put on customers; made on use.
//!
//! Invariants: names are unique in their normalised form, whatever case, accents and script they are typed in. A tag that is deleted
//! or merged into another keeps its row without its name, so that undoing brings it back; nobody carries it once the job is done,
//! and whoever would put it on meanwhile is refused. A tag that a promotion or a product names stays: the promotion would be for everybody.

pub mod api;
mod dialogs;
mod label;
mod model;
pub mod page;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
pub mod retire;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
mod table;

pub use label::{TagLabel, TagLink};
pub use model::*;
