//! Mail templates, campaigns and mails in the REST API.

mod support;

use axum::http::StatusCode;
use clientele::args;
use clientele::base::{CustomerId, Timestamp};
use clientele::messages::delivery::Engine;
use clientele::messages::suppression::{self, Reason, Topic};
use clientele::office::apikeys::Scope;
use clientele::office::jobs::service::drain;
use clientele::server::Db;
use serde_json::{Value, json};
use support::{NOW, TestApp, customer, db_test, drafted, group, in_tx, integer, numbers, refusal, told};

/// A program whose key may do everything with messages, and see customers.
async fn shop(db: &Db) -> (TestApp, String) {
    let sql = "INSERT INTO settings (key, value, updated_at) VALUES ('mail.per_second', '0', 0)";
    in_tx!(db, tx => tx.execute(sql, args![])).expect("no rate");
    let app = TestApp::new(db).await;
    let key = app.key(&[Scope::ReadMessages, Scope::WriteMessages, Scope::SendMessages, Scope::ReadCustomers]).await;
    (app, key)
}

/// A customer who agreed to advertising.
async fn reader(db: &Db, email: &str) -> CustomerId {
    let id = customer(email).insert(db).await;
    in_tx!(db, tx => tx.execute("UPDATE customers SET marketing_email = TRUE WHERE id = $1", args![id])).expect("consent");
    id
}

fn spring() -> Value {
    json!({
        "name": "Spring", "topic": "offers", "subject": "Hello {{ customer.first_name | default(\"you\") }}",
        "preheader": "It is warm", "body": "<p>Hi <a href=\"https://shop.example/sale\">sale</a></p>",
        "audience": { "include": ["everybody"] },
    })
}

fn with(change: Value) -> Value {
    let mut campaign = spring();
    clientele::server::rest::merge(&mut campaign, change);
    campaign
}

async fn outbox(db: &Db) -> i64 {
    integer(db, "SELECT COUNT(*) FROM outbox", args![]).await
}

async fn noted(db: &Db, action: &str) -> i64 {
    let sql = "SELECT COUNT(*) FROM audit_entries WHERE action = $1 AND api_key_id IS NOT NULL AND staff_id IS NULL";
    integer(db, sql, args![action]).await
}

async fn send(app: &TestApp) {
    drain(&app.state).await.expect("an audience");
    // What is done is seen on the next look.
    for _ in 0..2 {
        Engine::new(app.state.clone(), None).drain().await.expect("sending");
    }
}

db_test!(a_draft_is_written_and_read);
async fn a_draft_is_written_and_read(db: Db) {
    let (app, key) = shop(&db).await;
    let vip = group(&db, "vip").await.0;
    let audience = json!({
        "include": [{ "group": vip }, { "segment": "high_value" }, { "rule": "total_spent > 100" }],
        "exclude": [{ "customers": [7, 9] }],
    });
    let test = json!({ "others": ["Subject B"], "share": 20, "wait_hours": 4, "rule": "clicks" });
    let path = drafted(&app, &key, with(json!({ "audience": audience, "subject_test": test, "layout": "banner" }))).await;
    let read = app.api("GET", &path, &key, None).await;
    let (draft, tag) = (read.json(), read.header("etag").to_owned());
    for (field, value) in [
        ("name", json!("Spring")),
        ("topic", json!("offers")),
        ("state", json!("draft")),
        ("layout", json!("banner")),
        ("preheader", json!("It is warm")),
        ("text", Value::Null),
        ("audience", audience),
        ("subject_test", test),
        ("version", json!(1)),
        ("scheduled_at", Value::Null),
        ("created_by", Value::Null),
        ("frozen", json!(false)),
        ("changed_at", json!("2026-03-01T12:00:00Z")),
    ] {
        assert_eq!(draft[field], value, "{field}");
    }
    let known = app.api_with("GET", &path, &key, None, &[("if-none-match", &tag)]).await;
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    let put = |change: Value, tag: &str| {
        let (app, path, key, tag) = (&app, &path, &key, tag.to_owned());
        async move { app.api_with("PUT", path, key, Some(with(change)), &[("if-match", &tag)]).await }
    };
    let written = put(json!({ "name": "Summer", "text": "Hi" }), &tag).await;
    assert_eq!(written.status, StatusCode::OK, "{}", written.body);
    let summer = written.json();
    assert_eq!((&summer["name"], &summer["text"], &summer["version"]), (&json!("Summer"), &json!("Hi"), &json!(2)));
    assert_eq!((&summer["subject_test"], &summer["layout"]), (&Value::Null, &json!("card")), "what is left out is emptied");
    assert_eq!(told(&put(json!({}), &tag).await), refusal(412, "changed", "If-Match"));
    let again = put(json!({ "name": "Summer", "text": "Hi" }), written.header("etag")).await;
    assert_eq!(again.json()["version"], json!(2), "the same once more changes nothing");
    assert_eq!((noted(&db, "campaign.added").await, noted(&db, "campaign.changed").await), (1, 1));
    let other = drafted(&app, &key, with(json!({ "name": "Autumn" }))).await;
    let list = app.api("GET", "/api/campaigns?state=draft&q=SUM", &key, None).await.json();
    assert_eq!((list["items"].as_array().map(Vec::len), &list["items"][0]["name"]), (Some(1), &json!("Summer")));
    assert_eq!(
        told(&app.api_with("DELETE", &path, &key, None, &[("if-match", &tag)]).await),
        refusal(412, "changed", "If-Match")
    );
    assert_eq!(app.api("DELETE", &path, &key, None).await.status, StatusCode::NO_CONTENT);
    for (method, body) in [("GET", None), ("PUT", Some(spring())), ("DELETE", None)] {
        assert_eq!(app.api(method, &path, &key, body).await.status, StatusCode::NOT_FOUND, "{method}");
    }
    assert_eq!(app.api("GET", &other, &key, None).await.status, StatusCode::OK);
    assert_eq!((noted(&db, "campaign.deleted").await, outbox(&db).await), (1, 0));
}

