//! `clientele check-ledgers`.

use super::check;
use crate::server::Db;
use indicatif::{ProgressBar, ProgressStyle};

/// How many differences are printed in full.
const SHOWN: usize = 50;

/// Recompute every balance of store credit, gift cards and points from its entries and compare.
#[derive(clap::Args, Clone, Debug)]
pub struct CheckArgs {}

/// Runs the command: prints what differs, changes nothing.
///
/// # Errors
/// When anything differs, or the database does not answer.
pub async fn run(CheckArgs {}: &CheckArgs, db: &Db) -> anyhow::Result<()> {
    let accounts = check::last_account(db).await?;
    let bar = ProgressBar::new(accounts.unsigned_abs());
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos} of {len} accounts, {elapsed}")?);
    let differences = check::check(db, |done| bar.inc(done)).await?;
    bar.finish_and_clear();
    for difference in differences.iter().take(SHOWN) {
        println!("{difference}");
    }
    anyhow::ensure!(differences.is_empty(), "{} differences (stored ≠ computed)", differences.len());
    println!("All ledgers add up.");
    Ok(())
}
