//! Random customers and rules, the same in every run: of few values, so that bounds are met and conditions hold now and then.

use clientele::args;
use clientele::base::text::normalise;
use clientele::base::{BranchId, CustomerId, Day, GroupId, TagId, Timestamp};
use clientele::customers::index::Entry;
use clientele::rules::facts::CustomerFacts;
use clientele::rules::{DayBound, DayField, FlagField, NumberField, Quantifier, Rule, SetField, TextField};
use clientele::server::{Db, Tx};
use proptest::collection::{hash_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// The day that is today.
pub const TODAY: Day = Day(20_000);
/// Branches, tags and groups have these ids, out of the way of those that a shop starts with.
pub const IDS: std::ops::Range<i64> = 101..105;

/// The next value.
pub fn sample<S: Strategy>(strategy: S, runner: &mut TestRunner) -> S::Value {
    strategy.new_tree(runner).expect("a value").current()
}

/// The name of the branch, tag and group with an id of [`IDS`].
pub fn name_of(id: i64) -> String {
    ["Ärzte", "Gift", "50%_off", "vip"][(id - IDS.start) as usize].to_owned()
}

fn numbers() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0_i64), 1..6_i64, select(vec![-1, 100_000, 100_001, 500_000, i64::MAX, i64::MIN])]
}

fn days() -> impl Strategy<Value = Day> {
    (0..8).prop_map(|ago| Day(TODAY.0 - 30 * (ago / 2) - ago))
}

prop_compose! {
    fn facts()(
        numbers in [numbers(), numbers(), numbers(), numbers(), numbers(), numbers()],
        registered in days(), first_order in of(days()), last_order in of(days()), flags: [bool; 4],
        country in select(vec!["", "DE", "CH"]), region in places(), city in places(),
        source in select(vec!["staff", "import", "portal"]),
        branch in of(IDS), tags in hash_set(IDS, 0..4), groups in hash_set(IDS, 0..3),
    ) -> CustomerFacts {
        let [orders_count, spent_minor, aov_minor, credit_minor, points, visits_count] = numbers;
        let [blocked, email_confirmed, marketing_email, marketing_sms] = flags;
        CustomerFacts {
            orders_count, spent_minor, aov_minor, credit_minor, points, visits_count, registered, first_order, last_order,
            blocked, email_confirmed, marketing_email, marketing_sms, country: country.to_owned(), region_key: region, city_key: city,
            source: source.to_owned(), branch: branch.map(BranchId),
            tags: tags.into_iter().map(TagId).collect(), groups: groups.into_iter().map(GroupId).collect(), more: None,
        }
    }
}

fn places() -> impl Strategy<Value = String> {
    select(vec!["", "zurich", "munchen", "王伟"]).prop_map(str::to_owned)
}

prop_compose! {
    fn entries()(
        facts in facts(), group in IDS,
        name in select(vec!["Ana Läfel", "ana lafel", "王伟", "O'Brien 100%", "a_b\\c", "Zoë", ""]),
        phone in select(vec!["", "491712345", "4917", "15551234"]), hour in 0..3_i64,
    ) -> Entry {
        let at = |day: Day| Timestamp(i64::from(day.0) * Timestamp::DAY + hour * Timestamp::HOUR);
        Entry {
            id: CustomerId(0), email_key: String::new(), account_key: String::new(),
            name_key: normalise(name), phone_key: phone.to_owned(),
            location_key: format!("{} {} {}", facts.country.to_lowercase(), facts.region_key, facts.city_key),
            pricing_group: GroupId(group), registered_at: at(facts.registered), last_order_at: facts.last_order.map(at).unwrap_or_default(),
            facts,
        }
    }
}

/// Writes so many random customers; yields them as they are to be found, by id. Their emails are `0@shop.example` and so on,
/// the account numbers of some of them `AC-0` and so on.
pub async fn insert_customers(db: &Db, count: usize, runner: &mut TestRunner) -> Vec<Entry> {
    let tx = db.begin().await.expect("a transaction");
    for id in IDS {
        let (name, key) = (name_of(id), normalise(&name_of(id)));
        let branch = "INSERT INTO branches (id, name, created_at) VALUES ($1, $2, 0)";
        tx.execute(branch, args![id, name.as_str()]).await.expect("a branch");
        let tag = "INSERT INTO tags (id, name, name_key, created_at) VALUES ($1, $2, $3, 0)";
        tx.execute(tag, args![id, name.as_str(), key.as_str()]).await.expect("a tag");
        let group = "INSERT INTO customer_groups (id, code, name, name_key, created_at) VALUES ($1, $2, $2, $3, 0)";
        tx.execute(group, args![id, name.as_str(), key.as_str()]).await.expect("a group");
    }
    let mut customers = Vec::new();
    for number in 0..count {
        let mut entry = sample(entries(), runner);
        entry.email_key = format!("{number}@shop.example");
        entry.account_key = if number % 3 == 0 { format!("ac-{number}") } else { String::new() };
        entry.id = insert_customer(&tx, &entry).await;
        customers.push(entry);
    }
    tx.commit().await.expect("a commit");
    customers
}

