//! All SQL of tags.

use super::{TagForm, TagLabel, TagQuery, checked_name};
use crate::args;
use crate::base::text::{escape_like, normalise};
use crate::base::{AppError, AppResult, TagId, Timestamp};
use crate::server::db::dialect::for_update;
use crate::server::{DbResult, Query, Tx};

/// The tag of this name, made where there is none, and its name as it is written.
///
/// # Errors
/// [`AppError::Invalid`] on `tag` for a name that cannot be.
pub async fn find_or_create(tx: &Tx, name: &str, now: Timestamp) -> AppResult<(TagId, String)> {
    let name = checked_name("tag", name)?;
    let key = key(&name).ok_or_else(|| AppError::invalid("tag", "tag.name_invalid"))?;
    // Updating the row with itself makes RETURNING yield the one that was there.
    let (id, name): (i64, String) = tx
        .one(
            "INSERT INTO tags (name, name_key, created_at) VALUES ($1, $2, $3)
             ON CONFLICT (name_key) DO UPDATE SET name_key = excluded.name_key RETURNING id, name",
            args![name, key, now],
        )
        .await?;
    Ok((TagId(id), name))
}

/// The form in which names are compared; `None` for one of which nothing is left.
fn key(name: &str) -> Option<String> {
    Some(normalise(name)).filter(|key| !key.is_empty())
}

/// A tag in use by its normalised name.
///
/// # Errors
/// When the database does not answer.
pub async fn find_by_key(q: &impl Query, key: &str) -> DbResult<Option<TagId>> {
    let row: Option<(i64,)> = q.optional("SELECT id FROM tags WHERE name_key = $1 AND gone_at = 0", args![key]).await?;
    Ok(row.map(|(id,)| TagId(id)))
}

/// A tag's row.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Tag {
    pub id: i64,
    pub name: String,
    pub hue: Option<i64>,
    pub created_at: i64,
    pub version: i64,
    /// Promotions that are for those who carry it, or open earlier for them.
    pub promotions: i64,
    /// Products that open earlier for them.
    pub products: i64,
    pub ruled: bool,
}

impl Tag {
    #[must_use]
    pub fn label(&self) -> TagLabel {
        TagLabel { id: TagId(self.id), name: self.name.clone(), hue: hue(self.hue) }
    }
}

/// A colour as it is kept.
#[must_use]
pub fn hue(stored: Option<i64>) -> Option<u8> {
    stored.and_then(|hue| u8::try_from(hue).ok())
}

const TAGS: &str = "SELECT t.id, t.name, t.hue, t.created_at, t.version,
      (SELECT COUNT(*) FROM promotions p WHERE p.tag_id = t.id OR p.early_tag_id = t.id) AS promotions,
      (SELECT COUNT(*) FROM products p WHERE p.early_tag_id = t.id) AS products,
      EXISTS (SELECT 1 FROM assignment_rules r WHERE r.tag_id = t.id AND r.active) AS ruled
    FROM tags t WHERE t.gone_at = 0";

/// The tags in use whose name has the search in it, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn list(q: &impl Query, query: &TagQuery) -> DbResult<Vec<Tag>> {
    let pattern = format!("%{}%", escape_like(&normalise(&query.search)));
    q.all(&format!("{TAGS} AND t.name_key LIKE $1 ESCAPE '\\' ORDER BY t.name_key, t.id"), args![pattern]).await
}

/// A tag in use.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn get(q: &impl Query, id: TagId) -> AppResult<Tag> {
    q.optional(&format!("{TAGS} AND t.id = $1"), args![id]).await?.ok_or(AppError::NotFound)
}

/// As [`get`], locked until the end of the transaction: nobody puts it on meanwhile.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn hold(tx: &Tx, id: TagId) -> AppResult<Tag> {
    tx.optional::<(i64,)>(&format!("SELECT id FROM tags WHERE id = $1{}", for_update(tx)), args![id]).await?;
    get(tx, id).await
}

/// # Errors
/// [`AppError::Invalid`] on `name` for one of which nothing is left;
/// [`DbError::Unique`](crate::server::DbError::Unique) when it is taken.
pub async fn insert(tx: &Tx, form: &TagForm, now: Timestamp) -> AppResult<TagId> {
    let key = key(&form.name).ok_or_else(|| AppError::invalid("name", "tag.name_invalid"))?;
    let sql = "INSERT INTO tags (name, name_key, hue, created_at) VALUES ($1, $2, $3, $4) RETURNING id";
    let id = tx.insert(sql, args![form.name.as_str(), key, form.hue.map(i64::from), now]).await;
    id.map(TagId).map_err(taken)
}

/// # Errors
/// As [`insert`].
pub async fn update(tx: &Tx, id: TagId, form: &TagForm) -> AppResult<()> {
    let key = key(&form.name).ok_or_else(|| AppError::invalid("name", "tag.name_invalid"))?;
    let sql = "UPDATE tags SET name = $2, name_key = $3, hue = $4, version = version + 1 WHERE id = $1";
    let done = tx.execute(sql, args![id, form.name.as_str(), key, form.hue.map(i64::from)]).await;
    done.map(drop).map_err(taken)
}

fn taken(error: crate::server::DbError) -> AppError {
    match error {
        crate::server::DbError::Unique(_) => AppError::invalid("name", "tags.name_taken"),
        other => other.into(),
    }
}

/// Does away with a tag: its name is free. A control stands in its key, which no name's key has.
///
/// # Errors
/// When the database does not answer.
pub async fn retire(tx: &Tx, id: TagId, now: Timestamp) -> DbResult<()> {
    let sql = "UPDATE tags SET name_key = $2, gone_at = $3, version = version + 1 WHERE id = $1 AND gone_at = 0";
    tx.execute(sql, args![id, format!("\u{1}{id}"), now]).await.map(drop)
}

/// Brings a tag back that was done away with.
///
/// # Errors
/// [`AppError::Conflict`] where another has its name meanwhile.
pub async fn revive(tx: &Tx, id: TagId) -> AppResult<()> {
    let row: Option<(String,)> = tx.optional("SELECT name FROM tags WHERE id = $1 AND gone_at > 0", args![id]).await?;
    let Some((name,)) = row else { return Ok(()) };
    let key = key(&name).unwrap_or_default();
    if find_by_key(tx, &key).await?.is_some() {
        return Err(AppError::Conflict { message: "tags.name_taken_again".into() });
    }
    tx.execute("UPDATE tags SET name_key = $2, gone_at = 0, version = version + 1 WHERE id = $1", args![id, key]).await?;
    Ok(())
}

/// Who carries any of these tags, by id; merged and anonymised customers too.
///
/// # Errors
/// When the database does not answer.
pub async fn carriers(q: &impl Query, tags: &[TagId]) -> DbResult<Vec<i64>> {
    let ids = list_of(tags);
    let rows: Vec<(i64,)> = q
        .all(&format!("SELECT DISTINCT customer_id FROM customer_tags WHERE tag_id IN ({ids}) ORDER BY customer_id"), args![])
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Ids for an `IN`; they are numbers of ours.
#[must_use]
pub fn list_of(tags: &[TagId]) -> String {
    let ids: Vec<String> = tags.iter().map(TagId::to_string).collect();
    if ids.is_empty() { "0".into() } else { ids.join(", ") }
}
