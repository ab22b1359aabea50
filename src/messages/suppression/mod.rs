//! Who gets no advertising, and why: consent, topics, and the list of addresses that bounced, complained or were put there by hand.
//!
//! Invariants: consent is given by the customer and withdrawn by the customer, so an address that is taken off the list gets mails
//! only with consent; both logs are append-only; `customers.marketing_email` says what the newest entry says.

mod model;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;

pub use model::{Reason, TOPICS, Topic};
