//! Promotions through the REST API: written as the dialog writes them, found as the page finds them, used by drafts.

mod support;

use axum::http::StatusCode;
use clientele::args;
use clientele::customers::segments::{self, SegmentForm};
use clientele::office::apikeys::Scope;
use clientele::office::audit::store::Actor;
use clientele::server::Db;
use serde_json::{Value, json};
use support::{Answer, NOW, TestApp, customer, db_test, group, in_tx, integer, refusal, told};

struct Shop {
    app: TestApp,
    key: String,
}

impl Shop {
    async fn open(db: &Db) -> Self {
        let app = TestApp::new(db).await;
        let key = app.key(&[Scope::ReadMoney, Scope::MoveMoney, Scope::ReadOrders, Scope::WriteOrders]).await;
        Self { app, key }
    }

    async fn get(&self, path: &str) -> Answer {
        self.app.api("GET", path, &self.key, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.app.api("POST", path, &self.key, Some(body)).await
    }

    /// A promotion; its address.
    async fn made(&self, body: Value) -> String {
        let made = self.post("/api/promotions", body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        made.header("location").to_owned()
    }

    async fn put(&self, path: &str, body: Value, tag: &str) -> Answer {
        self.app.api_with("PUT", path, &self.key, Some(body), &[("if-match", tag)]).await
    }
}

/// 12.5 % off, with something else.
fn spring(change: Value) -> Value {
    let mut promotion = json!({ "code": "Spring", "kind": "percent", "percent_bp": 1250 });
    clientele::server::rest::merge(&mut promotion, change);
    promotion
}

fn codes(answer: &Answer) -> Vec<String> {
    let items = answer.json()["items"].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["code"].as_str().unwrap_or_default().to_owned()).collect()
}

db_test!(a_promotion_is_made_read_changed_and_switched);
async fn a_promotion_is_made_read_changed_and_switched(db: Db) {
    let shop = Shop::open(&db).await;
    let partners = group(&db, "partners").await;
    let anna = customer("anna@example.com").insert(&db).await;
    let eligible = json!({ "group_id": partners.0, "tag": "gift", "segment_id": 1, "tier": "gold", "customer_id": anna.0 });
    let early = json!({ "group_id": partners.0, "tag": "press", "segment_id": 2 });
    let path = shop
        .made(json!({
            "code": "five-off", "name": "Five off", "kind": "amount", "amount": { "amount": "5.00", "currency": "USD" },
            "minimum": { "amount": "30.00", "currency": "USD" }, "starts_on": "2026-03-10", "early_starts_on": "2026-03-08",
            "ends_on": "2026-03-31", "limit_total": 100, "limit_per_customer": 1, "first_order_only": true,
            "eligible": eligible, "early_access": early,
        }))
        .await;
    let read = shop.get(&path).await;
    let (promotion, tag) = (read.json(), read.header("etag").to_owned());
    for (field, value) in [
        ("code", json!("FIVE-OFF")),
        ("name", json!("Five off")),
        ("kind", json!("amount")),
        ("percent_bp", Value::Null),
        ("amount", json!({ "amount": "5.00", "currency": "USD" })),
        ("minimum", json!({ "amount": "30.00", "currency": "USD" })),
        ("active", json!(true)),
        ("starts_on", json!("2026-03-10")),
        ("early_starts_on", json!("2026-03-08")),
        ("ends_on", json!("2026-03-31")),
        ("limit_total", json!(100)),
        ("limit_per_customer", json!(1)),
        ("first_order_only", json!(true)),
        ("eligible", eligible),
        ("early_access", early),
        ("uses", json!(0)),
        ("version", json!(1)),
    ] {
        assert_eq!(promotion[field], value, "{field}");
    }
    let known = shop.app.api_with("GET", &path, &shop.key, None, &[("if-none-match", &tag)]).await;
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    let written = shop.put(&path, spring(json!({})), &tag).await;
    assert_eq!(written.status, StatusCode::OK, "{}", written.body);
    let spring_now = written.json();
    let nobody = json!({ "group_id": null, "tag": null, "segment_id": null });
    assert_eq!(
        (&spring_now["percent_bp"], &spring_now["amount"], &spring_now["starts_on"]),
        (&json!(1250), &Value::Null, &Value::Null)
    );
    assert_eq!((&spring_now["early_access"], &spring_now["version"]), (&nobody, &json!(2)), "what is left out is none");
    // Somebody else was there meanwhile.
    assert_eq!(told(&shop.put(&path, spring(json!({})), &tag).await), refusal(412, "changed", "If-Match"));
    let switch = async |way: &str, tag: &str| {
        shop.app.api_with("POST", &format!("{path}/switch-{way}"), &shop.key, None, &[("if-match", tag)]).await
    };
    assert_eq!(told(&switch("off", &tag).await), refusal(412, "changed", "If-Match"));
    let off = switch("off", written.header("etag")).await;
    assert_eq!((off.status, &off.json()["active"]), (StatusCode::OK, &json!(false)), "{}", off.body);
    assert_eq!(codes(&shop.get("/api/promotions").await), [""; 0]);
    assert_eq!(codes(&shop.get("/api/promotions?all=1").await), ["SPRING"]);
    let replaced = shop.put(&path, spring(json!({ "name": "Spring sale" })), off.header("etag")).await.json();
    assert_eq!((&replaced["active"], &replaced["name"]), (&json!(false), &json!("Spring sale")), "it stays switched off");
    assert_eq!(switch("on", "*").await.json()["active"], json!(true));
    let audited = "SELECT COUNT(*) FROM audit_entries WHERE entity = 'promotion' AND api_key_id IS NOT NULL";
    assert_eq!(integer(&db, audited, args![]).await, 5, "created, changed, off, changed, on");
    for (method, path) in
        [("GET", "/api/promotions/999"), ("PUT", "/api/promotions/999"), ("POST", "/api/promotions/999/switch-on")]
    {
        let body = (method == "PUT").then(|| spring(json!({})));
        assert_eq!(shop.app.api(method, path, &shop.key, body).await.status, StatusCode::NOT_FOUND, "{method}");
    }
}

db_test!(each_field_of_a_promotion_is_refused_with_its_reason);
async fn each_field_of_a_promotion_is_refused_with_its_reason(db: Db) {
    let shop = Shop::open(&db).await;
    shop.made(spring(json!({ "code": "TAKEN" }))).await;
    let closed = group(&db, "closed").await;
    let form = SegmentForm { name: "Few".into(), rule: "orders < 3".into(), ..SegmentForm::default() };
    let actor = Actor::system(NOW);
    let few = in_tx!(db, tx => segments::service::add(&tx, &shop.app.state, &actor, &form)).expect("a segment");
    in_tx!(db, tx => segments::service::set_archived(&tx, &shop.app.state, &actor, few, true)).expect("archived");
    in_tx!(db, tx => tx.execute("UPDATE customer_groups SET archived_at = 1 WHERE id = $1", args![closed])).expect("archived");
    let usd = |amount: &str| json!({ "amount": amount, "currency": "USD" });
    let rows = "SELECT (SELECT COUNT(*) FROM promotions) + (SELECT COUNT(*) FROM tags) + (SELECT COUNT(*) FROM audit_entries)";
    let before = integer(&db, rows, args![]).await;
    for (change, field, code) in [
        (json!({ "code": "taken" }), "code", "promotions.code_taken"),
        (json!({ "code": "" }), "code", "promotions.code_invalid"),
        (json!({ "code": " SPRING" }), "code", "promotions.code_invalid"),
        (json!({ "code": "x".repeat(33) }), "code", "promotions.code_invalid"),
        (json!({ "name": "x".repeat(121) }), "name", "field.too_long"),
        (json!({ "percent_bp": 0 }), "percent_bp", "promotions.percent_invalid"),
        (json!({ "percent_bp": 10001 }), "percent_bp", "promotions.percent_invalid"),
        (json!({ "percent_bp": null }), "percent_bp", "promotions.percent_invalid"),
        (json!({ "amount": usd("5.00") }), "amount", "promotions.not_of_kind"),
        (json!({ "kind": "free_shipping" }), "percent_bp", "promotions.not_of_kind"),
        (json!({ "kind": "amount", "percent_bp": null }), "amount", "pricing.amount_invalid"),
        (json!({ "kind": "amount", "percent_bp": null, "amount": usd("0") }), "amount", "pricing.amount_invalid"),
        (json!({ "kind": "amount", "percent_bp": null, "amount": usd("1,50") }), "amount.amount", "api.amount_invalid"),
        (json!({ "minimum": usd("-1.00") }), "minimum", "pricing.amount_invalid"),
        (json!({ "minimum": { "amount": "1.00", "currency": "EUR" } }), "minimum.currency", "promotions.minimum_currency"),
        (json!({ "starts_on": "soon" }), "starts_on", "api.day_invalid"),
        (json!({ "starts_on": "1969-07-21" }), "starts_on", "promotions.day_invalid"),
        (json!({ "starts_on": "2026-03-02", "ends_on": "2026-03-01" }), "ends_on", "promotions.ends_first"),
        (json!({ "early_starts_on": "2026-03-01" }), "early_starts_on", "promotions.early_is_late"),
        (json!({ "early_access": { "tag": "gift" } }), "early_starts_on", "promotions.early_when"),
        (json!({ "limit_total": 0 }), "limit_total", "promotions.limit_invalid"),
        (json!({ "limit_per_customer": 1_000_000_001 }), "limit_per_customer", "promotions.limit_invalid"),
        (json!({ "eligible": { "group_id": 999 } }), "eligible.group_id", "promotions.group_gone"),
        (json!({ "eligible": { "group_id": closed.0 } }), "eligible.group_id", "promotions.group_gone"),
        (json!({ "eligible": { "segment_id": 999 } }), "eligible.segment_id", "promotions.segment_gone"),
        (json!({ "eligible": { "segment_id": few.0 } }), "eligible.segment_id", "segments.rule_archived"),
        (json!({ "eligible": { "tag": "" } }), "eligible.tag", "tag.name_invalid"),
        (json!({ "eligible": { "tag": "x".repeat(201) } }), "eligible.tag", "tag.name_invalid"),
        (json!({ "eligible": { "tier": "titanium" } }), "eligible.tier", "promotions.tier_gone"),
        (json!({ "eligible": { "customer_id": 999 } }), "eligible.customer_id", "api.customer_unknown"),
    ] {
        assert_eq!(told(&shop.post("/api/promotions", spring(change.clone())).await), refusal(422, code, field), "{change}");
    }
    let early = json!({ "starts_on": "2026-04-02", "early_starts_on": "2026-04-01" });
    for (audience, field, code) in [
        (json!({ "group_id": closed.0 }), "early_access.group_id", "promotions.group_gone"),
        (json!({ "segment_id": few.0 }), "early_access.segment_id", "segments.rule_archived"),
        (json!({ "tag": " " }), "early_access.tag", "tag.name_invalid"),
    ] {
        let mut body = spring(early.clone());
        body["early_access"] = audience;
        assert_eq!(told(&shop.post("/api/promotions", body).await), refusal(422, code, field));
    }
    for body in [json!({ "code": "X" }), spring(json!({ "colour": "red" })), spring(json!({ "kind": "all" }))] {
        assert_eq!(shop.post("/api/promotions", body).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let large = spring(json!({ "name": "x".repeat(3 * 1024 * 1024) }));
    assert_eq!(shop.post("/api/promotions", large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(integer(&db, rows, args![]).await, before, "no trace");
    // Fewer uses than there were.
    in_tx!(db, tx => tx.execute("UPDATE promotions SET uses_count = 3", args![])).expect("used");
    let id = integer(&db, "SELECT id FROM promotions", args![]).await;
    let fewer = shop.app.api("PUT", &format!("/api/promotions/{id}"), &shop.key, Some(spring(json!({ "limit_total": 2 })))).await;
    assert_eq!(told(&fewer), refusal(422, "promotions.limit_below_uses", "limit_total"));
}

db_test!(promotions_are_for_keys_that_may_move_money);
async fn promotions_are_for_keys_that_may_move_money(db: Db) {
    let shop = Shop::open(&db).await;
    let path = shop.made(spring(json!({}))).await;
    let (reader, orders) =
        (shop.app.key(&[Scope::ReadMoney]).await, shop.app.key(&[Scope::ReadOrders, Scope::WriteOrders]).await);
    for path in ["/api/promotions", &path] {
        assert_eq!(shop.app.api("GET", path, &reader, None).await.status, StatusCode::OK, "{path}");
        assert_eq!(shop.app.api("GET", path, &orders, None).await.status, StatusCode::FORBIDDEN, "a code is worth money");
    }
    for key in [&reader, &orders] {
        let made = shop.app.api("POST", "/api/promotions", key, Some(spring(json!({ "code": "MINE" })))).await;
        assert_eq!(made.status, StatusCode::FORBIDDEN);
        let off = shop.app.api("POST", &format!("{path}/switch-off"), key, None).await;
        assert_eq!(off.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(codes(&shop.get("/api/promotions").await), ["SPRING"]);
    // The same request once more makes no second one.
    let once = [("idempotency-key", "once")];
    let make = async || {
        let body = Some(spring(json!({ "code": "ONCE" })));
        shop.app.api_with("POST", "/api/promotions", &shop.key, body, &once).await
    };
    let (first, second) = (make().await, make().await);
    assert_eq!((first.status, &first.body), (StatusCode::CREATED, &second.body));
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM promotions", args![]).await, 2);
}

db_test!(promotions_are_found_page_by_page);
async fn promotions_are_found_page_by_page(db: Db) {
    let shop = Shop::open(&db).await;
    let insert =
        "INSERT INTO promotions (code, code_key, name, kind, percent_bp, created_at) VALUES ($1, $1, $2, 'percent', 100, 1)";
    let tx = db.begin().await.expect("a transaction");
    for n in 0..120 {
        tx.execute(insert, args![format!("CODE{n:03}"), format!("Sale {n}")]).await.expect("a promotion");
    }
    tx.commit().await.expect("a commit");
    let first = shop.get("/api/promotions?q=code").await;
    let newest = codes(&first);
    assert_eq!((newest.len(), newest[0].as_str(), newest[99].as_str()), (100, "CODE119", "CODE020"));
    let next = first.json()["next"].as_str().expect("a further page").to_owned();
    // What comes between pages moves none.
    shop.made(spring(json!({ "code": "CODE-NEW" }))).await;
    let second = shop.get(&next).await;
    let rest = codes(&second);
    assert_eq!((rest.len(), rest[0].as_str(), rest[19].as_str()), (20, "CODE019", "CODE000"));
    assert_eq!(second.json()["next"], Value::Null);
    assert_eq!(codes(&shop.get("/api/promotions?q=sale%207").await).len(), 11, "by name");
    assert_eq!(codes(&shop.get("/api/promotions?q=%25").await), [""; 0], "a sign is only a sign");
    for (query, field) in [("at=nowhere", "at"), ("all=yes", "all"), ("stauts=off", "stauts")] {
        assert_eq!(told(&shop.get(&format!("/api/promotions?{query}")).await), (400, "parameter_invalid".into(), field.into()));
    }
}

db_test!(a_code_opens_early_for_whom_a_program_said);
async fn a_code_opens_early_for_whom_a_program_said(db: Db) {
    let shop = Shop::open(&db).await;
    let (anna, bea) = (customer("anna@example.com").insert(&db).await, customer("bea@example.com").insert(&db).await);
    in_tx!(db, tx => tx.execute("INSERT INTO stores (code, name, currency, created_at) VALUES ('web', 'Web', 'USD', 1)", args![]))
        .expect("a store");
    let product = "INSERT INTO products (sku, name, price_minor, currency, created_at) VALUES ('TEA', 'Tea', 1000, 'USD', 1)";
    in_tx!(db, tx => tx.execute(product, args![])).expect("a product");
    let form = SegmentForm { name: "Anna".into(), rule: "email = anna@example.com".into(), ..SegmentForm::default() };
    let segment = in_tx!(db, tx => segments::service::add(&tx, &shop.app.state, &Actor::system(NOW), &form)).expect("a segment");
    let early =
        json!({ "starts_on": "2026-03-05", "early_starts_on": "2026-03-01", "early_access": { "segment_id": segment.0 } });
    let path = shop.made(spring(early)).await;
    let draft = json!({ "lines": [{ "sku": "TEA", "quantity": 1 }], "codes": ["spring"], "complete": true, "payment": { "kind": "paid" } });
    let order = async |customer: i64| shop.post(&format!("/api/customers/{customer}/orders"), draft.clone()).await;
    assert_eq!(told(&order(bea.0).await), refusal(422, "promotions.not_started", "codes"));
    let placed = order(anna.0).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let used = shop.get(&path).await;
    assert_eq!(used.json()["uses"], json!(1));
    // A segment that a promotion names stays.
    let archived = in_tx!(db, tx => segments::service::set_archived(&tx, &shop.app.state, &Actor::system(NOW), segment, true));
    assert!(archived.is_err(), "the promotion opens earlier for it");
}
