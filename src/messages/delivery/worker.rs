//! The worker of one server: it says that it is alive, claims what is due, and hands it over on several lanes at once.

use super::clerk::Clerk;
use super::intent::{self, Intent, Wish};
use super::known::Known;
use super::letters::{self, Letters, Unwritten, is_kept};
use super::pace;
use super::settle::Handed;
use super::store::{self, Claimed};
use crate::base::{AppError, AppResult, MailId, Timestamp};
use crate::messages::campaigns;
use crate::messages::transport::{Heading, MailServer, Outcome, Parcel, pack, recipient};
use crate::messages::unsubscribe;
use crate::office::alerts;
use crate::server::AppState;
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How often the worker looks for mails that are due.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How often it says that it is alive: several times within [`store::LEASE`].
const BEAT_EVERY: Duration = Duration::from_secs(5);
/// Lanes for each connection to the mail server: while one hands over, another writes its mail, and what came of a third's is written
/// down. After a crash so many mails are in doubt at most.
const LANES: usize = 4;
/// What each lane has waiting for it, so that claiming costs little of each. Urgent mails overtake what waits.
const PER_LANE: usize = 8;
/// Where less than half of that is missing, claiming waits for more of it, but so long at most.
const CLAIM_EVERY: Duration = Duration::from_millis(100);
/// A mail server that takes a mail faster is quick: then a mail is said to be handed over before there is a connection for it.
const QUICK: Duration = Duration::from_millis(20);
/// A mail that nothing can write yet is looked at again after so long.
const NOT_YET: i64 = Timestamp::HOUR;
/// While the mail server cannot be reached, tries are so far apart at most.
const LONGEST_TROUBLE: Duration = Duration::from_secs(60);
/// A mail that cannot even be written down is tried again after 1, 2, 4 … seconds, at most so many times doubled: each time it keeps
/// others from being written together.
const MOST_DOUBLED: u32 = 12;
/// Such mails that are remembered.
const REMEMBERED: usize = 10_000;
/// A result that the database does not take is kept and tried again so often, once a second.
const WRITE_TRIES: usize = 600;

/// What the lanes share.
pub struct Engine {
    state: AppState,
    /// `None`: mails stay in the outbox, where one reads them.
    server: Option<MailServer>,
    /// Its name among the workers: never used before, never again.
    worker: String,
    letters: Letters,
    clerk: Clerk,
    queue: Mutex<VecDeque<Ready>>,
    /// Mails in the queue and in the lanes' hands.
    held: AtomicUsize,
    /// Something was put into the queue, or taken out of it.
    added: Notify,
    taken: Notify,
    trouble: Mutex<Trouble>,
    /// How often mails could not be written down.
    failed: Mutex<HashMap<MailId, u32>>,
    /// Connections to the mail server.
    lines: Semaphore,
    /// The mail server took the last mail quickly.
    is_quick: AtomicBool,
}

/// A mail that was claimed, and what was read for it; `None`: it is read when it is written.
#[derive(Clone, Debug)]
struct Ready {
    mail: Arc<Claimed>,
    known: Option<Known>,
}

/// What is known of the mail server while it cannot be reached.
#[derive(Debug, Default)]
struct Trouble {
    in_a_row: u32,
    until: Option<tokio::time::Instant>,
}

/// Starts sending; the future ends when what was being handed over is settled, after `stop`.
///
/// # Errors
/// When the configuration of the mail server does not read.
pub fn start(state: &AppState, stop: &CancellationToken) -> anyhow::Result<impl Future<Output = ()> + use<>> {
    let server = MailServer::of(&state.config)?;
    let lanes = LANES * usize::from(state.config.smtp_connections);
    let engine = Arc::new(Engine::new(state.clone(), server));
    let task = (lanes > 0).then(|| tokio::spawn(engine.run(lanes, stop.clone())));
    Ok(async move {
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the worker that sends mails failed");
        }
    })
}

impl Engine {
    #[must_use]
    pub fn new(state: AppState, server: Option<MailServer>) -> Self {
        let worker = format!("{:032x}", rand::random::<u128>());
        let (letters, clerk, queue) = (Letters::default(), Clerk::default(), Mutex::default());
        let (added, taken) = (Notify::new(), Notify::new());
        let (held, trouble, failed) = (AtomicUsize::new(0), Mutex::default(), Mutex::default());
        let lines = Semaphore::new(usize::from(state.config.smtp_connections).max(1));
        let is_quick = AtomicBool::new(false);
        Self { state, server, worker, letters, clerk, queue, held, added, taken, trouble, failed, lines, is_quick }
    }

