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

/// The same as `clientele.toml` may say it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    database_url: Option<String>,
    data_dir: Option<PathBuf>,
    listen: Option<SocketAddr>,
    public_url: Option<String>,
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

    /// As TOML, without the password of the database.
    #[must_use]
    pub fn to_toml_without_secrets(&self) -> String {
        let mut shown = self.clone();
        if let Some((scheme, rest)) = shown.database_url.split_once("://")
            && let Some((credentials, host)) = rest.rsplit_once('@')
        {
            let user = credentials.split(':').next().unwrap_or_default();
            shown.database_url = format!("{scheme}://{user}:***@{host}");
        }
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
        let options = Options { database_url: Some("postgres://shop:s3cret@db/clientele".into()), ..Options::default() };
        let shown = Config::load(&options).unwrap().to_toml_without_secrets();
        assert!(shown.contains("postgres://shop:***@db/clientele") && !shown.contains("s3cret"), "{shown}");
    }
}
