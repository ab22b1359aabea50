//! Reading out of the database what rules ask of customers.

use super::EventField;
use super::facts::{CustomerFacts, EventFacts, MoreFacts, OrderFacts};
use crate::args;
use crate::base::{BranchId, CustomerId, Day, GroupId, TagId};
use crate::server::db::dialect::numbers_of_json;
use crate::server::{DbResult, Query};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// So many customers at once keep the answers small: some have thousands of events.
pub const BATCH: usize = 200;

/// `{these}` yields the ids of the customers that are asked for, here and below.
const CUSTOMERS: &str =
    "SELECT c.id, c.country, c.region_key, c.city_key, c.source, c.branch_id, c.department_id, c.pricing_group_id,
       c.account_status = 'blocked' AS blocked, c.email_confirmed, c.marketing_email, c.marketing_sms, c.registered_day,
       COALESCE(c.date_of_birth, '') AS birthday, c.name_key, c.first_name, c.last_name, c.company, c.email_key, c.phone_key,
       COALESCE(c.account_number, '') AS account_number, c.locale, COALESCE(c.campaign, '') AS campaign,
       s.orders_count, s.spent_minor, s.aov_minor, s.credit_minor, s.points, s.visits_count, s.units, s.first_order_day,
       s.last_order_day, m.tier, COALESCE(m.earned_points, 0) AS earned_points
  FROM customers c JOIN customer_stats s ON s.customer_id = c.id LEFT JOIN loyalty_members m ON m.customer_id = c.id
 WHERE c.id IN ({these}) ORDER BY c.id";
const TAGS: &str = "SELECT customer_id, tag_id FROM customer_tags WHERE customer_id IN ({these})";
const GROUPS: &str = "SELECT customer_id, group_id FROM customer_group_members WHERE customer_id IN ({these})";
const FIELDS: &str =
    "SELECT customer_id, name, value FROM customer_fields WHERE customer_id IN ({these}) ORDER BY customer_id, name";
const CONSENTS: &str = "SELECT k.customer_id, k.purpose FROM consents k WHERE k.customer_id IN ({these}) AND k.granted
   AND NOT EXISTS (SELECT 1 FROM consents n WHERE n.customer_id = k.customer_id AND n.purpose = k.purpose AND n.id > k.id)";
const ORDERS: &str =
    "SELECT id, customer_id, base_total_minor, base_refunded_minor, units, placed_day, payment_state, fulfilment_state,
       channel, currency, store_id
  FROM orders WHERE customer_id IN ({these}) AND status = 'placed' ORDER BY customer_id, placed_at, id";
const LINES: &str = "SELECT DISTINCT l.order_id, l.product_id, COALESCE(p.category_id, 0) FROM order_lines l
  JOIN orders o ON o.id = l.order_id JOIN products p ON p.id = l.product_id
 WHERE o.customer_id IN ({these}) AND o.status = 'placed'";
const EVENTS: &str = "SELECT e.customer_id, e.kind, e.day, e.product_id, COALESCE(p.category_id, 0) FROM events e
  LEFT JOIN products p ON p.id = e.product_id WHERE e.customer_id IN ({these}) ORDER BY e.customer_id, e.at, e.id";
const VISITS: &str = "SELECT customer_id, day FROM visits WHERE customer_id IN ({these}) ORDER BY customer_id, started_at, id";

#[derive(sqlx::FromRow)]
struct CustomerRow {
    id: i64,
    country: String,
    region_key: String,
    city_key: String,
    source: String,
    branch_id: Option<i64>,
    department_id: Option<i64>,
    pricing_group_id: i64,
    blocked: bool,
    email_confirmed: bool,
    marketing_email: bool,
    marketing_sms: bool,
    registered_day: i64,
    birthday: String,
    name_key: String,
    first_name: String,
    last_name: String,
    company: String,
    email_key: String,
    phone_key: String,
    account_number: String,
    locale: String,
    campaign: String,
    orders_count: i64,
    spent_minor: i64,
    aov_minor: i64,
    credit_minor: i64,
    points: i64,
    visits_count: i64,
    units: i64,
    first_order_day: i64,
    last_order_day: i64,
    tier: Option<String>,
    earned_points: i64,
}

#[derive(sqlx::FromRow)]
struct OrderRow {
    id: i64,
    customer_id: i64,
    base_total_minor: i64,
    base_refunded_minor: i64,
    units: i64,
    placed_day: i64,
    payment_state: String,
    fulfilment_state: String,
    channel: String,
    currency: String,
    store_id: i64,
}

/// Everything that rules ask of these customers, by id. Those who do not exist are left out.
///
/// # Errors
/// When the database does not answer.
pub async fn load(q: &impl Query, ids: &[CustomerId]) -> DbResult<Vec<(CustomerId, CustomerFacts)>> {
    let above = categories(q).await?;
    let mut all = Vec::with_capacity(ids.len());
    for ids in ids.chunks(BATCH) {
        all.extend(batch(q, ids, &above).await?);
    }
    all.sort_by_key(|(id, _)| *id);
    Ok(all)
}

/// Everything that rules ask of one customer.
///
/// # Errors
/// When the database does not answer.
pub async fn load_one(q: &impl Query, id: CustomerId) -> DbResult<Option<CustomerFacts>> {
    Ok(load(q, &[id]).await?.pop().map(|(_, facts)| facts))
}

