//! `clientele rebuild-stats [--check]`.

use super::store;
use crate::args;
use crate::server::{Db, Query};
use indicatif::{ProgressBar, ProgressStyle};

/// How many differences are printed in full.
const SHOWN: usize = 50;

/// Recompute the statistics of all customers and days from their orders, refunds and visits.
#[derive(clap::Args, Clone, Debug)]
pub struct RebuildArgs {
    /// Only compare: print what differs, change nothing, and fail where anything does.
    #[arg(long)]
    pub check: bool,
}

/// Runs the command.
///
/// # Errors
/// With `--check`, when anything differs; otherwise when the database does not answer.
pub async fn run(args: &RebuildArgs, db: &Db) -> anyhow::Result<()> {
    let customers = db.integer("SELECT MAX(id) FROM customers", args![]).await?;
    let bar = ProgressBar::new(customers.unsigned_abs());
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos} of {len} customers, {elapsed}")?);
    if !args.check {
        let changed = store::rebuild(db, |done| bar.inc(done)).await?;
        bar.finish_and_clear();
        println!("Rebuilt: {changed} rows were not right.");
        return Ok(());
    }
    let differences = store::check(db, |done| bar.inc(done)).await?;
    bar.finish_and_clear();
    for difference in differences.iter().take(SHOWN) {
        println!("{difference}");
    }
    anyhow::ensure!(differences.is_empty(), "{} rows differ (stored ≠ computed)", differences.len());
    println!("All statistics are right.");
    Ok(())
}
