//! Ordering, paying, shipping, returning, and credit, cards and points through the REST API: everything or nothing, once.

mod support;

use axum::http::StatusCode;
use clientele::args;
use clientele::base::CustomerId;
use clientele::commerce::{ledger, stats};
use clientele::office::apikeys::Scope;
use clientele::server::Db;
use serde_json::{Value, json};
use support::{Answer, TestApp, customer, db_test, integer};

struct Shop {
    app: TestApp,
    key: String,
    anna: CustomerId,
}

impl Shop {
    async fn open(db: &Db) -> Self {
        let app = TestApp::new(db).await;
        let key = app.key(&Scope::ALL).await;
        let anna = customer("anna@example.com").insert(db).await;
        let shop = Self { app, key, anna };
        shop.run("INSERT INTO stores (code, name, currency, created_at) VALUES ('main', 'Main', 'USD', 1)").await;
        for (sku, price) in [("TEA", 1_250), ("POT", 4_000)] {
            let sql = format!(
                "INSERT INTO products (sku, name, price_minor, currency, created_at) VALUES ('{sku}', '{sku}', {price}, 'USD', 1)"
            );
            shop.run(&sql).await;
        }
        shop
    }

    async fn run(&self, sql: &str) {
        let tx = self.app.state.db.begin().await.expect("a transaction");
        tx.execute(sql, args![]).await.expect("a statement that runs");
        tx.commit().await.expect("a commit");
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.app.api("POST", path, &self.key, Some(body)).await
    }

    async fn get(&self, path: &str) -> Value {
        self.app.api("GET", path, &self.key, None).await.json()
    }

    /// What a request made or changed.
    async fn done(&self, path: &str, body: Value) -> Value {
        let answer = self.post(path, body).await;
        assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.body);
        answer.json()
    }

    async fn order(&self, body: Value) -> Answer {
        self.post(&format!("/api/customers/{}/orders", self.anna), body).await
    }

    async fn credit(&self, amount: &str) -> Value {
        let body = json!({ "amount": { "amount": amount, "currency": "USD" }, "reason": "goodwill" });
        self.done(&format!("/api/customers/{}/credits", self.anna), body).await
    }

    /// Rows of every table that an order could leave a trace in.
    async fn traces(&self, db: &Db) -> Vec<i64> {
        let mut traces = Vec::new();
        for table in [
            "orders",
            "order_lines",
            "payments",
            "ledger_entries",
            "audit_entries",
            "order_history",
            "outbox",
            "counters",
            "refunds",
        ] {
            traces.push(integer(db, &format!("SELECT COUNT(*) FROM {table}"), args![]).await);
        }
        traces
    }
}

fn told(answer: &Answer) -> (u16, String) {
    let problem = answer.json();
    (answer.status.as_u16(), problem["code"].as_str().unwrap_or_default().to_owned())
}

async fn all_is_right(db: &Db) {
    assert_eq!(stats::check(db, |_| {}).await.expect("an answer"), []);
    assert!(ledger::check::check(db, |_| {}).await.expect("an answer").is_empty());
}

