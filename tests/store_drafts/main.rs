//! From cart to placed order, on both databases.

mod codes;
mod early;
mod groups;
mod many;
mod shop;
#[path = "../support/mod.rs"]
mod support;

use clientele::args;
use clientele::base::i18n::by_code as language;
use clientele::base::{AppError, OrderId, Timestamp};
use clientele::commerce::drafts::{
    self, AddressChoice, CardChoice, Completion, CreditWish, DraftEdit, NewDraft, PaymentChoice, ReorderDifference, Seen,
};
use clientele::commerce::ledger::AccountKind;
use clientele::commerce::orders::{DraftKind, OrderAddress};
use clientele::server::{Db, Query};
use shop::{Shop, by_code, cash, lines, refusal};
use support::{NOW, customer};

support::db_test!(everything_pays_for_an_order);
async fn everything_pays_for_an_order(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let (tea, pot) = (shop.product("TEA", 10_00).await, shop.product("POT", 40_00).await);
    let code = shop.code("TEN", "").await;
    let credit = shop.give(ana, AccountKind::Credit, 20_00).await;
    let points = shop.give(ana, AccountKind::Points, 1_000).await;
    let (card, card_code) = shop.card(15_00, "card").await;
    // 2 × 10.00 + 40.00 − 10 % + 5.00 = 59.00; 20.00 credit, 15.00 card, 4.00 of points, 20.00 in cash.
    let edit =
        DraftEdit { codes: vec!["ten".into()], gift_cards: by_code(&card_code), points: 400, ..lines(&[(tea, 2), (pot, 1)]) };
    let order = shop.draft(ana, edit).await.expect("a draft");
    let kept = shop.count("SELECT COUNT(*) FROM orders WHERE tender LIKE $1", args![format!("%{card_code}%")]).await;
    assert_eq!(kept, 0, "a code is not kept");
    let placed = shop.pay_cash(order).await.expect("an order");
    assert_eq!((placed.number.as_str(), placed.total.minor, placed.due.minor), ("1", 59_00, 0));
    assert_eq!((shop.balance(credit).await, shop.balance(points).await), (0, 600));
    let rows: Vec<(String, i64, i64, Option<i64>)> = db
        .all("SELECT method, amount_minor, points, gift_card_id FROM payments WHERE order_id = $1 ORDER BY id", args![order])
        .await
        .expect("payments");
    let expected = [
        ("credit", 20_00, 0, None),
        ("gift_card", 15_00, 0, Some(card.0)),
        ("points", 4_00, 400, None),
        ("cash", 20_00, 0, None),
    ];
    assert_eq!(rows, expected.map(|(method, amount, points, card)| (method.to_owned(), amount, points, card)));
    let state: (String, String, i64, i64, String) = db
        .one("SELECT status, payment_state, units, placed_day, channel FROM orders WHERE id = $1", args![order])
        .await
        .expect("an order");
    assert_eq!(state, ("placed".into(), "paid".into(), 3, NOW.0.div_euclid(Timestamp::DAY), "staff".into()));
    let parts: Vec<(i64, i64, i64, i64)> = db
        .all(
            "SELECT list_price_minor, unit_price_minor, code_discount_minor, total_minor FROM order_lines WHERE order_id = $1 ORDER BY id",
            args![order],
        )
        .await
        .expect("lines");
    assert_eq!(parts, [(10_00, 10_00, 2_00, 18_00), (40_00, 40_00, 4_00, 36_00)]);
    assert_eq!(shop.count("SELECT uses_count FROM promotions WHERE id = $1", args![code.0]).await, 1);
    let steps = "SELECT COUNT(*) FROM orders WHERE id = $1 AND steps LIKE '%gift_card%' AND steps LIKE '%points%'";
    assert_eq!(shop.count(steps, args![order]).await, 1, "the explanation is kept");
    for sql in [
        "SELECT COUNT(*) FROM order_history WHERE order_id = $1 AND kind = 'placed'",
        "SELECT COUNT(*) FROM audit_entries WHERE entity_id = $1 AND action = 'order.placed'",
        "SELECT COUNT(*) FROM outbox WHERE template = 'order_confirmation' AND $1 > 0",
        "SELECT orders_count FROM customer_stats WHERE $1 > 0",
    ] {
        assert_eq!(shop.count(sql, args![order]).await, 1, "{sql}");
    }
    assert_eq!(shop.count("SELECT spent_minor FROM customer_stats", args![]).await, 59_00, "whatever paid for it");
    shop.is_sound().await;
}

