//! The index of the customer list and the database it follows, on both databases.

mod support;

use clientele::args;
use clientele::base::{BranchId, CustomerId, Day, GroupId, TagId};
use clientele::customers::index::Request;
use clientele::customers::index::follow::IndexHandle;
use clientele::customers::list::QuickFilter;
use clientele::rules::sql::{Ask, to_sql};
use clientele::rules::{DayBound, DayField, FlagField, NumberField, Quantifier, Rule, SetField, TextField};
use clientele::server::{Args, Db, Query};
use std::path::Path;
use std::time::Duration;
use support::{NOW, customer};
use tokio_util::sync::CancellationToken;

/// [`NOW`] as a day.
const TODAY: Day = Day(20_513);

async fn loaded(db: &Db) -> IndexHandle {
    let index = IndexHandle::new();
    index.load(db).await.expect("a database that answers");
    index
}

async fn found(index: &IndexHandle, search: &str) -> Vec<CustomerId> {
    index.matching(Request { search: search.into(), ..Request::default() }).await.expect("an index that is ready")
}

async fn matching(index: &IndexHandle, rule: Rule) -> Vec<CustomerId> {
    index.matching(Request { rule, ..Request::default() }).await.expect("an index that is ready")
}

async fn execute(db: &Db, sql: &str, args: Args) {
    let tx = db.begin().await.expect("a transaction");
    tx.execute(sql, args).await.expect("a statement that runs");
    tx.commit().await.expect("a commit");
}

async fn tag(db: &Db, name: &str) -> TagId {
    let tx = db.begin().await.expect("a transaction");
    let id = tx.insert("INSERT INTO tags (name, name_key, created_at) VALUES ($1, $1, $2) RETURNING id", args![name, NOW]).await;
    tx.commit().await.expect("a commit");
    TagId(id.expect("a tag"))
}

async fn put_tag(db: &Db, customer: CustomerId, tag: TagId) {
    execute(db, "INSERT INTO customer_tags (customer_id, tag_id, added_at) VALUES ($1, $2, $3)", args![customer, tag.0, NOW])
        .await;
}

support::db_test!(every_kind_of_change_is_followed);
async fn every_kind_of_change_is_followed(db: Db) {
    let ana = customer("ana@example.com").name("Ana", "Ångström").phone_key("4917123456").insert(&db).await;
    let index = loaded(&db).await;
    for search in ["ang", "ANA Å", "example", "0171 23 45", "+49 (0)171", "a"] {
        assert_eq!(found(&index, search).await, [ana], "{search}");
    }
    assert_eq!(found(&index, "zoe").await, []);

    let zoe = customer("zoe@example.com").name("Zoë", "王伟").insert(&db).await;
    index.flush(&db).await;
    assert_eq!(found(&index, "王").await, [zoe]);
    execute(&db, "UPDATE customers SET name_key = 'anna', account_number = 'Ñ-77' WHERE id = $1", args![ana]).await;
    execute(&db, "UPDATE customer_stats SET orders_count = 3, spent_minor = 500 WHERE customer_id = $1", args![zoe]).await;
    index.flush(&db).await;
    assert_eq!(found(&index, "ang").await, []);
    assert_eq!(found(&index, "n-7").await, [ana]);
    assert_eq!(matching(&index, Rule::number(NumberField::OrdersCount, Some(1), None)).await, [zoe]);

    let gift = tag(&db, "gift").await;
    put_tag(&db, ana, gift).await;
    index.flush(&db).await;
    assert_eq!(found(&index, "gif").await, [ana]);
    execute(&db, "UPDATE tags SET name_key = 'present' WHERE id = $1", args![gift.0]).await;
    index.flush(&db).await;
    assert_eq!(found(&index, "present").await, [ana]);
    execute(&db, "DELETE FROM customer_tags", args![]).await;
    let vip = support::group(&db, "vip").await;
    let member = "INSERT INTO customer_group_members (customer_id, group_id, added_at) VALUES ($1, $2, 0)";
    execute(&db, member, args![ana, vip]).await;
    index.flush(&db).await;
    assert_eq!(found(&index, "present").await, []);
    let in_vip = Rule::has(SetField::Group, Quantifier::Any, [vip.0]);
    assert_eq!(matching(&index, in_vip).await, [ana]);

    execute(&db, "UPDATE customers SET merged_into_id = $1 WHERE id = $2", args![zoe, ana]).await;
    index.flush(&db).await;
    assert_eq!(found(&index, "").await, [zoe]);
    execute(&db, "UPDATE customers SET merged_into_id = NULL WHERE id = $1", args![ana]).await;
    execute(&db, "UPDATE customers SET anonymised_at = 1 WHERE id = $1", args![zoe]).await;
    index.flush(&db).await;
    assert_eq!(found(&index, "").await, [ana]);
    execute(&db, "DELETE FROM customers WHERE id = $1", args![ana]).await;
    index.flush(&db).await;
    assert_eq!(found(&index, "").await, []);
}

