//! Signing mails (DKIM, RFC 6376 and 8463), so that receivers see that nothing was changed and whose they are.

use lettre::message::Message;
use lettre::message::dkim::{DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm, DkimSigningKey};
use lettre::message::header::HeaderName;
use parking_lot::RwLock;
use std::path::Path;
use std::sync::Arc;

/// What is signed besides the body. RFC 8058 asks for the last two: otherwise mailbox providers offer no one-click unsubscribe.
/// `Content-Type` is not among them: lettre keeps that of a multipart with the body, so it would be named and not signed.
const SIGNED: [&str; 9] =
    ["From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "List-Unsubscribe", "List-Unsubscribe-Post"];

/// Signs with one key for whatever domain mails come from.
pub struct Signer {
    key: String,
    selector: String,
    /// The domain signed for last, and how.
    current: RwLock<Option<(String, Arc<DkimConfig>)>>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.selector)
    }
}

impl Signer {
    /// Reads the key.
    ///
    /// # Errors
    /// When the file cannot be read or holds no key, or the selector is no name.
    pub fn load(path: &Path, selector: &str) -> anyhow::Result<Self> {
        let key = std::fs::read_to_string(path).map_err(|error| anyhow::anyhow!("the DKIM key {}: {error}", path.display()))?;
        let plain =
            !selector.is_empty() && selector.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
        anyhow::ensure!(plain, "the DKIM selector {selector:?} is no name");
        read(&key).map_err(|error| {
            anyhow::anyhow!("{} holds neither an RSA key (PEM, PKCS #1) nor an Ed25519 key in base64: {error}", path.display())
        })?;
        Ok(Self { key, selector: selector.to_owned(), current: RwLock::default() })
    }

    /// Signs a mail for the sender's domain.
    pub fn sign(&self, message: &mut Message, domain: &str) {
        if let Some(config) = self.config(domain) {
            message.sign(&config);
        }
    }

    fn config(&self, domain: &str) -> Option<Arc<DkimConfig>> {
        if let Some((_, config)) = self.current.read().as_ref().filter(|(known, _)| known == domain) {
            return Some(config.clone());
        }
        let names = SIGNED.iter().map(|name| HeaderName::new_from_ascii_str(name)).collect();
        // Relaxed: mail servers fold headers and trim lines.
        let relaxed = DkimCanonicalization { header: DkimCanonicalizationType::Relaxed, body: DkimCanonicalizationType::Relaxed };
        let key = read(&self.key).ok()?;
        let config = Arc::new(DkimConfig::new(self.selector.clone(), domain.to_owned(), key, names, relaxed));
        *self.current.write() = Some((domain.to_owned(), config.clone()));
        Some(config)
    }
}

fn read(key: &str) -> Result<DkimSigningKey, lettre::message::dkim::DkimSigningKeyError> {
    let key = key.trim();
    let algorithm = if key.starts_with("-----") { DkimSigningAlgorithm::Rsa } else { DkimSigningAlgorithm::Ed25519 };
    DkimSigningKey::new(key, algorithm)
}
