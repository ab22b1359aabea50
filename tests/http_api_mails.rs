//! What staff do with mails beside writing and sending them, in the REST API: own templates, winners, mails in doubt, copies; whom advertising to
//! one customer goes to; subjects that get too long.

mod support;

use axum::http::StatusCode;
use clientele::args;
use clientele::base::{CustomerId, Timestamp};
use clientele::messages::delivery::Engine;
use clientele::messages::suppression::{self, Reason, Topic};
use clientele::office::apikeys::Scope;
use clientele::office::jobs::service::drain;
use clientele::office::staff::Role;
use clientele::server::Db;
use serde_json::{Value, json};
use support::papers::PaperOrder;
use support::{NOW, TestApp, branch, customer, db_test, drafted, in_tx, integer, numbers, refusal, told};

/// A program whose key may do everything with messages, and see customers.
async fn shop(db: &Db) -> (TestApp, String) {
    run(db, "INSERT INTO settings (key, value, updated_at) VALUES ('mail.per_second', '0', 0)", args![]).await;
    let app = TestApp::new(db).await;
    let key = app.key(&[Scope::ReadMessages, Scope::WriteMessages, Scope::SendMessages, Scope::ReadCustomers]).await;
    (app, key)
}

async fn run(db: &Db, sql: &str, args: clientele::server::Args) {
    in_tx!(db, tx => tx.execute(sql, args)).expect("a statement");
}

/// A customer who agreed to advertising.
async fn reader(db: &Db, email: &str) -> CustomerId {
    let id = customer(email).insert(db).await;
    run(db, "UPDATE customers SET marketing_email = TRUE WHERE id = $1", args![id]).await;
    id
}

