//! Customer groups (G1): who pays which prices and has which benefits.
//!
//! Invariants: what is edited here is what pricing reads, in the same columns. A customer may be in many groups, and exactly one of them is
//! the pricing group. A group that anybody is in, or whose prices hold for anybody, is not archived: its customers are moved to another
//! first, by a job that can be undone. Nobody is put into an archived group. The group of those who have no other stays.

pub mod api;
mod closing;
mod facts;
mod form;
pub mod list_page;
mod model;
#[cfg(feature = "ssr")]
pub mod moving;
pub mod page;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;

pub use model::*;
