//! Which build of the program this is, so that a tab of an older one notices.

use sha2::{Digest, Sha256};
use std::sync::OnceLock;

/// The version and a hash of everything that a page needs to fit its server: the pieces of the browser part, by the names
/// that cargo-leptos gave them, and the texts.
#[must_use]
pub fn id() -> &'static str {
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| {
        let pieces = std::env::current_exe().map(|exe| exe.with_file_name("hash.txt")).and_then(std::fs::read);
        let mut hash = Sha256::new().chain_update(pieces.unwrap_or_default()).chain_update(super::tab::SCRIPT);
        for (_, _, texts) in crate::base::i18n::LOCALES {
            hash.update(texts);
        }
        let hash: String = hash.finalize()[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{hash}", env!("CARGO_PKG_VERSION"))
    })
}
