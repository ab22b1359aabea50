//! What tests share: a fresh database of either kind for each test, and builders of the rows that tests start from.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(unused_macros, unused_imports, reason = "each test file uses a part of it")]

pub mod asked;
pub mod papers;
pub mod random;
pub mod rules;

/// What `rules` is about.
mod language {
    pub use clientele::base::Day;
    pub use clientele::rules::*;
}

mod app;

pub use app::*;
use clientele::args;
use clientele::base::{BranchId, CustomerId, GroupId, StaffId, Timestamp};
use clientele::server::{Db, Query};
use futures::FutureExt;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

/// When tests take place: 2026-03-01T12:00:00Z.
pub const NOW: Timestamp = Timestamp(1_772_366_400_000_000);

/// Runs `async fn name(db: Db)` on a fresh database of each kind, as the tests `name::sqlite` and `name::postgres`.
macro_rules! db_test {
    ($name:ident) => {
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                $crate::support::on_sqlite(super::$name).await;
            }

            #[tokio::test]
            async fn postgres() {
                $crate::support::on_postgres(super::$name).await;
            }
        }
    };
}
pub(crate) use db_test;

/// Runs a use case in a transaction of its own, which is kept where it succeeds: `in_tx!(db, tx => service::add(&tx, …))`.
macro_rules! in_tx {
    ($db:expr, $tx:ident => $work:expr) => {{
        let $tx = $db.begin().await.expect("a transaction");
        let done = $work.await;
        if done.is_ok() {
            $tx.commit().await.expect("a commit");
        }
        done
    }};
}
pub(crate) use in_tx;

/// Runs a test on a new SQLite file.
pub async fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Db) -> F) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    run(&url, test).await;
}

/// Runs a test on a new database of the server that `TEST_POSTGRES_URL` names.
pub async fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(Db) -> F) {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
        panic!("TEST_POSTGRES_URL is not set: run ./test store, which starts a private PostgreSQL");
    };
    let (address, _) = server.rsplit_once('/').expect("the name of a database in TEST_POSTGRES_URL");
    let name = format!("clientele_test_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    administer(&server, &format!("CREATE DATABASE {name}")).await;
    let result = AssertUnwindSafe(run(&format!("{address}/{name}"), test)).catch_unwind().await;
    administer(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
    if let Err(panic) = result {
        resume_unwind(panic);
    }
}

async fn run<F: Future<Output = ()>>(url: &str, test: impl FnOnce(Db) -> F) {
    let db = Db::connect(url).await.expect("a database");
    db.migrate().await.expect("migrations that run");
    test(db.clone()).await;
    db.close().await;
}

async fn administer(server: &str, sql: &str) {
    use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
    let mut connection = PgConnection::connect(server).await.expect("PostgreSQL");
    connection.execute(AssertSqlSafe(sql)).await.expect("a right to make databases");
}

/// A group of this code; its name is the code.
pub async fn group(db: &Db, code: &str) -> GroupId {
    let tx = db.begin().await.expect("a transaction");
    let id = tx
        .insert(
            "INSERT INTO customer_groups (code, name, name_key, created_at) VALUES ($1, $1, $1, $2)
             ON CONFLICT (code) DO UPDATE SET version = customer_groups.version RETURNING id",
            args![code, NOW],
        )
        .await
        .expect("a group");
    tx.commit().await.expect("a commit");
    GroupId(id)
}

/// A branch of this name.
pub async fn branch(db: &Db, name: &str) -> BranchId {
    let tx = db.begin().await.expect("a transaction");
    let id = tx.insert("INSERT INTO branches (name, created_at) VALUES ($1, $2) RETURNING id", args![name, NOW]).await;
    tx.commit().await.expect("a commit");
    BranchId(id.expect("a branch"))
}

/// An owner of this name.
pub async fn staff(db: &Db, name: &str) -> StaffId {
    let tx = db.begin().await.expect("a transaction");
    let id = tx
        .insert(
            "INSERT INTO staff (email, name, role, created_at, updated_at) VALUES ($1, $2, 'owner', $3, $3) RETURNING id",
            args![format!("{}@staff.example", name.to_lowercase()), name, NOW],
        )
        .await;
    tx.commit().await.expect("a commit");
    StaffId(id.expect("a member of the staff"))
}

/// A customer to be: `customer("ana@example.com").branch(b).insert(&db).await`.
pub struct NewCustomer {
    email: String,
    name: (String, String),
    phone_key: String,
    branch: Option<BranchId>,
    group: &'static str,
    registered: Timestamp,
}

/// A retail customer named after the email, registered at [`NOW`].
#[must_use]
pub fn customer(email: &str) -> NewCustomer {
    let first = email.split('@').next().unwrap_or_default().to_owned();
    NewCustomer {
        email: email.to_owned(),
        name: (first, "Test".to_owned()),
        phone_key: String::new(),
        branch: None,
        group: "retail",
        registered: NOW,
    }
}

impl NewCustomer {
    #[must_use]
    pub fn name(mut self, first: &str, last: &str) -> Self {
        self.name = (first.to_owned(), last.to_owned());
        self
    }

    #[must_use]
    pub fn phone_key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.phone_key);
        self
    }

    #[must_use]
    pub fn branch(mut self, branch: BranchId) -> Self {
        self.branch = Some(branch);
        self
    }

    /// The code of the pricing group, which is made where it is missing.
    #[must_use]
    pub fn group(mut self, code: &'static str) -> Self {
        self.group = code;
        self
    }

    #[must_use]
    pub fn registered(mut self, at: Timestamp) -> Self {
        self.registered = at;
        self
    }

    /// Writes the customer, its place in its pricing group and its empty figures.
    pub async fn insert(self, db: &Db) -> CustomerId {
        let group = group(db, self.group).await;
        let (first, last) = self.name;
        let key = clientele::base::text::normalise(&format!("{first} {last}"));
        let day = self.registered.0.div_euclid(Timestamp::DAY);
        let tx = db.begin().await.expect("a transaction");
        let id = tx
            .insert(
                "INSERT INTO customers (first_name, last_name, name_key, email, email_key, phone_key, branch_id, pricing_group_id,
                   registered_at, registered_day, created_at, updated_at)
                 VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $8, $8) RETURNING id",
                args![first, last, key, self.email.to_lowercase(), self.phone_key, self.branch, group, self.registered, day],
            )
            .await
            .expect("a customer");
        let member = "INSERT INTO customer_group_members (customer_id, group_id, added_at) VALUES ($1, $2, $3)";
        tx.execute(member, args![id, group, self.registered]).await.expect("a place in its group");
        tx.execute("INSERT INTO customer_stats (customer_id) VALUES ($1)", args![id]).await.expect("its figures");
        tx.commit().await.expect("a commit");
        CustomerId(id)
    }
}

/// The one integer that a query yields.
pub async fn integer(db: &Db, sql: &str, args: clientele::server::Args) -> i64 {
    db.integer(sql, args).await.expect("an integer")
}