support::db_test!(terms_payments_or_nothing_due);
async fn terms_payments_or_nothing_due(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").group("wholesale").insert(&db).await;
    let tea = shop.product("TEA", 10_00).await;
    let with = |payment| Completion { payment, ..Completion::default() };
    let order = shop.draft(ana, lines(&[(tea, 1)])).await.expect("a draft");
    assert_eq!(refusal(shop.complete(order, &Completion::default()).await), ("payment".into(), "drafts.payment_missing".into()));
    assert_eq!(refusal(shop.complete(order, &with(PaymentChoice::Terms)).await).1, "drafts.no_terms");
    let nameless = PaymentChoice::Authorised { reference: " ".into() };
    assert_eq!(refusal(shop.complete(order, &with(nameless)).await).0, "reference");
    shop.run("UPDATE customer_groups SET payment_terms_days = 30", args![]).await;
    let placed = shop.complete(order, &with(PaymentChoice::Terms)).await.expect("on terms");
    assert_eq!(placed.due.minor, 15_00);
    let due = shop.count("SELECT due_at FROM orders WHERE id = $1 AND payment_state = 'unpaid'", args![order]).await;
    assert_eq!(Timestamp(due).rfc3339(), "2026-03-31T00:00:00Z");
    let order = shop.draft(ana, lines(&[(tea, 1)])).await.expect("a draft");
    shop.complete(order, &with(PaymentChoice::Authorised { reference: "pay_1".into() })).await.expect("authorised");
    let sql = "SELECT COUNT(*) FROM payments WHERE order_id = $1 AND status = 'authorised' AND reference = 'pay_1'";
    assert_eq!(shop.count(sql, args![order]).await, 1);
    // Credit is applied by itself; then nothing is due, and whatever was chosen is not needed.
    shop.give(ana, AccountKind::Credit, 15_00).await;
    let order = shop.draft(ana, lines(&[(tea, 1)])).await.expect("a draft");
    let placed = shop.complete(order, &Completion::default()).await.expect("nothing was due");
    assert_eq!(placed.due.minor, 0);
    assert_eq!(shop.count("SELECT COUNT(*) FROM orders WHERE id = $1 AND payment_state = 'paid'", args![order]).await, 1);
    shop.is_sound().await;
}

support::db_test!(a_draft_is_placed_once);
async fn a_draft_is_placed_once(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let tea = shop.product("TEA", 10_00).await;
    let order = shop.draft(ana, lines(&[(tea, 1)])).await.expect("a draft");
    let completion = cash();
    let both = tokio::join!(shop.complete(order, &completion), shop.complete(order, &completion));
    let (placed, refused) = match both {
        (Ok(placed), Err(refused)) | (Err(refused), Ok(placed)) => (placed, refused),
        other => panic!("one of two: {other:?}"),
    };
    assert_eq!(placed.number, "1");
    assert!(language("en").error(&refused).contains("#1"), "{refused:?}");
    let changed = shop.change(order, None, &lines(&[(tea, 2)])).await;
    assert_eq!(refusal(changed), ("conflict".into(), "drafts.placed_already".into()));
    assert_eq!(shop.count("SELECT COUNT(*) FROM payments", args![]).await, 1);
    shop.is_sound().await;
}

support::db_test!(who_was_faster_is_named);
async fn who_was_faster_is_named(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let tea = shop.product("TEA", 10_00).await;
    let order = shop.draft(ana, lines(&[(tea, 1)])).await.expect("a draft");
    let version = shop.count("SELECT version FROM orders WHERE id = $1", args![order]).await;
    shop.change(order, Some(version), &lines(&[(tea, 2)])).await.expect("the first");
    let error = shop.change(order, Some(version), &lines(&[(tea, 3)])).await.expect_err("the second");
    assert_eq!(language("en").error(&error), "Sam changed this draft meanwhile.");
    let completion = Completion { version: Some(version), ..cash() };
    assert_eq!(refusal(shop.complete(order, &completion).await).1, "drafts.changed_by");
    assert_eq!(shop.count("SELECT units FROM orders WHERE id = $1", args![order]).await, 2, "nothing was lost");
}

