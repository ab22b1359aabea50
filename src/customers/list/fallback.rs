//! The list answered by SQL alone, until the index is ready: the same question, the same answer, more slowly.
//!
//! The list is the pinned customers followed by the others in order, read from the place where the page begins: keyset
//! paging, so that no row is skipped or shown twice, however far in.

use super::store::places;
use super::{Cursor, Facets, NO_TAG, PageRequest, QuickFilter, SortColumn, SortKey, Thresholds};
use crate::args;
use crate::base::text::escape_like;
use crate::base::{CustomerId, Day};
use crate::customers::index::{Answer, Request, Search};
use crate::rules::sql::{Ask, FROM, to_sql};
use crate::rules::{Quantifier, Rule, SetField};
use crate::server::{Args, DbResult, Query};

const FROM_WITH_GROUPS: &str =
    "customers c JOIN customer_stats s ON s.customer_id = c.id JOIN customer_groups g ON g.id = c.pricing_group_id";

/// One page with its counts.
///
/// # Errors
/// When the database does not answer.
pub async fn page(q: &impl Query, request: &Request, thresholds: &Thresholds, today: Day) -> DbResult<Answer> {
    let ask = Ask::everyone(q, today);
    let facets = facets(q, request, thresholds, ask).await?;
    let listing = Listing::new(q, request, thresholds, ask).await?;
    let page = listing.page(&request.page, request.limit).await?;
    Ok(Answer {
        ids: page.rows.iter().map(|row| row.id).collect(),
        total: facets.count(request.quick),
        facets,
        start: page.rows.first().cloned(),
        end: page.rows.last().cloned(),
        has_previous: page.has_previous,
        has_next: page.has_next,
    })
}

/// Everyone on all pages, by ascending id.
///
/// # Errors
/// When the database does not answer.
pub async fn matching(q: &impl Query, request: &Request, thresholds: &Thresholds, today: Day) -> DbResult<Vec<CustomerId>> {
    let mut args = args![];
    let left = left(request, thresholds, Ask::everyone(q, today), &mut args);
    let rows: Vec<(i64,)> = q.all(&format!("SELECT c.id FROM {FROM} WHERE {left} ORDER BY c.id"), args).await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId(id)).collect())
}

async fn facets(q: &impl Query, request: &Request, thresholds: &Thresholds, ask: Ask) -> DbResult<Facets> {
    let mut args = args![];
    let counts = QuickFilter::ALL.map(|quick| {
        let rule = to_sql(&quick.rule(thresholds), ask, &mut args);
        format!("COALESCE(CAST(SUM(CASE WHEN {rule} THEN 1 ELSE 0 END) AS BIGINT), 0)")
    });
    let found = found(request, ask, &mut args);
    let sql = format!("SELECT {} FROM {FROM} WHERE {found}", counts.join(", "));
    let row: (i64, i64, i64, i64, i64, i64, i64, i64) = q.one(&sql, args).await?;
    let counts: [i64; QuickFilter::ALL.len()] = row.into();
    Ok(Facets::new(|quick| u64::try_from(counts[quick as usize]).unwrap_or(0)))
}

/// The condition that the scope, the filters and the search leave a customer.
fn found(request: &Request, ask: Ask, args: &mut Args) -> String {
    let scope =
        request.scope.clone().map(|one_of| Rule::has(SetField::Branch, Quantifier::Any, one_of.iter().map(|branch| branch.0)));
    let rules = scope.iter().chain([&request.rule]).map(|rule| to_sql(rule, ask, args));
    let mut parts: Vec<String> =
        ["c.merged_into_id IS NULL AND c.anonymised_at IS NULL".to_owned()].into_iter().chain(rules).collect();
    parts.extend(search_sql(request, args));
    parts.join(" AND ")
}

/// As [`found`], and that the quick filter leaves the customer.
fn left(request: &Request, thresholds: &Thresholds, ask: Ask, args: &mut Args) -> String {
    let found = found(request, ask, args);
    format!("{found} AND {}", to_sql(&request.quick.rule(thresholds), ask, args))
}

/// The condition that the search finds a customer: every term in some field or tag, or the whole as a phone number, or by an
/// identifier that is not in these fields. `None` where nothing is searched for.
fn search_sql(request: &Request, args: &mut Args) -> Option<String> {
    let search = Search::parse(&request.search);
    if search.is_empty() {
        return None;
    }
    let fields = ["c.name_key", "c.email_key", "c.phone_key", "LOWER(COALESCE(c.account_number, ''))"];
    let any_field = |place: usize| fields.map(|field| format!("{field} LIKE ${place} ESCAPE '\\'")).join(" OR ");
    let mut containing = |text: &String| args.push(format!("%{}%", escape_like(text)));
    let terms = search.terms().iter().map(|term| {
        let place = containing(term);
        format!(
            "({} OR EXISTS (SELECT 1 FROM customer_tags m JOIN tags t ON t.id = m.tag_id
                            WHERE m.customer_id = c.id AND t.name_key LIKE ${place} ESCAPE '\\'))",
            any_field(place)
        )
    });
    let mut ways = vec![format!("({})", terms.collect::<Vec<_>>().join(" AND "))];
    ways.extend(search.phones().iter().map(|digits| format!("({})", any_field(containing(digits)))));
    let mut hits = request.order_hits.clone();
    hits.extend(&request.pinned);
    if !hits.is_empty() {
        ways.push(format!("c.id IN ({})", places(&hits, args)));
    }
    Some(format!("({})", ways.join(" OR ")))
}

