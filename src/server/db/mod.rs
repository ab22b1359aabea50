//! The database: embedded SQLite or PostgreSQL behind one type, one portable SQL text per query.
//!
//! Reads go through [`Db`], writes through a [`Tx`]; both are [`Query`], so a store function that reads serves either.
//! SQL binds are `$1…$n`, made with [`args!`](crate::args); rows are tuples or `#[derive(sqlx::FromRow)]` structs whose
//! columns are `i64`, `bool`, `String`, `Vec<u8>` or `Option`s of these: the types that both databases share.

pub mod dialect;
mod embedded;
mod file;
mod lower;
mod readers;
mod value;
mod watched;
mod writer;

use crate::base::AppError;
pub use embedded::Embedded;
use futures::future::BoxFuture;
use sqlx::postgres::{PgConnectOptions, PgExecutor, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, Executor, FromRow, Postgres, Transaction};
use std::future::Future;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
pub use value::{Args, Value};
pub use watched::Watched;
use writer::Turn;

/// A row type that both databases can fill.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Row for T {}

/// What a query can fail with: the database's own error, told apart where the caller can act on it.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A unique constraint refused the write.
    #[error("unique violation: {0}")]
    Unique(String),
    /// The database is gone, locked, full or shutting down: nothing was changed, trying again is safe.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    #[error(transparent)]
    Other(sqlx::Error),
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::Database(inner) = &error {
            if inner.is_unique_violation() {
                return Self::Unique(inner.message().to_owned());
            }
            if dialect::means_unavailable(inner.as_ref()) {
                return Self::Unavailable(error.to_string());
            }
        }
        match error {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error.to_string()),
            other => Self::Other(other),
        }
    }
}

impl From<DbError> for AppError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(reason) => {
                tracing::error!(%reason, "database unavailable");
                AppError::Unavailable
            }
            other => crate::server::internal(&other),
        }
    }
}

/// A connection to PostgreSQL that was idle for less is taken for alive.
const IDLE: Duration = Duration::from_secs(1);
/// How long anybody waits for a connection to SQLite.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a statement waits for SQLite's write lock while another process has it.
const BUSY: Duration = Duration::from_secs(5);
/// Statements that a connection keeps prepared. An order's way alone takes more than the hundred that sqlx keeps by itself, and
/// of texts asked in turn a cache that is too small has none when it is asked.
const PREPARED: usize = 400;

pub type DbResult<T> = Result<T, DbError>;

/// Where queries run: the database itself (reads) or a transaction (reads and writes).
///
/// Only [`Query::rows`] talks to the database. It is not generic and its future is boxed: what is compiled anew for each type of
/// row is a loop over rows that are there, not the machinery of two database drivers.
pub trait Query: Send + Sync {
    /// The rows that a query yields, as the database sent them.
    fn rows<'q>(&'q self, sql: &'q str, args: Args, wanted: Wanted) -> BoxFuture<'q, DbResult<Rows>>;
    /// Which database this is, for the few texts that differ (see [`dialect`]).
    fn is_postgres(&self) -> bool;

    /// All rows.
    fn all<T: Row>(&self, sql: &str, args: Args) -> impl Future<Output = DbResult<Vec<T>>> + Send {
        async move { self.rows(sql, args, Wanted::All).await?.read() }
    }
    /// The first row, if any.
    fn optional<T: Row>(&self, sql: &str, args: Args) -> impl Future<Output = DbResult<Option<T>>> + Send {
        async move { Ok(self.rows(sql, args, Wanted::First).await?.read()?.pop()) }
    }
    /// The first row; an error when there is none.
    fn one<T: Row>(&self, sql: &str, args: Args) -> impl Future<Output = DbResult<T>> + Send {
        async move { self.optional(sql, args).await?.ok_or(DbError::Other(sqlx::Error::RowNotFound)) }
    }
    /// The one integer that the query yields; 0 where it yields NULL or nothing.
    fn integer(&self, sql: &str, args: Args) -> impl Future<Output = DbResult<i64>> + Send {
        async move { Ok(self.optional::<(Option<i64>,)>(sql, args).await?.and_then(|row| row.0).unwrap_or(0)) }
    }
}

/// How many rows are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    All,
    First,
}

/// Rows as a database sent them.
#[derive(Debug)]
pub enum Rows {
    Sqlite(Vec<SqliteRow>),
    Postgres(Vec<PgRow>),
}

