//! A mail as it is written now, to those who write it: through the outbox, and on nobody's account.
//!
//! Invariants: it belongs to no campaign and no customer, so it counts for no cap and no report; it is filled in as one customer gets it, but its link
//! to unsubscribe is nobody's.

use super::service::source;
use super::{TESTS_MAX, TestMail, store};
use crate::base::i18n::{by_code, message};
use crate::base::{AppError, AppResult, CampaignId, CustomerId, MailId};
use crate::customers::profile::store::get_visible;
use crate::messages::campaigns::store as campaigns;
use crate::messages::composer::service::see;
use crate::messages::delivery::test_mail::{TEMPLATE, Written};
use crate::messages::templates::{Draft, Template};
use crate::messages::transport::recipient as address;
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::office::outbox::{Mail, store as outbox};
use crate::server::{Context, Tx, Viewer};

/// The longest key that tells a request apart.
const KEY_MAX: usize = 60;

/// Queues one mail for each address; the same key again queues none.
///
/// # Errors
/// [`AppError::Invalid`] on `addresses`, naming the one that mail servers would not take, and on the field that cannot be sent as it is
/// written; [`AppError::NotFound`] for a campaign or customer that does not exist for this member.
pub async fn send(
    ctx: &Context,
    id: CampaignId,
    draft: Draft,
    recipient: Option<CustomerId>,
    addresses: &[String],
    key: &str,
) -> AppResult<Vec<TestMail>> {
    if key.is_empty() || key.len() > KEY_MAX || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(AppError::invalid("key", "error.invalid"));
    }
    let prefix = prefix(ctx);
    let tx = ctx.state.db.begin().await?;
    let test = Test { id, draft, recipient, addresses, key: &format!("{prefix}{key}") };
    let ids = queue(&tx, ctx.viewer(), &ctx.actor(), test).await?;
    tx.commit().await?;
    Ok(store::tests(&ctx.state.db, &ids, &prefix).await?)
}

/// A test to be sent.
#[derive(Clone, Debug)]
pub struct Test<'a> {
    pub id: CampaignId,
    pub draft: Draft,
    /// As whom it is filled in; `None`: with samples.
    pub recipient: Option<CustomerId>,
    pub addresses: &'a [String],
    /// What the keys of its mails begin with.
    pub key: &'a str,
}

/// Queues one mail for each address of a test; the same key again queues none.
///
/// # Errors
/// As [`send`].
pub async fn queue(tx: &Tx, ctx: Viewer<'_>, actor: &Actor, test: Test<'_>) -> AppResult<Vec<MailId>> {
    let Test { id, draft, recipient, addresses, key } = test;
    see(tx, ctx.scope(), id).await?;
    check(addresses)?;
    let customer = match recipient {
        Some(id) => Some(get_visible(tx, ctx.scope(), id).await?),
        None => None,
    };
    let locale = match customer {
        Some(id) => store::locale(tx, id).await?,
        None => None,
    };
    let locale = locale.unwrap_or_else(|| ctx.state.settings().locale.clone());
    let lang = by_code(&locale);
    if let Err(errors) = Template::compile(&source(&draft), lang) {
        let error = errors.into_iter().next();
        let (field, text) = error.map_or(("body", "mail.why.template".to_owned()), |error| (error.field.code(), error.message));
        return Err(AppError::invalid(field, text));
    }
    let data = serde_json::to_value(Written { draft, customer }).map_err(|error| crate::server::internal(&error))?;
    let keys: Vec<String> = (0..addresses.len()).map(|at| format!("{key}:{at}")).collect();
    let before = store::ids_of_keys(tx, &keys).await?;
    for (to, key) in addresses.iter().zip(&keys) {
        let mail = Mail { customer: None, recipient: to, template: TEMPLATE, locale: &locale, data: data.clone(), key };
        outbox::queue(tx, mail, actor.at).await?;
    }
    let ids = store::ids_of_keys(tx, &keys).await?;
    if before.is_empty() {
        let name = campaigns::lock(tx, id).await?.1;
        let changes: Vec<Change> =
            [Change::of("campaign", "", name), Change::of("recipient", "", addresses.join(", "))].into_iter().flatten().collect();
        let entry = Entry { action: "campaign.tested", entity: "campaign", entity_id: id.0, customer: None, changes: &changes };
        record(tx, actor, entry).await?;
    }
    Ok(ids)
}

/// How far test mails have come that this member sent.
///
/// # Errors
/// When the database does not answer.
pub async fn list(ctx: &Context, ids: &[MailId]) -> AppResult<Vec<TestMail>> {
    Ok(store::tests(&ctx.state.db, ids.get(..TESTS_MAX).unwrap_or(ids), &prefix(ctx)).await?)
}

/// What the keys of a member's test mails begin with.
fn prefix(ctx: &Context) -> String {
    format!("{TEMPLATE}:{}:", ctx.staff.id)
}

fn check(addresses: &[String]) -> AppResult<()> {
    if addresses.is_empty() || addresses.len() > TESTS_MAX {
        return Err(AppError::invalid("addresses", message("composer.write.addresses", &[("most", &TESTS_MAX)])));
    }
    match addresses.iter().find(|to| address(to).is_err()) {
        Some(wrong) => Err(AppError::invalid("addresses", message("composer.write.address_wrong", &[("address", wrong)]))),
        None => Ok(()),
    }
}