/// The result of a query and how it is sorted.
struct Listing<'a, Q> {
    q: &'a Q,
    /// Those of the pinned whom the filters leave; they come first.
    pinned: Vec<CustomerId>,
    /// `SELECT id, number, text FROM … WHERE …` of the others, with its binds.
    select: String,
    args: Args,
    sort: SortSql,
    descending: bool,
}

/// A stretch of the list.
#[derive(Default)]
struct Page {
    rows: Vec<Cursor>,
    has_previous: bool,
    has_next: bool,
}

/// A gap between two rows of the list: what precedes it and what follows it is everything.
enum Gap<'k> {
    /// Before the pinned customer of this number, or after the last one.
    Pinned(usize),
    /// Among the others, before this key and id in ascending order, whether or not anybody has them.
    At(&'k SortKey, i64),
    End,
}

impl<'a, Q: Query> Listing<'a, Q> {
    async fn new(q: &'a Q, request: &Request, thresholds: &Thresholds, ask: Ask) -> DbResult<Self> {
        let pinned = pinned(q, request, thresholds, ask).await?;
        let mut args = args![];
        let sort = SortSql::new(request.sort, thresholds, ask, &mut args);
        let mut condition = left(request, thresholds, ask, &mut args);
        if !pinned.is_empty() {
            condition = format!("{condition} AND c.id NOT IN ({})", places(&pinned, &mut args));
        }
        let (number, text) = if sort.is_text { ("CAST(0 AS BIGINT)", sort.key.as_str()) } else { (sort.key.as_str(), "''") };
        let select = format!("SELECT c.id, {number}, {text} FROM {} WHERE {condition}", sort.from);
        Ok(Self { q, pinned, select, args, sort, descending: request.descending })
    }

    async fn page(&self, request: &PageRequest, limit: usize) -> DbResult<Page> {
        match request {
            PageRequest::First => self.after(Gap::Pinned(0), limit).await,
            PageRequest::Last => self.before(Gap::End, limit).await,
            PageRequest::After(cursor) => self.after(self.gap(cursor, true).unwrap_or(Gap::Pinned(0)), limit).await,
            PageRequest::Before(cursor) => self.before(self.gap(cursor, false).unwrap_or(Gap::End), limit).await,
        }
    }

    /// The gap after or before a cursor; `None` where it was made for another column.
    fn gap<'k>(&self, cursor: &'k Cursor, after: bool) -> Option<Gap<'k>> {
        let fits = match &cursor.key {
            SortKey::Pinned => {
                let at = self.pinned.iter().position(|id| *id == cursor.id);
                // One that is pinned no more stood before all the others.
                return Some(Gap::Pinned(at.map_or(self.pinned.len(), |at| at + usize::from(after))));
            }
            SortKey::Text(_) => self.sort.is_text,
            SortKey::Number(_) => !self.sort.is_text,
        };
        let id = cursor.id.0;
        fits.then(|| Gap::At(&cursor.key, if after == self.descending { id } else { id.saturating_add(1) }))
    }

    async fn after(&self, gap: Gap<'_>, limit: usize) -> DbResult<Page> {
        let mut rows = self.following(&gap, limit.saturating_add(1)).await?;
        let has_next = rows.len() > limit;
        rows.truncate(limit);
        Ok(Page { has_previous: !self.preceding(&gap, 1).await?.is_empty(), has_next, rows })
    }

    async fn before(&self, gap: Gap<'_>, limit: usize) -> DbResult<Page> {
        let mut rows = self.preceding(&gap, limit.saturating_add(1)).await?;
        let has_previous = rows.len() > limit;
        rows.truncate(limit);
        rows.reverse();
        Ok(Page { has_previous, has_next: !self.following(&gap, 1).await?.is_empty(), rows })
    }

    /// The next `n` after a gap.
    async fn following(&self, gap: &Gap<'_>, n: usize) -> DbResult<Vec<Cursor>> {
        let (pinned, from) = match gap {
            Gap::Pinned(at) => (&self.pinned[*at..], None),
            Gap::At(key, id) => (&[][..], Some((*key, *id))),
            Gap::End => return Ok(Vec::new()),
        };
        let mut rows: Vec<Cursor> = pinned.iter().take(n).map(pinned_cursor).collect();
        rows.extend(self.of_the_rest(from, !self.descending, n - rows.len()).await?);
        Ok(rows)
    }

    /// The `n` before a gap, the nearest first.
    async fn preceding(&self, gap: &Gap<'_>, n: usize) -> DbResult<Vec<Cursor>> {
        let (pinned, mut rows) = match gap {
            Gap::Pinned(at) => (&self.pinned[..*at], Vec::new()),
            Gap::At(key, id) => (&self.pinned[..], self.of_the_rest(Some((*key, *id)), self.descending, n).await?),
            Gap::End => (&self.pinned[..], self.of_the_rest(None, self.descending, n).await?),
        };
        rows.extend(pinned.iter().rev().take(n - rows.len()).map(pinned_cursor));
        Ok(rows)
    }

    /// The nearest `n` of the unpinned from a place on upwards, or below it downwards; from the end where there is none.
    async fn of_the_rest(&self, from: Option<(&SortKey, i64)>, upwards: bool, n: usize) -> DbResult<Vec<Cursor>> {
        if n == 0 {
            return Ok(Vec::new());
        }
        let SortSql { key, id, is_text, .. } = &self.sort;
        let (direction, beyond) = if upwards { ("ASC", ">=") } else { ("DESC", "<") };
        let mut args = self.args.clone();
        let mut sql = self.select.clone();
        if let Some((from, from_id)) = from {
            let at = match from {
                SortKey::Number(number) => args.push(*number),
                SortKey::Text(text) => args.push(text),
                SortKey::Pinned => return Ok(Vec::new()),
            };
            sql.push_str(&format!(" AND ({key}, {id}) {beyond} (${at}, ${})", args.push(from_id)));
        }
        sql.push_str(&format!(" ORDER BY {key} {direction}, {id} {direction} LIMIT ${}", args.push(n)));
        let rows: Vec<(i64, i64, String)> = self.q.all(&sql, args).await?;
        let cursor = |(id, number, text)| {
            let key = if *is_text { SortKey::Text(text) } else { SortKey::Number(number) };
            Cursor { key, id: CustomerId(id) }
        };
        Ok(rows.into_iter().map(cursor).collect())
    }
}

