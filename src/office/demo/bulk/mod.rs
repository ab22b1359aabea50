//! Loading millions of rows into empty tables, in one transaction: either everything is there afterwards or nothing.
//!
//! Indexes and the triggers of the change log are dropped before and made again after, from the database's own description
//! of them; the change log then names every customer once, as the triggers would have.

mod postgres;
mod sqlite;

use super::tables::{Batch, TABLES};
use crate::server::Db;
use postgres::PostgresLoader;
use sqlite::SqliteLoader;

/// The names of the triggers that keep the change log, as a `LIKE` pattern; all others stay and fire.
const CHANGE_LOG_TRIGGERS: &str = "%\\_log\\_%";

/// A load that is under way. Dropped without [`Loader::finish`] it leaves no trace.
pub struct Loader {
    into: Into,
    rows: u64,
}

enum Into {
    Sqlite(Box<SqliteLoader>),
    Postgres(Box<PostgresLoader>),
}

impl Loader {
    /// Begins the transaction.
    ///
    /// # Errors
    /// When the database does not answer or somebody else is writing to it for long.
    pub async fn begin(db: &Db) -> anyhow::Result<Self> {
        let into = match db {
            Db::Sqlite(embedded) => Into::Sqlite(Box::new(SqliteLoader::begin(embedded.options()).await?)),
            Db::Postgres(pool) => Into::Postgres(Box::new(PostgresLoader::begin(pool).await?)),
        };
        Ok(Self { into, rows: 0 })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When the database refuses a row.
    pub async fn load(&mut self, batch: Batch) -> anyhow::Result<()> {
        self.rows += batch.rows();
        match &mut self.into {
            Into::Sqlite(loader) => loader.load(batch).await,
            Into::Postgres(loader) => loader.load(batch).await,
        }
    }

    /// Makes the indexes again and commits; yields the number of rows.
    ///
    /// # Errors
    /// When the rows contradict a unique index, or the database does not answer: then nothing was loaded.
    pub async fn finish(self) -> anyhow::Result<u64> {
        match self.into {
            Into::Sqlite(loader) => loader.finish().await?,
            Into::Postgres(loader) => loader.finish().await?,
        }
        Ok(self.rows)
    }
}

/// The names of all tables that are loaded, quoted for an `IN (…)`.
fn table_names() -> String {
    TABLES.iter().map(|t| format!("'{}'", t.name)).collect::<Vec<_>>().join(", ")
}
