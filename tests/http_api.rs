//! The frame of the REST API: keys and scopes, problems, limits, versions, tags, repeated requests.

mod support;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use clientele::args;
use clientele::base::Timestamp;
use clientele::office::apikeys::Scope;
use clientele::office::jobs::{nightly, service::drain};
use clientele::office::staff::Role;
use clientele::rest::operations;
use clientele::server::Db;
use clientele::server::config::Options;
use clientele::server::rest::VERSION;
use serde_json::{Value, json};
use support::{Answer, NOW, TestApp, customer, db_test, integer, on_sqlite};

/// The path of an operation with ids that nobody has.
fn somewhere(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "999999".to_owned() } else { part.to_owned() };
    format!("/api{}", path.split('/').map(part).collect::<Vec<_>>().join("/"))
}

fn problem(answer: &Answer) -> Value {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{} {}", answer.status, answer.body);
    let problem = answer.json();
    assert_eq!(problem["status"], answer.status.as_u16(), "{problem}");
    assert!(problem["type"].as_str().is_some_and(|kind| kind.starts_with("/api/docs#problem-")), "{problem}");
    for field in ["title", "detail", "code"] {
        assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {problem}");
    }
    problem
}

fn code(answer: &Answer) -> String {
    problem(answer)["code"].as_str().unwrap_or_default().to_owned()
}

async fn customers(db: &Db) -> i64 {
    integer(db, "SELECT COUNT(*) FROM customers", args![]).await
}

async fn entries(db: &Db) -> i64 {
    integer(db, "SELECT COUNT(*) FROM audit_entries", args![]).await
}

#[tokio::test]
async fn every_operation_asks_for_its_scope() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let mut keys = Vec::new();
        for scope in Scope::ALL {
            keys.push((scope, app.key(&[scope]).await));
        }
        let revoked = app.key(&Scope::ALL).await;
        let tx = db.begin().await.expect("a transaction");
        tx.execute("UPDATE api_keys SET revoked_at = 1 WHERE last_four = $1", args![&revoked[revoked.len() - 4..]])
            .await
            .expect("done");
        tx.commit().await.expect("a commit");
        let session = app.log_in(Role::Owner).await;
        assert!(operations().len() > 20);
        let before = entries(&db).await;
        for operation in operations() {
            let (method, path) = (operation.method.as_str(), somewhere(operation.path));
            let body = || operation.takes.map(|_| json!({ "nonsense": true }));
            let none = app.api(method, &path, "", body()).await;
            assert_eq!((none.status, code(&none).as_str()), (StatusCode::UNAUTHORIZED, "key_missing"), "{}", operation.name);
            assert_eq!(none.header("www-authenticate"), "Bearer realm=\"Clientele\"");
            let unknown = app.api(method, &path, "clientele_nonsense", body()).await;
            assert_eq!(code(&unknown), "key_unknown", "{}", operation.name);
            let gone = app.api(method, &path, &revoked, body()).await;
            assert_eq!((gone.status, code(&gone).as_str()), (StatusCode::UNAUTHORIZED, "key_revoked"), "{}", operation.name);
            let cookie = app.api_with(method, &path, "", body(), &[("cookie", &session)]).await;
            assert_eq!(cookie.status, StatusCode::UNAUTHORIZED, "{}: a session is no key", operation.name);
            for (scope, key) in &keys {
                let answer = app.api(method, &path, key, body()).await;
                if *scope == operation.scope {
                    assert!(!answer.status.is_server_error(), "{}: {} {}", operation.name, answer.status, answer.body);
                    assert!(
                        ![401, 403].contains(&answer.status.as_u16()),
                        "{} with {scope:?}: {}",
                        operation.name,
                        answer.status
                    );
                } else {
                    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} with {scope:?}", operation.name);
                    assert_eq!(code(&answer), format!("scope_missing:{}", operation.scope.code()));
                }
            }
        }
        assert_eq!(entries(&db).await, before, "nothing was done");
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_its_reason() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let key = app.key(&[Scope::ReadCustomers, Scope::WriteCustomers]).await;
        let post = |body: &str, content_type: &str| {
            let request = Request::post("/api/customers").header("authorization", format!("Bearer {key}"));
            let request = if content_type.is_empty() { request } else { request.header("content-type", content_type) };
            app.send(request.body(Body::from(body.to_owned())).expect("a request"))
        };
        let missing = app.api("GET", "/api/nothing", &key, None).await;
        assert_eq!((missing.status, code(&missing).as_str()), (StatusCode::NOT_FOUND, "not_found"));
        let method = app.api("DELETE", "/api/customers", &key, None).await;
        assert_eq!((method.status, code(&method).as_str()), (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"));
        let mut allowed: Vec<&str> = method.header("allow").split(',').collect();
        allowed.sort_unstable();
        assert_eq!(allowed, ["GET", "HEAD", "POST"]);
        for content_type in ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"] {
            let answer = post("{}", content_type).await;
            assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type}");
            problem(&answer);
        }
        for (body, status, field) in [
            ("", 400, Value::Null),
            ("{", 400, Value::Null),
            ("{}{}", 400, Value::Null),
            ("[]", 422, json!("")),
            ("{}", 422, json!("email")),
            (r#"{"email": 7}"#, 422, json!("email")),
            (r#"{"email": "a@example.com", "shoe_size": 44}"#, 422, json!("shoe_size")),
            (r#"{"email": "a@example.com", "groups": [1, "x"]}"#, 422, json!("groups[1]")),
            (r#"{"email": "a@example.com", "marketing": {"email": "yes", "sms": true}}"#, 422, json!("marketing.email")),
        ] {
            let answer = post(body, "application/json; charset=utf-8").await;
            assert_eq!(answer.status, status, "{body}: {}", answer.body);
            assert_eq!(problem(&answer)["field"], field, "{body}: {}", answer.body);
        }
        let unknown = app.api("GET", "/api/customers?stauts=blocked", &key, None).await;
        assert_eq!((unknown.status, problem(&unknown)["field"].as_str()), (StatusCode::BAD_REQUEST, Some("stauts")));
        let unread = app.api("GET", "/api/customers?status=gone", &key, None).await;
        assert_eq!((unread.status, problem(&unread)["field"].as_str()), (StatusCode::BAD_REQUEST, Some("status")));
        for id in ["0", "-1", "x", "99999999999999999999", "%00", "%ff"] {
            let answer = app.api("GET", &format!("/api/customers/{id}"), &key, None).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id}");
            problem(&answer);
        }
        let basic = app.api_with("GET", "/api/customers", "", None, &[("authorization", "Basic YTpi")]).await;
        assert_eq!(code(&basic), "key_missing");
        assert_eq!(customers(&db).await, 0);
    })
    .await;
}

