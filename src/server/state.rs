//! What every request can reach.

use super::rest::Limits;
use super::{Clock, Db, config::Config, keys::Keys};
use crate::base::Day;
use crate::customers::index::follow::IndexHandle;
use crate::office::settings::{self, ShopSettings, zone::Zone};
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use parking_lot::RwLock;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    pub db: Db,
    pub clock: Clock,
    pub config: Arc<Config>,
    pub keys: Keys,
    /// The customer list in memory.
    pub index: IndexHandle,
    pub leptos: LeptosOptions,
    /// How much the programs with keys have asked lately.
    pub limits: Arc<Limits>,
    /// Wakes the worker for a job that was just enqueued.
    pub job_added: Arc<Notify>,
    /// The server is stopping: what would go on by itself ends.
    pub stop: CancellationToken,
    settings: Arc<RwLock<Arc<ShopSettings>>>,
}

impl AppState {
    /// Reads the settings; runs no migrations.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn new(db: Db, clock: Clock, config: Config, keys: Keys, leptos: LeptosOptions) -> anyhow::Result<Self> {
        let settings = settings::store::load(&db).await?;
        let settings = Arc::new(RwLock::new(Arc::new(settings)));
        Ok(Self {
            db,
            clock,
            config: Arc::new(config),
            keys,
            index: IndexHandle::new(),
            leptos,
            limits: Arc::default(),
            job_added: Arc::default(),
            stop: CancellationToken::new(),
            settings,
        })
    }

    /// The shop's settings as last read.
    #[must_use]
    pub fn settings(&self) -> Arc<ShopSettings> {
        self.settings.read().clone()
    }

    /// Reads the settings again, after a change here or on another server.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reload_settings(&self) -> super::DbResult<()> {
        let fresh = settings::store::load(&self.db).await?;
        *self.settings.write() = Arc::new(fresh);
        Ok(())
    }

    /// After a write that changes customers: the author's next list shows it.
    pub async fn changed(&self) {
        self.index.flush(&self.db).await;
    }

    /// The shop's time zone; UTC should the stored name no longer exist.
    #[must_use]
    pub fn zone(&self) -> Zone {
        Zone::parse(&self.settings().time_zone).unwrap_or(Zone::UTC)
    }

    /// The shop's calendar day.
    #[must_use]
    pub fn today(&self) -> Day {
        self.zone().day(self.clock.now())
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}
