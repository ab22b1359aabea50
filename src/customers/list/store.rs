//! The SQL of the list: the rows of a page, and whom a search finds by an exact identifier.

use super::hit::{Searched, explain};
use super::{Hit, ListRow, SegmentKey, Why};
use crate::args;
use crate::base::contact;
use crate::base::text::normalise;
use crate::base::{Currency, CustomerId, Day, GroupId, Money, TagId, Timestamp};
use crate::customers::index::{Search, phone_digits};
use crate::customers::name::display_name;
use crate::customers::tags::TagLabel;
use crate::customers::tags::store::hue;
use crate::office::settings::{ShopSettings, zone::Zone};
use crate::server::{Args, DbResult, Query};
use std::collections::{BTreeSet, HashMap};

/// Customers who share a phone number, beyond whom nobody is found exactly.
const MAX_EXACT: usize = 20;
/// Characters of an order's or card's number from which on its beginning is enough.
const PREFIX_CHARACTERS: usize = 4;
/// Numbers that begin alike that are looked at: a beginning of more, such as a mark that all numbers share, tells nothing, and to
/// go through five million orders takes seconds.
const MAX_NUMBERS: i64 = 10_000;

/// Where numbers stand that are found as a whole or by their beginning, and what such a find is called.
const NUMBERS: [(&str, &str, fn(String) -> Why); 2] =
    [("loyalty_members", "card_number", Why::Card), ("orders", "number", Why::Order)];

/// The rows of these customers, in this order, with what `search` finds of them; customers who do not exist are left out.
///
/// # Errors
/// When the database does not answer.
pub async fn rows(
    q: &impl Query,
    ids: &[CustomerId],
    search: &str,
    settings: &ShopSettings,
    zone: Zone,
    today: Day,
) -> DbResult<Vec<ListRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut args = args![];
    let sql = format!("{ROWS_SQL} WHERE c.id IN ({})", places(ids, &mut args));
    let (stored, mut tags) = tokio::try_join!(q.all::<StoredRow>(&sql, args), tags_of(q, ids))?;
    let mut stored: HashMap<i64, StoredRow> = stored.into_iter().map(|row| (row.id, row)).collect();
    let reading = Reading { currency: settings.base_currency, active_since: today.0 - i32::from(settings.active_days), zone };
    let parsed = Search::parse(search);
    let mut by_number = Vec::new();
    let rows = ids.iter().filter_map(|id| {
        let row = stored.remove(&id.0)?;
        let tags = tags.remove(&id.0).unwrap_or_default();
        let (hit, number) = row.hit(&parsed, &tags);
        if number {
            by_number.push(*id);
        }
        Some(reading.row(row, tags, hit))
    });
    let mut rows: Vec<ListRow> = rows.collect();
    let numbers = numbers_of(q, &by_number, search.trim()).await?;
    for row in &mut rows {
        row.hit.why = numbers.get(&row.id.0).cloned().or_else(|| row.hit.why.take());
    }
    Ok(rows)
}

/// For each of these customers the card, or the first of their orders, whose number begins with `text`.
async fn numbers_of(q: &impl Query, ids: &[CustomerId], text: &str) -> DbResult<HashMap<i64, Why>> {
    let mut found = HashMap::new();
    for (table, column, why) in NUMBERS {
        for (customer, number) in first_numbers(q, ids, text, table, column).await? {
            found.entry(customer).or_insert_with(|| why(number));
        }
    }
    Ok(found)
}

async fn first_numbers(
    q: &impl Query,
    ids: &[CustomerId],
    text: &str,
    table: &str,
    column: &str,
) -> DbResult<Vec<(i64, String)>> {
    let beginnings = numbers(text);
    if ids.is_empty() || beginnings.is_empty() {
        return Ok(Vec::new());
    }
    let mut args = args![];
    let customers = places(ids, &mut args);
    let ranges: Vec<String> = beginnings
        .into_iter()
        .map(|beginning| {
            let beyond = format!("{beginning}{}", char::MAX);
            format!("{column} >= ${} AND {column} < ${}", args.push(beginning), args.push(beyond))
        })
        .collect();
    let sql = format!(
        "SELECT customer_id, MIN({column}) FROM {table} WHERE customer_id IN ({customers}) AND ({}) GROUP BY customer_id",
        ranges.join(" OR ")
    );
    q.all(&sql, args).await
}