support::db_test!(a_price_that_changed_is_told);
async fn a_price_that_changed_is_told(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let tea = shop.product("TEA", 10_00).await;
    let order = shop.draft(ana, lines(&[(tea, 1)])).await.expect("a draft");
    shop.run("UPDATE products SET price_minor = 1200", args![]).await;
    let error = shop.pay_cash(order).await.expect_err("it costs more");
    assert!(language("en").error(&error).contains("from 15.00 USD to 17.00 USD"), "{}", language("en").error(&error));
    let seen = |total, due| Completion { seen: Some(Seen { total, due }), ..cash() };
    assert_eq!(refusal(shop.complete(order, &seen(15_00, 15_00)).await).1, "drafts.price_changed");
    shop.give(ana, AccountKind::Credit, 2_00).await;
    assert_eq!(refusal(shop.complete(order, &seen(17_00, 17_00)).await).1, "drafts.due_changed");
    shop.complete(order, &Completion { accept_changes: true, ..cash() }).await.expect("whatever it costs");
    assert_eq!(shop.count("SELECT total_minor FROM orders WHERE id = $1", args![order]).await, 17_00);
}

support::db_test!(what_cannot_be_is_refused_and_leaves_no_trace);
async fn what_cannot_be_is_refused_and_leaves_no_trace(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let bo = customer("bo@example.com").insert(&db).await;
    let (tea, euro) = (shop.product("TEA", 10_00).await, shop.product_in("EUR", 10_00, "EUR", "goods").await);
    let later = shop.product("LATER", 10_00).await;
    shop.run("UPDATE products SET available_from = $1, early_from = 1 WHERE sku = 'LATER'", args![NOW.plus(1)]).await;
    let (card, code) = shop.card(10_00, "card").await;
    shop.code("GONE", "limit_total = 1, uses_count = 1").await;
    let rows = "SELECT (SELECT COUNT(*) FROM orders) + (SELECT COUNT(*) FROM order_lines) + (SELECT COUNT(*) FROM audit_entries)
                 + (SELECT COUNT(*) FROM outbox) + (SELECT COUNT(*) FROM payments) + (SELECT COUNT(*) FROM counters)
                 + (SELECT COUNT(*) FROM order_history) + (SELECT COUNT(*) FROM promotion_uses)";
    let before = shop.count(rows, args![]).await;
    for quantity in [0, -1, 1_000_000_000] {
        let refused = refusal(shop.draft(ana, lines(&[(tea, quantity)])).await);
        assert_eq!(refused, ("quantity".into(), "pricing.quantity_invalid".into()));
    }
    let in_currency = |currency: &'static str| NewDraft { currency: Some(currency), ..NewDraft::of(ana) };
    for unknown in ["", "EURO", "XYZ"] {
        assert_eq!(refusal(shop.new_draft(in_currency(unknown)).await), ("currency".into(), "drafts.currency_unknown".into()));
    }
    assert_eq!(refusal(shop.new_draft(in_currency("EUR")).await), ("rate".into(), "drafts.rate_missing".into()));
    let with_rate = NewDraft { rate: Some("0"), ..in_currency("EUR") };
    assert_eq!(refusal(shop.new_draft(with_rate).await), ("rate".into(), "drafts.rate_invalid".into()));
    let store = NewDraft { store: Some(99), ..NewDraft::of(ana) };
    assert_eq!(refusal(shop.new_draft(store).await).0, "store");
    let unknown_card = DraftEdit { gift_cards: by_code("ABCD-EFGH-JKLM-NPQR-STUV"), ..lines(&[(tea, 1)]) };
    assert_eq!(refusal(shop.draft(ana, unknown_card).await), ("gift_cards".into(), "drafts.card_unknown".into()));
    let others_card = DraftEdit { gift_cards: vec![CardChoice::Card(card)], ..lines(&[(tea, 1)]) };
    assert_eq!(refusal(shop.draft(ana, others_card).await).0, "gift_cards", "an id is no code");
    let place =
        OrderAddress { recipient: "Ana".into(), street: "Road 1".into(), country: "US".into(), ..OrderAddress::default() };
    let nowhere = DraftEdit { shipping_address: AddressChoice::Typed(Box::new(place)), ..lines(&[(tea, 1)]) };
    assert_eq!(refusal(shop.draft(ana, nowhere).await).0, "shipping_address.postal_code");
    assert_eq!(shop.count(rows, args![]).await, before, "no trace");

    // What can be written on a draft and not placed.
    let drafted = [
        (lines(&[]), "lines", "pricing.no_lines"),
        (lines(&[(euro, 1)]), "lines", "products.other_currency"),
        (lines(&[(later, 1)]), "lines", "products.not_yet"),
        (DraftEdit { codes: vec!["NONE".into()], ..lines(&[(tea, 1)]) }, "codes", "promotions.unknown"),
        (DraftEdit { codes: vec!["GONE".into()], ..lines(&[(tea, 1)]) }, "codes", "promotions.used_up"),
        (DraftEdit { points: 5, ..lines(&[(tea, 1)]) }, "points", "drafts.points_missing"),
        (DraftEdit { credit: CreditWish::AtMost(1), ..lines(&[(tea, 1)]) }, "credit", "drafts.credit_missing"),
    ];
    for (edit, field, key) in drafted {
        let order = shop.draft(ana, edit).await.expect("a draft");
        assert_eq!(refusal(shop.pay_cash(order).await), (field.to_owned(), key.to_owned()));
    }
    shop.run("UPDATE customer_groups SET early_access = TRUE", args![]).await;
    let early = shop.draft(ana, lines(&[(later, 1)])).await.expect("a draft");
    shop.pay_cash(early).await.expect("early access");
    let order = shop.draft(bo, DraftEdit { gift_cards: by_code(&code), ..lines(&[(tea, 1)]) }).await.expect("a draft");
    shop.run("UPDATE customers SET account_status = 'blocked' WHERE id = $1", args![bo]).await;
    assert_eq!(refusal(shop.pay_cash(order).await), ("customer".into(), "drafts.customer_blocked".into()));
    shop.run("UPDATE customers SET account_status = 'active'", args![]).await;
    shop.run("UPDATE customer_groups SET minimum_order_minor = 2500", args![]).await;
    let error = shop.pay_cash(order).await.expect_err("too little");
    assert!(language("en").error(&error).starts_with("15.00 USD of merchandise are missing"), "{error:?}");
    assert_eq!(shop.count("SELECT COUNT(*) FROM orders WHERE status = 'placed'", args![]).await, 1);
    let pots = shop.draft(bo, lines(&[(tea, 3)])).await.expect("a draft");
    shop.pay_cash(pots).await.expect("enough");
    shop.is_sound().await;
}

