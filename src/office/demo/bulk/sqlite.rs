//! SQLite: prepared inserts of many rows each.

use super::super::tables::{Batch, Cell, Rows, TABLES, Table};
use super::{CHANGE_LOG_TRIGGERS, table_names};
use anyhow::Context;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteSynchronous};
use sqlx::{Arguments, AssertSqlSafe, ConnectOptions, Connection, Executor};

/// Rows per statement: more brings little.
const ROWS: usize = 128;

/// Its trigger asks for the rows of the table before it, the accounts.
const CHAINED: &str = "ledger_entries";

/// The size of the page cache in KiB.
const CACHE: &str = "-65536";

pub struct SqliteLoader {
    connection: SqliteConnection,
    statements: Vec<Statement>,
    /// How to make again what was dropped.
    recreate: Vec<String>,
}

/// An insert of [`ROWS`] rows, and the rows that wait for it.
struct Statement {
    sql: String,
    waiting: Rows,
    cells: usize,
}

impl SqliteLoader {
    pub async fn begin(options: &SqliteConnectOptions) -> anyhow::Result<Self> {
        // A connection of its own: until the commit nothing needs to survive a power cut, foreign keys are right by
        // construction, sorting goes to disk, and slow statements are no surprise.
        let options = options
            .clone()
            .foreign_keys(false)
            .synchronous(SqliteSynchronous::Off)
            .pragma("cache_size", CACHE)
            .pragma("temp_store", "file")
            .disable_statement_logging();
        let mut connection = SqliteConnection::connect_with(&options).await?;
        connection.execute("BEGIN IMMEDIATE").await?;
        let recreate = drop_indexes(&mut connection).await?;
        let statement =
            |table| Statement { sql: insert(table, ROWS), waiting: Rows::default(), cells: ROWS * table.columns.len() };
        Ok(Self { connection, statements: TABLES.iter().map(statement).collect(), recreate })
    }

    pub async fn load(&mut self, batch: Batch) -> anyhow::Result<()> {
        for (at, rows) in batch.tables.into_iter().enumerate() {
            let mut rows = rows.cells.into_iter();
            loop {
                let statement = &mut self.statements[at];
                let missing = statement.cells - statement.waiting.cells.len();
                statement.waiting.cells.extend(rows.by_ref().take(missing));
                if statement.waiting.cells.len() < statement.cells {
                    break;
                }
                if TABLES[at].name == CHAINED {
                    self.flush(at - 1).await?;
                }
                let statement = &mut self.statements[at];
                run(&mut self.connection, &statement.sql, statement.waiting.cells.drain(..), true).await?;
            }
        }
        Ok(())
    }

    /// Inserts the rows of a table that wait, however few they are.
    async fn flush(&mut self, at: usize) -> anyhow::Result<()> {
        let (table, statement) = (&TABLES[at], &mut self.statements[at]);
        let cells = statement.waiting.cells.drain(..);
        if cells.len() > 0 {
            let sql = insert(table, cells.len() / table.columns.len());
            run(&mut self.connection, &sql, cells, false).await?;
        }
        Ok(())
    }

    pub async fn finish(mut self) -> anyhow::Result<()> {
        for at in 0..TABLES.len() {
            self.flush(at).await?;
        }
        for sql in &self.recreate {
            self.connection.execute(AssertSqlSafe(sql.as_str())).await.with_context(|| format!("cannot make again: {sql}"))?;
        }
        self.connection.execute("INSERT INTO change_log (customer_id) SELECT id FROM customers ORDER BY id").await?;
        self.connection.execute("PRAGMA analysis_limit = 1000; ANALYZE; COMMIT").await?;
        // After this the data survive a power cut.
        self.connection.execute("PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)").await?;
        Ok(self.connection.close().await?)
    }
}

/// Drops the indexes and change-log triggers of all tables that are loaded; yields the SQL that makes them again.
async fn drop_indexes(connection: &mut SqliteConnection) -> anyhow::Result<Vec<String>> {
    let sql = format!(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name IN ({})
           AND (type = 'index' OR type = 'trigger' AND name LIKE '{CHANGE_LOG_TRIGGERS}' ESCAPE '\\')",
        table_names()
    );
    let found: Vec<(String, String, String)> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *connection).await?;
    let mut recreate = Vec::new();
    for (kind, name, sql) in found {
        connection.execute(AssertSqlSafe(format!("DROP {kind} {name}"))).await?;
        recreate.push(sql);
    }
    Ok(recreate)
}

fn insert(table: &Table, rows: usize) -> String {
    let row = format!("({})", vec!["?"; table.columns.len()].join(","));
    format!("INSERT INTO {} ({}) VALUES {}", table.name, table.columns.join(", "), vec![row; rows].join(","))
}

async fn run(
    connection: &mut SqliteConnection,
    sql: &str,
    cells: impl ExactSizeIterator<Item = Cell>,
    again: bool,
) -> anyhow::Result<()> {
    let mut args = SqliteArguments::default();
    args.reserve(cells.len(), 0);
    for cell in cells {
        let added = match cell {
            Cell::Null => args.add(None::<i64>),
            Cell::Int(value) => args.add(value),
            Cell::Bool(value) => args.add(value),
            Cell::Text(value) => args.add(value.into_owned()),
            Cell::Bytes(value) => args.add(value),
        };
        added.map_err(anyhow::Error::from_boxed)?;
    }
    sqlx::query_with(AssertSqlSafe(sql), args).persistent(again).execute(&mut *connection).await?;
    Ok(())
}