    async fn run(self: Arc<Self>, lanes: usize, stop: CancellationToken) {
        let mut tasks = JoinSet::new();
        // It goes on saying that it is alive until what it hands over is settled.
        let over = CancellationToken::new();
        let beat = tokio::spawn(self.clone().beat(over.clone()));
        tasks.spawn(self.clone().fill(lanes, stop.clone()));
        for _ in 0..lanes {
            tasks.spawn(self.clone().lane(stop.clone()));
        }
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a lane of the mails failed");
            }
        }
        over.cancel();
        if let Err(error) = beat.await {
            tracing::error!(%error, "the worker that sends mails failed");
        }
        if let Some(server) = &self.server {
            server.hang_up();
        }
        if let Err(error) = self.leave().await {
            tracing::warn!(%error, "mails were not given back; another worker takes them over");
        }
    }

    /// Sends everything that is due now, several at once: for tests.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn drain(&self) -> AppResult<()> {
        self.look_after().await?;
        while self.claim(PER_LANE).await? {
            let mails: Vec<_> = std::iter::from_fn(|| self.pop()).collect();
            let sent = futures::future::join_all(mails.iter().map(|mail| self.send(mail))).await;
            self.held.fetch_sub(mails.len(), Ordering::Relaxed);
            sent.into_iter().collect::<AppResult<()>>()?;
        }
        self.look_after().await
    }

    async fn leave(&self) -> AppResult<()> {
        let tx = self.state.db.begin().await?;
        store::leave(&tx, &self.worker).await?;
        Ok(tx.commit().await?)
    }

    /// Says that this worker is alive, and does what somebody must do now and then.
    async fn beat(self: Arc<Self>, over: CancellationToken) {
        loop {
            if let Err(error) = self.look_after().await {
                tracing::warn!(%error, "the worker that sends mails could not say that it is alive");
            }
            tokio::select! {
                () = over.cancelled() => return,
                () = tokio::time::sleep(BEAT_EVERY) => {}
            }
        }
    }

    /// One beat, while mails are held: an idle worker never writes. What dead workers held; campaigns that are due or done.
    async fn look_after(&self) -> AppResult<()> {
        let (state, now) = (&self.state, self.state.clock.now());
        let settings = state.settings();
        let is_lost = store::is_anything_lost(&state.db, now).await?;
        if !is_lost && self.held.load(Ordering::Relaxed) == 0 {
            return campaigns::service::look_after(state, now).await;
        }
        let tx = state.db.begin().await?;
        store::beat(&tx, &self.worker, now).await?;
        pace::forget(&tx, now).await?;
        if is_lost {
            let lost = store::recover(&tx, settings.mail.resend_in_doubt, now).await?;
            if lost > 0 {
                tracing::warn!(lost, "mails are in doubt: whoever handed them over is gone");
                alerts::store::raise(&tx, "mail.in_doubt", "", &lost.to_string(), now).await?;
            }
        }
        tx.commit().await?;
        campaigns::service::look_after(state, now).await
    }

    /// Keeps the queue filled.
    async fn fill(self: Arc<Self>, lanes: usize, stop: CancellationToken) {
        let all = lanes * PER_LANE;
        let mut last = Instant::now();
        while !stop.is_cancelled() {
            let trouble = self.trouble.lock().until;
            if let Some(until) = trouble {
                tokio::select! { () = stop.cancelled() => return, () = tokio::time::sleep_until(until) => {} }
            }
            let room = all.saturating_sub(self.queue.lock().len());
            let claimed = if room >= all / 2 || (room > 0 && last.elapsed() >= CLAIM_EVERY) {
                last = Instant::now();
                self.claim(room).await
            } else {
                Ok(false)
            };
            match claimed {
                Ok(true) => {}
                Ok(false) => tokio::select! {
                    () = stop.cancelled() => {}
                    () = self.taken.notified() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                },
                Err(error) => {
                    tracing::warn!(%error, "no mails could be claimed");
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
        }
    }

    /// Claims some mails into the queue; false where none is due.
    async fn claim(&self, wanted: usize) -> AppResult<bool> {
        let now = self.state.clock.now();
        if !store::is_any_due(&self.state.db, now).await? {
            return Ok(false);
        }
        let tx = self.state.db.begin().await?;
        // Only who is known to be alive may hold anything.
        store::beat(&tx, &self.worker, now).await?;
        let claimed = store::claim(&tx, &self.worker, wanted, &self.state.settings().mail, now).await?;
        tx.commit().await?;
        let any = !claimed.is_empty();
        self.held.fetch_add(claimed.len(), Ordering::Relaxed);
        self.enqueue(claimed).await;
        if any {
            self.added.notify_waiters();
        }
        Ok(any)
    }

    /// What is about one customer overtakes campaigns.
    async fn enqueue(&self, claimed: Vec<Claimed>) {
        let mails: Vec<&Claimed> = claimed.iter().collect();
        let mut known = Known::read(&self.state, &mails).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "what mails need could not be read for all of them at once");
            HashMap::new()
        });
        let ready = claimed.into_iter().map(|mail| Ready { known: known.remove(&mail.id), mail: Arc::new(mail) });
        let (many, one): (Vec<Ready>, Vec<Ready>) = ready.partition(|ready| ready.mail.campaign.is_some());
        let mut queue = self.queue.lock();
        for ready in one.into_iter().rev() {
            queue.push_front(ready);
        }
        queue.extend(many);
    }

    fn pop(&self) -> Option<Ready> {
        let mail = self.queue.lock().pop_front();
        if mail.is_some() {
            self.taken.notify_one();
        }
        mail
    }

    /// One after the other, until `stop`.
    async fn lane(self: Arc<Self>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let trouble = self.trouble.lock().until;
            if let Some(until) = trouble.filter(|until| *until > tokio::time::Instant::now()) {
                tokio::select! { () = stop.cancelled() => return, () = tokio::time::sleep_until(until) => {} }
            }
            let Some(ready) = self.pop() else {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = self.added.notified() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
                continue;
            };
            let wait = ready.mail.not_before.0 - self.state.clock.now().0;
            if let Ok(wait) = u64::try_from(wait) {
                tokio::time::sleep(Duration::from_micros(wait)).await;
            }
            if let Err(error) = self.send(&ready).await {
                // Still claimed; it is given back here, or by others when this worker is gone.
                tracing::warn!(mail = %ready.mail.id, %error, "a mail was not sent now");
                self.give_back(&ready.mail, &error).await;
            }
            self.held.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Where the database did not answer it goes on as soon as that does; what else is wrong is the mail's own.
    async fn give_back(&self, mail: &Claimed, error: &AppError) {
        let doubled = if *error == AppError::Unavailable { 0 } else { self.count_failure(mail.id) };
        let next = self.state.clock.now().plus(Timestamp::SECOND << doubled);
        if let Err(error) = self.insist(Write::TakeBack(mail, next)).await {
            tracing::error!(mail = %mail.id, %error, "a mail could not be given back");
        }
    }

    /// How often it has failed before.
    fn count_failure(&self, mail: MailId) -> u32 {
        let mut failed = self.failed.lock();
        if failed.len() >= REMEMBERED {
            failed.clear();
        }
        let times = failed.entry(mail).or_default();
        let before = *times;
        *times = (before + 1).min(MOST_DOUBLED);
        before
    }

    /// Writes, asks whether it may go, hands over, and writes down what came of it. An error comes before anything was handed over.
    async fn send(&self, ready: &Ready) -> AppResult<()> {
        let mail = &ready.mail;
        let unsubscribe = unsubscribe::link(&self.state, mail);
        let written = match self
            .letters
            .write(&self.state, mail, ready.known.as_ref(), unsubscribe.as_deref().unwrap_or_default())
            .await?
        {
            Ok(written) => written,
            Err(Unwritten::Never(why)) => return self.give_up(mail, why).await,
            Err(Unwritten::NotYet) => {
                let tx = self.state.db.begin().await?;
                intent::release(&tx, &self.worker, mail, self.state.clock.now().plus(NOT_YET)).await?;
                return Ok(tx.commit().await?);
            }
        };
        let message_id = unsubscribe::message_id(&self.state, mail.id);
        let parcel = match self.pack(mail, &written, &message_id, unsubscribe.as_deref()) {
            Ok(parcel) => parcel,
            Err(why) => return self.give_up(mail, why).await,
        };
        let domain = recipient(&written.to).map(|(_, domain)| domain).unwrap_or_default();
        let subject = written.letter.subject.trim().to_owned();
        let wish = Wish { mail: mail.clone(), to: written.to.clone(), domain: domain.clone(), subject, message_id };
        // Whoever waits for a connection may be told to pause meanwhile: only where that takes no time is it written down before.
        let line = if self.is_quick.load(Ordering::Relaxed) { None } else { Some(self.line().await?) };
        if self.clerk.intend(&self.state, &self.worker, wish).await? != Intent::HandOver {
            return Ok(());
        }
        let outcome = self.hand_over(line, &parcel).await;
        self.note_trouble(&outcome).await;
        let kept = self.server.is_none() || is_kept(mail);
        let sealed = kept.then(|| self.state.keys.seal_secret(&String::from_utf8_lossy(&parcel.eml)));
        let handed = Arc::new(Handed { mail: mail.clone(), to: written.to, domain, sealed, outcome });
        if let Err(error) = self.insist(Write::Settle(&handed)).await {
            tracing::error!(mail = %mail.id, outcome = ?handed.outcome, %error, "what came of a mail could not be written down; it is in doubt");
        }
        Ok(())
    }

    async fn line(&self) -> AppResult<SemaphorePermit<'_>> {
        self.lines.acquire().await.map_err(|_| AppError::Unavailable)
    }

    async fn hand_over(&self, line: Option<SemaphorePermit<'_>>, parcel: &Parcel) -> Outcome {
        let Some(server) = &self.server else { return Outcome::Accepted("outbox".into()) };
        let _line = match line {
            None => self.lines.acquire().await.ok(),
            some => some,
        };
        let began = Instant::now();
        let outcome = server.hand_over(parcel).await;
        self.is_quick.store(began.elapsed() < QUICK, Ordering::Relaxed);
        outcome
    }

    fn pack(
        &self,
        mail: &Claimed,
        written: &letters::Written,
        message_id: &str,
        unsubscribe: Option<&str>,
    ) -> Result<Parcel, &'static str> {
        let settings = self.state.settings();
        let from = unsubscribe::sender(&self.state);
        let from_name = if settings.mail.from_name.is_empty() { &settings.name } else { &settings.mail.from_name };
        let heading = Heading {
            from_name,
            from: &from,
            reply_to: &settings.mail.reply_to,
            to: &written.to,
            message_id,
            at: self.state.clock.now(),
            unsubscribe: unsubscribe.filter(|_| letters::is_advertising(mail)),
        };
        pack(&written.letter, &heading, self.server.as_ref().and_then(|server| server.signer.as_ref()))
    }

    async fn give_up(&self, mail: &Claimed, why: &str) -> AppResult<()> {
        let tx = self.state.db.begin().await?;
        intent::give_up(&tx, &self.worker, mail, why).await?;
        Ok(tx.commit().await?)
    }

    /// Slows down while the mail server cannot be reached, and tells people.
    async fn note_trouble(&self, outcome: &Outcome) {
        let (kind, detail) = match outcome {
            Outcome::Unreachable(detail) => ("mail.unreachable", detail),
            Outcome::LoginRefused(detail) => ("mail.login", detail),
            _ => {
                let had = std::mem::take(&mut *self.trouble.lock()).in_a_row;
                if had > 0
                    && let Err(error) = self.insist(Write::TroubleOver).await
                {
                    tracing::warn!(%error, "an alert about the mail server stays");
                }
                return;
            }
        };
        {
            let mut trouble = self.trouble.lock();
            trouble.in_a_row = trouble.in_a_row.saturating_add(1);
            let seconds = 1_u64 << (trouble.in_a_row - 1).min(6);
            let wait = Duration::from_secs(seconds).min(LONGEST_TROUBLE);
            trouble.until = Some(tokio::time::Instant::now() + wait);
        }
        tracing::warn!(kind, %detail, "the mail server took no mail");
        if let Err(error) = self.insist(Write::Trouble(kind, detail)).await {
            tracing::warn!(%error, "an alert could not be raised");
        }
    }

    /// Writes something down, again and again while the database does not answer: what came of a mail must not be lost.
    async fn insist(&self, what: Write<'_>) -> AppResult<()> {
        let mut tries = 0;
        loop {
            match self.write(what).await {
                Err(AppError::Unavailable) if tries < WRITE_TRIES => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                other => return other,
            }
        }
    }

    async fn write(&self, what: Write<'_>) -> AppResult<()> {
        if let Write::Settle(handed) = what {
            return self.clerk.settle(&self.state, &self.worker, handed.clone()).await;
        }
        let now = self.state.clock.now();
        let tx = self.state.db.begin().await?;
        match what {
            Write::Settle(_) => {}
            Write::TakeBack(mail, next) => intent::take_back(&tx, &self.worker, mail, next).await?,
            Write::Trouble(kind, detail) => alerts::store::raise(&tx, kind, "", detail, now).await?,
            Write::TroubleOver => {
                for kind in ["mail.unreachable", "mail.login"] {
                    alerts::store::resolve_unseen(&tx, kind, now.plus(1), now).await?;
                }
            }
        }
        Ok(tx.commit().await?)
    }
}

/// What must be written down, whatever it takes.
#[derive(Clone, Copy)]
enum Write<'a> {
    Settle(&'a Arc<Handed>),
    TakeBack(&'a Claimed, Timestamp),
    /// An alert, and what the mail server said.
    Trouble(&'static str, &'a str),
    TroubleOver,
}
