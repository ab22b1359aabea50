//! For a member limited to branches the customers of others do not exist: no list, count, search, page, download, stream or
//! write lets one know of them. Everything is asked through the router, once by an owner, whose answers do hold what is secret,
//! and once by a member of another branch.

mod support;

use axum::http::StatusCode;
use clientele::args;
use clientele::base::{BranchId, CustomerId, OrderId, StaffId};
use clientele::office::staff::Role;
use clientele::server::Db;
use serde_json::json;
use support::{NOW, TestApp, branch, customer, integer};

/// Stands in everything that belongs to the customer of the other branch, and nowhere else.
const SECRET: &str = "hiddenlake";
const NUMBER: &str = "77001";

/// A shop with one customer in each of two branches and one in none. Owner and member have the same rights, but the member is
/// limited to the first branch.
struct Shop {
    app: TestApp,
    owner: String,
    member: String,
    member_id: StaffId,
    here: BranchId,
    /// The member's only customer.
    own: CustomerId,
    /// The customer of the other branch, and who was merged into them.
    secret: CustomerId,
    merged: CustomerId,
    order: OrderId,
    draft: OrderId,
    note: i64,
    address: i64,
}

impl Shop {
    async fn open(db: &Db) -> Self {
        let app = TestApp::new(db).await;
        let (here, there) = (branch(db, "Here").await, branch(db, "There").await);
        let own = customer("ana@example.com").branch(here).insert(db).await;
        let secret = customer("zebedee@hiddenlake.example").name("Zebedee", "Hiddenlake").branch(there).insert(db).await;
        let merged = customer("old@hiddenlake.example").name("Old", "Hiddenlake").branch(there).insert(db).await;
        customer("nowhere@example.com").name("Nobody", "Hiddenlake").insert(db).await;
        let order = order(db, secret, Some(NUMBER)).await;
        let draft = draft_of(db, secret).await;
        run(db, "UPDATE customers SET merged_into_id = $2 WHERE id = $1", args![merged, secret]).await;
        let owner = app.log_in(Role::Owner).await;
        let member_id = app.member(Role::Admin, Some(&[here])).await;
        let member = app.cookie_of(member_id).await;
        let mut shop = Self { app, owner, member, member_id, here, own, secret, merged, order, draft, note: 0, address: 0 };
        shop.note = shop.write_note(db).await;
        shop.address = shop.write_address(db).await;
        shop
    }

    async fn write_note(&self, db: &Db) -> i64 {
        let note = json!({"id": self.secret, "form": {"kind": "alert", "body": format!("About {SECRET}"), "pinned": true}});
        assert_eq!(self.call(&self.owner, "add_note", &note.to_string()).await.0, StatusCode::OK);
        let id = integer(db, "SELECT id FROM notes", args![]).await;
        let edit =
            json!({"note": id, "version": 1, "form": {"kind": "alert", "body": format!("More of {SECRET}"), "pinned": true}});
        assert_eq!(self.call(&self.owner, "edit_note", &edit.to_string()).await.0, StatusCode::OK);
        id
    }

    async fn write_address(&self, db: &Db) -> i64 {
        let form = json!({"id": self.secret, "form": form_of_address()});
        assert_eq!(self.call(&self.owner, "add_address", &form.to_string()).await.0, StatusCode::OK);
        integer(db, "SELECT id FROM addresses", args![]).await
    }

    async fn call(&self, cookie: &str, function: &str, json: &str) -> (StatusCode, String) {
        let answer = self.app.call(&format!("/fn/{function}"), cookie, json).await;
        (answer.status, answer.body)
    }

    /// Functions that read, with arguments whose answer is full of the secret.
    fn reads(&self) -> Vec<(&'static str, String)> {
        let (id, merged) = (json!({"id": self.secret}).to_string(), json!({"id": self.merged}).to_string());
        let of = |customer: CustomerId| json!({"customer": customer, "query": "drafts=1", "period": "all"}).to_string();
        let all = |query: &str| json!({"query": query}).to_string();
        vec![
            ("list_customers", all("")),
            ("list_customers", all("q=zeb")),
            ("list_customers", all("q=z")),
            ("list_customers", all(&format!("q={NUMBER}"))),
            ("list_customers", all(&format!("branch={}", self.here.0 + 1))),
            ("list_orders", all("")),
            ("list_orders", all("drafts=1")),
            ("list_orders", all("q=zebedee")),
            ("list_orders", all(&format!("q={NUMBER}"))),
            ("palette_search", json!({"text": "zebedee"}).to_string()),
            ("palette_search", json!({"text": NUMBER}).to_string()),
            ("find_same_contact", json!({"email": "zebedee@hiddenlake.example", "phone": "", "except": null}).to_string()),
            ("open_profile", id.clone()),
            ("open_profile", merged.clone()),
            ("open_details", id.clone()),
            ("list_addresses", id.clone()),
            ("list_notes", id.clone()),
            ("list_notes", merged),
            ("list_note_versions", json!({"note": self.note}).to_string()),
            ("list_customer_activity", json!({"id": self.secret, "before": null}).to_string()),
            ("list_customer_orders", of(self.secret)),
            ("list_customer_orders", of(self.merged)),
            ("list_customer_drafts", of(self.secret)),
            ("last_customer_order", of(self.secret)),
            ("customer_analytics", of(self.secret)),
            ("customer_timeline", of(self.secret)),
            ("get_order", json!({"order": self.order}).to_string()),
            ("get_order", json!({"order": self.draft}).to_string()),
        ]
    }

