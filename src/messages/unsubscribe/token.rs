//! What a mail carries by which it is known again: the link to unsubscribe and the Message-ID, both signed.

use crate::base::{CustomerId, MailId};
use crate::messages::delivery::is_advertising;
use crate::messages::delivery::store::Claimed;
use crate::server::AppState;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Bytes of a signature: enough that nobody guesses one.
const SIGNATURE: usize = 16;

/// The address by which the recipient of a mail ends advertising; of mails that advertise.
#[must_use]
pub fn link(state: &AppState, mail: &Claimed) -> Option<String> {
    let customer = mail.customer.filter(|_| is_advertising(mail))?;
    Some(format!("{}/unsubscribe/{}", state.config.public_url.trim_end_matches('/'), token(state, customer, mail.id)))
}

/// The token of a customer and a mail.
#[must_use]
pub fn token(state: &AppState, customer: CustomerId, mail: MailId) -> String {
    let mut bytes = [customer.0.to_be_bytes(), mail.0.to_be_bytes()].concat();
    let hash = state.keys.mail_hash("unsubscribe", &bytes);
    bytes.extend(hash.iter().take(SIGNATURE));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whom a token is of; `None` for one that we did not make.
#[must_use]
pub fn read(state: &AppState, token: &str) -> Option<(CustomerId, MailId)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok().filter(|bytes| bytes.len() == 16 + SIGNATURE)?;
    let (said, signature) = bytes.split_at(16);
    let (customer, mail) = said.split_at(8);
    let number = |bytes: &[u8]| bytes.try_into().ok().map(i64::from_be_bytes);
    let ids = (CustomerId(number(customer)?), MailId(number(mail)?));
    state.keys.is_mail_hash("unsubscribe", said, signature).then_some(ids)
}

/// A mail's Message-ID, without its brackets: the same however often it is sent, and nobody else can make one.
#[must_use]
pub fn message_id(state: &AppState, mail: MailId) -> String {
    let hash: String =
        state.keys.mail_hash("message-id", &mail.0.to_be_bytes()).iter().take(SIGNATURE).map(|b| format!("{b:02x}")).collect();
    let from = sender(state);
    let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    format!("{mail}.{hash}@{domain}")
}

/// The mail of a Message-ID; `None` for one that we did not make.
#[must_use]
pub fn read_message_id(state: &AppState, id: &str) -> Option<MailId> {
    let (local, _) = id.trim().trim_start_matches('<').trim_end_matches('>').split_once('@')?;
    let (mail, hash) = local.split_once('.')?;
    let mail: MailId = mail.parse().ok()?;
    let bytes: Option<Vec<u8>> =
        (0..hash.len()).step_by(2).map(|at| hash.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok())).collect();
    state.keys.is_mail_hash("message-id", &mail.0.to_be_bytes(), &bytes?).then_some(mail)
}

/// The address that mails come from.
#[must_use]
pub fn sender(state: &AppState) -> String {
    let settings = state.settings();
    if !settings.mail.from_address.is_empty() {
        return settings.mail.from_address.clone();
    }
    let url = &state.config.public_url;
    let host = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest).split(['/', ':']).next().unwrap_or_default();
    format!("no-reply@{host}")
}
