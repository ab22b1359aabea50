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
    mail: [u8; 32],
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
            mail: key(b"mail v1"),
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
        keyed_hash(&self.gift_card, &[code.as_bytes()])
    }

    /// What shows that something in or about a mail came from us: links to unsubscribe, Message-IDs. `use_` keeps one from passing
    /// for another.
    #[must_use]
    pub fn mail_hash(&self, use_: &str, what: &[u8]) -> Vec<u8> {
        keyed_hash(&self.mail, &[use_.as_bytes(), &[0], what])
    }

    /// The secret with which others sign what they tell about mails.
    #[must_use]
    pub fn mail_secret(&self) -> String {
        self.mail_hash("webhook", b"").iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether `hash` is the HMAC-SHA256 of these parts, one after the other, with [`Keys::mail_secret`].
    #[must_use]
    pub fn is_signed_for_mail(&self, parts: &[&[u8]], hash: &[u8]) -> bool {
        let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(self.mail_secret().as_bytes()) else { return false };
        parts.iter().for_each(|part| mac.update(part));
        mac.verify_slice(hash).is_ok()
    }

    /// Whether `hash`, or as much of it as was kept, is that of [`Keys::mail_hash`]; takes as long for a wrong one as for a right one.
    #[must_use]
    pub fn is_mail_hash(&self, use_: &str, what: &[u8], hash: &[u8]) -> bool {
        // HMAC takes keys of any length, so making one cannot fail.
        let mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.mail);
        // 96 bits: nobody guesses them, and they fit into a Message-ID.
        hash.len() >= 12
            && mac
                .is_ok_and(|mac| mac.chain_update(use_).chain_update([0]).chain_update(what).verify_truncated_left(hash).is_ok())
    }

    /// A keyed hash of an email or address for the login throttle, which so holds no personal data.
    #[must_use]
    pub fn throttle_hash(&self, text: &str) -> Vec<u8> {
        Sha256::new().chain_update(self.throttle).chain_update(text.as_bytes()).finalize().to_vec()
    }
}

fn keyed_hash(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of any length, so making one cannot fail.
    let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(key) else { return Vec::new() };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
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
        let hash = keys.mail_hash("id", b"7");
        assert!(keys.is_mail_hash("id", b"7", &hash) && keys.is_mail_hash("id", b"7", &hash[..12]));
        for (use_, what, hash) in
            [("id", b"8", &hash[..]), ("leave", b"7", &hash[..]), ("id", b"7", &hash[..11]), ("id", b"7", &[])]
        {
            assert!(!keys.is_mail_hash(use_, what, hash), "{use_} {what:?}");
        }
        assert!(!others.is_mail_hash("id", b"7", &hash));
    }
}
