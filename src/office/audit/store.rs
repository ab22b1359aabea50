//! Writing entries, always in the transaction of the change they tell of, and reading them.

use super::{AuditQuery, Change, LogEntry, LogPage};
use crate::args;
use crate::base::text::{escape_like, normalise};
use crate::base::{ApiKeyId, BranchId, CustomerId, JobId, SessionId, StaffId, Timestamp};
use crate::office::settings::zone::Zone;
use crate::server::db::dialect::lower;
use crate::server::{DbResult, Query, Tx};

/// Who did it and from where.
#[derive(Clone, Debug)]
pub struct Actor {
    /// `None` for programs, the system itself and the command line.
    pub staff: Option<StaffId>,
    pub session: Option<SessionId>,
    /// The key of the program that did it through the REST API.
    pub program: Option<ApiKeyId>,
    pub ip: String,
    pub at: Timestamp,
}

impl Actor {
    /// The system itself: jobs, the command line.
    #[must_use]
    pub fn system(at: Timestamp) -> Self {
        Self { staff: None, session: None, program: None, ip: String::new(), at }
    }

    /// A program with this key.
    #[must_use]
    pub fn program(key: ApiKeyId, ip: String, at: Timestamp) -> Self {
        Self { staff: None, session: None, program: Some(key), ip, at }
    }
}

/// What was done to what.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// `customer.updated`, `staff.invited`: the entity and a past participle.
    pub action: &'a str,
    pub entity: &'a str,
    pub entity_id: i64,
    /// The customer on whose Activity tab it shows.
    pub customer: Option<CustomerId>,
    pub changes: &'a [Change],
}

/// Writes one entry.
///
/// # Errors
/// When the database does not answer.
pub async fn record(tx: &Tx, actor: &Actor, entry: Entry<'_>) -> DbResult<()> {
    let id = tx
        .insert(
            "INSERT INTO audit_entries (at, staff_id, action, entity, entity_id, customer_id, session_id, api_key_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            args![
                actor.at,
                actor.staff,
                entry.action,
                entry.entity,
                entry.entity_id,
                entry.customer,
                actor.session,
                actor.program
            ],
        )
        .await?;
    let changes = serde_json::to_string(entry.changes).unwrap_or_else(|_| "[]".into());
    tx.execute("INSERT INTO audit_details (audit_id, changes, ip) VALUES ($1, $2, $3)", args![id, changes, actor.ip.as_str()])
        .await?;
    Ok(())
}

/// The newest entry of a job: those of its next batch come after it.
///
/// # Errors
/// When the database does not answer.
pub async fn last_of_job(q: &impl Query, job: JobId) -> DbResult<i64> {
    q.integer("SELECT MAX(id) FROM audit_entries WHERE entity = 'job' AND entity_id = $1", args![job]).await
}

// By the index of entities. Of the one of customers, which a plain IS NOT NULL invites, SQLite would read everything.
const DETAILS_OF_JOB: &str = "INSERT INTO audit_details (audit_id, changes, ip)
  SELECT id, $3, '' FROM audit_entries WHERE entity = 'job' AND entity_id = $1 AND id > $2 AND COALESCE(customer_id, 0) > 0";

/// Writes beside the entries about customers that a job added after `last` what it changed: for all the same.
///
/// # Errors
/// When the database does not answer.
pub async fn add_details_of_job(tx: &Tx, job: JobId, last: i64, changes: &[Change]) -> DbResult<()> {
    let changes = serde_json::to_string(changes).unwrap_or_else(|_| "[]".into());
    tx.execute(DETAILS_OF_JOB, args![job, last, changes]).await.map(drop)
}

