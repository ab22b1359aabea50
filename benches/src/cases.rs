//! What is asked of the server, and the bare SQL of the same question.
//!
//! SQL answers a list's question with the page's rows and the total; the seven counts beside the quick filters, which the
//! server's answer holds too, are left out in SQL's favour.

use crate::http::{Client, Request};
use crate::sql::Database;
use crate::terms::{Frequency, Sample, found, list, scrambled};
use std::time::{SystemTime, UNIX_EPOCH};

/// Lengths of searched terms in characters.
const LENGTHS: [usize; 4] = [2, 3, 5, 10];
/// Customers whose profiles are opened in turn.
const PROFILES: usize = 64;

/// What sort of question a case is: each has limits of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Search(Frequency),
    List,
    Deep,
    Profile,
    Orders,
    Page,
}

/// One kind of request.
pub struct Case {
    pub name: String,
    pub kind: Kind,
    pub requests: Vec<Request>,
    /// Customers found, of the first request.
    pub found: Option<u64>,
    /// What yields the rows, and what yields the total; empty where there is no such SQL.
    pub rows_sql: Vec<String>,
    pub total_sql: Vec<String>,
}

/// Where cases are made from.
pub struct Source<'a> {
    pub client: &'a Client,
    pub database: &'a Database,
    pub customers: i64,
}