fn usd(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

db_test!(a_checkout_is_one_request);
async fn a_checkout_is_one_request(db: Db) {
    let shop = Shop::open(&db).await;
    shop.credit("20.00").await;
    let member = shop.app.api("POST", &format!("/api/customers/{}/loyalty", shop.anna), &shop.key, None).await.json();
    assert!(member["card_number"].as_str().is_some_and(|number| number.starts_with("FC")), "{member}");
    let card = shop.done("/api/gift-cards", json!({ "amount": usd("10.00") })).await;
    let code = card["code"].as_str().expect("a code").to_owned();
    let answer = shop
        .order(json!({
            "lines": [{ "sku": "TEA", "quantity": 2 }, { "sku": "POT", "quantity": 1 }],
            "gift_cards": [code],
            "complete": true,
            "payment": { "kind": "paid", "method": "card", "reference": "ch_1" },
            "shipping_address": { "recipient": "Anna", "street": "Main St 1", "city": "New York", "region": "NY",
                "postal_code": "10001", "country": "US" },
            "billing_same_as_shipping": true,
        }))
        .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let order = answer.json();
    assert_eq!((&order["status"], &order["payment"], &order["due"]), (&json!("placed"), &json!("paid"), &usd("0.00")));
    assert_eq!((&order["total"], &order["channel"]), (&usd("69.90"), &json!("api")));
    let mut paid: Vec<(&str, &str)> = order["payments"]
        .as_array()
        .expect("payments")
        .iter()
        .map(|p| (p["method"].as_str().unwrap_or_default(), p["amount"]["amount"].as_str().unwrap_or_default()))
        .collect();
    paid.sort_unstable();
    assert_eq!(paid, [("card", "39.90"), ("credit", "20.00"), ("gift_card", "10.00")]);
    assert!(!answer.body.contains(&code), "the code of a card is told once");
    assert_eq!(shop.get(&format!("/api/customers/{}/credit", shop.anna)).await["balance"], usd("0.00"));
    let shown = shop.done("/api/gift-cards/check", json!({ "code": code.to_lowercase() })).await;
    assert_eq!((&shown["status"], &shown["balance"]), (&json!("used"), &usd("0.00")));
    let anna = shop.get(&format!("/api/customers/{}", shop.anna)).await;
    assert_eq!((&anna["figures"]["orders"], &anna["figures"]["spent"]), (&json!(1), &usd("69.90")));
    assert!(anna["figures"]["points"].as_i64().is_some_and(|points| points > 0), "{anna}");
    assert_eq!(shop.get(answer.header("location")).await, order);
    all_is_right(&db).await;
}

db_test!(the_same_checkout_many_times_at_once_is_one_order);
async fn the_same_checkout_many_times_at_once_is_one_order(db: Db) {
    let shop = Shop::open(&db).await;
    shop.credit("100.00").await;
    let body = json!({ "lines": [{ "sku": "TEA", "quantity": 1 }], "complete": true });
    let path = format!("/api/customers/{}/orders", shop.anna);
    let ask = || shop.app.api_with("POST", &path, &shop.key, Some(body.clone()), &[("idempotency-key", "checkout-1")]);
    let answers = futures::future::join_all((0..16).map(|_| ask())).await;
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (StatusCode::CREATED, &answers[0].body), "{}", answer.body);
    }
    assert_eq!(answers.iter().filter(|answer| answer.header("idempotency-replayed").is_empty()).count(), 1);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM orders", args![]).await, 1);
    assert_eq!(shop.get(&format!("/api/customers/{}/credit", shop.anna)).await["balance"], usd("82.60"));
    all_is_right(&db).await;
}

db_test!(many_checkouts_never_spend_the_same_credit);
async fn many_checkouts_never_spend_the_same_credit(db: Db) {
    let shop = Shop::open(&db).await;
    shop.credit("40.00").await;
    let body = || json!({ "lines": [{ "sku": "TEA", "quantity": 1 }], "complete": true });
    let answers = futures::future::join_all((0..12).map(|_| shop.order(body()))).await;
    let placed = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    assert_eq!(placed, 2, "17.40 each, of 40: {:?}", answers.iter().map(told).collect::<Vec<_>>());
    for answer in answers.iter().filter(|answer| answer.status != StatusCode::CREATED) {
        assert_eq!(told(answer), (422, "drafts.payment_missing".into()), "{}", answer.body);
    }
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM orders", args![]).await, 2, "a refused checkout leaves no draft");
    assert_eq!(shop.get(&format!("/api/customers/{}/credit", shop.anna)).await["balance"], usd("5.20"));
    all_is_right(&db).await;
}

