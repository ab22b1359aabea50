//! Keeping the index like the database: loading it, and following the change log.
//!
//! A customer is always taken over whole, as it is when it is read, so that reading too often does no harm. Changes are
//! taken over in slices of a millisecond, between which questions are answered.

use super::log::Log;
use super::{Answer, CustomerIndex, Entry, MAX_ID, MemberCounts, Request, is_indexed, rows};
use crate::base::{BranchId, CustomerId, Day};
use crate::customers::list::QuickFilter;
use crate::rules::Rule;
use crate::server::{Db, DbResult, Query};
use parking_lot::{Mutex, RwLock, RwLockWriteGuard};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Customers read at once while loading: enough to make the statement's cost small.
const PAGE: usize = 2_000;
/// Changes taken over under one lock: about 1 ms, so that no question waits long.
const SLICE: usize = 32;
/// How often the log is looked at unasked. Other servers write to PostgreSQL; to SQLite only other commands do.
const POLL_POSTGRES: Duration = Duration::from_millis(250);
const POLL_SQLITE: Duration = Duration::from_secs(1);
/// Names of tags and groups are not in the log: those changed here are read at once, those changed elsewhere after this.
const POLL_NAMES: Duration = Duration::from_secs(5);
/// Between tries while the database is away.
const RETRY: Duration = Duration::from_secs(1);
/// How often a changed index is saved; what changed since is read again at the next start.
const SAVE: Duration = Duration::from_secs(300);

/// The index, shared: cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct IndexHandle(pub(super) Arc<Shared>);

#[derive(Debug, Default)]
pub(super) struct Shared {
    pub index: RwLock<CustomerIndex>,
    /// Outside of the lock, since every request of the list asks.
    today: Mutex<Day>,
    ready: AtomicBool,
    /// There are customers whom the index cannot hold; the database answers for good.
    overflown: AtomicBool,
    wake: Notify,
    pub follower: tokio::sync::Mutex<Follower>,
}

#[derive(Debug, Default)]
pub(super) struct Follower {
    pub log: Log,
    names_read: Option<Instant>,
    /// Whether the index changed since it was last saved.
    pub unsaved: bool,
}

