//! Writing customers, their addresses and notes, on both databases.

mod support;

use clientele::args;
use clientele::base::{AddressId, AppError, AppResult, CustomerId, NoteId, Timestamp};
use clientele::customers::addresses::{self, AddressForm};
use clientele::customers::notes::{self, NoteForm, NoteKind};
use clientele::customers::profile::{
    AccountStatus, Details, Edit, Field, NewCustomer, SaveOutcome, service,
    store::{get_profile, get_visible},
};
use clientele::office::audit::store::{Actor, list_of_customer};
use clientele::office::settings::{ShopSettings, zone::Zone};
use clientele::server::{Db, Query};
use support::{NOW, branch, customer, group, in_tx, integer, staff};

const ZONE: Zone = Zone::UTC;

async fn actor(db: &Db, name: &str) -> Actor {
    Actor { staff: Some(staff(db, name).await), session: None, program: None, ip: "192.0.2.1".into(), at: NOW }
}

/// An edit of what the database says now.
async fn edit(db: &Db, id: CustomerId, change: impl FnOnce(&mut Details)) -> Edit {
    let (version, base) = service::get_details(db, None, id).await.expect("details");
    let mut details = base.clone();
    change(&mut details);
    Edit { version, base, details }
}

async fn save(db: &Db, actor: &Actor, id: CustomerId, edit: &Edit) -> AppResult<SaveOutcome> {
    in_tx!(db, tx => service::save(&tx, None, actor, id, edit, ZONE))
}

fn field_of<T: std::fmt::Debug>(result: AppResult<T>) -> String {
    match result {
        Err(AppError::Invalid { field, .. }) => field,
        other => panic!("not an error of a field: {other:?}"),
    }
}

/// The actions in a customer's audit log, oldest first.
async fn actions(db: &Db, id: CustomerId) -> Vec<String> {
    let log = list_of_customer(db, id, None, 100, ZONE).await.expect("a log");
    log.entries.into_iter().rev().map(|entry| entry.action).collect()
}

support::db_test!(the_second_of_two_edits_is_told_of_the_first);
async fn the_second_of_two_edits_is_told_of_the_first(db: Db) {
    let id = customer("anna@example.com").insert(&db).await;
    let (lena, tomas) = (actor(&db, "Lena").await, actor(&db, "Tomas").await);
    let hers = edit(&db, id, |d| d.phone = "+48 601 222 333".into()).await;
    let his = edit(&db, id, |d| {
        d.phone = "+48 601 222 444".into();
        d.company = "Studio".into();
    })
    .await;
    assert!(matches!(save(&db, &tomas, id, &his).await, Ok(SaveOutcome::Saved { .. })));

    let told = save(&db, &lena, id, &hers).await.expect("an answer");
    let SaveOutcome::Conflict { version, theirs, authors } = told else { panic!("{told:?}") };
    assert_eq!((theirs.phone.as_str(), theirs.company.as_str()), ("+48 601 222 444", "Studio"));
    let mut by: Vec<_> = authors.iter().map(|author| (author.field.name(), author.by.as_deref())).collect();
    by.sort_unstable();
    assert_eq!(by, [("company", Some("Tomas")), ("phone", Some("Tomas"))]);
    assert_eq!(actions(&db, id).await, ["customer.updated"]);

    let details = Details { phone: hers.details.phone.clone(), ..theirs.clone() };
    let saved = save(&db, &lena, id, &Edit { version, base: theirs, details }).await.expect("an answer");
    let SaveOutcome::Saved { details, .. } = saved else { panic!("{saved:?}") };
    assert_eq!((details.phone.as_str(), details.company.as_str()), ("+48 601 222 333", "Studio"));
    let key = "SELECT COUNT(*) FROM customers WHERE id = $1 AND phone_key = '48601222333'";
    assert_eq!(integer(&db, key, args![id]).await, 1);
}

