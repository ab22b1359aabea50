//! The connections that read embedded SQLite. Each has a thread of its own, and a query's journey there and back costs more than
//! most queries. A pool of sqlx adds two journeys for signs of life, one before the query and one after; a file needs none.
//!
//! A query whose asker has gone would go on to its end. So each connection looks every now and then whether it is still wanted.

use super::{PATIENCE, lower};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Readers at once.
const READERS: usize = 4;
/// Steps of SQLite's machine between two looks: some hundred microseconds.
const STEPS: i32 = 10_000;

#[derive(Debug)]
struct Stoppable {
    inner: SqliteConnection,
    /// Nobody waits for its query any more.
    stop: Arc<AtomicBool>,
}

#[derive(Debug)]
pub(super) struct Readers {
    options: SqliteConnectOptions,
    idle: parking_lot::Mutex<Vec<Stoppable>>,
    free: Semaphore,
}

/// A connection for one query.
pub(super) struct Reader<'r> {
    connection: Option<Stoppable>,
    of: &'r Readers,
    _permit: SemaphorePermit<'r>,
}

impl Readers {
    pub async fn connect(options: SqliteConnectOptions) -> sqlx::Result<Self> {
        let first = connect(&options).await?;
        Ok(Self { options, idle: parking_lot::Mutex::new(vec![first]), free: Semaphore::new(READERS) })
    }

    pub async fn take(&self) -> sqlx::Result<Reader<'_>> {
        let permit = tokio::time::timeout(PATIENCE, self.free.acquire()).await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.idle.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.options).await?,
        };
        Ok(Reader { connection: Some(connection), of: self, _permit: permit })
    }

    pub async fn close(&self) {
        self.free.close();
        let idle = std::mem::take(&mut *self.idle.lock());
        for connection in idle {
            let _ = connection.inner.close().await;
        }
    }
}

impl Reader<'_> {
    pub fn connection(&mut self) -> sqlx::Result<&mut SqliteConnection> {
        self.connection.as_mut().map(|connection| &mut connection.inner).ok_or(sqlx::Error::PoolClosed)
    }

    /// After the query. One that was dropped is stopped, and its connection is not used again.
    pub fn give_back(mut self) {
        if let Some(connection) = self.connection.take().filter(|_| !self.of.free.is_closed()) {
            self.of.idle.lock().push(connection);
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some(connection) = &self.connection {
            connection.stop.store(true, Ordering::Relaxed);
        }
    }
}

async fn connect(options: &SqliteConnectOptions) -> sqlx::Result<Stoppable> {
    let mut inner = options.connect().await?;
    lower::register(&mut inner).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    inner.lock_handle().await?.set_progress_handler(STEPS, move || !asked.load(Ordering::Relaxed));
    Ok(Stoppable { inner, stop })
}
