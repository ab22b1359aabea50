//! What is shown of the outbox.

use crate::base::{CampaignId, CustomerId, MailId, Moment};
use serde::{Deserialize, Serialize};

/// Which mails are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxQuery {
    /// What the address begins with.
    pub search: String,
    /// `queued`, `sent`, `failed`, `skipped`, `in_doubt`; empty for all.
    pub state: String,
    /// One customer's.
    pub customer: Option<CustomerId>,
    /// Only those before this one.
    pub before: Option<MailId>,
}

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxLine {
    pub id: MailId,
    pub customer: Option<CustomerId>,
    pub recipient: String,
    pub campaign: Option<CampaignId>,
    /// The campaign's name, or that of the template.
    pub about: String,
    /// Empty until it was written.
    pub subject: String,
    pub state: String,
    /// A key of the texts: why it failed, waits or was skipped.
    pub why: String,
    /// What the mail server said.
    pub answer: String,
    pub created: Moment,
    pub sent: Option<Moment>,
    /// Whether the mail itself can be read (`/mails/{id}/eml`).
    pub kept: bool,
}

/// A page of the outbox, newest mail first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxPage {
    pub mails: Vec<OutboxLine>,
    pub more: bool,
}