db_test!(each_field_of_a_draft_is_refused_with_its_reason);
async fn each_field_of_a_draft_is_refused_with_its_reason(db: Db) {
    let (app, key) = shop(&db).await;
    let test = |change: Value| {
        let mut test = json!({ "others": ["B"], "share": 20, "wait_hours": 4 });
        clientele::server::rest::merge(&mut test, change);
        json!({ "subject_test": test })
    };
    let include = |part: Value| json!({ "audience": { "include": [part] } });
    for (change, code, field) in [
        (json!({ "name": " " }), "campaign.name_invalid", "name"),
        (json!({ "name": "ä".repeat(121) }), "composer.name_long", "name"),
        (json!({ "name": "a\u{85}b" }), "composer.name_long", "name"),
        (json!({ "subject": "a\r\nBcc: all@x.example" }), "composer.line_long", "subject"),
        (json!({ "preheader": "x".repeat(501) }), "composer.line_long", "preheader"),
        (json!({ "body": "x".repeat(200_001) }), "composer.body_long", "body"),
        (json!({ "text": "a\u{0}b" }), "composer.body_long", "text"),
        (include(json!({ "customers": vec![1; 5_001] })), "composer.audience.many_chosen", "audience"),
        (include(json!({ "customers": [0] })), "api.customer_unknown", "audience.include[0].customers"),
        (include(json!({ "rule": "x".repeat(10_001) })), "composer.audience.rule_long", "audience"),
        (json!({ "audience": { "exclude": vec!["everybody"; 51] } }), "composer.audience.many_parts", "audience"),
        (test(json!({ "share": 91 })), "campaign.test.share", "subject_test.share"),
        (test(json!({ "others": ["B", "C", "D", "E"] })), "campaign.test.too_many", "subject_test.others"),
    ] {
        let made = app.api("POST", "/api/campaigns", &key, Some(with(change.clone()))).await;
        let change: String = change.to_string().chars().take(80).collect();
        assert_eq!(told(&made), refusal(422, code, field), "{change}");
    }
    for (change, field) in [
        (json!({ "topic": "weather" }), "topic"),
        (json!({ "colour": "red" }), "colour"),
        (include(json!({ "groups": 1 })), "audience.include[0]"),
        (test(json!({ "share": 300 })), "subject_test.share"),
    ] {
        let made = app.api("POST", "/api/campaigns", &key, Some(with(change))).await;
        assert_eq!((made.status.as_u16(), made.json()["field"].as_str()), (422, Some(field)), "{}", made.body);
    }
    // A draft may be unfinished, and as long as the bounds say.
    drafted(&app, &key, json!({ "name": "ä".repeat(120), "body": "x".repeat(200_000), "subject": "x".repeat(500) })).await;
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM campaigns", args![]).await, 1);
}

