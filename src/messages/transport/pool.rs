//! Connections to the mail server: kept between mails, made anew where they broke. lettre speaks the protocol; the steps of handing
//! over are taken one by one here, since what a broken line means depends on the step.

use super::line::{self, Secured};
use super::server::{Address, Secrecy};
use super::{Outcome, Parcel, Signer};
use crate::server::config::Config;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use parking_lot::Mutex;
use std::error::Error as _;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Connecting, TLS and login together.
const CONNECTING: Duration = Duration::from_secs(30);
/// The commands before the mail itself; RFC 5321 has servers answer each within five minutes, and none worth having takes one.
const COMMANDS: Duration = Duration::from_secs(60);
/// From the mail itself to its answer. What takes longer is in doubt; RFC 5321 would wait ten minutes.
const ANSWER: Duration = Duration::from_secs(300);
/// A connection that was idle for longer has been closed by most servers.
const IDLE: Duration = Duration::from_secs(30);

/// The mail server, its connections, and the key that signs.
pub struct MailServer {
    address: Address,
    secure: Secure,
    hello: ClientId,
    pub signer: Option<Signer>,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl std::fmt::Debug for MailServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MailServer({:?})", self.address)
    }
}

/// How its lines become secret.
enum Secure {
    Never,
    AtOnce(TlsConnector),
    /// By STARTTLS, which lettre speaks.
    Asked(TlsParameters),
}

/// Why a connection is none.
enum NoConnection {
    Unreachable(String),
    LoginRefused(String),
}

/// Why a mail could not be begun.
enum NotBegun {
    Answered(Outcome),
    Lost(String),
}

impl MailServer {
    /// The mail server of the configuration; `None` where there is none.
    ///
    /// # Errors
    /// When its address, the certificate or the key does not read.
    pub fn of(config: &Config) -> anyhow::Result<Option<Self>> {
        let Some(url) = &config.smtp_url else { return Ok(None) };
        let address = Address::parse(url.expose()).map_err(|error| anyhow::anyhow!(error))?;
        let ca = config.smtp_ca.as_deref();
        let secure = match address.secrecy {
            Secrecy::None => Secure::Never,
            Secrecy::Tls => Secure::AtOnce(line::connector(ca)?),
            Secrecy::StartTls | Secrecy::IfOffered => Secure::Asked(tls(&address.host, ca)?),
        };
        let signer = config.dkim_key.as_deref().map(|path| Signer::load(path, &config.dkim_selector)).transpose()?;
        Ok(Some(Self { address, secure, hello: ClientId::default(), signer, idle: Mutex::default() }))
    }

    /// Hands a mail over.
    pub async fn hand_over(&self, parcel: &Parcel) -> Outcome {
        // A kept connection may have been closed meanwhile. As long as nothing of the mail was said, another one may be tried.
        if let Some(kept) = self.kept() {
            match self.over(kept, parcel).await {
                Ok(outcome) => return outcome,
                Err(lost) => tracing::debug!(%lost, "a kept connection to the mail server was closed"),
            }
        }
        match self.connect().await {
            Ok(connection) => self.over(connection, parcel).await.unwrap_or_else(Outcome::Unreachable),
            Err(NoConnection::Unreachable(why)) => Outcome::Unreachable(why),
            Err(NoConnection::LoginRefused(why)) => Outcome::LoginRefused(why),
        }
    }

    /// Hands a mail over on this connection; an error says that it was lost before the mail itself.
    async fn over(&self, mut connection: AsyncSmtpConnection, parcel: &Parcel) -> Result<Outcome, String> {
        match timeout(COMMANDS, begin(&mut connection, &parcel.envelope, &parcel.eml)).await {
            Ok(Ok(())) => {}
            Ok(Err(NotBegun::Answered(outcome))) => {
                if matches!(timeout(COMMANDS, connection.command(Rset)).await, Ok(Ok(_))) {
                    self.keep(connection);
                }
                return Ok(outcome);
            }
            Ok(Err(NotBegun::Lost(why))) => return Err(why),
            Err(_) => return Err("the mail server does not answer".into()),
        }
        // From here on silence may mean that it has it.
        Ok(match timeout(ANSWER, connection.message(&parcel.eml)).await {
            Ok(Ok(response)) => {
                self.keep(connection);
                Outcome::Accepted(said(&response))
            }
            Ok(Err(error)) => match answer(&error) {
                Some(outcome) => {
                    self.keep(connection);
                    outcome(false)
                }
                None => Outcome::InDoubt(error.to_string()),
            },
            Err(_) => Outcome::InDoubt("the mail server did not answer".into()),
        })
    }

