//! Deciding about a mail of which nobody knows whether the mail server has it: it is sent again, at the risk that somebody gets it twice, or it
//! is left as it is.

use super::store::{self, MailRow};
use crate::base::{AppError, AppResult, BranchId, CampaignId, CustomerId, MailId};
use crate::messages::campaigns::service::{go_on, hold_doubtful};
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::server::Tx;

/// Decides about one mail.
///
/// # Errors
/// [`AppError::NotFound`] where it does not exist within the scope; [`AppError::Conflict`] where it is not in doubt (any more), or belongs to
/// a campaign that was cancelled.
pub async fn decide(tx: &Tx, scope: Option<&[BranchId]>, actor: &Actor, id: MailId, again: bool) -> AppResult<()> {
    let row = store::find(tx, id.0, scope).await?.ok_or(AppError::NotFound)?;
    // The campaign is locked before its mails, as everywhere.
    let campaign = match row.campaign_id.map(CampaignId) {
        Some(campaign) => Some((campaign, hold_doubtful(tx, campaign, again).await?.0)),
        None => None,
    };
    if !store::decide(tx, id, again, actor.at).await? {
        return Err(AppError::Conflict { message: "outbox.not_in_doubt".into() });
    }
    if let Some((campaign, state)) = campaign {
        go_on(tx, campaign, state, again, actor.at).await?;
    }
    note(tx, actor, &row, again).await
}

async fn note(tx: &Tx, actor: &Actor, row: &MailRow, again: bool) -> AppResult<()> {
    let what = match &row.campaign {
        Some(campaign) => Change::of("campaign", "", campaign),
        None => Change::of("template", "", &row.template),
    };
    let changes: Vec<Change> = what.into_iter().collect();
    let customer = row.customer_id.map(CustomerId);
    let (entity, entity_id) = customer.map_or(("mail", row.id), |customer| ("customer", customer.0));
    let action = if again { "mail.sent_again" } else { "mail.left" };
    Ok(record(tx, actor, Entry { action, entity, entity_id, customer, changes: &changes }).await?)
}
