//! Demo data: `clientele demo`. Either the real purchases of CDNOW's customers or any number of synthetic ones, with made-up
//! people, records, visits, events and notes around them.
//!
//! - [`history`] is what was bought ([`cdnow`], [`synthetic`]); [`story`] turns one customer's purchases into rows
//!   ([`tables`]) with the help of [`orders`], [`doings`], [`notes`], [`holdings`] and [`records`]; [`bulk`] loads the rows, and
//!   [`returned`] adds a few returns that are under way.
//! - The same options at the same time of the same day make the same data on both databases, but for the salts of the staff's
//!   passwords. Chance comes from ChaCha8 seeded by `--seed` and the customer's id.
//! - Customers are made one after another in a thread of their own while the database writes: memory does not grow with them.
//! - The catalogue, staff and groups of the made-up shop are in [`shop`], word lists in `lists/`, the real purchases in
//!   `data/cdnow/`.

mod basket;
mod bulk;
mod catalogue;
mod cdnow;
mod days;
mod doings;
mod history;
mod holdings;
mod names;
mod notes;
mod orders;
mod personas;
mod places;
mod records;
mod returned;
mod sales;
mod sentences;
mod shop;
mod story;
mod synthetic;
mod tables;
mod words;

use crate::args;
use crate::base::{Day, Timestamp};
use crate::insight::prediction::fit;
use crate::office::settings;
use crate::server::{Clock, Db, Query};
use anyhow::Context;
use bulk::Loader;
use catalogue::Catalogue;
use days::Days;
use history::History;
use indicatif::{ProgressBar, ProgressStyle};
use shop::Shop;
use std::time::{Duration, Instant};
use story::{Detail, Teller};
use tables::Batch;
use tokio::sync::mpsc;

pub use shop::{OWNER, PASSWORD};

/// Rows are handed over in batches of about so many.
const BATCH_ROWS: u64 = 8_192;

/// Batches that may wait for the database.
const BATCHES_WAITING: usize = 4;

/// Days before the first purchase in which people register and look around.
const DAYS_BEFORE: i32 = 60;

/// Fill an empty database with a made-up shop.
#[derive(clap::Args, Clone, Debug)]
pub struct DemoArgs {
    /// Which purchases: the real ones of CDNOW's customers, or synthetic ones.
    #[arg(long, value_enum, default_value = "cdnow")]
    pub dataset: Dataset,
    /// Do nothing where there are customers already (otherwise that is an error).
    #[arg(long)]
    pub if_empty: bool,
    /// Another seed makes other people.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Synthetic: how many customers.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(i64).range(1..=4_000_000))]
    pub customers: i64,
    /// Synthetic: how many completed orders.
    #[arg(long, default_value_t = 500_000, value_parser = clap::value_parser!(i64).range(0..=100_000_000))]
    pub orders: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Dataset {
    /// 69,659 purchases of 23,570 customers, amounts and counts as they were.
    Cdnow,
    /// As many as you like, with a long tail.
    Synthetic,
}

/// What was loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub customers: u64,
    /// Of all tables.
    pub rows: u64,
    pub took: Duration,
}

/// Runs the command: loads, then prints what is there and who to log in as.
///
/// # Errors
/// When the database has customers or orders (without `--if-empty`) or products of its own, or does not answer.
pub async fn run(args: &DemoArgs, db: &Db, clock: &Clock) -> anyhow::Result<()> {
    match load(args, db, clock.now()).await? {
        None => println!("There are customers already: no demo data were loaded."),
        Some(summary) => {
            let seconds = summary.took.as_secs_f64();
            println!(
                "Loaded {} customers, {} rows in {seconds:.1} s ({:.0} rows/s).",
                summary.customers,
                summary.rows,
                summary.rows as f64 / seconds
            );
        }
    }
    println!("Log in as {OWNER} with the password {PASSWORD}.");
    Ok(())
}

