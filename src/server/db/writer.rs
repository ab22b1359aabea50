//! The connection that writes to embedded SQLite. It is used in *turns*, one transaction after the other, in the order in which
//! they asked. What makes a short transaction slow is waiting for the disk, so those that queue up share one commit: each turn is
//! a savepoint, and once those who waited had theirs, all are committed together. Nobody is told that a transaction is done
//! before that commit was.
//!
//! - A turn that fails is rolled back to its savepoint; the others stay.
//! - After an error with which SQLite may have rolled back more than the statement (a full disk, say) a turn can do nothing more.
//!   Where SQLite did, the savepoint is gone: then nothing of the whole group was done, and all are told so.
//! - Whoever is alone commits at once. A group grows only by those who are waiting anyway, and none for longer than [`GROUP`].
//! - What changes whether a transaction is open runs in tasks of its own: a request that is dropped cannot leave it half done.

use super::dialect::may_roll_back_all;
use super::{DbError, DbResult, PATIENCE, lower};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Executor};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, MutexGuard, OwnedMutexGuard, oneshot};

/// Once a group is this old, it is committed before anybody else joins: the first of it has waited for so long.
const GROUP: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(super) struct Writer {
    state: Arc<Mutex<State>>,
    waiting: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct State {
    /// `None` once it is closed.
    connection: Option<SqliteConnection>,
    group: Option<Group>,
    /// Groups that came to an end.
    ended: u64,
}

/// Turns that will be committed together.
#[derive(Debug)]
struct Group {
    began: Instant,
    /// Those whose turn is over, to be told whether it was committed.
    done: Vec<oneshot::Sender<Result<(), String>>>,
}

/// One transaction's use of the writer. Dropped without [`Turn::commit`] it is rolled back.
pub(super) struct Turn {
    state: Option<OwnedMutexGuard<State>>,
    of: Arc<Mutex<State>>,
    waiting: Arc<AtomicUsize>,
    /// An error came after which SQLite may have rolled back everything.
    broken: bool,
}

impl Writer {
    pub async fn connect(options: &SqliteConnectOptions) -> sqlx::Result<Self> {
        let mut connection = options.connect().await?;
        lower::register(&mut connection).await?;
        let state = State { connection: Some(connection), group: None, ended: 0 };
        Ok(Self { state: Arc::new(Mutex::new(state)), waiting: Arc::default() })
    }

    /// Waits for its turn and begins it.
    pub async fn begin(&self) -> sqlx::Result<Turn> {
        let state = {
            let _waiting = Waiting::new(&self.waiting);
            let locked = tokio::time::timeout(PATIENCE, Arc::clone(&self.state).lock_owned()).await;
            locked.map_err(|_| sqlx::Error::PoolTimedOut)?
        };
        let turn = Turn { state: Some(state), of: Arc::clone(&self.state), waiting: Arc::clone(&self.waiting), broken: false };
        apart(turn.enter()).await
    }

    pub async fn alone(&self) -> Alone<'_> {
        let mut state = self.state.lock().await;
        state.end(true).await;
        Alone(state)
    }

    pub async fn close(&self) {
        let mut state = self.state.lock().await;
        state.end(true).await;
        if let Some(mut connection) = state.connection.take() {
            let _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
            let _ = connection.close().await;
        }
    }
}

/// Keeps everybody else from writing.
#[derive(Debug)]
pub struct Alone<'w>(MutexGuard<'w, State>);

impl Alone<'_> {
    /// # Errors
    /// When the database is closed.
    pub fn connection(&mut self) -> sqlx::Result<&mut SqliteConnection> {
        self.0.connection()
    }
}

/// Counts somebody who waits, for as long as it lives.
struct Waiting<'w>(&'w AtomicUsize);

impl<'w> Waiting<'w> {
    fn new(count: &'w AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Runs in a task of its own: it comes to its end also when nobody waits for it any more.
async fn apart<T: Send + 'static>(work: impl Future<Output = sqlx::Result<T>> + Send + 'static) -> sqlx::Result<T> {
    tokio::spawn(work).await.map_err(|_| sqlx::Error::WorkerCrashed)?
}

impl Turn {
    async fn enter(mut self) -> sqlx::Result<Self> {
        let state = self.state()?;
        if state.group.as_ref().is_some_and(|group| group.began.elapsed() > GROUP) {
            state.end(true).await;
        }
        if state.group.is_some() {
            state.run("SAVEPOINT turn").await?;
        } else {
            // Where this fails, nothing has begun.
            state.group = Some(Group { began: Instant::now(), done: Vec::new() });
            if let Err(error) = state.run("BEGIN IMMEDIATE; SAVEPOINT turn").await {
                state.end(false).await;
                self.state = None;
                return Err(error);
            }
        }
        Ok(self)
    }

    fn state(&mut self) -> sqlx::Result<&mut State> {
        self.state.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }

