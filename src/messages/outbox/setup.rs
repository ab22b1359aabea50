//! What the installation says of mails, for those who look after it.

use super::{MailServerView, MailSetup};
use crate::args;
use crate::base::i18n::message;
use crate::base::{AppError, AppResult};
use crate::messages::transport::{Address, Secrecy};
use crate::messages::unsubscribe;
use crate::server::{Context, Query};

/// The mail server and the mailbox of the configuration, and the alerts about them.
///
/// # Errors
/// [`AppError::Invalid`] on `smtp` where the configuration does not read; when the database does not answer.
pub async fn describe(ctx: &Context) -> AppResult<MailSetup> {
    let unread =
        |error: &dyn std::fmt::Display| AppError::invalid("smtp", message("mail.test.config", &[("detail", &error.to_string())]));
    let mailbox = ctx.state.config.mailbox_url.as_ref().map(|url| Address::parse_mailbox(url.expose())).transpose();
    let mailbox = mailbox.map_err(|error| unread(&error))?.map(|(at, folder)| format!("{}:{}/{folder}", at.host, at.port));
    let address = ctx.state.config.smtp_url.as_ref().map(|url| Address::parse(url.expose())).transpose();
    let server = address.map_err(|error| unread(&error))?.map(|address| view(ctx, address));
    let sql = "SELECT kind, detail FROM alerts WHERE kind IN ('mail.unreachable', 'mail.login', 'mail.mailbox') AND resolved_at = 0 ORDER BY kind";
    let alerts: Vec<(String, String)> = ctx.state.db.all(sql, args![]).await?;
    let troubles = alerts.into_iter().map(|(kind, detail)| (kind.trim_start_matches("mail.").to_owned(), detail)).collect();
    Ok(MailSetup { server, mailbox, troubles })
}

fn view(ctx: &Context, address: Address) -> MailServerView {
    let config = &ctx.state.config;
    let secrecy = match address.secrecy {
        Secrecy::Tls => "tls",
        Secrecy::StartTls => "starttls",
        Secrecy::IfOffered => "offered",
        Secrecy::None => "none",
    };
    let sender = unsubscribe::sender(&ctx.state);
    let domain = sender.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let dkim = config.dkim_key.as_ref().map(|_| format!("{}._domainkey.{domain}", config.dkim_selector));
    MailServerView {
        host: address.host,
        port: address.port,
        secrecy: secrecy.into(),
        login: address.login.is_some(),
        dkim,
        sender,
    }
}
