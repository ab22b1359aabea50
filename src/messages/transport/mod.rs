//! Handing a mail to a mail server, and knowing what came of it.
//!
//! Invariants: an address or header that could end its line is refused before anything is said to a server; no password is said over a
//! line that others may read, unless the configuration asks for it; what a server answers is told apart by whether the mail can
//! have arrived ([`Outcome`]): only [`Outcome::InDoubt`] leaves that open.

pub mod line;
mod mime;
mod pool;
mod server;
mod sign;

pub use mime::{Attachment, Heading, Letter, Parcel, SUBJECT_MAX, pack, recipient};
pub use pool::MailServer;
pub use server::{Address, Secrecy};
pub use sign::Signer;

/// What came of handing a mail over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The mail server has it.
    Accepted(String),
    /// It does not want this mail now (4xx).
    Later(String),
    /// It does not want this mail ever (5xx).
    Refused {
        /// It was the recipient that it refused, not the sender or what is written.
        recipient: bool,
        answer: String,
    },
    /// Nothing was handed over: no connection, or lost before the mail itself.
    Unreachable(String),
    /// As that: the mail server does not let us in.
    LoginRefused(String),
    /// Lost after the mail itself was begun and before the answer: nobody knows whether it is sent.
    InDoubt(String),
}

impl Outcome {
    /// Whether the refused recipient will never get a mail: there is no such mailbox (5.1.x), rather than that ours are not wanted.
    #[must_use]
    pub fn says_no_such_mailbox(&self) -> bool {
        let Self::Refused { recipient: true, answer } = self else { return false };
        let mut words = answer.split_whitespace();
        let code = words.next().unwrap_or_default();
        match words.next().filter(|word| is_enhanced(word)) {
            Some(enhanced) => enhanced.starts_with("5.1."),
            None => matches!(code, "550" | "551" | "553"),
        }
    }
}

/// Whether a word is an enhanced status code (RFC 3463): `5.1.1`.
fn is_enhanced(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_does_not_exist_does_not_exist() {
        let refused = |answer: &str| Outcome::Refused { recipient: true, answer: answer.into() }.says_no_such_mailbox();
        for gone in ["550 5.1.1 no such user", "550 unknown", "553 5.1.3 bad address"] {
            assert!(refused(gone), "{gone}");
        }
        for policy in ["550 5.7.1 relaying denied", "554 no", "552 5.2.2 mailbox full", ""] {
            assert!(!refused(policy), "{policy}");
        }
        assert!(!Outcome::Refused { recipient: false, answer: "550 5.1.1 who are you".into() }.says_no_such_mailbox());
    }
}
