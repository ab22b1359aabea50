//! `clientele api-key create`.

use super::{Scope, service};
use crate::base::i18n::by_code;
use crate::office::audit::store::Actor;
use crate::server::{Clock, Db};
use clap::builder::PossibleValue;
use clap::{Args, Subcommand, ValueEnum};

/// What can be done with keys on the command line.
#[derive(Subcommand, Clone, Debug)]
pub enum KeyCommand {
    /// Makes a key and prints it, this once.
    Create(CreateArgs),
}

/// A new key.
#[derive(Args, Clone, Debug)]
pub struct CreateArgs {
    /// Which program it is for.
    #[arg(long)]
    pub name: String,
    /// What it may; say it several times for several scopes.
    #[arg(long = "scope", required = true, value_name = "SCOPE", value_enum)]
    pub scopes: Vec<Scope>,
}

impl ValueEnum for Scope {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.code()).help(by_code("en").t(self.label_key())))
    }
}

/// Runs the command; only the key goes to standard output, so that scripts can take it from there.
///
/// # Errors
/// When the name or the scopes cannot be, or the database does not answer.
pub async fn run(command: &KeyCommand, db: &Db, clock: &Clock) -> anyhow::Result<()> {
    let KeyCommand::Create(args) = command;
    let made = service::create(db, &Actor::system(clock.now()), &args.name, &args.scopes).await;
    let key = made.map_err(|error| anyhow::anyhow!("{}", by_code("en").error(&error)))?;
    db.close().await;
    eprintln!("The key of {:?}. It is shown only now:", args.name.trim());
    println!("{key}");
    Ok(())
}