support::db_test!(a_tag_that_came_without_a_new_version_is_not_lost);
async fn a_tag_that_came_without_a_new_version_is_not_lost(db: Db) {
    let id = customer("anna@example.com").insert(&db).await;
    let lena = actor(&db, "Lena").await;
    let mine = edit(&db, id, |d| d.tags = vec!["gift".into(), "VIP".into()]).await;
    let tx = db.begin().await.expect("a transaction");
    let tag = tx.insert("INSERT INTO tags (name, name_key, created_at) VALUES ('b2b', 'b2b', 0) RETURNING id", args![]).await;
    let tag = tag.expect("a tag");
    tx.execute("INSERT INTO customer_tags (customer_id, tag_id, added_at) VALUES ($1, $2, 0)", args![id, tag])
        .await
        .expect("tagged");
    tx.commit().await.expect("a commit");
    assert!(matches!(save(&db, &lena, id, &mine).await, Ok(SaveOutcome::Conflict { .. })));

    let again = edit(&db, id, |d| d.tags = vec!["vip".into(), "b2b".into(), "gift".into()]).await;
    let saved = save(&db, &lena, id, &again).await.expect("saved");
    let SaveOutcome::Saved { details, .. } = saved else { panic!("{saved:?}") };
    assert_eq!(details.tags, ["b2b", "gift", "vip"]);
    let fewer = edit(&db, id, |d| d.tags = vec!["b2b".into()]).await;
    save(&db, &lena, id, &fewer).await.expect("saved");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM customer_tags WHERE customer_id = $1", args![id]).await, 1);
}

support::db_test!(an_edit_keeps_every_detail);
async fn an_edit_keeps_every_detail(db: Db) {
    let id = customer("anna@example.com").insert(&db).await;
    let (vip, branch) = (group(&db, "vip").await, branch(&db, "Kraków").await);
    let lena = actor(&db, "Lena").await;
    let change = edit(&db, id, |d| {
        d.first_name = " Anna ".into();
        d.last_name = "Łukasik".into();
        d.email_confirmed = true;
        d.account_number = "C-1".into();
        d.date_of_birth = "1984-05-07".into();
        d.locale = "de".into();
        d.marketing_email = true;
        d.account_status = AccountStatus::Blocked;
        d.pricing_group = vip;
        d.branch = Some(branch);
        d.custom_fields = vec![("shoe".into(), "38".into()), ("hat".into(), "".into())];
    })
    .await;
    let saved = save(&db, &lena, id, &change).await.expect("saved");
    let SaveOutcome::Saved { details, version } = saved else { panic!("{saved:?}") };
    assert_eq!(version, 2);
    assert_eq!(details.first_name, "Anna");
    assert_eq!(details.custom_fields, [("hat".to_owned(), String::new()), ("shoe".into(), "38".into())]);
    assert!(details.groups.contains(&vip) && details.groups.len() == 2);
    let key = "SELECT COUNT(*) FROM customers WHERE id = $1 AND name_key = 'anna lukasik' AND account_status = 'blocked'";
    assert_eq!(integer(&db, key, args![id]).await, 1);
    let consent = "SELECT COUNT(*) FROM consents WHERE customer_id = $1 AND purpose = 'marketing_email' AND granted";
    assert_eq!(integer(&db, consent, args![id]).await, 1);

    // What was confirmed is the old address.
    let moved = edit(&db, id, |d| d.email = "a@example.com".into()).await;
    let saved = save(&db, &lena, id, &moved).await.expect("saved");
    assert!(matches!(saved, SaveOutcome::Saved { details, .. } if !details.email_confirmed));
}

support::db_test!(what_cannot_be_is_refused_at_its_field);
async fn what_cannot_be_is_refused_at_its_field(db: Db) {
    let id = customer("anna@example.com").insert(&db).await;
    let other = customer("jan@example.com").insert(&db).await;
    let lena = actor(&db, "Lena").await;
    let number = edit(&db, other, |d| d.account_number = "C-1".into()).await;
    save(&db, &lena, other, &number).await.expect("saved");
    type Change = fn(&mut Details);
    let cases: [(Field, Change); 9] = [
        (Field::Email, |d| d.email = "JAN@example.com".into()),
        (Field::Email, |d| d.email = "anna@example".into()),
        (Field::AccountNumber, |d| d.account_number = "C-1".into()),
        (Field::Phone, |d| d.phone = "call me".into()),
        (Field::DateOfBirth, |d| d.date_of_birth = "2999-01-01".into()),
        (Field::LastName, |d| d.last_name = "x".repeat(201)),
        (Field::Tags, |d| d.tags = vec!["x".repeat(51)]),
        (Field::Department, |d| d.department = Some(7)),
        (Field::CustomFields, |d| d.custom_fields = vec![("a".into(), "1".into()), ("a".into(), "2".into())]),
    ];
    for (field, change) in cases {
        let edit = edit(&db, id, change).await;
        assert_eq!(field_of(save(&db, &lena, id, &edit).await), field.name());
    }
    assert_eq!(actions(&db, id).await, Vec::<String>::new());
}

