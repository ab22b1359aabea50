//! Reading the whole log.

use super::store::{self, AuditRow};
use super::{AuditLine, AuditPage, AuditQuery, LogEntry, Subject};
use crate::base::{AppResult, CustomerId, Timestamp};
use crate::customers::name::display_name;
use crate::office::settings::zone::Zone;
use crate::office::staff;
use crate::server::Context;

/// Entries on a page.
const PAGE: usize = 50;

/// A page of the log: what happened to customers who do not exist for the member who asks is left out.
///
/// # Errors
/// When the database does not answer.
pub async fn list(ctx: &Context, query: &str) -> AppResult<AuditPage> {
    let query = AuditQuery::parse(query);
    let zone = ctx.state.zone();
    let rows = store::list(&ctx.state.db, &query, ctx.scope(), PAGE + 1).await?;
    let more = rows.len() > PAGE;
    let lines = rows.into_iter().take(PAGE).map(|row| line(row, zone)).collect();
    Ok(AuditPage { lines, more, staff: staff::store::list_names(&ctx.state.db).await? })
}

fn line(row: AuditRow, zone: Zone) -> AuditLine {
    let subject = match (row.customer_id, row.entity.as_str()) {
        (Some(id), _) => {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let name = display_name(&text(&row.first_name), &text(&row.last_name), &text(&row.company), &text(&row.email));
            Subject::Customer { id: CustomerId(id), name }
        }
        (None, "staff") => Subject::Staff { name: row.member.unwrap_or_default() },
        _ => Subject::Other,
    };
    let entry = LogEntry {
        id: row.id,
        at: zone.moment(Timestamp(row.at)),
        by: row.by_name,
        action: row.action,
        changes: row.changes.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
    };
    AuditLine { entry, subject, ip: row.ip.unwrap_or_default() }
}