fn spring(change: Value) -> Value {
    let mut campaign = json!({
        "name": "Spring", "topic": "offers", "subject": "Hello {{ customer.first_name | default(\"you\") }}",
        "body": "<p>Hi <a href=\"https://shop.example/sale\">sale</a></p>", "audience": { "include": ["everybody"] },
    });
    clientele::server::rest::merge(&mut campaign, change);
    campaign
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

async fn mails(db: &Db, state: &str) -> i64 {
    integer(db, "SELECT COUNT(*) FROM outbox WHERE state = $1", args![state]).await
}

db_test!(own_templates_are_added_and_taken_out_of_use);
async fn own_templates_are_added_and_taken_out_of_use(db: Db) {
    let (app, key) = shop(&db).await;
    let ana = reader(&db, "ana@x.example").await;
    let add =
        async |body: Value, with: &[(&str, &str)]| app.api_with("POST", "/api/templates?locale=de", &key, Some(body), with).await;
    for (body, code, field) in [
        (json!({ "title": " " }), "templates.title_invalid", "title"),
        (json!({ "title": "ä".repeat(81) }), "templates.title_invalid", "title"),
        (json!({ "title": "a\u{7}b" }), "templates.title_invalid", "title"),
        (json!({ "title": "Spring", "from": "nothing" }), "messages.template_unknown", "from"),
        (json!({ "title": "Spring", "from": "" }), "messages.template_unknown", "from"),
        (json!({ "title": "Spring", "from": "order_shipped" }), "templates.from_invalid", "from"),
    ] {
        assert_eq!(told(&add(body.clone(), &[]).await), refusal(422, code, field), "{body}");
    }
    let once = [("idempotency-key", "spring")];
    let made = add(json!({ "title": "Spring" }), &once).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(add(json!({ "title": "Spring" }), &once).await.body, made.body, "one, however often it is asked for");
    let (path, template) = (made.header("location").to_owned(), made.json());
    assert_eq!((&template["own"], &template["title"], &template["version"]), (&json!(true), &json!("Spring"), &json!(1)));
    assert_eq!((&template["locale"], &template["retired"]), (&json!("de"), &json!(false)));
    let name = template["template"].as_str().expect("a name").to_owned();
    let copy = add(json!({ "title": "Summer", "from": name }), &[]).await.json();
    assert_eq!(copy["body"], template["body"]);
    let list = app.api("GET", "/api/templates", &key, None).await.json();
    assert_eq!(list["total"], json!(24));

    let step = async |step: &str, with: &[(&str, &str)]| app.api_with("POST", &format!("{path}/{step}"), &key, None, with).await;
    let write = json!({ "subject": "Frühling", "body": "<p>Hallo</p>" });
    let written = app.api("PUT", &format!("{path}?locale=de"), &key, Some(write)).await;
    assert_eq!(written.status, StatusCode::OK, "{}", written.body);
    let stale = app.api_with("POST", &format!("{path}/retire?locale=de"), &key, None, &[("if-match", made.header("etag"))]).await;
    assert_eq!(told(&stale), refusal(412, "changed", "If-Match"));
    for _ in 0..2 {
        assert_eq!(step("retire", &[]).await.json()["retired"], json!(true));
    }
    let single = || json!({ "template": name, "customer_id": ana.0 });
    let refused = app.api("POST", "/api/messages", &key, Some(single())).await;
    assert_eq!(told(&refused), refusal(422, "messages.template_retired", "template"));
    for _ in 0..2 {
        assert_eq!(step("unretire", &[]).await.json()["retired"], json!(false));
    }
    assert_eq!(app.api("POST", "/api/messages", &key, Some(single())).await.status, StatusCode::CREATED);
    assert_eq!(told(&app.api("POST", "/api/templates/welcome/retire", &key, None).await), refusal(409, "templates.not_own", ""));
    assert_eq!(app.api("POST", "/api/templates/own_nothing/retire", &key, None).await.status, StatusCode::NOT_FOUND);
    for (action, times) in [("added", 2), ("retired", 1), ("unretired", 1)] {
        assert_eq!(noted(&db, &format!("mail_template.{action}")).await, times, "{action}");
    }
}

db_test!(the_winner_of_a_test_is_chosen_once);
async fn the_winner_of_a_test_is_chosen_once(db: Db) {
    let (app, key) = shop(&db).await;
    for index in 0..40 {
        reader(&db, &format!("r{index}@x.example")).await;
    }
    let test = json!({ "others": ["Subject B"], "share": 50, "wait_hours": 4, "rule": "hand" });
    let path = drafted(&app, &key, spring(json!({ "subject_test": test }))).await;
    let choose = async |subject: i64, with: &[(&str, &str)]| {
        app.api_with("POST", &format!("{path}/winner"), &key, Some(json!({ "subject": subject })), with).await
    };
    assert_eq!(told(&choose(1, &[]).await), refusal(409, "campaign.not_now", ""), "it is not being sent");
    assert_eq!(app.api("POST", &format!("{path}/start"), &key, None).await.status, StatusCode::OK);
    send(&app).await;
    assert!(mails(&db, "queued").await > 0, "the rest waits");
    assert_eq!(told(&choose(2, &[]).await), refusal(422, "campaign.test.no_such", "subject"));
    assert_eq!(told(&choose(1, &[("if-match", "\"other\"")]).await), refusal(412, "changed", "If-Match"));
    let answers = futures::future::join_all((0..4).map(|_| choose(1, &[("idempotency-key", "b")]))).await;
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (StatusCode::OK, &answers[0].body), "{}", answer.body);
    }
    assert_eq!(told(&choose(0, &[]).await), refusal(409, "campaign.not_now", ""));
    let report = app.api("GET", &format!("{path}/report"), &key, None).await.json();
    let test = &report["subject_test"];
    assert_eq!((&test["winner"], &test["why"], &test["rest_time"]), (&json!(1), &json!("hand"), &Value::Null));
    send(&app).await;
    assert_eq!((mails(&db, "queued").await, mails(&db, "sent").await, noted(&db, "campaign.winner").await), (0, 40, 1));
    let plain = drafted(&app, &key, spring(json!({}))).await;
    app.api("POST", &format!("{plain}/start"), &key, None).await;
    let none = app.api("POST", &format!("{plain}/winner"), &key, Some(json!({ "subject": 0 }))).await;
    assert_eq!(told(&none), refusal(409, "campaign.not_now", ""), "no test");
}

