//! Many who write at once: on SQLite those who wait share a commit. Whoever is told that it is done finds it done, and whoever
//! fails, gives up or runs into a full disk takes away nothing that others were promised.

mod support;

use clientele::args;
use clientele::server::{Db, DbError, DbResult, Query, Tx};
use std::collections::BTreeSet;
use std::time::Duration;
use support::integer;

const CLIENTS: i64 = 32;
const EACH: i64 = 12;
/// A number that is there before.
const TAKEN: i64 = 1_000_000;

async fn write(tx: &Tx, number: i64) -> DbResult<()> {
    tx.execute("INSERT INTO counters (name, value) VALUES ($1, $2)", args![format!("n{number}"), number]).await.map(drop)
}

async fn write_and_commit(db: &Db, number: i64) -> DbResult<()> {
    let tx = db.begin().await?;
    write(&tx, number).await?;
    tx.commit().await
}

async fn numbers(db: &Db) -> BTreeSet<i64> {
    let rows: Vec<(i64,)> =
        db.all("SELECT value FROM counters WHERE name LIKE 'n%' AND name NOT LIKE '% x%'", args![]).await.expect("numbers");
    rows.into_iter().map(|(number,)| number).collect()
}

/// Runs so many clients at once, each with numbers of its own; yields what they were told is done.
async fn at_once<F>(work: impl Fn(i64) -> F) -> BTreeSet<i64>
where
    F: Future<Output = Option<i64>> + Send + 'static,
{
    let clients: Vec<_> = (0..CLIENTS * EACH).map(|number| tokio::spawn(work(number))).collect();
    let mut done = BTreeSet::new();
    for client in clients {
        done.extend(client.await.ok().flatten());
    }
    done
}

support::db_test!(all_that_wait_are_done);
async fn all_that_wait_are_done(db: Db) {
    let told = {
        let db = db.clone();
        at_once(move |number| {
            let db = db.clone();
            async move {
                write_and_commit(&db, number).await.expect("a commit");
                // Told means there, for everybody.
                let seen = db.integer("SELECT COUNT(*) FROM counters WHERE name = $1", args![format!("n{number}")]).await;
                assert_eq!(seen.expect("a count"), 1);
                Some(number)
            }
        })
    };
    let told = told.await;
    assert_eq!(told.len() as i64, CLIENTS * EACH);
    assert_eq!(numbers(&db).await, told);
}

support::db_test!(one_that_fails_takes_nobody_along);
async fn one_that_fails_takes_nobody_along(db: Db) {
    write_and_commit(&db, TAKEN).await.expect("a commit");
    let told = {
        let db = db.clone();
        at_once(move |number| {
            let db = db.clone();
            async move {
                let tx = db.begin().await.expect("a transaction");
                write(&tx, number).await.expect("a row");
                match number % 3 {
                    // Thinks better of it.
                    0 => drop(tx),
                    // Is refused, and rolls back what it did before.
                    1 => assert!(matches!(write(&tx, TAKEN).await, Err(DbError::Unique(_)))),
                    _ => {
                        tx.commit().await.expect("a commit");
                        return Some(number);
                    }
                }
                None
            }
        })
    };
    let mut told = told.await;
    assert_eq!(told.len() as i64, CLIENTS * EACH / 3);
    told.insert(TAKEN);
    assert_eq!(numbers(&db).await, told);
}

support::db_test!(one_who_gives_up_leaves_the_others_alone);
async fn one_who_gives_up_leaves_the_others_alone(db: Db) {
    let told = {
        let db = db.clone();
        at_once(move |number| {
            let db = db.clone();
            async move {
                if number % 2 == 0 {
                    write_and_commit(&db, number).await.expect("a commit");
                    return Some(number);
                }
                // At any point, from before the turn to within the commit: each of these takes some 100 µs.
                let given_up = tokio::time::timeout(Duration::from_micros(37 * number as u64), write_and_commit(&db, number));
                given_up.await.ok().map(|done| done.expect("a commit")).map(|()| number)
            }
        })
    };
    let told = told.await;
    write_and_commit(&db, 9_999).await.expect("the next one");
    let there = numbers(&db).await;
    assert!(told.iter().all(|number| there.contains(number)), "told and not there");
    assert!((0..CLIENTS * EACH).step_by(2).all(|number| there.contains(&number)));
}

