//! `clientele mail`: what a mail server calls, or a person.

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