db_test!(a_campaign_that_is_started_again_and_again_goes_out_once);
async fn a_campaign_that_is_started_again_and_again_goes_out_once(db: Db) {
    let (app, key) = shop(&db).await;
    for index in 0..5 {
        reader(&db, &format!("r{index}@x.example")).await;
    }
    customer("silent@x.example").insert(&db).await;
    let path = drafted(&app, &key, spring()).await;
    let start = format!("{path}/start");
    let ask = || app.api_with("POST", &start, &key, None, &[("idempotency-key", "start-1")]);
    let answers = futures::future::join_all((0..8).map(|_| ask())).await;
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (StatusCode::OK, &answers[0].body), "{}", answer.body);
    }
    assert_eq!(answers.iter().filter(|answer| answer.header("idempotency-replayed").is_empty()).count(), 1);
    assert_eq!(answers[0].json()["state"], json!("sending"));
    let once_more = app.api("POST", &start, &key, None).await;
    assert_eq!(told(&once_more), refusal(409, "campaign.started", ""));
    send(&app).await;
    assert_eq!(outbox(&db).await, 5);
    let twice = "SELECT COUNT(*) FROM (SELECT customer_id FROM outbox GROUP BY customer_id HAVING COUNT(*) > 1) AS x";
    assert_eq!((integer(&db, twice, args![]).await, noted(&db, "campaign.started").await), (0, 1));
    assert_eq!(ask().await.body, answers[0].body, "also when it is long over");
    let sent = app.api("GET", &path, &key, None).await.json();
    assert_eq!((&sent["state"], &sent["progress"]["sent"], &sent["frozen"]), (&json!("sent"), &json!(5), &json!(true)));
    let counts = json!({ "matched": 6, "no_consent": 1, "suppressed": 0, "capped": 0, "no_address": 0, "gets_it": 5 });
    assert_eq!(sent["counts"], counts);
    let report = app.api("GET", &format!("{path}/report"), &key, None).await.json();
    assert_eq!((&report["sent"], &report["delivered"], &report["opened"]), (&json!(5), &json!(5), &json!(0)));
    assert_eq!(report["revenue"], json!({ "amount": "0.00", "currency": "USD" }));
    let got = app.api("GET", &format!("{path}/recipients?state=sent&q=r3"), &key, None).await.json();
    let one = &got["items"][0];
    assert_eq!(
        (got["items"].as_array().map(Vec::len), &one["email"], &one["state"]),
        (Some(1), &json!("r3@x.example"), &json!("sent"))
    );
    assert_eq!(one["handed_at"], json!("2026-03-01T12:00:00Z"));
    let mail = app.api("GET", &format!("/api/messages/{}", one["message_id"]), &key, None).await.json();
    assert_eq!((&mail["customer_id"], &mail["template"], &mail["state"]), (&one["customer_id"], &Value::Null, &json!("sent")));
    assert!(mail["content"]["html"].as_str().is_some_and(|html| html.contains("sale")), "{mail}");
    for (method, rest, body) in
        [("PUT", "", Some(spring())), ("DELETE", "", None), ("POST", "/pause", None), ("POST", "/unschedule", None)]
    {
        assert_eq!(app.api(method, &format!("{path}{rest}"), &key, body).await.status, StatusCode::CONFLICT, "{method} {rest}");
    }
}

