//! What recipients do with the mails of campaigns: opens, clicks, and the orders that follow (C6).
//!
//! Invariants: links lead where the campaign says and nowhere else, since their targets are kept and only a signed number travels; following
//! one never waits for what is written about it; a mail's row for a link counts however often it is followed, so tables are
//! bounded by mails and links; who withdrew consent is not followed any longer, and who refused cookies never was; each order
//! belongs to one campaign at most.

pub mod endpoint;
pub mod machine;
pub mod orders;
pub mod store;
mod token;

pub use endpoint::routes;
pub use token::{link_token, open_token};

use crate::base::{CampaignId, MailId};
use crate::messages::templates::Value;
use crate::messages::templates::Variables;
use crate::messages::templates::links::{PICTURE_VARIABLE, link_variable};
use crate::server::AppState;

/// Sets where the links of one mail lead: to us, who lead on. `links` are the numbers of the campaign's links by position.
pub fn address(state: &AppState, mail: MailId, links: &[i64], variables: &mut Variables) {
    let shop = state.config.public_url.trim_end_matches('/');
    for (position, link) in links.iter().enumerate() {
        let url = format!("{shop}/l/{}", link_token(state, mail, *link));
        variables.set(&link_variable(position), Value::Url(url));
    }
    variables.set(PICTURE_VARIABLE, Value::Url(format!("{shop}/o/{}", open_token(state, mail))));
}

/// The targets of a campaign's links, written once; their numbers by position.
///
/// # Errors
/// When the database does not answer.
pub async fn register(state: &AppState, campaign: CampaignId, targets: &[String]) -> crate::base::AppResult<Vec<i64>> {
    let known = store::list_links(&state.db, campaign).await?;
    if known.len() >= targets.len() {
        return Ok(known.into_iter().map(|(id, ..)| id).collect());
    }
    let tx = state.db.begin().await?;
    store::add_links(&tx, campaign, targets).await?;
    let links = store::list_links(&tx, campaign).await?;
    tx.commit().await?;
    Ok(links.into_iter().map(|(id, ..)| id).collect())
}

/// A mail's HTML without the picture that says that it was opened: staff who look at a mail are not its recipient.
#[must_use]
pub fn without_picture(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find("<img src=\"") {
        let Some(end) = rest[at..].find('>').map(|end| at + end + 1) else { break };
        let tag = &rest[at..end];
        out.push_str(&rest[..at]);
        let address = tag.trim_start_matches("<img src=\"").split('"').next().unwrap_or_default();
        if !address.rsplit_once("/o/").is_some_and(|(_, token)| token::is_shaped(token)) {
            out.push_str(tag);
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}