support::db_test!(gift_cards_bought_are_not_spent);
async fn gift_cards_bought_are_not_spent(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    shop.run("UPDATE customer_groups SET discount_bp = 5000", args![]).await;
    let (tea, gift) = (shop.product("TEA", 10_00).await, shop.product_in("GIFT", 25_00, "USD", "gift_card").await);
    // 10.00 at half price, 50.00 of cards at theirs, 5.00 for shipping.
    let order = shop.draft(ana, lines(&[(tea, 1), (gift, 2)])).await.expect("a draft");
    let placed = shop.pay_cash(order).await.expect("an order");
    assert_eq!(placed.total.minor, 60_00);
    assert_eq!(shop.count("SELECT spent_minor FROM customer_stats", args![]).await, 10_00);
    assert_eq!(shop.count("SELECT CAST(SUM(revenue_minor) AS BIGINT) FROM daily_rollups", args![]).await, 10_00);
    assert_eq!(shop.count("SELECT COUNT(*) FROM gift_cards WHERE order_id = $1", args![order]).await, 2, "issued");
    // Cards alone are not shipped.
    let order = shop.draft(ana, lines(&[(gift, 1)])).await.expect("a draft");
    assert_eq!(shop.pay_cash(order).await.expect("an order").total.minor, 25_00);
    shop.is_sound().await;
}

