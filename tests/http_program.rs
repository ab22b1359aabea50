//! The program itself, as a process: its commands, starting, stopping.

mod support;

use clientele::args;
use clientele::base::{StaffId, Timestamp};
use clientele::office::jobs::{kind, store as jobs};
use clientele::office::staff::{Role, sessions, store};
use clientele::server::{Clock, Db, Query};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use support::{integer, on_postgres};

/// The program with its own data folder and nothing of this machine's configuration.
fn program(data: &Path, database_url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clientele"));
    command.current_dir(data).env_clear().env("CLIENTELE_DATA_DIR", data).env("DATABASE_URL", database_url);
    command
}

fn url_in(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("shop.db").display())
}

fn run(command: &mut Command) -> Output {
    command.output().expect("a program that runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_configuration_is_shown_without_secrets_and_flags_win() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("clientele.toml"), "listen = \"127.0.0.1:4001\"\nlog = \"debug\"\n").expect("a file");
    let mut command = program(folder.path(), "postgres://shop:s3cret@db.example/clientele");
    command.env("CLIENTELE_MASTER_KEY", "00".repeat(32)).env("CLIENTELE_LOG", "warn");
    let shown = run(command.args(["serve", "--print-config", "--listen", "127.0.0.1:4002"]));
    let toml = text(&shown.stdout);
    assert!(shown.status.success(), "{}", text(&shown.stderr));
    for line in ["listen = \"127.0.0.1:4002\"", "log = \"warn\"", "postgres://shop:***@db.example/clientele"] {
        assert!(toml.contains(line), "{line} in {toml}");
    }
    assert!(!toml.contains("s3cret") && !toml.contains(&"00".repeat(32)), "{toml}");
    std::fs::write(folder.path().join("clientele.toml"), "lisen = \"127.0.0.1:4001\"\n").expect("a file");
    let refused = run(program(folder.path(), "").args(["serve", "--print-config"]));
    assert!(!refused.status.success() && text(&refused.stderr).contains("lisen"), "{}", text(&refused.stderr));
}

#[test]
fn a_key_is_printed_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = url_in(folder.path());
    let create = |scope: &str| run(program(folder.path(), &url).args(["api-key", "create", "--name", "ERP", "--scope", scope]));
    let made = create("orders:read");
    assert!(made.status.success(), "{}", text(&made.stderr));
    let printed = text(&made.stdout);
    assert!(printed.starts_with("clientele_") && printed.lines().count() == 1 && printed.trim().len() == 53, "{printed}");
    let refused = create("everything");
    assert!(!refused.status.success() && text(&refused.stderr).contains("customers:read"), "{}", text(&refused.stderr));
}

#[test]
fn two_first_starts_at_once_migrate_once() {
    let folder = tempfile::tempdir().expect("a folder");
    migrate_at_once(folder.path(), &url_in(folder.path()));
}

#[tokio::test]
async fn two_first_starts_at_once_migrate_once_on_postgres() {
    on_postgres(|db| async move {
        // A database of its own beside the one at hand, which is migrated already.
        let (name,): (String,) = db.one("SELECT CAST(current_database() AS TEXT)", args![]).await.expect("a name");
        let server = std::env::var("TEST_POSTGRES_URL").expect("a server");
        let (address, _) = server.rsplit_once('/').expect("the name of a database");
        let tables = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
        let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(&format!("{address}/{name}")).await.expect("it");
        sqlx::Executor::execute(&mut connection, tables).await.expect("an empty database");
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("{address}/{name}");
        tokio::task::spawn_blocking(move || migrate_at_once(folder.path(), &url)).await.expect("both");
        assert!(integer(&db, "SELECT COUNT(*) FROM settings", args![]).await >= 1);
    })
    .await;
}

fn migrate_at_once(folder: &Path, url: &str) {
    let start = |_| program(folder, url).arg("migrate").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a start");
    let starts: Vec<Child> = (0..4).map(start).collect();
    for child in starts {
        let ended = child.wait_with_output().expect("an end");
        assert!(ended.status.success(), "{}", text(&ended.stderr));
    }
}

#[tokio::test]
async fn on_postgres_backups_name_its_own_tools() {
    on_postgres(|db| async move {
        let (name,): (String,) = db.one("SELECT CAST(current_database() AS TEXT)", args![]).await.expect("a name");
        let server = std::env::var("TEST_POSTGRES_URL").expect("a server");
        let url = server.rsplit_once('/').map(|(address, _)| format!("{address}/{name}")).expect("the name of a database");
        let folder = tempfile::tempdir().expect("a folder");
        for (command, tool) in [("backup", "pg_dump"), ("restore", "pg_restore")] {
            let refused = run(program(folder.path(), &url).args([command, "shop.backup"]));
            assert!(!refused.status.success() && text(&refused.stderr).contains(tool), "{}", text(&refused.stderr));
        }
    })
    .await;
}

