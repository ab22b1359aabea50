//! Staff and settings: what may change, what must not, and what a change sets off.

mod support;

use clientele::args;
use clientele::base::{AppError, SessionId, StaffId, Timestamp};
use clientele::commerce::stats;
use clientele::office::apikeys::{Scope, service as apikeys};
use clientele::office::audit::service as audit;
use clientele::office::audit::store::{Actor, Entry, record};
use clientele::office::settings::{ShopForm, ThresholdForm, service as settings};
use clientele::office::staff::account::{Origin, accept_invite, log_in};
use clientele::office::staff::{MemberForm, Role, service as staff};
use clientele::office::{jobs, upkeep};
use clientele::server::keys::token_hash;
use clientele::server::{Context, Db, Query};
use support::{NOW, PASSWORD, TestApp, branch, customer, integer, numbers};

fn member(role: Role) -> MemberForm {
    MemberForm { name: "Noa".into(), email: "noa@shop.example".into(), role, branches: None }
}

fn token(link: &str) -> &str {
    link.rsplit('/').next().unwrap_or_default()
}

fn origin() -> Origin {
    Origin { ip: "192.0.2.7".into(), user_agent: "test".into() }
}

async fn logged_in(app: &TestApp, role: Role) -> Context {
    app.context(app.member(role, None).await).await
}

fn field(result: Result<impl std::fmt::Debug, AppError>) -> String {
    match result {
        Err(AppError::Invalid { field, .. }) => field,
        other => format!("{other:?}"),
    }
}

support::db_test!(an_invitation_works_once_and_for_a_week);
async fn an_invitation_works_once_and_for_a_week(db: Db) {
    let app = TestApp::new(&db).await;
    let owner = logged_in(&app, Role::Owner).await;
    let first = staff::invite(&owner, &member(Role::Support)).await.expect("a link");
    assert_eq!(field(staff::invite(&owner, &member(Role::Support)).await), "email");
    let noa = StaffId(integer(&db, "SELECT id FROM staff WHERE email = 'noa@shop.example'", args![]).await);
    let second = staff::invite_again(&owner, noa).await.expect("a new link");
    let accept = |link: String| {
        let state = app.state.clone();
        async move { accept_invite(&state, token(&link), PASSWORD, &origin()).await }
    };
    assert_eq!(accept(first).await, Err(AppError::NotFound), "the newer link takes its place");
    app.state.clock.advance(7 * Timestamp::DAY + 1);
    assert_eq!(accept(second).await, Err(AppError::NotFound), "it has expired");
    let third = staff::invite_again(&owner, noa).await.expect("a new link");
    accept(third.clone()).await.expect("a session");
    assert_eq!(accept(third).await, Err(AppError::NotFound), "it is spent");
    assert_eq!(staff::invite_again(&owner, noa).await, Err(AppError::NotFound), "who has joined needs none");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM audit_entries WHERE action LIKE 'staff.invite%'", args![]).await, 4);
}

support::db_test!(there_is_always_an_owner);
async fn there_is_always_an_owner(db: Db) {
    let app = TestApp::new(&db).await;
    let owner = logged_in(&app, Role::Owner).await;
    let admin = logged_in(&app, Role::Admin).await;
    let id = owner.staff.id;
    assert_eq!(field(staff::change(&owner, id, &member(Role::Admin)).await), "role");
    assert_eq!(field(staff::set_active(&owner, id, false).await), "role");
    // Only owners make or change owners.
    assert_eq!(staff::change(&admin, id, &member(Role::Support)).await, Err(AppError::Forbidden));
    assert_eq!(staff::change(&admin, admin.staff.id, &member(Role::Owner)).await, Err(AppError::Forbidden));
    assert_eq!(staff::invite(&admin, &member(Role::Owner)).await, Err(AppError::Forbidden));
    // With a second one the first may go, and every session of theirs ends.
    staff::change(&owner, admin.staff.id, &member(Role::Owner)).await.expect("a second owner");
    staff::set_active(&owner, id, false).await.expect("the first one leaves");
    let open = "SELECT COUNT(*) FROM sessions WHERE staff_id = $1 AND revoked_at IS NULL";
    assert_eq!(integer(&db, open, args![id]).await, 0);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM audit_entries WHERE action = 'staff.deactivated'", args![]).await, 1);
}

