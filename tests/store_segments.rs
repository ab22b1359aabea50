//! Segments: what can be said is refused or kept, and who is in them follows changes, time and rules, in two ways that agree.

mod support;

use clientele::args;
use clientele::base::{AppError, Currency, CustomerId, Day, SegmentId, Timestamp};
use clientele::customers::list::{ListState, service as list};
use clientele::customers::segments::follow::Follower;
use clientele::customers::segments::{Has, Reason, ReasonPart, SegmentForm, service, store, sweep, why};
use clientele::office::audit::store::Actor;
use clientele::office::jobs::service::drain;
use clientele::rules::{Condition, Rule, SetField, parse, print, query};
use clientele::server::{AppState, Args, Db, Query};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use std::collections::{BTreeMap, BTreeSet};
use support::asked::open_shop;
use support::random::{TODAY, sample};
use support::rules::{TEXTS, any_rules, conditions};
use support::{NOW, TestApp, customer, in_tx};

const SHOPPERS: usize = 60;
const SEGMENTS: usize = 40;

async fn run(db: &Db, sql: &str, args: Args) {
    let tx = db.begin().await.expect("a transaction");
    tx.execute(sql, args).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
    tx.commit().await.expect("a commit");
}

/// The program on the day that the random shop takes for today.
async fn app_today(db: &Db) -> TestApp {
    let app = TestApp::new(db).await;
    app.state.clock.advance(i64::from(TODAY.0) * Timestamp::DAY + 9 * Timestamp::HOUR - NOW.0);
    assert_eq!(app.state.today(), TODAY);
    app
}

fn form(name: &str, rule: &str) -> SegmentForm {
    SegmentForm { name: name.into(), rule: rule.into(), ..SegmentForm::default() }
}

async fn add(state: &AppState, name: &str, rule: &str) -> Result<SegmentId, AppError> {
    let actor = Actor::system(state.clock.now());
    in_tx!(state.db, tx => service::add(&tx, state, &actor, &form(name, rule)))
}

async fn change(state: &AppState, id: SegmentId, change: impl Fn(&mut SegmentForm)) -> Result<(), AppError> {
    let base = service::view(state, None, id).await?.form;
    let mut typed = base.clone();
    change(&mut typed);
    let actor = Actor::system(state.clock.now());
    in_tx!(state.db, tx => service::change(&tx, state, &actor, id, &typed, &base))
}

async fn archive(state: &AppState, id: SegmentId, archived: bool) -> Result<(), AppError> {
    let actor = Actor::system(state.clock.now());
    in_tx!(state.db, tx => service::set_archived(&tx, state, &actor, id, archived))
}

fn refusal<T: std::fmt::Debug>(result: Result<T, AppError>) -> String {
    match result {
        Err(error) => error.message_key().split('\u{1f}').next().unwrap_or_default().to_owned(),
        Ok(done) => format!("{done:?}"),
    }
}

/// Segments of random rules about everything that can be asked.
async fn random_segments(db: &Db, runner: &mut TestRunner) {
    let tx = db.begin().await.expect("a transaction");
    let mut made = 0;
    while made < SEGMENTS {
        let rule = if made % 2 == 0 { Rule::Is(sample(conditions(), runner)) } else { sample(any_rules(), runner) };
        let asks_segment = |one: &Condition| {
            matches!(one, Condition::HasSome { field: SetField::Segment } | Condition::Has { field: SetField::Segment, .. })
        };
        let text = print(&rule, Currency::USD);
        if rule.conditions().into_iter().any(asks_segment) || parse(&text, Currency::USD).is_err() {
            continue;
        }
        let name = format!("Segment {made}");
        let key = format!("segment_{made}");
        store::insert(&tx, &key, &form(&name, &text), true, None, Timestamp(0)).await.expect("a segment");
        made += 1;
    }
    tx.commit().await.expect("a commit");
}

type Members = BTreeMap<i64, BTreeSet<i64>>;

async fn members(db: &Db) -> Members {
    let rows: Vec<(i64, i64)> = db.all("SELECT segment_id, customer_id FROM segment_members", args![]).await.expect("members");
    let mut members = Members::new();
    for (segment, customer) in rows {
        members.entry(segment).or_default().insert(customer);
    }
    members
}