impl Source<'_> {
    /// The searches, whose terms are looked for in the database.
    pub fn searches(&self) -> Result<Vec<Case>, String> {
        let sample = Sample::take(self.database, self.customers)?;
        let mut cases = Vec::new();
        for length in LENGTHS {
            for frequency in Frequency::ALL {
                let terms = sample.terms(self.client, length, frequency)?;
                if terms.is_empty() {
                    continue;
                }
                let queries: Vec<(String, String)> =
                    terms.iter().map(|term| (format!("q={}", encode(term)), search_sql(term))).collect();
                let name = format!("search {length} characters, {}", frequency.name());
                cases.push(self.list_case(&name, Kind::Search(frequency), &queries, "name")?);
            }
        }
        Ok(cases)
    }

    /// The first page as the list opens.
    pub fn first_page(&self) -> Result<Case, String> {
        self.list_case("first page", Kind::List, &[(String::new(), "1 = 1".into())], "name")
    }

    pub fn quick_filters(&self) -> Result<Vec<Case>, String> {
        let today = today();
        let active = format!("s.last_order_day >= {}", today - 90);
        let inactive = format!("s.last_order_day < {}", today - 90);
        let filters = [
            ("active", active),
            ("inactive", inactive.clone()),
            ("vip", "s.spent_minor >= 500000".into()),
            ("new", format!("c.registered_day >= {}", today - 30)),
            (
                "wholesale",
                "c.id IN (SELECT m.customer_id FROM customer_group_members m JOIN customer_groups w ON w.id = m.group_id
                          WHERE w.code = 'wholesale')"
                    .into(),
            ),
            ("at_risk", format!("s.spent_minor > 100000 AND s.orders_count > 0 AND {inactive}")),
            ("one_time", "s.orders_count = 1".into()),
        ];
        let case = |(code, sql): (&str, String)| {
            self.list_case(&format!("quick filter {code}"), Kind::List, &[(format!("quick={code}"), sql)], "name")
        };
        filters.into_iter().map(case).collect()
    }

    /// Three advanced filters, each with bounds that differ from request to request.
    pub fn advanced_filters(&self) -> Result<Vec<Case>, String> {
        let today = today();
        let numbers = 0..32_i64;
        let spent = numbers.clone().map(|at| {
            let (min, max) = (100 + at, 900 + 3 * at);
            let sql = format!("s.spent_minor BETWEEN {} AND {} AND c.country IN ('DE', 'FR')", min * 100, max * 100);
            (format!("spent_min={min}&spent_max={max}&country=DE,FR"), sql)
        });
        let tagged = numbers.clone().map(|at| {
            let tagged = "c.id IN (SELECT m.customer_id FROM customer_tags m WHERE m.tag_id IN (1, 2, 3))";
            let sql = format!("{tagged} AND c.registered_day >= {}", today - 300 - at);
            (format!("tags_any=1,2,3&registered_within={}", 300 + at), sql)
        });
        let lost = numbers.map(|at| {
            let sql = format!("s.orders_count >= 3 AND s.last_order_day < {} AND c.marketing_email", today - 120 - at);
            (format!("orders_min=3&last_order_not_within={}&email_consent=yes", 120 + at), sql)
        });
        Ok(vec![
            self.list_case("filter: spent and country", Kind::List, &spent.collect::<Vec<_>>(), "name")?,
            self.list_case("filter: tags and registered", Kind::List, &tagged.collect::<Vec<_>>(), "name")?,
            self.list_case("filter: orders, away, consent", Kind::List, &lost.collect::<Vec<_>>(), "name")?,
        ])
    }

    pub fn sorts(&self) -> Result<Vec<Case>, String> {
        let case = |(code, _): &(&str, &str)| {
            self.list_case(&format!("sort {code}"), Kind::List, &[(format!("sort={code}"), "1 = 1".into())], code)
        };
        SORTS.iter().filter(|(code, _)| *code != "name").map(case).collect()
    }

    /// The page after `pages` pages of 50, found by turning pages, larger ones.
    pub fn deep_page(&self, pages: i64) -> Result<Case, String> {
        let mut query = "per=100".to_owned();
        let mut last = None;
        for _ in 0..pages / 2 {
            let answer = self.client.call("list_customers", &list(&query))?;
            last = answer["rows"].as_array().and_then(|rows| rows.last()?["id"].as_i64());
            let Some(next) = answer["next"].as_str() else { return Err("the list ends before the deep page".into()) };
            query = format!("per=100&at={}", encode(next));
        }
        let last = last.ok_or("the deep page has no page before it")?;
        let rows = self.database.rows(&format!("SELECT name_key FROM customers WHERE id = {last}"))?;
        let key = rows.first().and_then(|row| row.first()).ok_or("the deep page's customer is gone")?.replace('\'', "''");
        let condition = format!("(c.name_key, c.id) > ('{key}', {last})");
        let queries = [(query.replace("per=100&", ""), condition)];
        let mut case = self.list_case(&format!("page {}", pages + 1), Kind::Deep, &queries, "name")?;
        case.total_sql = vec![total_sql("1 = 1")];
        Ok(case)
    }

    /// Profiles and orders of customers here and there.
    pub fn profiles(&self) -> Result<Vec<Case>, String> {
        let ids: Vec<i64> = (0..PROFILES).map(|at| 1 + (scrambled(&at.to_string()) % self.customers as u64) as i64).collect();
        let busiest = self
            .database
            .number("SELECT customer_id FROM customer_stats ORDER BY orders_count DESC, customer_id DESC LIMIT 1")?;
        Ok(vec![
            Case {
                name: "profile summary".into(),
                kind: Kind::Profile,
                requests: ids.iter().map(|id| self.client.function("open_profile", &format!("{{\"id\":{id}}}"))).collect(),
                found: None,
                rows_sql: ids.iter().map(|id| PROFILE_SQL.replace("$1", &id.to_string())).collect(),
                total_sql: vec![],
            },
            self.orders_case("orders tab", &ids),
            self.orders_case("orders tab, most orders", &[busiest]),
        ])
    }

    fn orders_case(&self, name: &str, ids: &[i64]) -> Case {
        let arguments = |id: &i64| format!("{{\"customer\":{id},\"query\":\"\"}}");
        Case {
            name: name.into(),
            kind: Kind::Orders,
            requests: ids.iter().map(|id| self.client.function("list_customer_orders", &arguments(id))).collect(),
            found: None,
            rows_sql: ids.iter().map(|id| ORDERS_SQL.replace("$1", &id.to_string())).collect(),
            total_sql: ids
                .iter()
                .map(|id| format!("SELECT COUNT(*) FROM orders WHERE customer_id = {id} AND status <> 'draft'"))
                .collect(),
        }
    }

    /// Pages rendered by the server.
    pub fn pages(&self) -> Vec<Case> {
        let profile = format!("/customers/{}", self.customers / 2);
        ["/customers", "/customers?quick=active&sort=-spent", &profile]
            .into_iter()
            .map(|path| Case {
                name: format!("page {}", if path == profile { "/customers/{id}" } else { path }),
                kind: Kind::Page,
                requests: vec![self.client.page(path)],
                found: None,
                rows_sql: vec![],
                total_sql: vec![],
            })
            .collect()
    }

    /// A question of the list: queries with their conditions in SQL.
    fn list_case(&self, name: &str, kind: Kind, queries: &[(String, String)], sort: &str) -> Result<Case, String> {
        let order = SORTS.iter().find(|(code, _)| *code == sort).map_or("c.name_key, c.id", |(_, order)| *order);
        let tags = if self.database.is_sqlite() { "group_concat(t.name)" } else { "string_agg(t.name, ',')" };
        let rows = |condition: &String| {
            format!(
                "SELECT c.id, c.first_name, c.last_name, c.company, c.email, c.account_status, c.city, c.region, c.country,
                   c.registered_at, g.name, s.orders_count, s.spent_minor, s.aov_minor, s.last_order_at, s.last_order_day,
                   s.credit_minor, s.points,
                   (SELECT {tags} FROM customer_tags m JOIN tags t ON t.id = m.tag_id WHERE m.customer_id = c.id)
                 FROM customers c JOIN customer_stats s ON s.customer_id = c.id
                   JOIN customer_groups g ON g.id = c.pricing_group_id
                 WHERE c.merged_into_id IS NULL AND {condition} ORDER BY {order} LIMIT 50"
            )
        };
        let first = queries.first().map(|(query, _)| found(self.client, query)).transpose()?;
        Ok(Case {
            name: name.to_owned(),
            kind,
            requests: queries.iter().map(|(query, _)| self.client.function("list_customers", &list(query))).collect(),
            found: first,
            rows_sql: queries.iter().map(|(_, condition)| rows(condition)).collect(),
            total_sql: queries.iter().map(|(_, condition)| total_sql(condition)).collect(),
        })
    }
}

