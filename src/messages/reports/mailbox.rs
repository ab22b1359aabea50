//! Reading the mailbox that bounces and complaints come back to (IMAP, RFC 3501), as mail servers without webhooks have it.
//!
//! A report about a mail of ours is taken in and marked as read; whatever else is in the mailbox stays unread for people, and a keyword says
//! that it was looked at. Nothing is deleted. What could not be taken in, because the database did not answer, is looked at again.

use super::take_in;
use crate::base::{AppError, AppResult};
use crate::messages::transport::{Address, Secrecy, line};
use crate::office::alerts;
use crate::server::AppState;
use crate::server::config::Config;
use async_imap::types::{Fetch, Flag};
use async_imap::{Client, Session};
use futures::TryStreamExt;
use std::fmt;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

/// How often it is looked into, and how far apart tries are at most while it cannot be reached.
const LOOK_EVERY: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(900);
/// One look must not hang.
const PATIENCE: Duration = Duration::from_secs(300);
/// Mails of one look: the rest comes with the next.
const AT_ONCE: usize = 200;
/// Bytes. What is larger reports nothing.
const LARGEST: u32 = 15 * 1024 * 1024;
/// Says that a mail was looked at.
const KEYWORD: &str = "$ClienteleRead";
/// Of the alert while it cannot be read.
const ALERT: &str = "mail.mailbox";

/// A mailbox.
pub struct Mailbox {
    address: Address,
    folder: String,
    tls: Option<TlsConnector>,
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mailbox({:?}, {:?})", self.address, self.folder)
    }
}

/// What one look found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Reports about mails of ours.
    pub taken_in: usize,
    /// Whatever else.
    pub others: usize,
}

trait Line: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Line for T {}

type Open = Session<Box<dyn Line>>;

/// What went wrong, in the mail server's words.
type Trouble = String;

impl Mailbox {
    /// The mailbox of the configuration; `None` where there is none.
    ///
    /// # Errors
    /// When its address or the certificate does not read.
    pub fn of(config: &Config) -> anyhow::Result<Option<Self>> {
        let Some(url) = &config.mailbox_url else { return Ok(None) };
        let (address, folder) = Address::parse_mailbox(url.expose()).map_err(|error| anyhow::anyhow!(error))?;
        let tls = match address.secrecy {
            Secrecy::None => None,
            _ => Some(line::connector(config.smtp_ca.as_deref())?),
        };
        Ok(Some(Self { address, folder, tls }))
    }

    /// Takes in what has come since the last look.
    ///
    /// # Errors
    /// What the mail server said, or that the database does not answer.
    pub async fn look(&self, state: &AppState) -> Result<Looked, Trouble> {
        timeout(PATIENCE, self.read(state)).await.unwrap_or_else(|_| Err("the mail server does not answer".into()))
    }

    async fn read(&self, state: &AppState) -> Result<Looked, Trouble> {
        let mut session = self.open().await?;
        let folder = session.select(&self.folder).await.map_err(said)?;
        let own = |flag: &Flag<'_>| matches!(flag, Flag::MayCreate) || matches!(flag, Flag::Custom(name) if name == KEYWORD);
        let keeps_keywords = folder.permanent_flags.is_empty() || folder.permanent_flags.iter().any(own);
        let question = if keeps_keywords { format!("UNSEEN UNKEYWORD {KEYWORD}") } else { "UNSEEN".to_owned() };
        let mut uids: Vec<u32> = session.uid_search(question).await.map_err(said)?.into_iter().collect();
        uids.sort_unstable();
        let mut looked = Looked::default();
        for uid in uids.into_iter().take(AT_ONCE) {
            let is_ours = take_in_mail(&mut session, uid, state).await?;
            *(if is_ours { &mut looked.taken_in } else { &mut looked.others }) += 1;
            let flags = match (is_ours, keeps_keywords) {
                (true, true) => format!("(\\Seen {KEYWORD})"),
                (false, true) => format!("({KEYWORD})"),
                (_, false) => "(\\Seen)".to_owned(),
            };
            let stored = session.uid_store(uid.to_string(), format!("+FLAGS.SILENT {flags}")).await.map_err(said)?;
            stored.try_collect::<Vec<Fetch>>().await.map_err(said)?;
        }
        // Whether it hears that we go makes no difference.
        drop(session.logout().await);
        Ok(looked)
    }

