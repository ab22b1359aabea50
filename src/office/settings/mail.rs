//! The section Mail: from whom mails come, how fast they leave, and what is done about those that fail.

use serde::{Deserialize, Serialize};

/// Mail. What the mail server is, the configuration of the installation says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailSettings {
    /// Empty: the shop's name.
    pub from_name: String,
    /// Empty: `no-reply@` the host of the shop's address.
    pub from_address: String,
    /// Empty: answers go to the sender.
    pub reply_to: String,
    /// Mails a second, of all servers together; 0 is no limit.
    pub per_second: u32,
    /// Mails a second to addresses of one domain; 0 is no limit.
    pub per_domain_per_second: u32,
    /// Nobody gets more advertising mails than `cap_mails` within `cap_days`; 0 mails is no limit.
    pub cap_mails: u16,
    pub cap_days: u16,
    /// Whether a mail is sent again of which nobody knows whether it was sent. Then somebody may get it twice.
    pub resend_in_doubt: bool,
    /// An address that could not be reached for so many mails in a row gets no more advertising.
    pub soft_bounces: u16,
    /// A campaign stops when the mail server refuses so many of its mails in a row.
    pub stop_after_refusals: u16,
    /// How long a mail waits that the mail server does not want now; each time twice as long.
    pub retry_seconds: u32,
    /// So often a mail is tried.
    pub tries: u16,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            from_name: String::new(),
            from_address: String::new(),
            reply_to: String::new(),
            // What providers let a new sender do in an hour is more than this allows.
            per_second: 20,
            per_domain_per_second: 0,
            cap_mails: 4,
            cap_days: 7,
            resend_in_doubt: false,
            soft_bounces: 3,
            stop_after_refusals: 20,
            retry_seconds: 60,
            // Doubling from a minute, the last of them is tried after four hours.
            tries: 9,
        }
    }
}
