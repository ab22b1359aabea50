//! What really differs between SQLite and PostgreSQL, in one place.

use super::{Db, Query, Tx};
use sqlx::error::DatabaseError;

/// Whether this error says that the database is gone, locked, full or shutting down, rather than that the statement is wrong.
pub(super) fn means_unavailable(error: &dyn DatabaseError) -> bool {
    let code = error.code();
    let code = code.as_deref().unwrap_or_default();
    // PostgreSQL: connection (08), no such database or none for us (3D, 28, 55000), resources (53), operator (57), deadlock
    // and serialisation (40). SQLite's primary codes:
    // BUSY 5, LOCKED 6, READONLY 8, IOERR 10, FULL 13, CANTOPEN 14, in the low byte of the extended ones.
    let sqlite = code.parse::<u32>().ok().filter(|_| code.len() != 5).map(|c| c & 0xff);
    code.len() == 5 && ["08", "3D", "28", "55000", "53", "57", "40"].iter().any(|class| code.starts_with(class))
        || sqlite.is_some_and(|c| [5, 6, 8, 10, 13, 14].contains(&c))
}

/// Whether SQLite may have rolled back the whole transaction after this error, not only the statement: out of memory (7), interrupted
/// (9), and what makes the database unavailable.
pub(super) fn may_roll_back_all(error: &dyn DatabaseError) -> bool {
    let code = error.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or_default();
    matches!(code & 0xff, 7 | 9) || means_unavailable(error)
}

/// Locks the rows that a `SELECT … {}` yields until the end of the transaction. SQLite's writer is alone anyway.
#[must_use]
pub fn for_update(q: &impl Query) -> &'static str {
    if q.is_postgres() { " FOR UPDATE" } else { "" }
}

/// Keeps the rows that a `SELECT … {}` yields from being deleted until the end of the transaction; others may change them.
#[must_use]
pub fn for_key_share(q: &impl Query) -> &'static str {
    if q.is_postgres() { " FOR KEY SHARE" } else { "" }
}

/// As [`for_update`], passing over rows that another worker holds.
#[must_use]
pub fn for_update_skip_locked(q: &impl Query) -> &'static str {
    if q.is_postgres() { " FOR UPDATE SKIP LOCKED" } else { "" }
}

/// Bytes that the database takes on disk (SQLite: with its write-ahead log's pages in use).
///
/// # Errors
/// When the database does not answer.
pub async fn size_bytes(db: &Db) -> super::DbResult<i64> {
    match db {
        Db::Sqlite { .. } => {
            let pages = db.integer("SELECT page_count FROM pragma_page_count()", crate::args![]).await?;
            Ok(pages * db.integer("SELECT page_size FROM pragma_page_size()", crate::args![]).await?)
        }
        Db::Postgres(_) => db.integer("SELECT pg_database_size(current_database())", crate::args![]).await,
    }
}

/// Serialises everything that calls this with the same `key` until the end of the transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn advisory_lock(tx: &Tx, key: i64) -> super::DbResult<()> {
    if tx.is_postgres() {
        tx.optional::<(i64,)>("SELECT 1::BIGINT FROM (SELECT pg_advisory_xact_lock($1)) AS locked", crate::args![key]).await?;
    }
    Ok(())
}

/// As [`advisory_lock`], but together with others who call this: it keeps out only who wants the lock alone.
///
/// # Errors
/// When the database does not answer.
pub async fn shared_advisory_lock(tx: &Tx, key: i64) -> super::DbResult<()> {
    if tx.is_postgres() {
        let sql = "SELECT 1::BIGINT FROM (SELECT pg_advisory_xact_lock_shared($1)) AS locked";
        tx.optional::<(i64,)>(sql, crate::args![key]).await?;
    }
    Ok(())
}

/// A text in lower case, of whatever script.
#[must_use]
pub fn lower(q: &impl Query, text: &str) -> String {
    if q.is_postgres() { format!("LOWER({text})") } else { format!("lower_case({text})") }
}

