//! All SQL of writing a campaign.

use super::{ProductRule, TestMail};
use crate::args;
use crate::base::{BranchId, CustomerId, MailId, ProductId, Timestamp};
use crate::customers::name::display_name;
use crate::messages::delivery::test_mail::TEMPLATE;
use crate::messages::templates::Recipient;
use crate::server::db::dialect::numbers_of_json;
use crate::server::{DbResult, Query};

/// The language that a customer is written to in.
///
/// # Errors
/// When the database does not answer.
pub async fn locale(q: &impl Query, id: CustomerId) -> DbResult<Option<String>> {
    let row: Option<(String,)> = q.optional("SELECT locale FROM customers WHERE id = $1", args![id]).await?;
    Ok(row.map(|(locale,)| locale).filter(|locale| !locale.is_empty()))
}

/// Customers as previews name them, by id.
///
/// # Errors
/// When the database does not answer.
pub async fn recipients(q: &impl Query, ids: &[CustomerId]) -> DbResult<Vec<Recipient>> {
    let json = serde_json::to_string(ids).unwrap_or_else(|_| "[]".into());
    let sql = format!(
        "SELECT id, first_name, last_name, company, email FROM customers WHERE id IN ({}) ORDER BY id",
        numbers_of_json(q, "$1")
    );
    let rows: Vec<(i64, String, String, String, String)> = q.all(&sql, args![json]).await?;
    let recipient = |(id, first, last, company, email): (i64, String, String, String, String)| Recipient {
        id: CustomerId(id),
        name: display_name(&first, &last, &company, &email),
        email,
    };
    Ok(rows.into_iter().map(recipient).collect())
}

/// The products of a rule, the first first, as far as they are sold in these branches. Best sellers are those since `since`.
///
/// # Errors
/// When the database does not answer.
pub async fn picked(
    q: &impl Query,
    rule: ProductRule,
    scope: Option<&[BranchId]>,
    since: Timestamp,
    limit: usize,
) -> DbResult<Vec<ProductId>> {
    let mut args = args![];
    let mut wanted = "p.active AND p.kind = 'goods'".to_owned();
    if let Some(branches) = scope {
        let json = serde_json::Value::from(branches.iter().map(|branch| branch.0).collect::<Vec<_>>()).to_string();
        let bind = args.push(json);
        wanted.push_str(&format!(" AND (p.branch_id IS NULL OR p.branch_id IN ({}))", numbers_of_json(q, &format!("${bind}"))));
    }
    let sql = match rule {
        ProductRule::BestSellers => format!(
            "SELECT p.id FROM products p JOIN order_lines l ON l.product_id = p.id JOIN orders o ON o.id = l.order_id
             WHERE {wanted} AND o.status = 'placed' AND o.placed_at > ${}
             GROUP BY p.id ORDER BY SUM(l.quantity) DESC, p.id LIMIT {limit}",
            args.push(since)
        ),
        ProductRule::Newest => {
            format!("SELECT p.id FROM products p WHERE {wanted} ORDER BY p.created_at DESC, p.id DESC LIMIT {limit}")
        }
    };
    let rows: Vec<(i64,)> = q.all(&sql, args).await?;
    Ok(rows.into_iter().map(|(id,)| ProductId(id)).collect())
}

/// Test mails of these ids whose keys begin with `prefix`.
///
/// # Errors
/// When the database does not answer.
pub async fn tests(q: &impl Query, ids: &[MailId], prefix: &str) -> DbResult<Vec<TestMail>> {
    let json = serde_json::Value::from(ids.iter().map(|id| id.0).collect::<Vec<_>>()).to_string();
    let sql = format!(
        "SELECT id, recipient, state, why, answer, dedup_key FROM outbox WHERE id IN ({}) AND template = $2 ORDER BY id",
        numbers_of_json(q, "$1")
    );
    let rows: Vec<(i64, String, String, String, String, String)> = q.all(&sql, args![json, TEMPLATE]).await?;
    let own = rows.into_iter().filter(|row| row.5.starts_with(prefix));
    Ok(own.map(|(id, to, state, why, answer, _)| TestMail { id: MailId(id), to, state, why, answer }).collect())
}

/// The ids of the mails of these keys.
///
/// # Errors
/// When the database does not answer.
pub async fn ids_of_keys(q: &impl Query, keys: &[String]) -> DbResult<Vec<MailId>> {
    let mut ids = Vec::new();
    for key in keys {
        let row: Option<(i64,)> = q.optional("SELECT id FROM outbox WHERE dedup_key = $1", args![key.as_str()]).await?;
        ids.extend(row.map(|(id,)| MailId(id)));
    }
    Ok(ids)
}
