//! The customer list on both databases: SQL alone answers what the index answers, and what else the list reads.

mod support;

use clientele::args;
use clientele::base::text::normalise;
use clientele::base::{BranchId, Currency, CustomerId, GroupId, Money, TagId, Timestamp};
use clientele::customers::index::{CustomerIndex, Entry, Request};
use clientele::customers::list::{Cursor, Hit, PageRequest, QuickFilter, SortColumn, SortKey, Thresholds, Why, fallback, store};
use clientele::office::settings::{ShopSettings, zone::Zone};
use clientele::rules::Rule;
use clientele::server::{Db, Tx};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use support::random::{IDS, TODAY, insert_customers, name_of, rules, sample};

const CUSTOMERS: usize = 120;
const REQUESTS: usize = 150;

support::db_test!(sql_answers_as_the_index_does);
async fn sql_answers_as_the_index_does(db: Db) {
    let mut runner = TestRunner::deterministic();
    let customers = insert_customers(&db, CUSTOMERS, &mut runner).await;
    let thresholds = Thresholds::of(&ShopSettings::default(), Some(GroupId(IDS.start)));
    // Anonymised customers are in the database and in no list.
    let gone = |entry: &Entry| entry.id.0 % 17 == 5;
    let tx = db.begin().await.expect("a transaction");
    for entry in customers.iter().filter(|entry| gone(entry)) {
        tx.execute("UPDATE customers SET anonymised_at = 1 WHERE id = $1", args![entry.id]).await.expect("an update");
    }
    tx.commit().await.expect("a commit");
    let index = index_of(customers.into_iter().filter(|entry| !gone(entry)).collect(), &thresholds);
    let mut found_some = 0;
    for _ in 0..REQUESTS {
        let mut request = sample(requests(), &mut runner);
        for page in sample(ways_through(), &mut runner) {
            let answer = index.query(&request);
            let by_sql = fallback::page(&db, &request, &thresholds, TODAY).await.expect("an answer");
            assert_eq!(by_sql, answer, "{request:#?}");
            found_some += usize::from(!answer.ids.is_empty());
            request.page = match (page, answer.start, answer.end) {
                (Way::Next, _, Some(end)) => PageRequest::After(end),
                (Way::Previous, Some(start), _) => PageRequest::Before(start),
                (Way::Jump(page), ..) => page,
                (Way::Next | Way::Previous, ..) => PageRequest::First,
            };
        }
        let by_sql = fallback::matching(&db, &request, &thresholds, TODAY).await.expect("an answer");
        assert_eq!(by_sql, index.matching(&request), "{request:#?}");
    }
    assert!(found_some > REQUESTS, "only {found_some} pages had customers");
}

fn index_of(customers: Vec<Entry>, thresholds: &Thresholds) -> CustomerIndex {
    let mut index = CustomerIndex::new();
    let names = || IDS.map(|id| (id, normalise(&name_of(id))));
    index.set_names(
        names().map(|(id, name)| (TagId(id), name)).collect(),
        names().map(|(id, name)| (GroupId(id), name)).collect(),
    );
    index.set_quick(QuickFilter::ALL.map(|quick| (quick, quick.rule(thresholds))).into(), TODAY);
    index.apply(customers, Vec::new());
    index.sort();
    index
}

/// Where to turn to after a page.
#[derive(Clone, Debug)]
enum Way {
    Next,
    Previous,
    Jump(PageRequest),
}

