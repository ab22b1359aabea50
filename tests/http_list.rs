//! The customer list through the router, on both databases: what an address may say, saved views, adding without scripts.

mod support;

use axum::http::StatusCode;
use clientele::office::staff::Role;
use clientele::server::Db;
use serde_json::{Value, json};
use support::{Answer, TestApp};

async fn list(app: &TestApp, cookie: &str, query: &str) -> Value {
    let answer = app.call("/fn/list_customers", cookie, &json!({ "query": query }).to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.body);
    answer.json()
}

fn names(answer: &Value) -> Vec<String> {
    let rows = answer["rows"].as_array().expect("rows");
    rows.iter().map(|row| row["name"].as_str().unwrap_or_default().to_owned()).collect()
}

support::db_test!(an_address_may_say_anything);
async fn an_address_may_say_anything(db: Db) {
    let people = [("Zoë", "Läfel"), ("100%", "_Vinyl_"), ("مريم", "علي"), ("Ada", "👩‍🚀"), ("O'Neil", "\"Q\"")];
    for (at, (first, last)) in people.iter().enumerate() {
        support::customer(&format!("c{at}@shop.example")).name(first, last).insert(&db).await;
    }
    let app = TestApp::new(&db).await;
    let cookie = app.log_in(Role::Owner).await;
    for (query, found) in [
        ("q=lafel", "Zoë Läfel"),
        ("q=%25", "100% _Vinyl_"),
        ("q=_v", "100% _Vinyl_"),
        ("q=%D9%85%D8%B1%D9%8A%D9%85", "مريم علي"),
        ("q=%F0%9F%91%A9", "Ada 👩‍🚀"),
        ("q=o%27neil+%22q", "O'Neil \"Q\""),
        ("q=zoe%00lafel", "Zoë Läfel"),
        ("q=zoe+c0%40", "Zoë Läfel"),
    ] {
        assert_eq!(names(&list(&app, &cookie, query).await), [found], "{query}");
    }
    let mark = list(&app, &cookie, "q=lafel").await;
    assert_eq!(mark["rows"][0]["hit"]["name"], json!([[5, 11]]), "counted in bytes");

    let bad = format!(
        "q={}&sort=bogus&spent_min=1e5&orders_max=-1&last_order_from=2026-02-30&group=x&at=nonsense&%ff=%ff&&=",
        "x".repeat(9_000)
    );
    let answer = list(&app, &cookie, &bad).await;
    let params: Vec<&str> = answer["fallbacks"].as_array().unwrap().iter().filter_map(|one| one["param"].as_str()).collect();
    assert_eq!(params, ["q", "spent_min", "orders_max", "last_order_from", "group", "sort", "at"]);
    assert_eq!(answer["total"], 0);
    // What can be read holds beside what cannot.
    assert_eq!(names(&list(&app, &cookie, "q=ada&sort=bogus").await), ["Ada 👩‍🚀"]);
    let page = app.get(&format!("/customers?{bad}"), &cookie).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("bogus"), "the page says what it left out");
}

support::db_test!(views_are_kept_and_changed_by_who_made_them);
async fn views_are_kept_and_changed_by_who_made_them(db: Db) {
    let app = TestApp::new(&db).await;
    let (mine, theirs) = (app.log_in(Role::Owner).await, app.log_in(Role::Support).await);
    let save = async |cookie: &str, name: &str, query: &str, shared: bool| -> Answer {
        app.call("/fn/save_view", cookie, &json!({ "name": name, "query": query, "shared": shared }).to_string()).await
    };
    let change = async |cookie: &str, id: &Value, name: &str, shared: bool, query: Option<&str>| -> Answer {
        let body = json!({ "id": id, "name": name, "shared": shared, "query": query });
        app.call("/fn/change_view", cookie, &body.to_string()).await
    };
    let views = async |cookie: &str| -> Vec<String> {
        let choices = app.call("/fn/list_choices", cookie, "{}").await.json();
        let views = choices["views"].as_array().cloned().unwrap_or_default();
        let shown = |view: &Value| format!("{} {}", view["name"].as_str().unwrap_or(""), view["query"].as_str().unwrap_or(""));
        views.iter().map(shown).collect()
    };
    let first = save(&mine, " Regulars ", "orders_min=5&at=abc&nonsense=1", false).await.json();
    assert_eq!((first["name"].as_str(), first["query"].as_str()), (Some("Regulars"), Some("orders_min=5")));
    save(&mine, "Other", "", false).await;
    assert_eq!(views(&theirs).await, [""; 0]);

    assert_eq!(change(&theirs, &first["id"], "Stolen", true, None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(change(&mine, &first["id"], "Other", true, None).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(change(&mine, &first["id"], " ", true, None).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(change(&mine, &first["id"], "Loyal", true, None).await.json()["query"], "orders_min=5");
    assert_eq!(views(&theirs).await, ["Loyal orders_min=5"]);
    change(&mine, &first["id"], "Loyal", false, Some("?q=ann&at=abc")).await;
    assert_eq!(views(&mine).await, ["Loyal q=ann", "Other "]);
    assert_eq!(views(&theirs).await, [""; 0]);
}

support::db_test!(the_same_phone_is_pointed_out_without_scripts);
async fn the_same_phone_is_pointed_out_without_scripts(db: Db) {
    let app = TestApp::new(&db).await;
    let cookie = app.log_in(Role::Owner).await;
    let add = async |email: &str, anyway: &str| {
        let form = format!("first_name=Ana&email={email}&phone=%2B49+30+1234567&anyway={anyway}");
        app.post_form("/customers/new", &cookie, &form).await
    };
    let first = add("a%40shop.example", "").await.location().to_owned();
    assert!(first.starts_with("/customers/") && !first.contains("error"), "{first}");
    let back = add("b%40shop.example", "").await.location().to_owned();
    assert!(back.contains("error=customer.same_phone") && back.contains("email=b"), "{back}");
    let page = app.get(&back, &cookie).await;
    assert!(page.body.contains(&format!("href=\"{first}\"")) && page.body.contains("name=\"anyway\""), "{}", page.body);
    let second = add("b%40shop.example", "yes").await.location().to_owned();
    assert!(!second.contains("error"), "{second}");
}