impl IndexHandle {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the index answers. While it does not, the database does.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.ready.load(Ordering::Acquire) && !self.0.overflown.load(Ordering::Acquire)
    }

    /// Answers one question of the list; `None` while the index is not ready, and of a rule that asks for more than it knows. A
    /// search takes milliseconds, so it goes to a thread where it holds up no other task.
    pub async fn query(&self, request: Request) -> Option<Answer> {
        if !self.is_ready() || !is_indexed(&request.rule) {
            return None;
        }
        {
            let index = self.0.index.read();
            if index.answers_at_once(&request) {
                return Some(index.query(&request));
            }
        }
        let shared = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || shared.index.read().query(&request)).await.ok()
    }

    /// Everyone who matches, by ascending id; `None` as for [`Self::query`].
    pub async fn matching(&self, request: Request) -> Option<Vec<CustomerId>> {
        if !self.is_ready() || !is_indexed(&request.rule) {
            return None;
        }
        let shared = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || shared.index.read().matching(&request)).await.ok()
    }

    /// How many customers of these branches are in each group and carry each tag; `None` while the index is not ready.
    #[must_use]
    pub fn member_counts(&self, scope: Option<&[BranchId]>) -> Option<MemberCounts> {
        self.is_ready().then(|| self.0.index.read().member_counts(scope))
    }

    /// The day that the index takes for today.
    #[must_use]
    pub fn today(&self) -> Day {
        *self.0.today.lock()
    }

    /// Says what the quick filters mean and which day it is: at the start, after a change of the settings, and at midnight.
    /// Takes some milliseconds a million customers.
    pub fn set_quick(&self, rules: Vec<(QuickFilter, Rule)>, today: Day) {
        *self.0.today.lock() = today;
        self.0.index.write().set_quick(rules, today);
    }

    /// Has the log looked at soon: after writes that nobody waits to see.
    pub fn notify(&self) {
        self.0.wake.notify_one();
    }

    /// Takes over what is committed: after writes whose author sees the list next. Should the database not answer, the
    /// index follows later.
    pub async fn flush(&self, db: &Db) {
        if !self.is_ready() {
            return;
        }
        let mut follower = self.0.follower.lock().await;
        follower.names_read = None;
        if let Err(error) = self.take_over(db, &mut follower).await {
            tracing::warn!(%error, "the customer index could not follow the database");
            self.notify();
        }
    }

    /// Follows the log until `stop`. First the index saved in `file` is taken, or all customers are loaded; it is saved again
    /// now and then, and at the end. Errors are logged, and what failed is tried again.
    pub async fn run(self, db: Db, file: Option<PathBuf>, stop: CancellationToken) {
        tokio::select! {
            () = self.follow(&db, file.as_deref()) => {}
            () = stop.cancelled() => {}
        }
        if let Some(file) = &file {
            self.save(&db, file).await;
        }
    }

    async fn follow(&self, db: &Db, file: Option<&Path>) {
        while let Err(error) = self.start(db, file).await {
            tracing::error!(%error, "the customer index could not be loaded");
            tokio::time::sleep(RETRY).await;
        }
        let poll = if db.is_postgres() { POLL_POSTGRES } else { POLL_SQLITE };
        let mut saved = Instant::now();
        loop {
            // Woken or not, the log is looked at.
            let _ = tokio::time::timeout(poll, self.0.wake.notified()).await;
            if let Err(error) = self.catch_up(db).await {
                tracing::warn!(%error, "the customer index could not follow the database");
                tokio::time::sleep(RETRY).await;
            }
            if let Some(file) = file.filter(|_| saved.elapsed() >= SAVE) {
                self.save(db, file).await;
                saved = Instant::now();
            }
        }
    }

    async fn start(&self, db: &Db, file: Option<&Path>) -> DbResult<()> {
        let started = Instant::now();
        let restored = match file {
            Some(file) => self.restore(db, file).await?,
            None => false,
        };
        if !restored {
            self.load(db).await?;
        }
        let index = self.0.index.read();
        let (customers, megabytes, took) = (index.count(), index.heap_bytes() / 1_000_000, started.elapsed());
        tracing::info!(customers, megabytes, restored, ?took, "the customer index is loaded");
        Ok(())
    }

    /// Reads all customers; then the index is ready.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(&self, db: &Db) -> DbResult<()> {
        let mut follower = self.0.follower.lock().await;
        self.load_anew(db, &mut follower).await
    }

    async fn load_anew(&self, db: &Db, follower: &mut Follower) -> DbResult<()> {
        self.0.ready.store(false, Ordering::Release);
        let log = Log::from_now_on(db).await?;
        let mut fresh = CustomerIndex::new();
        let mut after = 0;
        loop {
            let entries = rows::read_after(db, after, PAGE).await?;
            let Some(last) = entries.last() else { break };
            after = last.id.0;
            self.note_overflow(after);
            fresh.apply(entries, Vec::new());
            tokio::task::yield_now().await;
        }
        self.begin(db, follower, fresh, log).await
    }

    /// Puts an index in place that knows the log up to `log`, and takes over what changed since.
    pub(super) async fn begin(&self, db: &Db, follower: &mut Follower, fresh: CustomerIndex, log: Log) -> DbResult<()> {
        *follower = Follower { log, names_read: None, unsaved: true };
        self.0.index.write().replace(fresh);
        if !self.0.index.read().is_sorted() {
            self.sort().await;
        }
        self.take_over(db, follower).await?;
        self.0.ready.store(true, Ordering::Release);
        Ok(())
    }

    async fn sort(&self) {
        let shared = Arc::clone(&self.0);
        let sorting = tokio::task::spawn_blocking(move || {
            let orders = shared.index.read().sorted();
            shared.index.write().set_orders(orders);
        });
        if sorting.await.is_err() {
            tracing::error!("the customer index could not be sorted; its pages take longer");
        }
    }

    /// Takes over what changed since the last time.
    ///
    /// # Errors
    /// When the database does not answer; what was read until then is taken over.
    pub async fn catch_up(&self, db: &Db) -> DbResult<()> {
        self.take_over(db, &mut *self.0.follower.lock().await).await
    }

    async fn take_over(&self, db: &Db, follower: &mut Follower) -> DbResult<()> {
        let Some(mut reading) = follower.log.begin(db).await? else {
            tracing::warn!("the database went back in time; the customer index is loaded anew");
            return Box::pin(self.load_anew(db, follower)).await;
        };
        let mut names_due = follower.names_read.is_none_or(|read| read.elapsed() >= POLL_NAMES);
        while let Some(changes) = follower.log.next(db, &mut reading).await? {
            let customers: Vec<i64> = changes.iter().map(|(_, customer)| *customer).collect();
            self.take_over_customers(db, &customers).await?;
            follower.log.know(&changes, &reading);
            follower.unsaved = true;
            names_due = true;
        }
        follower.log.finish(&reading);
        if names_due {
            let (tags, groups) = rows::read_names(db).await?;
            self.0.index.write().set_names(tags, groups);
            follower.names_read = Some(Instant::now());
        }
        Ok(())
    }

    async fn take_over_customers(&self, db: &Db, customers: &[i64]) -> DbResult<()> {
        customers.iter().for_each(|id| self.note_overflow(*id));
        let mut changed = rows::read_some(db, customers).await?;
        let listed: HashSet<i64> = changed.iter().map(|entry| entry.id.0).collect();
        let gone: Vec<CustomerId> = customers.iter().filter(|id| !listed.contains(id)).map(|id| CustomerId(*id)).collect();
        self.apply(Vec::new(), gone);
        while !changed.is_empty() {
            let rest = changed.split_off(changed.len().min(SLICE));
            self.apply(std::mem::replace(&mut changed, rest), Vec::new());
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    fn note_overflow(&self, id: i64) {
        if id >= MAX_ID && !self.0.overflown.swap(true, Ordering::AcqRel) {
            tracing::error!(id, "a customer's id is beyond what the customer index holds; the database answers instead");
        }
    }

    fn apply(&self, changed: Vec<Entry>, gone: Vec<CustomerId>) {
        let mut index = self.0.index.write();
        index.apply(changed, gone);
        // Otherwise this thread could take the lock again before those who wait for it.
        RwLockWriteGuard::unlock_fair(index);
    }
}