    /// Pages and downloads that show the secret.
    fn pages(&self) -> Vec<String> {
        let tabs = ["", "/details", "/orders", "/drafts", "/addresses", "/notes", "/analytics", "/timeline", "/activity"];
        let profile = tabs.map(|tab| format!("/customers/{}{tab}", self.secret));
        let others =
            ["/customers", "/customers?q=zebedee", "/orders", "/orders?drafts=1", "/orders?q=zebedee"].map(str::to_owned);
        let orders =
            [format!("/orders/{}", self.order), format!("/orders/{}", self.draft), format!("/orders/{}/csv", self.order)];
        profile.into_iter().chain(others).chain(orders).collect()
    }

    /// Functions that write to the secret, all of which must miss it.
    fn writes(&self) -> Vec<(&'static str, String)> {
        let note = json!({"kind": "general", "body": "Mine now", "pinned": false});
        vec![
            ("set_customer_blocked", json!({"id": self.secret, "blocked": true}).to_string()),
            ("delete_customer", json!({"id": self.secret}).to_string()),
            ("add_note", json!({"id": self.secret, "form": note}).to_string()),
            ("edit_note", json!({"note": self.note, "version": 2, "form": note}).to_string()),
            ("pin_note", json!({"note": self.note, "pinned": false}).to_string()),
            ("delete_note", json!({"note": self.note, "undo": false}).to_string()),
            ("add_address", json!({"id": self.secret, "form": form_of_address()}).to_string()),
            ("edit_address", json!({"address": self.address, "version": 1, "form": form_of_address()}).to_string()),
            ("delete_address", json!({"address": self.address}).to_string()),
            ("bill_to_shipping_address", json!({"id": self.secret}).to_string()),
            ("pin_membership", json!({"id": self.secret, "target": {"group": 1}, "pinned": true}).to_string()),
            ("pin_pricing_group", json!({"id": self.secret, "pinned": true}).to_string()),
        ]
    }
}

fn form_of_address() -> serde_json::Value {
    json!({
        "recipient": "Zebedee Hiddenlake", "company": "", "street": "Hiddenlake 1", "line2": "", "postal_code": "31-056",
        "city": "Hiddenlake", "region": "", "country": "PL", "phone": "", "default_shipping": true, "default_billing": true,
    })
}

/// An order of one line; without a number a draft.
async fn order(db: &Db, customer: CustomerId, number: Option<&str>) -> OrderId {
    let tx = db.begin().await.expect("a transaction");
    tx.execute(
        "INSERT INTO stores (code, name, currency, created_at) VALUES ('web', 'Web', 'USD', $1) ON CONFLICT (code) DO NOTHING",
        args![NOW],
    )
    .await
    .expect("a store");
    let (status, kind) = if number.is_some() { ("placed", None) } else { ("draft", Some("staff")) };
    let placed = if number.is_some() { NOW.0 } else { 0 };
    let id = tx
        .insert(
            "INSERT INTO orders (number, store_id, customer_id, status, draft_kind, payment_state, fulfilment_state, currency,
               subtotal_minor, total_minor, base_total_minor, units, placed_at, placed_day, state_since, created_at, updated_at)
             VALUES ($1, (SELECT id FROM stores WHERE code = 'web'), $2, $3, $4, 'unpaid', 'unfulfilled', 'USD', 500, 500, 500, 1,
               $5, $6, $7, $7, $7) RETURNING id",
            args![number.map(str::to_owned), customer, status, kind, placed, placed.div_euclid(86_400_000_000), NOW],
        )
        .await
        .expect("an order");
    let line = "INSERT INTO order_lines (order_id, name, quantity, unit_price_minor, total_minor) VALUES ($1, $2, 1, 500, 500)";
    tx.execute(line, args![id, "The Hiddenlake songbook"]).await.expect("a line");
    tx.commit().await.expect("a commit");
    OrderId(id)
}

async fn draft_of(db: &Db, customer: CustomerId) -> OrderId {
    order(db, customer, None).await
}

