//! Sums at their edges: what rounding, gift cards and cancelled orders could make wrong.

use crate::shop::{Shop, lines, refusal};
use crate::support::{self, NOW, customer};
use clientele::args;
use clientele::base::{AppError, AppResult, Currency, GiftCardId, Money, OrderId};
use clientele::commerce::drafts::{Completion, NewDraft, PaidBy, PaymentChoice};
use clientele::commerce::invoices::{self, InvoiceKind};
use clientele::commerce::ledger::{By, check};
use clientele::commerce::payments::{self, Refund, RefundTo};
use clientele::commerce::{giftcards, loyalty};
use clientele::office::audit::store::Actor;
use clientele::server::{Db, Query};

/// Paid by card.
fn card() -> Completion {
    Completion {
        payment: PaymentChoice::Paid { method: PaidBy::Card, reference: "tx".into() },
        accept_changes: true,
        ..Completion::default()
    }
}

async fn refund(shop: &Shop, order: OrderId, amount: Money, to: RefundTo) -> AppResult<payments::Refunded> {
    let tx = shop.db.begin().await?;
    let refunded = payments::refund(&tx, &shop.clerk(), order, Refund { amount, to, reason: "", of_return: None }).await?;
    tx.commit().await?;
    Ok(refunded)
}

async fn cancel(shop: &Shop, order: OrderId) -> AppResult<()> {
    let tx = shop.db.begin().await?;
    payments::cancel(&tx, &shop.clerk(), order, "sold out").await?;
    Ok(tx.commit().await?)
}

async fn adds_up(shop: &Shop) {
    assert!(check::check(&shop.db, |_| ()).await.expect("a reconciliation").is_empty());
    shop.is_sound().await;
}

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

support::db_test!(goods_that_come_back_take_all_their_points_though_gift_cards_stay);
async fn goods_that_come_back_take_all_their_points_though_gift_cards_stay(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let tx = db.begin().await.expect("a transaction");
    loyalty::enrol(&tx, &shop.settings, &shop.clerk().actor, ana).await.expect("a member");
    tx.commit().await.expect("a commit");
    let (tea, gift) = (shop.product("TEA", 35_00).await, shop.product_in("GIFT", 50_00, "USD", "gift_card").await);
    // 35.00 of goods and 5.00 for shipping earn, 50.00 of gift cards do not.
    let order = shop.draft(ana, lines(&[(tea, 1), (gift, 1)])).await.expect("a draft");
    shop.complete(order, &card()).await.expect("an order");
    let points = "SELECT points FROM customer_stats WHERE customer_id = $1";
    assert_eq!(shop.count(points, args![ana]).await, 400);
    assert_eq!(refund(&shop, order, usd(20_00), RefundTo::Original).await.expect("half").outcome.points_taken_back, 200);
    assert_eq!(refund(&shop, order, usd(20_00), RefundTo::Original).await.expect("the rest").outcome.points_taken_back, 200);
    assert_eq!(shop.count(points, args![ana]).await, 0);
    assert_eq!(shop.count("SELECT earned_points FROM loyalty_members", args![]).await, 0);
    // The gift card was paid for and stays.
    assert_eq!(refusal(refund(&shop, order, usd(1), RefundTo::Original).await).1, "refunds.gift_cards_stay");
    adds_up(&shop).await;
}

support::db_test!(nobody_has_spent_less_than_nothing);
async fn nobody_has_spent_less_than_nothing(db: Db) {
    let mut shop = Shop::open(&db).await;
    shop.settings.checkout.shipping_minor = 0;
    let ana = customer("ana@example.com").insert(&db).await;
    let tea = shop.product_in("TEA", 1, "EUR", "goods").await;
    let gift = shop.product_in("GIFT", 1, "EUR", "gift_card").await;
    // Each is worth half a cent, which rounds up to one, and so do both together.
    let new = NewDraft { currency: Some("EUR"), rate: Some("0.5"), edit: lines(&[(tea, 1), (gift, 1)]), ..NewDraft::of(ana) };
    let order = shop.new_draft(new).await.expect("a draft");
    shop.complete(order, &card()).await.expect("an order");
    let euros = Money::new(1, Currency::parse("EUR").expect("EUR"));
    refund(&shop, order, euros, RefundTo::Original).await.expect("the goods come back");
    assert_eq!(shop.count("SELECT spent_minor FROM customer_stats WHERE customer_id = $1", args![ana]).await, 0);
    let day = "SELECT CAST(SUM(revenue_minor - refunds_minor) AS BIGINT) FROM daily_rollups";
    assert_eq!(shop.count(day, args![]).await, 0);
    cancel(&shop, order).await.expect("an end");
    assert_eq!(shop.count("SELECT base_total_minor - base_refunded_minor FROM orders", args![]).await, 0);
    adds_up(&shop).await;
}