fn ways_through() -> impl Strategy<Value = Vec<Way>> {
    // Customers who are not there, and keys that nobody has.
    let key = prop_oneof![
        Just(SortKey::Pinned),
        select(vec![0, 3, 100_000]).prop_map(SortKey::Number),
        select(vec!["", "ana m", "zzz"]).prop_map(|text| SortKey::Text(text.to_owned())),
    ];
    let cursor = || (key.clone(), 0..CUSTOMERS as i64 + 9).prop_map(|(key, id)| Cursor { key, id: CustomerId(id) });
    let jump = prop_oneof![
        Just(PageRequest::First),
        Just(PageRequest::Last),
        cursor().prop_map(PageRequest::After),
        cursor().prop_map(PageRequest::Before)
    ];
    vec(prop_oneof![4 => Just(Way::Next), 3 => Just(Way::Previous), 2 => jump.prop_map(Way::Jump)], 1..6)
}

prop_compose! {
    fn requests()(
        scope in of(vec(IDS.prop_map(BranchId), 0..3)),
        search in prop_oneof![3 => Just(""), 5 => select(vec![
            "a", "ana", "LÄF ana", "王", "%", "_", "\\", "100%", "ac-1", "@shop", "+49 171", "0171", "1234", "gift", "gift ana", "50%_", "x y z", "'\"", "مريم", "👩‍🚀", "\u{202e}ana", "a\u{0}na",
        ])],
        order_hits in vec((0..CUSTOMERS as i64 + 9).prop_map(CustomerId), 0..3),
        pinned in vec((0..CUSTOMERS as i64 + 9).prop_map(CustomerId), 0..4),
        rule in prop_oneof![Just(Rule::everyone()), rules()],
        quick in prop_oneof![2 => Just(QuickFilter::All), 1 => select(&QuickFilter::ALL)],
        sort in select(&SortColumn::ALL), descending: bool, limit in select(vec![1_usize, 3, 7, 50]),
    ) -> Request {
        Request { scope, search: search.to_owned(), order_hits, pinned, rule, quick, sort, descending, page: PageRequest::First, limit }
    }
}

support::db_test!(rows_say_what_is_known);
async fn rows_say_what_is_known(db: Db) {
    let ana = support::customer("ana@shop.example").name("Ana", "Läfel").insert(&db).await;
    let nameless = support::customer("x@shop.example").name("", " ").group("wholesale").insert(&db).await;
    let tx = db.begin().await.unwrap();
    let day = Timestamp::DAY;
    tx.execute(
        "UPDATE customer_stats SET orders_count = 2, spent_minor = 4001, aov_minor = 2001, last_order_at = $1, last_order_day = 19910,
           credit_minor = 250, points = 70 WHERE customer_id = $2",
        args![19_910 * day + 5, ana],
    )
    .await
    .unwrap();
    tx.execute("UPDATE customers SET city = 'Graz', country = 'AT', account_status = 'blocked' WHERE id = $1", args![ana])
        .await
        .unwrap();
    for (id, name) in [(1, "vip"), (2, "Gift")] {
        tx.execute("INSERT INTO tags (id, name, name_key, created_at) VALUES ($1, $2, $3, 0)", args![id, name, normalise(name)])
            .await
            .unwrap();
        tx.execute("INSERT INTO customer_tags (customer_id, tag_id, added_at) VALUES ($1, $2, 0)", args![ana, id]).await.unwrap();
    }
    tx.commit().await.unwrap();

    let ids = [nameless, CustomerId(9_999), ana];
    let rows = store::rows(&db, &ids, "", &ShopSettings::default(), Zone::UTC, TODAY).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [nameless, ana]);
    let [nameless, ana] = &rows[..] else { panic!("two rows") };
    assert_eq!((nameless.name.as_str(), nameless.display_name(), nameless.group.as_str()), ("", "x@shop.example", "wholesale"));
    assert_eq!((nameless.aov, nameless.last_order, nameless.active, nameless.blocked), (None, None, false, false));
    let usd = |minor| Money::new(minor, Currency::USD);
    assert_eq!((ana.display_name(), ana.place.as_str(), ana.country.as_str()), ("Ana Läfel", "Graz", "AT"));
    assert_eq!((ana.orders_count, ana.spent, ana.aov, ana.credit, ana.points), (2, usd(4_001), Some(usd(2_001)), usd(250), 70));
    assert_eq!(ana.last_order.map(|moment| (moment.day, moment.minute)), Some((clientele::base::Day(19_910), 0)));
    // The ninetieth day still counts.
    assert!(ana.active && ana.blocked);
    let tags: Vec<_> = ana.tags.iter().map(|tag| (tag.id, tag.name.as_str())).collect();
    assert_eq!(tags, [(TagId(2), "Gift"), (TagId(1), "vip")]);
    assert_eq!(store::rows(&db, &[], "", &ShopSettings::default(), Zone::UTC, TODAY).await.unwrap(), []);
}

