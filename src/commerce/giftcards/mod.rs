//! Gift cards (M3, P8): an amount of a currency that whoever knows the code can spend. The amount is the ledger's, an account per
//! card.
//!
//! Invariants: a code is random (100 bits), told once when the card is issued, and kept as a keyed hash with its last four
//! characters; what is left of a card is its account's balance, so no two requests can spend the same; a card has its own
//! currency, which never changes; one that is disabled, expired or used up pays for nothing. Whoever changes a card locks its account
//! first.

pub mod api;
#[cfg(feature = "ssr")]
pub mod code;
mod dialogs;
#[cfg(feature = "ssr")]
mod list;
mod model;
pub mod page;
#[cfg(feature = "ssr")]
mod redeem;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
pub mod tab;
mod table;

pub use model::*;
#[cfg(feature = "ssr")]
pub use redeem::{NewRedemption, Redeemed, WhichCard, redeem};
#[cfg(feature = "ssr")]
pub use service::{Issued, NewBatch, NewCard, disable, enable, issue, issue_batch, usable, usual_expiry};
#[cfg(feature = "ssr")]
pub use store::{Card, find_by_code, get};
