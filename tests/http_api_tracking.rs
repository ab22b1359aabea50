//! Tracking in the REST API: events, visits, and who visitors turn out to be.

mod support;

use axum::http::StatusCode;
use clientele::args;
use clientele::base::Timestamp;
use clientele::commerce::stats;
use clientele::office::apikeys::Scope;
use clientele::server::{Db, Query};
use serde_json::{Value, json};
use support::{Answer, NOW, TestApp, customer, db_test, integer};

struct Shop {
    app: TestApp,
    key: String,
}

impl Shop {
    async fn open(db: &Db) -> Self {
        let app = TestApp::new(db).await;
        let key = app.key(&[Scope::Track]).await;
        let tx = db.begin().await.expect("a transaction");
        let product =
            "INSERT INTO products (sku, name, price_minor, currency, created_at) VALUES ('CD-1', 'Teapot', 1250, 'USD', 1)";
        tx.execute(product, args![]).await.expect("a product");
        tx.commit().await.expect("a commit");
        Self { app, key }
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.app.api("POST", path, &self.key, Some(body)).await
    }

    async fn view(&self, visitor: &str, minutes: i64) -> Answer {
        let at = NOW.plus(minutes * Timestamp::MINUTE).rfc3339();
        self.post("/api/visits", json!({ "views": [{ "visitor_id": visitor, "at": at, "page": "/", "campaign": "spring" }] }))
            .await
    }
}

/// Start and end in minutes from now, page views and whose, in the order of time.
async fn visits(db: &Db) -> Vec<(i64, i64, i64, Option<i64>)> {
    let sql = "SELECT started_at, last_seen_at, page_views, customer_id FROM visits ORDER BY started_at, id";
    let rows: Vec<(i64, i64, i64, Option<i64>)> = db.all(sql, args![]).await.expect("visits");
    let minutes = |at: i64| (at - NOW.0) / Timestamp::MINUTE;
    rows.into_iter().map(|(from, to, views, whose)| (minutes(from), minutes(to), views, whose)).collect()
}

async fn all_is_right(db: &Db) {
    let differences = stats::check(db, |_| {}).await.expect("an answer");
    assert!(differences.is_empty(), "{differences:?}");
}

