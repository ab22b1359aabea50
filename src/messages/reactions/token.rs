//! What links carry: which mail, which link, and a signature of both. Nobody can make one for another mail or another link.

use crate::base::MailId;
use crate::server::AppState;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Bytes of a signature: enough that nobody guesses one.
const SIGNATURE: usize = 16;

/// The token of a mail's link.
#[must_use]
pub fn link_token(state: &AppState, mail: MailId, link: i64) -> String {
    write(state, "link", &[mail.0.to_be_bytes(), link.to_be_bytes()].concat())
}

/// The token of a mail's picture.
#[must_use]
pub fn open_token(state: &AppState, mail: MailId) -> String {
    write(state, "open", &mail.0.to_be_bytes())
}

/// The mail and the link of a token; `None` for one that we did not make.
#[must_use]
pub fn read_link(state: &AppState, token: &str) -> Option<(MailId, i64)> {
    let said = read(state, "link", token, 16)?;
    let (mail, link) = said.split_at(8);
    Some((MailId(number(mail)?), number(link)?))
}

/// The mail of a picture's token; `None` for one that we did not make.
#[must_use]
pub fn read_open(state: &AppState, token: &str) -> Option<MailId> {
    read(state, "open", token, 8).and_then(|said| number(&said)).map(MailId)
}

/// Whether a text could be the token of a picture.
#[must_use]
pub fn is_shaped(token: &str) -> bool {
    URL_SAFE_NO_PAD.decode(token).is_ok_and(|bytes| bytes.len() == 8 + SIGNATURE)
}

fn write(state: &AppState, purpose: &str, said: &[u8]) -> String {
    let hash = state.keys.mail_hash(purpose, said);
    let bytes: Vec<u8> = said.iter().chain(hash.iter().take(SIGNATURE)).copied().collect();
    URL_SAFE_NO_PAD.encode(bytes)
}

fn read(state: &AppState, purpose: &str, token: &str, length: usize) -> Option<Vec<u8>> {
    let mut bytes = URL_SAFE_NO_PAD.decode(token).ok().filter(|bytes| bytes.len() == length + SIGNATURE)?;
    let signature = bytes.split_off(length);
    state.keys.is_mail_hash(purpose, &bytes, &signature).then_some(bytes)
}

fn number(bytes: &[u8]) -> Option<i64> {
    bytes.try_into().ok().map(i64::from_be_bytes)
}