/// Loads the demo data; `None` when there are customers or orders and that is fine (`--if-empty`).
///
/// # Errors
/// As [`run`].
pub async fn load(args: &DemoArgs, db: &Db, now: Timestamp) -> anyhow::Result<Option<Summary>> {
    let started = Instant::now();
    for table in ["customers", "orders"] {
        if has_rows(db, table).await? {
            anyhow::ensure!(args.if_empty, "the database has {table} already: demo data are only loaded into an empty one");
            return Ok(None);
        }
    }
    let catalogue = Catalogue::read().context("catalogue.tsv")?;
    let tx = db.begin().await?;
    let shop = shop::furnish(&tx, &catalogue, now).await?;
    let today = shop.zone.day(now);
    tx.commit().await?;
    let (customers, rows) = load_customers(args, db, shop, catalogue, now).await?;
    let tx = db.begin().await?;
    returned::tell(&tx, now).await?;
    if matches!(args.dataset, Dataset::Cdnow) {
        shop::add_rules(&tx, now).await?;
    }
    tx.commit().await?;
    let settings = settings::store::load(db).await?;
    fit::run(db, today, settings.base_currency, now).await?;
    Ok(Some(Summary { customers, rows, took: started.elapsed() }))
}

async fn has_rows(db: &Db, table: &str) -> anyhow::Result<bool> {
    Ok(db.integer(&format!("SELECT COUNT(*) FROM (SELECT 1 FROM {table} LIMIT 1) AS found"), args![]).await? > 0)
}

/// Loads everything but the shop itself; yields the numbers of customers and rows.
async fn load_customers(
    args: &DemoArgs,
    db: &Db,
    shop: Shop,
    catalogue: Catalogue,
    now: Timestamp,
) -> anyhow::Result<(u64, u64)> {
    let today = shop.zone.day(now);
    let yesterday = Day(today.0 - 1);
    let mut days = Days::new(Day(yesterday.0 - synthetic::SPAN_DAYS - DAYS_BEFORE), today, shop.zone);
    for history in histories(args, yesterday)? {
        history.purchases.iter().try_for_each(|p| days.count(p.day))?;
    }
    days.number();
    let (detail, expected) = match args.dataset {
        Dataset::Cdnow => (Detail::FULL, 23_570),
        Dataset::Synthetic => (Detail::LEAN, args.customers.unsigned_abs()),
    };
    let teller = Teller::new(args.seed, detail, now, shop, catalogue, days)?;
    let histories = histories(args, yesterday)?;
    let (sender, mut batches) = mpsc::channel(BATCHES_WAITING);
    let telling = tokio::task::spawn_blocking(move || tell_all(teller, histories, &sender));
    let bar = ProgressBar::new(expected);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos} of {len} customers, {elapsed}{msg}")?);
    let mut loader = Loader::begin(db).await?;
    let mut customers = 0;
    while let Some(batch) = batches.recv().await {
        let batch: Batch = batch;
        bar.inc(batch.customers);
        customers += batch.customers;
        loader.load(batch).await?;
    }
    telling.await??;
    bar.set_message(", making indexes");
    let rows = loader.finish().await?;
    bar.finish_and_clear();
    Ok((customers, rows))
}

/// All purchases; the same each time.
fn histories(args: &DemoArgs, last: Day) -> anyhow::Result<Box<dyn Iterator<Item = History> + Send>> {
    Ok(match args.dataset {
        Dataset::Cdnow => Box::new(cdnow::read(last)?.into_iter()),
        Dataset::Synthetic => Box::new(synthetic::Histories::new(args.customers, args.orders, args.seed, last)),
    })
}

/// Tells all stories, batch by batch; stops early when nobody takes them any more.
fn tell_all(
    mut teller: Teller,
    histories: Box<dyn Iterator<Item = History> + Send>,
    sender: &mpsc::Sender<Batch>,
) -> anyhow::Result<()> {
    let mut batch = Batch::default();
    for history in histories {
        teller.tell(&history, &mut batch)?;
        if batch.rows() >= BATCH_ROWS && sender.blocking_send(std::mem::take(&mut batch)).is_err() {
            return Ok(());
        }
    }
    teller.finish(&mut batch);
    // Whoever does not take the last batch has an error of their own to tell.
    let _ = sender.blocking_send(batch);
    Ok(())
}