support::db_test!(an_added_customer_is_complete);
async fn an_added_customer_is_complete(db: Db) {
    let lena = actor(&db, "Lena").await;
    let new = NewCustomer {
        first_name: "Zoë".into(),
        email: " Zoe@Example.com ".into(),
        phone: "+49 (0)30 123456".into(),
        tags: "gift, Gift, VIP".into(),
        ..NewCustomer::default()
    };
    let id = in_tx!(db, tx => service::add(&tx, None, &lena, &new, "de", ZONE)).expect("a customer");
    let profile = get_profile(&db, None, id, &ShopSettings::default(), ZONE, ZONE.day(NOW)).await.expect("a profile");
    assert_eq!((profile.name.as_str(), profile.email.as_str()), ("Zoë", "Zoe@Example.com"));
    assert_eq!(profile.tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["gift", "VIP"]);
    assert_eq!(profile.pricing_group.0, "Retail");
    assert_eq!(profile.summary.registered.at, NOW);
    assert_eq!((profile.summary.orders, profile.summary.average, profile.summary.last_order), (0, None, None));
    assert_eq!(profile.dial, "+4930123456");
    assert_eq!(actions(&db, id).await, ["customer.added"]);
    let logged = "SELECT COUNT(*) FROM change_log WHERE customer_id = $1";
    assert_eq!(integer(&db, logged, args![id]).await, 1);

    let twin = NewCustomer { email: "zoe@example.com".into(), ..NewCustomer::default() };
    assert_eq!(field_of(in_tx!(db, tx => service::add(&tx, None, &lena, &twin, "de", ZONE))), "email");
    let found = service::find_duplicates(&db, None, "ZOE@example.com", "0049 30 123456", None).await.expect("duplicates");
    assert_eq!(found.iter().map(|one| (one.id, one.same_email)).collect::<Vec<_>>(), [(id, true)]);
    let found = service::find_duplicates(&db, None, "other@example.com", "+49 30 123456", None).await.expect("duplicates");
    assert_eq!(found.iter().map(|one| (one.id, one.same_email)).collect::<Vec<_>>(), [(id, false)]);
    for typed in ["030 123456", "+49 (0)30 123456"] {
        let found = service::find_duplicates(&db, None, "other@example.com", typed, None).await.expect("duplicates");
        assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), [id], "{typed}");
    }
    assert_eq!(service::find_duplicates(&db, None, "", "", None).await.expect("none"), []);
}

support::db_test!(branches_hide_customers_and_merged_ones_lead_on);
async fn branches_hide_customers_and_merged_ones_lead_on(db: Db) {
    let (here, there) = (branch(&db, "Here").await, branch(&db, "There").await);
    let id = customer("anna@example.com").branch(here).insert(&db).await;
    let merged = customer("old@example.com").branch(there).insert(&db).await;
    let homeless = customer("nobody@example.com").insert(&db).await;
    let tx = db.begin().await.expect("a transaction");
    tx.execute("UPDATE customers SET merged_into_id = $2 WHERE id = $1", args![merged, id]).await.expect("merged");
    tx.commit().await.expect("a commit");
    assert_eq!(get_visible(&db, None, merged).await, Ok(id));
    assert_eq!(get_visible(&db, Some(&[here]), id).await, Ok(id));
    assert_eq!(get_visible(&db, Some(&[there]), id).await, Err(AppError::NotFound));
    assert_eq!(get_visible(&db, Some(&[there]), merged).await, Err(AppError::NotFound));
    assert_eq!(get_visible(&db, Some(&[here]), homeless).await, Err(AppError::NotFound));
    assert_eq!(get_visible(&db, Some(&[]), id).await, Err(AppError::NotFound));
    assert_eq!(get_visible(&db, None, CustomerId(i64::MAX)).await, Err(AppError::NotFound));
    let found = service::find_duplicates(&db, Some(&[there]), "anna@example.com", "", None).await.expect("none");
    assert_eq!(found, []);
    let lena = actor(&db, "Lena").await;
    assert_eq!(in_tx!(db, tx => service::set_blocked(&tx, Some(&[there]), &lena, id, true)), Err(AppError::NotFound));
    let new = NewCustomer { email: "new@example.com".into(), ..NewCustomer::default() };
    let added = in_tx!(db, tx => service::add(&tx, Some(&[there]), &lena, &new, "en", ZONE)).expect("a customer");
    assert_eq!(get_visible(&db, Some(&[there]), added).await, Ok(added));
}

