//! Addresses of profiles.

mod support;

use axum::http::StatusCode;
use clientele::args;
use clientele::office::staff::Role;
use clientele::server::Db;
use support::{TestApp, customer};

support::db_test!(a_merged_customers_address_leads_to_the_survivor_on_every_tab);
async fn a_merged_customers_address_leads_to_the_survivor_on_every_tab(db: Db) {
    let app = TestApp::new(&db).await;
    let cookie = app.log_in(Role::ReadOnly).await;
    let survivor = customer("ana@example.com").insert(&db).await;
    let (merged, earlier) = (customer("old@example.com").insert(&db).await, customer("older@example.com").insert(&db).await);
    let tx = db.begin().await.expect("a transaction");
    for (from, into) in [(merged, survivor), (earlier, merged)] {
        tx.execute("UPDATE customers SET merged_into_id = $2 WHERE id = $1", args![from, into]).await.expect("merged");
    }
    tx.commit().await.expect("a commit");
    for tab in ["", "/details", "/orders", "/drafts", "/addresses", "/notes", "/analytics", "/timeline", "/activity"] {
        let there = format!("/customers/{survivor}{tab}");
        assert_eq!(app.get(&there, &cookie).await.status, StatusCode::OK, "{there}");
        for id in [merged, earlier] {
            let answer = app.get(&format!("/customers/{id}{tab}"), &cookie).await;
            assert_eq!((answer.status, answer.location()), (StatusCode::FOUND, there.as_str()), "{id}{tab}");
        }
    }
    assert_eq!(app.get(&format!("/customers/{merged}/nothing"), &cookie).await.status, StatusCode::NOT_FOUND);
}
