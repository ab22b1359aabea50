//! Reading drafts for their editor.

use super::service::assemble;
use super::{DraftView, buyer, store};
use crate::args;
use crate::base::text::truncate;
use crate::base::{AppError, AppResult, OrderId};
use crate::commerce::orders::{Buyer, Clerk};
use crate::commerce::products::FoundProduct;
use crate::commerce::products::store::{self as products, Product};
use crate::customers::name::display_name;
use crate::server::{Context, Query};

/// Products that a search shows.
const FOUND: usize = 12;
/// The longest text that is searched for, in characters.
const TEXT: usize = 100;

/// A draft with everything that its editor shows.
pub(super) async fn view(ctx: &Context, clerk: &Clerk<'_>, order: OrderId) -> AppResult<DraftView> {
    let db = &ctx.state.db;
    let draft = store::get(db, order).await?;
    let edit = draft.edit();
    let quote = assemble(db, clerk, &draft, &edit).await?.quote;
    let sql = "SELECT first_name, last_name, company, email FROM customers WHERE id = $1";
    let (first, last, company, email): (String, String, String, String) = db.one(sql, args![draft.customer]).await?;
    let store = store::find_store(db, draft.store).await?.ok_or(AppError::NotFound)?.0;
    let addresses = store::addresses(db, draft.customer).await?;
    Ok(DraftView {
        id: draft.id,
        version: draft.version,
        kind: draft.kind,
        buyer: Buyer { id: draft.customer, name: display_name(&first, &last, &company, &email), email },
        store,
        currency: draft.currency,
        base: clerk.settings.base_currency,
        edit,
        quote,
        addresses: addresses.into_iter().map(|saved| (saved.id, saved.address)).collect(),
        changed: clerk.zone.moment(draft.updated),
        changed_by: store::changed_by(db, order).await?,
    })
}

/// Products for a draft.
pub(super) async fn find_products(ctx: &Context, order: OrderId, text: &str) -> AppResult<Vec<FoundProduct>> {
    let text = truncate(text.trim(), TEXT);
    if text.is_empty() {
        return Ok(vec![]);
    }
    let (db, settings, now) = (&ctx.state.db, ctx.state.settings(), ctx.state.clock.now());
    let draft = store::get(db, order).await?;
    let mut purchaser = buyer::get(db, &settings, draft.customer, now).await?;
    let found = products::search(db, text, purchaser.group.price_list(), ctx.scope(), FOUND).await?;
    purchaser.ask(db, &settings, ctx.state.zone(), now, &found).await?;
    let product = |product: Product| {
        let (price, refusal) = match product.prices_in(draft.currency) {
            Some((list, own)) => (own.unwrap_or(list), product.available.refusal(&purchaser.audience.member, now)),
            None => (product.price, Some("products.other_currency_short")),
        };
        FoundProduct {
            id: product.id,
            sku: product.sku,
            name: product.name,
            category: product.category,
            kind: product.kind,
            price,
            refusal: refusal.map(|key| match key {
                "products.not_yet" => "products.not_yet_short".to_owned(),
                key => key.to_owned(),
            }),
        }
    };
    Ok(found.into_iter().map(product).collect())
}
