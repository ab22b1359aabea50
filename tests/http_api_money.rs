//! Store credit, gift cards and points through the REST API.

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
        let key = app.key(&[Scope::ReadMoney, Scope::MoveMoney]).await;
        let anna = customer("anna@example.com").insert(db).await;
        Self { app, key, anna }
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

    async fn credit(&self, amount: &str) -> Value {
        let body = json!({ "amount": { "amount": amount, "currency": "USD" }, "reason": "goodwill" });
        self.done(&format!("/api/customers/{}/credits", self.anna), body).await
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

db_test!(credit_cards_and_points);
async fn credit_cards_and_points(db: Db) {
    let shop = Shop::open(&db).await;
    let at = |end: &str| format!("/api/customers/{}{end}", shop.anna);
    for (body, status, field) in [
        (json!({ "amount": usd("0.00"), "reason": "goodwill" }), 422, "amount"),
        (json!({ "amount": usd("-5.00"), "reason": "correction" }), 422, "note"),
        (json!({ "amount": usd("-5.00"), "reason": "correction", "note": "x" }), 422, "amount"),
        (json!({ "amount": json!({ "amount": "5.00", "currency": "EUR" }), "reason": "goodwill" }), 422, "currency"),
        (json!({ "amount": usd("5.001"), "reason": "goodwill" }), 422, "amount.amount"),
        (json!({ "amount": usd("5.00"), "reason": "goodwill", "expires_at": "2020-01-01T00:00:00Z" }), 422, "expires_at"),
    ] {
        let answer = shop.post(&at("/credits"), body.clone()).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["field"]), (status, &json!(field)), "{body}: {}", answer.body);
    }
    assert_eq!(shop.credit("30.00").await["balance"], usd("30.00"));
    let less = json!({ "amount": usd("-10.00"), "reason": "correction", "note": "Given twice" });
    assert_eq!(shop.done(&at("/credits"), less).await["balance"], usd("20.00"));
    let entries = shop.get(&at("/credits")).await;
    assert_eq!((&entries["items"][0]["amount"], &entries["items"][0]["by"]), (&json!("-10.00"), &json!("program")), "{entries}");
    let outsider = shop.post(&at("/points"), json!({ "points": 100, "reason": "goodwill", "note": "x" })).await;
    assert_eq!(told(&outsider), (409, "loyalty.no_member".into()));
    shop.app.api("POST", &at("/loyalty"), &shop.key, None).await;
    let points = shop.done(&at("/points"), json!({ "points": 250, "reason": "goodwill", "note": "Sorry" })).await;
    assert_eq!((&points["points"], &points["worth"]), (&json!(250), &usd("2.50")), "{points}");
    let spent = shop.post(&at("/points"), json!({ "points": -251, "reason": "correction", "note": "x" })).await;
    assert_eq!(told(&spent), (422, "loyalty.insufficient".into()));
    let card = shop.done("/api/gift-cards", json!({ "amount": usd("15.00"), "customer_id": shop.anna.0, "message": "Hi" })).await;
    let (code, path) = (card["code"].clone(), format!("/api/gift-cards/{}", card["card"]["id"]));
    let part = json!({ "code": code, "customer_id": shop.anna.0, "amount": usd("5.00") });
    assert_eq!(shop.done("/api/gift-cards/redeem", part).await["store_credit"], usd("25.00"));
    assert_eq!(shop.get(&path).await["status"], "partly_used");
    assert_eq!(shop.done(&format!("{path}/disable"), json!({ "note": "Lost" })).await["status"], "disabled");
    let dead = shop.post("/api/gift-cards/redeem", json!({ "code": code, "customer_id": shop.anna.0 })).await;
    assert_eq!(told(&dead), (422, "giftcards.is_disabled".into()));
    let unknown = shop.post("/api/gift-cards/check", json!({ "code": "AAAA-AAAA" })).await;
    assert_eq!(told(&unknown), (422, "giftcards.unknown_code".into()));
    all_is_right(&db).await;
}

db_test!(the_same_credit_many_times_at_once_is_given_once);
async fn the_same_credit_many_times_at_once_is_given_once(db: Db) {
    let shop = Shop::open(&db).await;
    let path = format!("/api/customers/{}/credits", shop.anna);
    let body = json!({ "amount": usd("5.00"), "reason": "goodwill" });
    let ask = || shop.app.api_with("POST", &path, &shop.key, Some(body.clone()), &[("idempotency-key", "sorry-1")]);
    let answers = futures::future::join_all((0..16).map(|_| ask())).await;
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (StatusCode::CREATED, &answers[0].body), "{}", answer.body);
    }
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM ledger_entries", args![]).await, 1);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM outbox", args![]).await, 1, "told once");
    // Without a key each request is one of its own.
    let (one, two) = (shop.post(&path, body.clone()).await, shop.post(&path, body).await);
    assert_eq!((one.status, two.json()["balance"].clone()), (StatusCode::CREATED, usd("15.00")));
    all_is_right(&db).await;
}