support::db_test!(a_change_that_commits_late_is_not_missed);
async fn a_change_that_commits_late_is_not_missed(db: Db) {
    if !db.is_postgres() {
        return; // SQLite has one writer at a time.
    }
    let (ana, zoe) = (customer("ana@example.com").insert(&db).await, customer("zoe@example.com").insert(&db).await);
    let index = loaded(&db).await;
    let rename = "UPDATE customers SET name_key = 'renamed' WHERE id = $1";
    let late = db.begin().await.expect("a transaction");
    late.execute(rename, args![ana]).await.expect("a statement that runs");
    execute(&db, rename, args![zoe]).await;
    for _ in 0..3 {
        index.flush(&db).await;
        assert_eq!(found(&index, "renamed").await, [zoe]);
    }
    late.commit().await.expect("a commit");
    index.flush(&db).await;
    assert_eq!(found(&index, "renamed").await, [ana, zoe]);
}

support::db_test!(more_changes_than_are_read_at_once);
async fn more_changes_than_are_read_at_once(db: Db) {
    let index = loaded(&db).await;
    let group = support::group(&db, "retail").await;
    let tx = db.begin().await.expect("a transaction");
    for number in 0..1_500 {
        tx.execute(
            "INSERT INTO customers (email, email_key, name_key, pricing_group_id, registered_at, registered_day, created_at, updated_at)
             VALUES ($1, $1, $1, $2, 0, 0, 0, 0)",
            args![format!("c{number}@example.com"), group],
        )
        .await
        .expect("a customer");
    }
    tx.commit().await.expect("a commit");
    index.flush(&db).await;
    assert_eq!(found(&index, "").await.len(), 1_500);
    execute(&db, "UPDATE customers SET name_key = 'x'", args![]).await;
    index.flush(&db).await;
    assert_eq!(index.query(Request { search: "x".into(), ..Request::default() }).await.map(|answer| answer.total), Some(1_500));
}

support::db_test!(rules_mean_what_they_mean_in_sql);
async fn rules_mean_what_they_mean_in_sql(db: Db) {
    let (tags, groups, branches) = many_kinds_of_customers(&db).await;
    let index = loaded(&db).await;
    index.set_quick(vec![(QuickFilter::Active, Rule::within_days(DayField::LastOrder, 90))], TODAY);
    let mut matched_some = 0;
    for rule in rules(&tags, &groups, &branches) {
        let mut args = Args::default();
        let condition = to_sql(&rule, Ask::everyone(&db, TODAY), &mut args);
        let sql =
            format!("SELECT c.id FROM customers c JOIN customer_stats s ON s.customer_id = c.id WHERE {condition} ORDER BY c.id");
        let expected: Vec<(i64,)> = db.all(&sql, args).await.expect("a condition that runs");
        let expected: Vec<CustomerId> = expected.into_iter().map(|(id,)| CustomerId(id)).collect();
        assert_eq!(matching(&index, rule.clone()).await, expected, "{rule:?}");
        matched_some += usize::from(!expected.is_empty());
    }
    assert!(matched_some > 30, "only {matched_some} rules match anybody");
}

