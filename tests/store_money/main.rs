//! The money rooms as a whole, on both databases: in which order they lock, what many clients make of the same orders, what is left
//! when they are killed.

mod lives;
mod locks;
#[allow(dead_code, reason = "it belongs to the tests of drafts")]
#[path = "../store_drafts/shop.rs"]
mod shop;
mod sums;
#[path = "../support/mod.rs"]
mod support;

use clientele::args;
use clientele::server::{Db, Query};

/// Waits until somebody waits for a lock of another transaction. On SQLite writers wait for the one before them anyway.
async fn somebody_waits(db: &Db) {
    if !db.is_postgres() {
        return;
    }
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..50_000 {
        if support::integer(db, waiting, args![]).await > 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("nobody waits");
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