async fn batch(q: &impl Query, ids: &[CustomerId], above: &Categories) -> DbResult<Vec<(CustomerId, CustomerFacts)>> {
    let these = serde_json::Value::from(ids.iter().map(|id| id.0).collect::<Vec<_>>()).to_string();
    let sql = |text: &str| text.replace("{these}", &numbers_of_json(q, "$1"));
    let these = || args![these.as_str()];
    let rows: Vec<CustomerRow> = q.all(&sql(CUSTOMERS), these()).await?;
    let mut facts: BTreeMap<i64, CustomerFacts> = rows.into_iter().map(|row| (row.id, row.facts())).collect();
    for (id, tag) in q.all::<(i64, i64)>(&sql(TAGS), these()).await? {
        facts.entry(id).and_modify(|facts| facts.tags.extend([TagId(tag)]));
    }
    for (id, group) in q.all::<(i64, i64)>(&sql(GROUPS), these()).await? {
        facts.entry(id).and_modify(|facts| facts.groups.extend([GroupId(group)]));
    }
    for (id, name, value) in q.all::<(i64, String, String)>(&sql(FIELDS), these()).await? {
        more(&mut facts, id, |more| more.custom_fields.push((name, value)));
    }
    for (id, purpose) in q.all::<(i64, String)>(&sql(CONSENTS), these()).await? {
        more(&mut facts, id, |more| more.consents.extend([purpose]));
    }
    let mut lines: HashMap<i64, Vec<(i64, i64)>> = HashMap::new();
    for (order, product, category) in q.all::<(i64, i64, i64)>(&sql(LINES), these()).await? {
        lines.entry(order).or_default().push((product, category));
    }
    for row in q.all::<OrderRow>(&sql(ORDERS), these()).await? {
        let (id, lines) = (row.customer_id, lines.remove(&row.id).unwrap_or_default());
        more(&mut facts, id, |more| more.orders.push(row.facts(&lines, above)));
    }
    for (id, kind, on, product, category) in q.all::<(i64, String, i64, Option<i64>, i64)>(&sql(EVENTS), these()).await? {
        let kind = EventField::ALL.iter().copied().find(|known| known.sql() == kind && *known != EventField::Visit);
        let event = EventFacts { kind, day: day(on), product, categories: above.of(category) };
        more(&mut facts, id, |more| more.events.push(event));
    }
    for (id, on) in q.all::<(i64, i64)>(&sql(VISITS), these()).await? {
        let visit = EventFacts { kind: Some(EventField::Visit), day: day(on), ..EventFacts::default() };
        more(&mut facts, id, |more| more.events.push(visit));
    }
    Ok(facts.into_iter().map(|(id, facts)| (CustomerId(id), facts)).collect())
}

fn more(facts: &mut BTreeMap<i64, CustomerFacts>, id: i64, change: impl FnOnce(&mut MoreFacts)) {
    if let Some(facts) = facts.get_mut(&id) {
        change(facts.more.get_or_insert_default());
    }
}

/// The category that each one stands in.
struct Categories(HashMap<i64, i64>);

async fn categories(q: &impl Query) -> DbResult<Categories> {
    let rows: Vec<(i64, i64)> = q.all("SELECT id, COALESCE(parent_id, 0) FROM categories", args![]).await?;
    Ok(Categories(rows.into_iter().collect()))
}

impl Categories {
    /// The category and all above it; of 0 none.
    fn of(&self, category: i64) -> BTreeSet<i64> {
        let mut found = BTreeSet::new();
        let mut next = category;
        while next != 0 && found.insert(next) {
            next = self.0.get(&next).copied().unwrap_or_default();
        }
        found
    }
}

impl OrderRow {
    fn facts(self, lines: &[(i64, i64)], above: &Categories) -> OrderFacts {
        OrderFacts {
            total_minor: self.base_total_minor,
            refunded_minor: self.base_refunded_minor,
            units: self.units,
            placed: day(self.placed_day),
            payment: self.payment_state,
            fulfilment: self.fulfilment_state,
            channel: self.channel,
            currency: self.currency,
            store: self.store_id,
            products: lines.iter().map(|(product, _)| *product).collect(),
            categories: lines.iter().flat_map(|(_, category)| above.of(*category)).collect(),
        }
    }
}

impl CustomerRow {
    fn facts(self) -> CustomerFacts {
        CustomerFacts {
            orders_count: self.orders_count,
            spent_minor: self.spent_minor,
            aov_minor: self.aov_minor,
            credit_minor: self.credit_minor,
            points: self.points,
            visits_count: self.visits_count,
            registered: day(self.registered_day),
            first_order: Some(day(self.first_order_day)).filter(|day| day.0 != 0),
            last_order: Some(day(self.last_order_day)).filter(|day| day.0 != 0),
            blocked: self.blocked,
            email_confirmed: self.email_confirmed,
            marketing_email: self.marketing_email,
            marketing_sms: self.marketing_sms,
            country: self.country,
            region_key: self.region_key,
            city_key: self.city_key,
            source: self.source,
            branch: self.branch_id.map(BranchId),
            more: Some(Box::new(MoreFacts {
                units: self.units,
                tier: self.tier,
                earned_points: self.earned_points,
                birthday: Day::parse(&self.birthday),
                name_key: self.name_key,
                first_name: self.first_name,
                last_name: self.last_name,
                company: self.company,
                email_key: self.email_key,
                phone_key: self.phone_key,
                account_number: self.account_number,
                locale: self.locale,
                campaign: self.campaign,
                pricing_group: Some(self.pricing_group_id),
                department: self.department_id,
                ..MoreFacts::default()
            })),
            ..CustomerFacts::default()
        }
    }
}

fn day(day: i64) -> Day {
    Day(i32::try_from(day).unwrap_or_default())
}