#[tokio::test]
async fn large_bodies_are_refused_before_they_are_read() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let key = app.key(&[Scope::WriteCustomers]).await;
        let request = || {
            Request::post("/api/customers")
                .header("authorization", format!("Bearer {key}"))
                .header("content-type", "application/json")
        };
        // Nobody reads this body, or the test would hang.
        let endless = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
        let said = app.send(request().header("content-length", "52428800").body(endless).expect("a request")).await;
        assert_eq!((said.status, code(&said).as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
        let parts = (0..60).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1 << 20]));
        let unsaid = app.send(request().body(Body::from_stream(futures::stream::iter(parts))).expect("a request")).await;
        assert_eq!(unsaid.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(customers(&db).await, 0);
    })
    .await;
}

#[tokio::test]
async fn other_sites_pages_and_versions() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let key = app.key(&[Scope::ReadCustomers, Scope::WriteCustomers]).await;
        let body = || Some(json!({ "email": "anna@example.com" }));
        // The key is what counts, not where a request comes from.
        let headers = [("origin", "https://front.example"), ("sec-fetch-site", "cross-site")];
        assert_eq!(app.api_with("POST", "/api/customers", &key, body(), &headers).await.status, StatusCode::CREATED);
        let current = app.api_with("GET", "/api/customers", &key, None, &[("clientele-version", VERSION)]).await;
        assert_eq!((current.status, current.header("clientele-version")), (StatusCode::OK, VERSION));
        let other = app.api_with("GET", "/api/customers", &key, None, &[("clientele-version", "2020-01-01")]).await;
        assert_eq!((other.status, code(&other).as_str()), (StatusCode::BAD_REQUEST, "version_unknown"));
        let german = app.api_with("POST", "/api/customers", &key, body(), &[("accept-language", "de-AT, en;q=0.5")]).await;
        assert_eq!((german.status, german.header("content-language")), (StatusCode::UNPROCESSABLE_ENTITY, "de"));
        let said = problem(&german);
        assert_eq!((said["code"].as_str(), said["field"].as_str()), (Some("customer.email_taken"), Some("email")));
        assert_ne!(said["detail"], "Another customer has this email.");
    })
    .await;
}

