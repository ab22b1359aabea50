//! Checkouts: orders placed through the REST API, each with store credit, points and statistics in one transaction, as a ratio
//! to the bare commits of the same kind of database in the same run.
//!
//! A bare commit is a transaction of one row that is on the disk when it is acknowledged: the most that any checkout could
//! reach. SQLite's are made on one connection, since it has one writer; PostgreSQL's by `pgbench` on as many as the checkouts.

use crate::http::{Client, Request};
use crate::measure::{Figures, milliseconds};
use crate::server::{Server, Setup};
use crate::sql::Database;
use rusqlite::Connection;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 16;
/// Customers who order.
const BUYERS: i64 = 500;
/// Of the checkouts; bare commits are measured before and after.
const TIME: Duration = Duration::from_secs(20);
const BARE: Duration = Duration::from_secs(5);
/// What each has in store credit: every order takes some of it, and the rest is paid by card.
const CREDIT: &str = "20000.00";
/// Of the bare commits.
const TARGET: f64 = 0.3;

/// Runs it; whether the target was reached.
pub fn run(setup: &Setup, key: &str, pgbench: &str) -> Result<bool, String> {
    let database = Database::open(&setup.database)?;
    let server = Server::start(setup)?;
    let shop = Shop::open(&server.client, &database, key)?;
    shop.prepare()?;
    let bare = || bare_commits(setup, pgbench);
    let before = bare()?;
    let checkouts = shop.order()?;
    let after = bare()?;
    let commits = (before + after) / 2.0;
    let ratio = checkouts.per_second / commits;
    println!("bare commits a second: {before:.0} before, {after:.0} after");
    println!(
        "checkouts a second at {CONNECTIONS} connections: {:.0}; p50 {:.1} ms, p99 {:.1} ms",
        checkouts.per_second, checkouts.p50, checkouts.p99
    );
    let passed = ratio >= TARGET;
    println!("\n{}  checkouts / bare commits: {ratio:.2} (at least {TARGET})", if passed { "PASS" } else { "FAIL" });
    Ok(passed)
}

struct Shop<'a> {
    client: &'a Client,
    key: &'a str,
    currency: String,
    skus: Vec<String>,
    buyers: Vec<i64>,
    /// Makes each request another one, also than those of the last run.
    run: u64,
}

impl<'a> Shop<'a> {
    fn open(client: &'a Client, database: &Database, key: &'a str) -> Result<Self, String> {
        let column = |sql: &str| -> Result<Vec<String>, String> {
            Ok(database.rows(sql)?.into_iter().filter_map(|row| row.into_iter().next()).collect())
        };
        let currency = column("SELECT value FROM settings WHERE key = 'shop.base_currency'")?;
        let buyers = column(&format!(
            "SELECT c.id FROM customers c JOIN customer_groups g ON g.id = c.pricing_group_id
             WHERE c.account_status = 'active' AND c.merged_into_id IS NULL AND g.minimum_order_minor = 0 ORDER BY c.id LIMIT {BUYERS}"
        ))?;
        Ok(Self {
            client,
            key,
            currency: currency.first().map_or("USD", |json| json.trim_matches('"')).to_owned(),
            skus: column("SELECT sku FROM products WHERE active ORDER BY id LIMIT 200")?,
            buyers: buyers.iter().filter_map(|id| id.parse().ok()).collect(),
            run: std::process::id().into(),
        })
    }