support::db_test!(ones_own_account);
async fn ones_own_account(db: Db) {
    let app = TestApp::new(&db).await;
    let mine = logged_in(&app, Role::Support).await;
    let elsewhere = app.context(mine.staff.id).await;
    let other = logged_in(&app, Role::ReadOnly).await;
    assert_eq!(field(staff::change_password(&mine, "wrong", "another password").await), "current");
    assert_eq!(field(staff::change_password(&mine, PASSWORD, "short").await), "password");
    let sessions = |view: clientele::office::staff::AccountView| -> Vec<(SessionId, bool)> {
        view.sessions.into_iter().map(|session| (session.id, session.this_one)).collect()
    };
    assert_eq!(sessions(staff::own_account(&mine).await.expect("an account")).len(), 2);
    staff::change_password(&mine, PASSWORD, "another password").await.expect("a new password");
    assert_eq!(sessions(staff::own_account(&mine).await.expect("an account")), [(mine.session, true)]);
    assert_eq!(staff::end_session(&other, mine.session).await, Err(AppError::NotFound), "not theirs to end");
    staff::end_session(&mine, elsewhere.session).await.expect("one that has ended already");
    assert_eq!(field(staff::set_language(&mine, Some("tlh")).await), "locale");
    staff::set_language(&mine, Some("de")).await.expect("a language");
}

support::db_test!(guesses_at_once_are_counted);
async fn guesses_at_once_are_counted(db: Db) {
    let app = TestApp::new(&db).await;
    app.member(Role::Support, None).await;
    let guess = |password: &'static str, ip: &'static str| {
        let (state, origin) = (app.state.clone(), Origin { ip: ip.into(), ..origin() });
        async move { log_in(&state, "support@staff.example", password, &origin).await }
    };
    let home = "192.0.2.99";
    guess(PASSWORD, home).await.expect("a session");
    let guesses = futures::future::join_all((0..12).map(|_| guess("not the password", "192.0.2.7"))).await;
    let refused = guesses.iter().filter(|guess| matches!(guess, Err(AppError::RateLimited { .. }))).count();
    let wrong = guesses.iter().filter(|guess| matches!(guess, Err(AppError::Invalid { .. }))).count();
    assert_eq!((wrong, refused), (5, 7));
    assert!(matches!(guess(PASSWORD, "192.0.2.7").await, Err(AppError::RateLimited { .. })), "right, but too soon");
    guess(PASSWORD, home).await.expect("a stranger's guesses lock nobody out at home");
    app.state.clock.advance(15 * Timestamp::MINUTE);
    guess(PASSWORD, "192.0.2.7").await.expect("a session, after waiting");
    app.state.clock.advance(2 * Timestamp::HOUR);
    upkeep::clean(&app.state).await.expect("a clean database");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM login_throttle", args![]).await, 0);
}

support::db_test!(only_owners_end_the_sessions_of_owners);
async fn only_owners_end_the_sessions_of_owners(db: Db) {
    let app = TestApp::new(&db).await;
    let owner = logged_in(&app, Role::Owner).await;
    let admin = logged_in(&app, Role::Admin).await;
    assert_eq!(staff::end_session(&admin, owner.session).await, Err(AppError::Forbidden));
    staff::end_session(&owner, admin.session).await.expect("an end");
}

