//! What a mail says to whom: the one place where sending meets writing.

use super::store::Claimed;
use crate::args;
use crate::base::{AppResult, CampaignId, CustomerId};
use crate::messages::transport::Letter;
use crate::server::{AppState, Query};

/// A mail that was written.
#[derive(Clone, Debug)]
pub struct Written {
    pub to: String,
    pub letter: Letter,
}

/// Why there is nothing to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unwritten {
    /// There never will be: a key of the texts.
    Never(&'static str),
    /// What writes such mails is not there yet: it waits.
    NotYet,
}

/// Mails about one customer that advertise: they go only to those who agreed, like campaigns.
const ADVERTISING: [&str; 4] = ["abandoned_cart", "birthday", "win_back", "flash_sale"];

/// Whether a mail needs consent.
#[must_use]
pub fn is_advertising(mail: &Claimed) -> bool {
    mail.campaign.is_some() || ADVERTISING.contains(&mail.template.as_str())
}

/// Whether the mail itself is kept: of what is about one customer, so that one sees later what was said. A campaign is one text for
/// many.
#[must_use]
pub fn is_kept(mail: &Claimed) -> bool {
    mail.campaign.is_none()
}

/// Writes a mail. `unsubscribe` is the address that its footer leads to.
///
/// # Errors
/// When the database does not answer.
pub async fn write(state: &AppState, mail: &Claimed, unsubscribe: &str) -> AppResult<Result<Written, Unwritten>> {
    match (mail.campaign, mail.customer) {
        (Some(campaign), Some(customer)) => of_campaign(state, campaign, customer, unsubscribe).await,
        (Some(_), None) => Ok(Err(Unwritten::Never("mail.why.gone"))),
        (None, _) => Ok(Err(Unwritten::NotYet)),
    }
}

async fn of_campaign(
    state: &AppState,
    campaign: CampaignId,
    customer: CustomerId,
    unsubscribe: &str,
) -> AppResult<Result<Written, Unwritten>> {
    let to: Option<(String, String, String)> =
        state.db.optional("SELECT email, first_name, last_name FROM customers WHERE id = $1 AND anonymised_at IS NULL", args![customer]).await?;
    let content: Option<(String, String, String)> =
        state.db.optional("SELECT subject, html, text FROM campaigns WHERE id = $1", args![campaign]).await?;
    let (Some((to, first, last)), Some((subject, html, text))) = (to, content) else {
        return Ok(Err(Unwritten::Never("mail.why.gone")));
    };
    let fill = |text: &str, escape: fn(&str) -> String| {
        text.replace("{{customer.first_name}}", &escape(&first))
            .replace("{{customer.last_name}}", &escape(&last))
            .replace("{{unsubscribe_url}}", &escape(unsubscribe))
    };
    let plain = |text: &str| text.to_owned();
    let one_line = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let letter =
        Letter { subject: fill(&subject, one_line), html: fill(&html, escaped), text: fill(&text, plain), attachments: Vec::new() };
    Ok(Ok(Written { to, letter }))
}

/// Text as HTML shows it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
