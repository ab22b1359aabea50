//! What templates are filled with about customers and the shop.

use super::{Recipient, Value, Variables};
use crate::args;
use crate::base::{AppError, AppResult, BranchId, CustomerId, Day, Money};
use crate::customers::name::display_name;
use crate::customers::profile::store::get_visible;
use crate::office::settings::ShopSettings;
use crate::server::db::Args;
use crate::server::db::dialect::numbers_of_json;
use crate::server::{DbResult, Query, Viewer};

/// What every template says of the shop.
#[must_use]
pub fn shop(settings: &ShopSettings) -> Variables {
    let invoice = &settings.invoice;
    let lines = [invoice.company.as_str()].into_iter().chain(invoice.address.lines());
    let address: Vec<&str> = lines.map(str::trim).filter(|line| !line.is_empty()).collect();
    let shop = Variables::new().having("shop.name", settings.name.as_str()).having("shop.address", address.join(", "));
    shop.having("shop.url", Value::Url(settings.website.clone()))
}

/// A customer who is written to.
#[derive(sqlx::FromRow)]
struct CustomerRow {
    id: i64,
    first_name: String,
    last_name: String,
    company: String,
    email: String,
    registered_day: i64,
    orders_count: i64,
    spent_minor: i64,
    last_order_day: i64,
    credit_minor: i64,
    points: i64,
    tier: String,
}

const CUSTOMERS: &str = "SELECT c.id, c.first_name, c.last_name, c.company, c.email, c.registered_day, COALESCE(s.orders_count, 0) AS orders_count,
      COALESCE(s.spent_minor, 0) AS spent_minor, COALESCE(s.last_order_day, 0) AS last_order_day, COALESCE(s.credit_minor, 0) AS credit_minor,
      COALESCE(s.points, 0) AS points, COALESCE(m.tier, '') AS tier
    FROM customers c LEFT JOIN customer_stats s ON s.customer_id = c.id LEFT JOIN loyalty_members m ON m.customer_id = c.id";

/// The variables of many customers, in no order; who is gone is left out.
///
/// # Errors
/// When the database does not answer.
pub async fn load(q: &impl Query, settings: &ShopSettings, ids: &[CustomerId]) -> DbResult<Vec<(CustomerId, Variables)>> {
    let json = serde_json::to_string(ids).unwrap_or_else(|_| "[]".into());
    let sql = format!("{CUSTOMERS} WHERE c.id IN ({})", numbers_of_json(q, "$1"));
    let rows: Vec<CustomerRow> = q.all(&sql, args![json]).await?;
    Ok(rows.into_iter().map(|row| (CustomerId(row.id), variables(settings, row))).collect())
}

fn variables(settings: &ShopSettings, row: CustomerRow) -> Variables {
    let money = |minor| Money::new(minor, settings.base_currency);
    let day = |day: i64| Day(i32::try_from(day).unwrap_or_default());
    let tier = settings.loyalty.tier(&row.tier).map(|tier| tier.name.clone()).unwrap_or_default();
    let mut variables = Variables::new()
        .having("customer.name", display_name(&row.first_name, &row.last_name, &row.company, ""))
        .having("customer.first_name", row.first_name)
        .having("customer.last_name", row.last_name)
        .having("customer.email", row.email)
        .having("customer.credit", money(row.credit_minor))
        .having("customer.orders", row.orders_count)
        .having("customer.points", row.points)
        .having("customer.since", day(row.registered_day))
        .having("customer.total_spent", money(row.spent_minor))
        .having("customer.tier", tier);
    if row.last_order_day > 0 {
        variables.set("customer.lastorder", Value::Date(day(row.last_order_day)));
    }
    variables
}

/// A customer who exists for this member, for a preview.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn get(ctx: Viewer<'_>, id: CustomerId) -> AppResult<(CustomerId, Variables)> {
    let id = get_visible(&ctx.state.db, ctx.scope(), id).await?;
    load(&ctx.state.db, &ctx.state.settings(), &[id]).await?.pop().ok_or(AppError::NotFound)
}

/// The customer with an address whose id comes next, or before; the first or last of all where there is none to start from.
///
/// # Errors
/// When the database does not answer.
pub async fn neighbour(
    q: &impl Query,
    scope: Option<&[BranchId]>,
    of: Option<CustomerId>,
    forward: bool,
) -> DbResult<Option<Recipient>> {
    let (sign, order, from) = if forward { (">", "ASC", 0) } else { ("<", "DESC", i64::MAX) };
    let mut args = args![of.map_or(from, |id| id.0)];
    let visible = in_scope(scope, &mut args);
    let sql = format!(
        "SELECT c.id, c.first_name, c.last_name, c.company, c.email FROM customers c
         WHERE c.id {sign} $1 AND c.email <> '' AND c.merged_into_id IS NULL AND c.anonymised_at IS NULL{visible} ORDER BY c.id {order} LIMIT 1"
    );
    let row: Option<(i64, String, String, String, String)> = q.optional(&sql, args).await?;
    Ok(row.map(|(id, first, last, company, email)| Recipient {
        id: CustomerId(id),
        name: display_name(&first, &last, &company, &email).to_string(),
        email,
    }))
}

fn in_scope(scope: Option<&[BranchId]>, args: &mut Args) -> String {
    match scope {
        None => String::new(),
        Some([]) => " AND 1 = 0".to_owned(),
        Some(branches) => {
            let binds: Vec<String> = branches.iter().map(|branch| format!("${}", args.push(*branch))).collect();
            format!(" AND c.branch_id IN ({})", binds.join(", "))
        }
    }
}