db_test!(what_cannot_be_ordered_leaves_no_trace);
async fn what_cannot_be_ordered_leaves_no_trace(db: Db) {
    let shop = Shop::open(&db).await;
    let before = shop.traces(&db).await;
    let line = |sku: &str, quantity: i64| json!([{ "sku": sku, "quantity": quantity }]);
    let paid = json!({ "kind": "paid" });
    for (body, code, field) in [
        (json!({ "lines": line("NOPE", 1) }), "api.product_unknown", "lines[0].sku"),
        (json!({ "lines": line("TEA", 0) }), "pricing.quantity_invalid", "quantity"),
        (json!({ "lines": line("TEA", -1) }), "pricing.quantity_invalid", "quantity"),
        (json!({ "lines": line("TEA", 1_000_000_000) }), "pricing.quantity_invalid", "quantity"),
        (json!({ "lines": line("TEA", 1), "points": -1 }), "pricing.points_invalid", "points"),
        (json!({ "lines": line("TEA", 1), "shipping": usd("-1.00") }), "pricing.amount_invalid", "shipping"),
        (json!({ "lines": line("TEA", 1), "currency": "XXX" }), "drafts.currency_unknown", "currency"),
        (json!({ "lines": line("TEA", 1), "store_id": 99 }), "drafts.store_unknown", "store_id"),
        (json!({ "lines": line("TEA", 1), "shipping_address_id": 99 }), "drafts.address_unknown", "shipping_address"),
        (json!({ "lines": line("TEA", 1), "gift_cards": ["AAAA-BBBB"] }), "drafts.card_unknown", "gift_cards"),
        (json!({ "lines": line("TEA", 1), "complete": true }), "drafts.payment_missing", "payment"),
        (json!({ "lines": line("TEA", 1), "complete": true, "payment": { "kind": "terms" } }), "drafts.no_terms", "payment"),
        (json!({ "lines": [], "complete": true, "payment": paid }), "pricing.no_lines", "lines"),
    ] {
        let answer = shop.order(body.clone()).await;
        let problem = answer.json();
        assert_eq!((answer.status.as_u16(), &problem["code"]), (422, &json!(code)), "{body}: {}", answer.body);
        assert_eq!(problem["field"], field, "{body}");
    }
    let dearer =
        shop.order(json!({ "lines": line("TEA", 1), "complete": true, "payment": paid, "expected_total": usd("1.00") })).await;
    assert_eq!(told(&dearer), (409, "api.total_differs".into()));
    assert!(dearer.json()["detail"].as_str().is_some_and(|text| text.contains("17.40 USD")), "{}", dearer.body);
    assert_eq!(shop.traces(&db).await, before);
    shop.app.api("POST", &format!("/api/customers/{}/block", shop.anna), &shop.key, None).await;
    let before = shop.traces(&db).await;
    let blocked = shop.order(json!({ "lines": line("TEA", 1), "complete": true, "payment": paid })).await;
    assert_eq!((blocked.status.as_u16(), &blocked.json()["field"]), (422, &json!("customer")), "{}", blocked.body);
    assert_eq!(shop.traces(&db).await, before);
}

