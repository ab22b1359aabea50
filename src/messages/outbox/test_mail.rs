//! A mail to oneself, past the outbox: whether the mail server takes mails, and if not, what it says.

use crate::base::i18n::{by_code, message};
use crate::base::{AppError, AppResult, MailId};
use crate::messages::transport::{Heading, Letter, MailServer, Outcome, pack};
use crate::messages::unsubscribe;
use crate::server::Context;

/// Sends it; what the mail server said.
///
/// # Errors
/// [`AppError::Conflict`] where no mail server is configured; [`AppError::Invalid`] on `smtp` with what went wrong.
pub async fn send(ctx: &Context) -> AppResult<String> {
    let wrong = |key: &str, detail: &str| AppError::invalid("smtp", message(key, &[("detail", &detail)]));
    let server = MailServer::of(&ctx.state.config).map_err(|error| wrong("mail.test.config", &error.to_string()))?;
    let Some(server) = server else { return Err(AppError::Conflict { message: "mail.test.no_server".into() }) };
    let settings = ctx.state.settings();
    let lang = by_code(ctx.staff.locale.as_deref().unwrap_or(&settings.locale));
    let text = lang.with("mail.test.text", &[("shop", &settings.name)]);
    let letter = Letter { subject: lang.t("mail.test.subject").to_owned(), html: String::new(), text, attachments: Vec::new() };
    let from = unsubscribe::sender(&ctx.state);
    let from_name = if settings.mail.from_name.is_empty() { &settings.name } else { &settings.mail.from_name };
    // No row of the outbox has this id.
    let message_id = format!("{}.{}", ctx.state.clock.now().0, unsubscribe::message_id(&ctx.state, MailId(0)));
    let heading = Heading {
        from_name,
        from: &from,
        reply_to: &settings.mail.reply_to,
        to: &ctx.staff.email,
        message_id: &message_id,
        at: ctx.state.clock.now(),
        unsubscribe: None,
    };
    let parcel = pack(&letter, &heading, server.signer.as_ref()).map_err(|why| AppError::invalid("smtp", why))?;
    match server.hand_over(&parcel).await {
        Outcome::Accepted(answer) => Ok(answer),
        Outcome::Later(answer) | Outcome::Refused { answer, .. } => Err(wrong("mail.test.refused", &answer)),
        Outcome::Unreachable(answer) => Err(wrong("mail.test.unreachable", &answer)),
        Outcome::LoginRefused(answer) => Err(wrong("mail.test.login", &answer)),
        Outcome::InDoubt(answer) => Err(wrong("mail.test.in_doubt", &answer)),
    }
}
