//! All SQL of tags.

use crate::args;
use crate::base::text::normalise;
use crate::base::{AppError, AppResult, TagId, Timestamp};
use crate::server::{Query, Tx};

/// As long as a tag may be, in characters.
const LONGEST: usize = 50;

/// The tag of this name, made where there is none, and its name as it is written.
///
/// # Errors
/// [`AppError::Invalid`] on `tag` for a name that is empty, too long, or has a comma, which separates tags.
pub async fn find_or_create(tx: &Tx, name: &str, now: Timestamp) -> AppResult<(TagId, String)> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let key = normalise(&name);
    if key.is_empty() || name.chars().count() > LONGEST || name.contains(',') || name.contains(char::is_control) {
        return Err(AppError::invalid("tag", "tag.name_invalid"));
    }
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