/// A server with an owner, work under way that another server holds, and work of its own.
struct Server {
    child: Child,
    port: u16,
    cookie: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Of a test that failed; one that has ended cannot be killed.
        let _ = self.child.kill();
    }
}

impl Server {
    async fn start(folder: &Path, db: &Db) -> Self {
        let now = Clock::System.now();
        let tx = db.begin().await.expect("a transaction");
        let new = store::NewStaff { email: "o@x.example", name: "O", role: Role::Owner, password_hash: None, branches: None };
        let owner = store::insert(&tx, new, now).await.expect("an owner");
        let token = sessions::open(&tx, owner, "", "", now).await.expect("a session");
        add_jobs(&tx, owner, now).await;
        tx.commit().await.expect("a commit");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let mut command = program(folder, &url_in(folder));
        command.arg("serve").env("CLIENTELE_LISTEN", format!("127.0.0.1:{port}")).env("CLIENTELE_LOG", "info");
        let child = command.stderr(Stdio::piped()).spawn().expect("a server");
        let server = Self { child, port, cookie: format!("clientele_session={token}") };
        let deadline = Instant::now() + Duration::from_secs(60);
        while server.get("/readyz").is_none_or(|answer| !answer.starts_with("HTTP/1.1 200")) {
            assert!(Instant::now() < deadline, "the server did not get ready");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        server
    }

    fn request(&self, path: &str) -> Option<TcpStream> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: shop\r\nCookie: {}\r\nConnection: close\r\n\r\n", self.cookie).ok()?;
        Some(stream)
    }

    fn get(&self, path: &str) -> Option<String> {
        let mut answer = String::new();
        self.request(path)?.read_to_string(&mut answer).ok()?;
        Some(answer)
    }
}

/// Job 1 is another server's for an hour; job 2 is anybody's, and long.
async fn add_jobs(tx: &clientele::server::Tx, owner: StaffId, now: Timestamp) {
    // One member's jobs run one after the other, so the second is nobody's.
    for staff in [Some(owner), None] {
        let new = jobs::NewJob {
            kind: kind::REBUILD_DAYS,
            payload: "\"Asia/Tokyo\"",
            subject: "",
            total: 400_000,
            staff,
            undo_of: None,
        };
        jobs::insert(tx, new, now).await.expect("a job");
    }
    let held = "UPDATE jobs SET status = 'running', lease_until = $1 WHERE id = 1";
    tx.execute(held, args![now.plus(Timestamp::HOUR)]).await.expect("a lease");
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000)
        INSERT INTO events (kind, at, day) SELECT 'view', 1700000000000000 + i, 1 FROM n";
    tx.execute(rows, args![]).await.expect("events");
}

#[tokio::test]
async fn it_stops_within_seconds_though_streams_are_open_and_jobs_at_work() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Db::connect(&url_in(folder.path())).await.expect("a database");
    db.migrate().await.expect("migrations that run");
    let mut server = Server::start(folder.path(), &db).await;
    let mut stream = BufReader::new(server.request("/jobs/1/events").expect("a stream"));
    let mut line = String::new();
    while !line.starts_with("data:") {
        line.clear();
        assert!(stream.read_line(&mut line).expect("a line") > 0, "the stream tells where the job stands");
    }
    let working = || integer(&db, "SELECT COUNT(*) FROM jobs WHERE id = 2 AND status = 'running' AND progress > 0", args![]);
    let deadline = Instant::now() + Duration::from_secs(60);
    while working().await == 0 {
        assert!(Instant::now() < deadline, "the job is not at work");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let asked = Instant::now();
    run(Command::new("kill").args(["-TERM", &server.child.id().to_string()]));
    let ended = server.child.wait().expect("an end");
    let took = asked.elapsed();
    let mut log = String::new();
    server.child.stderr.take().expect("a log").read_to_string(&mut log).expect("its text");
    assert!(ended.success() && log.contains("stopped"), "{ended}: {log}");
    assert!(took < Duration::from_secs(4), "it took {took:?}");
    let mut rest = String::new();
    stream.read_to_string(&mut rest).expect("a stream that ends");
    // What was at work can be taken over at once, from the last batch on.
    let free = "SELECT COUNT(*) FROM jobs WHERE id = 2 AND (status = 'done' OR lease_until <= $1)";
    assert_eq!(integer(&db, free, args![Clock::System.now()]).await, 1, "{log}");
    db.close().await;
}