    /// Everybody who orders has store credit and is a member.
    fn prepare(&self) -> Result<(), String> {
        let credit = format!(r#"{{"amount":{{"amount":"{CREDIT}","currency":"{}"}},"reason":"prepaid"}}"#, self.currency);
        let mut connection = self.client.connect().map_err(|error| error.to_string())?;
        for buyer in &self.buyers {
            for (what, json) in [("credits", credit.as_str()), ("loyalty", "{}")] {
                let request = self.request(&format!("/api/customers/{buyer}/{what}"), &format!("{what} {buyer}"), json);
                let response = connection.send(&request).map_err(|error| error.to_string())?;
                if !(200..300).contains(&response.status) {
                    return Err(response.complaint(&request));
                }
            }
        }
        Ok(())
    }

    /// Orders on all connections at once.
    fn order(&self) -> Result<Figures, String> {
        let number = AtomicU64::new(0);
        let began = Instant::now();
        let times = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(|| self.order_until(&number, began + TIME))).collect();
            let results = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("a thread died".into())));
            results.collect::<Result<Vec<_>, _>>()
        })?;
        Ok(Figures::of(times.concat(), began.elapsed()))
    }

    fn order_until(&self, number: &AtomicU64, end: Instant) -> Result<Vec<f64>, String> {
        let mut connection = self.client.connect().map_err(|error| error.to_string())?;
        let mut times = Vec::new();
        while Instant::now() < end {
            let request = self.checkout(number.fetch_add(1, Ordering::Relaxed));
            let sent = Instant::now();
            let response = connection.send(&request).map_err(|error| error.to_string())?;
            times.push(milliseconds(sent.elapsed()));
            if response.status != 201 {
                return Err(response.complaint(&request));
            }
        }
        Ok(times)
    }

    /// Two products, of which the credit pays what it can.
    fn checkout(&self, number: u64) -> Request {
        let of = |list: usize, step: u64| (number.wrapping_mul(step) % list.max(1) as u64) as usize;
        let buyer = self.buyers[of(self.buyers.len(), 7)];
        let (first, second) = (&self.skus[of(self.skus.len(), 3)], &self.skus[of(self.skus.len(), 11)]);
        let json = format!(
            r#"{{"lines":[{{"sku":"{first}","quantity":1}},{{"sku":"{second}","quantity":2}}],"complete":true,
               "payment":{{"kind":"paid","method":"card","reference":"bench {number}"}}}}"#
        );
        self.request(&format!("/api/customers/{buyer}/orders"), &format!("order {number}"), &json)
    }

    fn request(&self, path: &str, name: &str, json: &str) -> Request {
        self.client.api(path, self.key, &format!("bench-{}-{name}", self.run).replace(' ', "-"), json)
    }
}

/// Transactions of one row a second.
fn bare_commits(setup: &Setup, pgbench: &str) -> Result<f64, String> {
    match setup.database.strip_prefix("sqlite:") {
        Some(_) => bare_sqlite(&setup.folder.join("bare.db")).map_err(|error| error.to_string()),
        None => bare_postgres(&setup.database, pgbench, &setup.folder.join("bare.sql")),
    }
}

/// As durable as the program's writer.
fn bare_sqlite(path: &Path) -> rusqlite::Result<f64> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, n INTEGER)",
    )?;
    let mut insert = connection.prepare("INSERT INTO bare (n) VALUES (?1)")?;
    let began = Instant::now();
    let mut done = 0;
    while began.elapsed() < BARE {
        insert.execute([done])?;
        done += 1;
    }
    Ok(done as f64 / began.elapsed().as_secs_f64())
}

fn bare_postgres(url: &str, pgbench: &str, script: &Path) -> Result<f64, String> {
    Database::open(url)?
        .rows("CREATE TABLE IF NOT EXISTS bench_bare (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n BIGINT)")?;
    std::fs::write(script, "INSERT INTO bench_bare (n) VALUES (1);\n").map_err(|error| error.to_string())?;
    let (clients, seconds) = (CONNECTIONS.to_string(), BARE.as_secs().to_string());
    let output = Command::new(pgbench)
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--client", &clients, "--time", &seconds, "--file"])
        .arg(script)
        .arg(url)
        .output()
        .map_err(|error| format!("{pgbench}: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let rate = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.ok_or_else(|| format!("pgbench says no rate: {text}{}", String::from_utf8_lossy(&output.stderr)))
}
