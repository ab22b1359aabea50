//! All SQL of the outbox as it is read.

use super::OutboxQuery;
use crate::args;
use crate::base::text::{escape_like, normalise};
use crate::base::{BranchId, MailId, Timestamp};
use crate::server::db::dialect::lower;
use crate::server::{Args, DbResult, Query, Tx};

/// A mail's row, with the names that belong to it. Of a campaign the address is written down when the mail leaves; before that it is the
/// customer's present one.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MailRow {
    pub id: i64,
    pub customer_id: Option<i64>,
    pub recipient: String,
    pub template: String,
    pub locale: String,
    pub data: String,
    pub state: String,
    pub subject: String,
    pub message_id: String,
    pub why: String,
    pub answer: String,
    pub created_at: i64,
    pub sent_at: i64,
    pub campaign_id: Option<i64>,
    pub campaign: Option<String>,
    /// Which of the campaign's subjects it has, or would have.
    pub variant: i64,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company: Option<String>,
}

const MAILS: &str =
    "SELECT o.id, o.customer_id, CASE WHEN o.recipient = '' THEN COALESCE(c.email, '') ELSE o.recipient END AS recipient, o.template, o.locale, o.data, o.state, o.subject, o.message_id, o.why, o.answer,
      o.created_at, o.sent_at, o.campaign_id, p.name AS campaign,
      CASE WHEN o.variant < 0 AND p.winner > 0 THEN p.winner WHEN o.variant < 0 THEN 0 ELSE o.variant END AS variant, c.first_name, c.last_name, c.company
    FROM outbox o LEFT JOIN customers c ON c.id = o.customer_id LEFT JOIN campaigns p ON p.id = o.campaign_id";

/// At most `limit` mails that `query` wants, the newest first; with a `scope` none to customers of other branches, nor to nobody.
///
/// # Errors
/// When the database does not answer.
pub async fn list(q: &impl Query, query: &OutboxQuery, scope: Option<&[BranchId]>, limit: usize) -> DbResult<Vec<MailRow>> {
    let mut args = args![query.before.unwrap_or(i64::MAX)];
    let mut wanted = in_scope(scope, &mut args);
    if !query.state.is_empty() {
        wanted.push_str(&format!(" AND o.state = ${}", args.push(query.state.as_str())));
    }
    if let Some(customer) = query.customer {
        wanted.push_str(&format!(" AND o.customer_id = ${}", args.push(customer)));
    }
    if let Some(campaign) = query.campaign {
        wanted.push_str(&format!(" AND o.campaign_id = ${}", args.push(campaign)));
    }
    if !query.template.is_empty() {
        // That it has one at all is said for the index.
        wanted.push_str(&format!(" AND o.template <> '' AND o.template = ${}", args.push(query.template.as_str())));
    }
    if !query.text.is_empty() {
        let plain = args.push(format!("%{}%", escape_like(&query.text.to_lowercase())));
        let folded = args.push(format!("%{}%", escape_like(&normalise(&query.text))));
        let [recipient, subject, campaign] = ["o.recipient", "o.subject", "p.name"].map(|column| lower(q, column));
        wanted.push_str(&format!(
            " AND ({recipient} LIKE ${plain} ESCAPE '\\' OR {subject} LIKE ${plain} ESCAPE '\\'
               OR c.name_key LIKE ${folded} ESCAPE '\\' OR {campaign} LIKE ${plain} ESCAPE '\\')"
        ));
    }
    q.all(&format!("{MAILS} WHERE o.id < $1{wanted} ORDER BY o.id DESC LIMIT {limit}"), args).await
}

/// One mail, if it exists within the scope.
///
/// # Errors
/// When the database does not answer.
pub async fn find(q: &impl Query, id: i64, scope: Option<&[BranchId]>) -> DbResult<Option<MailRow>> {
    let mut args = args![id];
    let wanted = in_scope(scope, &mut args);
    q.optional(&format!("{MAILS} WHERE o.id = $1{wanted}"), args).await
}

/// The mail that was queued under a key.
///
/// # Errors
/// When the database does not answer.
pub async fn find_by_key(q: &impl Query, key: &str) -> DbResult<Option<MailId>> {
    let row: Option<(i64,)> = q.optional("SELECT id FROM outbox WHERE dedup_key = $1", args![key]).await?;
    Ok(row.map(|(id,)| MailId(id)))
}

/// Decides about a mail in doubt: sent again, or not. False where it is not in doubt.
///
/// # Errors
/// When the database does not answer.
pub async fn decide(tx: &Tx, id: MailId, again: bool, now: Timestamp) -> DbResult<bool> {
    let sql = if again {
        "UPDATE outbox SET state = 'queued', worker = '', next_at = $2 WHERE id = $1 AND state = 'in_doubt'"
    } else {
        "UPDATE outbox SET state = 'failed', worker = '', next_at = $2, why = 'mail.why.in_doubt' WHERE id = $1 AND state = 'in_doubt'"
    };
    Ok(tx.execute(sql, args![id, now]).await? == 1)
}

/// A mail as it was handed over, sealed, where it is kept.
///
/// # Errors
/// When the database does not answer.
pub async fn find_letter(q: &impl Query, id: i64) -> DbResult<Option<String>> {
    let row: Option<(String,)> = q.optional("SELECT sealed FROM outbox_letters WHERE mail_id = $1", args![id]).await?;
    Ok(row.map(|(sealed,)| sealed))
}

fn in_scope(scope: Option<&[BranchId]>, args: &mut Args) -> String {
    match scope {
        None => String::new(),
        Some([]) => " AND 1 = 0".to_owned(),
        Some(branches) => {
            let binds: Vec<String> = branches.iter().map(|branch| format!("${}", args.push(*branch))).collect();
            format!(" AND c.branch_id IN ({})", binds.join(", "))
        }
    }
}