impl Rows {
    fn read<T: Row>(&self) -> DbResult<Vec<T>> {
        Ok(match self {
            Self::Sqlite(rows) => rows.iter().map(T::from_row).collect::<sqlx::Result<_>>()?,
            Self::Postgres(rows) => rows.iter().map(T::from_row).collect::<sqlx::Result<_>>()?,
        })
    }
}

async fn sqlite_rows(on: &mut SqliteConnection, sql: &str, args: Args, wanted: Wanted) -> sqlx::Result<Rows> {
    let query = sqlx::query_with(AssertSqlSafe(sql), args.sqlite());
    Ok(Rows::Sqlite(match wanted {
        Wanted::All => query.fetch_all(on).await?,
        Wanted::First => query.fetch_optional(on).await?.into_iter().collect(),
    }))
}

async fn postgres_rows(on: impl PgExecutor<'_>, sql: &str, args: Args, wanted: Wanted) -> DbResult<Rows> {
    let query = sqlx::query_with(AssertSqlSafe(sql), args.postgres());
    Ok(Rows::Postgres(match wanted {
        Wanted::All => query.fetch_all(on).await?,
        Wanted::First => query.fetch_optional(on).await?.into_iter().collect(),
    }))
}

/// The database: cheap to clone.
#[derive(Clone, Debug)]
pub enum Db {
    /// Many readers, one writer: SQLite allows no more, and a queue in front of it is fairer than its busy handler.
    Sqlite(Arc<Embedded>),
    Postgres(PgPool),
}

/// A transaction; dropped without [`Tx::commit`] it is rolled back.
pub struct Tx {
    inner: Mutex<TxInner>,
    postgres: bool,
}

enum TxInner {
    Sqlite(Turn),
    Postgres(Transaction<'static, Postgres>),
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx")
    }
}

impl Db {
    /// Connects to `sqlite:PATH` (created when missing) or `postgres://…`. Runs no migrations.
    ///
    /// # Errors
    /// When the URL is of neither kind or the database cannot be reached.
    pub async fn connect(url: &str) -> anyhow::Result<Self> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let pool = PgPoolOptions::new()
                .max_connections(16)
                .acquire_timeout(Duration::from_secs(5))
                // A sign of life is asked of what was idle for a while; before each query it would double the way.
                .test_before_acquire(false)
                .before_acquire(|connection, meta| {
                    Box::pin(async move {
                        if meta.idle_for > IDLE {
                            connection.ping().await?;
                        }
                        Ok(true)
                    })
                })
                .connect_with(PgConnectOptions::from_str(url)?.statement_cache_capacity(PREPARED))
                .await?;
            return Ok(Self::Postgres(pool));
        }
        let Some(path) = url.strip_prefix("sqlite:") else {
            anyhow::bail!(
                "the database URL must start with sqlite: or postgres://, not {:?}",
                url.split(':').next().unwrap_or("")
            );
        };
        let path = path.trim_start_matches("//");
        if let Some(folder) = Path::new(path).parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        let options = SqliteConnectOptions::from_str(&format!("sqlite:{path}"))?
            .journal_mode(SqliteJournalMode::Wal)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .statement_cache_capacity(PREPARED)
            .pragma("temp_store", "memory")
            .pragma("mmap_size", "0")
            .pragma("cache_size", "-4000")
            .pragma("journal_size_limit", "67108864")
            // A page of a list in one go: each time the reading thread has to wait costs two switches.
            .row_buffer_size(256);
        // For its owner alone; SQLite gives the log beside it the same rights.
        match private_file(options.get_filename()) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(anyhow::Error::new(error).context(format!("creating {path}")));
            }
            _ => {}
        }
        // FULL: NORMAL would lose acknowledged commits when the power goes.
        let embedded = Embedded::open(Path::new(path), options.synchronous(SqliteSynchronous::Full)).await?;
        Ok(Self::Sqlite(Arc::new(embedded)))
    }

    /// Fails where the embedded database is no longer the file that was opened.
    fn check_file(&self) -> DbResult<()> {
        if let Self::Sqlite(embedded) = self { embedded.file.check() } else { Ok(()) }
    }

    /// Brings the schema up to date: all of it or nothing. Of several that start at once one migrates, the others wait: on
    /// PostgreSQL for sqlx's advisory lock, on SQLite for the write lock, which sqlx does not take by itself.
    ///
    /// # Errors
    /// When a migration fails or one that ran before was edited since.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(embedded) => {
                let mut alone = embedded.alone().await;
                let connection = alone.connection()?;
                // Migrating a large database may take longer than anything else that holds the lock.
                connection.execute("PRAGMA busy_timeout = 600000").await?;
                let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
                sqlx::migrate!("migrations/sqlite").run(&mut *tx).await?;
                tx.commit().await?;
                connection.execute(AssertSqlSafe(format!("PRAGMA busy_timeout = {}", BUSY.as_millis()))).await?;
            }
            Self::Postgres(pool) => sqlx::migrate!("migrations/postgres").run(pool).await?,
        }
        Ok(())
    }

    /// Begins a transaction that may write.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when the database does not answer in time.
    pub async fn begin(&self) -> DbResult<Tx> {
        self.check_file()?;
        let inner = match self {
            Self::Sqlite(embedded) => TxInner::Sqlite(embedded.writer.begin().await?),
            Self::Postgres(pool) => TxInner::Postgres(pool.begin().await?),
        };
        Ok(Tx { inner: Mutex::new(inner), postgres: self.is_postgres() })
    }

    /// Closes every connection, checkpointing SQLite's write-ahead log.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(embedded) => {
                embedded.readers.close().await;
                embedded.writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Creates a file that only its owner may read.