    async fn open(&self) -> Result<Open, Trouble> {
        let Address { host, secrecy, login, .. } = &self.address;
        let line = line::connect(&self.address).await.map_err(|error| error.to_string())?;
        let line: Box<dyn Line> = match (&self.tls, secrecy) {
            (Some(tls), Secrecy::Tls) => wrap(tls, host, Box::new(line)).await?,
            _ => Box::new(line),
        };
        let mut client = Client::new(line);
        client.read_response().await.map_err(|error| error.to_string())?.ok_or("the mail server hung up")?;
        let mut is_secret = *secrecy == Secrecy::Tls;
        if let (Some(tls), false) = (&self.tls, is_secret) {
            match client.run_command_and_check_ok("STARTTLS", None).await {
                Ok(()) => {
                    client = Client::new(wrap(tls, host, client.into_inner()).await?);
                    is_secret = true;
                }
                Err(_) if *secrecy == Secrecy::IfOffered => {}
                Err(error) => return Err(format!("the mail server offers no STARTTLS: {}", said(error))),
            }
        }
        let (user, password) = login.as_ref().ok_or("nobody is named who may read it")?;
        if !is_secret && !self.address.may_log_in_openly() {
            return Err("the line to the mail server is not secret; no password is said".into());
        }
        client.login(user, password).await.map_err(|(error, _)| format!("login: {}", said(error)))
    }
}

/// Looks at one mail; whether it reports something of a mail of ours.
async fn take_in_mail(session: &mut Open, uid: u32, state: &AppState) -> Result<bool, Trouble> {
    let size = fetch(session, uid, "(UID RFC822.SIZE)").await?.and_then(|found| found.size).unwrap_or_default();
    if size > LARGEST {
        return Ok(false);
    }
    let Some(found) = fetch(session, uid, "(UID BODY.PEEK[])").await? else { return Ok(false) };
    match take_in(state, found.body().unwrap_or_default()).await {
        Ok(is_ours) => Ok(is_ours),
        Err(AppError::Invalid { .. }) => Ok(false),
        Err(error) => Err(error.to_string()),
    }
}

async fn fetch(session: &mut Open, uid: u32, what: &str) -> Result<Option<Fetch>, Trouble> {
    let found: Vec<Fetch> = session.uid_fetch(uid.to_string(), what).await.map_err(said)?.try_collect().await.map_err(said)?;
    Ok(found.into_iter().find(|found| found.uid == Some(uid)))
}

/// In one line, and no longer than anybody reads.
fn said(error: async_imap::error::Error) -> Trouble {
    let line: String = error.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    crate::base::text::truncate(&line, 300).to_owned()
}

async fn wrap(tls: &TlsConnector, host: &str, line: Box<dyn Line>) -> Result<Box<dyn Line>, Trouble> {
    Ok(Box::new(line::secure(tls, host, line).await.map_err(|error| format!("TLS: {error}"))?))
}

/// Looks into the mailbox of the configuration again and again until `stop`.
///
/// # Errors
/// When the configuration of the mailbox does not read.
pub fn start(state: &AppState, stop: &CancellationToken) -> anyhow::Result<()> {
    if let Some(mailbox) = Mailbox::of(&state.config)? {
        tokio::spawn(follow(mailbox, state.clone(), stop.clone()));
    }
    Ok(())
}

async fn follow(mailbox: Mailbox, state: AppState, stop: CancellationToken) {
    let mut wait = LOOK_EVERY;
    loop {
        let looked = tokio::select! { () = stop.cancelled() => return, looked = mailbox.look(&state) => looked };
        match &looked {
            Ok(Looked { taken_in, others }) if taken_in + others > 0 => tracing::info!(taken_in, others, "the mailbox was read"),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the mailbox could not be read"),
        }
        wait = if looked.is_ok() { LOOK_EVERY } else { (wait * 2).min(LONGEST_WAIT) };
        if let Err(error) = tell(&state, looked.err()).await {
            tracing::warn!(%error, "an alert about the mailbox could not be written");
        }
        tokio::select! { () = stop.cancelled() => return, () = tokio::time::sleep(wait) => {} }
    }
}

/// Raises an alert, or resolves it.
async fn tell(state: &AppState, trouble: Option<Trouble>) -> AppResult<()> {
    let now = state.clock.now();
    if trouble.is_none() && alerts::store::count_open(&state.db, ALERT).await? == 0 {
        return Ok(());
    }
    let tx = state.db.begin().await?;
    match trouble {
        Some(detail) => alerts::store::raise(&tx, ALERT, "", &detail, now).await?,
        None => alerts::store::resolve(&tx, ALERT, "", now).await?,
    }
    Ok(tx.commit().await?)
}
