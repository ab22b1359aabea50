//! Sending what waits in the outbox: mails about one customer first, then those of campaigns.
//!
//! Invariants: a mail is handed over only by the worker that claimed it, after `handing_over` was committed, and what came of it is
//! committed after; so a crash in between leaves exactly the mails in doubt that were being handed over, or next in turn for a
//! connection where the mail server is quick: at most as many as there are lanes. Those are not sent again unless the settings say so. What a dead worker had only claimed goes back into the queue. Consent, suppression
//! and cap are looked at in the very transaction that commits `handing_over`, with the customer's row locked. The lanes of a
//! worker write these down together ([`clerk`]).
//!
//! Any number of servers share the work: `mail_workers` says who is alive, `mail_pace` how fast all of them together may send.

mod clerk;
mod intent;
mod known;
mod letters;
mod model;
mod pace;
mod settle;
pub mod store;
pub mod test_mail;
mod variables;
mod worker;

pub use letters::{advertises, campaign_source, is_advertising};
pub use model::{MailState, backoff};
pub use worker::{Engine, start};