db_test!(a_batch_takes_what_is_right_and_names_the_rest);
async fn a_batch_takes_what_is_right_and_names_the_rest(db: Db) {
    let shop = Shop::open(&db).await;
    let anna = customer("anna@example.com").insert(&db).await;
    let batch = json!({ "events": [
        { "kind": "product_view", "visitor_id": "v1", "sku": "CD-1" },
        { "kind": "product_view", "visitor_id": "v1", "sku": "CD-2" },
        { "kind": "review", "customer_id": anna.0, "sku": "CD-1", "stars": 5, "text": "Fine" },
        { "kind": "review", "customer_id": 999, "sku": "CD-1", "stars": 5 },
        { "kind": "checkout_step", "customer_id": anna.0 },
        { "kind": "stock_change", "sku": "CD-1", "stock": 3 },
        { "kind": "search", "text": "tea" },
        { "kind": "search", "visitor_id": "v1", "at": "tomorrow" },
        { "kind": "search", "visitor_id": "v1", "at": "2031-01-01T00:00:00Z" },
        { "kind": "add_to_cart", "visitor_id": "v1", "sku": "CD-1", "order_id": 99 },
    ]});
    let answer = shop.post("/api/events", batch).await;
    assert_eq!((answer.status, &answer.json()["accepted"]), (StatusCode::OK, &json!(3)), "{}", answer.body);
    let errors: Vec<String> = answer.json()["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| {
            format!(
                "{} {} {}",
                error["index"],
                error["field"].as_str().unwrap_or_default(),
                error["code"].as_str().unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(
        errors,
        [
            "1 sku tracking.product_unknown",
            "3 customer_id tracking.customer_unknown",
            "4 step field.needed",
            "6 visitor_id tracking.somebody_needed",
            "7 at api.instant_invalid",
            "8 at tracking.time_range",
            "9 order_id tracking.order_unknown",
        ]
    );
    let rows: Vec<(String, Option<i64>, Option<i64>, String)> =
        db.all("SELECT kind, customer_id, product_id, detail FROM events ORDER BY id", args![]).await.expect("events");
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[1], ("review".into(), Some(anna.0), Some(1), r#"{"stars":5,"text":"Fine"}"#.into()));
    let nothing = shop.post("/api/events", json!({ "events": [{ "kind": "search" }] })).await;
    assert_eq!((nothing.status, &nothing.json()["errors"][0]["index"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(0)));
    for events in [json!([]), Value::Array(vec![json!({ "kind": "search", "visitor_id": "v" }); 1001])] {
        let refused = shop.post("/api/events", json!({ "events": events })).await;
        assert_eq!((refused.status, &refused.json()["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("tracking.batch_size")));
    }
    let full = Value::Array(vec![json!({ "kind": "search", "visitor_id": "v" }); 1000]);
    assert_eq!(shop.post("/api/events", json!({ "events": full })).await.json()["accepted"], 1000);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM events", args![]).await, 1003);
}

db_test!(a_visit_ends_after_half_an_hour_of_silence);
async fn a_visit_ends_after_half_an_hour_of_silence(db: Db) {
    let shop = Shop::open(&db).await;
    for minutes in [-300, -290, -260, -231, -229] {
        assert_eq!(shop.view("v1", minutes).await.json()["accepted"], 1);
    }
    shop.view("v2", -290).await;
    assert_eq!(visits(&db).await, [(-300, -229, 5, None), (-290, -290, 1, None)], "30 minutes are not silence yet");
    shop.view("v1", -198).await;
    assert_eq!(visits(&db).await[2], (-198, -198, 1, None), "31 are");
    // An event is a sign of life; what comes late still belongs where it happened.
    let at = NOW.plus(-170 * Timestamp::MINUTE).rfc3339();
    shop.post("/api/events", json!({ "events": [{ "kind": "search", "visitor_id": "v1", "at": at }] })).await;
    shop.view("v1", -305).await;
    assert_eq!(visits(&db).await, [(-305, -229, 6, None), (-290, -290, 1, None), (-198, -170, 1, None)]);
    // In any order within a batch.
    let at = |minutes: i64| NOW.plus(minutes * Timestamp::MINUTE).rfc3339();
    let views: Vec<Value> = [-10, -40, -25].iter().map(|m| json!({ "visitor_id": "v3", "at": at(*m) })).collect();
    shop.post("/api/visits", json!({ "views": views })).await;
    assert_eq!(visits(&db).await[3], (-40, -10, 3, None));
}

db_test!(a_visitor_who_logs_in_brings_what_came_before);
async fn a_visitor_who_logs_in_brings_what_came_before(db: Db) {
    let shop = Shop::open(&db).await;
    let (anna, bea) = (customer("anna@example.com").insert(&db).await, customer("bea@example.com").insert(&db).await);
    let link = |id: i64| shop.post("/api/visitors/v1/link", json!({ "customer_id": id }));
    let search = || shop.post("/api/events", json!({ "events": [{ "kind": "search", "visitor_id": "v1" }] }));
    shop.view("v1", -300).await;
    shop.view("v1", -200).await;
    search().await;
    let linked = link(anna.0).await;
    assert_eq!(linked.json(), json!({ "customer_id": anna.0, "visits": 2, "events": 1 }), "{}", linked.body);
    assert_eq!(link(anna.0).await.json()["visits"], 0, "again, nothing");
    let counted = async |id: i64| integer(&db, "SELECT visits_count FROM customer_stats WHERE customer_id = $1", args![id]).await;
    assert_eq!(counted(anna.0).await, 2);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM customers WHERE campaign = 'spring'", args![]).await, 1);
    shop.view("v1", -100).await;
    search().await;
    assert_eq!(counted(anna.0).await, 3);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM events WHERE customer_id = $1", args![anna]).await, 2);
    // Somebody else logs in on the same device: from then on it is theirs.
    assert_eq!(link(bea.0).await.json(), json!({ "customer_id": bea.0, "visits": 0, "events": 0 }));
    shop.view("v1", 0).await;
    assert_eq!((counted(anna.0).await, counted(bea.0).await), (3, 1));
    all_is_right(&db).await;
    let nobody = link(999).await;
    assert_eq!((nobody.status, &nobody.json()["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("customer_id")));
    let bad = shop.post("/api/visitors/a%20b/link", json!({ "customer_id": anna.0 })).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
}

db_test!(many_batches_at_once_make_one_visit);
async fn many_batches_at_once_make_one_visit(db: Db) {
    let shop = Shop::open(&db).await;
    let anna = customer("anna@example.com").insert(&db).await;
    let body = json!({ "views": [
        { "visitor_id": "v1", "customer_id": anna.0 }, { "visitor_id": "v2", "customer_id": anna.0 }, { "visitor_id": "v3" },
    ]});
    let answers = futures::future::join_all((0..12).map(|_| shop.post("/api/visits", body.clone()))).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK), "{}", answers[0].body);
    assert_eq!(visits(&db).await.iter().map(|visit| visit.2).collect::<Vec<_>>(), [12, 12, 12]);
    assert_eq!(integer(&db, "SELECT visits_count FROM customer_stats WHERE customer_id = $1", args![anna]).await, 2);
    all_is_right(&db).await;
}

db_test!(a_batch_sent_twice_counts_once);
async fn a_batch_sent_twice_counts_once(db: Db) {
    let shop = Shop::open(&db).await;
    let body = || Some(json!({ "views": [{ "visitor_id": "v1" }] }));
    for _ in 0..2 {
        let answer = shop.app.api_with("POST", "/api/visits", &shop.key, body(), &[("idempotency-key", "b1")]).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    assert_eq!(visits(&db).await, [(0, 0, 1, None)]);
}
