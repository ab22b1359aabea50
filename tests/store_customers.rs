//! Writing customers, on both databases.

mod support;

use clientele::args;
use clientele::server::Db;

support::db_test!(a_builder_makes_a_customer);
async fn a_builder_makes_a_customer(db: Db) {
    let id = support::customer("ana@example.com").insert(&db).await;
    assert_eq!(support::integer(&db, "SELECT COUNT(*) FROM customer_stats WHERE customer_id = $1", args![id]).await, 1);
}
