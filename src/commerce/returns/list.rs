//! The list of returns, for those who work them off.

use super::{RequestedBy, ReturnList, ReturnQuery, ReturnReason, ReturnRow, ReturnStatus, Which};
use crate::args;
use crate::base::{AppResult, BranchId, CustomerId, OrderId, ReturnId, Timestamp};
use crate::commerce::orders::Buyer;
use crate::customers::name::display_name;
use crate::server::{Args, Context, DbResult, Query, internal};

/// Returns on a page.
const PAGE: usize = 50;
/// What a status must be one of for the index of open returns to serve.
const OPEN: &str = "r.status IN ('requested', 'approved', 'received')";

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    number: String,
    status: String,
    reason: String,
    requested_by: String,
    requested_at: i64,
    units: i64,
    order_id: i64,
    order_number: Option<String>,
    customer_id: i64,
    first_name: String,
    last_name: String,
    company: String,
    email: String,
}

/// A page of returns of customers who exist for the member who asks.
///
/// # Errors
/// When the database does not answer.
pub async fn page(ctx: &Context, query: &ReturnQuery) -> AppResult<ReturnList> {
    let place = query.position.as_ref().and_then(|sealed| open(ctx, sealed));
    let mut rows = rows(&ctx.state.db, ctx.scope(), query, place).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| ctx.state.keys.seal(format!("returns|{}", row.id).as_bytes()));
    let rows = rows.into_iter().map(|row| line(ctx, row)).collect::<AppResult<_>>()?;
    Ok(ReturnList { rows, open: count_open(&ctx.state.db, ctx.scope()).await?, next })
}

fn open(ctx: &Context, sealed: &str) -> Option<i64> {
    String::from_utf8(ctx.state.keys.open(sealed)?).ok()?.strip_prefix("returns|")?.parse().ok()
}

async fn rows(q: &impl Query, scope: Option<&[BranchId]>, query: &ReturnQuery, place: Option<i64>) -> DbResult<Vec<Row>> {
    let mut args = args![PAGE + 1];
    let mut wanted = vec![match query.which {
        Which::Open => OPEN.to_owned(),
        Which::Status(status) if status.is_open() => format!("{OPEN} AND r.status = ${}", args.push(status.code())),
        Which::Status(status) => format!("r.status = ${}", args.push(status.code())),
        Which::All => "1 = 1".to_owned(),
    }];
    let (than, direction) = if query.which.oldest_first() { (">", "ASC") } else { ("<", "DESC") };
    if let Some(place) = place {
        wanted.push(format!("r.id {than} ${}", args.push(place)));
    }
    let text = query.search.trim().trim_start_matches('#').to_uppercase();
    if !text.is_empty() {
        let (from, to) = (args.push(text.as_str()), args.push(format!("{text}\u{10ffff}")));
        wanted.push(format!("(r.number >= ${from} AND r.number < ${to} OR o.number >= ${from} AND o.number < ${to})"));
    }
    wanted.extend(within(scope, &mut args));
    // Numbers and times of requests run with the ids, so the id alone is the order.
    let sql = format!(
        "SELECT r.id, r.number, r.status, r.reason, r.requested_by, r.requested_at,
           CAST(COALESCE((SELECT SUM(l.quantity) FROM return_lines l WHERE l.return_id = r.id), 0) AS BIGINT) AS units,
           o.id AS order_id, o.number AS order_number, c.id AS customer_id, c.first_name, c.last_name, c.company, c.email
         FROM returns r JOIN orders o ON o.id = r.order_id JOIN customers c ON c.id = o.customer_id
         WHERE {} ORDER BY r.id {direction} LIMIT $1",
        wanted.join(" AND ")
    );
    q.all(&sql, args).await
}

/// How many wait, by status.
async fn count_open(q: &impl Query, scope: Option<&[BranchId]>) -> DbResult<[i64; 3]> {
    let mut args = args![];
    let within = within(scope, &mut args).map(|condition| format!(" AND {condition}")).unwrap_or_default();
    let sql = format!(
        "SELECT r.status, COUNT(*) FROM returns r JOIN orders o ON o.id = r.order_id JOIN customers c ON c.id = o.customer_id
         WHERE {OPEN}{within} GROUP BY r.status"
    );
    let counted: Vec<(String, i64)> = q.all(&sql, args).await?;
    let of = |status: ReturnStatus| counted.iter().find(|(code, _)| code == status.code()).map_or(0, |(_, count)| *count);
    Ok([of(ReturnStatus::Requested), of(ReturnStatus::Approved), of(ReturnStatus::Received)])
}

/// The condition that the customer is of one of these branches.
fn within(scope: Option<&[BranchId]>, args: &mut Args) -> Option<String> {
    let branches = scope?;
    if branches.is_empty() {
        return Some("1 = 0".to_owned());
    }
    let binds: Vec<String> = branches.iter().map(|branch| format!("${}", args.push(*branch))).collect();
    Some(format!("c.branch_id IN ({})", binds.join(", ")))
}

fn line(ctx: &Context, row: Row) -> AppResult<ReturnRow> {
    let unknown = || internal(&format!("return {} is {:?} for {:?} by {:?}", row.id, row.status, row.reason, row.requested_by));
    Ok(ReturnRow {
        id: ReturnId(row.id),
        status: ReturnStatus::parse(&row.status).ok_or_else(unknown)?,
        reason: ReturnReason::parse(&row.reason).ok_or_else(unknown)?,
        requested_by: RequestedBy::parse(&row.requested_by).ok_or_else(unknown)?,
        number: row.number.clone(),
        requested: ctx.state.zone().moment(Timestamp(row.requested_at)),
        units: row.units,
        order: OrderId(row.order_id),
        order_number: row.order_number.clone().unwrap_or_default(),
        buyer: Buyer {
            id: CustomerId(row.customer_id),
            name: display_name(&row.first_name, &row.last_name, &row.company, &row.email),
            email: row.email.clone(),
        },
    })
}
