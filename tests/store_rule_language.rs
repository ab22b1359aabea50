//! The language on both databases: whatever can be asked, SQL finds whom the facts match; names, segments and custom fields.

mod support;

use clientele::args;
use clientele::base::{BranchId, Currency, CustomerId};
use clientele::customers::list::{ListState, service};
use clientele::rules::editor::Preview;
use clientele::rules::editor::offers::list;
use clientele::rules::editor::service::preview;
use clientele::rules::facts::{explain, matches};
use clientele::rules::fields::Values;
use clientele::rules::names::{self, Meanings};
use clientele::rules::{DayField, Rule, load, parse, print, query};
use clientele::server::{Db, Query};
use proptest::test_runner::TestRunner;
use support::asked::open_shop;
use support::random::{TODAY, sample};
use support::rules::{any_rules, conditions};
use support::{TestApp, branch, customer};

const SHOPPERS: usize = 70;
const ASKED: usize = 2_000;

support::db_test!(everything_that_can_be_asked_is_found_as_the_facts_say);
async fn everything_that_can_be_asked_is_found_as_the_facts_say(db: Db) {
    let mut runner = TestRunner::deterministic();
    let customers = open_shop(&db, SHOPPERS, &mut runner).await;
    let facts = load(&db, &customers).await.expect("facts");
    assert_eq!(facts.iter().map(|(id, _)| *id).collect::<Vec<_>>(), customers);
    let meanings = Meanings {
        active_days: 90,
        free_mail: vec!["gmail.com".into(), "GMX.de".into()],
        segments: [(101, "blocked"), (102, "segment = #101 or orders > 1"), (103, "tag = #102")]
            .map(|(id, text)| (id, parse(text, Currency::USD).expect("a rule")))
            .into(),
    };
    let (mut found_some, mut found_all) = (0, 0);
    for number in 0..ASKED {
        // Single conditions tell more than large rules, which are mostly true or false for everyone.
        let rule = if number % 2 == 0 { Rule::Is(sample(conditions(), &mut runner)) } else { sample(any_rules(), &mut runner) };
        let Ok(rule) = meanings.expand(&rule) else { continue };
        let expected: Vec<CustomerId> =
            facts.iter().filter(|(_, facts)| matches(&rule, facts, TODAY)).map(|(id, _)| *id).collect();
        let text = print(&rule, Currency::USD);
        assert_eq!(query::matching(&db, &rule, None, TODAY).await.expect(&text), expected, "{text}");
        assert_eq!(query::matching_of(&db, &rule, &customers, TODAY).await.expect(&text), expected, "of a few: {text}");
        if number % 8 == 0 {
            assert_eq!(query::count(&db, &rule, None, TODAY).await.expect(&text), expected.len() as u64, "{text}");
            for (_, facts) in &facts[..5] {
                assert_eq!(explain(&rule, facts, TODAY).holds, matches(&rule, facts, TODAY), "{text}");
            }
        }
        found_some += usize::from(!expected.is_empty());
        found_all += usize::from(expected.len() == customers.len());
    }
    assert!(found_some > ASKED / 2 && found_all < ASKED / 2, "{found_some} of {ASKED} found some, {found_all} all");
}

support::db_test!(names_become_ids_and_ids_names);
async fn names_become_ids_and_ids_names(db: Db) {
    open_shop(&db, 3, &mut TestRunner::deterministic()).await;
    let read = |text: &str| parse(text, Currency::USD).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let written = "tag in (\"thing 101\", gift) and group = \"Thing 102\" and bought product \"THING 103\" \
                   and any order (category = \"Thing 104\" and store = \"Thing 101\") and segment = at_risk and any event (view and product = \"Thing 101\")";
    let resolved = names::resolve(&db, &read(written)).await.expect("names");
    let at_risk = db.integer("SELECT id FROM segments WHERE key = 'at_risk'", args![]).await.expect("a segment");
    let kept = format!(
        "tag in (#101, gift) and group = #102 and bought product #103 and any order (category = #104 and store = #101) \
         and segment = #{at_risk} and any event (view and product = #101)"
    );
    assert_eq!(print(&resolved.rule, Currency::USD), kept);
    let unknown: Vec<(&str, &str)> = resolved.unknown.iter().map(|unknown| (unknown.what, unknown.name.as_str())).collect();
    assert_eq!(unknown, [("tag", "gift")]);
    let shown = names::named(&db, &resolved.rule).await.expect("names");
    assert_eq!(
        print(&shown, Currency::USD),
        "tag in (\"Thing 101\", gift) and group = \"Thing 102\" and bought product \"Thing 103\" \
         and any order (category = \"Thing 104\" and store = \"Thing 101\") and segment = \"At risk\" and any event (view and product = \"Thing 101\")"
    );
    let misspelt = names::resolve(&db, &read("tag = \"Thign 101\" and bought product \"Thing 1O2\"")).await.expect("names");
    let suggestions: Vec<Option<&str>> = misspelt.unknown.iter().map(|unknown| unknown.suggestion.as_deref()).collect();
    assert_eq!(suggestions, [Some("Thing 102"), Some("Thing 101")]);
}

