//! An embedded database: the file, the connections that read it and the one that writes.

use super::file::DbFile;
use super::readers::Readers;
use super::writer::{Alone, Writer};
use sqlx::sqlite::SqliteConnectOptions;
use std::path::Path;

/// Statements that each reader keeps prepared.
const READING: usize = 60;

/// An embedded database.
#[derive(Debug)]
pub struct Embedded {
    pub(super) readers: Readers,
    pub(super) writer: Writer,
    pub(super) file: DbFile,
    options: SqliteConnectOptions,
}

impl Embedded {
    /// `options` are those of the writer.
    pub(super) async fn open(path: &Path, options: SqliteConnectOptions) -> sqlx::Result<Self> {
        let writer = Writer::connect(&options).await?;
        // What the readers keep they keep each for itself; the system keeps the file's pages for all of them.
        let reading = options.clone().pragma("query_only", "1").pragma("cache_size", "-1000").statement_cache_capacity(READING);
        let readers = Readers::connect(reading).await?;
        Ok(Self { readers, writer, file: DbFile::new(path), options })
    }

    /// How to open another connection that writes.
    #[must_use]
    pub fn options(&self) -> &SqliteConnectOptions {
        &self.options
    }

    /// The writer's connection for something that minds its transactions itself, while nobody else writes.
    pub async fn alone(&self) -> Alone<'_> {
        self.writer.alone().await
    }
}
