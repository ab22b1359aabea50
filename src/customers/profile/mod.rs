//! The customer profile (P1, P2, P5, P15, P16) and adding customers (L11): the page with its head, summary and tabs, the
//! overview, the details and the log of who changed what.
//!
//! Every function that is bound to a customer asks [`store::get_visible`] first: it knows who exists for whom, and leads from
//! a merged customer to the survivor.

pub mod activity;
pub mod add;
pub mod api;
mod conflict;
pub mod details;
mod details_parts;
mod head;
#[cfg(feature = "ssr")]
pub mod mail;
mod model;
pub mod overview;
pub mod page;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
mod record;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
mod rest_labels;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;

pub use model::*;
pub use page::{ProfileContext, use_profile};
