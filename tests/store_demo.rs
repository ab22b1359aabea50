//! The demo data: the real totals, the same data on both databases, and statistics that are right.

mod support;

use clientele::args;
use clientele::commerce::{ledger, stats};
use clientele::insight::prediction::store::{self as prediction, Outcome};
use clientele::office::demo::{self, Dataset, DemoArgs};
use clientele::office::settings;
use clientele::office::staff::{password, store as staff};
use clientele::server::{Args, Db, Query};
use std::hash::{DefaultHasher, Hash, Hasher};
use support::{NOW, db_test, integer};

fn cdnow() -> DemoArgs {
    DemoArgs { dataset: Dataset::Cdnow, if_empty: false, seed: 1, customers: 0, orders: 0 }
}

fn synthetic(customers: i64, orders: i64) -> DemoArgs {
    DemoArgs { dataset: Dataset::Synthetic, if_empty: false, seed: 7, customers, orders }
}

async fn none(db: &Db, what: &str, sql: &str) {
    assert_eq!(integer(db, sql, args![]).await, 0, "{what}");
}

async fn cdnow_is_the_real_thing(db: Db) {
    let before = schema(&db).await;
    let summary = demo::load(&cdnow(), &db, NOW).await.unwrap().unwrap();
    assert_eq!(summary.customers, 23_570);
    assert_eq!(schema(&db).await, before, "indexes and triggers are as they were");

    let count = |sql| integer(&db, sql, args![]);
    assert_eq!(count("SELECT COUNT(*) FROM customers").await, 23_570);
    assert_eq!(count("SELECT COUNT(*) FROM orders WHERE status = 'placed'").await, 69_659);
    assert_eq!(count("SELECT CAST(SUM(spent_minor) AS BIGINT) FROM customer_stats").await, 250_031_563);
    assert_eq!(count("SELECT CAST(SUM(revenue_minor) AS BIGINT) FROM daily_rollups").await, 250_031_563);
    // 49.48 % of all.
    assert_eq!(count("SELECT COUNT(*) FROM customer_stats WHERE orders_count > 1").await, 11_662);
    assert_eq!(count("SELECT COUNT(*) FROM orders WHERE status = 'placed' AND total_minor = 0").await, 80);
    assert_eq!(count("SELECT COUNT(*) FROM refunds").await, 0);
    let settings = settings::store::load(&db).await.unwrap();
    let zone = settings::zone::Zone::parse(&settings.time_zone).unwrap();
    assert_eq!(
        count("SELECT MAX(placed_day) FROM orders").await,
        i64::from(zone.day(NOW).0) - 1,
        "the last purchase was yesterday"
    );
    assert!((100..1000).contains(&count("SELECT COUNT(*) FROM orders WHERE status = 'draft'").await));
    assert_eq!(count("SELECT COUNT(*) FROM change_log").await, 23_570);

    orders_are_consistent(&db).await;
    customers_are_consistent(&db).await;
    assert_eq!(stats::check(&db, drop).await.unwrap(), []);
    holdings_are_consistent(&db).await;

    // Of all purchases on the day after the last one; computed with scipy.
    let (_, outcome, kept) = prediction::find_latest(&db).await.unwrap().unwrap();
    assert_eq!((outcome, kept.customers, kept.repeat_customers), (Outcome::Fitted, 23_570, 11_516));
    assert!((kept.log_likelihood + 173_491.018_845).abs() < 1e-3, "{kept:?}");
    assert!((kept.purchases.unwrap().a - 0.490_5).abs() < 1e-3 && (kept.spend.unwrap().q - 3.995_1).abs() < 1e-2, "{kept:?}");

    let owner = staff::find_credentials(&db, demo::OWNER).await.unwrap().unwrap();
    assert!(password::verify(demo::PASSWORD, owner.password_hash.as_deref()));
    assert!(demo::load(&cdnow(), &db, NOW).await.is_err(), "never twice");
    assert_eq!(demo::load(&DemoArgs { if_empty: true, ..cdnow() }, &db, NOW).await.unwrap(), None);
}
db_test!(cdnow_is_the_real_thing);

async fn synthetic_data_are_consistent(db: Db) {
    demo::load(&synthetic(1_500, 6_000), &db, NOW).await.unwrap();
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM customers", args![]).await, 1_500);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM orders WHERE status = 'placed'", args![]).await, 6_000);
    orders_are_consistent(&db).await;
    customers_are_consistent(&db).await;
    assert_eq!(stats::check(&db, drop).await.unwrap(), []);
    holdings_are_consistent(&db).await;
    rows_can_be_added(&db).await;
    wrong_statistics_are_found_and_mended(&db).await;
}
db_test!(synthetic_data_are_consistent);

