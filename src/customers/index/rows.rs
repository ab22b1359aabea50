//! Reading customers out of the database as entries of the index.

use super::Entry;
use crate::args;
use crate::base::text::normalise;
use crate::base::{BranchId, CustomerId, Day, GroupId, TagId, Timestamp};
use crate::rules::facts::CustomerFacts;
use crate::server::{Args, Db, DbResult, Query};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// One customer with the counters kept beside. Merged and anonymised customers are in no list.
const CUSTOMERS: &str = "SELECT c.id, c.name_key, c.email_key, c.phone_key, COALESCE(c.account_number, '') AS account_number,
       c.location_key, c.country, c.region_key, c.city_key, c.source, c.branch_id, c.pricing_group_id,
       c.account_status = 'blocked' AS blocked, c.email_confirmed, c.marketing_email, c.marketing_sms,
       c.registered_at, c.registered_day,
       COALESCE(s.orders_count, 0) AS orders_count, COALESCE(s.spent_minor, 0) AS spent_minor,
       COALESCE(s.aov_minor, 0) AS aov_minor, COALESCE(s.credit_minor, 0) AS credit_minor,
       COALESCE(s.points, 0) AS points, COALESCE(s.visits_count, 0) AS visits_count,
       COALESCE(s.first_order_day, 0) AS first_order_day, COALESCE(s.last_order_day, 0) AS last_order_day,
       COALESCE(s.last_order_at, 0) AS last_order_at
  FROM customers c LEFT JOIN customer_stats s ON s.customer_id = c.id
 WHERE c.merged_into_id IS NULL AND c.anonymised_at IS NULL";

/// How many ids a statement asks for: few different statements, which the databases keep prepared.
const BATCHES: [usize; 4] = [1, 8, 64, super::log::BATCH];

#[derive(sqlx::FromRow)]
struct CustomerRow {
    id: i64,
    name_key: String,
    email_key: String,
    phone_key: String,
    account_number: String,
    location_key: String,
    country: String,
    region_key: String,
    city_key: String,
    source: String,
    branch_id: Option<i64>,
    pricing_group_id: i64,
    blocked: bool,
    email_confirmed: bool,
    marketing_email: bool,
    marketing_sms: bool,
    registered_at: i64,
    registered_day: i64,
    orders_count: i64,
    spent_minor: i64,
    aov_minor: i64,
    credit_minor: i64,
    points: i64,
    visits_count: i64,
    first_order_day: i64,
    last_order_day: i64,
    last_order_at: i64,
}

/// The next `limit` customers after the id `after`, ascending.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn read_after(db: &Db, after: i64, limit: usize) -> DbResult<Vec<Entry>> {
    let sql = format!("{CUSTOMERS} AND c.id > $1 ORDER BY c.id LIMIT $2");
    let rows: Vec<CustomerRow> = db.all(&sql, args![after, limit]).await?;
    let Some(last) = rows.last().map(|row| row.id) else { return Ok(Vec::new()) };
    let within = "customer_id > $1 AND customer_id <= $2";
    let tags = pairs(db, &format!("SELECT customer_id, tag_id FROM customer_tags WHERE {within}"), args![after, last]).await?;
    let groups = format!("SELECT customer_id, group_id FROM customer_group_members WHERE {within}");
    let groups = pairs(db, &groups, args![after, last]).await?;
    Ok(entries(rows, tags, groups))
}

/// These customers, as far as they are in any list; not more than the largest of [`BATCHES`].
///
/// # Errors
/// When the database does not answer.
pub(super) async fn read_some(db: &Db, ids: &[i64]) -> DbResult<Vec<Entry>> {
    let Some(last) = ids.last() else { return Ok(Vec::new()) };
    let size = BATCHES.into_iter().find(|size| *size >= ids.len()).unwrap_or(ids.len());
    let places = (1..=size).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let args = || Args(ids.iter().chain(std::iter::repeat_n(last, size - ids.len())).map(|id| (*id).into()).collect());
    let rows: Vec<CustomerRow> = db.all(&format!("{CUSTOMERS} AND c.id IN ({places})"), args()).await?;
    let tags = format!("SELECT customer_id, tag_id FROM customer_tags WHERE customer_id IN ({places})");
    let groups = format!("SELECT customer_id, group_id FROM customer_group_members WHERE customer_id IN ({places})");
    Ok(entries(rows, pairs(db, &tags, args()).await?, pairs(db, &groups, args()).await?))
}

/// The normalised names of tags and of groups.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn read_names(db: &Db) -> DbResult<(Vec<(TagId, String)>, Vec<(GroupId, String)>)> {
    let tags: Vec<(i64, String)> = db.all("SELECT id, name_key FROM tags", args![]).await?;
    let groups: Vec<(i64, String)> = db.all("SELECT id, name_key FROM customer_groups", args![]).await?;
    let tags = tags.into_iter().map(|(id, name)| (TagId(id), name)).collect();
    Ok((tags, groups.into_iter().map(|(id, name)| (GroupId(id), name)).collect()))
}

async fn pairs<T: From<i64> + Eq + Hash>(db: &Db, sql: &str, args: Args) -> DbResult<HashMap<i64, HashSet<T>>> {
    let mut of_customer: HashMap<i64, HashSet<T>> = HashMap::new();
    for (customer, id) in db.all::<(i64, i64)>(sql, args).await? {
        of_customer.entry(customer).or_default().insert(T::from(id));
    }
    Ok(of_customer)
}

fn entries(
    rows: Vec<CustomerRow>,
    mut tags: HashMap<i64, HashSet<TagId>>,
    mut groups: HashMap<i64, HashSet<GroupId>>,
) -> Vec<Entry> {
    let entry = |row: CustomerRow| {
        let (tags, groups) = (tags.remove(&row.id).unwrap_or_default(), groups.remove(&row.id).unwrap_or_default());
        row.entry(tags, groups)
    };
    rows.into_iter().map(entry).collect()
}

impl CustomerRow {
    fn entry(self, tags: HashSet<TagId>, groups: HashSet<GroupId>) -> Entry {
        Entry {
            id: CustomerId(self.id),
            name_key: self.name_key,
            email_key: self.email_key,
            phone_key: self.phone_key,
            account_key: normalise(&self.account_number),
            location_key: self.location_key,
            pricing_group: GroupId(self.pricing_group_id),
            registered_at: Timestamp(self.registered_at),
            last_order_at: Timestamp(self.last_order_at),
            facts: CustomerFacts {
                orders_count: self.orders_count,
                spent_minor: self.spent_minor,
                aov_minor: self.aov_minor,
                credit_minor: self.credit_minor,
                points: self.points,
                visits_count: self.visits_count,
                registered: day(self.registered_day).unwrap_or_default(),
                first_order: day(self.first_order_day),
                last_order: day(self.last_order_day),
                blocked: self.blocked,
                email_confirmed: self.email_confirmed,
                marketing_email: self.marketing_email,
                marketing_sms: self.marketing_sms,
                country: self.country,
                region_key: self.region_key,
                city_key: self.city_key,
                source: self.source,
                branch: self.branch_id.map(BranchId),
                tags,
                groups,
                more: None,
            },
        }
    }
}

/// 0 is never.
fn day(day: i64) -> Option<Day> {
    i32::try_from(day).ok().filter(|day| *day != 0).map(Day)
}
