//! Customers, their addresses, notes, tags and groups, and orders as far as they are read, in the REST API.

mod support;

use axum::http::StatusCode;
use clientele::args;
use clientele::customers::segments::{self, SegmentForm};
use clientele::office::apikeys::Scope;
use clientele::office::audit::store::Actor;
use clientele::office::jobs::service::drain;
use clientele::server::{Db, Query};
use serde_json::{Value, json};
use support::{Answer, NOW, TestApp, customer, db_test, group, in_tx, integer, refusal, told};

const BOTH: [Scope; 2] = [Scope::ReadCustomers, Scope::WriteCustomers];

async fn app(db: &Db) -> (TestApp, String) {
    let app = TestApp::new(db).await;
    let key = app.key(&BOTH).await;
    (app, key)
}

fn names(answer: &Answer) -> Vec<String> {
    let items = answer.json()["items"].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["name"].as_str().unwrap_or_default().to_owned()).collect()
}

db_test!(a_customer_is_added_whole);
async fn a_customer_is_added_whole(db: Db) {
    let (app, key) = app(&db).await;
    let wholesale = group(&db, "wholesale").await;
    let sent = json!({
        "first_name": " Zoë ", "last_name": "Löwe", "email": "Zoe@Example.com", "phone": "+49 30 123456",
        "account_number": "A-7", "date_of_birth": "1984-05-07", "locale": "de", "email_confirmed": true,
        "marketing": { "email": true, "sms": false }, "pricing_group": wholesale.0, "tags": ["vip", "gift", "VIP"],
        "custom_fields": { "size": "M" },
    });
    let made = app.api("POST", "/api/customers", &key, Some(sent)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let got = app.api("GET", made.header("location"), &key, None).await;
    assert_eq!((got.body.as_str(), got.header("etag")), (made.body.as_str(), made.header("etag")));
    let zoe = got.json();
    for (field, value) in [
        ("name", json!("Zoë Löwe")),
        ("first_name", json!("Zoë")),
        ("email", json!("Zoe@Example.com")),
        ("status", json!("active")),
        ("active", json!(false)),
        ("date_of_birth", json!("1984-05-07")),
        ("email_confirmed", json!(true)),
        ("marketing", json!({ "email": true, "sms": false })),
        ("pricing_group", json!(wholesale.0)),
        ("groups", json!([wholesale.0])),
        ("tags", json!(["gift", "vip"])),
        ("custom_fields", json!({ "size": "M" })),
        ("source", json!("api")),
        ("registered_at", json!("2026-03-01T12:00:00Z")),
        ("last_login_at", Value::Null),
    ] {
        assert_eq!(zoe[field], value, "{field}");
    }
    assert_eq!(zoe["figures"]["spent"], json!({ "amount": "0.00", "currency": "USD" }));
    assert_eq!(zoe["figures"]["average_order"], Value::Null);
    let consent: (String, bool, String) =
        db.one("SELECT purpose, granted, source FROM consents", args![]).await.expect("one consent");
    assert_eq!(consent, ("marketing_email".into(), true, "api".into()));
    let list = app.api("GET", "/api/customers?q=lowe&tags_any=1,2", &key, None).await;
    assert_eq!(names(&list), ["Zoë Löwe"], "the author's next list shows it");
}

db_test!(each_field_is_refused_with_its_reason);
async fn each_field_is_refused_with_its_reason(db: Db) {
    let (app, key) = app(&db).await;
    customer("anna@example.com").insert(&db).await;
    let count = async || integer(&db, "SELECT COUNT(*) FROM customers", args![]).await;
    let add = |field: &str, value: Value| {
        let mut body = json!({ "email": "bea@example.com" });
        body[field] = value;
        let (app, key) = (&app, &key);
        async move { told(&app.api("POST", "/api/customers", key, Some(body)).await) }
    };
    for (field, value, code) in [
        ("email", json!("ANNA@example.com"), "customer.email_taken"),
        ("email", json!("anna"), "contact.email_no_at"),
        ("phone", json!("call me"), "contact.phone_invalid"),
        ("first_name", json!("x".repeat(201)), "field.too_long"),
        ("date_of_birth", json!("2026-03-02"), "customer.birth_invalid"),
        ("date_of_birth", json!("yesterday"), "customer.birth_invalid"),
        ("locale", json!("xx"), "api.locale_unknown"),
        ("pricing_group", json!(999), "customer.group_gone"),
        ("groups", json!([999]), "customer.group_gone"),
        ("branch", json!(999), "api.branch_unknown"),
        ("department", json!(999), "customer.department_elsewhere"),
        ("tags", json!(["x".repeat(201)]), "field.too_long"),
        ("custom_fields", json!({ "": "x" }), "customer.field_unnamed"),
    ] {
        assert_eq!(add(field, value.clone()).await, refusal(422, code, field), "{field}: {value}");
    }
    assert_eq!(count().await, 1);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM audit_entries WHERE customer_id IS NOT NULL", args![]).await, 0);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM tags", args![]).await, 0, "a tag of a refused customer is not made");
}