#[tokio::test]
async fn the_same_seed_makes_the_same_data_on_both() {
    let (mut sqlite, mut postgres) = (0, 0);
    support::on_sqlite(async |db| sqlite = checksum(&db).await).await;
    support::on_postgres(async |db| postgres = checksum(&db).await).await;
    assert_ne!(sqlite, 0);
    assert_eq!(sqlite, postgres);
}

async fn orders_are_consistent(db: &Db) {
    none(
        db,
        "orders whose lines do not add up",
        "SELECT COUNT(*) FROM (
           SELECT o.id FROM orders o JOIN order_lines l ON l.order_id = o.id
           GROUP BY o.id, o.total_minor, o.units, o.discount_minor, o.subtotal_minor
           HAVING SUM(l.total_minor) <> o.total_minor OR SUM(l.quantity) <> o.units OR SUM(l.discount_minor) <> o.discount_minor
             OR SUM(l.unit_price_minor * l.quantity) <> o.subtotal_minor) AS wrong",
    )
    .await;
    none(
        db,
        "lines that do not add up",
        "SELECT COUNT(*) FROM order_lines WHERE unit_price_minor * quantity - discount_minor + tax_minor <> total_minor",
    )
    .await;
    none(
        db,
        "orders without lines",
        "SELECT COUNT(*) FROM orders o WHERE NOT EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.id)",
    )
    .await;
    none(
        db,
        "orders that are not paid for",
        "SELECT COUNT(*) FROM orders o WHERE o.status = 'placed' AND o.total_minor
           <> (SELECT COALESCE(SUM(p.amount_minor), 0) FROM payments p WHERE p.order_id = o.id)",
    )
    .await;
    none(
        db,
        "numbers that do not rise with time",
        "SELECT COUNT(*) FROM (SELECT placed_at, LAG(placed_at) OVER (ORDER BY CAST(number AS BIGINT)) AS before
           FROM orders WHERE status = 'placed') AS pairs WHERE before >= placed_at",
    )
    .await;
}

async fn customers_are_consistent(db: &Db) {
    none(
        db,
        "customers who ordered before they registered",
        "SELECT COUNT(*) FROM customers c JOIN customer_stats s ON s.customer_id = c.id
         WHERE s.first_order_at > 0 AND s.first_order_at <= c.registered_at",
    )
    .await;
    none(
        db,
        "customers outside of their pricing group",
        "SELECT COUNT(*) FROM customers c WHERE NOT EXISTS
           (SELECT 1 FROM customer_group_members m WHERE m.customer_id = c.id AND m.group_id = c.pricing_group_id)",
    )
    .await;
    none(
        db,
        "consents that say something else than the record",
        "SELECT COUNT(*) FROM customers c WHERE c.marketing_email <> COALESCE((SELECT k.granted FROM consents k
           WHERE k.customer_id = c.id AND k.purpose = 'marketing_email' ORDER BY k.id DESC LIMIT 1), FALSE)
         OR c.marketing_sms <> COALESCE((SELECT k.granted FROM consents k
           WHERE k.customer_id = c.id AND k.purpose = 'marketing_sms' ORDER BY k.id DESC LIMIT 1), FALSE)",
    )
    .await;
    none(
        db,
        "customers elsewhere than at their default shipping address",
        "SELECT COUNT(*) FROM customers c LEFT JOIN addresses a ON a.customer_id = c.id AND a.is_default_shipping
         WHERE a.id IS NULL OR a.country <> c.country OR a.region <> c.region OR a.city <> c.city",
    )
    .await;
    for (what, table, column) in [
        ("events", "events", "at"),
        ("visits", "visits", "last_seen_at"),
        ("notes", "notes", "updated_at"),
        ("orders", "orders", "updated_at"),
    ] {
        let later = format!("SELECT COUNT(*) FROM {table} WHERE {column} > {}", NOW.0);
        none(db, &format!("{what} in the future"), &later).await;
    }
    if !db.is_postgres() {
        none(db, "references to nothing", "SELECT COUNT(*) FROM pragma_foreign_key_check").await;
    }
}