/// Whoever finds the disk full has done nothing, and whoever was told that it is done has done all of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_to_whom_it_concerns() {
    support::on_sqlite(|db| async move {
        let pages = integer(&db, "SELECT page_count FROM pragma_page_count()", args![]).await;
        let limit = async |pages: i64| {
            let tx = db.begin().await.expect("a transaction");
            let sql = format!("PRAGMA max_page_count = {pages}");
            tx.all::<(i64,)>(&sql, args![]).await.expect("a limit");
            tx.commit().await.expect("a commit");
        };
        limit(pages + 40).await;
        let told = {
            let db = db.clone();
            at_once(move |number| {
                let db = db.clone();
                async move {
                    let done = async {
                        let tx = db.begin().await?;
                        let name = format!("n{number}");
                        let filler = format!("{name} {}", "x".repeat(2_000));
                        tx.execute("INSERT INTO counters (name, value) VALUES ($1, $2)", args![filler, number]).await?;
                        write(&tx, number).await?;
                        tx.commit().await
                    };
                    match done.await {
                        Ok(()) => Some(number),
                        Err(error) => {
                            assert!(matches!(error, DbError::Unavailable(_)), "{error}");
                            None
                        }
                    }
                }
            })
        };
        let told = told.await;
        assert!(!told.is_empty() && (told.len() as i64) < CLIENTS * EACH, "the disk became full on the way: {}", told.len());
        assert_eq!(numbers(&db).await, told);
        let fillers = integer(&db, "SELECT COUNT(*) FROM counters WHERE name LIKE 'n% x%'", args![]).await;
        assert_eq!(fillers, told.len() as i64, "whole transactions only");
        limit(1_000_000).await;
        write_and_commit(&db, 9_999).await.expect("there is room again");
    })
    .await;
}

/// A question that would take days.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT COUNT(*) FROM counters UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000000)
     SELECT COUNT(*) FROM n";

/// Whether the database is at work on it.
async fn is_at_work(db: &Db) -> bool {
    if db.is_postgres() {
        let sql = "SELECT COUNT(*) FROM pg_stat_activity
                   WHERE state = 'active' AND query LIKE 'WITH RECURSIVE n%' AND datname = current_database()";
        return db.integer(sql, args![]).await.expect("a count") > 0;
    }
    // Who still reads keeps the log from being emptied.
    let tx = db.begin().await.expect("a transaction");
    tx.execute(
        "INSERT INTO counters (name, value) VALUES ('asked', 1) ON CONFLICT (name) DO UPDATE SET value = counters.value + 1",
        args![],
    )
    .await
    .expect("a write");
    tx.commit().await.expect("a commit");
    db.integer("PRAGMA wal_checkpoint(TRUNCATE)", args![]).await.expect("an answer") == 1
}

support::db_test!(a_question_that_nobody_waits_for_stops);
async fn a_question_that_nobody_waits_for_stops(db: Db) {
    let asked = {
        let db = db.clone();
        tokio::spawn(async move { db.watched().integer(ENDLESS, args![]).await })
    };
    let deadline = Duration::from_secs(20);
    let wait = async |at_work: bool| {
        tokio::time::timeout(deadline, async {
            while is_at_work(&db).await != at_work {
                tokio::task::yield_now().await;
            }
        })
        .await
        .unwrap_or_else(|_| panic!("at work: {at_work}"));
    };
    wait(true).await;
    asked.abort();
    wait(false).await;
    // Others go on being answered.
    assert_eq!(db.watched().integer("SELECT CAST(7 AS BIGINT)", args![]).await.expect("an answer"), 7);
}
