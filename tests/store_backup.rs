//! Backup and restore of the embedded database.

mod support;

use clientele::args;
use clientele::office::backup::{self, BackupArgs, RestoreArgs};
use clientele::server::{Db, Query};
use std::path::Path;
use support::integer;

async fn open(folder: &Path, name: &str) -> (String, Db) {
    let url = format!("sqlite:{}", folder.join(name).display());
    let db = Db::connect(&url).await.unwrap();
    db.migrate().await.unwrap();
    (url, db)
}

async fn identity(db: &Db) -> String {
    let row: (String,) = db.one("SELECT value FROM settings WHERE key = 'database.identity'", args![]).await.unwrap();
    row.0
}

#[tokio::test]
async fn a_backup_brings_everything_back() {
    let folder = tempfile::tempdir().unwrap();
    let (url, db) = open(folder.path(), "shop.db").await;
    support::customer("ana@example.com").insert(&db).await;
    let file = folder.path().join("shop.backup");
    backup::backup(&BackupArgs { file: file.clone() }, &db).await.unwrap();
    assert!(backup::backup(&BackupArgs { file: file.clone() }, &db).await.is_err(), "a backup is never overwritten");
    support::customer("ben@example.com").insert(&db).await;
    let before = identity(&db).await;

    let restore = |force| RestoreArgs { file: file.clone(), force };
    assert!(backup::restore(&restore(false), &url).await.is_err(), "not over a database that is there");
    let in_use = backup::restore(&restore(true), &url).await.unwrap_err();
    assert!(format!("{in_use:#}").contains("in use"), "{in_use:#}");
    db.close().await;
    backup::restore(&restore(true), &url).await.unwrap();

    let (_, db) = open(folder.path(), "shop.db").await;
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM customers", args![]).await, 1);
    assert_ne!(identity(&db).await, before, "a saved index of the old database is not taken for this one's");
    db.close().await;
}

#[tokio::test]
async fn what_is_no_backup_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (url, db) = open(folder.path(), "shop.db").await;
    support::customer("ana@example.com").insert(&db).await;
    let good = folder.path().join("good");
    backup::backup(&BackupArgs { file: good.clone() }, &db).await.unwrap();
    db.close().await;

    let damaged = folder.path().join("damaged");
    let mut bytes = std::fs::read(&good).unwrap();
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&damaged, bytes).unwrap();
    let text = folder.path().join("text");
    std::fs::write(&text, "not a database, only words, but enough of them to fill the header of one: ".repeat(20)).unwrap();
    let foreign = folder.path().join("foreign");
    sqlite_without_tables(&foreign).await;
    for file in [damaged, text, foreign, folder.path().join("missing"), folder.path().to_owned()] {
        let result = backup::restore(&RestoreArgs { file: file.clone(), force: true }, &url).await;
        assert!(result.is_err(), "{}", file.display());
    }
    let (_, db) = open(folder.path(), "shop.db").await;
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM customers", args![]).await, 1, "the database is untouched");
    db.close().await;
}

#[tokio::test]
async fn a_log_left_behind_is_not_played_into_the_restored_database() {
    let folder = tempfile::tempdir().unwrap();
    let (url, db) = open(folder.path(), "shop.db").await;
    let (file, path) = (folder.path().join("good"), folder.path().join("shop.db"));
    backup::backup(&BackupArgs { file: file.clone() }, &db).await.unwrap();
    support::customer("ana@example.com").insert(&db).await;
    // As after a power cut: the log is there, the database was deleted by hand.
    let log = std::fs::read(folder.path().join("shop.db-wal")).unwrap();
    db.close().await;
    std::fs::remove_file(&path).unwrap();
    std::fs::write(folder.path().join("shop.db-wal"), &log).unwrap();
    backup::restore(&RestoreArgs { file: file.clone(), force: false }, &url).await.unwrap();
    let (_, db) = open(folder.path(), "shop.db").await;
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM customers", args![]).await, 0);
    db.close().await;

    // A damaged database is kept beside.
    std::fs::write(&path, "nothing of a database ".repeat(400)).unwrap();
    backup::restore(&RestoreArgs { file, force: true }, &url).await.unwrap();
    assert!(folder.path().join("shop.db.damaged").is_file());
}

#[tokio::test]
async fn a_backup_changes_nothing_and_needs_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("missing.db").display());
    let args = BackupArgs { file: folder.path().join("backup") };
    assert!(backup::run(&args, &url).await.is_err());
    assert!(!folder.path().join("missing.db").exists() && !args.file.exists());
    let (url, db) = open(folder.path(), "shop.db").await;
    db.close().await;
    backup::run(&args, &url).await.unwrap();
    #[cfg(unix)]
    for file in [&args.file, &folder.path().join("shop.db")] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
}

async fn sqlite_without_tables(file: &Path) {
    let db = Db::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    db.close().await;
    assert!(file.is_file());
}
