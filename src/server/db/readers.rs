//! The connections that read embedded SQLite. Each has a thread of its own, and a query's journey there and back costs more than
//! most queries. A pool of sqlx adds two journeys for signs of life, one before the query and one after; a file needs none.

use super::PATIENCE;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Readers at once.
const READERS: usize = 4;

#[derive(Debug)]
pub(super) struct Readers {
    options: SqliteConnectOptions,
    idle: parking_lot::Mutex<Vec<SqliteConnection>>,
    free: Semaphore,
}

/// A connection for one query.
pub(super) struct Reader<'r> {
    connection: Option<SqliteConnection>,
    of: &'r Readers,
    _permit: SemaphorePermit<'r>,
}

impl Readers {
    pub async fn connect(options: SqliteConnectOptions) -> sqlx::Result<Self> {
        let first = options.connect().await?;
        Ok(Self { options, idle: parking_lot::Mutex::new(vec![first]), free: Semaphore::new(READERS) })
    }

    pub async fn take(&self) -> sqlx::Result<Reader<'_>> {
        let permit = tokio::time::timeout(PATIENCE, self.free.acquire()).await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.idle.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(Reader { connection: Some(connection), of: self, _permit: permit })
    }

    pub async fn close(&self) {
        self.free.close();
        let idle = std::mem::take(&mut *self.idle.lock());
        for connection in idle {
            let _ = connection.close().await;
        }
    }
}

impl Reader<'_> {
    pub fn connection(&mut self) -> sqlx::Result<&mut SqliteConnection> {
        self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)
    }

    /// After the query. One that was dropped still keeps its connection busy, so that is not used again.
    pub fn give_back(mut self) {
        if let Some(connection) = self.connection.take().filter(|_| !self.of.free.is_closed()) {
            self.of.idle.lock().push(connection);
        }
    }
}