const ROWS_SQL: &str =
    "SELECT c.id, c.first_name, c.last_name, c.company, c.email, c.account_status, c.city, c.region, c.country,
    c.registered_at, g.name AS group_name, s.orders_count, s.spent_minor, s.aov_minor, s.last_order_at, s.last_order_day,
    s.credit_minor, s.points, COALESCE(c.phone, '') AS phone, c.phone_key, COALESCE(c.account_number, '') AS account_number
  FROM customers c JOIN customer_stats s ON s.customer_id = c.id JOIN customer_groups g ON g.id = c.pricing_group_id";

#[derive(sqlx::FromRow)]
struct StoredRow {
    id: i64,
    first_name: String,
    last_name: String,
    company: String,
    email: String,
    account_status: String,
    city: String,
    region: String,
    country: String,
    registered_at: i64,
    group_name: String,
    orders_count: i64,
    spent_minor: i64,
    aov_minor: i64,
    last_order_at: i64,
    last_order_day: i64,
    credit_minor: i64,
    points: i64,
    phone: String,
    phone_key: String,
    account_number: String,
}

impl StoredRow {
    fn shown_name(&self) -> String {
        display_name(&self.first_name, &self.last_name, &self.company, "")
    }

    /// What a search found, and whether the rest of it is in the number of an order or a card.
    fn hit(&self, search: &Search, tags: &[TagLabel]) -> (Hit, bool) {
        if search.is_empty() {
            return (Hit::default(), false);
        }
        let name = self.shown_name();
        let searched = Searched {
            name: if name.is_empty() { &self.email } else { &name },
            company: &self.company,
            email: &self.email,
            phone: &self.phone,
            phone_key: &self.phone_key,
            account_number: &self.account_number,
            tags: tags.iter().map(|tag| tag.name.as_str()).collect(),
        };
        explain(search, &searched)
    }
}

/// How stored figures are to be read.
struct Reading {
    currency: Currency,
    /// The first day on which an order makes a customer active.
    active_since: i32,
    zone: Zone,
}

impl Reading {
    fn row(&self, row: StoredRow, tags: Vec<TagLabel>, hit: Hit) -> ListRow {
        let money = |minor| Money::new(minor, self.currency);
        ListRow {
            id: CustomerId(row.id),
            name: row.shown_name(),
            email: row.email,
            orders_count: row.orders_count,
            spent: money(row.spent_minor),
            blocked: row.account_status == "blocked",
            active: row.last_order_day != 0 && row.last_order_day >= i64::from(self.active_since),
            last_order: self.zone.moment_or_never(row.last_order_at),
            group: row.group_name,
            tags,
            registered: self.zone.moment(Timestamp(row.registered_at)),
            place: if row.city.is_empty() { row.region } else { row.city },
            country: row.country,
            aov: (row.orders_count > 0).then(|| money(row.aov_minor)),
            credit: money(row.credit_minor),
            points: row.points,
            hit,
        }
    }
}

/// The tags of each of these customers, by name.
async fn tags_of(q: &impl Query, ids: &[CustomerId]) -> DbResult<HashMap<i64, Vec<TagLabel>>> {
    let mut args = args![];
    let sql = format!(
        "SELECT m.customer_id, t.id, t.name, t.hue FROM customer_tags m JOIN tags t ON t.id = m.tag_id
         WHERE m.customer_id IN ({}) AND t.gone_at = 0 ORDER BY t.name_key, t.id",
        places(ids, &mut args)
    );
    let mut tags: HashMap<i64, Vec<TagLabel>> = HashMap::new();
    for (customer, tag, name, colour) in q.all::<(i64, i64, String, Option<i64>)>(&sql, args).await? {
        tags.entry(customer).or_default().push(TagLabel { id: TagId(tag), name, hue: hue(colour) });
    }
    Ok(tags)
}