async fn run(db: &Db, sql: &str, args: clientele::server::Args) {
    let tx = db.begin().await.expect("a transaction");
    tx.execute(sql, args).await.expect("a statement that runs");
    tx.commit().await.expect("a commit");
}

/// Whether an answer lets one know of the customer: by a name, or by an amount that only they have.
fn tells(body: &str) -> bool {
    body.to_lowercase().contains(SECRET) || body.contains(NUMBER) || body.contains("\"minor\":500")
}

support::db_test!(functions_tell_nothing);
async fn functions_tell_nothing(db: Db) {
    let shop = Shop::open(&db).await;
    for (function, json) in shop.reads() {
        let (status, body) = shop.call(&shop.owner, function, &json).await;
        assert!(status == StatusCode::OK && tells(&body), "the owner's {function} {json}: {status} {body}");
        let (status, body) = shop.call(&shop.member, function, &json).await;
        assert!(status == StatusCode::OK || status == StatusCode::NOT_FOUND, "{function} {json}: {status} {body}");
        assert!(!tells(&body), "{function} {json}: {body}");
    }
}

support::db_test!(counts_are_of_ones_own);
async fn counts_are_of_ones_own(db: Db) {
    let shop = Shop::open(&db).await;
    let total = async |cookie: &str, query: &str| {
        let (_, body) = shop.call(cookie, "list_customers", &json!({ "query": query }).to_string()).await;
        let answer: serde_json::Value = serde_json::from_str(&body).expect("an answer");
        (answer["total"].as_i64(), answer["facets"].to_string())
    };
    let (everybody, _) = total(&shop.owner, "").await;
    let (own, quick) = total(&shop.member, "").await;
    assert_eq!((everybody, own), (Some(3), Some(1)));
    assert!(!quick.contains(['2', '3']), "the quick filters count more than the one customer: {quick}");
    let (_, body) = shop.call(&shop.member, "list_choices", "{}").await;
    assert!(body.contains("Here") && !body.contains("There"), "{body}");
    let (_, body) = shop.call(&shop.member, "open_add_customer", "{}").await;
    assert!(body.contains("Here") && !body.contains("There"), "{body}");
}

support::db_test!(groups_and_tags_are_everybodys);
async fn groups_and_tags_are_everybodys(db: Db) {
    let shop = Shop::open(&db).await;
    let gift = json!({"edit": {"id": null, "form": {"name": "gift", "hue": null}}}).to_string();
    assert_eq!(shop.call(&shop.owner, "save_tag", &gift).await.0, StatusCode::OK);
    run(&db, "INSERT INTO customer_tags (customer_id, tag_id, added_at) SELECT id, 1, 1 FROM customers", args![]).await;
    for (function, list) in [("list_all_tags", json!({"query": ""})), ("list_groups", json!({}))] {
        let sizes = async |cookie: &str| {
            let (_, body) = shop.call(cookie, function, &list.to_string()).await;
            let found: serde_json::Value = serde_json::from_str(&body).expect("an answer");
            found["rows"][0]["customers"].as_i64()
        };
        assert_eq!((sizes(&shop.owner).await, sizes(&shop.member).await), (Some(3), Some(1)), "{function}");
    }
    let secret = json!({"id": shop.secret}).to_string();
    assert_eq!(shop.call(&shop.member, "list_memberships", &secret).await.0, StatusCode::NOT_FOUND);
    // Whoever is limited to some branches changes nothing for all.
    let rule = json!({"target": {"tag": 1}, "version": null, "form": {"rule": "quick=vip"}});
    for (function, json) in [
        ("save_tag", gift.clone()),
        ("delete_tag", json!({"id": 1}).to_string()),
        ("merge_tags", json!({"tags": [1], "into": 2}).to_string()),
        ("save_group", json!({"id": null, "form": {"name": "Mine"}, "base": {}}).to_string()),
        ("archive_group", json!({"id": 1, "archived": true}).to_string()),
        ("move_group", json!({"from": 1, "to": 2, "archive": false}).to_string()),
        ("save_assignment_rule", rule.to_string()),
        ("preview_assignment_rule", json!({"target": {"tag": 1}, "form": {"rule": "quick=vip"}}).to_string()),
        ("apply_assignment_rule", json!({"target": {"tag": 1}}).to_string()),
    ] {
        assert_eq!(shop.call(&shop.member, function, &json).await.0, StatusCode::FORBIDDEN, "{function}");
    }
}

