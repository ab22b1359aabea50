//! Many at once: nobody gets more than there is, and nothing is lost.

use crate::shop::{Shop, cash, lines, refusal};
use crate::support::{self, customer};
use clientele::args;
use clientele::base::AppResult;
use clientele::commerce::drafts::{Completion, DraftEdit, Placed};
use clientele::commerce::ledger::AccountKind;
use clientele::commerce::ledger::check::check;
use clientele::commerce::payments::cancel;
use clientele::server::{Db, Query};
use futures::future::join_all;

/// How many were placed; the others were refused with this key.
fn placed(results: Vec<AppResult<Placed>>, otherwise: &str) -> usize {
    let (placed, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    refused.into_iter().for_each(|result| assert_eq!(refusal(result).1, otherwise));
    placed.len()
}

support::db_test!(a_code_is_used_as_often_as_allowed);
async fn a_code_is_used_as_often_as_allowed(db: Db) {
    let shop = Shop::open(&db).await;
    let tea = shop.product("TEA", 10_00).await;
    shop.code("FIVE", "limit_total = 5").await;
    let mut drafts = Vec::new();
    for n in 0..32 {
        let buyer = customer(&format!("buyer{n}@example.com")).insert(&db).await;
        let edit = DraftEdit { codes: vec!["FIVE".into()], ..lines(&[(tea, 1)]) };
        drafts.push(shop.draft(buyer, edit).await.expect("a draft"));
    }
    let completion = cash();
    let results = join_all(drafts.iter().map(|draft| shop.complete(*draft, &completion))).await;
    assert_eq!(placed(results, "promotions.used_up"), 5);
    assert_eq!(shop.count("SELECT uses_count FROM promotions", args![]).await, 5);
    assert_eq!(shop.count("SELECT COUNT(*) FROM promotion_uses", args![]).await, 5);
    assert_eq!(shop.count("SELECT COUNT(*) FROM orders WHERE status = 'placed'", args![]).await, 5);
    // Without gaps: who was refused took no number.
    let counter =
        if db.is_postgres() { "SELECT last_value FROM order_numbers" } else { "SELECT value FROM counters WHERE name = 'order'" };
    assert_eq!(shop.count(counter, args![]).await, 5);
    shop.is_sound().await;
}

support::db_test!(many_orders_pass_over_what_an_import_brought);
async fn many_orders_pass_over_what_an_import_brought(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let tea = shop.product("TEA", 10_00).await;
    let completion = cash();
    let mut before = 0;
    // One by one, and in one step.
    for (import, id) in [(9, 10_000), (90_000, 20_000)] {
        let mut drafts = Vec::new();
        for _ in 0..16 {
            drafts.push(shop.draft(ana, lines(&[(tea, 1)])).await.expect("a draft"));
        }
        for number in before + 1..=before + 3 {
            shop.import_order(ana, &number.to_string(), id + number).await;
        }
        shop.import_order(ana, &import.to_string(), id + 100).await;
        let results = join_all(drafts.iter().map(|draft| shop.complete(*draft, &completion))).await;
        let mut numbers: Vec<i64> =
            results.into_iter().map(|result| result.expect("an order").number.parse().expect("a number")).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!((numbers.len(), numbers[0] > import), (16, true), "{numbers:?}");
        before = numbers[15];
    }
}

support::db_test!(credit_for_some_orders_pays_for_these);
async fn credit_for_some_orders_pays_for_these(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let tea = shop.product("TEA", 10_00).await;
    // Each costs 15.00 with shipping: enough for 6 of 16, and 4.00 more.
    let credit = shop.give(ana, AccountKind::Credit, 94_00).await;
    let mut drafts = Vec::new();
    for _ in 0..16 {
        drafts.push(shop.draft(ana, lines(&[(tea, 1)])).await.expect("a draft"));
    }
    let completion = Completion::default();
    let results = join_all(drafts.iter().map(|draft| shop.complete(*draft, &completion))).await;
    assert_eq!(placed(results, "drafts.payment_missing"), 6);
    assert_eq!(shop.balance(credit).await, 4_00);
    assert_eq!(shop.count("SELECT CAST(SUM(amount_minor) AS BIGINT) FROM payments", args![]).await, 90_00);
    assert_eq!(shop.count("SELECT COUNT(*) FROM orders WHERE status = 'placed' AND payment_state = 'paid'", args![]).await, 6);
    let found = check(&db, |_| ()).await.expect("a reconciliation");
    assert!(found.is_empty(), "{found:?}");
    shop.is_sound().await;
}

support::db_test!(placing_and_cancelling_never_wait_for_each_other);
async fn placing_and_cancelling_never_wait_for_each_other(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let tea = shop.product("TEA", 10_00).await;
    shop.code("TEN", "").await;
    let credit = shop.give(ana, AccountKind::Credit, 1_000_00).await;
    let edit = DraftEdit { codes: vec!["TEN".into()], ..lines(&[(tea, 1)]) };
    let (mut placed, mut drafts) = (Vec::new(), Vec::new());
    for _ in 0..8 {
        let order = shop.draft(ana, edit.clone()).await.expect("a draft");
        placed.push(shop.complete(order, &Completion::default()).await.expect("an order").order);
        drafts.push(shop.draft(ana, edit.clone()).await.expect("a draft"));
    }
    let completion = Completion::default();
    let completing = join_all(drafts.iter().map(|draft| shop.complete(*draft, &completion)));
    let cancelling = join_all(placed.iter().map(async |order| {
        let tx = db.begin().await?;
        cancel(&tx, &shop.clerk(), *order, "changed their mind").await?;
        AppResult::Ok(tx.commit().await?)
    }));
    let (completed, cancelled) = tokio::join!(completing, cancelling);
    completed.into_iter().for_each(|result| drop(result.expect("an order")));
    cancelled.into_iter().for_each(|result| result.expect("cancelled"));
    // 9.00 and 5.00 for shipping, eight times.
    assert_eq!(shop.balance(credit).await, 1_000_00 - 8 * 14_00);
    assert_eq!(shop.count("SELECT uses_count FROM promotions", args![]).await, 8);
    let found = check(&db, |_| ()).await.expect("a reconciliation");
    assert!(found.is_empty(), "{found:?}");
    shop.is_sound().await;
}
