//! All SQL of drafts.

use super::quote::gift_cards_bought;
use super::{AddressChoice, CardChoice, CreditWish, DraftEdit, LineEdit, Quote, QuoteLine};
use crate::args;
use crate::base::{AddressId, AppError, AppResult, Currency, CustomerId, GiftCardId, Money, OrderId, ProductId, Timestamp};
use crate::commerce::orders::service::currency;
use crate::commerce::orders::{DraftKind, OrderAddress, OrderAddresses, OrderStatus, Rate};
use crate::commerce::pricing::PricedLine;
use crate::server::db::Value;
use crate::server::{DbResult, Query, Tx, internal};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// What stands in `orders.tender`: what a draft wants and an order's columns do not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Tender {
    pub codes: Vec<String>,
    pub credit: CreditWish,
    pub gift_cards: Vec<GiftCardId>,
    pub points: i64,
    pub shipping: Option<i64>,
    pub shipping_address: Option<AddressId>,
    pub billing_address: Option<AddressId>,
    pub billing_is_shipping: bool,
}

/// A draft as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Draft {
    pub id: OrderId,
    pub customer: CustomerId,
    pub store: i64,
    pub kind: DraftKind,
    pub currency: Currency,
    pub rate: Rate,
    pub tender: Tender,
    pub addresses: OrderAddresses,
    pub lines: Vec<LineRow>,
    pub total: i64,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub version: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct LineRow {
    pub product_id: Option<i64>,
    pub name: String,
    pub sku: String,
    pub quantity: i64,
    pub unit_price_minor: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    customer_id: i64,
    store_id: i64,
    status: String,
    number: Option<String>,
    draft_kind: Option<String>,
    currency: String,
    rate: String,
    tender: String,
    addresses: String,
    total_minor: i64,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl Draft {
    /// What is written on it, as an edit that changes nothing.
    pub fn edit(&self) -> DraftEdit {
        let tender = &self.tender;
        let choice = |saved: Option<AddressId>, typed: &Option<OrderAddress>| match (saved, typed) {
            (Some(id), _) => AddressChoice::Saved(id),
            (None, Some(address)) => AddressChoice::Typed(Box::new(address.clone())),
            (None, None) => AddressChoice::None,
        };
        let billing = choice(tender.billing_address, &self.addresses.billing);
        DraftEdit {
            // What has no product cannot be ordered again: no product has the id 0.
            lines: self
                .lines
                .iter()
                .map(|line| LineEdit { product: ProductId(line.product_id.unwrap_or(0)), quantity: line.quantity })
                .collect(),
            shipping: tender.shipping,
            codes: tender.codes.clone(),
            credit: tender.credit,
            gift_cards: tender.gift_cards.iter().copied().map(CardChoice::Card).collect(),
            points: tender.points,
            shipping_address: choice(tender.shipping_address, &self.addresses.shipping),
            billing_address: if tender.billing_is_shipping { AddressChoice::SameAsShipping } else { billing },
        }
    }

    pub fn total(&self) -> Money {
        Money::new(self.total, self.currency)
    }

    /// `2 × CD-10007, 1 × CD-10014`
    pub fn summary(&self) -> String {
        summary(self.lines.iter().map(|line| (line.quantity, line.sku.as_str())))
    }
}

/// Lines in short, for the audit log.
pub(super) fn summary<'a>(lines: impl Iterator<Item = (i64, &'a str)>) -> String {
    lines.map(|(quantity, sku)| format!("{quantity} × {sku}")).collect::<Vec<_>>().join(", ")
}

