//! The server functions of products and price lists.

use super::{PriceListEdit, PriceListPage, PriceLists, ProductEdit, ProductPage};
use crate::base::{AppError, PriceListId, ProductId, Wire};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{ProductQuery, manage, store},
    crate::commerce::eligibility::store::groups,
    crate::commerce::orders::Clerk,
    crate::office::staff::Right,
    crate::server::authorise,
};

/// A page of products; `query` is the URL's.
#[server(protocol = Wire)]
pub async fn list_products(query: String) -> Result<ProductPage, AppError> {
    let ctx = authorise(Right::ManageSettings)?;
    let (settings, now) = (ctx.state.settings(), ctx.state.clock.now());
    manage::list(&ctx.state.db, &settings, ctx.state.zone(), &ProductQuery::parse(&query), now).await
}

/// Adds or changes a product.
#[server(protocol = Wire)]
pub async fn save_product(edit: ProductEdit) -> Result<ProductId, AppError> {
    let ctx = authorise(Right::ManageSettings)?;
    let settings = ctx.state.settings();
    let tx = ctx.state.db.begin().await?;
    let id = manage::save(&tx, &Clerk::member(&ctx, &settings), &edit).await?;
    tx.commit().await?;
    Ok(id)
}

/// All price lists.
#[server(protocol = Wire)]
pub async fn list_price_lists() -> Result<PriceLists, AppError> {
    let ctx = authorise(Right::ManageSettings)?;
    let db = &ctx.state.db;
    let base = ctx.state.settings().base_currency;
    Ok(PriceLists { lists: store::lists(db).await?, groups: groups(db).await?, base })
}

/// Adds or changes a price list.
#[server(protocol = Wire)]
pub async fn save_price_list(edit: PriceListEdit) -> Result<PriceListId, AppError> {
    let ctx = authorise(Right::ManageSettings)?;
    let settings = ctx.state.settings();
    let tx = ctx.state.db.begin().await?;
    let id = manage::save_list(&tx, &Clerk::member(&ctx, &settings), &edit).await?;
    tx.commit().await?;
    Ok(id)
}

/// A page of a price list; `query` is the URL's.
#[server(protocol = Wire)]
pub async fn open_price_list(list: PriceListId, query: String) -> Result<PriceListPage, AppError> {
    let ctx = authorise(Right::ManageSettings)?;
    manage::open_list(&ctx.state.db, list, &ProductQuery::parse(&query)).await
}

/// Sets a product's price on a list; an empty one takes it off.
#[server(protocol = Wire)]
pub async fn save_list_price(list: PriceListId, product: ProductId, price: String) -> Result<(), AppError> {
    let ctx = authorise(Right::ManageSettings)?;
    let settings = ctx.state.settings();
    let tx = ctx.state.db.begin().await?;
    manage::set_price(&tx, &Clerk::member(&ctx, &settings), list, product, &price).await?;
    tx.commit().await?;
    Ok(())
}