async fn many_kinds_of_customers(db: &Db) -> (Vec<TagId>, Vec<GroupId>, Vec<BranchId>) {
    let tags = vec![tag(db, "one").await, tag(db, "two").await];
    let groups = vec![support::group(db, "retail").await, support::group(db, "vip").await];
    let branches = vec![support::branch(db, "north").await, support::branch(db, "south").await];
    for number in 0..24_i64 {
        let mut new = customer(&format!("c{number}@example.com")).group(if number % 3 == 0 { "vip" } else { "retail" });
        if number % 4 != 0 {
            new = new.branch(branches[number as usize % 2]);
        }
        let id = new.insert(db).await;
        for (at, tag) in tags.iter().enumerate().filter(|(at, _)| number >> at & 1 == 1) {
            assert!(at < 2);
            put_tag(db, id, *tag).await;
        }
        let place = [("DE", "bayern", "munchen"), ("US", "", "new york"), ("", "", "")][number as usize % 3];
        execute(
            db,
            "UPDATE customers SET country = $1, region_key = $2, city_key = $3, registered_day = $4, account_status = $5,
               email_confirmed = $6, marketing_email = $7, marketing_sms = $8, source = $9 WHERE id = $10",
            args![
                place.0,
                place.1,
                place.2,
                i64::from(TODAY.0) - number * 10,
                if number % 5 == 0 { "blocked" } else { "active" },
                number % 2 == 0,
                number % 3 == 0,
                number % 7 == 0,
                ["staff", "api", "campaign"][number as usize % 3],
                id
            ],
        )
        .await;
        let ordered = i64::from(number % 6 != 0);
        let day = ordered * (i64::from(TODAY.0) - number * 8);
        execute(
            db,
            "UPDATE customer_stats SET orders_count = $1, spent_minor = $2, aov_minor = $3, credit_minor = $4, points = $5,
               visits_count = $6, first_order_day = $7, last_order_day = $8 WHERE customer_id = $9",
            args![
                ordered * number,
                ordered * number * 100,
                ordered * 100,
                number - 12,
                number * 7,
                number % 5,
                day - ordered,
                day,
                id
            ],
        )
        .await;
    }
    (tags, groups, branches)
}

fn rules(tags: &[TagId], groups: &[GroupId], branches: &[BranchId]) -> Vec<Rule> {
    let mut rules = vec![Rule::everyone(), Rule::Any(Vec::new())];
    for field in [
        NumberField::OrdersCount,
        NumberField::TotalSpent,
        NumberField::AverageOrderValue,
        NumberField::StoreCredit,
        NumberField::Points,
        NumberField::Visits,
    ] {
        rules.extend(
            [(None, None), (Some(2), None), (None, Some(3)), (Some(-5), Some(100))]
                .map(|(min, max)| Rule::number(field, min, max)),
        );
    }
    for field in [DayField::Registered, DayField::FirstOrder, DayField::LastOrder] {
        let day = |from, to| Rule::day(field, from, to);
        rules.extend([
            day(None, None),
            day(Some(DayBound::days_ago(90)), None),
            day(None, Some(DayBound::On(Day(TODAY.0 - 60)))),
        ]);
        rules.extend([Rule::never(field), day(Some(DayBound::On(Day(-1))), Some(DayBound::days_ago(40)))]);
    }
    for field in [FlagField::Blocked, FlagField::EmailConfirmed, FlagField::MarketingEmail, FlagField::MarketingSms] {
        rules.extend([true, false].map(|is| Rule::flag(field, is)));
    }
    let text = |field, values: &[&str]| Rule::one_of(field, values.iter().map(|value| (*value).to_owned()));
    rules.extend([
        text(TextField::Country, &["de", " us"]),
        text(TextField::City, &["München", ""]),
        text(TextField::Region, &[]),
    ]);
    rules.extend([text(TextField::Region, &["BAYERN"]), text(TextField::Source, &["Staff", "api"])]);
    for quantifier in [Quantifier::Any, Quantifier::All, Quantifier::None] {
        for wanted in [&tags[..0], &tags[..1], tags] {
            rules.push(Rule::has(SetField::Tag, quantifier, wanted.iter().map(|tag| tag.0)));
        }
        rules.push(Rule::has(SetField::Group, quantifier, groups.iter().map(|group| group.0)));
        rules.push(Rule::has(SetField::Group, quantifier, groups[1..].iter().map(|group| group.0)));
    }
    let branch = |one_of: &[BranchId]| Rule::has(SetField::Branch, Quantifier::Any, one_of.iter().map(|branch| branch.0));
    rules.extend([&branches[..0], &branches[..1], branches].map(branch));
    let pairs = rules.windows(2).map(|pair| pair[0].clone().and(!pair[1].clone())).collect::<Vec<_>>();
    let negations = rules.iter().cloned().map(|rule| !rule).collect::<Vec<_>>();
    let either = rules.windows(3).map(|three| Rule::Any(three.to_vec())).collect::<Vec<_>>();
    [rules, pairs, negations, either].concat()
}