/// Customers of whom `text` is the whole email, account number, phone number, order number or card number, in this order: those who
/// stand above all others that a search finds.
///
/// # Errors
/// When the database does not answer.
pub async fn exact_hits(q: &impl Query, text: &str) -> DbResult<Vec<CustomerId>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    // Addresses are kept as they are written, with accents.
    let emails: BTreeSet<String> =
        [normalise(text), contact::email_key(text)].into_iter().filter(|text| text.contains('@')).collect();
    let phones = phone_digits(&normalise(text));
    let mut hits = Vec::new();
    for (sql, values) in [
        ("SELECT c.id FROM customers c WHERE c.merged_into_id IS NULL AND c.anonymised_at IS NULL AND c.email_key", emails),
        (
            "SELECT c.id FROM customers c WHERE c.merged_into_id IS NULL AND c.anonymised_at IS NULL AND c.account_number",
            spellings(text),
        ),
        // The empty key of those without a phone is not among the values; saying so lets the partial index be used.
        (
            "SELECT c.id FROM customers c WHERE c.merged_into_id IS NULL AND c.anonymised_at IS NULL AND c.phone_key <> '' AND c.phone_key",
            phones.into_iter().collect(),
        ),
        ("SELECT o.customer_id FROM orders o WHERE o.number", numbers(text)),
        ("SELECT m.customer_id FROM loyalty_members m WHERE m.card_number", numbers(text)),
    ] {
        if values.is_empty() {
            continue;
        }
        let mut args = args![];
        let values: Vec<String> = values.into_iter().map(|value| format!("${}", args.push(value))).collect();
        let sql = format!("{sql} IN ({}) ORDER BY 1 LIMIT {MAX_EXACT}", values.join(", "));
        for (id,) in q.all::<(i64,)>(&sql, args).await? {
            if !hits.contains(&CustomerId(id)) {
                hits.push(CustomerId(id));
            }
        }
    }
    Ok(hits)
}

/// Customers with an order or a loyalty card whose number begins with `text`, by ascending id; nobody for less than four
/// characters, for letters alone, and for a beginning that more than [`MAX_NUMBERS`] share.
///
/// # Errors
/// When the database does not answer.
pub async fn number_hits(q: &impl Query, text: &str) -> DbResult<Vec<CustomerId>> {
    let text = text.trim();
    let mut hits = BTreeSet::new();
    if text.strip_prefix('#').unwrap_or(text).chars().count() < PREFIX_CHARACTERS {
        return Ok(Vec::new());
    }
    for beginning in numbers(text) {
        // Compared by bytes, as in the index on the column, and no character is beyond the last.
        let beyond = format!("{beginning}{}", char::MAX);
        for (table, column, _) in NUMBERS {
            let sql = format!("SELECT customer_id FROM {table} WHERE {column} >= $1 AND {column} < $2 LIMIT $3");
            let rows: Vec<(i64,)> = q.all(&sql, args![&beginning, &beyond, MAX_NUMBERS + 1]).await?;
            if i64::try_from(rows.len()).is_ok_and(|found| found <= MAX_NUMBERS) {
                hits.extend(rows.into_iter().map(|(id,)| CustomerId(id)));
            }
        }
    }
    Ok(hits.into_iter().collect())
}

/// As [`spellings`] of what may be the number of an order or a card: those have digits, while most searches are for names.
fn numbers(text: &str) -> BTreeSet<String> {
    if text.chars().any(|c| c.is_ascii_digit()) { spellings(text) } else { BTreeSet::new() }
}

/// The ways to write a number that begins with letters: as typed, in capitals, in small letters; without the `#` that people
/// put before it.
fn spellings(text: &str) -> BTreeSet<String> {
    let text = text.strip_prefix('#').unwrap_or(text);
    [text.to_owned(), text.to_uppercase(), text.to_lowercase()].into_iter().filter(|text| !text.is_empty()).collect()
}

/// The group with the code `wholesale`, whose members the quick filter of that name shows.
///
/// # Errors
/// When the database does not answer.
pub async fn wholesale_group(q: &impl Query) -> DbResult<Option<GroupId>> {
    let row: Option<(i64,)> = q.optional("SELECT id FROM customer_groups WHERE code = 'wholesale'", args![]).await?;
    Ok(row.map(|(id,)| GroupId(id)))
}

/// Whether there is a segment of this key.
///
/// # Errors
/// When the database does not answer.
pub async fn is_segment(q: &impl Query, key: &SegmentKey) -> DbResult<bool> {
    Ok(q.integer("SELECT COUNT(*) FROM segments WHERE key = $1", args![key.code()]).await? > 0)
}

/// `$1, $2, …` for these ids.
pub(super) fn places(ids: &[CustomerId], args: &mut Args) -> String {
    ids.iter().map(|id| format!("${}", args.push(*id))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled_in_each_case() {
        let spelled = |text| spellings(text).into_iter().collect::<Vec<_>>();
        assert_eq!(spelled("#a-1"), ["A-1", "a-1"]);
        assert_eq!(spelled("1001"), ["1001"]);
        assert_eq!(spelled("#"), Vec::<String>::new());
    }
}
