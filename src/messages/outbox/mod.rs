//! The outbox as staff read it: which mails wait, which were sent, and each as its recipient sees it.
//!
//! Invariants: a mail to a customer of another branch does not exist; what a mail says in secret (the code of a gift card, a link that
//! sets a password) is shown to nobody but its recipient.

pub mod api;
#[cfg(feature = "ssr")]
mod doubt;
#[cfg(feature = "ssr")]
pub mod download;
pub mod list_page;
mod model;
pub mod page;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
mod setup;
#[cfg(feature = "ssr")]
pub mod single;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
mod test_mail;
mod undecided;

pub use model::*;