    /// Where the transaction's statements run.
    pub fn connection(&mut self) -> sqlx::Result<&mut SqliteConnection> {
        if self.broken { Err(sqlx::Error::WorkerCrashed) } else { self.state()?.connection() }
    }

    /// Takes note of a statement's error.
    pub fn note(&mut self, error: &sqlx::Error) {
        self.broken |= match error {
            sqlx::Error::Database(error) => may_roll_back_all(error.as_ref()),
            sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) => true,
            _ => false,
        };
    }

    /// Returns once the transaction is on the disk.
    pub async fn commit(mut self) -> DbResult<()> {
        if self.broken {
            return Err(DbError::Unavailable("the transaction was broken off".into()));
        }
        let (done, told) = oneshot::channel();
        let Some(state) = self.state.take() else { return Err(sqlx::Error::PoolClosed.into()) };
        tokio::spawn(finish(state, Arc::clone(&self.of), Arc::clone(&self.waiting), done));
        let told = told.await.unwrap_or_else(|_| Err("the writer is gone".into()));
        told.map_err(DbError::Unavailable)
    }
}

/// Ends a turn and sees to it that its group is committed.
async fn finish(
    mut state: OwnedMutexGuard<State>,
    of: Arc<Mutex<State>>,
    waiting: Arc<AtomicUsize>,
    done: oneshot::Sender<Result<(), String>>,
) {
    if let Some(group) = &mut state.group {
        group.done.push(done);
    }
    if waiting.load(Ordering::Relaxed) == 0 {
        // A commit releases the savepoint, too.
        return state.end(true).await;
    }
    if state.run("RELEASE turn").await.is_err() {
        return state.end(false).await;
    }
    let mine = state.ended;
    drop(state);
    // Those who wait come before this, and theirs is committed with it.
    let mut state = of.lock_owned().await;
    if state.ended == mine {
        state.end(true).await;
    }
}

/// Rolls a turn back, or everything where it was all there is.
async fn take_back(mut state: OwnedMutexGuard<State>) {
    let alone = state.group.as_ref().is_none_or(|group| group.done.is_empty());
    if alone || state.run("ROLLBACK TO turn; RELEASE turn").await.is_err() {
        state.end(false).await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(state) = self.state.take() else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(take_back(state))),
            // The program ends: nobody writes any more, and what was not committed is not there.
            Err(_) => drop(state),
        }
    }
}

impl State {
    fn connection(&mut self) -> sqlx::Result<&mut SqliteConnection> {
        self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)
    }

    async fn run(&mut self, sql: &'static str) -> sqlx::Result<()> {
        sqlx::raw_sql(sql).execute(self.connection()?).await.map(drop)
    }

    /// Commits the group, or rolls it back, and tells those who wait for it.
    async fn end(&mut self, commit: bool) {
        let Some(group) = self.group.take() else { return };
        self.ended += 1;
        let mut result = Err("it was rolled back".to_owned());
        if commit {
            result = self.run("COMMIT").await.map_err(|error| error.to_string());
        }
        if result.is_err() {
            // It fails where SQLite has rolled back by itself.
            let _ = self.run("ROLLBACK").await;
        }
        for done in group.done {
            let _ = done.send(result.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn writer(folder: &tempfile::TempDir) -> Writer {
        let options = SqliteConnectOptions::new().filename(folder.path().join("test.db")).create_if_missing(true);
        let writer = Writer::connect(&options).await.unwrap();
        writer.alone().await.connection().unwrap().execute("CREATE TABLE t (n INTEGER)").await.unwrap();
        writer
    }

    async fn insert(writer: &Writer) -> DbResult<()> {
        let mut turn = writer.begin().await?;
        turn.connection()?.execute("INSERT INTO t VALUES (1)").await?;
        turn.commit().await
    }

    #[tokio::test]
    async fn those_who_wait_share_a_commit() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder).await;
        insert(&writer).await.unwrap();
        assert_eq!(writer.state.lock().await.ended, 1, "whoever is alone commits at once");
        let all = futures::future::join_all((0..16).map(|_| insert(&writer))).await;
        assert!(all.iter().all(Result::is_ok));
        let state = writer.state.lock().await;
        assert!(state.group.is_none());
        assert!(state.ended <= 1 + 4, "{} commits of 16", state.ended - 1);
    }

    #[tokio::test]
    async fn a_turn_that_is_dropped_leaves_no_transaction_open() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder).await;
        let mut turn = writer.begin().await.unwrap();
        turn.connection().unwrap().execute("INSERT INTO t VALUES (1)").await.unwrap();
        drop(turn);
        let mut alone = writer.alone().await;
        assert!(alone.0.group.is_none());
        let (rows,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM t").fetch_one(alone.connection().unwrap()).await.unwrap();
        assert_eq!(rows, 0);
    }
}
