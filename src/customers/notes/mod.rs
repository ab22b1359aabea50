//! Internal notes (P4): typed, pinned, with every earlier wording. Never shown to the customer.
//!
//! Invariants: a note that was edited keeps what it said before in `note_versions`; a deleted note stays in the database, so
//! that deleting can be undone.

pub mod api;
mod model;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;

pub mod tab;

pub use model::*;
