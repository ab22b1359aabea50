//! What cannot be (issue of the money rooms, “bad input”), over the REST API and as a person's form: each gets its own error, which
//! names the field, says why and what to do in both languages, and leaves no trace.

mod support;

use clientele::args;
use clientele::base::CustomerId;
use clientele::base::i18n::{by_code, message};
use clientele::commerce::{ledger, stats};
use clientele::office::apikeys::Scope;
use clientele::office::staff::Role;
use clientele::server::Db;
use serde_json::{Value, json};
use support::{Answer, TestApp, customer, db_test, integer};

struct Shop {
    app: TestApp,
    key: String,
    cookie: String,
    anna: CustomerId,
}

impl Shop {
    async fn open(db: &Db) -> Self {
        let app = TestApp::new(db).await;
        let (key, cookie) = (app.key(&Scope::ALL).await, app.log_in(Role::Admin).await);
        let anna = customer("anna@example.com").insert(db).await;
        let shop = Self { app, key, cookie, anna };
        shop.run("INSERT INTO stores (code, name, currency, created_at) VALUES ('main', 'Main', 'USD', 1)").await;
        shop.run("INSERT INTO products (sku, name, price_minor, currency, created_at) VALUES ('TEA', 'Tea', 1000, 'USD', 1)")
            .await;
        shop.run(
            "INSERT INTO promotions (code, code_key, name, kind, percent_bp, limit_total, uses_count, created_at)
             VALUES ('GONE', 'GONE', 'Gone', 'percent', 1000, 1, 1, 1)",
        )
        .await;
        shop
    }

    async fn run(&self, sql: &str) {
        let tx = self.app.state.db.begin().await.expect("a transaction");
        tx.execute(sql, args![]).await.expect("a statement that runs");
        tx.commit().await.expect("a commit");
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.app.api("POST", path, &self.key, Some(body.clone())).await
    }

    /// An order of two teas that is paid with 25.00; its id.
    async fn order(&self) -> i64 {
        let body = json!({ "lines": [{ "sku": "TEA", "quantity": 2 }], "complete": true, "shipping": usd("5.00"),
            "payment": { "kind": "paid", "method": "card" } });
        let answer = self.post(&format!("/api/customers/{}/orders", self.anna), &body).await;
        answer.json()["id"].as_i64().unwrap_or_else(|| panic!("{}", answer.body))
    }

    async fn draft(&self) -> i64 {
        let body = json!({ "lines": [{ "sku": "TEA", "quantity": 1 }] });
        self.post(&format!("/api/customers/{}/orders", self.anna), &body).await.json()["id"].as_i64().expect("a draft")
    }

    /// Rows of every table that money leaves a trace in, and how often orders were changed.
    async fn traces(&self) -> Vec<i64> {
        let db = &self.app.state.db;
        let mut traces = Vec::new();
        for table in [
            "orders",
            "order_lines",
            "order_history",
            "payments",
            "refunds",
            "refund_parts",
            "returns",
            "gift_cards",
            "invoices",
            "ledger_accounts",
            "ledger_entries",
            "promotion_uses",
            "counters",
            "outbox",
            "audit_entries",
        ] {
            traces.push(integer(db, &format!("SELECT COUNT(*) FROM {table}"), args![]).await);
        }
        traces.push(integer(db, "SELECT CAST(SUM(version) AS BIGINT) FROM orders", args![]).await);
        traces
    }

    /// That a request is refused with this field and code, in words, and nothing was done.
    async fn refused(&self, path: &str, body: Value, status: u16, field: &str, code: &str) {
        let before = self.traces().await;
        let answer = self.post(path, &body).await;
        let problem = answer.json();
        assert_eq!((answer.status.as_u16(), &problem["code"]), (status, &json!(code)), "{path} {body}: {}", answer.body);
        assert_eq!(problem["field"].as_str().unwrap_or_default(), field, "{path} {body}");
        let german = self.app.api_with("POST", path, &self.key, Some(body.clone()), &[("accept-language", "de")]).await.json();
        is_told(problem["detail"].as_str().unwrap_or_default(), german["detail"].as_str().unwrap_or_default());
        assert_eq!(self.traces().await, before, "{path} {body}: no trace");
    }