/// Who is not where they should be: segment and customer.
async fn wrong(state: &AppState) -> Vec<(i64, i64)> {
    let (is, should) = (members(&state.db).await, described(state).await);
    let pairs = |all: &Members| -> BTreeSet<(i64, i64)> {
        all.iter().flat_map(|(segment, ids)| ids.iter().map(|id| (*segment, *id))).collect()
    };
    pairs(&is).symmetric_difference(&pairs(&should)).copied().collect()
}

/// Whom the rules describe now, asked one by one.
async fn described(state: &AppState) -> Members {
    let meanings = list::meanings(&state.db, &state.settings()).await.expect("meanings");
    let mut described = Members::new();
    for (id, rule) in &meanings.segments {
        let Ok(rule) = meanings.expand(rule) else { continue };
        let found = query::matching(&state.db, &rule, None, state.today()).await.expect("an answer");
        if !found.is_empty() {
            described.insert(*id, found.into_iter().map(|id| id.0).collect());
        }
    }
    described
}

async fn sweep_all(state: &AppState) {
    in_tx!(state.db, tx => store::forget_sweeps(&tx)).expect("swept soon");
    assert!(sweep::enqueue_due(state).await.expect("a job"));
    drain(state).await.expect("a sweep");
}

async fn counted_well(db: &Db) {
    let sql = "SELECT COUNT(*) FROM segment_states t WHERE t.members <>
      (SELECT COUNT(*) FROM segment_members m WHERE m.segment_id = t.segment_id)";
    assert_eq!(db.integer(sql, args![]).await.expect("a count"), 0, "sizes are what they count");
}

async fn latest_events_tell_who_is_in(db: &Db) {
    // Who is in it without ever having entered was there when it was filled.
    let sql = "SELECT COUNT(*) FROM segment_events e WHERE NOT EXISTS
        (SELECT 1 FROM segment_events n WHERE n.segment_id = e.segment_id AND n.customer_id = e.customer_id AND n.id > e.id)
      AND e.entered <> EXISTS (SELECT 1 FROM segment_members m WHERE m.segment_id = e.segment_id AND m.customer_id = e.customer_id)";
    assert_eq!(db.integer(sql, args![]).await.expect("a count"), 0, "the last event of each says whether they are in");
}