/// What stands behind the (only) at sign of a column.
#[must_use]
pub fn behind_at(q: &impl Query, column: &str) -> String {
    if q.is_postgres() { format!("split_part({column}, '@', 2)") } else { format!("substr({column}, instr({column}, '@') + 1)") }
}

/// A condition: the customer `c` has an address that may be none a mail server takes. It must be that of the index
/// `customers_doubtful_address`, word by word: so that the few are found without reading all.
#[must_use]
pub fn doubtful_address(q: &impl Query) -> &'static str {
    if q.is_postgres() {
        r"(c.email !~ '^[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9]+(-+[A-Za-z0-9]+)*(\.[A-Za-z0-9]+(-+[A-Za-z0-9]+)*)+$' OR length(c.email) > 64)"
    } else {
        "(c.email GLOB '*[^A-Za-z0-9@._+-]*' OR c.email NOT GLOB '?*@?*.?*' OR c.email GLOB '*@*[^A-Za-z0-9.-]*' OR c.email GLOB '*..*'
          OR c.email GLOB '.*' OR c.email GLOB '*.' OR c.email GLOB '*.@*' OR c.email GLOB '*@.*' OR c.email GLOB '*@-*' OR c.email GLOB '*-'
          OR c.email GLOB '*-.*' OR c.email GLOB '*.-*' OR length(c.email) > 64)"
    }
}

/// A column of [`rows_of_json`].
#[derive(Clone, Copy, Debug)]
pub enum Column {
    Number(&'static str),
    Text(&'static str),
}

/// A query that yields the objects of a JSON array as rows: many rows in one bind.
#[must_use]
pub fn rows_of_json(q: &impl Query, bind: &str, columns: &[Column]) -> String {
    let column = |column: &Column| match (column, q.is_postgres()) {
        (Column::Number(name), true) => format!("CAST(value ->> '{name}' AS BIGINT) AS {name}"),
        (Column::Text(name), true) => format!("value ->> '{name}' AS {name}"),
        (Column::Number(name) | Column::Text(name), false) => format!("json_extract(value, '$.{name}') AS {name}"),
    };
    let columns = columns.iter().map(column).collect::<Vec<_>>().join(", ");
    let rows = if q.is_postgres() { format!("json_array_elements(CAST({bind} AS JSON))") } else { format!("json_each({bind})") };
    format!("SELECT {columns} FROM {rows}")
}

/// A subquery that yields the numbers of a JSON array: many ids in one bind.
///
/// PostgreSQL takes a JSON array for a hundred rows, whatever it holds, and would rather read a table whole than look a hundred up;
/// of an array it knows how many there are.
#[must_use]
pub fn numbers_of_json(q: &impl Query, bind: &str) -> String {
    if q.is_postgres() {
        format!("SELECT n FROM unnest(CAST(translate({bind}, '[]', '{{}}') AS BIGINT[])) AS n")
    } else {
        format!("SELECT value FROM json_each({bind})")
    }
}

/// A further condition of a statement over some rows of [`rows_of_json`], which all have an `id`: `column` is one of those.
///
/// It says nothing new. PostgreSQL takes a JSON array for a hundred rows; of this it thinks ten, and looks those up. Beside it, columns by
/// which other indexes might seem to find fewer are written as expressions (`state || ''`).
#[must_use]
pub fn only_these(q: &impl Query, column: &str, bind: &str) -> String {
    if q.is_postgres() {
        format!(
            " AND {column} = ANY(ARRAY(SELECT CAST(value ->> 'id' AS BIGINT) FROM json_array_elements(CAST({bind} AS JSON))))"
        )
    } else {
        String::new()
    }
}

/// Has PostgreSQL look at a table that has just been filled, so that it does not go on planning for an empty one until it looks by itself
/// a minute later; unless somebody does so at this moment. SQLite's plans do not depend on it.
///
/// # Errors
/// When the database does not answer.
pub async fn look_at(tx: &Tx, table: &'static str) -> super::DbResult<()> {
    if tx.is_postgres() {
        tx.execute(&format!("ANALYZE (SKIP_LOCKED) {table}"), crate::args![]).await?;
    }
    Ok(())
}
