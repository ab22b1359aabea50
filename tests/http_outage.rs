//! The database gone or locked: 503 with the time to try again, for pages, forms and server functions; nothing is half done,
//! and everything works again afterwards.

mod support;

use axum::http::StatusCode;
use clientele::args;
use clientele::office::staff::Role;
use clientele::server::{Db, Query};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use support::{Answer, TestApp, integer};

/// The file of an embedded database.
async fn file_of(db: &Db) -> String {
    let row: (String,) = db.one("SELECT file FROM pragma_database_list WHERE name = 'main'", args![]).await.expect("a file");
    row.0
}

fn assert_unavailable(answer: &Answer, what: &str) {
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{what}: {}", answer.body);
    assert_eq!(answer.header("retry-after"), "5", "{what}");
    assert!(!answer.body.contains(".db") && !answer.body.contains("SQL"), "{what} tells of the inside: {}", answer.body);
}

/// Everything that anybody can ask for.
async fn assert_all_unavailable(app: &TestApp, cookie: &str) {
    for page in ["/customers", "/customers/1", "/orders", "/settings", "/settings/staff", "/customers/new"] {
        let answer = app.get(page, cookie).await;
        assert_unavailable(&answer, page);
        assert!(answer.body.contains("http-equiv=\"refresh\""), "{page} tries again by itself");
    }
    for (function, json) in [("list_customers", r#"{"query":""}"#), ("set_own_language", r#"{"locale":"de"}"#)] {
        let answer = app.call(&format!("/fn/{function}"), cookie, json).await;
        assert_unavailable(&answer, function);
        assert_eq!(answer.body, "\"Unavailable\"", "{function} answers as functions do");
    }
    let form = app.post_form("/login", "", "email=owner%40staff.example&password=x").await;
    assert_unavailable(&form, "the login");
    assert!(!form.body.contains("http-equiv"), "trying again by itself would lose what was typed");
    assert_unavailable(&app.get("/jobs/1/events", cookie).await, "events");
    assert_eq!(app.get("/healthz", "").await.status, StatusCode::OK, "the process lives");
    assert_unavailable(&app.get("/readyz", "").await, "readiness");
}

#[tokio::test]
async fn a_lost_sqlite_file_is_503_and_never_an_empty_shop() {
    support::on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let cookie = app.log_in(Role::Owner).await;
        let file = file_of(&db).await;
        let away = format!("{file}.away");
        std::fs::rename(&file, &away).expect("the file moves away");
        assert_all_unavailable(&app, &cookie).await;
        assert!(!std::path::Path::new(&file).exists(), "no empty one took its place");
        // Another database under its name is not the one that is open.
        std::fs::write(&file, "").expect("a file");
        assert_unavailable(&app.call("/fn/set_own_language", &cookie, r#"{"locale":"de"}"#).await, "a replaced file");
        std::fs::rename(&away, &file).expect("the file comes back");
        assert_eq!(app.get("/customers", &cookie).await.status, StatusCode::OK);
        assert_eq!(integer(&db, "SELECT COUNT(*) FROM staff WHERE locale IS NOT NULL", args![]).await, 0, "nothing was done");
    })
    .await;
}

#[tokio::test]
async fn a_locked_sqlite_file_still_reads_and_refuses_writes_with_503() {
    support::on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let cookie = app.log_in(Role::Owner).await;
        let mut other = SqliteConnection::connect(&format!("sqlite:{}", file_of(&db).await)).await.expect("a connection");
        other.execute("BEGIN EXCLUSIVE").await.expect("the lock");
        let started = std::time::Instant::now();
        let write = app.call("/fn/set_own_language", &cookie, r#"{"locale":"de"}"#).await;
        assert_unavailable(&write, "a write");
        assert!(started.elapsed().as_secs() >= 5, "it waits its turn first");
        assert_eq!(app.get("/customers", &cookie).await.status, StatusCode::OK, "reading goes on");
        other.execute("ROLLBACK").await.expect("the end of the lock");
        assert_eq!(app.call("/fn/set_own_language", &cookie, r#"{"locale":"de"}"#).await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_postgres_database_that_is_gone_is_503() {
    support::on_postgres(|db| async move {
        let app = TestApp::new(&db).await;
        let cookie = app.log_in(Role::Owner).await;
        let (name,): (String,) = db.one("SELECT CAST(current_database() AS TEXT)", args![]).await.expect("its name");
        let server = std::env::var("TEST_POSTGRES_URL").expect("a server");
        let mut admin = PgConnection::connect(&server).await.expect("PostgreSQL");
        // Taken away, connections and all, and brought back: what stopping the server does to one database.
        admin.execute(AssertSqlSafe(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"))).await.expect("a closed door");
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        admin.execute(AssertSqlSafe(end)).await.expect("ended connections");
        assert_all_unavailable(&app, &cookie).await;
        admin.execute(AssertSqlSafe(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"))).await.expect("an open door");
        assert_eq!(app.get("/customers", &cookie).await.status, StatusCode::OK);
        assert_eq!(integer(&db, "SELECT COUNT(*) FROM staff WHERE locale IS NOT NULL", args![]).await, 0, "nothing was done");
    })
    .await;
}