support::db_test!(settings_are_checked_audited_and_in_force_at_once);
async fn settings_are_checked_audited_and_in_force_at_once(db: Db) {
    let app = TestApp::new(&db).await;
    let owner = logged_in(&app, Role::Owner).await;
    let before = app.state.settings();
    let save = async |form: &ShopForm| settings::save_shop(&owner, form, &ShopForm::of(&app.state.settings())).await;
    let shop = ShopForm { name: "Kowalska".into(), base_currency: "eur".into(), ..ShopForm::of(&before) };
    save(&shop).await.expect("saved");
    assert_eq!((app.state.settings().name.as_str(), app.state.settings().base_currency.code()), ("Kowalska", "EUR"));
    let changes = "SELECT COUNT(*) FROM audit_entries a JOIN audit_details d ON d.audit_id = a.id
        WHERE a.action = 'settings.changed' AND d.changes LIKE '%Kowalska%' AND d.changes LIKE '%USD%'";
    assert_eq!(integer(&db, changes, args![]).await, 1);
    save(&shop).await.expect("nothing to save");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM audit_entries WHERE action = 'settings.changed'", args![]).await, 1);
    assert_eq!(field(save(&ShopForm { time_zone: "Mars/Olympus".into(), ..shop.clone() }).await), "time_zone");
    assert_eq!(field(save(&ShopForm { locale: "tlh".into(), ..shop.clone() }).await), "locale");
    let vip = ThresholdForm { vip: "1,234.50".into(), ..ThresholdForm::of(&app.state.settings()) };
    settings::save_thresholds(&owner, &vip, &ThresholdForm::of(&app.state.settings())).await.expect("saved");
    assert_eq!(app.state.settings().vip_minor, 123_450);
    // Once there is an order, the currency stays.
    order(&db, NOW).await;
    let dollars = ShopForm { base_currency: "USD".into(), ..shop };
    assert_eq!(field(save(&dollars).await), "base_currency");
}

support::db_test!(two_people_edit_the_settings_at_once);
async fn two_people_edit_the_settings_at_once(db: Db) {
    let app = TestApp::new(&db).await;
    let (one, two) = (logged_in(&app, Role::Owner).await, logged_in(&app, Role::Admin).await);
    let base = ShopForm::of(&app.state.settings());
    let named = |name: &str| ShopForm { name: name.into(), ..base.clone() };
    settings::save_shop(&one, &named("First"), &base).await.expect("saved");
    let german = ShopForm { locale: "de".into(), ..base.clone() };
    settings::save_shop(&two, &german, &base).await.expect("another field");
    assert_eq!((app.state.settings().name.as_str(), app.state.settings().locale.as_str()), ("First", "de"), "both are kept");
    let refused = settings::save_shop(&two, &named("Second"), &base).await;
    assert!(matches!(refused, Err(AppError::Conflict { .. })), "{refused:?}");
    let seen = ShopForm::of(&app.state.settings());
    settings::save_shop(&two, &ShopForm { name: "Second".into(), ..seen.clone() }, &seen).await.expect("knowingly");
    assert_eq!(app.state.settings().name, "Second");
}

/// A completed order of a new customer, with the statistics of UTC.
async fn order(db: &Db, at: Timestamp) {
    let who = customer(&format!("c{}@example.com", at.0)).registered(at).insert(db).await;
    let day = at.0 / Timestamp::DAY;
    let tx = db.begin().await.expect("a transaction");
    let store = tx
        .insert(
            "INSERT INTO stores (code, name, currency, created_at) VALUES ('web', 'Web', 'USD', $1)
             ON CONFLICT (code) DO UPDATE SET name = excluded.name RETURNING id",
            args![at],
        )
        .await
        .expect("a store");
    tx.execute(
        "INSERT INTO orders (number, store_id, customer_id, status, payment_state, fulfilment_state, currency, subtotal_minor,
           total_minor, base_total_minor, units, placed_at, placed_day, state_since, created_at, updated_at)
         VALUES ($1, $2, $3, 'placed', 'paid', 'delivered', 'USD', 1000, 1000, 1000, 2, $4, $5, $4, $4, $4)",
        args![at.0.to_string(), store, who, at, day],
    )
    .await
    .expect("an order");
    tx.execute(
        "INSERT INTO visits (visitor_id, customer_id, started_at, day, last_seen_at) VALUES ('v', $1, $2, $3, $2)",
        args![who, at, day],
    )
    .await
    .expect("a visit");
    stats::refresh(&tx, who).await.expect("figures");
    stats::refresh_day(&tx, clientele::base::Day(i32::try_from(day).expect("a day")), store).await.expect("a roll-up");
    tx.commit().await.expect("a commit");
}