db_test!(put_empties_and_patch_keeps);
async fn put_empties_and_patch_keeps(db: Db) {
    let (app, key) = app(&db).await;
    let (retail, vip) = (group(&db, "retail").await, group(&db, "vip").await);
    let sent = json!({
        "email": "anna@example.com", "first_name": "Anna", "phone": "+48601222333", "email_confirmed": true,
        "marketing": { "email": true, "sms": true }, "pricing_group": vip.0, "groups": [retail.0], "tags": ["gift"],
        "custom_fields": { "a": "1", "b": "2" },
    });
    let made = app.api("POST", "/api/customers", &key, Some(sent)).await;
    let path = made.header("location").to_owned();
    let patch = json!({ "custom_fields": { "a": null, "c": "3" }, "phone": null, "marketing": { "sms": false } });
    let headers = [("content-type", "application/merge-patch+json")];
    let request = app.api_with("PATCH", &path, &key, None, &headers).await;
    assert_eq!(request.status, StatusCode::BAD_REQUEST, "an empty body is no JSON: {}", request.body);
    let patched = app.api("PATCH", &path, &key, Some(patch)).await.json();
    assert_eq!(patched["custom_fields"], json!({ "b": "2", "c": "3" }));
    assert_eq!((&patched["phone"], &patched["first_name"]), (&Value::Null, &json!("Anna")));
    assert_eq!(patched["marketing"], json!({ "email": true, "sms": false }));
    assert_eq!(patched["groups"], json!([retail.0, vip.0]));
    let put = app.api("PUT", &path, &key, Some(json!({ "email": "anna@example.com" }))).await.json();
    assert_eq!((&put["first_name"], &put["tags"], &put["custom_fields"]), (&json!(""), &json!([]), &json!({})));
    for kept in ["marketing", "pricing_group", "groups", "locale", "email_confirmed"] {
        assert_eq!(put[kept], patched[kept], "{kept} stays");
    }
    let moved = app.api("PATCH", &path, &key, Some(json!({ "email": "anna@new.example" }))).await.json();
    assert_eq!(moved["email_confirmed"], false, "what was confirmed was the old address");
    let before = integer(&db, "SELECT COUNT(*) FROM audit_entries", args![]).await;
    assert_eq!(app.api("PATCH", &path, &key, Some(json!({}))).await.status, StatusCode::OK);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM audit_entries", args![]).await, before, "no change, no entry");
    for bad in [json!({ "shoe": 1 }), json!([]), json!({ "email": null })] {
        assert_eq!(app.api("PATCH", &path, &key, Some(bad.clone())).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
}

db_test!(blocking_tags_and_groups);
async fn blocking_tags_and_groups(db: Db) {
    let (app, key) = app(&db).await;
    let vip = group(&db, "vip").await;
    let id = customer("anna@example.com").insert(&db).await;
    let path = format!("/api/customers/{id}");
    let ask = async |method: &str, end: &str| app.api(method, &format!("{path}{end}"), &key, None).await;
    assert_eq!(ask("POST", "/block").await.json()["status"], "blocked");
    assert_eq!(ask("POST", "/block").await.json()["status"], "blocked");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM audit_entries WHERE action = 'customer.blocked'", args![]).await, 1);
    assert_eq!(ask("POST", "/unblock").await.json()["status"], "active");
    assert_eq!(ask("PUT", "/tags/big%20spender").await.json()["tags"], json!(["big spender"]));
    assert_eq!(ask("PUT", "/tags/BIG%20Spender").await.json()["tags"], json!(["big spender"]));
    assert_eq!(told(&ask("PUT", "/tags/a,b").await), refusal(422, "tag.name_invalid", "tag"));
    assert_eq!(ask("DELETE", "/tags/Big%20spender").await.json()["tags"], json!([]));
    assert_eq!(ask("DELETE", "/tags/nothing").await.status, StatusCode::OK);
    let both = ask("PUT", &format!("/groups/{vip}")).await.json();
    let retail = both["pricing_group"].as_i64().expect("an id");
    assert_eq!(both["groups"].as_array().map(Vec::len), Some(2));
    assert_eq!(told(&ask("DELETE", &format!("/groups/{retail}")).await), refusal(409, "api.pricing_group_stays", ""));
    assert_eq!(ask("DELETE", &format!("/groups/{vip}")).await.json()["groups"], json!([retail]));
    assert_eq!(ask("PUT", "/groups/999").await.status, StatusCode::NOT_FOUND);
    assert_eq!(names(&app.api("GET", "/api/tags", &key, None).await), ["big spender"]);
    let groups = app.api("GET", "/api/groups", &key, None).await.json();
    assert_eq!(groups["items"].as_array().map(Vec::len), Some(2));
}

db_test!(a_merged_id_leads_to_the_survivor);
async fn a_merged_id_leads_to_the_survivor(db: Db) {
    let (app, key) = app(&db).await;
    let survivor = customer("anna@example.com").insert(&db).await;
    let merged = customer("old@example.com").insert(&db).await;
    let tx = db.begin().await.expect("a transaction");
    tx.execute("UPDATE customers SET merged_into_id = $2 WHERE id = $1", args![merged, survivor]).await.expect("done");
    tx.commit().await.expect("a commit");
    let path = format!("/api/customers/{merged}");
    let found = app.api("GET", &path, &key, None).await;
    assert_eq!((found.status, found.json()["id"].as_i64()), (StatusCode::OK, Some(survivor.0)));
    assert_eq!(found.header("content-location"), format!("/api/customers/{survivor}"));
    let patched = app.api("PATCH", &path, &key, Some(json!({ "first_name": "A" }))).await;
    assert_eq!(patched.json()["id"].as_i64(), Some(survivor.0));
}

db_test!(the_list_is_the_screens_and_pages_lead_there_and_back);
async fn the_list_is_the_screens_and_pages_lead_there_and_back(db: Db) {
    let (app, key) = app(&db).await;
    for n in 0..60 {
        customer(&format!("c{n:02}@example.com")).name(&format!("C{n:02}"), "Test").insert(&db).await;
    }
    let mut path = "/api/customers?sort=name&per=25".to_owned();
    let (mut seen, mut first) = (Vec::new(), Vec::new());
    for page in 0..3 {
        let answer = app.api("GET", &path, &key, None).await;
        assert_eq!((answer.status, answer.json()["total"].as_u64()), (StatusCode::OK, Some(60)), "{}", answer.body);
        let here = names(&answer);
        if page == 0 {
            first.clone_from(&here);
            assert_eq!(answer.json()["previous"], Value::Null);
        }
        seen.extend(here);
        path = answer.json()["next"].as_str().unwrap_or_default().to_owned();
        if page == 1 {
            let back = app.api("GET", answer.json()["previous"].as_str().expect("a page before"), &key, None).await;
            assert_eq!(names(&back), first);
        }
    }
    assert_eq!((seen.len(), path.as_str()), (60, ""));
    let sorted = {
        let mut sorted = seen.clone();
        sorted.sort();
        sorted
    };
    assert_eq!(seen, sorted);
    let broken = app.api("GET", "/api/customers?at=nonsense", &key, None).await;
    assert_eq!((broken.status, told(&broken).2.as_str()), (StatusCode::BAD_REQUEST, "at"));
    let none = app.api("GET", "/api/customers?quick=vip&status=blocked", &key, None).await;
    assert_eq!((none.json()["total"].as_u64(), names(&none).len()), (Some(0), 0));
}

db_test!(addresses);
async fn addresses(db: Db) {
    let (app, key) = app(&db).await;
    let id = customer("anna@example.com").insert(&db).await;
    let other = customer("bea@example.com").insert(&db).await;
    let all = format!("/api/customers/{id}/addresses");
    let home =
        json!({ "recipient": "Anna", "street": "ul. Józefa 14", "postal_code": "31056", "city": "Kraków", "country": "PL" });
    let made = app.api("POST", &all, &key, Some(home.clone())).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let address = made.json();
    assert_eq!((&address["postal_code"], &address["default_shipping"]), (&json!("31-056"), &json!(true)));
    let path = made.header("location").to_owned();
    let tag = app.api("GET", &path, &key, None).await.header("etag").to_owned();
    assert_eq!(tag, made.header("etag"));
    let elsewhere = path.replace(&format!("/{id}/"), &format!("/{other}/"));
    for method in ["GET", "DELETE"] {
        assert_eq!(app.api(method, &elsewhere, &key, None).await.status, StatusCode::NOT_FOUND, "whose it is not");
    }
    let moved = app
        .api_with("PATCH", &path, &key, Some(json!({ "city": "Gdańsk", "postal_code": "80-001" })), &[("if-match", &tag)])
        .await;
    assert_eq!((moved.status, &moved.json()["city"]), (StatusCode::OK, &json!("Gdańsk")));
    let stale = app.api_with("DELETE", &path, &key, None, &[("if-match", &tag)]).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let bad = app.api("PUT", &path, &key, Some(json!({ "recipient": "A", "street": "1", "city": "X", "country": "XX" }))).await;
    assert_eq!(told(&bad), refusal(422, "address.country_unknown", "country"));
    let second = app
        .api(
            "POST",
            &all,
            &key,
            Some({
                let mut next = home;
                next["default_billing"] = json!(true);
                next
            }),
        )
        .await;
    let list = app.api("GET", &all, &key, None).await.json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(list["items"][1]["default_billing"], json!(true), "{list}");
    assert_eq!(app.api("DELETE", second.header("location"), &key, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.api("GET", &path, &key, None).await.json()["default_billing"], json!(true));
    let customer = app.api("GET", "/api/customers?city=gdansk", &key, None).await;
    assert_eq!(customer.json()["total"].as_u64(), Some(1));
}

db_test!(notes);
async fn notes(db: Db) {
    let (app, key) = app(&db).await;
    let id = customer("anna@example.com").insert(&db).await;
    let all = format!("/api/customers/{id}/notes");
    assert_eq!(told(&app.api("POST", &all, &key, Some(json!({ "body": " " }))).await), refusal(422, "notes.empty_body", "body"));
    let unknown = app.api("POST", &all, &key, Some(json!({ "body": "x", "kind": "love" }))).await;
    assert_eq!((unknown.status, told(&unknown).2.as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "kind"));
    let made = app.api("POST", &all, &key, Some(json!({ "body": "Called", "kind": "support" }))).await;
    assert_eq!((made.status, &made.json()["author"]), (StatusCode::CREATED, &Value::Null));
    let path = made.header("location").to_owned();
    let put = json!({ "body": "Called twice", "kind": "support", "pinned": true });
    let tag = [("if-match", made.header("etag"))];
    assert_eq!(app.api_with("PUT", &path, &key, Some(put.clone()), &tag).await.json()["version"], 2);
    assert_eq!(app.api_with("PUT", &path, &key, Some(put), &tag).await.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(app.api("GET", &all, &key, None).await.json()["items"][0]["body"], "Called twice");
    assert_eq!(app.api("DELETE", &path, &key, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.api("GET", &path, &key, None).await.status, StatusCode::NOT_FOUND);
}

db_test!(orders_are_read);
async fn orders_are_read(db: Db) {
    let app = TestApp::new(&db).await;
    let key = app.key(&[Scope::ReadOrders]).await;
    let id = customer("anna@example.com").insert(&db).await;
    let tx = db.begin().await.expect("a transaction");
    tx.execute("INSERT INTO stores (code, name, currency, created_at) VALUES ('main', 'Main', 'USD', 1)", args![])
        .await
        .expect("a store");
    for (number, status, placed) in [(Some("1001"), "placed", 5_000_000_i64), (None, "draft", 0)] {
        tx.execute(
            "INSERT INTO orders (number, store_id, customer_id, status, draft_kind, payment_state, fulfilment_state, currency,
               subtotal_minor, total_minor, base_total_minor, units, placed_at, state_since, created_at, updated_at)
             VALUES ($1, 1, $2, $3, $4, 'paid', 'unfulfilled', 'USD', 1250, 1250, 1250, 1, $5, 1, 1, 1)",
            args![number, id, status, (placed == 0).then_some("staff"), placed],
        )
        .await
        .expect("an order");
    }
    tx.commit().await.expect("a commit");
    let list = app.api("GET", "/api/orders", &key, None).await.json();
    assert_eq!((list["items"].as_array().map(Vec::len), &list["items"][0]["number"]), (Some(1), &json!("1001")));
    assert_eq!(list["items"][0]["total"], json!({ "amount": "12.50", "currency": "USD" }));
    let both = app.api("GET", &format!("/api/customers/{id}/orders?drafts=1"), &key, None).await.json();
    assert_eq!((both["total"].as_u64(), &both["items"][1]["placed_at"]), (Some(2), &json!(null)));
    let order = app.api("GET", "/api/orders/1", &key, None).await.json();
    assert_eq!((&order["due"]["amount"], &order["customer"]), (&json!("12.50"), &json!(id.0)));
    assert_eq!(app.api("GET", "/api/orders/99", &key, None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.api("GET", "/api/orders?state=lost", &key, None).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(app.api("GET", "/api/customers/99/orders", &key, None).await.status, StatusCode::NOT_FOUND);
}

db_test!(tags_are_kept_by_programs_too);
async fn tags_are_kept_by_programs_too(db: Db) {
    let (app, key) = app(&db).await;
    let id = customer("anna@example.com").insert(&db).await;
    let post = async |path: &str, body: Value| app.api("POST", path, &key, Some(body)).await;
    let made = post("/api/tags", json!({ "name": "Gift", "hue": 3 })).await;
    assert_eq!((made.status, &made.json()["hue"]), (StatusCode::CREATED, &json!(3)), "{}", made.body);
    assert_eq!(told(&post("/api/tags", json!({ "name": "gíft" })).await), refusal(422, "tags.name_taken", "name"));
    assert_eq!(told(&post("/api/tags", json!({ "name": "a,b" })).await), refusal(422, "tag.name_invalid", "name"));
    assert_eq!(told(&post("/api/tags", json!({ "name": "x", "hue": 12 })).await), refusal(422, "groups.hue_invalid", "hue"));
    let path = made.header("location").to_owned();
    let tag = [("if-match", made.header("etag"))];
    let put = json!({ "name": "present" });
    assert_eq!(app.api_with("PUT", &path, &key, Some(put.clone()), &tag).await.json()["name"], "present");
    assert_eq!(app.api_with("PUT", &path, &key, Some(put), &tag).await.status, StatusCode::PRECONDITION_FAILED);
    app.api("PUT", &format!("/api/customers/{id}/tags/gifts"), &key, None).await;
    let gifts = integer(&db, "SELECT id FROM tags WHERE name = 'gifts'", args![]).await;
    let merged = post(&format!("{path}/merge"), json!({ "tags": [gifts] })).await;
    assert_eq!((merged.status, &merged.json()["name"]), (StatusCode::OK, &json!("present")), "{}", merged.body);
    assert_eq!(told(&post(&format!("{path}/merge"), json!({ "tags": [] })).await), refusal(422, "tags.merge_what", "tags"));
    clientele::office::jobs::service::drain(&app.state).await.expect("jobs that run");
    let customer = app.api("GET", &format!("/api/customers/{id}"), &key, None).await.json();
    assert_eq!(customer["tags"], json!(["present"]));
    let all = app.api("GET", "/api/tags", &key, None).await.json();
    assert_eq!((all["items"].as_array().map(Vec::len), &all["items"][0]["customers"]), (Some(1), &json!(1)));
    assert_eq!(app.api("DELETE", &path, &key, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.api("GET", &path, &key, None).await.status, StatusCode::NOT_FOUND);
    clientele::office::jobs::service::drain(&app.state).await.expect("jobs that run");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM customer_tags", args![]).await, 0);
}

db_test!(groups_are_kept_by_programs_that_move_money);
async fn groups_are_kept_by_programs_that_move_money(db: Db) {
    let app = TestApp::new(&db).await;
    let (reader, key) = (app.key(&BOTH).await, app.key(&[Scope::ReadCustomers, Scope::MoveMoney]).await);
    let body = json!({ "name": "Trade", "discount_bp": 1250, "shipping": "free_over",
        "free_over": { "amount": "500.00", "currency": "USD" }, "payment_terms_days": 30 });
    assert_eq!(app.api("POST", "/api/groups", &reader, Some(body.clone())).await.status, StatusCode::FORBIDDEN);
    let made = app.api("POST", "/api/groups", &key, Some(body.clone())).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let group = made.json();
    for (field, value) in [
        ("code", json!("trade")),
        ("discount_bp", json!(1250)),
        ("free_over", json!({ "amount": "500.00", "currency": "USD" })),
        ("minimum", Value::Null),
        ("payment_terms_days", json!(30)),
        ("archived", json!(false)),
    ] {
        assert_eq!(group[field], value, "{field}");
    }
    let path = made.header("location").to_owned();
    for (field, value, code, named) in [
        ("discount_bp", json!(10_001), "groups.discount_invalid", "discount_bp"),
        ("payment_terms_days", json!(400), "groups.terms_invalid", "payment_terms_days"),
        ("minimum", json!({ "amount": "1.00", "currency": "EUR" }), "api.base_currency_only", "minimum.currency"),
        ("price_list_id", json!(9), "groups.price_list_gone", "price_list_id"),
        ("hue", json!(12), "groups.hue_invalid", "hue"),
    ] {
        let mut wrong = body.clone();
        wrong[field] = value;
        assert_eq!(told(&app.api("PUT", &path, &key, Some(wrong)).await), refusal(422, code, named));
    }
    let tag = [("if-match", made.header("etag"))];
    let put = app.api_with("PUT", &path, &key, Some(json!({ "name": "Trade" })), &tag).await;
    assert_eq!((put.status, &put.json()["discount_bp"]), (StatusCode::OK, &json!(0)), "what is left out is none");
    customer("anna@example.com").group("trade").insert(&db).await;
    assert_eq!(told(&app.api("DELETE", &path, &key, None).await), refusal(409, "groups.still_used", ""));
    let counted = app.api("GET", "/api/groups", &key, None).await.json();
    assert_eq!(counted["items"][0]["customers"], json!(1));
}

db_test!(segments_are_archived_restored_and_deleted);
async fn segments_are_archived_restored_and_deleted(db: Db) {
    let (app, key) = app(&db).await;
    let form = SegmentForm { name: "Few".into(), rule: "orders < 3".into(), ..SegmentForm::default() };
    let actor = Actor::system(NOW);
    let id = in_tx!(db, tx => segments::service::add(&tx, &app.state, &actor, &form)).expect("a segment");
    let made_of = SegmentForm { name: "Made of it".into(), rule: "segment = Few".into(), ..form };
    let maker = in_tx!(db, tx => segments::service::add(&tx, &app.state, &actor, &made_of)).expect("a segment");
    let path = format!("/api/segments/{id}");
    let post = async |path: String| app.api("POST", &path, &key, None).await;
    let refused = post(format!("{path}/archive")).await;
    assert_eq!((refused.status, &refused.json()["code"]), (StatusCode::CONFLICT, &json!("segments.used_by_segment")));
    assert!(refused.json()["detail"].as_str().is_some_and(|text| text.contains("Made of it")), "{}", refused.body);
    assert_eq!(told(&app.api("DELETE", &path, &key, None).await), refusal(409, "segments.archive_first", ""));
    assert_eq!(told(&post("/api/segments/1/archive".into()).await), refusal(409, "segments.is_built_in", ""));
    assert_eq!(told(&app.api("DELETE", "/api/segments/1", &key, None).await), refusal(409, "segments.is_built_in", ""));
    assert_eq!(post(format!("/api/segments/{maker}/archive")).await.json()["archived"], json!(true));
    assert_eq!(app.api("DELETE", &format!("/api/segments/{maker}"), &key, None).await.status, StatusCode::NO_CONTENT);
    let before = app.api("GET", &path, &key, None).await;
    assert_eq!(post(format!("{path}/archive")).await.json()["archived"], json!(true));
    assert_eq!(post(format!("{path}/restore")).await.json()["archived"], json!(false));
    let archived = post(format!("{path}/archive")).await;
    // Somebody else was there meanwhile.
    let old = [("if-match", before.header("etag"))];
    assert_eq!(app.api_with("DELETE", &path, &key, None, &old).await.status, StatusCode::PRECONDITION_FAILED);
    // Who is in it makes no edition.
    customer("ann@shop.example").insert(&db).await;
    let now = [("if-match", archived.header("etag"))];
    assert_eq!(app.api_with("DELETE", &path, &key, None, &now).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.api("GET", &path, &key, None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(names(&app.api("GET", "/api/segments", &key, None).await), ["High-value", "At risk", "New", "One-time"]);
}

db_test!(segments_are_listed_and_ask_for_their_customers);
async fn segments_are_listed_and_ask_for_their_customers(db: Db) {
    let (app, key) = app(&db).await;
    let ann = customer("ann@shop.example").insert(&db).await;
    customer("bob@shop.example").insert(&db).await;
    let form = SegmentForm { name: "Ann alone".into(), rule: "email = \"ann@shop.example\"".into(), ..SegmentForm::default() };
    let actor = Actor::system(NOW);
    let id = in_tx!(db, tx => segments::service::add(&tx, &app.state, &actor, &form)).expect("a segment");
    for swept in [false, true] {
        if swept {
            segments::follow::Follower::default().catch_up(&app.state).await.expect("caught up");
            drain(&app.state).await.expect("a sweep");
        }
        let list = app.api("GET", "/api/segments", &key, None).await;
        assert_eq!(names(&list), ["High-value", "At risk", "New", "One-time", "Ann alone"]);
        let one = app.api("GET", &format!("/api/segments/{id}"), &key, None).await.json();
        assert_eq!(one, list.json()["items"][4]);
        assert_eq!((&one["key"], &one["customers"], &one["built_in"]), (&json!("ann_alone"), &json!(1), &json!(false)));
        assert_eq!(one["rule"], json!("email = ann@shop.example"));
    }
    let found = app.api("GET", "/api/customers?segment=ann_alone", &key, None).await;
    assert_eq!((found.json()["total"].clone(), found.json()["items"][0]["id"].clone()), (json!(1), json!(ann.0)));
    assert_eq!(app.api("GET", "/api/segments/999", &key, None).await.status, StatusCode::NOT_FOUND);
    let misspelt = app.api("GET", "/api/customers?segment=ann_alon", &key, None).await;
    assert_eq!(misspelt.status, StatusCode::BAD_REQUEST, "{}", misspelt.body);
}
