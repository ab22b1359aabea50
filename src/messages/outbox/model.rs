//! Mails of the outbox as pages show them.

use crate::base::query::{QueryWriter, pairs};
use crate::base::text::truncate;
use crate::base::{CampaignId, CustomerId, Moment};
use crate::messages::templates::RenderedMail;
use serde::{Deserialize, Serialize};

/// A mail as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailLine {
    pub id: i64,
    pub recipient: String,
    /// What its template is called; of a campaign, the campaign.
    pub template: String,
    /// Empty until it was written.
    pub subject: String,
    /// `queued`, `sent`, `failed` …: its text is under `outbox.state.`.
    pub state: String,
    pub queued: Moment,
    pub sent: Option<Moment>,
}

/// A page of the outbox, the newest mail first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxPage {
    pub mails: Vec<MailLine>,
    /// Whether older ones follow.
    pub more: bool,
}

/// One mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailView {
    pub line: MailLine,
    pub customer: Option<(CustomerId, String)>,
    /// What it says; `None` where it could not be written.
    pub mail: Option<RenderedMail>,
    /// It is shown as it was handed over, not as it would be written now.
    pub kept: bool,
    /// Something in it is not shown.
    pub secret: bool,
    /// Why it failed or was skipped: a key of the texts.
    pub why: String,
    /// What the mail server said.
    pub answer: String,
    /// Name and value.
    pub headers: Vec<(String, String)>,
}

/// The states that the filter offers.
pub const STATES: [&str; 7] = ["queued", "claimed", "handing_over", "sent", "failed", "skipped", "in_doubt"];

/// How a state looks.
#[must_use]
pub fn tone(state: &str) -> Option<&'static str> {
    match state {
        "sent" => Some("ok"),
        "failed" => Some("bad"),
        "in_doubt" => Some("warn"),
        "claimed" | "handing_over" => Some("info"),
        _ => None,
    }
}

/// Which mails are wanted: the state of the page's URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboxQuery {
    /// Found in the recipient and the subject.
    pub text: String,
    /// One of [`STATES`]; empty for all.
    pub state: String,
    pub customer: Option<CustomerId>,
    pub campaign: Option<CampaignId>,
    /// The template's name; empty for all.
    pub template: String,
    /// Only mails older than this one.
    pub before: Option<i64>,
}

/// Nothing longer is worth looking for.
/// How mails leave and come back, as the installation says it, and what is wrong with it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailSetup {
    /// `None`: mails stay in the outbox.
    pub server: Option<MailServerView>,
    /// The mailbox that bounces and complaints come back to: `mail.example:993/INBOX`.
    pub mailbox: Option<String>,
    /// Kind (`unreachable`, `login`, `mailbox`) and what the mail server said.
    pub troubles: Vec<(String, String)>,
}

/// The mail server of the installation, as far as members may know it: not how one logs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailServerView {
    pub host: String,
    pub port: u16,
    /// Whether nobody on the way can read along: `tls`, `starttls`, `offered`, `none`.
    pub secrecy: String,
    /// One logs in with a name and a password.
    pub login: bool,
    /// Under which name the key is published that signs mails; `None` where they are not signed.
    pub dkim: Option<String>,
    /// From which address mails come where the settings name none.
    pub sender: String,
}

const LONGEST_TEXT: usize = 100;

impl OutboxQuery {
    /// Reads a URL's query; what cannot be is left out.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in pairs(query) {
            match name.as_str() {
                "q" => read.text = truncate(value.trim(), LONGEST_TEXT).to_owned(),
                "state" if STATES.contains(&value.as_str()) => read.state = value,
                "before" => read.before = value.parse().ok().filter(|id| *id > 0),
                _ => {}
            }
        }
        read
    }

    /// Writes it as a URL's query.
    #[must_use]
    pub fn write(&self) -> String {
        let mut writer = QueryWriter::default();
        writer.push("q", &self.text);
        writer.push("state", &self.state);
        if let Some(before) = self.before {
            writer.push("before", &before.to_string());
        }
        writer.finish()
    }

    /// The query of the first page of what a form says.
    #[must_use]
    pub fn canonical(query: &str) -> String {
        Self { before: None, ..Self::parse(query) }.write()
    }

    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !self.text.is_empty() || !self.state.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_round_trip() {
        let query = OutboxQuery { text: "ana & co".into(), state: "sent".into(), before: Some(7), ..OutboxQuery::default() };
        assert_eq!(OutboxQuery::parse(&query.write()), query);
        assert_eq!(OutboxQuery::parse("state=nonsense&before=-1&q="), OutboxQuery::default());
    }
}
