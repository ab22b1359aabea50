//! Writing drafts: create, change, look at, delete and restore, wait for a payment, recover. Each takes the caller's
//! transaction; whether the customer exists for who asks is asked before.

use super::quote::{self, Assembled, Subject};
use super::store::{self, Draft, SavedAddress, Tender, summary};
use super::{AddressChoice, CreditWish, DraftEdit, Quote, address_of, form_of};
use crate::base::i18n::message;
use crate::base::{AddressId, AppError, AppResult, Currency, CustomerId, GiftCardId, Money, OrderId, Timestamp};
use crate::commerce::orders::write::{self, Held};
use crate::commerce::orders::{Clerk, DraftKind, OrderAddress, OrderAddresses, OrderStatus, Rate};
use crate::office::audit::Change;
use crate::office::audit::store::{Entry, record};
use crate::server::{Query, Tx};
use serde::{Deserialize, Serialize};

/// A draft to be written.
#[derive(Clone, Debug)]
pub struct NewDraft<'a> {
    pub customer: CustomerId,
    /// `None` is the shop's first.
    pub store: Option<i64>,
    pub kind: DraftKind,
    /// `None` is the store's.
    pub currency: Option<&'a str>,
    /// How much of the base currency one unit of it is worth; `None` is as in the newest order in it.
    pub rate: Option<&'a str>,
    /// Addresses that it says nothing of are the customer's defaults.
    pub edit: DraftEdit,
}

impl NewDraft<'_> {
    /// An empty one by staff.
    #[must_use]
    pub fn of(customer: CustomerId) -> Self {
        Self { customer, store: None, kind: DraftKind::Staff, currency: None, rate: None, edit: DraftEdit::default() }
    }
}

/// Writes a draft.
///
/// # Errors
/// [`AppError::Invalid`] on `store`, `currency`, `rate`, an address or what [`DraftEdit::checked`] names; [`AppError::NotFound`].
pub async fn create(tx: &Tx, clerk: &Clerk<'_>, new: NewDraft<'_>) -> AppResult<OrderId> {
    let (mut draft, rate, edit) = prepare(tx, clerk, new).await?;
    let assembled = price_in(tx, clerk, &mut draft, &edit).await?;
    store::insert(tx, &mut draft, &rate, channel(clerk), &assembled.quote, clerk.settings.base_currency).await?;
    audit(tx, clerk, &draft, "draft.created", "", &lines_of(&assembled.quote)).await?;
    Ok(draft.id)
}

/// A new draft in memory with its rate as it was given, and what is to be written on it.
pub(super) async fn prepare(tx: &Tx, clerk: &Clerk<'_>, new: NewDraft<'_>) -> AppResult<(Draft, String, DraftEdit)> {
    let now = clerk.now();
    let base = clerk.settings.base_currency;
    let (store, usual) = match new.store {
        Some(id) => (id, store::find_store(tx, id).await?.map(|(_, currency)| currency)),
        None => store::usual_store(tx, &clerk.settings.name, base, now).await.map(|(id, currency)| (id, Some(currency)))?,
    };
    let usual = usual.ok_or_else(|| AppError::invalid("store", "drafts.store_unknown"))?;
    let code = new.currency.unwrap_or(&usual);
    let currency = Currency::parse(code).filter(Currency::is_known);
    let currency =
        currency.ok_or_else(|| AppError::invalid("currency", message("drafts.currency_unknown", &[("code", &code)])))?;
    let (rate, rate_text) = rate(tx, currency, base, new.rate).await?;
    let mut draft = Draft {
        id: OrderId(0),
        customer: new.customer,
        store,
        kind: new.kind,
        currency,
        rate,
        tender: Tender::default(),
        addresses: OrderAddresses::default(),
        lines: vec![],
        total: 0,
        created: now,
        updated: now,
        version: 1,
    };
    let saved = store::addresses(tx, new.customer).await?;
    let edit = put_with(&saved, &mut draft, &with_defaults(&saved, new.edit))?;
    Ok((draft, rate_text, edit))
}

