//! Invoices and credit notes (O5), and the papers of orders: their printable page, the labels of returns.
//!
//! Invariants: a store's invoices are numbered 1, 2, 3 … without gaps, and so are its credit notes, since a number is taken in the
//! transaction that writes what bears it; an order has one invoice, a refund one credit note, and issuing again yields it; what
//! was issued never changes, and its PDF is the same bytes whenever it is drawn. Money that is given back on an order that was
//! invoiced has its credit note at once.
//!
//! The number is the last lock that a transaction takes: whoever issues within a larger one does it after everything else.

pub mod api;
mod card;
#[cfg(feature = "ssr")]
mod compose;
#[cfg(feature = "ssr")]
pub mod download;
#[cfg(feature = "ssr")]
mod drawing;
#[cfg(feature = "ssr")]
mod email;
mod model;
#[cfg(feature = "ssr")]
pub mod paper;
pub mod print;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;

pub use card::InvoicesCard;
pub use model::*;
#[cfg(feature = "ssr")]
pub use service::{annul, correct, issue, label_pdf, pdf};