support::db_test!(a_saved_index_is_taken_up_and_brought_up_to_date);
async fn a_saved_index_is_taken_up_and_brought_up_to_date(db: Db) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("customers.index");
    let fresh = IndexHandle::new();
    assert!(!fresh.restore(&db, &file).await.expect("a database that answers"));
    many_kinds_of_customers(&db).await;
    let ana = customer("ana@example.com").name("Ana", "王伟").insert(&db).await;
    if db.is_postgres() {
        // Long ago: transactions in the cluster's other databases, those of other tests, would have it read again.
        execute(&db, "UPDATE change_log SET seq = 0", args![]).await;
    }
    let index = loaded(&db).await;
    index.save(&db, &file).await;

    // What the log does not tell shows that the file was read.
    let silent =
        if db.is_postgres() { "DROP TRIGGER customers_log_update ON customers" } else { "DROP TRIGGER customers_log_update" };
    execute(&db, silent, args![]).await;
    execute(&db, "UPDATE customers SET name_key = 'untold'", args![]).await;
    let zoe = customer("zoe@example.com").name("Zoe", "New").insert(&db).await;
    let restored = IndexHandle::new();
    assert!(restored.restore(&db, &file).await.expect("a database that answers"));
    assert!(restored.is_ready());
    assert_eq!(found(&restored, "untold").await, []);
    assert_eq!(found(&restored, "王").await, [ana]);
    assert_eq!(found(&restored, "new").await.last(), Some(&zoe));
    index.flush(&db).await;
    for rule in rules(&[TagId(1)], &[GroupId(1)], &[BranchId(1)]) {
        assert_eq!(matching(&restored, rule.clone()).await, matching(&index, rule).await);
    }
    for sort in clientele::customers::list::SortColumn::ALL {
        let request = Request { sort, limit: 100, ..Request::default() };
        assert_eq!(restored.query(request.clone()).await, index.query(request).await);
    }
}

support::db_test!(a_bad_file_is_passed_over);
async fn a_bad_file_is_passed_over(db: Db) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("customers.index");
    many_kinds_of_customers(&db).await;
    loaded(&db).await.save(&db, &file).await;
    let good = std::fs::read(&file).expect("a saved index");
    let restore = async |bytes: &[u8]| {
        std::fs::write(&file, bytes).expect("a file");
        IndexHandle::new().restore(&db, &file).await.expect("a database that answers")
    };
    assert!(restore(&good).await);
    assert!(!restore(b"").await);
    for at in [0, 20, 30, good.len() / 2, good.len() - 1] {
        let mut damaged = good.clone();
        damaged[at] ^= 1;
        assert!(!restore(&damaged).await, "byte {at}");
        assert!(!restore(&good[..at]).await, "first {at} bytes");
    }
    execute(&db, "UPDATE settings SET value = '\"another\"' WHERE key = 'database.identity'", args![]).await;
    assert!(!restore(&good).await);
}

support::db_test!(an_older_state_of_the_database_is_noticed);
async fn an_older_state_of_the_database_is_noticed(db: Db) {
    if db.is_postgres() {
        return; // Transaction numbers do not go back there.
    }
    let ana = customer("ana@example.com").insert(&db).await;
    let zoe = customer("zoe@example.com").insert(&db).await;
    let index = loaded(&db).await;
    execute(&db, "DELETE FROM customers WHERE id = $1", args![zoe]).await;
    execute(&db, "DELETE FROM change_log", args![]).await;
    index.catch_up(&db).await.expect("a database that answers");
    assert_eq!(found(&index, "").await, [ana]);
}

support::db_test!(the_follower_follows_until_it_is_stopped_and_saves);
async fn the_follower_follows_until_it_is_stopped_and_saves(db: Db) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("customers.index");
    let (index, stop) = (IndexHandle::new(), CancellationToken::new());
    let follower = tokio::spawn(index.clone().run(db.clone(), Some(file.clone()), stop.clone()));
    let ana = customer("ana@example.com").insert(&db).await;
    wait_for(&index, &[ana]).await;
    let zoe = customer("zoe@example.com").insert(&db).await;
    index.notify();
    wait_for(&index, &[ana, zoe]).await;
    execute(&db, "DELETE FROM customers WHERE id = $1", args![ana]).await;
    wait_for(&index, &[zoe]).await;
    stop.cancel();
    follower.await.expect("a task that ends");
    assert!(Path::new(&file).is_file());
    assert!(IndexHandle::new().restore(&db, &file).await.expect("a database that answers"));
}

async fn wait_for(index: &IndexHandle, expected: &[CustomerId]) {
    for _ in 0..500 {
        if index.is_ready() && found(index, "").await == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the index did not follow");
}