async fn insert_customer(tx: &Tx, entry: &Entry) -> CustomerId {
    let facts = &entry.facts;
    let account = Some(entry.account_key.to_uppercase()).filter(|number| !number.is_empty());
    let sql =
        "INSERT INTO customers (email, email_key, name_key, first_name, phone_key, account_number, email_confirmed, branch_id,
        account_status, source, pricing_group_id, marketing_email, marketing_sms, country, region_key, city_key, location_key,
        registered_at, registered_day, created_at, updated_at)
      VALUES ($1, $1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 0, 0) RETURNING id";
    let args = args![
        &entry.email_key,
        &entry.name_key,
        &entry.phone_key,
        account,
        facts.email_confirmed,
        facts.branch,
        if facts.blocked { "blocked" } else { "active" },
        &facts.source,
        entry.pricing_group,
        facts.marketing_email,
        facts.marketing_sms,
        &facts.country,
        &facts.region_key,
        &facts.city_key,
        &entry.location_key,
        entry.registered_at,
        facts.registered,
    ];
    let id = CustomerId(tx.insert(sql, args).await.expect("a customer"));
    insert_figures(tx, id, entry).await;
    for tag in &facts.tags {
        let sql = "INSERT INTO customer_tags (customer_id, tag_id, added_at) VALUES ($1, $2, 0)";
        tx.execute(sql, args![id, *tag]).await.expect("a tag of it");
    }
    for group in &facts.groups {
        let sql = "INSERT INTO customer_group_members (customer_id, group_id, added_at) VALUES ($1, $2, 0)";
        tx.execute(sql, args![id, *group]).await.expect("a group of it");
    }
    id
}

async fn insert_figures(tx: &Tx, id: CustomerId, entry: &Entry) {
    let facts = &entry.facts;
    let day = |day: Option<Day>| day.unwrap_or(Day(0));
    let sql = "INSERT INTO customer_stats (customer_id, orders_count, spent_minor, aov_minor, credit_minor, points, visits_count,
        first_order_day, last_order_day, last_order_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let args = args![
        id,
        facts.orders_count,
        facts.spent_minor,
        facts.aov_minor,
        facts.credit_minor,
        facts.points,
        facts.visits_count,
        day(facts.first_order),
        day(facts.last_order),
        entry.last_order_at,
    ];
    tx.execute(sql, args).await.expect("its figures");
}

fn bounds() -> impl Strategy<Value = Option<DayBound>> {
    of(prop_oneof![days().prop_map(DayBound::On), select(vec![0, 1, 31, 60, u16::MAX]).prop_map(DayBound::days_ago)])
}

fn typed_text() -> impl Strategy<Value = Vec<String>> {
    let words = ["", "de", " DE ", "Ch", "Zürich", "ZURICH ", "München", "王伟", "Staff", "import", "'\"%_\\"];
    vec(select(words.to_vec()).prop_map(str::to_owned), 0..4)
}

/// Some of which nobody has.
fn ids() -> impl Strategy<Value = Vec<i64>> {
    vec(IDS.start..IDS.end + 1, 0..4)
}

fn conditions() -> impl Strategy<Value = Rule> {
    use NumberField::*;
    let number = select(vec![OrdersCount, TotalSpent, AverageOrderValue, StoreCredit, Points, Visits]);
    let day = || select(vec![DayField::Registered, DayField::FirstOrder, DayField::LastOrder]);
    let flag = select(vec![FlagField::Blocked, FlagField::EmailConfirmed, FlagField::MarketingEmail, FlagField::MarketingSms]);
    let text = select(vec![TextField::Country, TextField::Region, TextField::City, TextField::Source]);
    let set = select(vec![SetField::Tag, SetField::Group, SetField::Branch]);
    let quantifier = select(vec![Quantifier::Any, Quantifier::All, Quantifier::None]);
    prop_oneof![
        (number, of(numbers()), of(numbers())).prop_map(|(field, min, max)| Rule::number(field, min, max)),
        (day(), bounds(), bounds()).prop_map(|(field, from, to)| Rule::day(field, from, to)),
        day().prop_map(Rule::never),
        (flag, any::<bool>()).prop_map(|(field, is)| Rule::flag(field, is)),
        (text, typed_text()).prop_map(|(field, one_of)| Rule::one_of(field, one_of)),
        (set, quantifier, ids()).prop_map(|(field, quantifier, ids)| Rule::has(field, quantifier, ids)),
    ]
}

/// Rules that the index answers, of every shape, a few levels deep.
pub fn rules() -> impl Strategy<Value = Rule> {
    conditions().prop_recursive(4, 24, 4, |rule| {
        prop_oneof![
            vec(rule.clone(), 0..4).prop_map(Rule::All),
            vec(rule.clone(), 0..4).prop_map(Rule::Any),
            rule.prop_map(|rule| !rule),
        ]
    })
}
