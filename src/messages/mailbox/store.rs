//! All SQL of reading the outbox.

use super::{OutboxLine, OutboxPage, OutboxQuery};
use crate::args;
use crate::base::text::escape_like;
use crate::base::{BranchId, CampaignId, CustomerId, MailId, Timestamp};
use crate::messages::campaigns::branches;
use crate::office::settings::zone::Zone;
use crate::server::{Args, DbResult, Query};

const PAGE: usize = 50;

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    customer_id: Option<i64>,
    recipient: String,
    campaign_id: Option<i64>,
    about: String,
    subject: String,
    state: String,
    why: String,
    answer: String,
    created_at: i64,
    sent_at: i64,
    kept: bool,
}

/// A condition: the mail `o` is about nobody, or about a customer who exists for `scope`.
fn visible(q: &impl Query, scope: Option<&[BranchId]>, args: &mut Args) -> String {
    match scope {
        None => String::new(),
        Some(_) => {
            let branches = branches(q, scope, args);
            format!(" AND EXISTS (SELECT 1 FROM customers c WHERE c.id = o.customer_id{branches})")
        }
    }
}

/// A page of the outbox.
///
/// # Errors
/// When the database does not answer.
pub async fn list(q: &impl Query, query: &OutboxQuery, scope: Option<&[BranchId]>, zone: Zone) -> DbResult<OutboxPage> {
    let mut args = args![query.before.map_or(i64::MAX, |id| id.0), PAGE + 1];
    let mut wanted = match query.state.as_str() {
        "queued" => " AND o.state IN ('queued', 'claimed', 'handing_over')".to_owned(),
        known @ ("sent" | "failed" | "skipped" | "in_doubt") => format!(" AND o.state = ${}", args.push(known)),
        _ => String::new(),
    };
    if let Some(customer) = query.customer {
        wanted += &format!(" AND o.customer_id = ${}", args.push(customer));
    }
    let search = query.search.trim().to_lowercase();
    if !search.is_empty() {
        wanted += &format!(" AND LOWER(o.recipient) LIKE ${} ESCAPE '\\'", args.push(format!("{}%", escape_like(&search))));
    }
    wanted += &visible(q, scope, &mut args);
    let sql = format!(
        "SELECT o.id, o.customer_id, o.recipient, o.campaign_id, COALESCE(p.name, o.template) AS about, o.subject, o.state, o.why, o.answer,
           o.created_at, o.sent_at, EXISTS (SELECT 1 FROM outbox_letters l WHERE l.mail_id = o.id) AS kept
         FROM outbox o LEFT JOIN campaigns p ON p.id = o.campaign_id WHERE o.id < $1{wanted} ORDER BY o.id DESC LIMIT $2"
    );
    let mut rows: Vec<Row> = q.all(&sql, args).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let line = |row: Row| OutboxLine {
        id: MailId(row.id),
        customer: row.customer_id.map(CustomerId),
        recipient: row.recipient,
        campaign: row.campaign_id.map(CampaignId),
        about: row.about,
        subject: row.subject,
        state: if matches!(row.state.as_str(), "claimed" | "handing_over") { "queued".into() } else { row.state },
        why: row.why,
        answer: row.answer,
        created: zone.moment(Timestamp(row.created_at)),
        sent: zone.moment_or_never(row.sent_at),
        kept: row.kept,
    };
    Ok(OutboxPage { mails: rows.into_iter().map(line).collect(), more })
}

/// A mail that was kept: its template and, sealed, itself.
///
/// # Errors
/// When the database does not answer.
pub async fn find_letter(q: &impl Query, id: MailId, scope: Option<&[BranchId]>) -> DbResult<Option<(String, String)>> {
    let mut args = args![id];
    let visible = visible(q, scope, &mut args);
    let sql =
        format!("SELECT o.template, l.sealed FROM outbox o JOIN outbox_letters l ON l.mail_id = o.id WHERE o.id = $1{visible}");
    q.optional(&sql, args).await
}
