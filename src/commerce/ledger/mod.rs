//! The ledger (M1, M5): one engine under store credit, gift cards and points. It moves amounts; what they mean, who may move
//! them and what the customer is told are affairs of the rooms on top.
//!
//! Invariants, each held by the database itself where it can be, and proved by [`check`]:
//!
//! - An account's balance is the sum of its entries, and never below minus its approved limit. Entries are append-only and
//!   chain: each has the next number and the balance that results.
//! - What a key was used for once happens once: the same request again yields the first one's entry, another request under the
//!   same key is refused.
//! - What is left of the lots is the balance, or nothing where the balance is below zero. The lot that expires soonest is
//!   spent first; a credit settles what is owed before it becomes a lot.
//! - What has expired cannot be spent, also before the nightly job has made its entry.
//! - `customer_stats` shows the balances of a customer's credit and points; it is written in the same transaction.
//!
//! Accounts are locked by their ids, [`lock_all`] before the first of several postings; what comes before and after them says
//! ARCHITECTURE.md, “Order of locks”.

#[cfg(feature = "ssr")]
pub mod authorise;
#[cfg(feature = "ssr")]
pub mod check;
#[cfg(feature = "ssr")]
mod command;
pub mod entry;
#[cfg(feature = "ssr")]
pub mod expiry;
pub mod fields;
pub mod form;
#[cfg(feature = "ssr")]
pub mod history;
#[cfg(feature = "ssr")]
mod lots;
mod model;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub mod store;
pub mod table;

#[cfg(feature = "ssr")]
pub use command::{CheckArgs, run};
pub use model::*;
#[cfg(feature = "ssr")]
pub use service::{By, Posted, Posting, available, check_note, credit, debit, lock_all, open, reverse, set_limit};