/// A draft; an order that was placed is none any more.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when it was placed meanwhile, and as which order.
pub(super) async fn get(q: &impl Query, id: OrderId) -> AppResult<Draft> {
    let row: Row = q
        .optional(
            "SELECT customer_id, store_id, status, number, draft_kind, currency, rate, tender, addresses, total_minor, created_at,
               updated_at, version
             FROM orders WHERE id = $1",
            args![id],
        )
        .await?
        .ok_or(AppError::NotFound)?;
    if row.status != OrderStatus::Draft.code() {
        return Err(placed_already(row.number.as_deref()));
    }
    let unknown = |what: &str| internal(&format!("order {id} has {what:?}, which is no value of its column"));
    let kind = row.draft_kind.as_deref().unwrap_or(DraftKind::Staff.code());
    Ok(Draft {
        id,
        customer: CustomerId(row.customer_id),
        store: row.store_id,
        kind: DraftKind::parse(kind).ok_or_else(|| unknown(kind))?,
        currency: currency(&row.currency)?,
        rate: Rate::parse(&row.rate).ok_or_else(|| unknown(&row.rate))?,
        tender: serde_json::from_str(&row.tender).unwrap_or_default(),
        addresses: serde_json::from_str(&row.addresses).unwrap_or_default(),
        lines: lines(q, id).await?,
        total: row.total_minor,
        created: Timestamp(row.created_at),
        updated: Timestamp(row.updated_at),
        version: row.version,
    })
}

/// The error for a draft that is no draft any more.
pub(super) fn placed_already(number: Option<&str>) -> AppError {
    let number = number.unwrap_or_default();
    AppError::Conflict { message: crate::base::i18n::message("drafts.placed_already", &[("number", &number)]) }
}

/// # Errors
/// When the database does not answer.
pub(super) async fn lines(q: &impl Query, order: OrderId) -> DbResult<Vec<LineRow>> {
    let sql = "SELECT product_id, name, sku, quantity, unit_price_minor FROM order_lines WHERE order_id = $1 ORDER BY id";
    q.all(sql, args![order]).await
}

/// Adds a draft with what is on it and what it comes to, and gives it its id. One that has its id already, since it comes back, may
/// be there: then nothing is done, and `false`.
///
/// # Errors
/// When the database refuses it.
pub(super) async fn insert(
    tx: &Tx,
    draft: &mut Draft,
    rate: &str,
    channel: &str,
    quote: &Quote,
    base: Currency,
) -> DbResult<bool> {
    let mut args = args![draft.store, draft.customer, draft.currency.code(), rate, channel, draft.updated, draft.created];
    let mut columns =
        "store_id, customer_id, currency, rate, channel, state_since, updated_at, created_at, status, payment_state,
        fulfilment_state"
            .to_owned();
    let mut values = "$1, $2, $3, $4, $5, $6, $6, $7, 'draft', 'unpaid', 'unfulfilled'".to_owned();
    for (column, value) in written(draft, quote, base) {
        let _ = write!(columns, ", {column}");
        let _ = write!(values, ", ${}", args.push(value));
    }
    if draft.id.0 > 0 {
        columns += ", id";
        let _ = write!(values, ", ${}", args.push(draft.id));
    }
    let sql = format!("INSERT INTO orders ({columns}) VALUES ({values}) ON CONFLICT (id) DO NOTHING RETURNING id");
    let Some((id,)) = tx.optional::<(i64,)>(&sql, args).await? else { return Ok(false) };
    draft.id = OrderId(id);
    insert_lines(tx, draft.id, &quote.lines).await?;
    Ok(true)
}

