//! A random shop in which everything is there that rules can ask of: few values, so that conditions hold now and then.

use super::random::{TODAY, sample};
use super::rules::{SOME_IDS, TEXTS, days};
use clientele::args;
use clientele::base::text::normalise;
use clientele::base::{CustomerId, Day, Timestamp};
use clientele::server::{Args, Db, Tx};
use proptest::collection::{btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;

/// What of [`SOME_IDS`] exists.
const IDS: std::ops::Range<i64> = SOME_IDS.start..SOME_IDS.end - 1;

#[derive(Debug)]
struct Person {
    texts: [&'static str; 6],
    email: &'static str,
    place: (&'static str, &'static str, &'static str),
    birthday: Option<Day>,
    registered: Day,
    flags: [bool; 4],
    source: &'static str,
    locale: &'static str,
    branch: Option<i64>,
    department: Option<i64>,
    group: i64,
    tags: Vec<i64>,
    groups: Vec<i64>,
    fields: &'static str,
    tier: Option<&'static str>,
    numbers: [i64; 4],
    consents: Vec<(&'static str, bool)>,
    orders: Vec<Bought>,
    events: Vec<(&'static str, Day, Option<i64>)>,
    visits: Vec<Day>,
    /// Merged into the first customer, or anonymised.
    gone: Option<bool>,
}

#[derive(Clone, Debug)]
struct Bought {
    status: &'static str,
    day: Day,
    numbers: [i64; 2],
    states: (&'static str, &'static str, &'static str),
    currency: &'static str,
    store: i64,
    products: Vec<Option<i64>>,
}

fn ids() -> std::ops::Range<i64> {
    IDS
}

fn numbers() -> impl Strategy<Value = i64> {
    prop_oneof![4 => 0..6_i64, 1 => select(vec![99, 1_000, 10_000, 100_000])]
}

prop_compose! {
    fn bought()(
        status in select(vec!["placed", "placed", "placed", "placed", "cancelled", "draft"]), day in days(), (total, units) in (numbers(), 1..4_i64),
        payment in select(vec!["unpaid", "paid", "paid", "part_refunded", "refunded"]),
        fulfilment in select(vec!["unfulfilled", "shipped", "delivered", "part_returned", "returned"]),
        channel in select(vec!["staff", "api", "portal", "import"]), currency in select(vec!["USD", "EUR"]), store in ids(),
        products in vec(of(ids()), 0..3),
    ) -> Bought {
        Bought { status, day, numbers: [total, units], states: (payment, fulfilment, channel), currency, store, products }
    }
}

prop_compose! {
    fn past()(
        consents in vec((select(vec!["data_processing", "cookies"]), any::<bool>()), 0..4),
        orders in vec(bought(), 0..4),
        events in vec((select(vec!["product_view", "product_view", "add_to_cart", "review", "search", "of_tomorrow"]), days(), of(ids())), 0..4),
        visits in vec(days(), 0..3),
    ) -> (Vec<(&'static str, bool)>, Vec<Bought>, Vec<(&'static str, Day, Option<i64>)>, Vec<Day>) {
        (consents, orders, events, visits)
    }
}

prop_compose! {
    fn persons()(
        texts in [select(&TEXTS[..]), select(&TEXTS[..]), select(&TEXTS[..]), select(&TEXTS[..]), select(&TEXTS[..]), select(&TEXTS[..])],
        email in select(vec!["@shop.example", "@gmail.com", "@uni.edu", "", "@a@b"]),
        place in (select(vec!["", "DE", "CH", "US"]), select(&TEXTS[..]), select(&TEXTS[..])),
        birthday in of(days()), registered in days(), flags: [bool; 4], source in select(vec!["staff", "import", "portal"]),
        (locale, fields) in (select(vec!["en", "de"]), select(vec![
            "{}", r#"{"size":"XL"}"#, r#"{"Size":"xl","size":"L"}"#, r#"{"shoe size":"Zürich","size":""}"#, r#"{"王":"100%_off"}"#,
        ])),
        (branch, department, group) in (of(ids()), of(ids()), ids()), tags in btree_set(ids(), 0..4), groups in btree_set(ids(), 0..3),
        tier in of(select(vec!["bronze", "xl"])), numbers in [numbers(), numbers(), numbers(), numbers()],
        (consents, orders, events, visits) in past(), gone in prop_oneof![12 => Just(None), 1 => any::<bool>().prop_map(Some)],
    ) -> Person {
        Person {
            texts, email, place, birthday, registered, flags, source, locale, branch, department, group,
            tags: tags.into_iter().collect(), groups: groups.into_iter().collect(), fields, tier, numbers,
            consents, orders, events, visits, gone,
        }
    }
}

/// Fills the shop; yields the customers who are in lists.
pub async fn open_shop(db: &Db, customers: usize, runner: &mut TestRunner) -> Vec<CustomerId> {
    let tx = db.begin().await.expect("a transaction");
    for id in IDS {
        let name = format!("Thing {id}");
        for sql in [
            "INSERT INTO branches (id, name, created_at) VALUES ($1, $2, 0)",
            "INSERT INTO departments (id, branch_id, name) VALUES ($1, $1, $2)",
            "INSERT INTO tags (id, name, name_key, created_at) VALUES ($1, $2, LOWER($2), 0)",
            "INSERT INTO customer_groups (id, code, name, name_key, created_at) VALUES ($1, $2, $2, LOWER($2), 0)",
            "INSERT INTO stores (id, code, name, currency, created_at) VALUES ($1, $2, $2, 'USD', 0)",
        ] {
            run(&tx, sql, args![id, name.as_str()]).await;
        }
        // One below the other, but for the last.
        let parent = Some(id - 1).filter(|parent| IDS.contains(parent) && id < IDS.end - 1);
        run(&tx, "INSERT INTO categories (id, parent_id, name) VALUES ($1, $2, $3)", args![id, parent, name.as_str()]).await;
        let product = "INSERT INTO products (id, sku, name, category_id, price_minor, currency, created_at) VALUES ($1, $2, $2, $3, 1, 'USD', 0)";
        run(&tx, product, args![id, name.as_str(), Some(id).filter(|id| *id != IDS.start)]).await;
    }
    let mut there = Vec::new();
    for number in 0..customers {
        let person = sample(persons(), runner);
        let id = insert(&tx, &person, number, there.first().copied()).await;
        if person.gone.is_none() || there.is_empty() {
            there.push(id);
        }
    }
    tx.commit().await.expect("a commit");
    there
}

async fn run(tx: &Tx, sql: &str, args: Args) {
    tx.execute(sql, args).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
}

fn at(day: Day) -> i64 {
    i64::from(day.0) * Timestamp::DAY + Timestamp::HOUR
}

async fn insert(tx: &Tx, person: &Person, number: usize, first: Option<CustomerId>) -> CustomerId {
    let [first_name, last_name, company, account, campaign, _] = person.texts;
    let email = format!("{number}{}", person.email);
    let [blocked, confirmed, by_email, by_sms] = person.flags;
    let (country, region, city) = person.place;
    let sql = "INSERT INTO customers (email, email_key, name_key, first_name, last_name, company, phone_key, account_number,
        email_confirmed, branch_id, department_id, account_status, source, campaign, pricing_group_id, marketing_email, marketing_sms, country,
        region_key, city_key, registered_at, registered_day, date_of_birth, locale, custom_fields, merged_into_id, anonymised_at,
        created_at, updated_at)
      VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, 0, 0)
      RETURNING id";
    let args = args![
        email.to_lowercase(),
        normalise(&format!("{first_name} {last_name} {company}")),
        first_name,
        last_name,
        company,
        if number.is_multiple_of(3) { "4915" } else { "" },
        (!account.is_empty()).then(|| format!("{account}{number}")),
        confirmed,
        person.branch,
        person.department,
        if blocked { "blocked" } else { "active" },
        person.source,
        (!campaign.is_empty()).then(|| campaign.to_owned()),
        person.group,
        by_email,
        by_sms,
        country,
        normalise(region),
        normalise(city),
        at(person.registered),
        person.registered,
        person.birthday.filter(|day| day.date().year() > 1_900).map(Day::iso),
        person.locale,
        person.fields,
        first.filter(|_| person.gone == Some(true)),
        first.filter(|_| person.gone == Some(false)).map(|_| 1_i64),
    ];
    let id = CustomerId(tx.insert(sql, args).await.expect("a customer"));
    for tag in &person.tags {
        run(tx, "INSERT INTO customer_tags (customer_id, tag_id, added_at) VALUES ($1, $2, 0)", args![id, *tag]).await;
    }
    for group in &person.groups {
        run(tx, "INSERT INTO customer_group_members (customer_id, group_id, added_at) VALUES ($1, $2, 0)", args![id, *group])
            .await;
    }
    if let Some(tier) = person.tier {
        let sql =
            "INSERT INTO loyalty_members (customer_id, card_number, tier, earned_points, enrolled_at) VALUES ($1, $2, $3, $4, 0)";
        run(tx, sql, args![id, format!("FC{number}"), tier, person.numbers[3]]).await;
    }
    for (purpose, granted) in &person.consents {
        run(
            tx,
            "INSERT INTO consents (customer_id, purpose, granted, source, at) VALUES ($1, $2, $3, 'staff', 0)",
            args![id, *purpose, *granted],
        )
        .await;
    }
    for (kind, day, product) in &person.events {
        run(
            tx,
            "INSERT INTO events (customer_id, kind, product_id, at, day) VALUES ($1, $2, $3, $4, $5)",
            args![id, *kind, *product, at(*day), *day],
        )
        .await;
    }
    // Of nobody.
    run(tx, "INSERT INTO events (kind, at, day) VALUES ('product_view', $1, $2)", args![at(TODAY), TODAY]).await;
    for day in &person.visits {
        let sql = "INSERT INTO visits (visitor_id, customer_id, started_at, day, last_seen_at) VALUES ($1, $2, $3, $4, $3)";
        run(tx, sql, args![format!("v{number}"), id, at(*day), *day]).await;
    }
    for (place, order) in person.orders.iter().enumerate() {
        insert_order(tx, id, &format!("{number}-{place}"), order).await;
    }
    insert_figures(tx, id, person).await;
    for order in person.orders.iter().filter(|order| order.status == "placed") {
        let sql = "INSERT INTO daily_rollups (day, store_id, orders_count) VALUES ($1, $2, 1)
          ON CONFLICT (day, store_id) DO UPDATE SET orders_count = daily_rollups.orders_count + 1";
        run(tx, sql, args![i64::from(order.day.0.max(1)), order.store]).await;
    }
    id
}

async fn insert_order(tx: &Tx, customer: CustomerId, number: &str, order: &Bought) {
    let placed = order.status != "draft";
    let (payment, fulfilment, channel) = order.states;
    let day = if placed { order.day.0.max(1) } else { 0 };
    let sql = "INSERT INTO orders (number, store_id, customer_id, status, payment_state, fulfilment_state, channel, currency, subtotal_minor,
        total_minor, base_total_minor, base_refunded_minor, units, placed_at, placed_day, state_since, created_at, updated_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9, $10, $11, $12, $13, 0, 0, 0) RETURNING id";
    let refunded = if payment == "refunded" { order.numbers[0] } else { 0 };
    let args = args![
        placed.then(|| number.to_owned()),
        order.store,
        customer,
        order.status,
        payment,
        fulfilment,
        channel,
        order.currency,
        order.numbers[0],
        refunded,
        order.numbers[1],
        i64::from(day) * Timestamp::DAY,
        i64::from(day),
    ];
    let id = tx.insert(sql, args).await.expect("an order");
    for product in &order.products {
        let sql = "INSERT INTO order_lines (order_id, product_id, name, quantity, unit_price_minor, total_minor) VALUES ($1, $2, 'x', 1, 1, 1)";
        run(tx, sql, args![id, *product]).await;
    }
}

/// As `commerce::stats` computes them.
async fn insert_figures(tx: &Tx, id: CustomerId, person: &Person) {
    let completed: Vec<&Bought> = person.orders.iter().filter(|order| order.status == "placed").collect();
    let day = |order: &&Bought| i64::from(order.day.0.max(1));
    let spent: i64 = completed.iter().map(|order| if order.states.0 == "refunded" { 0 } else { order.numbers[0] }).sum();
    let sql = "INSERT INTO customer_stats (customer_id, orders_count, spent_minor, aov_minor, units, credit_minor, points, visits_count,
        first_order_day, last_order_day) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let args = args![
        id,
        completed.len(),
        spent,
        person.numbers[0],
        completed.iter().map(|order| order.numbers[1]).sum::<i64>(),
        person.numbers[1],
        person.numbers[2],
        person.visits.len(),
        completed.iter().map(day).min().unwrap_or(0),
        completed.iter().map(day).max().unwrap_or(0),
    ];
    run(tx, sql, args).await;
}
