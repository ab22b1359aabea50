//! Clients that are killed in the middle of their work (`kill -9`): what they were told is done is done, what they were not
//! told is done once or not at all, and whoever asks again under the same keys makes nothing twice.

use crate::support::{self, NOW, customer, integer};
use crate::{account_of, assert_adds_up, balance, commit, posting};
use clientele::args;
use clientele::base::{Currency, LedgerAccountId};
use clientele::commerce::ledger::authorise::{authorise, capture};
use clientele::commerce::ledger::{AccountKind, Unit, credit, debit, lock_all};
use clientele::server::{Db, Query};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Names the database to the client that is killed; the test of that name does nothing without it.
const DATABASE: &str = "CLIENTELE_TEST_KILLED_CLIENT";
const KILLS: u64 = 20;
/// Clients within the process that is killed.
const TASKS: i64 = 4;
const START: i64 = 1_000_000;

/// The client: spends credit and earns points in one transaction each, and says so once it is committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_that_is_killed() {
    let Ok(orders) = std::env::var(DATABASE) else { return };
    let [url, from, credit_account, points] = orders.split('|').collect::<Vec<_>>()[..] else { panic!("{orders}") };
    let db = Db::connect(url).await.expect("a database");
    let account = |text: &str| LedgerAccountId(text.parse().expect("an id"));
    let (from, spent, earned) = (from.parse::<i64>().expect("a number"), account(credit_account), account(points));
    let tasks = (0..TASKS).map(|task| {
        let db = db.clone();
        tokio::spawn(async move {
            for number in from.. {
                work(&db, spent, earned, &key(task, number), number).await;
                println!("done {task} {number}");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("a task");
    }
}

fn key(task: i64, number: i64) -> String {
    format!("{task}-{number}")
}

/// Every third one also sets 3 aside, of which it captures 1.
async fn work(db: &Db, spent: LedgerAccountId, earned: LedgerAccountId, key: &str, number: i64) {
    let aside = format!("aside {key}");
    let done = commit(db, async |tx| {
        lock_all(tx, &[spent, earned]).await?;
        debit(tx, spent, posting(1, key)).await?;
        if number % 3 == 0 {
            let set_aside = authorise(tx, spent, posting(3, &aside)).await?;
            capture(tx, set_aside.id, posting(1, "-")).await?;
        }
        credit(tx, earned, posting(2, key), None).await
    });
    done.await.expect("a transaction");
}

/// How another process reaches this database.
async fn url_of(db: &Db) -> String {
    if db.is_postgres() {
        let (name,): (String,) = db.one("SELECT CAST(current_database() AS TEXT)", args![]).await.expect("a name");
        let server = std::env::var("TEST_POSTGRES_URL").expect("the server");
        format!("{}/{name}", server.rsplit_once('/').expect("a database").0)
    } else {
        let (file,): (String,) =
            db.one("SELECT file FROM pragma_database_list WHERE name = 'main'", args![]).await.expect("a file");
        format!("sqlite:{file}")
    }
}

/// Starts a client, kills it after it has said `words` times that something is done and a little later; yields the last number
/// that each task said.
fn start_and_kill(orders: &str, words: u64, later: Duration) -> Vec<(i64, i64)> {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "crash::the_client_that_is_killed", "--nocapture"])
        .env(DATABASE, orders)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a client");
    let mut lines = BufReader::new(child.stdout.take().expect("its words")).lines();
    let read = |line: String| {
        let (task, number) = line.split_once("done ")?.1.split_once(' ')?;
        Some((task.parse().ok()?, number.parse().ok()?))
    };
    let mut said: Vec<(i64, i64)> = lines.by_ref().map_while(Result::ok).filter_map(read).take(words as usize).collect();
    std::thread::sleep(later);
    // SIGKILL: nothing of the process runs after it.
    child.kill().expect("a kill");
    child.wait().expect("its end");
    said.extend(lines.map_while(Result::ok).filter_map(read));
    said
}

support::db_test!(a_killed_client_loses_and_doubles_nothing);
async fn a_killed_client_loses_and_doubles_nothing(db: Db) {
    let owner = customer("ana@shop.example").insert(&db).await;
    let spent = account_of(&db, owner, AccountKind::Credit, Unit::Money(Currency::USD)).await;
    let earned = account_of(&db, owner, AccountKind::Points, Unit::Points).await;
    commit(&db, async |tx| credit(tx, spent, posting(START, "start"), Some(NOW.plus(1))).await).await.expect("a start");
    let url = url_of(&db).await;
    let (mut told, mut from) = (vec![-1; TASKS as usize], 0);
    for round in 0..KILLS {
        let orders = format!("{url}|{from}|{spent}|{earned}");
        // From nothing said yet to some dozens of words, and up to 9 ms into the next transactions.
        let (words, later) = (round * 7 % 23, Duration::from_micros(round * 457));
        let said = tokio::task::spawn_blocking(move || start_and_kill(&orders, words, later)).await.expect("a kill");
        for (task, number) in said {
            told[task as usize] = told[task as usize].max(number);
        }
        for (task, number) in told.iter().enumerate() {
            let sql = "SELECT COUNT(*) FROM ledger_entries WHERE idempotency_key = $1";
            let there = integer(&db, sql, args![key(task as i64, (*number).max(0))]).await;
            assert!(*number < 0 || there == 2, "round {round}: task {task} was told that {number} is done");
        }
        // The next client asks again for what the slowest task was told last, and for all after it.
        from = told.iter().min().copied().unwrap_or_default().max(0);
    }
    // What was done and not told is done once: one entry on each side.
    let halves = "SELECT COUNT(*) FROM (SELECT idempotency_key FROM ledger_entries
          WHERE idempotency_key LIKE '%-%' AND idempotency_key NOT LIKE 'aside %' GROUP BY idempotency_key HAVING COUNT(*) <> 2) AS halves";
    assert_eq!(integer(&db, halves, args![]).await, 0);
    let count = |sql: &'static str| integer(&db, sql, args![earned]);
    let done = count("SELECT COUNT(*) FROM ledger_entries WHERE account_id = $1").await;
    assert!(done > told.iter().sum::<i64>(), "the clients did their work");
    let captured = count("SELECT COUNT(*) FROM ledger_authorisations WHERE status = 'captured' AND account_id <> $1").await;
    assert_eq!((balance(&db, spent).await, balance(&db, earned).await), (START - done - captured, 2 * done));
    assert_adds_up(&db).await;
}
