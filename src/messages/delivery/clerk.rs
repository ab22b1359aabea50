//! Writing down what the lanes are about to do and what came of it: everything that came together in one transaction (group commit),
//! so that a disk that takes a thousand commits a second does not hold back lanes that could send more.
//!
//! Whoever comes first writes for all who came meanwhile. Nobody goes on before what concerns it is committed, so what is in doubt after
//! a crash is as without: the mails that lanes were handing over. Where something of a batch cannot be written, each is written by
//! itself, so that nobody pays for another's trouble.

use super::intent::{Intent, Wish, intend};
use super::settle::{Handed, settle};
use crate::base::{AppError, AppResult, Timestamp};
use crate::server::AppState;
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::{MutexGuard, oneshot};

/// What is to be written, and who waits for it.
enum Entry {
    Intend(Arc<Wish>, oneshot::Sender<AppResult<Intent>>),
    Settle(Arc<Handed>, oneshot::Sender<AppResult<()>>),
}

/// What came of an entry.
enum Written {
    Intend(Intent),
    Settled,
}

/// Writes for the lanes of one worker.
#[derive(Default)]
pub struct Clerk {
    waiting: Mutex<Vec<Entry>>,
    turn: tokio::sync::Mutex<()>,
}

impl Clerk {
    /// Decides about one mail ([`intend`]); the answer is committed.
    ///
    /// # Errors
    /// When the database does not answer. Then nobody knows whether it was written, but nothing was handed over.
    pub async fn intend(&self, state: &AppState, worker: &str, wish: Wish) -> AppResult<Intent> {
        let (tell, told) = oneshot::channel();
        self.waiting.lock().push(Entry::Intend(Arc::new(wish), tell));
        self.written(state, worker, told).await
    }

    /// Writes down what came of a mail ([`settle`]); it is committed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn settle(&self, state: &AppState, worker: &str, handed: Arc<Handed>) -> AppResult<()> {
        let (tell, told) = oneshot::channel();
        self.waiting.lock().push(Entry::Settle(handed, tell));
        self.written(state, worker, told).await
    }

    /// Waits until somebody has written it, or writes all that waits. Whoever was written for goes on at once: queueing for a turn that
    /// is not needed any more, everybody would wait for everybody.
    async fn written<T>(&self, state: &AppState, worker: &str, mut told: oneshot::Receiver<AppResult<T>>) -> AppResult<T> {
        tokio::select! {
            biased;
            answer = &mut told => answer,
            turn = self.turn.lock() => {
                self.work(state, worker, turn).await;
                told.await
            }
        }
        .unwrap_or(Err(AppError::Unavailable))
    }

    /// Writes what waits, unless somebody else has done so meanwhile.
    async fn work(&self, state: &AppState, worker: &str, _turn: MutexGuard<'_, ()>) {
        let entries = std::mem::take(&mut *self.waiting.lock());
        if entries.is_empty() {
            return;
        }
        match write(state, worker, &entries).await {
            Ok(written) => {
                for (entry, written) in entries.into_iter().zip(written) {
                    entry.tell(Ok(written));
                }
            }
            Err(error) if entries.len() == 1 || error == AppError::Unavailable => {
                for entry in entries {
                    entry.tell(Err(error.clone()));
                }
            }
            Err(_) => {
                for entry in entries {
                    let alone = write(state, worker, std::slice::from_ref(&entry)).await;
                    let answer = alone.and_then(|written| written.into_iter().next().ok_or(AppError::Unavailable));
                    entry.tell(answer);
                }
            }
        }
    }
}

impl Entry {
    /// Whoever waits may be gone.
    fn tell(self, answer: AppResult<Written>) {
        match self {
            Self::Intend(_, tell) => {
                let answer = answer.and_then(|written| match written {
                    Written::Intend(intent) => Ok(intent),
                    Written::Settled => Err(AppError::Unavailable),
                });
                drop(tell.send(answer));
            }
            Self::Settle(_, tell) => drop(tell.send(answer.map(|_| ()))),
        }
    }
}

/// One transaction for all of it: what came of mails first, as it counts for those that come.
async fn write(state: &AppState, worker: &str, entries: &[Entry]) -> AppResult<Vec<Written>> {
    let (settings, now): (_, Timestamp) = (state.settings(), state.clock.now());
    let handed: Vec<&Handed> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Settle(handed, _) => Some(handed.as_ref()),
            Entry::Intend(..) => None,
        })
        .collect();
    let wishes: Vec<&Wish> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Intend(wish, _) => Some(wish.as_ref()),
            Entry::Settle(..) => None,
        })
        .collect();
    let tx = state.db.begin().await?;
    settle(&tx, worker, &handed, &settings.mail, now).await?;
    let intents = intend(&tx, worker, &wishes, &settings.mail, now).await?;
    tx.commit().await?;
    let mut intents = intents.into_iter();
    entries
        .iter()
        .map(|entry| match entry {
            Entry::Intend(..) => intents.next().map(Written::Intend).ok_or(AppError::Unavailable),
            Entry::Settle(..) => Ok(Written::Settled),
        })
        .collect()
}
