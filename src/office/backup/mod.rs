//! `clientele backup FILE` and `clientele restore FILE` for the embedded database. PostgreSQL has its own tools, which these
//! commands name.
//!
//! Invariants: a file with the name that was asked for is always a whole backup (it is written under another name first); a
//! restore replaces the database in one step, and only by a sound file of ours that nobody is using.

use crate::args;
use crate::server::Db;
use anyhow::{Context, bail, ensure};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Executor};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What this program can read.
static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Write a copy of the embedded database to a file, while the server goes on.
#[derive(clap::Args, Clone, Debug)]
pub struct BackupArgs {
    /// The file to write; it must not exist.
    pub file: PathBuf,
}

/// Replace the embedded database by a backup.
#[derive(clap::Args, Clone, Debug)]
pub struct RestoreArgs {
    /// A file that `backup` wrote.
    pub file: PathBuf,
    /// Overwrite a database that is there.
    #[arg(long)]
    pub force: bool,
}

/// Writes a copy of the database that is there, as it is: a backup before an upgrade must not migrate what the old program
/// still serves, and one in the wrong folder must not make an empty shop and call it saved.
///
/// # Errors
/// As [`backup`]; when there is no database.
pub async fn run(args: &BackupArgs, database_url: &str) -> anyhow::Result<()> {
    if let Some(path) = embedded(database_url) {
        ensure!(path.is_file(), "there is no database {}", path.display());
    }
    let db = Db::connect(database_url).await?;
    backup(args, &db).await?;
    db.close().await;
    Ok(())
}

/// Writes a consistent copy, made in one read transaction.
///
/// # Errors
/// On PostgreSQL; when the file exists or cannot be written.
pub async fn backup(args: &BackupArgs, db: &Db) -> anyhow::Result<()> {
    let Db::Sqlite(embedded) = db else {
        bail!("this database is PostgreSQL: back it up with pg_dump --format=custom, and restore it with pg_restore");
    };
    ensure!(!args.file.exists(), "{} exists already", args.file.display());
    let partial = beside(&args.file, ".partial");
    remove(&partial)?;
    // It holds what the database holds: for its owner alone. SQLite writes into an empty file, too.
    private_file(&partial)?;
    let path = partial.to_str().context("the name of the file is not UTF-8")?;
    // Only the writer's connection may write to another file; in the database itself it only reads here.
    let mut alone = embedded.alone().await;
    sqlx::query("VACUUM INTO ?").bind(path).execute(alone.connection()?).await.with_context(|| format!("writing {path}"))?;
    drop(alone);
    publish(&partial, &args.file)?;
    println!("Wrote {} ({} MB).", args.file.display(), fs::metadata(&args.file)?.len() / 1_000_000);
    Ok(())
}

/// Replaces the database that `database_url` names, and brings its schema up to date.
///
/// # Errors
/// On PostgreSQL; when the file is no sound backup or of a newer Clientele; when there is a database and not `--force`; when
/// the database is in use.
pub async fn restore(args: &RestoreArgs, database_url: &str) -> anyhow::Result<()> {
    let Some(target) = embedded(database_url) else {
        bail!("this database is PostgreSQL: restore it with pg_restore --clean --if-exists from a pg_dump --format=custom");
    };
    check(&args.file).await?;
    if fs::metadata(&target).is_ok_and(|m| m.len() > 0) {
        ensure!(args.force, "{} exists: --force overwrites it", target.display());
        retire(&target).await?;
    }
    if let Some(folder) = target.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let partial = beside(&target, ".restoring");
    remove(&partial)?;
    let mut copy = private_file(&partial)?;
    std::io::copy(&mut File::open(&args.file)?, &mut copy).with_context(|| format!("copying to {}", partial.display()))?;
    // A log that was left behind by a database whose file is gone would be played into the restored one.
    for ending in ["-wal", "-shm", "-journal"] {
        remove(&beside(&target, ending))?;
    }
    publish(&partial, &target)?;
    let db = Db::connect(database_url).await?;
    db.migrate().await?;
    give_identity(&db).await?;
    db.close().await;
    println!("Restored {} from {}.", target.display(), args.file.display());
    Ok(())
}