support::db_test!(a_search_finds_literally_what_was_typed);
async fn a_search_finds_literally_what_was_typed(db: Db) {
    let names =
        ["100% Vinyl", "under_score", "O'Neil \"Q\"", "back\\slash", "مريم علي", "Ada 👩‍🚀", "王伟", "Zoë Läfel", "; DROP TABLE x"];
    let mut customers = Vec::new();
    for (at, name) in names.iter().enumerate() {
        customers.push(support::customer(&format!("c{at}@shop.example")).name(name, "").insert(&db).await);
    }
    let thresholds = Thresholds::of(&ShopSettings::default(), None);
    let found = async |search: &str| {
        let request = Request { search: search.to_owned(), ..Request::default() };
        fallback::page(&db, &request, &thresholds, TODAY).await.expect("an answer").ids
    };
    for (name, customer) in names.iter().zip(&customers) {
        assert_eq!(found(name).await, [*customer], "{name}");
        // In pieces, and with what nobody can type between them.
        assert_eq!(found(&name.replace(' ', "\u{0}")).await, [*customer], "{name}");
    }
    for (text, at) in [
        ("0%", 0),
        ("%", 0),
        ("r_s", 1),
        ("'", 2),
        ("\"", 2),
        ("\\", 3),
        ("علي", 4),
        ("👩", 5),
        ("伟", 6),
        ("LAFEL zoe", 7),
        (";", 8),
    ] {
        assert_eq!(found(text).await, [customers[at]], "{text}");
    }
    for nobody in ["_%", "%%", "\\%", "''", "👩👩", "مريمم", "--"] {
        assert_eq!(found(nobody).await, [], "{nobody}");
    }
    assert_eq!(found(&"%".repeat(500)).await, []);
    assert_eq!(found("\u{0}").await.len(), names.len(), "nothing is searched for");
}

support::db_test!(a_row_says_why_it_was_found);
async fn a_row_says_why_it_was_found(db: Db) {
    let ana = support::customer("ana@shop.example").name("Ana", "Läfel").phone_key("491712345").insert(&db).await;
    let tx = db.begin().await.unwrap();
    tx.execute("UPDATE customers SET phone = '+49 171 2345', account_number = 'KD-7' WHERE id = $1", args![ana]).await.unwrap();
    add_orders(&tx, &[("A-1002", ana), ("A-1001", ana)]).await;
    tx.commit().await.unwrap();
    let hit = async |search: &str| {
        let rows = store::rows(&db, &[ana], search, &ShopSettings::default(), Zone::UTC, TODAY).await.unwrap();
        rows.into_iter().next().expect("a row").hit
    };
    let lafel = hit("lafel").await;
    assert_eq!((lafel.name, lafel.email, lafel.why), (vec![(4, 10)], vec![], None));
    assert_eq!(hit("shop").await.email, [(4, 8)]);
    assert_eq!(hit("0171 2345").await.why, Some(Why::Phone("+49 171 2345".into())));
    assert_eq!(hit("kd-7").await.why, Some(Why::Account("KD-7".into())));
    assert_eq!(hit("#a-100").await.why, Some(Why::Order("A-1001".into())));
    assert_eq!(hit("A-1002").await.why, Some(Why::Order("A-1002".into())));
    add_card(&db, ana, "FC1234567897").await;
    assert_eq!(hit("fc12").await.why, Some(Why::Card("FC1234567897".into())));
    assert_eq!(hit("").await, Hit::default());
}