///
/// # Errors
/// When it exists or cannot be made.
pub fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

impl Query for Db {
    fn rows<'q>(&'q self, sql: &'q str, args: Args, wanted: Wanted) -> BoxFuture<'q, DbResult<Rows>> {
        Box::pin(async move {
            self.check_file()?;
            match self {
                Self::Sqlite(embedded) => {
                    let mut reader = embedded.readers.take().await?;
                    let rows = sqlite_rows(reader.connection()?, sql, args, wanted).await;
                    if !matches!(rows, Err(sqlx::Error::WorkerCrashed)) {
                        reader.give_back();
                    }
                    Ok(rows?)
                }
                Self::Postgres(pool) => postgres_rows(pool, sql, args, wanted).await,
            }
        })
    }

    fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

impl Tx {
    /// Runs a statement; yields the number of rows it changed.
    ///
    /// # Errors
    /// [`DbError::Unique`] when a unique constraint refuses it.
    pub fn execute<'q>(&'q self, sql: &'q str, args: Args) -> BoxFuture<'q, DbResult<u64>> {
        Box::pin(async move {
            Ok(match &mut *self.inner.lock().await {
                TxInner::Sqlite(turn) => {
                    let query = sqlx::query_with(AssertSqlSafe(sql), args.sqlite());
                    let done = query.execute(turn.connection()?).await.inspect_err(|error| turn.note(error));
                    done?.rows_affected()
                }
                TxInner::Postgres(tx) => {
                    sqlx::query_with(AssertSqlSafe(sql), args.postgres()).execute(&mut **tx).await?.rows_affected()
                }
            })
        })
    }

    /// Runs an `INSERT … RETURNING id`.
    ///
    /// # Errors
    /// [`DbError::Unique`] when a unique constraint refuses it.
    pub async fn insert(&self, sql: &str, args: Args) -> DbResult<i64> {
        Ok(self.one::<(i64,)>(sql, args).await?.0)
    }

    /// Makes everything done in this transaction permanent.
    ///
    /// # Errors
    /// When the commit fails: then nothing was done.
    pub async fn commit(self) -> DbResult<()> {
        match self.inner.into_inner() {
            TxInner::Sqlite(turn) => turn.commit().await?,
            TxInner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

impl Query for Tx {
    fn rows<'q>(&'q self, sql: &'q str, args: Args, wanted: Wanted) -> BoxFuture<'q, DbResult<Rows>> {
        Box::pin(async move {
            match &mut *self.inner.lock().await {
                TxInner::Sqlite(turn) => {
                    let rows = sqlite_rows(turn.connection()?, sql, args, wanted).await;
                    Ok(rows.inspect_err(|error| turn.note(error))?)
                }
                TxInner::Postgres(tx) => postgres_rows(&mut **tx, sql, args, wanted).await,
            }
        })
    }

    fn is_postgres(&self) -> bool {
        self.postgres
    }
}