support::db_test!(another_currency_is_reckoned_at_the_orders_rate);
async fn another_currency_is_reckoned_at_the_orders_rate(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let tea = shop.product_in("TEA", 10_00, "EUR", "goods").await;
    let credit = shop.give(ana, AccountKind::Credit, 100_00).await;
    let new = NewDraft { currency: Some("eur"), rate: Some("1.25"), edit: lines(&[(tea, 1)]), ..NewDraft::of(ana) };
    let order = shop.new_draft(new).await.expect("a draft");
    // 5.00 USD of shipping are 4.00 EUR; 14.00 EUR are 17.50 USD.
    let placed = shop.complete(order, &Completion::default()).await.expect("credit pays");
    assert_eq!((placed.total.minor, placed.total.currency.code()), (14_00, "EUR"));
    assert_eq!(shop.balance(credit).await, 82_50);
    assert_eq!(shop.count("SELECT spent_minor FROM customer_stats", args![]).await, 17_50);
    // The next one is reckoned alike where nothing else is said.
    let again = NewDraft { currency: Some("EUR"), ..NewDraft::of(ana) };
    let again = shop.new_draft(again).await.expect("a draft");
    assert_eq!(shop.count("SELECT COUNT(*) FROM orders WHERE id = $1 AND rate = '1.25'", args![again]).await, 1);
    shop.is_sound().await;
}

support::db_test!(reordering_says_what_is_not_as_it_was);
async fn reordering_says_what_is_not_as_it_was(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let (tea, pot, cup) = (shop.product("TEA", 10_00).await, shop.product("POT", 40_00).await, shop.product("CUP", 3_00).await);
    let order = shop.draft(ana, lines(&[(tea, 2), (pot, 1), (cup, 4)])).await.expect("a draft");
    shop.pay_cash(order).await.expect("an order");
    shop.run("UPDATE products SET price_minor = 1100 WHERE sku = 'TEA'", args![]).await;
    shop.run("UPDATE products SET active = FALSE WHERE sku = 'POT'", args![]).await;
    let tx = db.begin().await.expect("a transaction");
    let again = drafts::reorder(&tx, &shop.clerk(), order).await.expect("a draft");
    tx.commit().await.expect("a commit");
    let changes: Vec<(&str, bool)> =
        again.changes.iter().map(|change| (change.name.as_str(), change.what == ReorderDifference::Missing)).collect();
    assert_eq!(changes, [("The TEA", false), ("The POT", true)]);
    assert_eq!(shop.count("SELECT total_minor FROM orders WHERE id = $1", args![again.draft]).await, 39_00);
    shop.run("UPDATE products SET active = FALSE", args![]).await;
    let tx = db.begin().await.expect("a transaction");
    assert_eq!(refusal(drafts::reorder(&tx, &shop.clerk(), order).await).1, "drafts.nothing_to_reorder");
}

support::db_test!(a_deleted_draft_comes_back_as_it_was);
async fn a_deleted_draft_comes_back_as_it_was(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let tea = shop.product("TEA", 10_00).await;
    let (_, code) = shop.card(10_00, "card").await;
    let edit = DraftEdit { gift_cards: by_code(&code), shipping: Some(7_00), ..lines(&[(tea, 2)]) };
    let order = shop.draft(ana, edit).await.expect("a draft");
    let snapshot = "SELECT total_minor * 10 + units FROM orders WHERE id = $1 AND tender LIKE '%\"gift_cards\":[%'";
    let before = shop.count(snapshot, args![order]).await;
    assert_eq!(before, 27_00 * 10 + 2);
    let tx = db.begin().await.expect("a transaction");
    let deleted = drafts::delete(&tx, &shop.clerk(), order).await.expect("deleted");
    tx.commit().await.expect("a commit");
    assert_eq!(shop.count("SELECT COUNT(*) FROM orders", args![]).await, 0);
    // By several at once: all of them find it back, and it is there once.
    let restore = || async {
        let tx = db.begin().await.expect("a transaction");
        let back = drafts::service::restore(&tx, &shop.clerk(), deleted.clone()).await.expect("restored");
        tx.commit().await.expect("a commit");
        back
    };
    assert_eq!(futures::future::join_all((0..4).map(|_| restore())).await, [order; 4]);
    assert_eq!(shop.count(snapshot, args![order]).await, before);
    assert_eq!(shop.pay_cash(order).await.expect("an order").total.minor, 27_00);
    let tx = db.begin().await.expect("a transaction");
    assert_eq!(refusal(drafts::delete(&tx, &shop.clerk(), order).await).1, "drafts.placed_already");
}

