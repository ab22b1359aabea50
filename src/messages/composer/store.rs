//! SQL of drafts of campaigns, beside that of campaigns.

use super::{Opened, Person};
use crate::args;
use crate::base::{AppResult, BranchId, CampaignId, CustomerId, StaffId, Timestamp};
use crate::customers::name::display_name;
use crate::messages::campaigns::store::{get_brief, get_form};
use crate::office::settings::zone::Zone;
use crate::server::db::dialect::{for_update, numbers_of_json};
use crate::server::{DbResult, Query, Tx};

/// A draft, and who wrote it last.
///
/// # Errors
/// [`crate::base::AppError::NotFound`].
pub async fn open(q: &impl Query, id: CampaignId, zone: Zone) -> AppResult<Opened> {
    let (version, form) = get_form(q, id).await?;
    let sql = "SELECT s.name, c.updated_at FROM campaigns c LEFT JOIN staff s ON s.id = c.changed_by WHERE c.id = $1";
    let (by, at): (Option<String>, i64) = q.one(sql, args![id]).await?;
    Ok(Opened { id, version, form, by: by.unwrap_or_default(), at: zone.moment(Timestamp(at)) })
}

/// Makes drafts of one member wait for each other.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_member(tx: &Tx, staff: StaffId) -> DbResult<()> {
    let sql = format!("SELECT id FROM staff WHERE id = $1{}", for_update(tx));
    let _: Option<(i64,)> = tx.optional(&sql, args![staff]).await?;
    Ok(())
}

/// The draft that a member began since then, for this audience, and nobody wrote on.
///
/// # Errors
/// When the database does not answer.
pub async fn find_untouched(q: &impl Query, by: StaffId, audience: &str, since: Timestamp) -> DbResult<Option<CampaignId>> {
    let sql =
        "SELECT id FROM campaigns WHERE created_by = $1 AND state = 'draft' AND deleted_at = 0 AND version = 1 AND body = ''
          AND audience = $2 AND created_at > $3 ORDER BY id DESC LIMIT 1";
    let row: Option<(i64,)> = q.optional(sql, args![by, audience, since]).await?;
    Ok(row.map(|(id,)| CampaignId(id)))
}

/// Whether the newest entry of the audit log about a campaign says that this member changed it, since then.
///
/// # Errors
/// When the database does not answer.
pub async fn is_noted(q: &impl Query, id: CampaignId, by: StaffId, since: Timestamp) -> DbResult<bool> {
    let sql =
        "SELECT action, staff_id, at FROM audit_entries WHERE entity = 'campaign' AND entity_id = $1 ORDER BY id DESC LIMIT 1";
    let row: Option<(String, Option<i64>, i64)> = q.optional(sql, args![id]).await?;
    Ok(row.is_some_and(|(action, staff, at)| action == "campaign.changed" && staff == Some(by.0) && at > since.0))
}

/// Deletes a draft that was locked, or brings it back. What others wrote on before is another version.
///
/// # Errors
/// When the database does not answer.
pub async fn set_deleted(tx: &Tx, id: CampaignId, at: Timestamp) -> DbResult<bool> {
    let sql = "UPDATE campaigns SET deleted_at = $2 WHERE id = $1 AND state = 'draft' AND (deleted_at = 0) = ($2 <> 0)";
    Ok(tx.execute(sql, args![id, at]).await? == 1)
}

/// The name of a deleted draft.
///
/// # Errors
/// When the database does not answer.
pub async fn find_deleted(q: &impl Query, id: CampaignId) -> DbResult<Option<(String, String)>> {
    q.optional("SELECT name, scope FROM campaigns WHERE id = $1 AND deleted_at > 0", args![id]).await
}

/// These customers, and with `why` why they get no advertising whatever they agreed to.
///
/// # Errors
/// When the database does not answer.
pub async fn people(q: &impl Query, ids: &[CustomerId], why: bool) -> DbResult<Vec<Person>> {
    let json = serde_json::Value::from(ids.iter().map(|id| id.0).collect::<Vec<_>>()).to_string();
    let sql = format!(
        "SELECT c.id, c.first_name, c.last_name, c.company, c.email,
           CASE WHEN c.account_status = 'blocked' THEN 'blocked'
             ELSE COALESCE((SELECT MIN(x.reason) FROM suppressions x WHERE x.email_key = c.email_key AND x.lifted_at = 0), '') END
         FROM customers c WHERE c.id IN ({}) ORDER BY c.id",
        numbers_of_json(q, "$1")
    );
    let rows: Vec<(i64, String, String, String, String, String)> = q.all(&sql, args![json]).await?;
    let person = |(id, first, last, company, email, reason): (i64, String, String, String, String, String)| Person {
        id: CustomerId(id),
        name: display_name(&first, &last, &company, &email),
        email,
        why: if why && !reason.is_empty() { format!("composer.why.{reason}") } else { String::new() },
    };
    Ok(rows.into_iter().map(person).collect())
}

/// Of whose branches a campaign is.
///
/// # Errors
/// [`crate::base::AppError::NotFound`].
pub async fn scope(q: &impl Query, id: CampaignId) -> AppResult<Option<Vec<BranchId>>> {
    Ok(get_brief(q, id).await?.scope)
}