db_test!(a_draft_is_changed_quoted_and_placed_once);
async fn a_draft_is_changed_quoted_and_placed_once(db: Db) {
    let shop = Shop::open(&db).await;
    let made = shop.order(json!({ "lines": [{ "sku": "TEA", "quantity": 1 }] })).await;
    let (path, tag) = (made.header("location").to_owned(), made.header("etag").to_owned());
    assert_eq!((&made.json()["status"], &made.json()["number"]), (&json!("draft"), &Value::Null));
    let put = |quantity: i64| Some(json!({ "lines": [{ "sku": "TEA", "quantity": quantity }] }));
    let changed = shop.app.api_with("PUT", &path, &shop.key, put(3), &[("if-match", &tag)]).await;
    assert_eq!((changed.status, &changed.json()["total"]), (StatusCode::OK, &usd("42.40")), "{}", changed.body);
    let stale = shop.app.api_with("PUT", &path, &shop.key, put(4), &[("if-match", &tag)]).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let quote = shop.get(&format!("{path}/quote")).await;
    assert_eq!((&quote["total"], &quote["due"], &quote["problems"]), (&usd("42.40"), &usd("42.40"), &json!([])), "{quote}");
    let body = json!({ "payment": { "kind": "paid", "method": "cash" } });
    let complete = format!("{path}/complete");
    let answers = futures::future::join_all((0..4).map(|_| shop.post(&complete, body.clone()))).await;
    let placed: Vec<&Answer> = answers.iter().filter(|answer| answer.status == StatusCode::OK).collect();
    assert_eq!(placed.len(), 1);
    assert!(answers.iter().filter(|answer| answer.status != StatusCode::OK).all(|answer| answer.status == StatusCode::CONFLICT));
    let again = shop.app.api("POST", &format!("{path}/reorder"), &shop.key, None).await;
    assert_eq!((again.status, &again.json()["changes"]), (StatusCode::CREATED, &json!([])), "{}", again.body);
    assert_eq!(shop.app.api("DELETE", again.header("location"), &shop.key, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(shop.app.api("DELETE", &path, &shop.key, None).await.status, StatusCode::CONFLICT, "an order stays");
    all_is_right(&db).await;
}

db_test!(an_order_lives);
async fn an_order_lives(db: Db) {
    let shop = Shop::open(&db).await;
    let body = json!({ "lines": [{ "sku": "POT", "quantity": 2 }], "complete": true, "payment": { "kind": "authorised", "reference": "pi_1" } });
    let order = shop.order(body).await;
    assert_eq!((order.status, &order.json()["payment"]), (StatusCode::CREATED, &json!("authorised")), "{}", order.body);
    let path = order.header("location").to_owned();
    let payment = order.json()["payments"][0]["id"].clone();
    let taken = shop.done(&format!("{path}/payments/{payment}/capture"), json!({})).await;
    assert_eq!(taken["payment"], "paid");
    let twice = shop.post(&format!("{path}/payments/{payment}/capture"), json!({})).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    let over = shop.post(&format!("{path}/payments"), json!({ "method": "cash", "amount": usd("1.00") })).await;
    assert!(over.status.is_client_error(), "{}", over.body);
    let sent = shop.done(&format!("{path}/shipments"), json!({ "carrier": "DHL", "tracking": "123" })).await;
    assert_eq!((&sent["fulfilment"], &sent["shipments"][0]["tracking"]), (&json!("shipped"), &json!("123")));
    assert_eq!(shop.done(&format!("{path}/deliver"), json!({})).await["fulfilment"], "delivered");
    let line = sent["lines"][0]["id"].clone();
    let goods = json!({ "lines": [{ "line_id": line, "quantity": 1 }], "reason": "damaged", "refund_to": "credit" });
    let asked = shop.done(&format!("{path}/returns"), goods).await;
    let back = format!("/api/returns/{}", asked["returns"][0]["id"]);
    assert_eq!(shop.post(&format!("{back}/receive"), json!({})).await.status, StatusCode::CONFLICT, "not approved yet");
    shop.done(&format!("{back}/approve"), json!({})).await;
    let received = shop.app.api("POST", &format!("{back}/receive"), &shop.key, None).await;
    assert_eq!((received.status, &received.json()["fulfilment"]), (StatusCode::OK, &json!("part_returned")), "{}", received.body);
    let before = shop.traces(&db).await;
    let too_much = shop.post(&format!("{path}/refunds"), json!({ "amount": usd("1000.00"), "to": "original" })).await;
    assert_eq!(too_much.status.as_u16(), 422, "{}", too_much.body);
    assert_eq!(shop.traces(&db).await, before);
    let refunded = shop.done(&format!("{back}/refund"), json!({})).await;
    assert_eq!(refunded["order"]["payment"], "part_refunded");
    assert_eq!(shop.get(&format!("/api/customers/{}/credit", shop.anna)).await["balance"], usd("40.00"));
    assert!(
        shop.post(&format!("{path}/cancel"), json!({ "reason": "x" })).await.status == StatusCode::CONFLICT,
        "it was shipped"
    );
    all_is_right(&db).await;
}

db_test!(carts_of_the_shop_front);
async fn carts_of_the_shop_front(db: Db) {
    let shop = Shop::open(&db).await;
    let put = async |token: &str, body: Value| shop.app.api("PUT", &format!("/api/carts/{token}"), &shop.key, Some(body)).await;
    let cart = |quantity: i64| json!({ "email": "ANNA@example.com", "lines": [{ "sku": "TEA", "quantity": quantity }] });
    let first = put("t1", cart(1)).await;
    assert_eq!((first.status, &first.json()["customer_id"]), (StatusCode::OK, &json!(shop.anna.0)), "{}", first.body);
    assert_eq!(put("t1", cart(2)).await.json(), first.json(), "the same draft");
    let draft = shop.get(&format!("/api/orders/{}", first.json()["order_id"])).await;
    assert_eq!((&draft["draft_kind"], &draft["lines"][0]["quantity"]), (&json!("abandoned_cart"), &json!(2)));
    let unknown = put("t2", json!({ "email": "nobody@example.com", "lines": [] })).await;
    assert_eq!((unknown.status.as_u16(), &unknown.json()["field"]), (422, &json!("email")));
    let placed =
        shop.post(&format!("/api/orders/{}/complete", first.json()["order_id"]), json!({ "payment": { "kind": "paid" } })).await;
    assert_eq!(placed.status, StatusCode::OK, "{}", placed.body);
    let next = put("t1", cart(1)).await;
    assert_ne!(next.json()["order_id"], first.json()["order_id"], "a new cart after the order");
    assert_eq!(put("t1", json!({ "email": "anna@example.com", "lines": [] })).await.json()["order_id"], Value::Null);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM orders WHERE status = 'draft'", args![]).await, 0);
    let many = futures::future::join_all((0..8).map(|_| put("t9", cart(1)))).await;
    assert!(many.iter().all(|answer| answer.json() == many[0].json()), "one draft");
}

db_test!(products_and_invoices);
async fn products_and_invoices(db: Db) {
    let shop = Shop::open(&db).await;
    shop.run("UPDATE products SET active = FALSE WHERE sku = 'POT'").await;
    let listed = shop.get("/api/products").await;
    assert_eq!(
        (listed["items"].as_array().map(Vec::len), &listed["items"][0]["sku"], &listed["items"][0]["price"]),
        (Some(1), &json!("TEA"), &usd("12.50")),
        "{listed}"
    );
    assert_eq!(shop.get("/api/products?all=1&q=po").await["items"][0]["active"], json!(false));
    for number in 0..120 {
        let sql = "INSERT INTO products (sku, name, price_minor, currency, created_at) VALUES";
        shop.run(&format!("{sql} ('X{number:03}', 'Many', 100, 'USD', 1)")).await;
    }
    let first = shop.get("/api/products?q=many").await;
    let next = first["next"].as_str().expect("a next page").to_owned();
    let second = shop.get(&next).await;
    assert_eq!((second["items"].as_array().map(Vec::len), &second["items"][0]["sku"]), (Some(20), &json!("X100")), "{second}");
    assert_eq!(
        (&second["next"], shop.app.api("GET", "/api/products?at=x", &shop.key, None).await.status.as_u16()),
        (&Value::Null, 400)
    );

    let body =
        json!({ "lines": [{ "sku": "TEA", "quantity": 2 }], "complete": true, "payment": { "kind": "paid", "method": "card" } });
    let path = shop.order(body).await.header("location").to_owned();
    let invoices = format!("{path}/invoices");
    assert_eq!(shop.get(&invoices).await["items"], json!([]), "none yet");
    let issue = || shop.app.api("POST", &invoices, &shop.key, None);
    let issued = issue().await;
    assert_eq!((issued.status, &issued.json()["number"]), (StatusCode::CREATED, &json!("INV-main-000001")), "{}", issued.body);
    assert_eq!(issue().await.json(), issued.json(), "an order has one");
    let file = shop.get(issued.header("location")).await;
    assert!(file["pdf"].as_str().is_some_and(|pdf| pdf.starts_with("JVBERi0")), "a PDF in base64");
    shop.done(&format!("{path}/refunds"), json!({ "amount": usd("5.00"), "to": "original" })).await;
    let all = shop.get(&invoices).await;
    assert_eq!((&all["items"][1]["kind"], &all["items"][1]["total"]), (&json!("credit_note"), &usd("-5.00")), "{all}");
    for (path, status) in [("/api/orders/999/invoices", 404), ("/api/invoices/999", 404)] {
        assert_eq!(shop.app.api("GET", path, &shop.key, None).await.status.as_u16(), status, "{path}");
    }
    let draft = shop.order(json!({ "lines": [{ "sku": "TEA", "quantity": 1 }] })).await.header("location").to_owned();
    let refused = shop.app.api("POST", &format!("{draft}/invoices"), &shop.key, None).await;
    assert_eq!(told(&refused), (409, "invoices.order_not_placed".into()));
    all_is_right(&db).await;
}

db_test!(carts_that_nobody_came_back_to_are_cleared_away);
async fn carts_that_nobody_came_back_to_are_cleared_away(db: Db) {
    use clientele::base::Timestamp;
    use clientele::office::jobs::{nightly, service::drain};
    let shop = Shop::open(&db).await;
    let cart = json!({ "email": "anna@example.com", "lines": [{ "sku": "TEA", "quantity": 1 }] });
    for token in ["old", "placed", "new"] {
        let put = shop.app.api("PUT", &format!("/api/carts/{token}"), &shop.key, Some(cart.clone())).await;
        assert_eq!(put.status, StatusCode::OK, "{}", put.body);
    }
    shop.order(json!({ "lines": [{ "sku": "TEA", "quantity": 1 }] })).await;
    let of = async |token: &str| integer(&db, "SELECT order_id FROM carts WHERE token = $1", args![token]).await;
    shop.done(&format!("/api/orders/{}/complete", of("placed").await), json!({ "payment": { "kind": "paid" } })).await;
    // The staff's draft and the order are as old as the cart that goes.
    let long_ago = shop.app.state.clock.now().plus(-91 * Timestamp::DAY).0;
    let new = of("new").await;
    shop.run(&format!("UPDATE orders SET updated_at = {long_ago} WHERE id <> {new}")).await;
    shop.run(&format!("UPDATE carts SET updated_at = {long_ago} WHERE token <> 'new'")).await;
    assert!(nightly::enqueue(&shop.app.state).await.expect("jobs"));
    drain(&shop.app.state).await.expect("jobs that run");
    let count = |sql: &'static str| integer(&db, sql, args![]);
    assert_eq!(count("SELECT COUNT(*) FROM orders WHERE draft_kind = 'abandoned_cart'").await, 1);
    assert_eq!(count("SELECT COUNT(*) FROM orders WHERE draft_kind = 'staff'").await, 1);
    assert_eq!(count("SELECT COUNT(*) FROM orders WHERE status = 'placed'").await, 1);
    assert_eq!(count("SELECT COUNT(*) FROM carts").await, 1, "tokens that lead nowhere");
    assert_eq!(of("new").await, new);
    assert_eq!(count("SELECT COUNT(*) FROM jobs WHERE kind = 'drafts.prune_carts' AND status = 'done'").await, 1);
    all_is_right(&db).await;
}