/// What was saved beside the replaced database (the index of the customer list) must not be taken for the restored one's.
async fn give_identity(db: &Db) -> anyhow::Result<()> {
    let tx = db.begin().await?;
    let identity = "UPDATE settings SET value = '\"' || lower(hex(randomblob(16))) || '\"' WHERE key = 'database.identity'";
    tx.execute(identity, args![]).await?;
    Ok(tx.commit().await?)
}

/// Fails unless `file` is a sound database of Clientele, not newer than this program.
async fn check(file: &Path) -> anyhow::Result<()> {
    ensure!(file.is_file(), "{} is not a file", file.display());
    ensure!(
        !beside(file, "-wal").exists(),
        "{} has a write-ahead log beside it: it is a database in use, not a backup",
        file.display()
    );
    let options = SqliteConnectOptions::new().filename(file).read_only(true).immutable(true);
    let mut connection = SqliteConnection::connect_with(&options).await.with_context(|| file.display().to_string())?;
    let fault: Result<String, _> = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&mut connection).await;
    let fault = fault.with_context(|| format!("{} is not a database", file.display()))?;
    ensure!(fault == "ok", "{} is damaged: {fault}", file.display());
    let newest: Result<Option<i64>, _> =
        sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(&mut connection).await;
    let newest = newest.ok().flatten().with_context(|| format!("{} is not a database of Clientele", file.display()))?;
    let known = MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0);
    ensure!(newest <= known, "{} was written by a newer Clientele (schema {newest}, this one knows {known})", file.display());
    Ok(connection.close().await?)
}

/// Makes sure that nobody uses the database. One that is damaged is kept beside under another name, with its log.
async fn retire(target: &Path) -> anyhow::Result<()> {
    let in_use = || format!("{} is in use: stop the server first", target.display());
    match close_log(target).await {
        Ok(true) => Ok(()),
        Ok(false) => bail!(in_use()),
        Err(error) if is_busy(&error) => Err(error).with_context(in_use),
        Err(_) => {
            for ending in ["", "-wal"] {
                let (old, kept) = (beside(target, ending), beside(target, &format!(".damaged{ending}")));
                if old.exists() {
                    fs::rename(&old, &kept).with_context(|| kept.display().to_string())?;
                }
            }
            println!("{} is damaged; it is kept as {}.damaged.", target.display(), target.display());
            Ok(())
        }
    }
}

/// Only the last connection can end write-ahead logging, which also folds the log in; whether it could.
async fn close_log(target: &Path) -> sqlx::Result<bool> {
    let options = SqliteConnectOptions::new().filename(target).busy_timeout(Duration::from_millis(500));
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode = DELETE").fetch_one(&mut connection).await?;
    connection.execute("BEGIN EXCLUSIVE; ROLLBACK").await?;
    connection.close().await?;
    Ok(mode == "delete")
}

/// `SQLITE_BUSY` or `SQLITE_LOCKED`, whose extended codes keep them in the low byte.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| matches!(code & 0xff, 5 | 6))
}

/// Makes a file that was written under another name durable, and gives it its name.
fn publish(partial: &Path, file: &Path) -> anyhow::Result<()> {
    File::open(partial)?.sync_all()?;
    fs::rename(partial, file)?;
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all().with_context(|| folder.display().to_string())
}

/// The file of an embedded database; `None` for PostgreSQL.
fn embedded(database_url: &str) -> Option<PathBuf> {
    database_url.strip_prefix("sqlite:").map(|path| PathBuf::from(path.trim_start_matches("//")))
}

/// A new file that only its owner may read.
fn private_file(path: &Path) -> anyhow::Result<File> {
    crate::server::db::private_file(path).with_context(|| path.display().to_string())
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn remove(file: &Path) -> anyhow::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).context(file.display().to_string()),
        _ => Ok(()),
    }
}
