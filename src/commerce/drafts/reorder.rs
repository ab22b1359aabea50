//! Ordering the same again (O3): a new draft with the same items, at today's prices.

use super::service::{NewDraft, create};
use super::store::{self, LineRow};
use super::{DraftEdit, LineEdit, ReorderChange, ReorderDifference, Reordered};
use crate::args;
use crate::base::{AppError, AppResult, Currency, CustomerId, Money, OrderId, ProductId};
use crate::commerce::eligibility::Member;
use crate::commerce::orders::service::currency;
use crate::commerce::orders::{Clerk, DraftKind};
use crate::commerce::products::store::{self as products, Product};
use crate::server::{Query, Tx};

/// Writes a draft with the items of an order; what is no longer sold is left out, and what costs something else is named.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`] on `lines` when nothing of it can be ordered.
pub async fn reorder(tx: &Tx, clerk: &Clerk<'_>, order: OrderId) -> AppResult<Reordered> {
    let row: Option<(i64, i64, String, String)> =
        tx.optional("SELECT customer_id, store_id, currency, rate FROM orders WHERE id = $1", args![order]).await?;
    let (customer, store, code, rate) = row.ok_or(AppError::NotFound)?;
    let (customer, currency) = (CustomerId(customer), currency(&code)?);
    let lines = store::lines(tx, order).await?;
    let (edits, changes) = compare(tx, clerk, customer, currency, &lines).await?;
    if edits.is_empty() {
        return Err(AppError::invalid("lines", "drafts.nothing_to_reorder"));
    }
    let edit = DraftEdit { lines: edits, ..DraftEdit::default() };
    let new = NewDraft { customer, store: Some(store), kind: DraftKind::Staff, currency: Some(&code), rate: Some(&rate), edit };
    Ok(Reordered { draft: create(tx, clerk, new).await?, changes })
}

/// What can be ordered again, and what is not as it was.
async fn compare(
    q: &impl Query,
    clerk: &Clerk<'_>,
    customer: CustomerId,
    currency: Currency,
    lines: &[LineRow],
) -> AppResult<(Vec<LineEdit>, Vec<ReorderChange>)> {
    let mut purchaser = super::buyer::get(q, clerk.settings, customer, clerk.now()).await?;
    let ids: Vec<ProductId> = lines.iter().filter_map(|line| line.product_id).map(ProductId).collect();
    let found = products::list_by_id(q, &ids, purchaser.group.price_list()).await?;
    purchaser.ask(q, clerk.settings, clerk.zone, clerk.now(), &found).await?;
    let (mut edits, mut changes) = (Vec::new(), Vec::new());
    for line in lines {
        let product = found.iter().find(|product| Some(product.id.0) == line.product_id);
        let (price, difference) = match product {
            None => (None, Some(ReorderDifference::Missing)),
            Some(product) => today(clerk, product, currency, &purchaser.audience.member),
        };
        let difference = difference.or_else(|| {
            let before = Money::new(line.unit_price_minor, currency);
            price.filter(|now| *now != before).map(|now| ReorderDifference::Price { before, now })
        });
        if let (Some(product), Some(_)) = (product, price) {
            edits.push(LineEdit { product: product.id, quantity: line.quantity });
        }
        changes.extend(difference.map(|what| ReorderChange { name: line.name.clone(), what }));
    }
    Ok((edits, changes))
}

/// What a piece costs today before discounts, or why it cannot be ordered.
fn today(
    clerk: &Clerk<'_>,
    product: &Product,
    currency: Currency,
    member: &Member,
) -> (Option<Money>, Option<ReorderDifference>) {
    match (product.prices_in(currency), product.available.refusal(member, clerk.now())) {
        (None, _) | (_, Some("products.not_sold")) => (None, Some(ReorderDifference::Missing)),
        (_, Some(_)) => (None, Some(ReorderDifference::NotYet)),
        (Some((list, own)), None) => (Some(own.unwrap_or(list)), None),
    }
}