/// Something that may happen to a customer, in the transaction in which it would.
async fn happens(db: &Db, id: CustomerId, runner: &mut TestRunner) {
    let what = sample(0..14_usize, runner);
    let thing = sample(101..105_i64, runner);
    let (text, number, yes) = (sample(select(TEXTS.to_vec()), runner), sample(0..4_i64, runner), sample(any::<bool>(), runner));
    let day = sample((TODAY.0 - 120)..=TODAY.0, runner);
    let tx = db.begin().await.expect("a transaction");
    let statements: Vec<(&str, Args)> = match what {
        0 => vec![("UPDATE customers SET city_key = $2, country = 'DE' WHERE id = $1", args![id, text.to_lowercase()])],
        1 => vec![("UPDATE customers SET marketing_email = $2, email_confirmed = $2 WHERE id = $1", args![id, yes])],
        2 => vec![("UPDATE customers SET custom_fields = $2 WHERE id = $1", args![id, r#"{"size":"XL"}"#])],
        3 => vec![("UPDATE customer_stats SET credit_minor = $2, points = $2 WHERE customer_id = $1", args![id, number])],
        4 => vec![("DELETE FROM customer_tags WHERE customer_id = $1 AND tag_id = $2", args![id, thing])],
        5 => vec![(
            "INSERT INTO customer_tags (customer_id, tag_id, added_at) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING",
            args![id, thing],
        )],
        6 => vec![("DELETE FROM customer_group_members WHERE customer_id = $1", args![id])],
        7 => vec![(
            "INSERT INTO consents (customer_id, purpose, granted, source, at) VALUES ($1, $2, $3, 'staff', 0)",
            args![id, if number > 1 { "cookies" } else { "data_processing" }, yes],
        )],
        8 => vec![(
            "UPDATE orders SET payment_state = 'refunded', base_refunded_minor = base_total_minor WHERE customer_id = $1",
            args![id],
        )],
        9 => vec![("UPDATE orders SET fulfilment_state = 'returned' WHERE customer_id = $1", args![id])],
        10 => vec![(
            "INSERT INTO events (customer_id, kind, product_id, at, day) VALUES ($1, 'product_view', $2, 0, $3)",
            args![id, thing, day],
        )],
        11 => vec![(
            "INSERT INTO visits (visitor_id, customer_id, started_at, day, last_seen_at) VALUES ('v', $1, 0, $2, 0)",
            args![id, day],
        )],
        12 => vec![(
            "INSERT INTO loyalty_members (customer_id, card_number, tier, earned_points, enrolled_at) VALUES ($1, $2, 'xl', $3, 0)
             ON CONFLICT (customer_id) DO UPDATE SET tier = 'bronze', earned_points = excluded.earned_points",
            args![id, format!("FCX{id}"), number],
        )],
        // Anonymised, and there again.
        _ => vec![("UPDATE customers SET anonymised_at = $2 WHERE id = $1", args![id, yes.then_some(1_i64)])],
    };
    for (sql, args) in statements {
        tx.execute(sql, args).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }
    tx.commit().await.expect("a commit");
}

support::db_test!(following_changes_and_sweeping_agree);
async fn following_changes_and_sweeping_agree(db: Db) {
    let mut runner = TestRunner::deterministic();
    let shoppers = open_shop(&db, SHOPPERS, &mut runner).await;
    let app = app_today(&db).await;
    let state = &app.state;
    random_segments(&db, &mut runner).await;
    let mut follower = Follower::default();
    follower.catch_up(state).await.expect("caught up");
    drain(state).await.expect("a sweep");
    assert_eq!(wrong(state).await, []);
    let mut changed = 0;
    for round in 0..40 {
        for _ in 0..sample(1..5_usize, &mut runner) {
            let id = sample(select(shoppers.clone()), &mut runner);
            happens(&db, id, &mut runner).await;
        }
        changed += follower.catch_up(state).await.expect("caught up");
        assert_eq!(wrong(state).await, [], "in round {round}");
    }
    assert!(changed > 40, "{changed} came and went");
    let (before, events) =
        (members(&db).await, db.integer("SELECT COUNT(*) FROM segment_events", args![]).await.expect("a count"));
    assert_eq!(follower.catch_up(state).await.expect("caught up"), 0, "nothing new");
    sweep_all(state).await;
    assert_eq!(members(&db).await, before, "a sweep finds nothing to do");
    assert_eq!(db.integer("SELECT COUNT(*) FROM segment_events", args![]).await.expect("a count"), events);
    counted_well(&db).await;
    latest_events_tell_who_is_in(&db).await;
    assert_eq!(db.integer("SELECT COUNT(*) FROM segment_changes", args![]).await.expect("a count"), 0);
}

support::db_test!(many_writers_at_once_lose_nobody);
async fn many_writers_at_once_lose_nobody(db: Db) {
    let mut runner = TestRunner::deterministic();
    let shoppers = open_shop(&db, 30, &mut runner).await;
    let app = app_today(&db).await;
    let state = &app.state;
    random_segments(&db, &mut runner).await;
    let mut follower = Follower::default();
    follower.catch_up(state).await.expect("caught up");
    let writers = (0..4_u8).map(|writer| {
        let (db, shoppers) = (db.clone(), shoppers.clone());
        tokio::spawn(async move {
            let seed = proptest::test_runner::TestRng::from_seed(proptest::test_runner::RngAlgorithm::ChaCha, &[writer; 32]);
            let mut runner = TestRunner::new_with_rng(proptest::test_runner::Config::default(), seed);
            for _ in 0..30 {
                let id = sample(select(shoppers.clone()), &mut runner);
                happens(&db, id, &mut runner).await;
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let sweeping = {
        let state = state.clone();
        tokio::spawn(async move { drain(&state).await })
    };
    let mut other = Follower::default();
    while writers.iter().any(|writer| !writer.is_finished()) {
        // As two servers would.
        let (one, two) = tokio::join!(follower.catch_up(state), other.catch_up(state));
        one.expect("caught up");
        two.expect("caught up");
    }
    for writer in writers {
        writer.await.expect("a writer");
    }
    sweeping.await.expect("a task").expect("a sweep");
    follower.catch_up(state).await.expect("caught up");
    drain(state).await.expect("a sweep");
    assert_eq!(wrong(state).await, []);
    counted_well(&db).await;
    latest_events_tell_who_is_in(&db).await;
}

support::db_test!(as_time_goes_by_a_sweep_finds_who_comes_and_goes);
async fn as_time_goes_by_a_sweep_finds_who_comes_and_goes(db: Db) {
    let mut runner = TestRunner::deterministic();
    open_shop(&db, SHOPPERS, &mut runner).await;
    let app = app_today(&db).await;
    let state = &app.state;
    random_segments(&db, &mut runner).await;
    let id = add(state, "Lately", "registered within 60 days").await.expect("a segment");
    let mut follower = Follower::default();
    follower.catch_up(state).await.expect("caught up");
    drain(state).await.expect("a sweep");
    let at_first = members(&db).await;
    assert_eq!(wrong(state).await, []);
    assert_eq!(db.integer("SELECT COUNT(*) FROM segment_events", args![]).await.expect("a count"), 0, "filling is no news");
    assert!(!sweep::enqueue_due(state).await.expect("an answer"), "nothing is due on the same day");
    for days in [1, 29, 400] {
        state.clock.advance(days * Timestamp::DAY);
        follower.catch_up(state).await.expect("caught up");
        drain(state).await.expect("a sweep");
        assert_eq!(wrong(state).await, [], "after {days} days");
    }
    assert_ne!(members(&db).await, at_first);
    let told = "SELECT COUNT(*) FROM segment_events WHERE segment_id = $1 AND NOT entered AND cause = 'time'";
    let left = at_first.get(&id.0).map_or(0, BTreeSet::len);
    // Some registered in the far future.
    let stayed = members(&db).await.get(&id.0).map_or(0, BTreeSet::len);
    assert!(left > stayed);
    assert_eq!(db.integer(told, args![id]).await.expect("a count"), (left - stayed) as i64);
    let days = store::days(&db, Some(id), Day(0)).await.expect("days");
    assert_eq!(days[&id].iter().map(|day| day.day.0 - TODAY.0).collect::<Vec<_>>(), [0, 1, 30, 430]);
    assert_eq!((days[&id][0].members, days[&id][3].members), (left as i64, stayed as i64));
    counted_well(&db).await;
    latest_events_tell_who_is_in(&db).await;
}

support::db_test!(a_rule_that_changes_moves_people_and_settings_do_too);
async fn a_rule_that_changes_moves_people_and_settings_do_too(db: Db) {
    let app = TestApp::new(&db).await;
    let state = &app.state;
    let (ann, bob) = (customer("ann@shop.example").insert(&db).await, customer("bob@shop.example").insert(&db).await);
    run(&db, "UPDATE customer_stats SET orders_count = 5 WHERE customer_id = $1", args![ann]).await;
    let base = add(state, "Base", "orders >= 5").await.expect("a segment");
    let made_of = add(state, "Made of it", "segment = base").await.expect("a segment");
    let mut follower = Follower::default();
    follower.catch_up(state).await.expect("caught up");
    drain(state).await.expect("a sweep");
    let is_in = async |segment: SegmentId| members(&db).await.get(&segment.0).cloned().unwrap_or_default();
    assert_eq!(is_in(made_of).await, [ann.0].into());
    change(state, base, |form| form.rule = "orders < 5".into()).await.expect("changed");
    follower.catch_up(state).await.expect("caught up");
    drain(state).await.expect("a sweep");
    assert_eq!((is_in(base).await, is_in(made_of).await), ([bob.0].into(), [bob.0].into()));
    let told = "SELECT COUNT(*) FROM segment_events WHERE segment_id = $1 AND cause = 'rule'";
    assert_eq!(db.integer(told, args![made_of]).await.expect("a count"), 2);
    // Deleting somebody takes them out, and sizes follow.
    run(&db, "DELETE FROM customers WHERE id = $1", args![bob]).await;
    counted_well(&db).await;
    assert_eq!(service::view(state, None, base).await.expect("a view").members, 0);
    follower.catch_up(state).await.expect("caught up");
    assert!(is_in(base).await.is_empty());
    let update = in_tx!(db, tx => tx.execute("UPDATE segment_events SET entered = TRUE", args![]));
    assert!(update.is_err(), "what is written in a log stays written");
}

support::db_test!(what_cannot_be_is_refused);
async fn what_cannot_be_is_refused(db: Db) {
    let app = TestApp::new(&db).await;
    let state = &app.state;
    run(&db, "INSERT INTO tags (id, name, name_key, created_at) VALUES (900, 'Gift', 'gift', 0)", args![]).await;
    let gift = add(state, "Gifts", "tag = gift and orders > 1").await.expect("a segment");
    let kept: (String, String) = db.one("SELECT key, rule FROM segments WHERE id = $1", args![gift]).await.expect("a segment");
    assert_eq!(kept, ("gifts".to_owned(), "tag = #900 and orders > 1".to_owned()));
    run(&db, "UPDATE tags SET name = 'Present', name_key = 'present' WHERE id = 900", args![]).await;
    assert_eq!(service::view(state, None, gift).await.expect("a view").form.rule, "tag = Present and orders > 1");
    assert_eq!(refusal(add(state, "gifts", "orders > 1").await), "segments.name_taken");
    assert_eq!(refusal(add(state, "Other", "orders >").await).split('.').next(), Some("rules"));
    assert_eq!(refusal(add(state, "Other", "tag = nothing").await), "segments.rule_unknown");
    assert_eq!(refusal(add(state, "Other", "tag = presnt").await), "segments.rule_unknown_meant");
    assert_eq!(refusal(add(state, "Other", "segment is set").await), "segments.rule_any_segment");
    assert_eq!(refusal(add(state, "Other", "segment = #4711").await), "segments.rule_unknown");
    // Circles.
    let second = add(state, "Second", "segment = gifts").await.expect("a segment");
    let third = add(state, "Third", "not segment = second").await.expect("a segment");
    assert_eq!(refusal(change(state, gift, |form| form.rule = "segment = third".into()).await), "rules.segment_of_itself");
    assert_eq!(refusal(change(state, gift, |form| form.rule = "segment = gifts".into()).await), "rules.segment_of_itself");
    // Archiving.
    assert_eq!(refusal(archive(state, gift, true).await), "segments.used_by_segment");
    archive(state, third, true).await.expect("archived");
    assert_eq!(refusal(add(state, "Other", "segment = third").await), "segments.rule_archived");
    archive(state, second, true).await.expect("archived");
    archive(state, gift, true).await.expect("archived");
    assert_eq!(refusal(archive(state, second, false).await), "segments.rule_archived");
    for id in [gift, second, third] {
        archive(state, id, false).await.expect("in use again");
    }
    let built_in = SegmentId(db.integer("SELECT id FROM segments WHERE key = 'new'", args![]).await.expect("an id"));
    assert_eq!(refusal(archive(state, built_in, true).await), "segments.is_built_in");
    assert_eq!(refusal(change(state, built_in, |form| form.name = "Newest".into()).await), "segments.is_built_in");
    // What it is made of grows until what is made of it is too large.
    let many = vec!["orders > 1"; 300].join(" and ");
    let large = add(state, "Large", &many).await.expect("a segment");
    add(state, "Larger", &format!("segment = large and {}", vec!["orders > 2"; 150].join(" and "))).await.expect("a segment");
    let larger = vec!["orders > 1"; 400].join(" and ");
    assert_eq!(refusal(change(state, large, |form| form.rule.clone_from(&larger)).await), "segments.rule_too_large_for");
    // Two people.
    let base = service::view(state, None, gift).await.expect("a view").form;
    change(state, gift, |form| form.name = "Theirs".into()).await.expect("changed");
    let actor = Actor::system(NOW);
    let mine = SegmentForm { description: "What I say".into(), ..base.clone() };
    in_tx!(db, tx => service::change(&tx, state, &actor, gift, &mine, &base)).expect("another field");
    let view = service::view(state, None, gift).await.expect("a view");
    assert_eq!((view.form.name.as_str(), view.form.description.as_str()), ("Theirs", "What I say"));
    let mine = SegmentForm { name: "Mine".into(), ..base.clone() };
    assert_eq!(refusal(in_tx!(db, tx => service::change(&tx, state, &actor, gift, &mine, &base))), "segments.changed");
    let audited = "SELECT COUNT(*) FROM audit_entries WHERE entity = 'segment' AND entity_id = $1";
    assert_eq!(db.integer(audited, args![gift]).await.expect("a count"), 5, "added, archived, restored, changed twice");
}

support::db_test!(everything_that_refers_to_a_segment_is_listed);
async fn everything_that_refers_to_a_segment_is_listed(db: Db) {
    let app = TestApp::new(&db).await;
    let state = &app.state;
    let id = add(state, "Big", "orders > 9").await.expect("a segment");
    add(state, "Bigger", "segment = big and points > 100").await.expect("a segment");
    let group = support::group(&db, "best").await;
    let rule = "INSERT INTO assignment_rules (group_id, rule, created_at, updated_at) VALUES ($1, '?segment=big', 0, 0)";
    run(&db, rule, args![group]).await;
    let uses = service::view(state, None, id).await.expect("a view").uses;
    let names: Vec<&str> = uses.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Bigger", "best"]);
    assert_eq!(refusal(archive(state, id, true).await), "segments.used_by_segment");
    let rows = service::list(state, None).await.expect("a list").rows;
    assert_eq!(rows.iter().find(|row| row.name.id == id).map(|row| row.uses), Some(2));
}

support::db_test!(a_campaign_that_is_for_a_segment_keeps_it);
async fn a_campaign_that_is_for_a_segment_keeps_it(db: Db) {
    let app = TestApp::new(&db).await;
    let state = &app.state;
    let id = add(state, "Big", "orders > 9").await.expect("a segment");
    let campaign = async |name: &str, state: &str, audience: &str| {
        let sql =
            "INSERT INTO campaigns (name, topic, subject, preheader, layout, body, text, audience, state, created_at, updated_at)
            VALUES ($1, 'offers', '', '', 'card', '', '', $2, $3, 0, 0)";
        run(&db, sql, args![name, audience, state]).await;
    };
    campaign("By key", "draft", r#"{"include":["everybody",{"segment":"big"}],"exclude":[]}"#).await;
    campaign("Without", "scheduled", r#"{"include":[],"exclude":[{"rule":"points > 1 and segment = Big"}]}"#).await;
    campaign("Unfinished", "draft", r#"{"include":[{"rule":"orders >"},{"chosen":[1]},{"group":1}],"exclude":[]}"#).await;
    campaign("Sent", "sent", r#"{"include":[{"segment":"big"}],"exclude":[]}"#).await;
    let names = async |scope| -> Vec<String> {
        service::view(state, scope, id).await.expect("a view").uses.into_iter().map(|one| one.name).collect()
    };
    assert_eq!(names(None).await, ["By key", "Without"]);
    assert_eq!(names(Some(&[])).await, [""; 0], "campaigns of other branches are not named");
    assert_eq!(refusal(archive(state, id, true).await), "segments.used_by_campaign");
    run(&db, "UPDATE campaigns SET frozen = TRUE", args![]).await;
    archive(state, id, true).await.expect("nobody needs it any more");
}

support::db_test!(an_archived_segment_is_deleted_for_good_once_nothing_names_it);
async fn an_archived_segment_is_deleted_for_good_once_nothing_names_it(db: Db) {
    let app = TestApp::new(&db).await;
    let state = &app.state;
    let ann = customer("ann@shop.example").insert(&db).await;
    customer("bob@shop.example").insert(&db).await;
    let id = add(state, "Ann", "email = ann@shop.example").await.expect("a segment");
    let other = add(state, "Not Ann", "not segment = Ann").await.expect("a segment");
    sweep::enqueue_due(state).await.expect("due");
    drain(state).await.expect("a sweep");
    let event = "INSERT INTO segment_events (segment_id, customer_id, entered, cause, at) VALUES ($1, $2, TRUE, 'change', 1)";
    run(&db, event, args![id, ann]).await;
    let delete = async |id: SegmentId| {
        let actor = Actor::system(state.clock.now());
        in_tx!(state.db, tx => service::delete(&tx, state, &actor, id))
    };
    assert_eq!(refusal(delete(id).await), "segments.archive_first");
    assert_eq!(refusal(delete(SegmentId(1)).await), "segments.is_built_in");
    assert_eq!(delete(SegmentId(999)).await, Err(AppError::NotFound));
    archive(state, other, true).await.expect("archived");
    archive(state, id, true).await.expect("only an archived one is made of it");
    assert_eq!(refusal(delete(id).await), "segments.used_by_segment", "it may be taken into use again");
    delete(other).await.expect("deleted");
    let sql =
        "INSERT INTO campaigns (name, topic, subject, preheader, layout, body, text, audience, state, created_at, updated_at)
      VALUES ('Spring', 'offers', '', '', 'card', '', '', $1, 'draft', 0, 0)";
    run(&db, sql, args![r#"{"include":[{"segment":"ann"}],"exclude":[]}"#]).await;
    assert_eq!(refusal(delete(id).await), "segments.used_by_campaign");
    run(&db, "UPDATE campaigns SET state = 'sent'", args![]).await;
    let code = "INSERT INTO promotions (code, code_key, name, kind, percent_bp, segment_id, active, created_at)
      VALUES ('ANN10', 'ANN10', 'Ann', 'percent', 1000, $1, FALSE, 0)";
    run(&db, code, args![id]).await;
    let uses = service::view(state, None, id).await.expect("a view").uses;
    assert_eq!(uses.iter().map(|one| one.href.as_str()).collect::<Vec<_>>(), ["/promotions?q=ANN10&all=1"]);
    assert_eq!(refusal(delete(id).await), "segments.used_by_promotion");
    let early = "UPDATE promotions SET segment_id = NULL, early_segment_id = $1";
    run(&db, early, args![id]).await;
    assert_eq!(refusal(delete(id).await), "segments.used_by_promotion", "it opens earlier for them");
    run(&db, "DELETE FROM promotions", args![]).await;
    let product = "INSERT INTO products (sku, name, price_minor, currency, early_segment_id, created_at) VALUES ('TEA', 'Tea', 1, 'USD', $1, 0)";
    run(&db, product, args![id]).await;
    let uses = service::view(state, None, id).await.expect("a view").uses;
    assert_eq!(uses.iter().map(|one| one.href.as_str()).collect::<Vec<_>>(), ["/products?q=TEA&all=1"]);
    assert_eq!(refusal(delete(id).await), "segments.used_by_product");
    run(&db, "UPDATE products SET early_segment_id = NULL", args![]).await;
    delete(id).await.expect("deleted");
    for table in ["segment_members", "segment_events", "segment_states", "segment_days"] {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE segment_id IN ($1, $2)");
        assert_eq!(db.integer(&sql, args![id, other]).await.expect("a count"), 0, "{table}");
    }
    let told = "SELECT COUNT(*) FROM audit_entries WHERE action = 'segment.deleted'";
    assert_eq!(db.integer(told, args![]).await.expect("a count"), 2);
    assert_eq!(delete(id).await, Err(AppError::NotFound));
    let states = "SELECT COUNT(*) FROM segment_states";
    let segments = db.integer("SELECT COUNT(*) FROM segments", args![]).await.expect("a count");
    assert_eq!(db.integer(states, args![]).await.expect("a count"), segments, "the others keep theirs");
    // Its name is free, and it begins anew.
    let again = add(state, "Ann", "email = ann@shop.example").await.expect("a segment");
    assert_eq!(service::view(state, None, again).await.expect("a view").trend.len(), 1);
}

support::db_test!(a_segment_goes_while_others_fill_and_sweep_it);
async fn a_segment_goes_while_others_fill_and_sweep_it(db: Db) {
    let app = TestApp::new(&db).await;
    let state = &app.state;
    for n in 0..20 {
        customer(&format!("c{n}@shop.example")).insert(&db).await;
    }
    for round in 0..5 {
        let id = add(state, &format!("All {round}"), "orders >= 0").await.expect("a segment");
        let swept = async {
            sweep::enqueue_due(state).await.expect("due");
            drain(state).await.expect("a sweep");
        };
        let closed = async {
            archive(state, id, true).await.expect("archived");
            let actor = Actor::system(state.clock.now());
            in_tx!(state.db, tx => service::delete(&tx, state, &actor, id)).expect("deleted");
        };
        let changed = async {
            run(&db, "UPDATE customers SET updated_at = updated_at + 1, city = 'Ulm'", args![]).await;
            Follower::default().catch_up(state).await.expect("caught up");
        };
        tokio::join!(swept, closed, changed);
        let left = "SELECT COUNT(*) FROM segment_members WHERE segment_id NOT IN (SELECT id FROM segments)";
        assert_eq!(db.integer(left, args![]).await.expect("a count"), 0);
    }
}

support::db_test!(the_list_filters_by_own_segments);
async fn the_list_filters_by_own_segments(db: Db) {
    let app = TestApp::new(&db).await;
    let state = &app.state;
    let ann = customer("ann@shop.example").insert(&db).await;
    customer("bob@shop.example").insert(&db).await;
    run(&db, "UPDATE customer_stats SET orders_count = 5 WHERE customer_id = $1", args![ann]).await;
    add(state, "Five", "orders = 5").await.expect("a segment");
    add(state, "Of five", "segment = five").await.expect("a segment");
    for ready in [false, true] {
        if ready {
            state.index.load(&db).await.expect("an index");
        }
        for (query, ids) in [("segment=five", vec![ann]), ("segment=of_five&orders_min=6", vec![]), ("segment=nothing", vec![])] {
            let asked = ListState::parse(query).0;
            assert_eq!(list::matching(state, None, &asked).await.expect("an answer"), ids, "{query}");
            assert_eq!(list::answer(state, None, &asked).await.expect("an answer").total, ids.len() as u64, "{query}");
        }
    }
}

support::db_test!(somebody_is_told_why);
async fn somebody_is_told_why(db: Db) {
    let app = TestApp::new(&db).await;
    let state = &app.state;
    run(&db, "INSERT INTO tags (id, name, name_key, created_at) VALUES (900, 'Gift', 'gift', 0)", args![]).await;
    let ann = customer("ann@shop.example").insert(&db).await;
    run(&db, "UPDATE customer_stats SET orders_count = 5, spent_minor = 12345 WHERE customer_id = $1", args![ann]).await;
    run(&db, "INSERT INTO customer_tags (customer_id, tag_id, added_at) VALUES ($1, 900, 0)", args![ann]).await;
    add(state, "Base", "orders >= 5 and total_spent > 500").await.expect("a segment");
    let id = add(state, "Asked", "not tag = gift or segment = base").await.expect("a segment");
    let why = why::explain(state, id, ann).await.expect("a reason");
    assert!(!why.reason.holds);
    let ReasonPart::Any(parts) = why.reason.part else { panic!("any of two") };
    let ReasonPart::Not(inner) = &parts[0].part else { panic!("not a tag: {parts:?}") };
    assert_eq!(**inner, Reason { holds: true, part: ReasonPart::Is("tag = Gift".into(), Has::Names(vec!["Gift".into()])) });
    let ReasonPart::StandsFor(text, inner) = &parts[1].part else { panic!("a segment: {parts:?}") };
    assert_eq!(text, "segment = Base");
    let ReasonPart::All(parts) = &inner.part else { panic!("its rule: {inner:?}") };
    assert_eq!(parts[0], Reason { holds: true, part: ReasonPart::Is("orders >= 5".into(), Has::Count(5)) });
    assert!(matches!(&parts[1], Reason { holds: false, part: ReasonPart::Is(_, Has::Money(money)) } if money.minor == 12_345));
}