support::db_test!(a_new_time_zone_moves_every_day);
async fn a_new_time_zone_moves_every_day(db: Db) {
    let app = TestApp::new(&db).await;
    let owner = logged_in(&app, Role::Owner).await;
    // In New York, two of these are the day before: 03:00 UTC in winter (22:00), and in summer (23:00); 04:30 only in winter.
    let instants = ["2025-01-10T03:00", "2025-07-10T03:00", "2025-01-10T04:30", "2025-07-10T04:30", "2025-07-10T12:00"];
    let utc = |text: &str| {
        let day = clientele::base::Day::parse(&text[..10]).expect("a day");
        let (hours, minutes): (i64, i64) = (text[11..13].parse().expect("hours"), text[14..].parse().expect("minutes"));
        Timestamp(i64::from(day.0) * Timestamp::DAY + hours * Timestamp::HOUR + minutes * Timestamp::MINUTE)
    };
    for instant in instants {
        order(&db, utc(instant)).await;
    }
    let form = ShopForm { time_zone: "America/New_York".into(), ..ShopForm::of(&app.state.settings()) };
    settings::save_shop(&owner, &form, &ShopForm::of(&app.state.settings())).await.expect("saved");
    jobs::service::drain(&app.state).await.expect("jobs that run");
    let before_by =
        |column: &str, at: &str, table: &str| format!("SELECT {at} / 86400000000 - {column} FROM {table} ORDER BY {at}");
    // By instant: 10 January 03:00 and 04:30, 10 July 03:00, 04:30 and 12:00.
    let expected = [1, 1, 1, 0, 0];
    for (table, at, day) in [
        ("customers", "registered_at", "registered_day"),
        ("orders", "placed_at", "placed_day"),
        ("visits", "started_at", "day"),
        ("customer_stats", "last_order_at", "last_order_day"),
    ] {
        assert_eq!(numbers(&db, &before_by(day, at, table), args![]).await, expected, "{table}");
    }
    assert_eq!(stats::check(&db, |_| ()).await.expect("an answer"), []);
    let done = "SELECT COUNT(*) FROM jobs WHERE kind = 'settings.rebuild_days' AND status = 'done'";
    assert_eq!(integer(&db, done, args![]).await, 1);
}