    fn kept(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock();
        idle.retain(|(_, since)| since.elapsed() < IDLE);
        idle.pop().map(|(connection, _)| connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        if !connection.has_broken() {
            self.idle.lock().push((connection, Instant::now()));
        }
    }

    /// Ends what is kept; a server that stops need not wait for it.
    pub fn hang_up(&self) {
        self.idle.lock().clear();
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, NoConnection> {
        timeout(CONNECTING, self.log_in())
            .await
            .unwrap_or_else(|_| Err(NoConnection::Unreachable("the mail server does not answer".into())))
    }

    async fn line(&self) -> std::io::Result<Box<dyn AsyncTokioStream>> {
        let line = line::connect(&self.address).await?;
        Ok(match &self.secure {
            Secure::AtOnce(tls) => Box::new(Secured(line::secure(tls, &self.address.host, line).await?)),
            Secure::Never | Secure::Asked(_) => Box::new(line),
        })
    }

    async fn log_in(&self) -> Result<AsyncSmtpConnection, NoConnection> {
        let lost = |error: Error| NoConnection::Unreachable(error.to_string());
        let stream = self.line().await.map_err(|error| NoConnection::Unreachable(error.to_string()))?;
        let mut connection = AsyncSmtpConnection::connect_with_transport(stream, &self.hello).await.map_err(lost)?;
        let mut is_secret = self.address.secrecy == Secrecy::Tls;
        if let Secure::Asked(tls) = &self.secure {
            if connection.can_starttls() {
                connection.starttls(tls.clone(), &self.hello).await.map_err(lost)?;
                is_secret = true;
            } else if self.address.secrecy != Secrecy::IfOffered {
                return Err(NoConnection::Unreachable("the mail server offers no STARTTLS".into()));
            }
        }
        if let Some((user, password)) = &self.address.login {
            if !is_secret && !self.address.may_log_in_openly() {
                return Err(NoConnection::LoginRefused("the line to the mail server is not secret; no password is said".into()));
            }
            let credentials = Credentials::new(user.clone(), password.clone());
            connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await.map_err(|error| {
                if error.is_permanent() || error.is_client() {
                    NoConnection::LoginRefused(reply(&error))
                } else {
                    NoConnection::Unreachable(reply(&error))
                }
            })?;
        }
        Ok(connection)
    }
}

fn tls(host: &str, ca: Option<&std::path::Path>) -> anyhow::Result<TlsParameters> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(path) = ca {
        let pem = std::fs::read(path).map_err(|error| anyhow::anyhow!("the certificate {}: {error}", path.display()))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    parameters.build().map_err(|error| anyhow::anyhow!("TLS to the mail server: {error}"))
}

/// Says from whom and to whom; after it the server waits for the mail.
async fn begin(connection: &mut AsyncSmtpConnection, envelope: &Envelope, eml: &[u8]) -> Result<(), NotBegun> {
    let mut options = Vec::new();
    let ascii = envelope.to().iter().chain(envelope.from()).all(|address| address.to_string().is_ascii());
    if !ascii {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            let answer = "553 5.6.7 the mail server takes no addresses beyond ASCII".to_owned();
            return Err(NotBegun::Answered(Outcome::Refused { recipient: true, answer }));
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    if !eml.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    connection.command(Mail::new(envelope.from().cloned(), options)).await.map_err(|error| not_begun(&error, false))?;
    for to in envelope.to() {
        connection.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(|error| not_begun(&error, true))?;
    }
    connection.command(Data).await.map_err(|error| not_begun(&error, false))?;
    Ok(())
}

fn not_begun(error: &Error, recipient: bool) -> NotBegun {
    match answer(error) {
        Some(outcome) => NotBegun::Answered(outcome(recipient)),
        None => NotBegun::Lost(error.to_string()),
    }
}

/// What an answer of the server means; `None` where the line broke instead.
fn answer(error: &Error) -> Option<impl FnOnce(bool) -> Outcome + use<>> {
    let answer = reply(error);
    let (later, refused) = (error.is_transient(), error.is_permanent());
    (later || refused)
        .then_some(move |recipient| if later { Outcome::Later(answer) } else { Outcome::Refused { recipient, answer } })
}

/// What the server said: `550 5.1.1 no such user`.
fn reply(error: &Error) -> String {
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    let text = error.status().map_or_else(|| error.to_string(), |code| format!("{code} {text}"));
    shortened(&text)
}

fn said(response: &Response) -> String {
    shortened(&format!("{} {}", response.code(), response.message().collect::<Vec<_>>().join(" ")))
}

/// Without line breaks, and no longer than anybody reads.
fn shortened(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    crate::base::text::truncate(line.trim(), 300).to_owned()
}
