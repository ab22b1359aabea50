//! Keys derived from the one master key: without it cursors and throttles are lost, codes in mails that wait cannot be read, and no
//! gift card is found by its code; what leaks with it is all of them. It lies beside the database, readable by its owner alone,
//! or comes from the environment.

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use hkdf::hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::path::Path;

/// The derived keys: cheap to clone.
#[derive(Clone)]
pub struct Keys {
    cursor: Aes256Gcm,
    throttle: [u8; 32],
    answer: Aes256Gcm,
    gift_card: [u8; 32],
    secret: Aes256Gcm,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// From `CLIENTELE_MASTER_KEY` (64 hex digits), else from `master.key` in the data folder, which is made when missing.
    ///
    /// # Errors
    /// When the key is not 64 hex digits, or the file can be neither read nor written.
    pub fn load(data_dir: &Path) -> anyhow::Result<Self> {
        let hex = match std::env::var("CLIENTELE_MASTER_KEY") {
            Ok(hex) => hex,
            Err(_) => read_or_create(&data_dir.join("master.key"))?,
        };
        Self::from_hex(hex.trim())
    }

    fn from_hex(hex: &str) -> anyhow::Result<Self> {
        let bytes: Option<Vec<u8>> =
            (0..hex.len()).step_by(2).map(|i| hex.get(i..i + 2).and_then(|h| u8::from_str_radix(h, 16).ok())).collect();
        match bytes {
            Some(bytes) if bytes.len() == 32 => Ok(Self::derive(&bytes)),
            _ => anyhow::bail!("the master key must be 64 hexadecimal digits"),
        }
    }

    /// From 32 bytes of key material (HKDF-SHA256, RFC 5869, one label per use).
    #[must_use]
    pub fn derive(master: &[u8]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(None, master);
        let key = |label: &[u8]| {
            let mut out = [0_u8; 32];
            // 32 bytes are far under the 8,160 that HKDF-SHA256 can yield, so expanding cannot fail.
            let _ = hkdf.expand(label, &mut out);
            out
        };
        Self {
            cursor: Aes256Gcm::new(&key(b"cursor v1").into()),
            throttle: key(b"throttle v1"),
            answer: Aes256Gcm::new(&key(b"answer v1").into()),
            gift_card: key(b"gift card v1"),
            secret: Aes256Gcm::new(&key(b"secret v1").into()),
        }
    }

    /// Seals a cursor for a URL: it holds names and sums, which a shared link must not show.
    #[must_use]
    pub fn seal(&self, plain: &[u8]) -> String {
        seal_with(&self.cursor, plain)
    }

    /// Opens what [`Keys::seal`] made; `None` for anything else.
    #[must_use]
    pub fn open(&self, text: &str) -> Option<Vec<u8>> {
        open_with(&self.cursor, text)
    }

    /// Seals an answer of the REST API that is kept for a day.
    #[must_use]
    pub fn seal_answer(&self, plain: &[u8]) -> String {
        seal_with(&self.answer, plain)
    }

    /// Opens what [`Keys::seal_answer`] made; `None` for anything else.
    #[must_use]
    pub fn open_answer(&self, text: &str) -> Option<Vec<u8>> {
        open_with(&self.answer, text)
    }

    /// Seals a secret that must be told to somebody later, as a code in a mail that waits to be sent: the database and its
    /// backups do not show it.
    #[must_use]
    pub fn seal_secret(&self, plain: &str) -> String {
        seal_with(&self.secret, plain.as_bytes())
    }

    /// Opens what [`Keys::seal_secret`] made; `None` for anything else.
    #[must_use]
    pub fn open_secret(&self, text: &str) -> Option<String> {
        open_with(&self.secret, text).and_then(|plain| String::from_utf8(plain).ok())
    }

    /// The keyed hash (HMAC-SHA256) under which a gift card is kept and found.
    #[must_use]
    pub fn gift_card_hash(&self, code: &str) -> Vec<u8> {
        // HMAC takes keys of any length, so making one cannot fail.
        <Hmac<Sha256> as Mac>::new_from_slice(&self.gift_card)
            .map(|mac| mac.chain_update(code.as_bytes()).finalize().into_bytes().to_vec())
            .unwrap_or_default()
    }

    /// A keyed hash of an email or address for the login throttle, which so holds no personal data.
    #[must_use]
    pub fn throttle_hash(&self, text: &str) -> Vec<u8> {
        Sha256::new().chain_update(self.throttle).chain_update(text.as_bytes()).finalize().to_vec()
    }
}

fn seal_with(key: &Aes256Gcm, plain: &[u8]) -> String {
    let nonce: [u8; 12] = rand::random();
    let sealed = key.encrypt(Nonce::from_slice(&nonce), plain).unwrap_or_default();
    URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat())
}

fn open_with(key: &Aes256Gcm, text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(12)?;
    key.decrypt(Nonce::from_slice(nonce), sealed).ok()
}

fn read_or_create(path: &Path) -> anyhow::Result<String> {
    use std::io::Write;
    if let Ok(text) = std::fs::read_to_string(path) {
        return Ok(text);
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let hex: String = rand::random::<[u8; 32]>().iter().map(|b| format!("{b:02x}")).collect();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => file.write_all(hex.as_bytes())?,
        // Another process was first.
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => return Ok(std::fs::read_to_string(path)?),
        Err(e) => anyhow::bail!("{}: {e}", path.display()),
    }
    Ok(hex)
}

/// A random token for a link or cookie (256 bits) and the hash that the database keeps of it.
#[must_use]
pub fn new_token() -> (String, Vec<u8>) {
    let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let hash = token_hash(&token);
    (token, hash)
}

/// The hash under which a token is kept. Tokens are random, so a fast hash is enough.
#[must_use]
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_open_only_unharmed_and_with_their_key() {
        let keys = Keys::derive(&[7; 32]);
        for plain in [b"".as_slice(), b"a", b"ab", b"abc", "王伟|-42".as_bytes()] {
            let sealed = keys.seal(plain);
            assert_eq!(keys.open(&sealed).as_deref(), Some(plain));
            assert_eq!(Keys::derive(&[8; 32]).open(&sealed), None);
            assert_eq!(keys.open(&format!("A{}", &sealed[1..])).filter(|_| !sealed.starts_with('A')), None);
        }
        for bad in ["", "x", "%%%%", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "é"] {
            assert_eq!(keys.open(bad), None);
        }
    }

    #[test]
    fn secrets_and_hashes_are_of_their_key_alone() {
        let (keys, others) = (Keys::derive(&[7; 32]), Keys::derive(&[8; 32]));
        let sealed = keys.seal_secret("ABCD-2345");
        assert_eq!((keys.open_secret(&sealed), others.open_secret(&sealed)), (Some("ABCD-2345".into()), None));
        assert_eq!(keys.open(&sealed), None, "cursors have another key");
        assert_eq!(keys.gift_card_hash("A"), keys.gift_card_hash("A"));
        assert_ne!(keys.gift_card_hash("A"), keys.gift_card_hash("B"));
        assert_ne!(keys.gift_card_hash("A"), others.gift_card_hash("A"));
    }
}
