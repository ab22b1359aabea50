//! The outbox as people read it: who got which mail when, what became of it, and the mail itself as a file. And a mail to oneself, to see
//! whether the mail server takes any.
//!
//! Invariants: mails to customers of other branches do not exist; a mail that says a secret (a gift card's code, a link to a
//! password) is read by those alone who set the shop up.

pub mod api;
#[cfg(feature = "ssr")]
pub mod eml;
mod model;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
mod test_mail;

pub use model::*;