/// The columns of what is on a draft and what it comes to.
fn written(draft: &Draft, quote: &Quote, base: Currency) -> [(&'static str, Value); 11] {
    let priced = quote.priced.as_ref();
    let of = |amount: fn(&crate::commerce::pricing::Priced) -> i64| priced.map_or(0, amount);
    let (total, cards) = (of(|priced| priced.total), gift_cards_bought(quote));
    [
        ("draft_kind", draft.kind.code().into()),
        ("subtotal_minor", of(|priced| priced.subtotal).into()),
        ("discount_minor", of(|priced| priced.discount).into()),
        ("shipping_minor", of(|priced| priced.shipping).into()),
        ("tax_minor", of(|priced| priced.tax).into()),
        ("total_minor", total.into()),
        ("base_total_minor", draft.rate.convert(total, draft.currency, base).into()),
        ("base_gift_cards_minor", draft.rate.convert(cards, draft.currency, base).into()),
        ("units", quote.lines.iter().map(|line| line.quantity).sum::<i64>().into()),
        ("tender", json(&draft.tender).into()),
        ("addresses", json(&draft.addresses).into()),
    ]
}

/// Writes what is on a draft and what it comes to. Its version goes up.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn write(tx: &Tx, draft: &Draft, quote: &Quote, base: Currency, now: Timestamp) -> DbResult<()> {
    let mut args = args![draft.id, now];
    let mut sets = "updated_at = $2, version = version + 1".to_owned();
    for (column, value) in written(draft, quote, base) {
        let _ = write!(sets, ", {column} = ${}", args.push(value));
    }
    tx.execute(&format!("UPDATE orders SET {sets} WHERE id = $1"), args).await?;
    tx.execute("DELETE FROM order_lines WHERE order_id = $1", args![draft.id]).await?;
    insert_lines(tx, draft.id, &quote.lines).await
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "{}".into())
}

async fn insert_lines(tx: &Tx, order: OrderId, lines: &[QuoteLine]) -> DbResult<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut args = args![order];
    let mut rows = Vec::new();
    for line in lines {
        let product = Some(line.product.0).filter(|id| *id > 0 && !line.sku.is_empty());
        let PricedLine { unit_price, group_discount, code_discount, tax, total, .. } = line.priced.unwrap_or_default();
        let amounts = [unit_price, group_discount + code_discount, tax, total, line.list_price.minor, line.tax_bp.into()];
        let mut binds = vec![args.push(product), args.push(&line.name), args.push(&line.sku), args.push(line.quantity)];
        binds.extend(amounts.into_iter().chain([group_discount, code_discount]).map(|amount| args.push(amount)));
        let binds: Vec<String> = binds.into_iter().map(|bind| format!("${bind}")).collect();
        rows.push(format!("($1, {})", binds.join(", ")));
    }
    let sql = format!(
        "INSERT INTO order_lines (order_id, product_id, name, sku, quantity, unit_price_minor, discount_minor, tax_minor,
           total_minor, list_price_minor, tax_bp, group_discount_minor, code_discount_minor)
         VALUES {}",
        rows.join(", ")
    );
    tx.execute(&sql, args).await.map(drop)
}

/// What an order becomes when it is placed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placing<'a> {
    pub number: &'a str,
    pub channel: &'a str,
    pub placed: Timestamp,
    pub day: crate::base::Day,
    pub due: Timestamp,
    pub steps: &'a str,
}

/// Makes an order of a draft, unpaid and unfulfilled.
///
/// # Errors
/// When the database refuses it.
pub(super) async fn place(tx: &Tx, id: OrderId, placing: Placing<'_>) -> DbResult<()> {
    tx.execute(
        "UPDATE orders SET status = 'placed', draft_kind = NULL, number = $2, channel = $3, placed_at = $4, placed_day = $5,
           state_since = $4, due_at = $6, steps = $7
         WHERE id = $1",
        args![id, placing.number, placing.channel, placing.placed, placing.day, placing.due, placing.steps],
    )
    .await
    .map(drop)
}

/// # Errors
/// When the database refuses it, since something else refers to the draft.
pub(super) async fn delete(tx: &Tx, id: OrderId) -> DbResult<()> {
    tx.execute("DELETE FROM orders WHERE id = $1", args![id]).await.map(drop)
}

/// A customer's draft by staff on which nothing is written yet, if there is one.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn find_empty(q: &impl Query, customer: CustomerId, store: i64) -> DbResult<Option<OrderId>> {
    let row: Option<(i64,)> = q
        .optional(
            "SELECT id FROM orders WHERE customer_id = $1 AND store_id = $2 AND status = 'draft' AND draft_kind = 'staff' AND units = 0
               AND NOT EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = orders.id)
             ORDER BY id DESC LIMIT 1",
            args![customer, store],
        )
        .await?;
    Ok(row.map(|(id,)| OrderId(id)))
}