/// Credit, cards and points are there, and add up as if the ledger had booked them.
async fn holdings_are_consistent(db: &Db) {
    assert_eq!(ledger::check::check(db, |_| {}).await.unwrap(), []);
    for kind in ["credit", "gift_card", "points"] {
        let sql = "SELECT COUNT(*) FROM ledger_accounts WHERE kind = $1 AND balance > 0";
        assert!(integer(db, sql, args![kind]).await > 10, "{kind}");
    }
    none(
        db,
        "members whose tier is not that of their points",
        "SELECT COUNT(*) FROM loyalty_members WHERE tier <> CASE WHEN earned_points >= 5000 THEN 'gold'
           WHEN earned_points >= 1000 THEN 'silver' ELSE 'bronze' END",
    )
    .await;
    none(
        db,
        "members who earned something else than their orders say",
        "SELECT COUNT(*) FROM loyalty_members m WHERE m.earned_points <> (SELECT COALESCE(SUM(p.earned), 0)
           FROM loyalty_order_points p WHERE p.customer_id = m.customer_id)",
    )
    .await;
    none(
        db,
        "what has expired and is still there",
        &format!("SELECT COUNT(*) FROM ledger_lots WHERE remaining > 0 AND expires_at > 0 AND expires_at <= {}", NOW.0),
    )
    .await;
    none(db, "entries in the future", &format!("SELECT COUNT(*) FROM ledger_entries WHERE at > {}", NOW.0)).await;
}

/// The load gives ids itself; afterwards the database must go on behind them.
async fn rows_can_be_added(db: &Db) {
    let id = support::customer("new@example.com").insert(db).await;
    assert_eq!(id.0, 1_501);
}

async fn wrong_statistics_are_found_and_mended(db: &Db) {
    let tx = db.begin().await.unwrap();
    tx.execute("UPDATE customer_stats SET spent_minor = spent_minor + 1 WHERE customer_id = 3", args![]).await.unwrap();
    tx.execute("DELETE FROM customer_stats WHERE customer_id = 4", args![]).await.unwrap();
    let day = tx.integer("SELECT MAX(day) FROM daily_rollups", args![]).await.unwrap();
    tx.execute("UPDATE daily_rollups SET units = 0 WHERE day = $1", args![day]).await.unwrap();
    tx.execute("INSERT INTO daily_rollups (day, store_id, units) VALUES (1, 1, 1)", args![]).await.unwrap();
    tx.commit().await.unwrap();

    let rows: Vec<String> = stats::check(db, drop).await.unwrap().into_iter().map(|d| d.row).collect();
    assert!(rows.contains(&"customer 3".to_owned()) && rows.contains(&"customer 4".to_owned()), "{rows:?}");
    assert!(rows.contains(&"day 1970-01-02, store 1".to_owned()), "{rows:?}");
    assert_eq!(stats::rebuild(db, drop).await.unwrap(), rows.len() as u64);
    assert_eq!(stats::check(db, drop).await.unwrap(), []);
}

/// The names of all indexes, foreign keys and active triggers.
async fn schema(db: &Db) -> Vec<String> {
    let sql = if db.is_postgres() {
        "SELECT indexname::TEXT FROM pg_indexes WHERE schemaname = current_schema()
         UNION ALL SELECT conname::TEXT FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
         UNION ALL SELECT tgname::TEXT FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O' ORDER BY 1"
    } else {
        "SELECT name FROM sqlite_master WHERE type IN ('index', 'trigger') ORDER BY 1"
    };
    let rows: Vec<(String,)> = db.all(sql, args![]).await.unwrap();
    rows.into_iter().map(|row| row.0).collect()
}

async fn checksum(db: &Db) -> u64 {
    demo::load(&synthetic(400, 1_600), db, NOW).await.unwrap();
    let mut hasher = DefaultHasher::new();
    for sql in [
        "SELECT id, first_name || '|' || last_name || '|' || email || '|' || phone_key || '|' || name_key || '|' || city,
           registered_at, last_login_at, pricing_group_id FROM customers ORDER BY id",
        "SELECT id, COALESCE(number, '') || '|' || status || '|' || fulfilment_state || '|' || addresses, total_minor, placed_at,
           updated_at FROM orders ORDER BY id",
        "SELECT id, name, order_id, unit_price_minor, total_minor FROM order_lines ORDER BY id",
        "SELECT id, kind || detail, customer_id, at, day FROM events ORDER BY id",
        "SELECT id, visitor_id || landing_page || referrer, customer_id, started_at, page_views FROM visits ORDER BY id",
        "SELECT id, kind || body, customer_id, created_at, version FROM notes ORDER BY id",
        "SELECT id, reason || idempotency_key, account_id, amount, at FROM ledger_entries ORDER BY id",
        "SELECT customer_id, card_number || tier, earned_points, enrolled_at, version FROM loyalty_members ORDER BY customer_id",
        "SELECT id, last_four, account_id, initial_minor, created_at FROM gift_cards ORDER BY id",
        "SELECT customer_id, '', tag_id, added_at, CAST(0 AS BIGINT) FROM customer_tags ORDER BY customer_id, tag_id",
    ] {
        let rows: Vec<(i64, String, i64, i64, i64)> = db.all(sql, Args::default()).await.unwrap();
        assert!(!rows.is_empty(), "{sql}");
        rows.hash(&mut hasher);
    }
    hasher.finish()
}