support::db_test!(a_key_is_shown_once_and_never_comes_back);
async fn a_key_is_shown_once_and_never_comes_back(db: Db) {
    let app = TestApp::new(&db).await;
    let owner = logged_in(&app, Role::Owner).await;
    let scopes = [Scope::ReadOrders, Scope::ReadCustomers, Scope::ReadOrders];
    let system = Actor::system(NOW);
    let create = |name: &'static str| apikeys::create(&db, &system, name, &scopes);
    assert_eq!(field(create(" ").await), "name");
    assert_eq!(field(apikeys::create(&db, &system, "ERP", &[]).await), "scope");
    let key = create(" ERP ").await.expect("a key");
    assert_ne!(key, create("Shop front").await.expect("another"));
    let rows: Vec<(Vec<u8>,)> = db.all("SELECT key_hash FROM api_keys WHERE name = 'ERP'", args![]).await.expect("a row");
    assert_eq!(rows, [(token_hash(&key),)], "only its hash is kept");
    let listed = apikeys::list(&owner).await.expect("the keys");
    let erp = listed.iter().find(|listed| listed.name == "ERP").expect("the key");
    assert!(key.ends_with(&erp.last_four) && erp.last_four.len() == 4, "{erp:?}");
    assert_eq!(erp.scopes, [Scope::ReadCustomers, Scope::ReadOrders]);
    assert_eq!((&erp.created_by, &erp.last_used, &erp.revoked), (&None, &None, &None));
    apikeys::revoke(&owner, erp.id).await.expect("a revoked key");
    assert_eq!(apikeys::revoke(&owner, erp.id).await, Err(AppError::NotFound), "once is enough");
    let listed = apikeys::list(&owner).await.expect("the keys");
    assert_eq!(listed.iter().map(|key| key.revoked.is_some()).collect::<Vec<_>>(), [false, true], "revoked ones come last");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM audit_entries WHERE entity = 'api_key'", args![]).await, 3);
}

support::db_test!(the_audit_log_is_searched_and_paged);
async fn the_audit_log_is_searched_and_paged(db: Db) {
    let app = TestApp::new(&db).await;
    let owner = logged_in(&app, Role::Owner).await;
    for number in 0..60 {
        let name = format!("Program_{number}");
        apikeys::create(&db, &Actor::system(NOW), &name, &[Scope::Track]).await.expect("a key");
    }
    staff::invite(&owner, &member(Role::Support)).await.expect("a link");
    let list = async |query: &str| audit::list(&owner, query).await.expect("a page");
    let newest = list("").await;
    assert!(newest.more && newest.lines.len() == 50);
    assert_eq!(newest.lines[0].entry.by.as_deref(), Some("owner"));
    let older = list(&format!("before={}", newest.lines[49].entry.id)).await;
    assert!(!older.more && older.lines.len() == 11, "{}", older.lines.len());
    assert_eq!(list("q=program_7").await.lines.len(), 1, "_ is a letter like others; case does not matter");
    assert_eq!(list("q=%25").await.lines.len(), 0);
    assert_eq!(list("about=staff").await.lines.len(), 1);
    assert_eq!(list("by=0&about=staff").await.lines.len(), 0);
    assert_eq!(list("q=noa").await.lines.len(), 1, "whom it is about");
    assert_eq!(list("q=192.0.2.1").await.lines.len(), 1, "from where");
}

support::db_test!(what_happened_to_customers_of_other_branches_is_not_told);
async fn what_happened_to_customers_of_other_branches_is_not_told(db: Db) {
    let app = TestApp::new(&db).await;
    let (berlin, paris) = (branch(&db, "Berlin").await, branch(&db, "Paris").await);
    for (email, branch) in [("a@x.example", berlin), ("b@x.example", paris)] {
        let id = customer(email).branch(branch).insert(&db).await;
        let tx = db.begin().await.expect("a transaction");
        let entry = Entry { action: "customer.added", entity: "customer", entity_id: id.0, customer: Some(id), changes: &[] };
        record(&tx, &Actor::system(NOW), entry).await.expect("an entry");
        tx.commit().await.expect("a commit");
    }
    for (branches, seen) in [(None, 2), (Some(vec![berlin]), 1), (Some(vec![]), 0)] {
        let role = if branches.is_some() { Role::Admin } else { Role::Owner };
        let mut member = app.context(staff_of(&app, &db, role).await).await;
        member.staff.branches = branches;
        assert_eq!(audit::list(&member, "about=customer").await.expect("a page").lines.len(), seen);
    }
}

/// The member of this role, made where there is none.
async fn staff_of(app: &TestApp, db: &Db, role: Role) -> StaffId {
    match integer(db, "SELECT MAX(id) FROM staff WHERE role = $1", args![role.code()]).await {
        0 => app.member(role, None).await,
        id => StaffId(id),
    }
}
