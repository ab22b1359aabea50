//! Ending advertising by a link in it: with one click (RFC 8058) or on a page where one chooses what to hear of.
//!
//! Invariants: only `POST` acts, since programs follow links; a link is signed for one customer and one mail, and says nothing to anybody
//! who changes it; who used it is not asked to log in. The endpoint stands outside of sessions: mailbox providers call it.

mod page;
mod token;

pub use page::{plain_page, routes};
pub use token::{link, message_id, read_message_id, sender, token};
