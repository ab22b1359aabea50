//! Products and price lists as staff write them.

use super::form::*;
use super::store::{self, Written};
use crate::base::{AppError, AppResult, Currency, Day, Money, PriceListId, ProductId, Timestamp};
use crate::commerce::eligibility::{self, Early, EarlyForm};
use crate::commerce::orders::Clerk;
use crate::office::audit::Change;
use crate::office::audit::store::{Entry, record};
use crate::office::settings::ShopSettings;
use crate::office::settings::zone::Zone;
use crate::server::{DbError, Query, Tx};

/// Products on a page.
const PAGE: usize = 50;

/// A page of products.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    q: &impl Query,
    settings: &ShopSettings,
    zone: Zone,
    query: &ProductQuery,
    now: Timestamp,
) -> AppResult<ProductPage> {
    let mut found = store::list(q, query, None, PAGE + 1).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let rows = found.into_iter().map(|listed| row(listed, settings.base_currency, zone, now)).collect();
    let (categories, who) = (store::categories(q).await?, eligibility::choices(q).await?);
    Ok(ProductPage { rows, more, categories, who, base: settings.base_currency })
}

fn row(listed: store::Listed, base: Currency, zone: Zone, now: Timestamp) -> ProductRow {
    let store::Listed { product, version, early_tag } = listed;
    let Early { group, segment, .. } = product.available.early_for;
    let day = |at: Timestamp| (at.0 > 0).then(|| zone.day(at));
    let (from, early_from) = (day(product.available.from), day(product.available.early_from));
    let iso = |day: Option<Day>| day.map(Day::iso).unwrap_or_default();
    let percent = |bp: u32| Money::new(i64::from(bp), Currency::USD).plain();
    ProductRow {
        id: product.id,
        version,
        active: product.available.active,
        price: product.price,
        kind: product.kind,
        from: from.filter(|_| product.available.from > now),
        early_from,
        form: ProductForm {
            sku: product.sku,
            name: product.name,
            category: product.category.unwrap_or_default(),
            kind: product.kind,
            price: product.price.plain(),
            currency: if product.price.currency == base { String::new() } else { product.price.currency.to_string() },
            tax: product.tax_bp.map(percent).unwrap_or_default(),
            from: iso(from),
            early_from: iso(early_from),
            early: EarlyForm { group, segment, tag: early_tag.unwrap_or_default() },
            active: product.available.active,
        },
    }
}

/// Adds or changes a product.
///
/// # Errors
/// [`AppError::Invalid`] on the field that cannot be; [`AppError::Conflict`] when somebody else changed it meanwhile;
/// [`AppError::NotFound`].
pub async fn save(tx: &Tx, clerk: &Clerk<'_>, edit: &ProductEdit) -> AppResult<ProductId> {
    let base = clerk.settings.base_currency;
    let checked = edit.form.checked(base)?;
    let before = match edit.id {
        Some((id, version)) => Some(hold(tx, id, version).await?),
        None => None,
    };
    let EarlyForm { group, segment, tag } = &edit.form.early;
    eligibility::hold(tx, &[("early_group", *group)], &[("early_segment", *segment)]).await?;
    let [tag] = eligibility::tags(tx, clerk.now(), [("early_tag", tag)]).await?;
    let category = match checked.category.as_str() {
        "" => None,
        name => Some(store::category(tx, name).await?),
    };
    let start = |day: Option<Day>| day.map_or(Timestamp(0), |day| clerk.zone.start_of(day));
    let written = Written {
        sku: &checked.sku,
        name: &checked.name,
        category,
        price: checked.price,
        active: edit.form.active,
        tax_bp: checked.tax_bp,
        kind: edit.form.kind,
        from: start(checked.from),
        early_from: start(checked.early_from),
        early_for: Early { group: *group, tag, segment: *segment },
    };
    let id = match &before {
        Some(before) => store::update(tx, before.id, &written).await.map(|()| before.id),
        None => store::insert(tx, &written, clerk.now()).await,
    };
    let id = id.map_err(|error| match error {
        DbError::Unique(_) => AppError::invalid("sku", "products.sku_taken"),
        other => other.into(),
    })?;
    let after = get(tx, id).await?;
    let action = if before.is_some() { "product.changed" } else { "product.added" };
    audit(tx, clerk, ("product", id.0), action, &changes(before.as_ref(), &after)).await?;
    Ok(id)
}

async fn get(tx: &Tx, id: ProductId) -> AppResult<store::Product> {
    store::list_by_id(tx, &[id], None).await?.pop().ok_or(AppError::NotFound)
}

async fn hold(tx: &Tx, id: ProductId, version: i64) -> AppResult<store::Product> {
    let current = store::lock(tx, id).await?.ok_or(AppError::NotFound)?;
    if current != version {
        return Err(AppError::Conflict { message: "products.changed".into() });
    }
    get(tx, id).await
}