db_test!(mails_in_doubt_are_decided_once);
async fn mails_in_doubt_are_decided_once(db: Db) {
    let (app, key) = shop(&db).await;
    run(&db, "INSERT INTO settings (key, value, updated_at) VALUES ('mail.cap_mails', '0', 0)", args![]).await;
    app.state.reload_settings().await.expect("settings");
    let ana = reader(&db, "ana@x.example").await;
    for index in 0..5 {
        reader(&db, &format!("r{index}@x.example")).await;
    }
    let path = drafted(&app, &key, spring(json!({}))).await;
    app.api("POST", &format!("{path}/start"), &key, None).await;
    let single = json!({ "template": "order_shipped", "customer_id": ana.0, "data": { "order.number": "1" } });
    let single = app.api("POST", "/api/messages", &key, Some(single)).await.header("location").to_owned();
    send(&app).await;
    assert_eq!(mails(&db, "sent").await, 7);
    run(&db, "UPDATE outbox SET state = 'in_doubt'", args![]).await;

    let decide = async |path: &str, decision: &str| {
        let (app, key, address) = (&app, &key, format!("{path}/{}", if path.contains("messages") { "doubt" } else { "doubts" }));
        app.api("POST", &address, key, Some(json!({ "decision": decision }))).await
    };
    // One by one; who comes second is told so.
    let first = numbers(&db, "SELECT MIN(id) FROM outbox WHERE campaign_id IS NOT NULL", args![]).await[0];
    let first = format!("/api/messages/{first}");
    for (path, decision, state, why) in
        [(&single, "send_again", "queued", Value::Null), (&first, "leave", "failed", json!("in_doubt"))]
    {
        let answers = futures::future::join_all((0..6).map(|_| decide(path, decision))).await;
        let mut done: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        done.sort_unstable();
        assert_eq!(done, [200, 409, 409, 409, 409, 409], "{path}");
        let one = answers.iter().find(|answer| answer.status == StatusCode::OK).expect("one").json();
        assert_eq!((&one["state"], &one["why"]), (&json!(state), &why));
        assert_eq!(told(&decide(path, "leave").await), refusal(409, "outbox.not_in_doubt", ""));
    }
    assert_eq!(decide(&single, "perhaps").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(decide("/api/messages/999999", "leave").await.status, StatusCode::NOT_FOUND);
    // All of a campaign: it was over and is being sent once more.
    assert_eq!(app.api("GET", &path, &key, None).await.json()["state"], json!("sent"));
    let again = decide(&path, "send_again").await.json();
    assert_eq!((&again["state"], &again["progress"]["in_doubt"]), (&json!("sending"), &json!(0)), "{again}");
    send(&app).await;
    assert_eq!((mails(&db, "sent").await, mails(&db, "failed").await), (6, 1));
    assert_eq!(decide(&path, "leave").await.json()["state"], json!("sent"), "there is none any more");
    run(&db, "UPDATE outbox SET state = 'in_doubt' WHERE campaign_id IS NOT NULL", args![]).await;
    run(&db, "UPDATE campaigns SET state = 'cancelled'", args![]).await;
    assert_eq!(told(&decide(&path, "send_again").await), refusal(409, "campaign.not_now", ""));
    assert_eq!(told(&decide(&first, "send_again").await), refusal(409, "campaign.not_now", ""));
    assert_eq!(decide(&path, "leave").await.json()["progress"]["failed"], json!(6));
    for (action, times) in [("mail.sent_again", 1), ("mail.left", 1), ("campaign.doubts_sent", 1), ("campaign.doubts_left", 1)] {
        assert_eq!(noted(&db, action).await, times, "{action}");
    }
    let reads = app.key(&[Scope::ReadMessages, Scope::WriteMessages]).await;
    for path in [format!("{first}/doubt"), format!("{path}/doubts"), format!("{path}/winner")] {
        let refused = app.api("POST", &path, &reads, Some(json!({ "decision": "leave" }))).await;
        assert_eq!(told(&refused), refusal(403, "scope_missing:messages:send", ""), "{path}");
    }
    // Staff decide on the mail's page, where it exists for them.
    run(&db, "UPDATE outbox SET state = 'in_doubt' WHERE campaign_id IS NULL", args![]).await;
    let id: i64 = single.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    let elsewhere = app.member(Role::Admin, Some(&[branch(&db, "Elsewhere").await])).await;
    let (member, owner) = (app.cookie_of(elsewhere).await, app.log_in(Role::Owner).await);
    let leave = json!({ "id": id, "again": false }).to_string();
    for (cookie, status) in [(&member, 404), (&owner, 200), (&owner, 409)] {
        assert_eq!(app.call("/fn/decide_mail", cookie, &leave).await.status.as_u16(), status);
    }
    assert_eq!(mails(&db, "in_doubt").await, 0);
}

db_test!(a_campaign_is_copied_into_a_draft);
async fn a_campaign_is_copied_into_a_draft(db: Db) {
    let (app, key) = shop(&db).await;
    reader(&db, "ana@x.example").await;
    let test = json!({ "others": ["Subject B"], "share": 20, "wait_hours": 4, "rule": "clicks" });
    let path = drafted(&app, &key, spring(json!({ "subject_test": test, "preheader": "It is warm" }))).await;
    app.api("POST", &format!("{path}/start"), &key, None).await;
    let copy =
        async |body: Value, with: &[(&str, &str)]| app.api_with("POST", &format!("{path}/copy"), &key, Some(body), with).await;
    assert_eq!(told(&copy(json!({ "name": " " }), &[]).await), refusal(422, "campaign.name_invalid", "name"));
    assert_eq!(told(&copy(json!({ "name": "x".repeat(121) }), &[]).await), refusal(422, "composer.name_long", "name"));
    let once = [("idempotency-key", "copy"), ("accept-language", "de")];
    let made = copy(json!({}), &once).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(copy(json!({}), &once).await.body, made.body);
    let (old, new) = (app.api("GET", &path, &key, None).await.json(), made.json());
    for same in ["subject", "preheader", "body", "audience", "topic", "layout", "subject_test"] {
        assert_eq!(new[same], old[same], "{same}");
    }
    assert_eq!((&new["name"], &new["state"], &new["version"]), (&json!("Spring (Kopie)"), &json!("draft"), &json!(1)));
    assert_eq!((&new["started_at"], &new["counts"]["matched"]), (&Value::Null, &json!(0)));
    let named = copy(json!({ "name": "Summer" }), &[]).await;
    let read = app.api("GET", named.header("location"), &key, None).await;
    assert_eq!((read.json()["name"].as_str(), read.header("etag")), (Some("Summer"), named.header("etag")));
    assert_eq!(app.api("POST", "/api/campaigns/999/copy", &key, Some(json!({}))).await.status, StatusCode::NOT_FOUND);
    assert_eq!((integer(&db, "SELECT COUNT(*) FROM campaigns", args![]).await, noted(&db, "campaign.added").await), (3, 3));
}

db_test!(looking_at_a_mail_as_a_customer_takes_the_scope_that_shows_them);
async fn looking_at_a_mail_as_a_customer_takes_the_scope_that_shows_them(db: Db) {
    let (app, key) = shop(&db).await;
    let ana = reader(&db, "ana@x.example").await;
    let path = drafted(&app, &key, spring(json!({}))).await;
    let mails = app.key(&[Scope::ReadMessages, Scope::WriteMessages, Scope::SendMessages]).await;
    let before = integer(&db, "SELECT COUNT(*) FROM outbox", args![]).await;
    for (address, body) in [
        ("/api/templates/welcome/preview".to_owned(), json!({})),
        (format!("{path}/preview"), json!({})),
        (format!("{path}/test"), json!({ "addresses": ["me@shop.example"] })),
    ] {
        let as_ana = spring_into(body.clone(), json!({ "customer_id": ana.0 }));
        let refused = app.api("POST", &address, &mails, Some(as_ana.clone())).await;
        assert_eq!(told(&refused), refusal(403, "scope_missing:customers:read", ""), "{address}");
        // Also where there is nobody: ids are not tried out.
        let nobody = app.api("POST", &address, &mails, Some(spring_into(body.clone(), json!({ "customer_id": 999 })))).await;
        assert_eq!(nobody.status, StatusCode::FORBIDDEN, "{address}");
        assert_eq!(integer(&db, "SELECT COUNT(*) FROM outbox", args![]).await, before);
        assert_eq!(app.api("POST", &address, &key, Some(as_ana)).await.status, StatusCode::OK, "{address}");
        let samples = app.api("POST", &address, &mails, Some(body)).await;
        assert_eq!(samples.status, StatusCode::OK, "{address}: {}", samples.body);
    }
}

fn spring_into(mut body: Value, change: Value) -> Value {
    clientele::server::rest::merge(&mut body, change);
    body
}

db_test!(advertising_to_one_goes_where_a_campaign_would);
async fn advertising_to_one_goes_where_a_campaign_would(db: Db) {
    run(&db, "INSERT INTO settings (key, value, updated_at) VALUES ('mail.cap_mails', '2', 0)", args![]).await;
    let (app, key) = shop(&db).await;
    let (ana, ben) = (reader(&db, "ana@x.example").await, reader(&db, "ben@x.example").await);
    let decline = async |who: CustomerId, wanted: &[Topic]| {
        in_tx!(db, tx => suppression::service::prefer(&tx, who, wanted, "preferences", NOW)).expect("a choice");
    };
    let ask = async |template: &str, who: CustomerId, topic: Value| {
        let data = if template == "order_shipped" { json!({ "order.number": "1" }) } else { json!({ "coupon.code": "A" }) };
        let body = json!({ "template": template, "customer_id": who.0, "data": data, "topic": topic });
        app.api("POST", "/api/messages", &key, Some(body)).await
    };
    decline(ana, &[Topic::Newsletter]).await;
    assert_eq!(told(&ask("birthday", ana, Value::Null).await), refusal(422, "mail.why.topic", "customer_id"), "it is an offer");
    assert_eq!(told(&ask("welcome", ana, json!("offers")).await), refusal(422, "mail.why.topic", "customer_id"));
    assert_eq!(told(&ask("order_shipped", ana, json!("offers")).await), refusal(422, "messages.topic_of_none", "topic"));
    assert_eq!(ask("welcome", ana, json!("weather")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (template, topic) in [("welcome", Value::Null), ("birthday", json!("newsletter")), ("order_shipped", Value::Null)] {
        let queued = ask(template, ana, topic).await;
        assert_eq!(queued.status, StatusCode::CREATED, "{template}: {}", queued.body);
    }
    // Looked at again when it leaves: the topic that was declined since, and the cap, for which each counts.
    let late = ask("win_back", ben, Value::Null).await;
    assert_eq!(late.status, StatusCode::CREATED, "{}", late.body);
    decline(ben, &[Topic::Products]).await;
    let third = ask("welcome", ana, Value::Null).await;
    assert_eq!(third.status, StatusCode::CREATED, "nothing has arrived yet: {}", third.body);
    send(&app).await;
    let why = app.api("GET", late.header("location"), &key, None).await.json()["why"].clone();
    assert_eq!(why, json!("topic"));
    let capped = "SELECT COUNT(*) FROM outbox WHERE state = 'skipped' AND why = 'mail.why.capped' AND customer_id = $1";
    assert_eq!(integer(&db, capped, args![ana]).await, 1, "whichever of the three came last");
    assert_eq!((mails(&db, "sent").await, mails(&db, "skipped").await), (3, 2));
    assert_eq!(told(&ask("welcome", ana, Value::Null).await), refusal(422, "mail.why.capped", "customer_id"));
    assert_eq!(ask("order_shipped", ana, Value::Null).await.status, StatusCode::CREATED, "what is no advertising goes");
    // They count for campaigns as well, in the figures and as it is sent.
    let path = drafted(&app, &key, spring(json!({ "topic": "newsletter" }))).await;
    let check = app.api("POST", &format!("{path}/check"), &key, None).await.json();
    assert_eq!((&check["audience"]["capped"], &check["audience"]["no_consent"]), (&json!(1), &json!(1)), "{check}");
    reader(&db, "eve@x.example").await;
    let started = app.api("POST", &format!("{path}/start"), &key, None).await;
    assert_eq!(started.status, StatusCode::OK, "{}", started.body);
    send(&app).await;
    assert_eq!(app.api("GET", &path, &key, None).await.json()["counts"]["capped"], json!(1));
    // Days later there is room again.
    app.state.clock.advance(8 * Timestamp::DAY);
    assert_eq!(ask("welcome", ana, Value::Null).await.status, StatusCode::CREATED);
}

db_test!(a_cart_is_remembered_only_where_a_campaign_would_go);
async fn a_cart_is_remembered_only_where_a_campaign_would_go(db: Db) {
    run(&db, "INSERT INTO settings (key, value, updated_at) VALUES ('mail.cap_mails', '1', 0)", args![]).await;
    let (app, key) = shop(&db).await;
    let cookie = app.log_in(Role::Owner).await;
    let ana = reader(&db, "ana@x.example").await;
    let cart = PaperOrder { status: "draft", ..PaperOrder::new("", vec![("Jazz", 1, 1_000, 0, 1_900)]) }.insert(&db, ana).await;
    run(&db, "UPDATE orders SET draft_kind = 'abandoned_cart', updated_at = $1", args![NOW.plus(-2 * Timestamp::HOUR)]).await;
    let remind = async || app.call("/fn/recover_draft", &cookie, &format!(r#"{{"order":{cart}}}"#)).await;
    let refused = async |text: &str| {
        let answer = remind().await;
        assert!(answer.status == StatusCode::CONFLICT && answer.body.contains(text), "{text}: {} {}", answer.status, answer.body);
    };
    in_tx!(db, tx => suppression::service::prefer(&tx, ana, &[Topic::Newsletter], "preferences", NOW)).expect("a choice");
    refused("mail.why.topic").await;
    in_tx!(db, tx => suppression::store::choose(&tx, ana, Topic::Offers, true, "preferences", NOW)).expect("a choice");
    in_tx!(db, tx => suppression::store::add(&tx, "ana@x.example", Reason::Bounced, "", (None, None), NOW)).expect("a bounce");
    refused("mail.why.suppressed").await;
    in_tx!(db, tx => suppression::store::lift(&tx, "ana@x.example", None, NOW)).expect("lifted");
    let welcome = json!({ "template": "welcome", "customer_id": ana.0, "data": { "coupon.code": "A" } });
    assert_eq!(app.api("POST", "/api/messages", &key, Some(welcome)).await.status, StatusCode::CREATED);
    send(&app).await;
    refused("mail.why.capped").await;
    app.state.clock.advance(8 * Timestamp::DAY);
    let reminded = remind().await;
    assert_eq!(reminded.status, StatusCode::OK, "{}", reminded.body);
    assert_eq!(
        integer(&db, "SELECT COUNT(*) FROM outbox WHERE template = 'abandoned_cart' AND topic = 'offers'", args![]).await,
        1
    );
}

db_test!(a_subject_that_gets_too_long_is_said_before_and_cut);
async fn a_subject_that_gets_too_long_is_said_before_and_cut(db: Db) {
    let (app, key) = shop(&db).await;
    let (ana, long) = (reader(&db, "ana@x.example").await, reader(&db, "long@x.example").await);
    // Bytes are not what is counted, and no character is cut apart.
    let name = format!("{} {}", "Möhre".repeat(30), "🥕".repeat(400));
    run(&db, "UPDATE customers SET first_name = $2, last_name = '' WHERE id = $1", args![long, name.as_str()]).await;
    let test = json!({ "others": ["Later {{ customer.first_name }}"], "share": 50, "wait_hours": 4 });
    let path = drafted(&app, &key, spring(json!({ "subject": "For {{ customer.first_name }}", "subject_test": test }))).await;
    let check = app.api("POST", &format!("{path}/check"), &key, None).await.json();
    let found: Vec<(&Value, &Value, &Value)> = (check["findings"].as_array().expect("findings").iter())
        .filter(|one| one["code"] == "composer.check.subject_cut")
        .map(|one| (&one["level"], &one["place"], &one["customers"]))
        .collect();
    let whom = json!([long.0]);
    assert_eq!(found, [(&json!("warning"), &json!("subject"), &whom), (&json!("warning"), &json!("test"), &whom)]);
    assert_eq!(check["ready"], json!(true));
    let seen = app.api("POST", &format!("{path}/preview"), &key, Some(json!({ "customer_id": long.0 }))).await.json();
    let subject = seen["content"]["subject"].as_str().expect("a subject");
    assert_eq!(subject.chars().count(), 500);
    assert!(subject.starts_with("For Möhre") && subject.ends_with("🥕…"), "{subject}");
    // Tests, mails to one and campaigns leave, with what the preview showed.
    let plain = drafted(&app, &key, spring(json!({ "subject": "For {{ customer.first_name }}" }))).await;
    let tested = json!({ "addresses": ["me@shop.example"], "customer_id": long.0 });
    assert_eq!(app.api("POST", &format!("{plain}/test"), &key, Some(tested)).await.status, StatusCode::OK);
    let own = app.api("POST", "/api/templates", &key, Some(json!({ "title": "Own" }))).await;
    let body = json!({ "subject": "For {{ customer.first_name }}", "body": "<p>Hi</p>" });
    assert_eq!(app.api("PUT", own.header("location"), &key, Some(body)).await.status, StatusCode::OK);
    for to in [ana, long] {
        let single = json!({ "template": own.json()["template"], "customer_id": to.0 });
        assert_eq!(app.api("POST", "/api/messages", &key, Some(single)).await.status, StatusCode::CREATED);
    }
    assert_eq!(app.api("POST", &format!("{plain}/start"), &key, None).await.status, StatusCode::OK);
    send(&app).await;
    assert_eq!((mails(&db, "sent").await, mails(&db, "failed").await), (5, 0));
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM outbox WHERE subject = $1", args![subject]).await, 2);
    // What is too long for everybody is refused.
    for (change, code, field) in [
        (json!({ "subject": format!("{}{{{{ customer.first_name }}}}", "x".repeat(470)) }), None, ""),
        (
            json!({ "subject": format!("{{% for product in products %}}{}{{% endfor %}}", "x".repeat(300)) }),
            Some("mail.why.subject"),
            "subject",
        ),
        (
            json!({ "subject_test": { "others": ["y".repeat(501)], "share": 50, "wait_hours": 4 } }),
            Some("campaign.test.long"),
            "subject_test.others",
        ),
    ] {
        let path = drafted(&app, &key, spring(change)).await;
        let started = app.api("POST", &format!("{path}/start"), &key, None).await;
        match code {
            None => assert_eq!(started.status, StatusCode::OK, "{}", started.body),
            Some(code) => assert_eq!(told(&started), refusal(422, code, field)),
        }
    }
}

db_test!(jobs_are_told_of_once_they_are_there);
async fn jobs_are_told_of_once_they_are_there(db: Db) {
    let (app, key) = shop(&db).await;
    reader(&db, "ana@x.example").await;
    let path = drafted(&app, &key, spring(json!({}))).await;
    let (told, other) = (app.state.job_added.clone(), db.clone());
    let seen = tokio::spawn(async move {
        told.notified().await;
        integer(&other, "SELECT COUNT(*) FROM jobs WHERE kind = 'campaigns.freeze'", args![]).await
    });
    tokio::task::yield_now().await;
    assert_eq!(app.api("POST", &format!("{path}/start"), &key, None).await.status, StatusCode::OK);
    assert_eq!(seen.await.expect("told"), 1);
}