support::db_test!(pages_and_downloads_tell_nothing);
async fn pages_and_downloads_tell_nothing(db: Db) {
    let shop = Shop::open(&db).await;
    for path in shop.pages() {
        let answer = shop.app.get(&path, &shop.owner).await;
        assert!(answer.status == StatusCode::OK && tells(&answer.body), "the owner's {path}: {}", answer.status);
        let answer = shop.app.get(&path, &shop.member).await;
        let listed = path.starts_with("/customers?") || !path[1..].contains('/');
        assert_eq!(answer.status, if listed { StatusCode::OK } else { StatusCode::NOT_FOUND }, "{path}");
        assert!(!tells(&answer.body), "{path} tells");
    }
    // A merged customer's address leads on only for those for whom the survivor exists.
    let there = format!("/customers/{}/notes", shop.merged);
    assert_eq!(shop.app.get(&there, &shop.owner).await.location(), format!("/customers/{}/notes", shop.secret));
    let nowhere = shop.app.get(&there, &shop.member).await;
    assert_eq!((nowhere.status, nowhere.location()), (StatusCode::NOT_FOUND, ""));
}

support::db_test!(what_one_cannot_see_one_cannot_change);
async fn what_one_cannot_see_one_cannot_change(db: Db) {
    let shop = Shop::open(&db).await;
    let entries = "SELECT COUNT(*) FROM audit_entries";
    let before = integer(&db, entries, args![]).await;
    for (function, json) in shop.writes() {
        let (status, body) = shop.call(&shop.member, function, &json).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{function} {json}: {body}");
    }
    assert_eq!(integer(&db, entries, args![]).await, before, "nothing was written");
    // Nor can one move a customer where one would not see them.
    let (_, body) = shop.call(&shop.member, "open_details", &json!({"id": shop.own}).to_string()).await;
    let page: serde_json::Value = serde_json::from_str(&body).expect("details");
    for branch in [json!(null), json!(shop.here.0 + 1)] {
        let mut details = page["details"].clone();
        details["branch"] = branch;
        let edit = json!({"id": shop.own, "edit": {"version": page["version"], "base": page["details"], "details": details}});
        let (status, body) = shop.call(&shop.member, "save_details", &edit.to_string()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
}

support::db_test!(views_and_streams_of_others_tell_nothing);
async fn views_and_streams_of_others_tell_nothing(db: Db) {
    let shop = Shop::open(&db).await;
    // A view that the owner shares finds, for the member, what the member may see.
    let view = json!({"name": "Lake", "query": "q=lake", "shared": true}).to_string();
    assert_eq!(shop.call(&shop.owner, "save_view", &view).await.0, StatusCode::OK);
    let (_, choices) = shop.call(&shop.member, "list_choices", "{}").await;
    assert!(choices.contains("Lake"), "the view is shared: {choices}");
    let (_, found) = shop.call(&shop.member, "list_customers", &json!({"query": "q=lake"}).to_string()).await;
    assert!(!tells(&found), "{found}");
    // A job of the owner's over everybody: neither its events nor its undo exist for the member.
    let bulk = json!({"action": "Block", "customers": {"ids": [shop.secret]}}).to_string();
    let (status, body) = shop.call(&shop.owner, "start_bulk", &bulk).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let job = integer(&db, "SELECT MAX(id) FROM jobs", args![]).await;
    // Members who manage staff may watch all jobs; support may not.
    let support = shop.app.cookie_of(shop.app.member(Role::Support, Some(&[shop.here])).await).await;
    assert_eq!(shop.app.get(&format!("/jobs/{job}/events"), &support).await.status, StatusCode::NOT_FOUND);
    let (status, _) = shop.call(&support, "undo_job", &json!({ "id": job }).to_string()).await;
    assert!(status.is_client_error(), "{status}");
    // Nor do the events of a campaign for all; one that ended long ago has none to tell.
    let form = json!({"name": SECRET, "topic": "newsletter", "subject": "Lake", "preheader": "", "layout": "card", "body": "", "text": "",
        "audience": {"include": ["everybody"], "exclude": []}});
    let (status, campaign) = shop.call(&shop.owner, "add_campaign", &json!({ "form": form }).to_string()).await;
    assert_eq!(status, StatusCode::OK, "{campaign}");
    run(&db, "UPDATE campaigns SET state = 'sent', finished_at = 1", args![]).await;
    let events = format!("/campaigns/{campaign}/events");
    assert_eq!(shop.app.get(&events, &shop.owner).await.status, StatusCode::NO_CONTENT);
    assert_eq!(shop.app.get(&events, &shop.member).await.status, StatusCode::NOT_FOUND);
    // And a bulk action of the member's own over them changes nobody.
    let context = shop.app.context(shop.member_id).await;
    assert_eq!(context.scope(), Some(&[shop.here][..]));
    run(&db, "UPDATE jobs SET status = 'cancelled'", args![]).await;
    assert_eq!(shop.call(&shop.member, "start_bulk", &bulk).await.0, StatusCode::OK);
    clientele::office::jobs::service::drain(&shop.app.state).await.expect("jobs that run");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM customers WHERE account_status = 'blocked'", args![]).await, 0);
}