fn pinned_cursor(id: &CustomerId) -> Cursor {
    Cursor { key: SortKey::Pinned, id: *id }
}

/// Those of the pinned whom scope, rule and quick filter leave, in their order, none twice.
async fn pinned(q: &impl Query, request: &Request, thresholds: &Thresholds, ask: Ask) -> DbResult<Vec<CustomerId>> {
    if request.pinned.is_empty() {
        return Ok(Vec::new());
    }
    let mut args = args![];
    let left = left(request, thresholds, ask, &mut args);
    let sql = format!("SELECT c.id FROM {FROM} WHERE {left} AND c.id IN ({})", places(&request.pinned, &mut args));
    let rows: Vec<(i64,)> = q.all(&sql, args).await?;
    let mut pinned: Vec<CustomerId> = Vec::new();
    for id in &request.pinned {
        if rows.contains(&(id.0,)) && !pinned.contains(id) {
            pinned.push(*id);
        }
    }
    Ok(pinned)
}

/// What a column sorts by, in SQL. Never NULL: keysets would skip it.
struct SortSql {
    key: String,
    /// The customer's id, of the same table as the key, so that one index has both.
    id: &'static str,
    is_text: bool,
    from: &'static str,
}

impl SortSql {
    fn new(column: SortColumn, thresholds: &Thresholds, ask: Ask, args: &mut Args) -> Self {
        let customer = |key: &str, is_text| Self { key: key.to_owned(), id: "c.id", is_text, from: FROM };
        let figure = |key: &str| Self { key: key.to_owned(), id: "s.customer_id", is_text: false, from: FROM };
        match column {
            SortColumn::Name => customer("c.name_key", true),
            SortColumn::Email => customer("c.email_key", true),
            SortColumn::Location => customer("c.location_key", true),
            SortColumn::Registered => customer("c.registered_at", false),
            SortColumn::Orders => figure("s.orders_count"),
            SortColumn::Spent => figure("s.spent_minor"),
            SortColumn::Aov => figure("s.aov_minor"),
            SortColumn::LastOrder => figure("s.last_order_at"),
            SortColumn::Credit => figure("s.credit_minor"),
            SortColumn::Points => figure("s.points"),
            SortColumn::Group => Self { from: FROM_WITH_GROUPS, ..customer("g.name_key", true) },
            SortColumn::Tags => {
                let first =
                    "SELECT MIN(t.name_key) FROM customer_tags m JOIN tags t ON t.id = m.tag_id WHERE m.customer_id = c.id";
                customer(&format!("COALESCE(({first}), '{NO_TAG}')"), true)
            }
            SortColumn::Status => {
                let active = to_sql(&QuickFilter::Active.rule(thresholds), ask, args);
                let status = format!("CASE WHEN c.account_status = 'blocked' THEN 0 WHEN {active} THEN 1 ELSE 2 END");
                customer(&format!("CAST({status} AS BIGINT)"), false)
            }
        }
    }
}
