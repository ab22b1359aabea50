//! Payments of orders, what is given back of them, and cancelling (O1, O4).
//!
//! Invariants, all under the order's lock:
//!
//! - Refunded ≤ captured, captured + authorised ≤ total. Nobody pays more than is due.
//! - A payment by store credit, gift card or points *is* a debit of the ledger, and what comes back of it reverses that debit:
//!   no more comes back than was taken. What went in as points comes back as points.
//! - A refund is split over payments: outside money first, then gift cards, store credit, points; within a kind the oldest
//!   first. Its parts add up to it, and a payment's parts to what came back of it, wherever they went.
//! - The base amounts of an order's refunds add up to the rounded base amount of what was refunded in all.
//! - What was paid for gift cards comes back only where the order is cancelled and the cards are untouched: such money never
//!   counted as spent, so it cannot be taken off that either.
//! - What an order's states allow says [`OrderStates::may`](super::orders::OrderStates::may); every change is in the audit log
//!   and the order's history, and statistics follow, in the same transaction.

pub mod api;
#[cfg(feature = "ssr")]
mod cancel;
pub mod dialogs;
pub mod fields;
mod model;
#[cfg(feature = "ssr")]
mod refund;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub mod store;

#[cfg(feature = "ssr")]
pub use cancel::cancel;
pub use model::*;
#[cfg(feature = "ssr")]
pub use refund::{Refund, Refunded, limits, refund};
#[cfg(feature = "ssr")]
pub use service::{NewPayment, Paid, after_paid, authorise, capture, record, void};