support::db_test!(segments_are_made_of_others_but_not_of_themselves);
async fn segments_are_made_of_others_but_not_of_themselves(db: Db) {
    let tx = db.begin().await.expect("a transaction");
    for (id, rule) in [
        (201, "segment = #202 or segment = #203"),
        (202, "orders > 1"),
        (203, "segment = #201"),
        (204, "not segment = #202"),
        (205, "nonsense"),
    ] {
        let sql = "INSERT INTO segments (id, key, name, name_key, rule, kind, created_at, updated_at) VALUES ($1, $2, $2, $2, $3, 'own', 0, 0)";
        tx.execute(sql, args![id, format!("s{id}"), rule]).await.expect("a segment");
    }
    tx.commit().await.expect("a commit");
    let built_in = [("new", Rule::within_days(DayField::Registered, 30))];
    let meanings = Meanings::read(&db, Currency::USD, 90, vec!["gmail.com".into()], &built_in).await.expect("segments");
    let expanded = |text: &str| {
        let rule = parse(text, Currency::USD).expect("a rule");
        meanings.expand(&rule).map(|rule| print(&rule, Currency::USD)).map_err(|error| error.message_key().to_owned())
    };
    assert_eq!(expanded("segment = #202").as_deref().ok(), Some("any (orders > 1)"));
    assert_eq!(expanded("segment != #204").as_deref().ok(), Some("not any (not any (orders > 1))"));
    assert_eq!(expanded("segment = #201"), Err("rules.segment_of_itself".to_owned()));
    assert_eq!(expanded("segment in (#205, #999)").as_deref().ok(), Some("nobody or nobody"));
    assert_eq!(expanded("active and not business_email").map(|text| text.contains("last_order within 90 days")), Ok(true));
    let new = db.integer("SELECT id FROM segments WHERE key = 'new'", args![]).await.expect("a segment");
    assert_eq!(expanded(&format!("segment = #{new}")).as_deref().ok(), Some("any (registered within 30 days)"));
}

