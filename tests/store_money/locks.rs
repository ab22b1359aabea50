//! The order of locks (ARCHITECTURE.md), each time with somebody who stands in the way.

use crate::shop::{Shop, cash, lines, refusal};
use crate::somebody_waits;
use crate::support::{self, NOW, customer};
use clientele::args;
use clientele::base::{AppResult, CustomerId, OrderId};
use clientele::commerce::drafts::{self, Completion, DraftEdit};
use clientele::commerce::ledger::{self, AccountKind, By, Posting, Reason, check};
use clientele::commerce::{loyalty, stats};
use clientele::office::settings::{self, LoyaltySettings};
use clientele::server::{Db, Query, Tx};
use std::sync::Arc;

/// Places a draft in a task of its own.
fn placing(shop: &Arc<Shop>, order: OrderId) -> tokio::task::JoinHandle<AppResult<drafts::Placed>> {
    let shop = shop.clone();
    tokio::spawn(async move { shop.complete(order, &cash()).await })
}

support::db_test!(rebuilding_statistics_waits_for_postings_and_they_not_for_it);
async fn rebuilding_statistics_waits_for_postings_and_they_not_for_it(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let credit = shop.give(ana, AccountKind::Credit, 100_00).await;
    let tx = db.begin().await.expect("a transaction");
    ledger::lock_all(&tx, &[credit]).await.expect("a lock");
    let rebuilding = tokio::spawn({
        let db = db.clone();
        async move { stats::rebuild(&db, |_| ()).await }
    });
    somebody_waits(&db).await;
    let posting = Posting { amount: 1, reason: Reason::Goodwill, by: By::Job, key: "more", order: None, note: "", at: NOW };
    ledger::credit(&tx, credit, posting, None).await.expect("a credit, which the list shows");
    tx.commit().await.expect("a commit");
    assert_eq!(rebuilding.await.expect("a task").expect("rebuilt"), 0, "all was right");
    shop.is_sound().await;
}

support::db_test!(rebuilding_statistics_loses_nothing_of_a_day_that_goes_on);
async fn rebuilding_statistics_loses_nothing_of_a_day_that_goes_on(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let tea = shop.product("TEA", 10_00).await;
    let order = shop.draft(ana, lines(&[(tea, 1)])).await.expect("a draft");
    shop.pay_cash(order).await.expect("an order");
    shop.run("UPDATE daily_rollups SET units = 99", args![]).await;
    let (day, store) = (shop.clerk().today(), shop.count("SELECT id FROM stores", args![]).await);
    // Somebody changes what the day sold, and is not done yet.
    let tx = db.begin().await.expect("a transaction");
    tx.execute("UPDATE orders SET units = 6 WHERE id = $1", args![order]).await.expect("another order");
    stats::refresh_day(&tx, day, store).await.expect("its day");
    let rebuilding = tokio::spawn({
        let db = db.clone();
        async move { stats::rebuild(&db, |_| ()).await }
    });
    somebody_waits(&db).await;
    stats::refresh(&tx, ana).await.expect("their figures");
    tx.commit().await.expect("a commit");
    assert_eq!(rebuilding.await.expect("a task").expect("rebuilt"), 0, "all was right again");
    shop.is_sound().await;
}

support::db_test!(statistics_are_compared_as_of_one_moment);
async fn statistics_are_compared_as_of_one_moment(db: Db) {
    let shop = Arc::new(Shop::open(&db).await);
    let tea = shop.product("TEA", 10_00).await;
    let mut drafts = Vec::new();
    for number in 0..40 {
        let buyer = customer(&format!("buyer{number}@example.com")).insert(&db).await;
        drafts.push(shop.draft(buyer, lines(&[(tea, 1)])).await.expect("a draft"));
    }
    let tasks: Vec<_> = drafts
        .chunks(10)
        .map(|orders| {
            let (shop, orders) = (shop.clone(), orders.to_vec());
            tokio::spawn(async move {
                for order in orders {
                    shop.pay_cash(order).await.expect("an order");
                }
            })
        })
        .collect();
    while !tasks.iter().all(tokio::task::JoinHandle::is_finished) {
        shop.is_sound().await;
    }
    for task in tasks {
        task.await.expect("a client");
    }
    shop.is_sound().await;
}

/// Whether the row that `sql` yields is locked by somebody.
async fn is_locked(db: &Db, sql: &str, id: i64) -> bool {
    let tx = db.begin().await.expect("a transaction");
    tx.all::<(i64,)>(&format!("{sql} FOR UPDATE NOWAIT"), args![id]).await.is_err()
}

