//! The outbox: mails that wait to be written and sent. A row says to whom, which template and what it says; what sends it comes
//! with the composer.
//!
//! Invariants: a mail is queued in the transaction of what it tells of, so that neither is without the other; the same thing is
//! told once, whoever asks again; a secret in its data is sealed ([`crate::server::keys::Keys::seal_secret`]).

pub mod advertising;
pub mod store;

pub use store::Mail;