db_test!(what_cannot_be_sent_is_not_started);
async fn what_cannot_be_sent_is_not_started(db: Db) {
    let (app, key) = shop(&db).await;
    customer("silent@x.example").insert(&db).await;
    let start = async |campaign: Value| {
        let path = drafted(&app, &key, campaign).await;
        (told(&app.api("POST", &format!("{path}/start"), &key, None).await), path)
    };
    let nobody = start(spring()).await;
    assert_eq!(nobody.0, refusal(422, "campaign.nobody_gets_it", "audience"));
    let check = app.api("POST", &format!("{}/check", nobody.1), &key, None).await.json();
    let errors: Vec<&Value> =
        check["findings"].as_array().expect("findings").iter().filter(|one| one["level"] == "error").collect();
    assert_eq!(
        (errors.len(), &errors[0]["code"], &errors[0]["place"]),
        (1, &json!("campaign.nobody_gets_it"), &json!("audience"))
    );
    assert_eq!(
        (&check["ready"], &check["audience"]["matched"], &check["audience"]["no_consent"]),
        (&json!(false), &json!(1), &json!(1))
    );
    reader(&db, "ana@x.example").await;
    assert_eq!(start(with(json!({ "audience": { "include": [] } }))).await.0, refusal(422, "campaign.nobody", "audience"));
    assert_eq!(start(with(json!({ "subject": "" }))).await.0, refusal(422, "templates.error.no_subject", "subject"));
    let unknown = start(with(json!({ "body": "<p>{{ customer.firstname }}</p>" }))).await;
    assert_eq!(unknown.0, refusal(422, "templates.error.no_such_variable", "body"));
    let other = json!({ "subject_test": { "others": ["{{ customer.nme }}"], "share": 20, "wait_hours": 4 } });
    assert_eq!(start(with(other)).await.0, refusal(422, "campaign.test.wrong", "subject_test.others"));
    let gone = start(with(json!({ "audience": { "include": ["everybody"], "exclude": [{ "group": 999 }] } }))).await;
    assert_eq!(gone.0, refusal(422, "composer.audience.group_gone", "audience"));
    let check = app.api("POST", &format!("{}/check", gone.1), &key, None).await.json();
    assert_eq!(
        (&check["audience"], &check["include"][0]["customers"], &check["exclude"][0]["customers"]),
        (&Value::Null, &json!(2), &Value::Null)
    );
    let ready = drafted(&app, &key, spring()).await;
    let check = app.api("POST", &format!("{ready}/check"), &key, None).await.json();
    assert_eq!(
        (&check["ready"], &check["audience"]["gets_it"], &check["links"][0]),
        (&json!(true), &json!(1), &json!("https://shop.example/sale"))
    );
    // Who may write may not send.
    let writer = app.key(&[Scope::ReadMessages, Scope::WriteMessages]).await;
    for step in ["start", "schedule", "test", "cancel"] {
        let refused = app.api("POST", &format!("{ready}/{step}"), &writer, Some(json!({}))).await;
        assert_eq!(told(&refused), refusal(403, "scope_missing:messages:send", ""), "{step}");
    }
    // What is sent is what was read.
    let tag = app.api("GET", &ready, &key, None).await.header("etag").to_owned();
    let edited = app.api("PUT", &ready, &key, Some(with(json!({ "subject": "Other" })))).await;
    assert_eq!(edited.status, StatusCode::OK);
    let stale = app.api_with("POST", &format!("{ready}/start"), &key, None, &[("if-match", &tag)]).await;
    assert_eq!(told(&stale), refusal(412, "changed", "If-Match"));
    assert_eq!((outbox(&db).await, noted(&db, "campaign.started").await), (0, 0));
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM campaigns WHERE state <> 'draft'", args![]).await, 0);
    let fresh = app.api_with("POST", &format!("{ready}/start"), &key, None, &[("if-match", edited.header("etag"))]).await;
    assert_eq!(fresh.status, StatusCode::OK, "{}", fresh.body);
}

db_test!(a_campaign_is_scheduled_paused_and_ended);
async fn a_campaign_is_scheduled_paused_and_ended(db: Db) {
    let (app, key) = shop(&db).await;
    reader(&db, "ana@x.example").await;
    let path = drafted(&app, &key, spring()).await;
    let step = async |name: &str, body: Option<Value>| app.api("POST", &format!("{path}/{name}"), &key, body).await;
    let at = |day: &str, time: &str, clocks: &str| Some(json!({ "day": day, "time": time, "clocks": clocks }));
    for (body, code, field) in [
        (at("2026-02-28", "09:00", "shop"), "campaign.schedule_past", "day"),
        (at("2026-02-30", "09:00", "shop"), "api.day_invalid", "day"),
        (at("2026-03-05", "9:00", "shop"), "api.time_invalid", "time"),
        (at("2026-03-05", "24:00", "shop"), "api.time_invalid", "time"),
    ] {
        assert_eq!(told(&step("schedule", body).await), refusal(422, code, field));
    }
    let tested = drafted(&app, &key, with(json!({ "subject_test": { "others": ["B"], "share": 20, "wait_hours": 4 } }))).await;
    let own = app.api("POST", &format!("{tested}/schedule"), &key, at("2026-03-05", "09:00", "recipient")).await;
    assert_eq!(own.json()["recipients_time"], json!({ "day": "2026-03-05", "time": "09:00" }), "{}", own.body);
    let scheduled = step("schedule", at("2026-03-05", "09:30", "shop")).await;
    assert_eq!(scheduled.status, StatusCode::OK, "{}", scheduled.body);
    let scheduled = scheduled.json();
    assert_eq!((&scheduled["state"], &scheduled["scheduled_at"]), (&json!("scheduled"), &json!("2026-03-05T09:30:00Z")));
    assert_eq!(app.api("PUT", &path, &key, Some(spring())).await.status, StatusCode::CONFLICT, "drafts only");
    let own = step("schedule", at("2026-03-05", "09:30", "recipient")).await.json();
    assert_eq!(own["recipients_time"], json!({ "day": "2026-03-05", "time": "09:30" }));
    assert_eq!(step("unschedule", None).await.json()["state"], json!("draft"));
    assert_eq!(told(&step("resume", None).await), refusal(409, "campaign.not_now", ""));
    assert_eq!(step("start", None).await.json()["state"], json!("sending"));
    assert_eq!(step("pause", None).await.json()["state"], json!("paused"));
    send(&app).await;
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM outbox WHERE state = 'sent'", args![]).await, 0, "it is paused");
    assert_eq!(step("resume", None).await.json()["state"], json!("sending"));
    assert_eq!(step("cancel", None).await.json()["state"], json!("cancelled"));
    send(&app).await;
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM outbox WHERE state = 'sent'", args![]).await, 0, "it is ended");
    for action in ["scheduled", "unscheduled", "started", "paused", "resumed", "cancelled"] {
        assert!(noted(&db, &format!("campaign.{action}")).await > 0, "{action}");
    }
}