support::db_test!(a_card_whose_order_was_cancelled_stays_disabled);
async fn a_card_whose_order_was_cancelled_stays_disabled(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let (tea, gift) = (shop.product("TEA", 10_00).await, shop.product_in("GIFT", 25_00, "USD", "gift_card").await);
    let order = shop.draft(ana, lines(&[(tea, 1), (gift, 1)])).await.expect("a draft");
    shop.complete(order, &card()).await.expect("an order");
    let bought = GiftCardId(shop.count("SELECT id FROM gift_cards WHERE order_id = $1", args![order]).await);
    let switch = async |on: bool| -> AppResult<()> {
        let tx = db.begin().await?;
        if on {
            giftcards::service::enable(&tx, &shop.clerk().actor, bought).await?;
        } else {
            giftcards::service::disable(&tx, &shop.clerk().actor, bought, "lost").await?;
        }
        Ok(tx.commit().await?)
    };
    switch(false).await.expect("disabled");
    switch(true).await.expect("enabled again while its order stands");
    cancel(&shop, order).await.expect("an end");
    assert_eq!(refusal(switch(true).await), ("conflict".into(), "giftcards.order_cancelled".into()));
    assert_eq!(shop.count("SELECT COUNT(*) FROM gift_cards WHERE disabled_at = 0", args![]).await, 0);
    adds_up(&shop).await;
}

support::db_test!(what_was_invoiced_and_never_paid_is_credited_when_it_is_cancelled);
async fn what_was_invoiced_and_never_paid_is_credited_when_it_is_cancelled(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let tea = shop.product("TEA", 10_00).await;
    let order = shop.draft(ana, lines(&[(tea, 2)])).await.expect("a draft");
    let promised = Completion { payment: PaymentChoice::Authorised { reference: "promised".into() }, ..card() };
    shop.complete(order, &promised).await.expect("an order");
    let tx = db.begin().await.expect("a transaction");
    invoices::issue(&tx, order, InvoiceKind::Invoice, None, By::Job, NOW).await.expect("an invoice");
    tx.commit().await.expect("a commit");
    cancel(&shop, order).await.expect("an end");
    let papers: Vec<(String, String)> =
        db.all("SELECT kind, data FROM invoices WHERE order_id = $1 ORDER BY id", args![order]).await.expect("papers");
    assert_eq!(papers.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), ["invoice", "credit_note"]);
    assert!(papers[0].1.contains("\"total\":2500") && papers[1].1.contains("\"total\":-2500"), "{papers:?}");
    assert!(papers[1].1.contains("\"quantity\":2"), "with its lines: {papers:?}");
    // What is annulled is not annulled again.
    let tx = db.begin().await.expect("a transaction");
    invoices::annul(&tx, order, "again", &Actor::system(NOW)).await.expect("nothing");
    tx.commit().await.expect("a commit");
    assert_eq!(shop.count("SELECT COUNT(*) FROM invoices WHERE order_id = $1", args![order]).await, 2);
    adds_up(&shop).await;
}

support::db_test!(what_was_invoiced_is_credited_with_its_refund);
async fn what_was_invoiced_is_credited_with_its_refund(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let tea = shop.product("TEA", 10_00).await;
    let mut orders = Vec::new();
    for _ in 0..2 {
        let order = shop.draft(ana, lines(&[(tea, 2)])).await.expect("a draft");
        shop.complete(order, &card()).await.expect("an order");
        orders.push(order);
    }
    let tx = db.begin().await.expect("a transaction");
    invoices::issue(&tx, orders[0], InvoiceKind::Invoice, None, By::Job, NOW).await.expect("an invoice");
    tx.commit().await.expect("a commit");
    for order in &orders {
        refund(&shop, *order, usd(10_00), RefundTo::Credit).await.expect("a refund");
        cancel(&shop, *order).await.expect("an end");
    }
    let notes = "SELECT COUNT(*) FROM invoices WHERE kind = 'credit_note' AND order_id = $1";
    assert_eq!(shop.count(notes, args![orders[0]]).await, 2, "one for the refund, one for the rest");
    assert_eq!(shop.count("SELECT COUNT(*) FROM invoices WHERE order_id = $1", args![orders[1]]).await, 0, "not invoiced");
    let (data,): (String,) = db
        .one("SELECT data FROM invoices WHERE kind = 'credit_note' AND order_id = $1 ORDER BY id DESC LIMIT 1", args![orders[0]])
        .await
        .expect("a note");
    assert!(data.contains("\"total\":-1500"), "{data}");
    // A refund that is refused makes no note, and takes no number.
    assert!(matches!(refund(&shop, orders[0], usd(1), RefundTo::Original).await, Err(AppError::Conflict { .. })));
    assert_eq!(shop.count("SELECT value FROM counters WHERE name LIKE 'credit_note:%'", args![]).await, 2);
    adds_up(&shop).await;
}