/// The name and currency of a store.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn find_store(q: &impl Query, id: i64) -> DbResult<Option<(String, String)>> {
    q.optional("SELECT name, currency FROM stores WHERE id = $1", args![id]).await
}

/// The store that orders are of where none is named, with its currency: the first one, made where there is none.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn usual_store(tx: &Tx, name: &str, base: Currency, now: Timestamp) -> DbResult<(i64, String)> {
    if let Some(store) = tx.optional("SELECT id, currency FROM stores ORDER BY id LIMIT 1", args![]).await? {
        return Ok(store);
    }
    tx.one(
        "INSERT INTO stores (code, name, currency, created_at) VALUES ('web', $1, $2, $3)
         ON CONFLICT (code) DO UPDATE SET name = stores.name RETURNING id, currency",
        args![name, base.code(), now],
    )
    .await
}

/// The rate of the newest order in a currency.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn last_rate(q: &impl Query, currency: Currency) -> DbResult<Option<String>> {
    let sql = "SELECT rate FROM orders WHERE currency = $1 AND status = 'placed' ORDER BY placed_at DESC, id DESC LIMIT 1";
    Ok(q.optional::<(String,)>(sql, args![currency.code()]).await?.map(|(rate,)| rate))
}

/// One of a customer's addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SavedAddress {
    pub id: AddressId,
    pub address: OrderAddress,
    pub default_shipping: bool,
    pub default_billing: bool,
}

#[derive(sqlx::FromRow)]
struct AddressRow {
    id: i64,
    recipient: String,
    company: String,
    street: String,
    line2: String,
    postal_code: String,
    city: String,
    region: String,
    country: String,
    phone: String,
    is_default_shipping: bool,
    is_default_billing: bool,
}

/// A customer's addresses, the defaults first.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn addresses(q: &impl Query, customer: CustomerId) -> DbResult<Vec<SavedAddress>> {
    let rows: Vec<AddressRow> = q
        .all(
            "SELECT id, recipient, company, street, line2, postal_code, city, region, country, phone, is_default_shipping,
               is_default_billing
             FROM addresses WHERE customer_id = $1
             ORDER BY is_default_shipping DESC, is_default_billing DESC, last_used_at DESC, id DESC",
            args![customer],
        )
        .await?;
    let saved = |row: AddressRow| SavedAddress {
        id: AddressId(row.id),
        default_shipping: row.is_default_shipping,
        default_billing: row.is_default_billing,
        address: OrderAddress {
            recipient: row.recipient,
            company: row.company,
            street: row.street,
            line2: row.line2,
            postal_code: row.postal_code,
            city: row.city,
            region: row.region,
            country: row.country,
            phone: row.phone,
        },
    };
    Ok(rows.into_iter().map(saved).collect())
}

/// Writes that an order goes to an address.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn use_address(tx: &Tx, id: AddressId, now: Timestamp) -> DbResult<()> {
    tx.execute("UPDATE addresses SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2", args![id, now]).await.map(drop)
}

/// Who of the staff changed an order last, as far as the audit log knows.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn changed_by(q: &impl Query, id: OrderId) -> DbResult<Option<String>> {
    let row: Option<(Option<String>,)> = q
        .optional(
            "SELECT s.name FROM audit_entries e LEFT JOIN staff s ON s.id = e.staff_id
             WHERE e.entity = 'order' AND e.entity_id = $1 ORDER BY e.id DESC LIMIT 1",
            args![id],
        )
        .await?;
    Ok(row.and_then(|(name,)| name))
}

/// When the newest mail of a kind about an order was queued.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn last_mail(q: &impl Query, customer: CustomerId, key: &str) -> DbResult<Timestamp> {
    let sql = "SELECT MAX(created_at) FROM outbox WHERE customer_id = $1 AND dedup_key >= $2 AND dedup_key < $3";
    Ok(Timestamp(q.integer(sql, args![customer, key, format!("{key}~")]).await?))
}