#[tokio::test]
async fn a_key_has_so_many_requests_a_minute() {
    on_sqlite(|db| async move {
        let app = TestApp::with(&db, &Options { api_rate: Some(4), ..Options::default() }).await;
        let (key, other) = (app.key(&[Scope::ReadCustomers]).await, app.key(&[Scope::ReadCustomers]).await);
        for left in ["3", "2", "1", "0"] {
            let answer = app.api("GET", "/api/customers", &key, None).await;
            assert_eq!((answer.status, answer.header("ratelimit-remaining")), (StatusCode::OK, left));
            assert_eq!(answer.header("ratelimit-limit"), "4");
        }
        let refused = app.api("GET", "/api/customers", &key, None).await;
        assert_eq!((refused.status, code(&refused).as_str()), (StatusCode::TOO_MANY_REQUESTS, "rate_limited"));
        assert_eq!((refused.header("retry-after"), refused.header("ratelimit-reset")), ("15", "60"));
        assert_eq!(app.api("GET", "/api/customers", &other, None).await.status, StatusCode::OK);
        app.state.clock.advance(15 * Timestamp::SECOND);
        assert_eq!(app.api("GET", "/api/customers", &key, None).await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn the_use_of_a_key_is_noted_once_a_minute() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let key = app.key(&[Scope::ReadCustomers]).await;
        let used = async || integer(&db, "SELECT last_used_at FROM api_keys", args![]).await;
        assert_eq!(used().await, 0);
        app.api("GET", "/api/customers", &key, None).await;
        assert_eq!(used().await, NOW.0);
        app.state.clock.advance(59 * Timestamp::SECOND);
        app.api("GET", "/api/customers", &key, None).await;
        assert_eq!(used().await, NOW.0);
        app.state.clock.advance(Timestamp::SECOND);
        app.api("GET", "/api/customers", &key, None).await;
        assert_eq!(used().await, NOW.0 + Timestamp::MINUTE);
    })
    .await;
}

db_test!(the_same_request_many_times_at_once_is_done_once);
async fn the_same_request_many_times_at_once_is_done_once(db: Db) {
    let app = TestApp::new(&db).await;
    let key = app.key(&[Scope::WriteCustomers]).await;
    let body = json!({ "email": "anna@example.com", "tags": ["gift"] });
    let ask = || app.api_with("POST", "/api/customers", &key, Some(body.clone()), &[("idempotency-key", "order-17")]);
    let answers = futures::future::join_all((0..16).map(|_| ask())).await;
    let fresh = answers.iter().filter(|answer| answer.header("idempotency-replayed").is_empty()).count();
    assert_eq!(fresh, 1, "one of them did it");
    for answer in &answers {
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        assert_eq!((&answer.body, answer.header("location")), (&answers[0].body, answers[0].header("location")));
        assert_eq!(answer.header("etag"), answers[0].header("etag"));
    }
    assert_eq!(customers(&db).await, 1);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM audit_entries WHERE action = 'customer.added'", args![]).await, 1);
    let named = integer(&db, "SELECT COUNT(*) FROM audit_entries e JOIN api_keys k ON k.id = e.api_key_id", args![]).await;
    assert_eq!(named, 1, "the log names the program");
}

db_test!(a_key_of_a_request_is_for_that_request_and_for_a_day);
async fn a_key_of_a_request_is_for_that_request_and_for_a_day(db: Db) {
    let app = TestApp::new(&db).await;
    let (key, other) = (app.key(&[Scope::WriteCustomers]).await, app.key(&[Scope::WriteCustomers]).await);
    let once = [("idempotency-key", "k1")];
    let anna = || Some(json!({ "email": "anna@example.com" }));
    let bea = || Some(json!({ "email": "bea@example.com" }));
    let first = app.api_with("POST", "/api/customers", &key, anna(), &once).await;
    assert_eq!(first.status, StatusCode::CREATED);
    for (method, path, body) in [
        ("POST", "/api/customers".to_owned(), bea()),
        ("POST", format!("{}/block", first.header("location")), None),
        ("PUT", first.header("location").to_owned(), anna()),
    ] {
        let reused = app.api_with(method, &path, &key, body, &once).await;
        assert_eq!(
            (reused.status, code(&reused).as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused"),
            "{path}"
        );
    }
    let theirs = app.api_with("POST", "/api/customers", &other, bea(), &once).await;
    assert_eq!(theirs.status, StatusCode::CREATED, "each program has its own keys");
    // What was refused left no trace, and may come again corrected.
    let twice = [("idempotency-key", "k2")];
    let refused = app.api_with("POST", "/api/customers", &key, anna(), &twice).await;
    assert_eq!((refused.status, code(&refused).as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "customer.email_taken"));
    let corrected = app.api_with("POST", "/api/customers", &key, Some(json!({ "email": "cleo@example.com" })), &twice).await;
    assert_eq!((corrected.status, corrected.header("idempotency-replayed")), (StatusCode::CREATED, ""));
    for bad in ["", "a b", "\u{e9}", &"x".repeat(256)] {
        let answer = app.api_with("POST", "/api/customers", &key, anna(), &[("idempotency-key", bad)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    // The next day the key is free again, and what was kept goes.
    app.state.clock.advance(Timestamp::DAY + 1);
    let after = app.api_with("POST", "/api/customers", &key, Some(json!({ "email": "dora@example.com" })), &once).await;
    assert_eq!(after.status, StatusCode::CREATED, "{}", after.body);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM api_requests", args![]).await, 3);
    nightly::enqueue(&app.state).await.expect("enqueued");
    drain(&app.state).await.expect("jobs that run");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM api_requests", args![]).await, 1);
    let stored: (String,) = clientele::server::Query::one(&db, "SELECT body FROM api_requests", args![]).await.expect("a row");
    assert!(!stored.0.contains("dora") && stored.0.len() > 100, "answers are sealed");
}

db_test!(edits_do_not_overwrite_each_other);
async fn edits_do_not_overwrite_each_other(db: Db) {
    let app = TestApp::new(&db).await;
    let key = app.key(&[Scope::ReadCustomers, Scope::WriteCustomers]).await;
    let id = customer("anna@example.com").insert(&db).await;
    let path = format!("/api/customers/{id}");
    let read = app.api("GET", &path, &key, None).await;
    let tag = read.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    let same = app.api_with("GET", &path, &key, None, &[("if-none-match", &tag)]).await;
    assert_eq!((same.status, same.body.as_str(), same.header("etag")), (StatusCode::NOT_MODIFIED, "", tag.as_str()));
    // An order that comes in meanwhile makes another tag, and is no edit.
    let tx = db.begin().await.expect("a transaction");
    tx.execute("UPDATE customer_stats SET orders_count = 1 WHERE customer_id = $1", args![id]).await.expect("done");
    tx.commit().await.expect("a commit");
    let fresh = app.api_with("GET", &path, &key, None, &[("if-none-match", &tag)]).await;
    assert_eq!((fresh.status, fresh.json()["figures"]["orders"].as_i64()), (StatusCode::OK, Some(1)));
    let phone = || Some(json!({ "phone": "+48601222333" }));
    let changed = app.api_with("PATCH", &path, &key, phone(), &[("if-match", &tag)]).await;
    assert_eq!((changed.status, changed.json()["phone"].as_str()), (StatusCode::OK, Some("+48601222333")));
    let before = entries(&db).await;
    for (method, path) in [("PATCH", path.clone()), ("PUT", path.clone()), ("PUT", format!("{path}/tags/gift"))] {
        let body = if method == "PATCH" { phone() } else { Some(json!({ "email": "new@example.com" })) };
        let stale = app.api_with(method, &path, &key, body, &[("if-match", &tag)]).await;
        assert_eq!((stale.status, code(&stale).as_str()), (StatusCode::PRECONDITION_FAILED, "changed"), "{method} {path}");
    }
    assert_eq!(entries(&db).await, before);
    let any = app.api_with("PATCH", &path, &key, Some(json!({ "phone": null })), &[("if-match", "*")]).await;
    assert_eq!((any.status, &any.json()["phone"]), (StatusCode::OK, &Value::Null));
}

#[tokio::test]
async fn the_description_is_complete_and_its_page_needs_nobody_else() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let document = app.api("GET", "/api/openapi.json", "", None).await.json();
        assert_eq!(document["openapi"], "3.1.0");
        for operation in operations() {
            let path = format!("/api{}", operation.path);
            let described = &document["paths"][&path][operation.method.as_str().to_ascii_lowercase()];
            assert_eq!(described["operationId"], operation.name);
            assert_eq!(described["security"][0]["key"][0], operation.scope.code());
        }
        // Every reference leads somewhere.
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(document.pointer(&reference.replace("~1", "/")).is_some(), "{reference}");
        }
        let page = app.api("GET", "/api/docs", "", None).await;
        assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
        assert!(page.header("content-security-policy").starts_with("default-src 'none'; style-src 'self'"));
        assert!(!page.body.contains("<script") && !page.body.contains("src=\"http"), "nothing of others");
        for operation in operations() {
            assert!(page.body.contains(&format!("id=\"{}\"", operation.name)), "{}", operation.name);
        }
        assert_eq!(app.api("GET", "/api/docs.css", "", None).await.status, StatusCode::OK);
        assert_eq!(app.api("GET", "/api", "", None).await.location(), "/api/docs");
    })
    .await;
}
