//! Store credit (M2, P9): what the shop owes a customer, in the base currency. The amounts are the ledger's; this room says what
//! they are for and who is told.
//!
//! Invariants: a customer has one account; credit is given for one of [`GIVEN`]'s reasons and taken away by hand only as a
//! correction that says why; whoever gets or loses credit by hand is told by a mail of the same transaction.

pub mod api;
#[cfg(feature = "ssr")]
pub mod csv;
mod dialogs;
mod model;
#[cfg(feature = "ssr")]
mod query;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
pub mod service;
pub mod statement;
pub mod tab;

pub use model::*;
#[cfg(feature = "ssr")]
pub use service::{NewCredit, Reduction, account, give, reduce, set_limit, top_up, usual_expiry};