db_test!(a_test_goes_to_those_who_write);
async fn a_test_goes_to_those_who_write(db: Db) {
    let (app, key) = shop(&db).await;
    let ana = reader(&db, "ana@x.example").await;
    let path = drafted(&app, &key, spring()).await;
    let test =
        async |body: Value| app.api_with("POST", &format!("{path}/test"), &key, Some(body), &[("idempotency-key", "t1")]).await;
    let wrong = test(json!({ "addresses": ["me@shop.example", "a@b\r\nBcc:"] })).await;
    assert_eq!(told(&wrong), refusal(422, "composer.write.address_wrong", "addresses"));
    assert_eq!(test(json!({ "addresses": [] })).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(told(&test(json!({ "addresses": ["me@shop.example"], "customer_id": 999 })).await).2, "customer_id");
    for _ in 0..2 {
        let sent = test(json!({ "addresses": ["me@shop.example", "you@shop.example"], "customer_id": ana.0 })).await;
        assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
        assert_eq!(sent.json()["items"][1]["recipient"], json!("you@shop.example"));
    }
    send(&app).await;
    assert_eq!((outbox(&db).await, noted(&db, "campaign.tested").await), (2, 1));
    let sent = app.api("GET", "/api/messages?template=campaign_test", &key, None).await.json();
    let one = &sent["items"][0];
    assert_eq!((&one["state"], &one["customer_id"], &one["campaign_id"]), (&json!("sent"), &Value::Null, &Value::Null));
    assert!(one["subject"].as_str().is_some_and(|subject| subject.contains("Hello ana")), "{one}");
    let seen = app.api("POST", &format!("{path}/preview"), &key, Some(json!({ "customer_id": ana.0 }))).await.json();
    assert_eq!((&seen["content"]["subject"], &seen["missing"]), (&json!("Hello ana"), &json!([])));
    let listed = app.api("POST", &format!("{path}/preview"), &key, Some(json!([null]))).await;
    assert_eq!(listed.status, StatusCode::UNPROCESSABLE_ENTITY, "a list is no object: {}", listed.body);
    assert_eq!(
        app.api("POST", &format!("{path}/preview"), &key, Some(json!({}))).await.json()["content"]["subject"],
        json!("Hello Ana")
    );
}

db_test!(lists_come_in_pages);
async fn lists_come_in_pages(db: Db) {
    let (app, key) = shop(&db).await;
    for index in 0..101 {
        reader(&db, &format!("r{index}@x.example")).await;
    }
    let path = drafted(&app, &key, spring()).await;
    app.api("POST", &format!("{path}/start"), &key, None).await;
    send(&app).await;
    for index in 0..54 {
        drafted(&app, &key, with(json!({ "name": format!("Draft {index}") }))).await;
    }
    for (first, count) in [
        ("/api/campaigns", 55),
        ("/api/campaigns?state=draft&q=draft", 54),
        ("/api/messages?state=sent", 101),
        (&*format!("{path}/recipients"), 101),
    ] {
        let (mut seen, mut next) = (Vec::new(), Some(first.to_owned()));
        while let Some(address) = next {
            let page = app.api("GET", &address, &key, None).await;
            assert_eq!(page.status, StatusCode::OK, "{address}: {}", page.body);
            let page = page.json();
            seen.extend(
                page["items"]
                    .as_array()
                    .expect("items")
                    .iter()
                    .map(|item| item["id"].as_i64().or(item["message_id"].as_i64()).expect("an id")),
            );
            next = page["next"].as_str().map(str::to_owned);
        }
        assert_eq!(seen.len(), count, "{first}");
        let mut once = seen.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), count, "{first}: none twice");
    }
    for wrong in [
        "campaigns?state=gone",
        "campaigns?before=-1",
        "campaigns?before=x",
        "messages?state=",
        "messages?customer=%2B1",
        "messages?kind=x",
    ] {
        let refused = app.api("GET", &format!("/api/{wrong}"), &key, None).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}: {}", refused.body);
    }
    let one = numbers(&db, "SELECT customer_id FROM outbox ORDER BY id LIMIT 1", args![]).await[0];
    let mails = app.api("GET", &format!("/api/messages?customer={one}"), &key, None).await.json();
    assert_eq!((mails["items"].as_array().map(Vec::len), &mails["next"]), (Some(1), &Value::Null));
    assert_eq!(app.api("GET", "/api/campaigns/999/recipients", &key, None).await.status, StatusCode::NOT_FOUND);
}

