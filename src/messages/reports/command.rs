//! `clientele mail`: what a mail server calls, or a person.

use super::mailbox::{Looked, Mailbox};
use super::take_in;
use crate::base::AppError;
use crate::server::AppState;
use clap::Subcommand;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Commands about mails.
#[derive(Subcommand, Debug)]
pub enum MailCommand {
    /// Takes in bounces and complaints: mails as files (`.eml`), or one from standard input (`-`), as mail servers pipe them.
    Report { files: Vec<PathBuf> },
    /// Reads the mailbox that bounces and complaints come back to, once; a server that runs does so every minute.
    Fetch,
    /// Shows the secret with which webhooks about mails are signed.
    Secret,
}

/// Runs one.
///
/// # Errors
/// When a file cannot be read, or the database does not answer.
pub async fn run(command: &MailCommand, state: &AppState) -> anyhow::Result<()> {
    match command {
        MailCommand::Secret => println!("{}", state.keys.mail_secret()),
        MailCommand::Fetch => {
            let mailbox = Mailbox::of(&state.config)?;
            let mailbox = mailbox.ok_or_else(|| anyhow::anyhow!("no mailbox is configured: set CLIENTELE_MAILBOX_URL"))?;
            let Looked { taken_in, others } =
                mailbox.look(state).await.map_err(|error| anyhow::anyhow!("the mailbox: {error}"))?;
            println!("{taken_in} reports about our mails taken in, {others} others left unread");
        }
        MailCommand::Report { files } => {
            for file in files {
                let said = match take_in(state, &read(file)?).await {
                    Ok(true) => "taken in".to_owned(),
                    Ok(false) => "not about a mail of ours".to_owned(),
                    Err(AppError::Invalid { .. }) => "no report".to_owned(),
                    Err(error) => anyhow::bail!("{}: {error}", file.display()),
                };
                println!("{}: {said}", file.display());
            }
        }
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut eml = Vec::new();
        std::io::stdin().read_to_end(&mut eml)?;
        return Ok(eml);
    }
    std::fs::read(file).map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))
}