support::db_test!(who_waits_for_the_day_holds_all_else);
async fn who_waits_for_the_day_holds_all_else(db: Db) {
    // SQLite has one writer.
    if !db.is_postgres() {
        return;
    }
    let shop = Arc::new(Shop::open(&db).await);
    let tea = shop.product("TEA", 10_00).await;
    let member = customer("member@example.com").insert(&db).await;
    let tx = db.begin().await.expect("a transaction");
    loyalty::enrol(&tx, &shop.settings, &shop.clerk().actor, member).await.expect("a member");
    tx.commit().await.expect("a commit");
    let nobody = customer("nobody@example.com").insert(&db).await;
    let figures = "SELECT customer_id FROM customer_stats WHERE customer_id = $1";
    let points = "SELECT balance FROM ledger_accounts WHERE customer_id = $1";
    // The day's figures must be there to be held.
    let first = shop.draft(nobody, lines(&[(tea, 1)])).await.expect("a draft");
    shop.pay_cash(first).await.expect("an order");
    for buyer in [member, nobody] {
        let order = shop.draft(buyer, lines(&[(tea, 1)])).await.expect("a draft");
        let other = db.begin().await.expect("a transaction");
        // Somebody else's order, with its number: for that nobody waits, only for the figures of the day.
        other.integer("SELECT nextval('order_numbers')", args![]).await.expect("a number");
        other.execute("UPDATE daily_rollups SET units = units", args![]).await.expect("the day");
        let placing = placing(&shop, order);
        somebody_waits(&db).await;
        assert!(is_locked(&db, figures, buyer.0).await, "the customer's figures");
        assert_eq!(is_locked(&db, points, buyer.0).await, buyer == member, "what it earns");
        drop(other);
        placing.await.expect("a task").expect("an order");
    }
    let earned = "SELECT earned_points FROM loyalty_members WHERE customer_id = $1";
    assert_eq!(shop.count(earned, args![member]).await, 15 * 10, "what was paid, ten for each unit");
    shop.is_sound().await;
}

support::db_test!(two_codes_for_the_first_order_make_one_first_order);
async fn two_codes_for_the_first_order_make_one_first_order(db: Db) {
    let shop = Arc::new(Shop::open(&db).await);
    let ana = customer("ana@example.com").insert(&db).await;
    let tea = shop.product("TEA", 10_00).await;
    let mut orders = Vec::new();
    for code in ["HELLO", "WELCOME"] {
        shop.code(code, "first_order_only = TRUE").await;
        let edit = DraftEdit { codes: vec![code.into()], ..lines(&[(tea, 1)]) };
        orders.push(shop.draft(ana, edit).await.expect("a draft"));
    }
    let tx = db.begin().await.expect("a transaction");
    drafts::complete(&tx, &shop.clerk(), orders[0], &cash()).await.expect("the first order");
    let second = placing(&shop, orders[1]);
    somebody_waits(&db).await;
    tx.commit().await.expect("a commit");
    assert_eq!(refusal(second.await.expect("a task")).1, "promotions.first_order_only");
    assert_eq!(shop.count("SELECT CAST(SUM(uses_count) AS BIGINT) FROM promotions", args![]).await, 1);
    shop.is_sound().await;
}

/// A customer with everything that an order can post to: membership, credit, points.
async fn rich(shop: &Shop, email: &str) -> CustomerId {
    let buyer = customer(email).insert(&shop.db).await;
    let tx = shop.db.begin().await.expect("a transaction");
    loyalty::enrol(&tx, &shop.settings, &shop.clerk().actor, buyer).await.expect("a member");
    tx.commit().await.expect("a commit");
    shop.give(buyer, AccountKind::Credit, 1_000_00).await;
    shop.give(buyer, AccountKind::Points, 1_000).await;
    buyer
}

support::db_test!(statistics_are_rebuilt_while_everybody_orders);
async fn statistics_are_rebuilt_while_everybody_orders(db: Db) {
    let shop = Arc::new(Shop::open(&db).await);
    let tea = shop.product("TEA", 10_00).await;
    let mut drafts = Vec::new();
    for number in 0..4 {
        let buyer = rich(&shop, &format!("rich{number}@example.com")).await;
        for _ in 0..5 {
            drafts.push(shop.draft(buyer, DraftEdit { points: 100, ..lines(&[(tea, 1)]) }).await.expect("a draft"));
        }
    }
    let tasks: Vec<_> = drafts
        .into_iter()
        .map(|order| {
            let shop = shop.clone();
            tokio::spawn(async move { shop.complete(order, &Completion::default()).await })
        })
        .collect();
    while !tasks.iter().all(tokio::task::JoinHandle::is_finished) {
        stats::rebuild(&db, |_| ()).await.expect("rebuilt");
    }
    for task in tasks {
        task.await.expect("a client").expect("an order");
    }
    assert!(check::check(&db, |_| ()).await.expect("a reconciliation").is_empty());
    shop.is_sound().await;
}

