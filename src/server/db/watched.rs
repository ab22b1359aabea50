//! Questions that stop in the database when nobody waits for their answer any more: previews while somebody types.
//!
//! SQLite's readers do so by themselves (`readers`). PostgreSQL works on until it is told to stop, by another connection and by the
//! number of the process; that is worth an extra way only for what may take long.

use super::{Args, Db, DbResult, Query, Rows, Wanted, postgres_rows};
use futures::future::BoxFuture;
use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPool;

/// The database, for questions that may be given up.
#[derive(Clone, Copy, Debug)]
pub struct Watched<'d>(&'d Db);

impl Db {
    /// For questions that may be given up: dropped, they stop in the database.
    #[must_use]
    pub fn watched(&self) -> Watched<'_> {
        Watched(self)
    }
}

impl Query for Watched<'_> {
    fn rows<'q>(&'q self, sql: &'q str, args: Args, wanted: Wanted) -> BoxFuture<'q, DbResult<Rows>> {
        let Db::Postgres(pool) = self.0 else { return self.0.rows(sql, args, wanted) };
        Box::pin(async move {
            let mut asked = Asked::new(pool).await?;
            let rows = match asked.connection.as_mut() {
                Some(connection) => postgres_rows(&mut **connection, sql, args, wanted).await,
                None => Err(sqlx::Error::PoolClosed.into()),
            };
            // Back into the pool.
            drop(asked.connection.take());
            rows
        })
    }

    fn is_postgres(&self) -> bool {
        self.0.is_postgres()
    }
}

/// A question that PostgreSQL is at work on, while it has its connection.
struct Asked {
    pool: PgPool,
    process: i32,
    connection: Option<PoolConnection<Postgres>>,
}

impl Asked {
    async fn new(pool: &PgPool) -> DbResult<Self> {
        let mut connection = pool.acquire().await?;
        let process = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *connection).await?;
        Ok(Self { pool: pool.clone(), process, connection: Some(connection) })
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let (Some(mut connection), Ok(runtime)) = (self.connection.take(), tokio::runtime::Handle::try_current()) else { return };
        // Nobody else may get it: the order to stop might reach their question.
        connection.close_on_drop();
        let (pool, process) = (self.pool.clone(), self.process);
        runtime.spawn(async move {
            if let Err(error) = sqlx::query("SELECT pg_cancel_backend($1)").bind(process).execute(&pool).await {
                tracing::warn!(%error, "a question that nobody waits for could not be stopped");
            }
            drop(connection);
        });
    }
}
