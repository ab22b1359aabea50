//! All SQL of templates.

use super::{Layout, Source};
use crate::args;
use crate::base::{StaffId, Timestamp};
use crate::server::db::dialect::for_update;
use crate::server::{DbResult, Query, Tx};

/// A version's row and the name of who made it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct VersionRow {
    pub number: i64,
    pub builtin: bool,
    pub layout: String,
    pub subject: String,
    pub preheader: String,
    pub body: String,
    pub plain: Option<String>,
    pub made_by: Option<String>,
    pub made_at: i64,
}

/// A template of which there is a row.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TemplateRow {
    pub id: i64,
    pub name: String,
    pub title: String,
    pub retired_at: i64,
}

const VERSIONS: &str =
    "SELECT v.number, v.builtin, v.layout, v.subject, v.preheader, v.body, v.plain, s.name AS made_by, v.made_at
    FROM mail_template_versions v JOIN mail_templates t ON t.id = v.template_id LEFT JOIN staff s ON s.id = v.made_by
    WHERE t.name = $1 AND v.locale = $2";

/// The version that counts; `None` where nobody has changed it.
///
/// # Errors
/// When the database does not answer.
pub async fn current(q: &impl Query, name: &str, locale: &str) -> DbResult<Option<VersionRow>> {
    q.optional(&format!("{VERSIONS} ORDER BY v.number DESC LIMIT 1"), args![name, locale]).await
}

/// One version.
///
/// # Errors
/// When the database does not answer.
pub async fn find_version(q: &impl Query, name: &str, locale: &str, number: i64) -> DbResult<Option<VersionRow>> {
    q.optional(&format!("{VERSIONS} AND v.number = $3"), args![name, locale, number]).await
}

/// The versions of a template in a language, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn versions(q: &impl Query, name: &str, locale: &str) -> DbResult<Vec<VersionRow>> {
    // More than anybody looks through.
    q.all(&format!("{VERSIONS} ORDER BY v.number DESC LIMIT 100"), args![name, locale]).await
}

/// Every template of which there is a row.
///
/// # Errors
/// When the database does not answer.
pub async fn list(q: &impl Query) -> DbResult<Vec<TemplateRow>> {
    q.all("SELECT id, name, title, retired_at FROM mail_templates ORDER BY id", args![]).await
}

/// The versions that count: template's id, language, whether it is as the program brings it, subject, layout, when it was made.
///
/// # Errors
/// When the database does not answer.
pub async fn list_current(q: &impl Query) -> DbResult<Vec<(i64, String, bool, String, String, i64)>> {
    q.all(
        "SELECT v.template_id, v.locale, v.builtin, v.subject, v.layout, v.made_at FROM mail_template_versions v
         WHERE v.number = (SELECT MAX(o.number) FROM mail_template_versions o WHERE o.template_id = v.template_id AND o.locale = v.locale)",
        args![],
    )
    .await
}

/// A template's row.
///
/// # Errors
/// When the database does not answer.
pub async fn find(q: &impl Query, name: &str) -> DbResult<Option<TemplateRow>> {
    q.optional("SELECT id, name, title, retired_at FROM mail_templates WHERE name = $1", args![name]).await
}

/// Locks a template's row, made where there is none yet; yields its id.
///
/// # Errors
/// When the database does not answer.
pub async fn hold(tx: &Tx, name: &str, now: Timestamp) -> DbResult<i64> {
    let sql = "INSERT INTO mail_templates (name, created_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    tx.execute(sql, args![name, now]).await?;
    let sql = format!("SELECT id FROM mail_templates WHERE name = $1{}", for_update(tx));
    Ok(tx.one::<(i64,)>(&sql, args![name]).await?.0)
}

/// Adds an own template; yields its id.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &Tx, name: &str, title: &str, now: Timestamp) -> DbResult<i64> {
    tx.insert("INSERT INTO mail_templates (name, title, created_at) VALUES ($1, $2, $3) RETURNING id", args![name, title, now])
        .await
}

/// The number of the version that counts; 0 for none.
///
/// # Errors
/// When the database does not answer.
pub async fn last_number(tx: &Tx, template: i64, locale: &str) -> DbResult<i64> {
    let sql = "SELECT MAX(number) FROM mail_template_versions WHERE template_id = $1 AND locale = $2";
    tx.integer(sql, args![template, locale]).await
}

/// Adds a version; `source` is `None` for the one that the program brings.
///
/// # Errors
/// When the database does not answer.
pub async fn add_version(
    tx: &Tx,
    (template, locale, number): (i64, &str, i64),
    source: Option<&Source>,
    by: Option<StaffId>,
    now: Timestamp,
) -> DbResult<()> {
    let text = |of: fn(&Source) -> &str| source.map(of).unwrap_or_default();
    let layout = source.map_or("", |source| source.layout.code());
    let plain = source.and_then(|source| source.text.clone());
    tx.execute(
        "INSERT INTO mail_template_versions (template_id, locale, number, builtin, layout, subject, preheader, body, plain, made_by, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            template,
            locale,
            number,
            source.is_none(),
            layout,
            text(|source| &source.subject),
            text(|source| &source.preheader),
            text(|source| &source.body),
            plain,
            by,
            now
        ],
    )
    .await
    .map(drop)
}

/// Takes an own template out of use, or back; whether that changed anything.
///
/// # Errors
/// When the database does not answer.
pub async fn set_retired(tx: &Tx, name: &str, at: Timestamp) -> DbResult<bool> {
    let sql = "UPDATE mail_templates SET retired_at = $2 WHERE name = $1 AND title <> '' AND (retired_at = 0) = ($2 > 0)";
    Ok(tx.execute(sql, args![name, at]).await? == 1)
}

/// A layout as it is kept.
#[must_use]
pub fn layout(stored: &str) -> Layout {
    Layout::parse(stored).unwrap_or_default()
}
