//! Configuration: flags over environment over `clientele.toml` over defaults. Made once in `main`.

use clap::Args;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Options that every command takes.
#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// A TOML file with any of these settings (default: `clientele.toml` where it exists).
    #[arg(long, global = true, env = "CLIENTELE_CONFIG")]
    pub config: Option<PathBuf>,
    /// `sqlite:PATH` or `postgres://user:password@host/database`.
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Where the embedded database's folder keeps the master key and the saved index.
    #[arg(long, global = true, env = "CLIENTELE_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// The address to listen on.
    #[arg(long, global = true, env = "CLIENTELE_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// The address that browsers use, where it is not the one listened on (behind a proxy): `https://shop.example/`.
    #[arg(long, global = true, env = "CLIENTELE_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// The mail server: `smtp://user:password@host:587` (STARTTLS) or `smtps://…`. Without one mails stay in the outbox.
    #[arg(long, global = true, env = "CLIENTELE_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<SecretUrl>,
    /// A PEM file with the certificate of an authority that signed the mail server's, where the system does not know it.
    #[arg(long, global = true, env = "CLIENTELE_SMTP_CA")]
    pub smtp_ca: Option<PathBuf>,
    /// The key that signs mails (DKIM): a PEM file with an RSA key (PKCS #1), or one line with an Ed25519 key in base64.
    #[arg(long, global = true, env = "CLIENTELE_DKIM_KEY")]
    pub dkim_key: Option<PathBuf>,
    /// The name under which the sender's domain publishes that key: `selector._domainkey.shop.example`.
    #[arg(long, global = true, env = "CLIENTELE_DKIM_SELECTOR")]
    pub dkim_selector: Option<String>,
    /// Connections to the mail server at once; 0: this server sends none.
    #[arg(long, global = true, env = "CLIENTELE_SMTP_CONNECTIONS")]
    pub smtp_connections: Option<u16>,
    /// The mailbox that bounces and complaints come back to: `imaps://user:password@host/INBOX`, or `imap://…` (STARTTLS).
    #[arg(long, global = true, env = "CLIENTELE_MAILBOX_URL", hide_env_values = true)]
    pub mailbox_url: Option<SecretUrl>,
    /// How much to log: `info`, `debug`, or a `tracing` filter.
    #[arg(long, global = true, env = "CLIENTELE_LOG")]
    pub log: Option<String>,
    /// Log as JSON lines.
    #[arg(long, global = true, env = "CLIENTELE_LOG_JSON")]
    pub log_json: Option<bool>,
    /// The folder of the built browser part (default: beside the binary).
    #[arg(long, global = true, env = "LEPTOS_SITE_ROOT")]
    pub site_root: Option<PathBuf>,
    /// Trust `X-Forwarded-For` of a proxy in front.
    #[arg(long, global = true, env = "CLIENTELE_TRUST_PROXY")]
    pub trust_proxy: Option<bool>,
    /// Requests a minute that each key of the REST API may make; 0 is no limit.
    #[arg(long, global = true, env = "CLIENTELE_API_RATE")]
    pub api_rate: Option<u32>,
}

/// Ten a second: a shop front at its busiest hour, while a program that runs wild is noticed.
const API_RATE: u32 = 600;

/// Enough to fill a line to a mail server, few enough for any.
const SMTP_CONNECTIONS: u16 = 4;

/// An address that may hold a password, which nothing prints.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct SecretUrl(String);

impl SecretUrl {
    /// The whole of it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for SecretUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl std::str::FromStr for SecretUrl {
    type Err = std::convert::Infallible;
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        Ok(Self(url.to_owned()))
    }
}

impl std::fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

impl std::fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for SecretUrl {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An address whose password is `***`.
fn without_password(url: &str) -> String {
    match url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?))) {
        Some((scheme, (credentials, host))) => {
            let user = credentials.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:***@{host}")
        }
        None => url.to_owned(),
    }
}

/// The same as `clientele.toml` may say it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    database_url: Option<String>,
    data_dir: Option<PathBuf>,
    listen: Option<SocketAddr>,
    public_url: Option<String>,
    smtp_url: Option<SecretUrl>,
    smtp_ca: Option<PathBuf>,
    dkim_key: Option<PathBuf>,
    dkim_selector: Option<String>,
    smtp_connections: Option<u16>,
    mailbox_url: Option<SecretUrl>,
    log: Option<String>,
    log_json: Option<bool>,
    site_root: Option<PathBuf>,
    trust_proxy: Option<bool>,
    api_rate: Option<u32>,
}

