//! The second step: what a campaign says, as blocks or as source, beside what its recipients get.
//!
//! Invariants: blocks and source are the same text (see [`pieces`] and [`blocks`]); what is shown is what the server would send, for somebody who would get
//! it; the footer with address and unsubscribe belongs to the layout, so nothing here can take it away.

pub mod api;
mod begin;
mod block;
mod block_list;
pub mod blocks;
mod fields;
mod look;
mod model;
pub mod pieces;
mod products;
pub mod rich;
mod rich_field;
#[cfg(feature = "ssr")]
pub mod service;
mod step;
#[cfg(feature = "ssr")]
mod store;
mod test_dialog;
#[cfg(feature = "ssr")]
pub mod test_mail;

pub use look::MailCard;
pub use model::*;
pub use step::WriteStep;
#[cfg(feature = "ssr")]
pub use store::recipients;