/// How the order comes in.
pub(super) fn channel(clerk: &Clerk<'_>) -> &'static str {
    use crate::commerce::ledger::By;
    match clerk.by {
        By::Staff(_) => "staff",
        By::Program => "api",
        By::Customer => "portal",
        By::Job => "import",
    }
}

async fn rate(q: &impl Query, currency: Currency, base: Currency, given: Option<&str>) -> AppResult<(Rate, String)> {
    let text = match given {
        Some(text) if currency != base => text.trim().to_owned(),
        None if currency != base => {
            let missing =
                || AppError::invalid("rate", message("drafts.rate_missing", &[("currency", &currency), ("base", &base)]));
            store::last_rate(q, currency).await?.ok_or_else(missing)?
        }
        _ => "1".to_owned(),
    };
    let rate = Rate::parse(&text).ok_or_else(|| AppError::invalid("rate", "drafts.rate_invalid"))?;
    Ok((rate, text))
}

/// The edit with the customer's default addresses where it names none.
fn with_defaults(saved: &[SavedAddress], mut edit: DraftEdit) -> DraftEdit {
    let choose = |choice: &mut AddressChoice, is_default: fn(&SavedAddress) -> bool| {
        if *choice == AddressChoice::None
            && let Some(address) = saved.iter().find(|address| is_default(address))
        {
            *choice = AddressChoice::Saved(address.id);
        }
    };
    choose(&mut edit.shipping_address, |address| address.default_shipping);
    choose(&mut edit.billing_address, |address| address.default_billing);
    edit
}

/// Puts what an edit says on a draft in memory: wishes and addresses. Lines are written by [`keep`].
async fn put(q: &impl Query, draft: &mut Draft, edit: &DraftEdit) -> AppResult<DraftEdit> {
    let is_saved = |choice: &AddressChoice| matches!(choice, AddressChoice::Saved(_));
    let saved = match is_saved(&edit.shipping_address) || is_saved(&edit.billing_address) {
        true => store::addresses(q, draft.customer).await?,
        false => vec![],
    };
    put_with(&saved, draft, edit)
}

/// As [`put`], with the customer's addresses.
fn put_with(saved: &[SavedAddress], draft: &mut Draft, edit: &DraftEdit) -> AppResult<DraftEdit> {
    let edit = edit.checked()?;
    let (shipping, shipping_id) = address(saved, &edit.shipping_address, "shipping_address")?;
    let (billing, billing_id) = address(saved, &edit.billing_address, "billing_address")?;
    let billing_is_shipping = edit.billing_address == AddressChoice::SameAsShipping;
    draft.addresses = OrderAddresses { billing: if billing_is_shipping { shipping.clone() } else { billing }, shipping };
    draft.tender = Tender {
        codes: edit.codes.clone(),
        credit: edit.credit,
        // Those that are given by their codes come when they have been found.
        gift_cards: std::mem::take(&mut draft.tender.gift_cards),
        points: edit.points,
        shipping: edit.shipping,
        shipping_address: shipping_id,
        billing_address: billing_id,
        billing_is_shipping,
    };
    Ok(edit)
}

/// An address as the order keeps it, and the id of the customer's where it is one of theirs.
fn address(saved: &[SavedAddress], choice: &AddressChoice, field: &str) -> AppResult<(Option<OrderAddress>, Option<AddressId>)> {
    match choice {
        AddressChoice::None | AddressChoice::SameAsShipping => Ok((None, None)),
        AddressChoice::Saved(id) => {
            let found = saved.iter().find(|saved| saved.id == *id);
            let found = found.ok_or_else(|| AppError::invalid(field, "drafts.address_unknown"))?;
            Ok((Some(found.address.clone()), Some(*id)))
        }
        AddressChoice::Typed(typed) => Ok((Some(typed_address(typed, field)?), None)),
    }
}

/// A typed address must be what a saved one must be. An error's field is `shipping_address.street`.
fn typed_address(typed: &OrderAddress, field: &str) -> AppResult<OrderAddress> {
    let form = form_of(typed).checked().map_err(|error| match error {
        AppError::Invalid { field: part, message } => AppError::invalid(format!("{field}.{part}"), message),
        other => other,
    })?;
    Ok(address_of(form))
}

/// Prices the draft and writes it.
async fn keep(tx: &Tx, clerk: &Clerk<'_>, draft: &mut Draft, edit: &DraftEdit) -> AppResult<Assembled> {
    let assembled = price_in(tx, clerk, draft, edit).await?;
    store::write(tx, draft, &assembled.quote, clerk.settings.base_currency, clerk.now()).await?;
    Ok(assembled)
}

/// Prices the draft, which then knows its gift cards. One whose code is unknown is refused: its code must not be kept, so it would
/// be lost.
pub(super) async fn price_in(q: &impl Query, clerk: &Clerk<'_>, draft: &mut Draft, edit: &DraftEdit) -> AppResult<Assembled> {
    let assembled = assemble(q, clerk, draft, edit).await?;
    let unknown = assembled.quote.cards.iter().find(|card| card.id.is_none());
    if let Some(problem) = unknown.and_then(|card| card.problem.clone()) {
        return Err(AppError::invalid("gift_cards", problem));
    }
    draft.tender.gift_cards = assembled.quote.cards.iter().filter_map(|card| card.id).collect();
    Ok(assembled)
}

/// Prices an edit of a draft.
pub(super) async fn assemble(q: &impl Query, clerk: &Clerk<'_>, draft: &Draft, edit: &DraftEdit) -> AppResult<Assembled> {
    let cards: &[GiftCardId] = &draft.tender.gift_cards;
    let subject = Subject { customer: draft.customer, currency: draft.currency, rate: draft.rate, edit, cards };
    quote::assemble(q, clerk, &subject).await
}

/// What an edit of a draft would come to, while one types: nothing is written.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when it was placed meanwhile; [`AppError::Invalid`] as [`DraftEdit::checked`].
pub async fn price(q: &impl Query, clerk: &Clerk<'_>, order: OrderId, edit: &DraftEdit) -> AppResult<Quote> {
    let draft = store::get(q, order).await?;
    Ok(assemble(q, clerk, &draft, &edit.checked()?).await?.quote)
}

/// Puts an edit in place of what stands on a draft.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when it was placed or, where a `version` is given, changed meanwhile, and by whom;
/// [`AppError::Invalid`] on what cannot be.
pub async fn change(tx: &Tx, clerk: &Clerk<'_>, order: OrderId, version: Option<i64>, edit: &DraftEdit) -> AppResult<Quote> {
    let mut draft = hold(tx, order, version).await?;
    let before = draft.clone();
    let edit = put(tx, &mut draft, edit).await?;
    let assembled = keep(tx, clerk, &mut draft, &edit).await?;
    let changes = differences(&before, &draft, &lines_of(&assembled.quote), clerk.settings.base_currency);
    if !changes.is_empty() {
        record_change(tx, clerk, &draft, "draft.changed", &changes).await?;
    }
    Ok(assembled.quote)
}

/// What a change did to a draft, for the audit log.
fn differences(before: &Draft, after: &Draft, lines: &str, base: Currency) -> Vec<Change> {
    let shipping =
        |draft: &Draft| draft.tender.shipping.map(|minor| Money::new(minor, draft.currency).plain()).unwrap_or_default();
    let credit = |draft: &Draft| match draft.tender.credit {
        CreditWish::All => String::new(),
        CreditWish::None => "0".to_owned(),
        CreditWish::AtMost(minor) => Money::new(minor, base).plain(),
    };
    let cards = |draft: &Draft| draft.tender.gift_cards.len().to_string();
    let address = |address: &Option<OrderAddress>| {
        let lines = address.iter().flat_map(|a| [a.recipient.as_str(), &a.street, &a.postal_code, &a.city, &a.country]);
        lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
    };
    let (was, is) = (&before.addresses, &after.addresses);
    [
        Change::of("lines", before.summary(), lines),
        Change::of("codes", before.tender.codes.join(", "), after.tender.codes.join(", ")),
        Change::of("shipping", shipping(before), shipping(after)),
        Change::of("credit", credit(before), credit(after)),
        Change::of("cards", cards(before), cards(after)),
        Change::of("points", before.tender.points.to_string(), after.tender.points.to_string()),
        Change::of("shipping_address", address(&was.shipping), address(&is.shipping)),
        Change::of("billing_address", address(&was.billing), address(&is.billing)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Locks a draft and reads it.
pub(super) async fn hold(tx: &Tx, order: OrderId, version: Option<i64>) -> AppResult<Draft> {
    let held: Held = write::hold(tx, order).await?;
    if held.status != OrderStatus::Draft {
        return Err(store::placed_already(held.number.as_deref()));
    }
    if version.is_some_and(|version| version != held.version) {
        let by = store::changed_by(tx, order).await?;
        let message = match &by {
            Some(name) => message("drafts.changed_by", &[("name", name)]),
            None => "drafts.changed".to_owned(),
        };
        return Err(AppError::Conflict { message });
    }
    store::get(tx, order).await
}

/// What was deleted, so that it can be brought back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Deleted {
    order: OrderId,
    customer: CustomerId,
    store: i64,
    kind: DraftKind,
    currency: Currency,
    rate: String,
    created: Timestamp,
    edit: DraftEdit,
    cards: Vec<GiftCardId>,
}

impl Deleted {
    #[must_use]
    pub fn customer(&self) -> CustomerId {
        self.customer
    }
}

/// Deletes a draft; yields what [`restore`] brings back.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when it was placed meanwhile.
pub async fn delete(tx: &Tx, clerk: &Clerk<'_>, order: OrderId) -> AppResult<Deleted> {
    let draft = hold(tx, order, None).await?;
    let rate = tx.one::<(String,)>("SELECT rate FROM orders WHERE id = $1", crate::args![order]).await?.0;
    store::delete(tx, order).await?;
    audit(tx, clerk, &draft, "draft.deleted", &draft.summary(), "").await?;
    Ok(Deleted {
        order,
        customer: draft.customer,
        store: draft.store,
        kind: draft.kind,
        currency: draft.currency,
        rate,
        created: draft.created,
        edit: draft.edit(),
        cards: draft.tender.gift_cards,
    })
}

/// Brings back a draft under the number it had. Once: the second time nothing is done.
///
/// # Errors
/// [`AppError::Invalid`] where it can no longer be, as when an address is gone.
pub async fn restore(tx: &Tx, clerk: &Clerk<'_>, deleted: Deleted) -> AppResult<OrderId> {
    match store::get(tx, deleted.order).await {
        Err(AppError::NotFound) => {}
        found => return found.map(|draft| draft.id),
    }
    let now = clerk.now();
    let mut draft = Draft {
        id: deleted.order,
        customer: deleted.customer,
        store: deleted.store,
        kind: deleted.kind,
        currency: deleted.currency,
        rate: Rate::parse(&deleted.rate).ok_or_else(|| AppError::invalid("rate", "drafts.rate_invalid"))?,
        tender: Tender { gift_cards: deleted.cards, ..Tender::default() },
        addresses: OrderAddresses::default(),
        lines: vec![],
        total: 0,
        created: deleted.created,
        updated: now,
        version: 1,
    };
    let edit = put(tx, &mut draft, &deleted.edit).await?;
    let assembled = price_in(tx, clerk, &mut draft, &edit).await?;
    if !store::insert(tx, &mut draft, &deleted.rate, channel(clerk), &assembled.quote, clerk.settings.base_currency).await? {
        return Ok(deleted.order);
    }
    audit(tx, clerk, &draft, "draft.restored", "", &lines_of(&assembled.quote)).await?;
    Ok(draft.id)
}

/// Marks a draft as one that waits for its payment.
///
/// # Errors
/// As [`change`]; [`AppError::Invalid`] on `lines` where there are none.
pub async fn await_payment(tx: &Tx, clerk: &Clerk<'_>, order: OrderId, version: Option<i64>) -> AppResult<()> {
    let mut draft = hold(tx, order, version).await?;
    if draft.lines.is_empty() {
        return Err(AppError::invalid("lines", "pricing.no_lines"));
    }
    draft.kind = DraftKind::Unpaid;
    let edit = draft.edit();
    keep(tx, clerk, &mut draft, &edit).await?;
    audit(tx, clerk, &draft, "draft.awaits_payment", "", "").await
}

/// The editor's empty draft of a customer: one that was begun and left empty is taken up again.
///
/// # Errors
/// As [`create`].
pub async fn begin(tx: &Tx, clerk: &Clerk<'_>, customer: CustomerId) -> AppResult<OrderId> {
    let (store, _) = store::usual_store(tx, &clerk.settings.name, clerk.settings.base_currency, clerk.now()).await?;
    match store::find_empty(tx, customer, store).await? {
        Some(id) => Ok(id),
        None => create(tx, clerk, NewDraft::of(customer)).await,
    }
}

/// `2 × CD-10007`
pub(super) fn lines_of(quote: &Quote) -> String {
    summary(quote.lines.iter().map(|line| (line.quantity, line.sku.as_str())))
}

async fn audit(tx: &Tx, clerk: &Clerk<'_>, draft: &Draft, action: &str, before: &str, after: &str) -> AppResult<()> {
    let changes: Vec<Change> = Change::of("lines", before, after).into_iter().collect();
    record_change(tx, clerk, draft, action, &changes).await
}

pub(super) async fn record_change(tx: &Tx, clerk: &Clerk<'_>, draft: &Draft, action: &str, changes: &[Change]) -> AppResult<()> {
    let entry = Entry { action, entity: "order", entity_id: draft.id.0, customer: Some(draft.customer), changes };
    Ok(record(tx, &clerk.actor, entry).await?)
}