fn total_sql(condition: &str) -> String {
    format!(
        "SELECT COUNT(*) FROM customers c JOIN customer_stats s ON s.customer_id = c.id
         WHERE c.merged_into_id IS NULL AND {condition}"
    )
}

/// Each sort as in URLs, with its order in SQL.
const SORTS: [(&str, &str); 13] = [
    ("name", "c.name_key, c.id"),
    ("-name", "c.name_key DESC, c.id DESC"),
    ("email", "c.email_key, c.id"),
    ("-orders", "s.orders_count DESC, s.customer_id DESC"),
    ("-spent", "s.spent_minor DESC, s.customer_id DESC"),
    ("-aov", "s.aov_minor DESC, s.customer_id DESC"),
    ("-last_order", "s.last_order_at DESC, s.customer_id DESC"),
    ("-registered", "c.registered_at DESC, c.id DESC"),
    ("status", "CASE WHEN c.account_status = 'blocked' THEN 0 ELSE 1 END, c.id"),
    ("group", "g.name_key, c.id"),
    ("location", "c.location_key, c.id"),
    ("-credit", "s.credit_minor DESC, s.customer_id DESC"),
    ("-points", "s.points DESC, s.customer_id DESC"),
];

const PROFILE_SQL: &str = "
    SELECT c.first_name, c.last_name, c.company, c.email, c.email_confirmed, c.phone, c.phone_key, c.account_number,
      c.date_of_birth, c.account_status, c.country, c.city, c.source, c.campaign, c.marketing_email, c.marketing_sms,
      c.registered_at, c.last_login_at, b.name, g.name, g.discount_bp, s.orders_count, s.spent_minor, s.aov_minor,
      s.credit_minor, s.points, s.visits_count, s.last_order_at, s.last_order_day,
      (SELECT MAX(v.started_at) FROM visits v WHERE v.customer_id = c.id),
      (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id AND o.status <> 'draft'),
      (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id AND o.status = 'draft'),
      (SELECT COUNT(*) FROM addresses a WHERE a.customer_id = c.id),
      (SELECT COUNT(*) FROM notes n WHERE n.customer_id = c.id AND n.deleted_at IS NULL)
    FROM customers c JOIN customer_groups g ON g.id = c.pricing_group_id JOIN customer_stats s ON s.customer_id = c.id
      LEFT JOIN branches b ON b.id = c.branch_id
    WHERE c.id = $1";

const ORDERS_SQL: &str = "
    SELECT o.id, o.number, o.status, o.draft_kind, o.payment_state, o.fulfilment_state, o.currency, o.total_minor, o.units,
      o.placed_at, o.updated_at, s.name, c.first_name, c.last_name, c.company, c.email
    FROM (SELECT * FROM orders WHERE customer_id = $1 AND status <> 'draft' ORDER BY placed_at DESC, id DESC LIMIT 51) AS o
      JOIN stores s ON s.id = o.store_id JOIN customers c ON c.id = o.customer_id
    ORDER BY o.placed_at DESC, o.id DESC";

fn search_sql(term: &str) -> String {
    let like = format!("LIKE '%{}%'", term.replace('\'', "''"));
    format!(
        "(c.name_key {like} OR c.email_key {like} OR c.phone_key {like} OR LOWER(COALESCE(c.account_number, '')) {like}
          OR c.id IN (SELECT m.customer_id FROM customer_tags m JOIN tags t ON t.id = m.tag_id WHERE t.name_key {like}))"
    )
}

/// Days since 1970, UTC.
pub fn today() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| (since.as_secs() / 86_400) as i64)
}

/// Percent-encodes a value of a query.
fn encode(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    value.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