db_test!(templates_are_written_and_brought_back);
async fn templates_are_written_and_brought_back(db: Db) {
    let (app, key) = shop(&db).await;
    let ana = customer("ana@x.example").insert(&db).await;
    let all = app.api("GET", "/api/templates", &key, None).await.json();
    assert_eq!((all["total"].as_u64(), &all["items"][0]["changed_at"]), (Some(22), &Value::Null));
    let path = "/api/templates/welcome";
    let read = app.api("GET", path, &key, None).await;
    let (brought, tag) = (read.json(), read.header("etag").to_owned());
    assert_eq!(
        (&brought["version"], &brought["as_delivered"], &brought["purpose"], &brought["locale"]),
        (&json!(0), &json!(true), &json!("marketing"), &json!("en"))
    );
    let variable =
        |name: &str| brought["variables"].as_array().expect("variables").iter().find(|one| one["name"] == name).cloned();
    assert_eq!(variable("coupon.code").map(|one| one["told"].clone()), Some(json!(true)));
    assert_eq!(variable("customer.name").map(|one| one["told"].clone()), Some(json!(false)));
    let wrong = json!({ "subject": "Hi", "body": "<p>{{ customer.nme }}</p>\n<script>x</script>" });
    let refused = app.api("PUT", path, &key, Some(wrong.clone())).await;
    let errors = refused.json();
    assert_eq!((refused.status.as_u16(), errors["field"].as_str()), (422, Some("body")), "{}", refused.body);
    let said: Vec<&str> = errors["errors"].as_array().expect("errors").iter().filter_map(|one| one["detail"].as_str()).collect();
    assert!(said.len() > 1 && said[0].starts_with("Line 1, column 7: ") && said[1].starts_with("Line 2"), "{said:?}");
    assert_eq!(
        told(&app.api("PUT", path, &key, Some(json!({ "subject": "a\u{0}", "body": "x" }))).await),
        refusal(422, "composer.line_long", "subject")
    );
    let hello =
        |subject: &str| Some(json!({ "subject": subject, "body": "<p>Hi {{ customer.first_name }}</p>", "layout": "letter" }));
    let first = app.api_with("PUT", path, &key, hello("One"), &[("if-match", &tag)]).await;
    assert_eq!((first.status, first.json()["version"].as_i64()), (StatusCode::OK, Some(1)), "{}", first.body);
    assert_eq!(
        told(&app.api_with("PUT", path, &key, hello("Two"), &[("if-match", &tag)]).await),
        refusal(412, "changed", "If-Match")
    );
    assert_eq!(app.api("PUT", path, &key, hello("Two")).await.json()["version"], json!(2));
    let german = app.api("GET", &format!("{path}?locale=de"), &key, None).await.json();
    assert_eq!((&german["version"], german["subject"] == json!("Two")), (&json!(0), false), "each language has its own");
    let versions = app.api("GET", &format!("{path}/versions"), &key, None).await.json();
    assert_eq!((&versions["items"][0]["subject"], &versions["items"][1]["version"]), (&json!("Two"), &json!(1)));
    let back =
        async |version: Value| app.api("POST", &format!("{path}/restore"), &key, Some(json!({ "version": version }))).await;
    let restored = back(json!(1)).await.json();
    assert_eq!((&restored["version"], &restored["subject"], &restored["layout"]), (&json!(3), &json!("One"), &json!("letter")));
    assert_eq!(told(&back(json!(99)).await), refusal(422, "templates.no_such_version", "version"));
    let delivered = back(Value::Null).await.json();
    assert_eq!((&delivered["as_delivered"], &delivered["subject"]), (&json!(true), &brought["subject"]));
    assert_eq!((noted(&db, "mail_template.changed").await, noted(&db, "mail_template.restored").await), (2, 2));
    let preview = async |body: Value| app.api("POST", &format!("{path}/preview"), &key, Some(body)).await;
    let seen = preview(json!({ "customer_id": ana.0, "draft": hello("For {{ customer.first_name }}") })).await.json();
    assert_eq!(seen["content"]["subject"], json!("For ana"));
    assert_eq!(preview(json!({})).await.status, StatusCode::OK);
    assert_eq!(told(&preview(json!({ "draft": wrong })).await).2, "draft.body");
    let deep = format!("{}x{}", "<div>".repeat(15_000), "</div>".repeat(15_000));
    let deep = preview(json!({ "draft": { "subject": "Hi", "body": deep } })).await;
    assert_eq!(told(&deep), refusal(422, "templates.error.too_deep", "draft.body"));
    assert_eq!(told(&preview(json!({ "customer_id": 999 })).await), refusal(422, "api.customer_unknown", "customer_id"));
    for (path, status) in
        [("nothing", 404), ("welcome%00", 404), ("Welcome", 404), ("welcome?locale=fr", 400), ("nothing/versions", 404)]
    {
        assert_eq!(app.api("GET", &format!("/api/templates/{path}"), &key, None).await.status, status, "{path}");
    }
    assert_eq!(app.api("PUT", "/api/templates/nothing", &key, hello("x")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM mail_templates", args![]).await, 1, "nothing was begun for what is not there");
}

db_test!(a_mail_to_one_says_what_it_was_told);
async fn a_mail_to_one_says_what_it_was_told(db: Db) {
    let (app, key) = shop(&db).await;
    let ana = customer("ana@x.example").insert(&db).await;
    let ship = |data: Value| Some(json!({ "template": "order_shipped", "customer_id": ana.0, "data": data }));
    let body = ship(json!({ "order.number": "10482", "parcel.carrier": "<DHL>", "parcel.url": "https://carrier.example/?id=7" }));
    let ask = || app.api_with("POST", "/api/messages", &key, body.clone(), &[("idempotency-key", "parcel-7")]);
    let answers = futures::future::join_all((0..6).map(|_| ask())).await;
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (StatusCode::CREATED, &answers[0].body), "{}", answer.body);
    }
    let queued = answers[0].json();
    assert_eq!(
        (&queued["state"], &queued["template"], &queued["recipient"]),
        (&json!("queued"), &json!("order_shipped"), &json!("ana@x.example"))
    );
    assert_eq!((outbox(&db).await, noted(&db, "mail.queued").await), (1, 1));
    send(&app).await;
    let mail = app.api("GET", answers[0].header("location"), &key, None).await.json();
    assert_eq!((&mail["state"], &mail["kept"], &mail["secret"]), (&json!("sent"), &json!(true), &json!(false)), "{mail}");
    let html = mail["content"]["html"].as_str().unwrap_or_default();
    assert!(html.contains("10482") && html.contains("&lt;DHL&gt;") && html.contains("https://carrier.example/?id=7"), "{html}");
    // Amounts and lists, in the customer's language.
    in_tx!(db, tx => tx.execute("UPDATE customers SET locale = 'de' WHERE id = $1", args![ana])).expect("a language");
    let euro = |amount: &str| json!({ "amount": amount, "currency": "EUR" });
    let order = json!({
        "order.number": "7", "order.total": euro("1234.50"),
        "lines": [{ "name": "Linen shirt", "quantity": 2, "total": euro("1234.50") }],
    });
    let confirm = async |data: Value| {
        app.api(
            "POST",
            "/api/messages",
            &key,
            Some(json!({ "template": "order_confirmation", "customer_id": ana.0, "data": data })),
        )
        .await
    };
    let made = confirm(order.clone()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    send(&app).await;
    let text = app.api("GET", made.header("location"), &key, None).await.json()["content"]["text"].to_string();
    assert!(text.contains("Linen shirt") && text.contains("1.234,50"), "{text}");
    for (name, value, code, field) in [
        ("order.total", Value::Null, "messages.variable_missing", "data.order.total"),
        ("order.total", json!("12.50"), "messages.not_money", "data.order.total"),
        ("order.number", json!(" "), "messages.variable_missing", "data.order.number"),
        ("order.tax", euro("1.234"), "messages.not_money", "data.order.tax"),
        ("lines", json!([{ "quantity": 1 }]), "messages.variable_missing", "data.lines[0].name"),
        ("customer.name", json!("Eve"), "messages.no_such_variable", "data.customer.name"),
        ("links.unsubscribe", json!("https://evil.example"), "messages.no_such_variable", "data.links.unsubscribe"),
    ] {
        let mut data = order.clone();
        data[name] = value;
        assert_eq!(told(&confirm(data).await), refusal(422, code, field), "{name}");
    }
    assert_eq!(outbox(&db).await, 2);
}

db_test!(a_mail_to_one_goes_only_to_who_may_get_it);
async fn a_mail_to_one_goes_only_to_who_may_get_it(db: Db) {
    let (app, key) = shop(&db).await;
    let (silent, agreed, blocked) =
        (customer("silent@x.example").insert(&db).await, reader(&db, "ana@x.example").await, reader(&db, "b@x.example").await);
    let (gone, bounced, bad) =
        (customer("").insert(&db).await, reader(&db, "bounced@x.example").await, reader(&db, "a@b c").await);
    in_tx!(db, tx => tx.execute("UPDATE customers SET account_status = 'blocked' WHERE id = $1", args![blocked]))
        .expect("blocked");
    in_tx!(db, tx => suppression::store::add(&tx, "bounced@x.example", Reason::Bounced, "", (None, None), NOW))
        .expect("a bounce");
    let ask = async |template: &str, customer: i64| {
        let data = if template == "order_shipped" { json!({ "order.number": "1" }) } else { json!({ "coupon.code": "A" }) };
        app.api("POST", "/api/messages", &key, Some(json!({ "template": template, "customer_id": customer, "data": data }))).await
    };
    for (template, customer, code, field) in [
        ("nothing", agreed, "messages.template_unknown", "template"),
        ("welcome\u{0}", agreed, "messages.template_unknown", "template"),
        ("campaign_test", agreed, "messages.template_unknown", "template"),
        ("password_reset", agreed, "messages.template_not_alone", "template"),
        ("gift_card", agreed, "messages.template_not_alone", "template"),
        ("invoice", agreed, "messages.template_not_alone", "template"),
        ("order_shipped", CustomerId(999), "api.customer_unknown", "customer_id"),
        ("order_shipped", gone, "messages.no_address", "customer_id"),
        ("order_shipped", bad, "mail.why.address", "customer_id"),
        ("welcome", silent, "mail.why.no_consent", "customer_id"),
        ("welcome", blocked, "mail.why.blocked", "customer_id"),
        ("welcome", bounced, "mail.why.suppressed", "customer_id"),
    ] {
        let refused = ask(template, customer.0).await;
        assert_eq!(told(&refused), refusal(422, code, field), "{template:?} {customer}: {}", refused.body);
    }
    assert_eq!((outbox(&db).await, noted(&db, "mail.queued").await), (0, 0));
    for (template, customer) in [("order_shipped", silent), ("order_shipped", blocked), ("welcome", agreed)] {
        assert_eq!(ask(template, customer.0).await.status, StatusCode::CREATED, "{template}");
    }
    // Whoever withdraws before it leaves does not get what advertises.
    in_tx!(db, tx => suppression::service::prefer(&tx, agreed, &[] as &[Topic], "preferences", NOW)).expect("a choice");
    send(&app).await;
    let waits = |state: &'static str| integer(&db, "SELECT COUNT(*) FROM outbox WHERE state = $1", args![state]);
    assert_eq!((waits("sent").await, waits("skipped").await), (2, 1));
    let skipped = app.api("GET", "/api/messages?state=skipped", &key, None).await.json();
    assert_eq!(skipped["items"][0]["why"], json!("no_consent"));
    app.state.clock.advance(Timestamp::DAY);
    let reads = app.key(&[Scope::ReadMessages, Scope::WriteMessages]).await;
    let refused = app.api("POST", "/api/messages", &reads, Some(json!({ "template": "welcome", "customer_id": agreed.0 }))).await;
    assert_eq!(told(&refused), refusal(403, "scope_missing:messages:send", ""));
}