support::db_test!(identifiers_are_found);
async fn identifiers_are_found(db: Db) {
    let ana = support::customer("ana@shop.example").phone_key("491712345").insert(&db).await;
    let ben = support::customer("ben@shop.example").phone_key("491712345").insert(&db).await;
    let zoe_id = support::customer("zoe@shop.example").insert(&db).await;
    let tx = db.begin().await.unwrap();
    tx.execute("UPDATE customers SET account_number = 'KD-7' WHERE id = $1", args![ben]).await.unwrap();
    let zoe = "UPDATE customers SET email = 'info@Müller.example', email_key = 'info@müller.example' WHERE id = $1";
    tx.execute(zoe, args![zoe_id]).await.unwrap();
    add_orders(&tx, &[("A-1001", ana), ("A-1002", ben), ("A-1003", ben), ("20", ana)]).await;
    tx.commit().await.unwrap();
    add_card(&db, zoe_id, "FC1234567897").await;

    for (text, exact, by_number) in [
        (" ANA@shop.example ", vec![ana], vec![]),
        ("ana@shop", vec![], vec![]),
        ("Info@müller.example", vec![zoe_id], vec![]),
        ("kd-7", vec![ben], vec![]),
        ("+49 171 2345", vec![ana, ben], vec![]),
        ("a-1001", vec![ana], vec![ana]),
        ("#A-1003", vec![ben], vec![ben]),
        ("a-10", vec![], vec![ana, ben]),
        ("a-1", vec![], vec![]),
        ("20", vec![ana], vec![]),
        ("fc1234567897", vec![zoe_id], vec![zoe_id]),
        ("FC12", vec![], vec![zoe_id]),
        ("FC1", vec![], vec![]),
        ("1234567897", vec![], vec![]),
        ("ABCD", vec![], vec![]),
        ("a-1%", vec![], vec![]),
        ("", vec![], vec![]),
        ("#", vec![], vec![]),
        ("\u{0}", vec![], vec![]),
    ] {
        assert_eq!(store::exact_hits(&db, text).await.unwrap(), exact, "{text:?}");
        assert_eq!(store::number_hits(&db, text).await.unwrap(), by_number, "{text:?}");
    }
    assert_eq!(store::wholesale_group(&db).await.unwrap(), None);
    let wholesale = support::group(&db, "wholesale").await;
    assert_eq!(store::wholesale_group(&db).await.unwrap(), Some(wholesale));
}

/// Makes a customer a member of the loyalty programme.
async fn add_card(db: &Db, customer: CustomerId, number: &str) {
    let tx = db.begin().await.unwrap();
    let sql = "INSERT INTO loyalty_members (customer_id, card_number, tier, enrolled_at) VALUES ($1, $2, 'bronze', 1)";
    tx.execute(sql, args![customer, number]).await.unwrap();
    tx.commit().await.unwrap();
}

/// Adds placed orders with these numbers.
async fn add_orders(tx: &Tx, orders: &[(&str, CustomerId)]) {
    let store_id = tx
        .insert("INSERT INTO stores (code, name, currency, created_at) VALUES ('s', 's', 'USD', 0) RETURNING id", args![])
        .await
        .unwrap();
    for (number, customer) in orders {
        tx.execute(
            "INSERT INTO orders (number, store_id, customer_id, status, payment_state, fulfilment_state, currency, subtotal_minor,
               total_minor, base_total_minor, placed_at, state_since, created_at, updated_at)
             VALUES ($1, $2, $3, 'placed', 'paid', 'delivered', 'USD', 0, 0, 0, 1, 1, 1, 1)",
            args![*number, store_id, *customer],
        )
        .await
        .unwrap();
    }
}
