//! Drafts (O2, O3, O6, P7): orders that are being written. Staff, programs and customers put lines, addresses, codes and ways of
//! paying on one; each look at it prices it anew ([`quote`]); completing it places the order ([`complete`]).
//!
//! Invariants: a draft is placed once, whoever tries; what it costs is what it was said to cost, or the one who places it is
//! told what changed; credit, cards and points are debited and codes claimed in the transaction that places it, or not at all.
//! In which order it locks says ARCHITECTURE.md (“Order of locks”).

mod addresses;
pub mod api;
#[cfg(feature = "ssr")]
mod buyer;
#[cfg(feature = "ssr")]
mod carts;
#[cfg(feature = "ssr")]
pub mod complete;
mod editor;
mod lines;
mod model;
pub mod new_page;
#[cfg(feature = "ssr")]
mod number;
#[cfg(feature = "ssr")]
mod open;
pub mod page;
mod paying;
mod placing;
#[cfg(feature = "ssr")]
pub mod prune;
#[cfg(feature = "ssr")]
mod quote;
#[cfg(feature = "ssr")]
mod recover;
#[cfg(feature = "ssr")]
pub mod reorder;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
mod rest_input;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
mod store;
mod sums;
pub mod tab;
mod typed;

#[cfg(feature = "ssr")]
pub use complete::{Placed, checkout, complete};
pub use model::*;
#[cfg(feature = "ssr")]
pub use recover::recover;
#[cfg(feature = "ssr")]
pub use reorder::reorder;
#[cfg(feature = "ssr")]
pub use service::{NewDraft, await_payment, change, create, delete, price};
pub use tab::{NewOrderLink, ReorderButton};