support::db_test!(blocking_and_deleting);
async fn blocking_and_deleting(db: Db) {
    let id = customer("anna@example.com").insert(&db).await;
    let lena = actor(&db, "Lena").await;
    for blocked in [true, true, false] {
        in_tx!(db, tx => service::set_blocked(&tx, None, &lena, id, blocked)).expect("done");
    }
    assert_eq!(actions(&db, id).await, ["customer.blocked", "customer.unblocked"]);

    let draft = insert_order(&db, id, "draft").await;
    let placed = insert_order(&db, id, "placed").await;
    assert!(matches!(in_tx!(db, tx => service::delete(&tx, None, &lena, id)), Err(AppError::Conflict { .. })));
    let tx = db.begin().await.expect("a transaction");
    tx.execute("DELETE FROM orders WHERE id = $1", args![placed]).await.expect("gone");
    tx.commit().await.expect("a commit");
    in_tx!(db, tx => service::delete(&tx, None, &lena, id)).expect("deleted");
    assert_eq!(get_visible(&db, None, id).await, Err(AppError::NotFound));
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM orders WHERE id = $1", args![draft]).await, 0);
    assert_eq!(actions(&db, id).await.last().map(String::as_str), Some("customer.deleted"));
}

async fn insert_order(db: &Db, customer: CustomerId, status: &str) -> i64 {
    let tx = db.begin().await.expect("a transaction");
    let store = tx
        .insert(
            "INSERT INTO stores (code, name, currency, created_at) VALUES ('web', 'Web', 'USD', 0)
             ON CONFLICT (code) DO UPDATE SET name = excluded.name RETURNING id",
            args![],
        )
        .await
        .expect("a store");
    let number = (status == "placed").then(|| "1".to_owned());
    let id = tx
        .insert(
            "INSERT INTO orders (number, store_id, customer_id, status, payment_state, fulfilment_state, currency, subtotal_minor,
               total_minor, base_total_minor, placed_at, state_since, created_at, updated_at)
             VALUES ($1, $2, $3, $4, 'unpaid', 'unfulfilled', 'USD', 100, 100, 100, $5, 0, 0, 0) RETURNING id",
            args![number, store, customer, status, if status == "placed" { NOW } else { Timestamp(0) }],
        )
        .await
        .expect("an order");
    tx.commit().await.expect("a commit");
    id
}

fn address(city: &str, postal_code: &str) -> AddressForm {
    AddressForm {
        recipient: "Anna".into(),
        street: "Hauptstraße 1".into(),
        postal_code: postal_code.into(),
        city: city.into(),
        country: "DE".into(),
        ..AddressForm::default()
    }
}

/// The addresses that are the default for shipping and for billing, and where the list says the customer is.
async fn defaults(db: &Db, id: CustomerId) -> (Vec<AddressId>, Vec<AddressId>, String) {
    let list = addresses::store::list(db, id, ZONE).await.expect("addresses");
    let of = |wanted: fn(&AddressForm) -> bool| list.iter().filter(|a| wanted(&a.form)).map(|a| a.id).collect();
    let row: (String,) = db.one("SELECT location_key FROM customers WHERE id = $1", args![id]).await.expect("a customer");
    (of(|form| form.default_shipping), of(|form| form.default_billing), row.0)
}

support::db_test!(one_default_for_each_use_and_the_location_follows);
async fn one_default_for_each_use_and_the_location_follows(db: Db) {
    let id = customer("anna@example.com").insert(&db).await;
    let lena = actor(&db, "Lena").await;
    let first = in_tx!(db, tx => addresses::service::add(&tx, None, &lena, id, &address("Köln", "50667"))).expect("an address");
    assert_eq!(defaults(&db, id).await, (vec![first], vec![first], "de koln".into()));
    let shipping = AddressForm { default_shipping: true, ..address("Jena", "07743") };
    let second = in_tx!(db, tx => addresses::service::add(&tx, None, &lena, id, &shipping)).expect("an address");
    assert_eq!(defaults(&db, id).await, (vec![second], vec![first], "de jena".into()));
    in_tx!(db, tx => addresses::service::bill_to_shipping(&tx, None, &lena, id)).expect("done");
    assert_eq!(defaults(&db, id).await, (vec![second], vec![second], "de jena".into()));

    let moved = AddressForm { city: "Gera".into(), ..shipping.clone() };
    let list = addresses::store::list(&db, id, ZONE).await.expect("addresses");
    let version = list.iter().find(|address| address.id == second).expect("the second").version;
    in_tx!(db, tx => addresses::service::edit(&tx, None, &lena, second, version, &moved)).expect("edited");
    assert_eq!(defaults(&db, id).await.2, "de gera");
    let stale = in_tx!(db, tx => addresses::service::edit(&tx, None, &lena, second, version, &shipping));
    assert!(matches!(stale, Err(AppError::Conflict { .. })));
    let bad = in_tx!(db, tx => addresses::service::edit(&tx, None, &lena, second, version + 1, &address("Gera", "1")));
    assert_eq!(field_of(bad), "postal_code");

    in_tx!(db, tx => addresses::service::delete(&tx, None, &lena, second)).expect("deleted");
    assert_eq!(defaults(&db, id).await, (vec![first], vec![first], "de koln".into()));
    in_tx!(db, tx => addresses::service::delete(&tx, None, &lena, first)).expect("deleted");
    assert_eq!(defaults(&db, id).await, (vec![], vec![], String::new()));
    let expected = ["added", "added", "changed", "changed", "deleted", "deleted"].map(|what| format!("address.{what}"));
    assert_eq!(actions(&db, id).await, expected);
}