/// At most `limit` entries about a customer, older than the entry `before` where one is given; newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_of_customer(
    q: &impl Query,
    customer: CustomerId,
    before: Option<i64>,
    limit: usize,
    zone: Zone,
) -> DbResult<LogPage> {
    let rows: Vec<(i64, i64, Option<String>, String, Option<String>)> = q
        .all(
            "SELECT e.id, e.at, COALESCE(m.name, k.name), e.action, d.changes FROM audit_entries e
             LEFT JOIN staff m ON m.id = e.staff_id LEFT JOIN api_keys k ON k.id = e.api_key_id
             LEFT JOIN audit_details d ON d.audit_id = e.id
             WHERE e.customer_id = $1 AND e.id < $2 ORDER BY e.id DESC LIMIT $3",
            args![customer, before.unwrap_or(i64::MAX), limit + 1],
        )
        .await?;
    let more = rows.len() > limit;
    let entry = |(id, at, by, action, changes): (i64, i64, Option<String>, String, Option<String>)| LogEntry {
        id,
        at: zone.moment(Timestamp(at)),
        by,
        action,
        changes: changes.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
    };
    Ok(LogPage { entries: rows.into_iter().take(limit).map(entry).collect(), more })
}

/// An entry with the names that belong to it.
#[derive(sqlx::FromRow)]
pub struct AuditRow {
    pub id: i64,
    pub at: i64,
    pub action: String,
    pub entity: String,
    pub by_name: Option<String>,
    pub changes: Option<String>,
    pub ip: Option<String>,
    pub customer_id: Option<i64>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company: Option<String>,
    pub email: Option<String>,
    /// The member whom an entry about staff is about.
    pub member: Option<String>,
}

/// At most `limit` entries that `query` wants, newest first; with a `scope` none about customers of other branches.
///
/// # Errors
/// When the database does not answer.
pub async fn list(q: &impl Query, query: &AuditQuery, scope: Option<&[BranchId]>, limit: usize) -> DbResult<Vec<AuditRow>> {
    let mut args = args![query.before.unwrap_or(i64::MAX)];
    let mut wanted = String::new();
    match query.by {
        Some(0) => wanted.push_str(" AND e.staff_id IS NULL AND e.api_key_id IS NULL"),
        Some(id) => wanted.push_str(&format!(" AND e.staff_id = ${}", args.push(id))),
        None => {}
    }
    match query.about.as_str() {
        "" => {}
        // By the newest first: of the index of customers, which a plain IS NOT NULL invites, SQLite would sort everything.
        "customer" => wanted.push_str(" AND COALESCE(e.customer_id, 0) > 0"),
        entity => wanted.push_str(&format!(" AND e.entity = ${}", args.push(entity))),
    }
    if !query.text.is_empty() {
        let plain = args.push(format!("%{}%", escape_like(&query.text.to_lowercase())));
        let folded = args.push(format!("%{}%", escape_like(&normalise(&query.text))));
        let [changes, by, key, of] = ["d.changes", "b.name", "k.name", "s.name"].map(|column| lower(q, column));
        wanted.push_str(&format!(
            " AND ({changes} LIKE ${plain} ESCAPE '\\' OR {by} LIKE ${plain} ESCAPE '\\' OR {key} LIKE ${plain} ESCAPE '\\'
               OR {of} LIKE ${plain} ESCAPE '\\' OR d.ip LIKE ${plain} ESCAPE '\\'
               OR c.name_key LIKE ${folded} ESCAPE '\\' OR c.email_key LIKE ${plain} ESCAPE '\\')"
        ));
    }
    if let Some(branches) = scope {
        // Ids are numbers: they can stand in the text. No branch has the id 0.
        let ids = branches.iter().fold("0".to_owned(), |ids, branch| format!("{ids}, {branch}"));
        wanted.push_str(&format!(" AND (e.customer_id IS NULL OR c.branch_id IN ({ids}))"));
    }
    let sql = format!(
        "SELECT e.id, e.at, e.action, e.entity, COALESCE(b.name, k.name) AS by_name, d.changes, d.ip, e.customer_id, c.first_name, c.last_name,
           c.company, c.email, s.name AS member
         FROM audit_entries e
         LEFT JOIN audit_details d ON d.audit_id = e.id
         LEFT JOIN staff b ON b.id = e.staff_id
         LEFT JOIN api_keys k ON k.id = e.api_key_id
         LEFT JOIN customers c ON c.id = e.customer_id
         LEFT JOIN staff s ON e.entity = 'staff' AND s.id = e.entity_id
         WHERE e.id < $1{wanted} ORDER BY e.id DESC LIMIT {limit}"
    );
    q.all(&sql, args).await
}