/// What is in force.
#[derive(Clone, Debug, Serialize)]
pub struct Config {
    pub database_url: String,
    pub data_dir: PathBuf,
    pub listen: SocketAddr,
    pub public_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_url: Option<SecretUrl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_ca: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dkim_key: Option<PathBuf>,
    pub dkim_selector: String,
    pub smtp_connections: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mailbox_url: Option<SecretUrl>,
    pub log: String,
    pub log_json: bool,
    pub site_root: PathBuf,
    pub trust_proxy: bool,
    pub api_rate: u32,
}

impl Config {
    /// # Errors
    /// When the file cannot be read or has a key that does not exist.
    pub fn load(options: &Options) -> anyhow::Result<Self> {
        let file = read_file(options.config.as_deref())?;
        let data_dir = options.data_dir.clone().or(file.data_dir).unwrap_or_else(|| "data".into());
        let listen = options.listen.or(file.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3000)));
        Ok(Self {
            database_url: options
                .database_url
                .clone()
                .or(file.database_url)
                .unwrap_or_else(|| format!("sqlite:{}", data_dir.join("clientele.db").display())),
            data_dir,
            listen,
            public_url: options.public_url.clone().or(file.public_url).unwrap_or_else(|| format!("http://{listen}/")),
            smtp_url: options.smtp_url.clone().or(file.smtp_url).filter(|url| !url.expose().is_empty()),
            smtp_ca: options.smtp_ca.clone().or(file.smtp_ca),
            dkim_key: options.dkim_key.clone().or(file.dkim_key),
            dkim_selector: options.dkim_selector.clone().or(file.dkim_selector).unwrap_or_else(|| "clientele".into()),
            smtp_connections: options.smtp_connections.or(file.smtp_connections).unwrap_or(SMTP_CONNECTIONS),
            mailbox_url: options.mailbox_url.clone().or(file.mailbox_url).filter(|url| !url.expose().is_empty()),
            log: options.log.clone().or(file.log).unwrap_or_else(|| "info".into()),
            log_json: options.log_json.or(file.log_json).unwrap_or(false),
            site_root: options.site_root.clone().or(file.site_root).unwrap_or_else(default_site_root),
            trust_proxy: options.trust_proxy.or(file.trust_proxy).unwrap_or(false),
            api_rate: options.api_rate.or(file.api_rate).unwrap_or(API_RATE),
        })
    }

    /// Whether browsers come over TLS: then cookies are marked `Secure`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// As TOML, without the passwords of the database and the mail server.
    #[must_use]
    pub fn to_toml_without_secrets(&self) -> String {
        let mut shown = self.clone();
        shown.database_url = without_password(&shown.database_url);
        toml::to_string(&shown).unwrap_or_default()
    }
}

fn read_file(path: Option<&Path>) -> anyhow::Result<File> {
    let (path, required) = path.map_or((Path::new("clientele.toml"), false), |p| (p, true));
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).map_err(|e| anyhow::anyhow!("{}: {}", path.display(), e.message())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && !required => Ok(File::default()),
        Err(e) => anyhow::bail!("{}: {e}", path.display()),
    }
}

/// cargo-leptos puts the site beside the profile's folder: `target/debug/clientele` goes with `target/site`.
fn default_site_root() -> PathBuf {
    let exe = std::env::current_exe().unwrap_or_default();
    let folder = exe.parent().unwrap_or(Path::new("."));
    [folder.join("site"), folder.join("../site")].into_iter().find(|p| p.is_dir()).unwrap_or_else(|| "target/site".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let options = Options {
            database_url: Some("postgres://shop:s3cret@db/clientele".into()),
            smtp_url: Some("smtp://shop:s3cret@mail.example:587".to_owned().into()),
            ..Options::default()
        };
        let config = Config::load(&options).unwrap();
        let shown = config.to_toml_without_secrets();
        assert!(shown.contains("postgres://shop:***@db/clientele") && !shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("smtp://shop:***@mail.example:587"), "{shown}");
        assert!(!format!("{:?}", config.smtp_url).contains("s3cret"));
    }
}