fn changes(before: Option<&store::Product>, after: &store::Product) -> Vec<Change> {
    let text = |product: &store::Product| {
        let day = |at: Timestamp| if at.0 == 0 { String::new() } else { at.rfc3339() };
        [
            ("sku", product.sku.clone()),
            ("name", product.name.clone()),
            ("category", product.category.clone().unwrap_or_default()),
            ("kind", product.kind.code().to_owned()),
            ("price", format!("{} {}", product.price.plain(), product.price.currency)),
            ("tax_bp", product.tax_bp.map(|bp| bp.to_string()).unwrap_or_default()),
            ("available_from", day(product.available.from)),
            ("early_from", day(product.available.early_from)),
            ("early_for", product.available.early_for.text()),
            ("active", product.available.active.to_string()),
        ]
    };
    let before = before.map(text);
    let of = |(n, (field, after)): (usize, (&str, String))| {
        Change::of(field, before.as_ref().map(|before| before[n].1.clone()).unwrap_or_default(), after)
    };
    text(after).into_iter().enumerate().filter_map(of).collect()
}

/// Adds or changes a price list, and says which groups have it.
///
/// # Errors
/// [`AppError::Invalid`] on `name` or `currency`; [`AppError::Conflict`] when somebody else changed it meanwhile;
/// [`AppError::NotFound`].
pub async fn save_list(tx: &Tx, clerk: &Clerk<'_>, edit: &PriceListEdit) -> AppResult<PriceListId> {
    let name = edit.checked_name()?;
    let taken = |error| match error {
        DbError::Unique(_) => AppError::invalid("name", "products.list_taken"),
        other => AppError::from(other),
    };
    let id = match edit.id {
        Some((id, version)) => {
            let current = store::lock_list(tx, id).await?.ok_or(AppError::NotFound)?;
            if current != version {
                return Err(AppError::Conflict { message: "products.list_changed".into() });
            }
            store::rename_list(tx, id, &name).await.map_err(taken)?;
            id
        }
        None => {
            let currency = match edit.currency.trim() {
                "" => Some(clerk.settings.base_currency),
                code => Currency::parse(code),
            };
            let currency = currency.ok_or_else(|| AppError::invalid("currency", "promotions.currency_invalid"))?;
            store::insert_list(tx, &name, currency, clerk.now()).await.map_err(taken)?
        }
    };
    let before = store::groups_of_list(tx, id).await?;
    store::set_groups(tx, id, &edit.groups).await?;
    let shown = |groups: &[crate::base::GroupId]| groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let after = store::groups_of_list(tx, id).await?;
    let changes: Vec<Change> =
        [Change::of("name", "", name), Change::of("groups", shown(&before), shown(&after))].into_iter().flatten().collect();
    let action = if edit.id.is_some() { "price_list.changed" } else { "price_list.added" };
    audit(tx, clerk, ("price_list", id.0), action, &changes).await?;
    Ok(id)
}

/// A page of a price list.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn open_list(q: &impl Query, id: PriceListId, query: &ProductQuery) -> AppResult<PriceListPage> {
    let (name, currency) = store::find_list(q, id).await?.ok_or(AppError::NotFound)?;
    let mut found = store::list(q, query, Some(id), PAGE + 1).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let row = |store::Listed { product, .. }: store::Listed| PriceRow {
        product: product.id,
        sku: product.sku,
        name: product.name,
        list_price: product.price,
        own_price: product.own_price,
    };
    Ok(PriceListPage { id, name, currency, rows: found.into_iter().map(row).collect(), more })
}

/// Sets a product's price on a list; an empty text takes it off.
///
/// # Errors
/// [`AppError::Invalid`] on `price`; [`AppError::NotFound`].
pub async fn set_price(tx: &Tx, clerk: &Clerk<'_>, list: PriceListId, product: ProductId, text: &str) -> AppResult<()> {
    let (name, currency) = store::find_list(tx, list).await?.ok_or(AppError::NotFound)?;
    let before = store::list_by_id(tx, &[product], Some(list)).await?.pop().ok_or(AppError::NotFound)?;
    let after = match text.trim() {
        "" => None,
        text => Some(price(text, currency)?),
    };
    match after {
        Some(price) => store::put_price(tx, list, product, price.minor).await?,
        None => store::take_off(tx, list, product).await?,
    }
    let plain = |money: Option<Money>| money.map(|money| money.plain()).unwrap_or_default();
    let Some(change) = Change::of("price", plain(before.own_price), plain(after)) else { return Ok(()) };
    let named = Change::of("product", "", before.sku);
    let listed = Change::of("name", "", name);
    let changes: Vec<Change> = [listed, named, Some(change)].into_iter().flatten().collect();
    audit(tx, clerk, ("price_list", list.0), "price_list.priced", &changes).await
}

async fn audit(tx: &Tx, clerk: &Clerk<'_>, (entity, id): (&str, i64), action: &str, changes: &[Change]) -> AppResult<()> {
    let entry = Entry { action, entity, entity_id: id, customer: None, changes };
    Ok(record(tx, &clerk.actor, entry).await?)
}
