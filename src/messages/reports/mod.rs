//! What comes back for a mail: bounces and complaints, by a signed webhook, as mails (RFC 3464, RFC 5965), or in a
//! mailbox.
//!
//! Invariants: a report counts only for a mail of ours, which its signed Message-ID shows; the same report again changes nothing; an
//! address is given up only for what says that it does not exist, for a complaint, or when mail after mail could not be
//! delivered.

pub mod command;
pub mod mailbox;
mod read;
mod service;
mod webhook;

pub use read::{Kind, Report, read};
pub use service::{apply, take_in};
pub use webhook::routes;
