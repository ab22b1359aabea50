//! PostgreSQL: COPY.

use super::super::tables::{Batch, Cell, Rows, TABLES, Table};
use super::{CHANGE_LOG_TRIGGERS, table_names};
use anyhow::Context;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use std::io::Write;

/// A table's rows are sent when they are about so many bytes.
const BYTES: usize = 1 << 20;

pub struct PostgresLoader {
    /// Within a transaction; closed without a commit, the server rolls it back.
    connection: PgConnection,
    /// Rows of each table in COPY's text format.
    waiting: Vec<Vec<u8>>,
    /// How to make again what was dropped.
    recreate: Vec<String>,
}

impl PostgresLoader {
    pub async fn begin(pool: &PgPool) -> anyhow::Result<Self> {
        // A connection of its own, for which slow statements are no surprise.
        let options = PgConnectOptions::clone(&pool.connect_options()).disable_statement_logging();
        let mut connection = PgConnection::connect_with(&options).await?;
        connection.execute("BEGIN").await?;
        let recreate = drop_indexes(&mut connection).await?;
        Ok(Self { connection, waiting: TABLES.iter().map(|_| Vec::new()).collect(), recreate })
    }

    pub async fn load(&mut self, batch: Batch) -> anyhow::Result<()> {
        for ((table, waiting), rows) in TABLES.iter().zip(&mut self.waiting).zip(batch.tables) {
            encode(table, &rows, waiting)?;
        }
        if self.waiting.iter().any(|bytes| bytes.len() >= BYTES) {
            self.send().await?;
        }
        Ok(())
    }

    pub async fn finish(mut self) -> anyhow::Result<()> {
        self.send().await?;
        for sql in &self.recreate {
            self.connection.execute(AssertSqlSafe(sql.as_str())).await.with_context(|| format!("cannot make again: {sql}"))?;
        }
        for table in TABLES.iter().filter(|t| t.columns.contains(&"id")) {
            let sql = format!("SELECT setval(pg_get_serial_sequence('{0}', 'id'), (SELECT MAX(id) FROM {0}))", table.name);
            self.connection.execute(AssertSqlSafe(sql)).await?;
        }
        self.connection
            .execute(
                "INSERT INTO change_log (customer_id, seq)
                 SELECT id, CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT) FROM customers
                 ON CONFLICT (customer_id) DO UPDATE SET seq = excluded.seq",
            )
            .await?;
        self.connection.execute("ANALYZE").await?;
        self.connection.execute("COMMIT").await?;
        Ok(self.connection.close().await?)
    }

    /// Sends what waits.
    async fn send(&mut self) -> anyhow::Result<()> {
        for (table, waiting) in TABLES.iter().zip(&mut self.waiting) {
            if waiting.is_empty() {
                continue;
            }
            let statement = format!("COPY {} ({}) FROM STDIN", table.name, table.columns.join(", "));
            let mut copy = self.connection.copy_in_raw(&statement).await?;
            copy.send(waiting.as_slice()).await?;
            copy.finish().await.with_context(|| format!("loading {}", table.name))?;
            waiting.clear();
        }
        Ok(())
    }
}

/// Drops foreign keys (checking them all at once is cheaper than row by row) and the indexes that no constraint needs, and
/// switches the change-log triggers off; yields the SQL that undoes all that.
async fn drop_indexes(connection: &mut PgConnection) -> anyhow::Result<Vec<String>> {
    let names = table_names();
    let sql = format!(
        "SELECT 'DROP INDEX ' || indexname, indexdef FROM pg_indexes
         WHERE schemaname = current_schema() AND tablename IN ({names})
           AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE contype IN ('p', 'u', 'x'))
         UNION ALL
         SELECT 'ALTER TABLE ' || t.relname || ' DROP CONSTRAINT ' || k.conname,
                'ALTER TABLE ' || t.relname || ' ADD CONSTRAINT ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
         FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
         WHERE k.contype = 'f' AND t.relnamespace = current_schema()::regnamespace AND t.relname IN ({names})
         UNION ALL
         SELECT 'ALTER TABLE ' || t.relname || ' DISABLE TRIGGER ' || g.tgname,
                'ALTER TABLE ' || t.relname || ' ENABLE TRIGGER ' || g.tgname
         FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
         WHERE NOT g.tgisinternal AND t.relnamespace = current_schema()::regnamespace AND t.relname IN ({names})
           AND g.tgname LIKE '{CHANGE_LOG_TRIGGERS}'"
    );
    let found: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *connection).await?;
    let mut recreate = Vec::new();
    for (drop, undo) in found {
        connection.execute(AssertSqlSafe(drop)).await?;
        recreate.push(undo);
    }
    Ok(recreate)
}

/// Appends rows as COPY reads them: cells between tabs, rows between newlines, `\N` for NULL, backslash escapes.
fn encode(table: &Table, rows: &Rows, out: &mut Vec<u8>) -> std::io::Result<()> {
    let width = table.columns.len();
    for (at, cell) in rows.cells.iter().enumerate() {
        match cell {
            Cell::Null => out.extend_from_slice(b"\\N"),
            Cell::Int(value) => write!(out, "{value}")?,
            Cell::Bool(value) => out.push(if *value { b't' } else { b'f' }),
            Cell::Bytes(value) => {
                out.extend_from_slice(b"\\\\x");
                for byte in value {
                    write!(out, "{byte:02x}")?;
                }
            }
            Cell::Text(value) => value.bytes().for_each(|byte| match byte {
                b'\\' => out.extend_from_slice(b"\\\\"),
                b'\t' => out.extend_from_slice(b"\\t"),
                b'\n' => out.extend_from_slice(b"\\n"),
                b'\r' => out.extend_from_slice(b"\\r"),
                byte => out.push(byte),
            }),
        }
        out.push(if (at + 1) % width == 0 { b'\n' } else { b'\t' });
    }
    Ok(())
}