support::db_test!(a_customer_is_reminded_once_a_day);
async fn a_customer_is_reminded_once_a_day(db: Db) {
    let mut shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let tea = shop.product("TEA", 10_00).await;
    let cart = NewDraft { kind: DraftKind::AbandonedCart, edit: lines(&[(tea, 1)]), ..NewDraft::of(ana) };
    let order = shop.new_draft(cart).await.expect("a cart");
    assert_eq!(remind(&shop, order).await, "drafts.no_consent");
    shop.run("UPDATE customers SET marketing_email = TRUE", args![]).await;
    assert_eq!(remind(&shop, order).await, "drafts.cart_in_use");
    shop.now = NOW.plus(2 * Timestamp::HOUR);
    assert_eq!(remind(&shop, order).await, "");
    assert_eq!(remind(&shop, order).await, "drafts.reminded");
    shop.now = shop.now.plus(24 * Timestamp::HOUR);
    assert_eq!(remind(&shop, order).await, "");
    assert_eq!(shop.count("SELECT COUNT(*) FROM outbox WHERE template = 'abandoned_cart'", args![]).await, 2);
    shop.run("UPDATE customers SET account_status = 'blocked'", args![]).await;
    assert_eq!(remind(&shop, order).await, "drafts.customer_blocked");
}

async fn remind(shop: &Shop, order: OrderId) -> String {
    let tx = shop.db.begin().await.expect("a transaction");
    match drafts::recover(&tx, &shop.clerk(), order).await {
        Ok(()) => {
            tx.commit().await.expect("a commit");
            String::new()
        }
        Err(AppError::Conflict { message }) => message.split('\u{1f}').next().unwrap_or_default().to_owned(),
        Err(other) => panic!("{other:?}"),
    }
}

support::db_test!(numbers_go_on_from_those_there_are);
async fn numbers_go_on_from_those_there_are(db: Db) {
    let mut shop = Shop::open(&db).await;
    shop.settings.checkout.order_prefix = "A-".into();
    let ana = customer("ana@example.com").insert(&db).await;
    let tea = shop.product("TEA", 10_00).await;
    for (number, id) in [("A-9", 1_000), ("A-17", 1_001), ("A-17-b", 1_002), ("OLD-400", 1_003)] {
        shop.import_order(ana, number, id).await;
    }
    let place = async || {
        let order = shop.draft(ana, lines(&[(tea, 1)])).await.expect("a draft");
        shop.pay_cash(order).await.expect("an order").number
    };
    assert_eq!([place().await, place().await], ["A-18", "A-19"]);
    shop.import_order(ana, "A-20", 3_000).await;
    shop.import_order(ana, "A-31", 3_001).await;
    assert_eq!([place().await, place().await], ["A-32", "A-33"], "an import brought orders since");
}

support::db_test!(price_lists_and_saved_addresses);
async fn price_lists_and_saved_addresses(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").group("wholesale").insert(&db).await;
    let (tea, euro) = (shop.product("TEA", 10_00).await, shop.product_in("EUR", 9_00, "EUR", "goods").await);
    shop.run("INSERT INTO price_lists (name, name_key, currency, created_at) VALUES ('Trade', 'trade', 'USD', $1)", args![NOW])
        .await;
    let item =
        "INSERT INTO price_list_items (price_list_id, product_id, price_minor) VALUES ((SELECT id FROM price_lists), $1, $2)";
    shop.run(item, args![tea.0, 8_00]).await;
    shop.run(item, args![euro.0, 11_00]).await;
    shop.run("UPDATE customer_groups SET discount_bp = 3000, price_list_id = (SELECT id FROM price_lists)", args![]).await;
    shop.run(
        "INSERT INTO addresses (customer_id, recipient, street, postal_code, city, country, is_default_shipping, is_default_billing,
           created_at, updated_at) VALUES ($1, 'Ana', 'Road 1', '10115', 'Berlin', 'DE', TRUE, TRUE, $2, $2)",
        args![ana, NOW],
    )
    .await;
    // (8.00 + 11.00) × 0.7 + 5.00; what is priced in another currency has its price from the list.
    let order = shop.draft(ana, lines(&[(tea, 1), (euro, 1)])).await.expect("a draft");
    assert_eq!(shop.pay_cash(order).await.expect("an order").total.minor, 18_30);
    let sql = "SELECT COUNT(*) FROM orders WHERE id = $1 AND addresses LIKE '%Road 1%Road 1%'";
    assert_eq!(shop.count(sql, args![order]).await, 1, "the defaults are on it");
    assert_eq!(shop.count("SELECT last_used_at FROM addresses", args![]).await, NOW.0);
}