    /// As [`Shop::refused`], of the form of a person. The error is sent as a key with values, and said in their language.
    async fn refused_form(&self, function: &str, body: Value, status: u16, field: &str, code: &str) {
        let before = self.traces().await;
        let answer = self.app.call(&format!("/fn/{function}"), &self.cookie, &body.to_string()).await;
        assert_eq!(answer.status.as_u16(), status, "{function} {body}: {}", answer.body);
        let error = answer.json();
        let (found, text) = match (&error["Invalid"], &error["Conflict"]) {
            (Value::Null, conflict) => ("", conflict["message"].as_str().unwrap_or_default()),
            (invalid, _) => (invalid["field"].as_str().unwrap_or_default(), invalid["message"].as_str().unwrap_or_default()),
        };
        assert_eq!((found, text.split('\u{1f}').next()), (field, Some(code)), "{function} {body}: {}", answer.body);
        is_told(&by_code("en").dynamic(text), &by_code("de").dynamic(text));
        assert_eq!(self.traces().await, before, "{function} {body}: no trace");
    }
}

/// A sentence in each language.
fn is_told(english: &str, german: &str) {
    assert!(english.contains(' ') && english.ends_with('.'), "{english:?}");
    assert!(german.contains(' ') && german.ends_with('.') && german != english, "{german:?}");
    assert!(!english.contains('{') && !german.contains('{'), "{english:?} {german:?}");
}

