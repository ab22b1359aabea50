//! The palette's server function.

use super::Found;
#[cfg(feature = "ssr")]
use super::{FoundCustomer, FoundOrder};
#[cfg(feature = "ssr")]
use crate::base::text::truncate;
use crate::base::{AppError, Wire};
#[cfg(feature = "ssr")]
use crate::base::{BranchId, Currency, Money, OrderId};
#[cfg(feature = "ssr")]
use crate::customers::list::{ListState, MAX_SEARCH, PageSize, service};
#[cfg(feature = "ssr")]
use crate::office::staff::Right;
#[cfg(feature = "ssr")]
use crate::server::{DbResult, Query, authorise};
use leptos::prelude::*;

/// Customers as the list finds them, and orders by number.
#[server(protocol = Wire)]
pub async fn palette_search(text: String) -> Result<Found, AppError> {
    const SHOWN: usize = 7;
    let ctx = authorise(Right::View)?;
    let search = truncate(text.trim(), MAX_SEARCH).to_owned();
    if search.is_empty() {
        return Ok(Found::default());
    }
    let list = ListState { search: search.clone(), page_size: PageSize::Rows25, ..ListState::default() };
    let answer = service::answer(&ctx.state, ctx.scope(), &list).await?;
    let customers = answer.rows.into_iter().take(SHOWN).map(|row| {
        let name = row.display_name().to_owned();
        FoundCustomer { id: row.id, name, email: row.email, spent: row.spent, hit: row.hit }
    });
    let orders = find_orders(&ctx.state.db, ctx.scope(), &search).await?;
    Ok(Found { customers: customers.collect(), orders })
}

/// Orders whose number starts with `text`, from four characters.
#[cfg(feature = "ssr")]
async fn find_orders(q: &impl Query, scope: Option<&[BranchId]>, text: &str) -> DbResult<Vec<FoundOrder>> {
    let text = text.strip_prefix('#').unwrap_or(text);
    if text.len() < 4 || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Ok(Vec::new());
    }
    let mut args = crate::args![text, format!("{text}~")];
    let visible = match scope {
        None => String::new(),
        Some([]) => " AND 1 = 0".to_owned(),
        Some(branches) => {
            let binds: Vec<String> = branches.iter().map(|branch| format!("${}", args.push(*branch))).collect();
            format!(" AND c.branch_id IN ({})", binds.join(", "))
        }
    };
    let sql = format!(
        "SELECT o.id, o.number, c.first_name, c.last_name, o.total_minor, o.currency
         FROM orders o JOIN customers c ON c.id = o.customer_id
         WHERE o.number >= $1 AND o.number < $2 AND o.status <> 'draft'{visible} ORDER BY o.number LIMIT 5"
    );
    let rows: Vec<(i64, String, String, String, i64, String)> = q.all(&sql, args).await?;
    let order = |(id, number, first, last, total, currency): (i64, String, String, String, i64, String)| FoundOrder {
        id: OrderId(id),
        number,
        customer: format!("{first} {last}").trim().to_owned(),
        total: Money::new(total, Currency::parse(&currency).unwrap_or(Currency::USD)),
    };
    Ok(rows.into_iter().map(order).collect())
}