/// Saves tiers of which the lowest has another code and Silver begins at 2,000 points, as the page of the settings does.
async fn save_tiers(tx: &Tx) {
    let mut loyalty = LoyaltySettings::default();
    loyalty.tiers[0].code = "base".into();
    loyalty.tiers[1].from_points = 2_000;
    let json = serde_json::to_string(&loyalty.tiers).expect("JSON");
    settings::store::save(tx, "loyalty.tiers", &json, None, NOW).await.expect("saved tiers");
    loyalty::store::assign_tiers(tx, &loyalty).await.expect("tiers of the members");
}

async fn tier(shop: &Shop, member: CustomerId) -> String {
    let sql = "SELECT tier FROM loyalty_members WHERE customer_id = $1";
    shop.db.one::<(String,)>(sql, args![member]).await.expect("a member").0
}

/// A member with 950 points earned, and a draft that earns 250 more.
async fn nearly_silver(shop: &Shop) -> (CustomerId, OrderId) {
    let tea = shop.product("TEA", 10_00).await;
    let ana = rich(shop, "ana@example.com").await;
    let first = shop.draft(ana, lines(&[(tea, 9)])).await.expect("a draft");
    shop.pay_cash(first).await.expect("an order");
    assert_eq!(tier(shop, ana).await, "bronze");
    (ana, shop.draft(ana, lines(&[(tea, 2)])).await.expect("a draft"))
}

support::db_test!(other_tiers_wait_for_who_earns);
async fn other_tiers_wait_for_who_earns(db: Db) {
    let shop = Arc::new(Shop::open(&db).await);
    let (ana, order) = nearly_silver(&shop).await;
    let tx = db.begin().await.expect("a transaction");
    drafts::complete(&tx, &shop.clerk(), order, &cash()).await.expect("an order that makes Silver");
    let saving = tokio::spawn({
        let db = db.clone();
        async move {
            let tx = db.begin().await.expect("a transaction");
            save_tiers(&tx).await;
            tx.commit().await.expect("a commit");
        }
    });
    somebody_waits(&db).await;
    tx.commit().await.expect("a commit");
    saving.await.expect("a task");
    assert_eq!(tier(&shop, ana).await, "base", "1,200 points are no Silver any more");
    shop.is_sound().await;
}

support::db_test!(who_earns_waits_for_other_tiers);
async fn who_earns_waits_for_other_tiers(db: Db) {
    let shop = Arc::new(Shop::open(&db).await);
    let (ana, order) = nearly_silver(&shop).await;
    let ben = customer("ben@example.com").insert(&db).await;
    let tx = db.begin().await.expect("a transaction");
    save_tiers(&tx).await;
    // Both began with the settings of before.
    let earning = placing(&shop, order);
    let enrolling = tokio::spawn({
        let shop = shop.clone();
        async move {
            let tx = shop.db.begin().await.expect("a transaction");
            loyalty::enrol(&tx, &shop.settings, &shop.clerk().actor, ben).await.expect("a member");
            tx.commit().await.expect("a commit");
        }
    });
    somebody_waits(&db).await;
    tx.commit().await.expect("a commit");
    earning.await.expect("a task").expect("an order");
    enrolling.await.expect("a task");
    assert_eq!((tier(&shop, ana).await.as_str(), tier(&shop, ben).await.as_str()), ("base", "base"));
    shop.is_sound().await;
}

support::db_test!(a_refund_gives_the_tier_of_now);
async fn a_refund_gives_the_tier_of_now(db: Db) {
    let shop = Shop::open(&db).await;
    let (ana, order) = nearly_silver(&shop).await;
    shop.pay_cash(order).await.expect("an order that makes Silver");
    assert_eq!(tier(&shop, ana).await, "silver");
    let tx = db.begin().await.expect("a transaction");
    save_tiers(&tx).await;
    tx.commit().await.expect("a commit");
    let tx = db.begin().await.expect("a transaction");
    loyalty::take_back(&tx, order, (1, 1), "back", NOW).await.expect("points taken back");
    tx.commit().await.expect("a commit");
    assert_eq!(tier(&shop, ana).await, "base");
}