support::db_test!(custom_fields_are_kept_one_by_one);
async fn custom_fields_are_kept_one_by_one(db: Db) {
    let id = open_shop(&db, 1, &mut TestRunner::deterministic()).await[0];
    for (json, kept) in [
        (r#"{"Size":"XL","b":true,"n":5}"#, "b=true/true n=5/5 Size=XL/xl"),
        (r#"{"x":"Ä"}"#, "x=Ä/Ä"),
        ("{}", ""),
        ("nonsense", ""),
        ("[1]", ""),
        (r#"{"y":""}"#, "y=/"),
    ] {
        let tx = db.begin().await.expect("a transaction");
        tx.execute("UPDATE customers SET custom_fields = $2 WHERE id = $1", args![id, json]).await.expect("an update");
        tx.commit().await.expect("a commit");
        let sql = "SELECT name, value, value_key FROM customer_fields WHERE customer_id = $1 ORDER BY LOWER(name)";
        let rows: Vec<(String, String, String)> = db.all(sql, args![id]).await.expect("fields");
        let found: Vec<String> = rows.into_iter().map(|(name, value, key)| format!("{name}={value}/{key}")).collect();
        assert_eq!(found.join(" "), kept, "{json}");
    }
}

support::db_test!(a_preview_is_exact);
async fn a_preview_is_exact(db: Db) {
    let app = TestApp::new(&db).await;
    let (berlin, bonn) = (branch(&db, "Berlin").await, branch(&db, "Bonn").await);
    let mut all = Vec::new();
    for number in 0..25 {
        let id = customer(&format!("c{number}@example.com")).insert(&db).await;
        let tx = db.begin().await.expect("a transaction");
        let home = if number % 5 == 0 { bonn } else { berlin };
        let sql = "UPDATE customers SET branch_id = $2, marketing_email = $3 WHERE id = $1";
        tx.execute(sql, args![id, home, number % 4 == 0]).await.expect("updated");
        let sql = "UPDATE customer_stats SET spent_minor = $2 WHERE customer_id = $1";
        tx.execute(sql, args![id, 100 * number]).await.expect("updated");
        tx.commit().await.expect("a commit");
        all.push(id);
    }
    let ask = async |scope: Option<&[BranchId]>, text: &str| preview(&app.state, scope, text).await.expect("an answer");
    let Preview::Found(found) = ask(None, "total_spent >= 5").await else { panic!("figures") };
    assert_eq!((found.count, found.of, found.consenting, found.share()), (20, 25, 5, 800));
    assert_eq!(found.average_clv.map(|money| money.minor), Some(1_450), "the mean of 5 to 24");
    let newest: Vec<CustomerId> = all.iter().rev().take(10).copied().collect();
    assert_eq!(found.sample.iter().map(|one| one.id).collect::<Vec<_>>(), newest);
    assert_eq!(found.sample[0].email, "c24@example.com");
    // Of one's own branches alone; whatever columns the rule asks.
    for (text, count) in [("total_spent >= 5", 4), ("email contains c", 5), ("", 5), ("blocked", 0)] {
        let Preview::Found(found) = ask(Some(&[bonn]), text).await else { panic!("figures") };
        assert_eq!((found.count, found.of), (count, 5), "{text}");
        assert_eq!(found.average_clv.is_some(), count > 0, "{text}");
    }
    let Preview::Found(found) = ask(None, "tag = nothing or total_spent > 23").await else { panic!("figures") };
    assert_eq!((found.count, found.missing[0].what.as_str(), found.missing[0].name.as_str()), (1, "tag", "nothing"));
    let Preview::Wrong(error) = ask(None, "orders > 1 and spnt > 3").await else { panic!("an error") };
    assert_eq!((error.from, error.to, error.suggestion.as_deref()), (15, 19, Some("spent")));
}

support::db_test!(values_are_offered_from_the_data);
async fn values_are_offered_from_the_data(db: Db) {
    let app = TestApp::new(&db).await;
    let (berlin, _) = (branch(&db, "Berlin").await, branch(&db, "Bonn").await);
    let tx = db.begin().await.expect("a transaction");
    for (name, gone) in [("gift", 0), ("big gift", 0), ("gifted", 1), ("vip", 0)] {
        let sql = "INSERT INTO tags (name, name_key, created_at, gone_at) VALUES ($1, $1, 0, $2)";
        tx.execute(sql, args![name, gone]).await.expect("a tag");
    }
    tx.commit().await.expect("a commit");
    let offered = async |scope: Option<&[BranchId]>, values: Values, typed: &str| -> Vec<String> {
        let found = list(&app.state, scope, values, "size", typed).await.expect("offers");
        found.into_iter().map(|offer| offer.value).collect()
    };
    assert_eq!(offered(None, Values::Tags, "GIF").await, ["gift", "big gift"]);
    assert_eq!(offered(Some(&[berlin]), Values::Branches, "").await, ["Berlin"]);
    assert_eq!(offered(None, Values::Countries, "germ").await, ["DE"]);
    for values in [
        Values::Regions,
        Values::Cities,
        Values::Campaigns,
        Values::Tiers,
        Values::Groups,
        Values::Departments,
        Values::Segments,
        Values::Products,
        Values::Categories,
        Values::Stores,
        Values::CustomFields,
        Values::CustomValues,
    ] {
        assert!(offered(None, values, "%'\\").await.is_empty(), "{values:?}");
    }
}

support::db_test!(a_list_shows_whom_a_typed_rule_describes);
async fn a_list_shows_whom_a_typed_rule_describes(db: Db) {
    let app = TestApp::new(&db).await;
    let mut all = Vec::new();
    for number in 0..4 {
        all.push(customer(&format!("c{number}@example.com")).insert(&db).await);
    }
    let tx = db.begin().await.expect("a transaction");
    tx.execute("UPDATE customer_stats SET orders_count = 3 WHERE customer_id <= $1", args![all[1]]).await.expect("updated");
    tx.commit().await.expect("a commit");
    app.state.changed().await;
    let listed = |query: &str| ListState::parse(query).0;
    for (query, found, words) in [
        ("rule=orders%20%3E%201", &all[..2], "orders > 1"),
        ("rule=orders%20%3E%201+and+not+blocked&orders_min=3", &all[..2], "orders >= 3 and orders > 1 and not blocked"),
        // The index does not know emails of this kind.
        ("rule=email%20starts%20with%20c3", &all[3..], "email starts with c3"),
        ("orders_max=2", &all[2..], "orders <= 2"),
        ("", &all[..], ""),
        // Nobody, rather than more than was asked for.
        ("rule=ordrs%20%3E%201", &[], "ordrs > 1"),
        ("rule=tag%20%3D%20nothing", &[], "tag = nothing"),
    ] {
        let list = listed(query);
        let answer = service::answer(&app.state, None, &list).await.expect("an answer");
        assert_eq!((answer.total, answer.fallbacks.len()), (found.len() as u64, usize::from(query.contains("ordrs"))), "{query}");
        assert_eq!(service::matching(&app.state, None, &list).await.expect("customers"), found, "{query}");
        assert_eq!(service::in_words(&app.state, &list).await.expect("words"), words, "{query}");
    }
}