fn usd(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

async fn all_is_right(db: &Db) {
    assert_eq!(stats::check(db, |_| {}).await.expect("an answer"), []);
    assert!(ledger::check::check(db, |_| {}).await.expect("an answer").is_empty());
}

db_test!(amounts_that_cannot_be);
async fn amounts_that_cannot_be(db: Db) {
    let shop = Shop::open(&db).await;
    let order = shop.order().await;
    let unpaid = {
        shop.run("UPDATE customer_groups SET payment_terms_days = 30").await;
        let body = json!({ "lines": [{ "sku": "TEA", "quantity": 1 }], "complete": true, "payment": { "kind": "terms" } });
        shop.post(&format!("/api/customers/{}/orders", shop.anna), &body).await.json()["id"].as_i64().expect("an order")
    };
    let (credits, refunds) = (format!("/api/customers/{}/credits", shop.anna), format!("/api/orders/{order}/refunds"));
    let (points, pay) = (format!("/api/customers/{}/points", shop.anna), format!("/api/orders/{unpaid}/payments"));
    shop.app.api("POST", &format!("/api/customers/{}/loyalty", shop.anna), &shop.key, None).await;
    let huge = "999999999999.00";
    for (amount, field, code) in [
        (usd("0.00"), "amount", "ledger.amount_invalid"),
        (usd(huge), "amount", "ledger.amount_invalid"),
        (usd("1e9"), "amount.amount", "api.amount_invalid"),
        (usd("5.001"), "amount.amount", "api.amount_invalid"),
        (usd("99999999999999999999"), "amount.amount", "api.amount_invalid"),
        (json!({ "amount": "5.00", "currency": "euro" }), "amount.currency", "api.currency_invalid"),
    ] {
        shop.refused(&credits, json!({ "amount": amount, "reason": "goodwill" }), 422, field, code).await;
        shop.refused("/api/gift-cards", json!({ "amount": amount }), 422, field, code).await;
        shop.refused(&refunds, json!({ "amount": amount, "to": "original" }), 422, field, code).await;
        shop.refused(&pay, json!({ "amount": amount, "method": "card" }), 422, field, code).await;
    }
    for path in [&refunds, &pay] {
        let body = |amount: Value| match path == &refunds {
            true => json!({ "amount": amount, "to": "credit" }),
            false => json!({ "amount": amount, "method": "cash" }),
        };
        shop.refused(path, body(usd("-1.00")), 422, "amount", "ledger.amount_invalid").await;
        shop.refused(path, body(json!({ "amount": "1.00", "currency": "EUR" })), 422, "currency", "payments.other_currency")
            .await;
    }
    shop.refused("/api/gift-cards", json!({ "amount": usd("-1.00") }), 422, "amount", "ledger.amount_invalid").await;
    let unknown = json!({ "amount": { "amount": "5.00", "currency": "XXX" } });
    shop.refused("/api/gift-cards", unknown, 422, "currency", "value.currency_unknown").await;
    for wanted in [0, i64::MAX, i64::MIN] {
        let body = json!({ "points": wanted, "reason": "correction", "note": "x" });
        shop.refused(&points, body, 422, "points", "loyalty.points_invalid").await;
    }
    let taken = json!({ "amount": usd("-1.00"), "reason": "correction", "note": "x" });
    shop.refused(&credits, taken, 422, "amount", "ledger.insufficient").await;
    shop.refused(&pay, json!({ "amount": usd("15.01"), "method": "card" }), 422, "amount", "payments.more_than_due").await;
    let form = |amount: &str| {
        json!({ "id": shop.anna.0, "form": { "amount": amount, "reason": "goodwill", "note": "",
        "expiry": { "choice": "", "day": "" } }, "key": "k" })
    };
    for amount in ["-5", "0", "x", huge] {
        shop.refused_form("give_credit", form(amount), 422, "amount", "ledger.amount_invalid").await;
    }
    let card = json!({ "id": shop.anna.0, "form": { "amount": "5", "currency": "XYZ", "message": "",
        "expiry": { "choice": "never", "day": "" } }, "key": "k" });
    shop.refused_form("issue_gift_card", card, 422, "currency", "value.currency_unknown").await;
    all_is_right(&db).await;
}

db_test!(a_refund_over_what_was_paid);
async fn a_refund_over_what_was_paid(db: Db) {
    let shop = Shop::open(&db).await;
    let order = shop.order().await;
    let path = format!("/api/orders/{order}/refunds");
    let body = |amount: &str| json!({ "amount": usd(amount), "to": "original" });
    shop.refused(&path, body("25.01"), 422, "amount", "refunds.more_than_paid").await;
    let version = async || integer(&db, "SELECT version FROM orders WHERE id = $1", args![order]).await;
    let form = async |amount: &str| json!({ "order": order, "version": version().await, "form": { "amount": amount, "to": "credit", "reason": "" } });
    shop.refused_form("refund_order", form("25.01").await, 422, "amount", "refunds.more_than_paid").await;
    shop.refused_form("refund_order", form("-1").await, 422, "amount", "ledger.amount_invalid").await;
    assert_eq!(shop.post(&path, &body("20.00")).await.status.as_u16(), 201);
    shop.refused(&path, body("5.01"), 422, "amount", "refunds.more_than_paid").await;
    assert_eq!(shop.post(&path, &body("5.00")).await.status.as_u16(), 201);
    shop.refused(&path, body("0.01"), 409, "", "orders.no.refunded").await;
    shop.refused_form("refund_order", form("0.01").await, 409, "", "orders.no.refunded").await;
    all_is_right(&db).await;
}

db_test!(quantities_that_cannot_be);
async fn quantities_that_cannot_be(db: Db) {
    let shop = Shop::open(&db).await;
    let (order, draft) = (shop.order().await, shop.draft().await);
    let sent = shop.post(&format!("/api/orders/{order}/shipments"), &json!({ "carrier": "", "tracking": "" })).await.json();
    let (line, tea) = (sent["lines"][0]["id"].clone(), integer(&db, "SELECT id FROM products", args![]).await);
    let create = format!("/api/customers/{}/orders", shop.anna);
    for quantity in [0, -1, 1_000_000_000] {
        let lines = json!([{ "sku": "TEA", "quantity": quantity }]);
        for body in [json!({ "lines": lines }), json!({ "lines": lines, "complete": true, "payment": { "kind": "paid" } })] {
            shop.refused(&create, body, 422, "quantity", "pricing.quantity_invalid").await;
        }
        let version = integer(&db, "SELECT version FROM orders WHERE id = $1", args![draft]).await;
        let edit = json!({ "order": draft, "version": version, "edit": { "lines": [{ "product": tea, "quantity": quantity }] } });
        shop.refused_form("save_draft", edit.clone(), 422, "quantity", "pricing.quantity_invalid").await;
        let place = json!({ "order": draft, "edit": edit["edit"], "completion": {} });
        shop.refused_form("complete_draft", place, 422, "quantity", "pricing.quantity_invalid").await;
        let code = if quantity > 0 { "returns.more_than_bought" } else { "returns.quantity_invalid" };
        let goods = json!({ "lines": [{ "line_id": line, "quantity": quantity }], "reason": "damaged", "refund_to": "original" });
        shop.refused(&format!("/api/orders/{order}/returns"), goods, 422, "quantity", code).await;
        let version = integer(&db, "SELECT version FROM orders WHERE id = $1", args![order]).await;
        let form = json!({ "order": order, "version": version, "form": { "lines": [{ "line": line, "quantity": quantity }],
            "reason": "damaged", "note": "", "refund_to": "original", "approve": false } });
        shop.refused_form("request_return", form, 422, "quantity", code).await;
    }
    all_is_right(&db).await;
}

db_test!(codes_customers_and_currencies_that_cannot_be);
async fn codes_customers_and_currencies_that_cannot_be(db: Db) {
    let shop = Shop::open(&db).await;
    let create = format!("/api/customers/{}/orders", shop.anna);
    let checkout = |more: Value| {
        let mut body = json!({ "lines": [{ "sku": "TEA", "quantity": 1 }], "complete": true, "payment": { "kind": "paid" } });
        more.as_object().expect("fields").iter().for_each(|(name, value)| body[name] = value.clone());
        body
    };
    shop.refused(&create, checkout(json!({ "codes": ["gone"] })), 422, "codes", "promotions.used_up").await;
    shop.refused(&create, checkout(json!({ "currency": "ZZZ" })), 422, "currency", "drafts.currency_unknown").await;
    shop.refused(&create, checkout(json!({ "currency": "EUR" })), 422, "rate", "drafts.rate_missing").await;
    let draft = shop.draft().await;
    let version = integer(&db, "SELECT version FROM orders WHERE id = $1", args![draft]).await;
    let tea = integer(&db, "SELECT id FROM products", args![]).await;
    let place = |codes: Value| {
        json!({ "order": draft, "edit": { "lines": [{ "product": tea, "quantity": 1 }], "codes": codes },
        "completion": { "version": version, "accept_changes": true, "payment": { "paid": { "method": "cash", "reference": "" } } } })
    };
    shop.refused_form("complete_draft", place(json!(["GONE"])), 422, "codes", "promotions.used_up").await;
    shop.app.api("POST", &format!("/api/customers/{}/block", shop.anna), &shop.key, None).await;
    shop.refused(&create, checkout(json!({})), 422, "customer", "drafts.customer_blocked").await;
    shop.refused(
        &format!("/api/orders/{draft}/complete"),
        json!({ "payment": { "kind": "paid" } }),
        422,
        "customer",
        "drafts.customer_blocked",
    )
    .await;
    shop.refused_form("complete_draft", place(json!([])), 422, "customer", "drafts.customer_blocked").await;
    all_is_right(&db).await;
}

db_test!(two_staff_complete_one_draft);
async fn two_staff_complete_one_draft(db: Db) {
    let shop = Shop::open(&db).await;
    let draft = shop.draft().await;
    let version = integer(&db, "SELECT version FROM orders WHERE id = $1", args![draft]).await;
    let tea = integer(&db, "SELECT id FROM products", args![]).await;
    let body = json!({ "order": draft, "edit": { "lines": [{ "product": tea, "quantity": 1 }] },
        "completion": { "version": version, "accept_changes": true, "payment": { "paid": { "method": "cash", "reference": "" } } } });
    let other = shop.app.log_in(Role::Support).await;
    let text = body.to_string();
    let (one, two) = tokio::join!(
        shop.app.call("/fn/complete_draft", &shop.cookie, &text),
        shop.app.call("/fn/complete_draft", &other, &text)
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.body, two.body);
    // Who was slower is told which order it became.
    let number: (String,) =
        clientele::server::Query::one(&db, "SELECT number FROM orders WHERE id = $1", args![draft]).await.expect("a number");
    let slower = if one.status.as_u16() == 409 { one } else { two };
    assert_eq!(slower.json()["Conflict"]["message"], message("drafts.placed_already", &[("number", &number.0)]));
    shop.refused_form("complete_draft", body, 409, "", "drafts.placed_already").await;
    shop.refused(
        &format!("/api/orders/{draft}/complete"),
        json!({ "payment": { "kind": "paid" } }),
        409,
        "",
        "drafts.placed_already",
    )
    .await;
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM payments", args![]).await, 1);
    all_is_right(&db).await;
}

db_test!(bodies_that_are_too_large_and_keys_that_may_not);
async fn bodies_that_are_too_large_and_keys_that_may_not(db: Db) {
    let shop = Shop::open(&db).await;
    let create = format!("/api/customers/{}/orders", shop.anna);
    let before = shop.traces().await;
    let huge = json!({ "lines": [{ "sku": "x".repeat(50 << 20), "quantity": 1 }] });
    let answer = shop.post(&create, &huge).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (413, &json!("too_large")), "{}", answer.body);
    let may_read = shop.app.key(&[Scope::ReadCustomers, Scope::ReadOrders, Scope::Track]).await;
    for (path, scope) in [
        (create, "orders:write"),
        (format!("/api/customers/{}/credits", shop.anna), "money:write"),
        ("/api/gift-cards".to_owned(), "money:write"),
        ("/api/orders/1/refunds".to_owned(), "money:write"),
    ] {
        let answer = shop.app.api("POST", &path, &may_read, Some(json!({}))).await;
        assert_eq!((answer.status.as_u16(), answer.json()["code"].clone()), (403, json!(format!("scope_missing:{scope}"))));
        assert!(answer.json()["detail"].as_str().is_some_and(|text| text.contains(scope)), "{}", answer.body);
    }
    let mut after = shop.traces().await;
    // The key that was made is in the audit log.
    let audit = after.len() - 2;
    after[audit] -= 1;
    assert_eq!(after, before);
}
