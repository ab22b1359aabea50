//! Mails of a campaign that is being written, to those who write it: what is queued is the draft and as whom it is looked at, and it is
//! filled in when it leaves.

use super::letters::{Unwritten, Written as Sent, letter};
use super::store::Claimed;
use super::variables;
use crate::base::i18n::Lang;
use crate::base::{AppResult, CustomerId};
use crate::messages::templates::catalogue::Catalogue;
use crate::messages::templates::{Draft, Purpose, RenderedMail, Source, Template};
use crate::server::AppState;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What the outbox calls them. No template has this name.
pub const TEMPLATE: &str = "campaign_test";

/// What is queued.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Written {
    pub draft: Draft,
    /// As whom; `None`: with samples.
    pub customer: Option<CustomerId>,
}

/// Writes one.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn write(state: &AppState, mail: &Claimed, lang: Lang) -> AppResult<Result<Sent, Unwritten>> {
    let written = render(state, &mail.data, &mail.recipient, lang).await?;
    let sent = |mail_text| Sent { to: mail.recipient.clone(), letter: letter(mail_text, Vec::new()) };
    Ok(written.map(sent).ok_or(Unwritten::Never("mail.why.template")))
}

/// What a queued one says; `None` where it cannot be filled in any more.
///
/// # Errors
/// When the database does not answer.
pub async fn render(state: &AppState, data: &str, to: &str, lang: Lang) -> AppResult<Option<RenderedMail>> {
    let Ok(Written { draft, customer }) = serde_json::from_str::<Written>(data) else { return Ok(None) };
    let source = Source {
        subject_matter: "campaign".into(),
        purpose: Purpose::Marketing,
        layout: draft.layout,
        subject: lang.with("composer.write.test_subject", &[("subject", &draft.subject.trim())]),
        preheader: draft.preheader,
        body: draft.body,
        text: draft.text.filter(|text| !text.trim().is_empty()),
    };
    let Ok(template) = Template::compile(&source, lang) else { return Ok(None) };
    // A link that looks like one, and that nobody's consent hangs on.
    let link = format!("{}/unsubscribe/test", state.config.public_url.trim_end_matches('/'));
    let mut variables = variables::everywhere(state, customer, to, &link).await?;
    match customer {
        // The address of whom the mail would go to, not of who looks at it.
        Some(customer) => {
            if let Some(email) = variables::email(state, customer).await? {
                variables.set("customer.email", email);
            }
        }
        None => variables.take(Catalogue::of("campaign").samples(state.settings().base_currency).only("customer.")),
    }
    Ok(template.render(&Arc::new(variables)).ok())
}
