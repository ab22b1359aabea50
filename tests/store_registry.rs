//! The register of personal data knows every column that there is, and no other.

mod support;

use clientele::args;
use clientele::server::{Db, Query};
use clientele::support::privacy::registry::register;
use std::collections::BTreeSet;

/// Tables and columns of the migrated database, without those of the migrations themselves.
async fn columns(db: &Db) -> BTreeSet<(String, String)> {
    let sql = if db.is_postgres() {
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns WHERE table_schema = 'public'"
    } else {
        "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    };
    let rows: Vec<(String, String)> = db.all(sql, args![]).await.expect("columns");
    rows.into_iter().filter(|(table, _)| !table.starts_with("_sqlx")).collect()
}

support::db_test!(every_column_is_classified_once);
async fn every_column_is_classified_once(db: Db) {
    let mut registered = BTreeSet::new();
    for table in register() {
        for column in table.columns() {
            assert!(registered.insert((table.name.to_owned(), column.to_owned())), "{}.{column} is there twice", table.name);
        }
    }
    let there = columns(&db).await;
    let unknown: Vec<_> = there.difference(&registered).collect();
    assert!(unknown.is_empty(), "say in the register what these are: {unknown:?}");
    let gone: Vec<_> = registered.difference(&there).collect();
    assert!(gone.is_empty(), "these no longer exist: {gone:?}");
}