support::db_test!(notes_keep_what_they_said);
async fn notes_keep_what_they_said(db: Db) {
    let id = customer("anna@example.com").insert(&db).await;
    let lena = actor(&db, "Lena").await;
    let form = |body: &str, pinned| NoteForm { kind: NoteKind::Alert, body: body.into(), pinned };
    assert_eq!(field_of(in_tx!(db, tx => notes::service::add(&tx, None, &lena, id, &form("  ", false)))), "body");
    let note: NoteId = in_tx!(db, tx => notes::service::add(&tx, None, &lena, id, &form(" first ", true))).expect("a note");
    in_tx!(db, tx => notes::service::edit(&tx, None, &lena, note, 1, &form("second", true))).expect("edited");
    let stale = in_tx!(db, tx => notes::service::edit(&tx, None, &lena, note, 1, &form("third", true)));
    assert!(matches!(stale, Err(AppError::Conflict { .. })));

    let list = notes::store::list(&db, id, ZONE).await.expect("notes");
    assert_eq!((list[0].body.as_str(), list[0].version, list[0].author.as_deref()), ("second", 2, Some("Lena")));
    let versions = notes::store::list_versions(&db, note, ZONE).await.expect("versions");
    assert_eq!(versions.iter().map(|v| (v.version, v.body.as_str())).collect::<Vec<_>>(), [(1, "first")]);
    assert_eq!(notes::store::list_pinned(&db, id, ZONE).await.expect("pinned").len(), 1);
    in_tx!(db, tx => notes::service::set_pinned(&tx, None, &lena, note, false)).expect("unpinned");
    assert_eq!(notes::store::list_pinned(&db, id, ZONE).await.expect("pinned"), []);

    in_tx!(db, tx => notes::service::delete(&tx, None, &lena, note)).expect("deleted");
    assert_eq!(notes::store::list(&db, id, ZONE).await.expect("notes"), []);
    assert_eq!(in_tx!(db, tx => notes::service::delete(&tx, None, &lena, note)), Err(AppError::NotFound));
    in_tx!(db, tx => notes::service::restore(&tx, None, &lena, note)).expect("restored");
    assert_eq!(notes::store::list(&db, id, ZONE).await.expect("notes").len(), 1);
    let expected = ["added", "edited", "unpinned", "deleted", "restored"].map(|what| format!("note.{what}"));
    assert_eq!(actions(&db, id).await, expected);
}

support::db_test!(the_log_is_read_page_by_page);
async fn the_log_is_read_page_by_page(db: Db) {
    let id = customer("anna@example.com").insert(&db).await;
    let lena = actor(&db, "Lena").await;
    for number in 0..5 {
        let change = edit(&db, id, |d| d.company = number.to_string()).await;
        save(&db, &lena, id, &change).await.expect("saved");
    }
    let page = list_of_customer(&db, id, None, 3, ZONE).await.expect("a page");
    let after: Vec<_> = page.entries.iter().map(|entry| entry.changes[0].after.as_str()).collect();
    assert_eq!((after, page.more), (vec!["4", "3", "2"], true));
    let older = list_of_customer(&db, id, Some(page.entries[2].id), 3, ZONE).await.expect("a page");
    assert_eq!((older.entries.len(), older.more), (2, false));
    assert_eq!(older.entries[0].by.as_deref(), Some("Lena"));
    assert_eq!(older.entries[1].changes[0].before, "");
}
