//! Promotions in the REST API. A code is worth money to whoever knows it, so reading and writing them takes the scopes of credit
//! and gift cards.

use super::store::{self, Listed};
use super::{PromotionEdit, PromotionForm, PromotionKind, PromotionQuery, manage};
use crate::base::i18n::message;
use crate::base::{AppError, Currency, CustomerId, Day, GroupId, Money, PromotionId, SegmentId, Timestamp};
use crate::commerce::eligibility::EarlyForm;
use crate::commerce::ledger::By;
use crate::commerce::orders::Clerk;
use crate::commerce::pricing::Benefit;
use crate::customers::profile::rest::named;
use crate::office::apikeys::Scope::{MoveMoney, ReadMoney};
use crate::office::settings::zone::Zone;
use crate::server::rest::{Amount, Answer, Call, Kind, Operation, PageOf, Param, Problem, Reply, day, edition_tag};
use crate::server::{Query, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Promotions of a page.
const PAGE: usize = 100;

const PARAMS: &[Param] = &[
    Param { name: "q", kind: Kind::Text, about: "Part of the code or the name" },
    Param { name: "all", kind: Kind::Choice(&["1"]), about: "Those that are switched off, too" },
    Param { name: "at", kind: Kind::Text, about: "A place in the list: follow `next`" },
];

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let one = "/promotions/{id}";
    vec![
        Operation::get("/promotions", ReadMoney, "list_promotions", "Discount codes, the newest first", |c| Box::pin(list(c)))
            .query(PARAMS)
            .lists::<ListedPromotion>(),
        Operation::post("/promotions", MoveMoney, "create_promotion", "Makes a discount code", |c, tx| Box::pin(add(c, tx)))
            .about("It is switched on. Codes are unique in either case of letters.")
            .takes::<PromotionInput>()
            .creates::<ListedPromotion>(),
        Operation::get(one, ReadMoney, "get_promotion", "A discount code", |c| Box::pin(get(c))).gives::<ListedPromotion>(),
        Operation::put(one, MoveMoney, "replace_promotion", "Replaces what a discount code means", |c, tx| {
            Box::pin(replace(c, tx))
        })
        .about("What is left out is none. It stays switched on or off; orders that were placed with it stay as they are.")
        .takes::<PromotionInput>()
        .gives::<ListedPromotion>()
        .guarded(),
        Operation::post(
            "/promotions/{id}/switch-on",
            MoveMoney,
            "switch_promotion_on",
            "Switches a discount code on",
            |c, tx| Box::pin(switch(c, tx, true)),
        )
        .gives::<ListedPromotion>()
        .guarded(),
        Operation::post(
            "/promotions/{id}/switch-off",
            MoveMoney,
            "switch_promotion_off",
            "Switches a discount code off",
            |c, tx| Box::pin(switch(c, tx, false)),
        )
        .about("No order is placed with it until it is switched on again.")
        .gives::<ListedPromotion>()
        .guarded(),
    ]
}

/// Whom a promotion is for: whoever is all of this. Nothing at all is everybody.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PromotionAudience {
    #[schema(minimum = 1)]
    pub group_id: Option<i64>,
    /// A tag's name; one that nobody has yet is made.
    #[schema(min_length = 1, max_length = 50)]
    pub tag: Option<String>,
    /// Whoever is in it as they order.
    #[schema(minimum = 1)]
    pub segment_id: Option<i64>,
    /// The code of a loyalty tier: `gold`.
    #[schema(min_length = 1)]
    pub tier: Option<String>,
    /// One customer's own code.
    #[schema(minimum = 1)]
    pub customer_id: Option<i64>,
}

/// For whom it opens earlier, besides those whose pricing group or tier has early access: whoever is any of this.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EarlyAudience {
    #[schema(minimum = 1)]
    pub group_id: Option<i64>,
    /// A tag's name; one that nobody has yet is made.
    #[schema(min_length = 1, max_length = 50)]
    pub tag: Option<String>,
    /// Whoever is in it as they order.
    #[schema(minimum = 1)]
    pub segment_id: Option<i64>,
}

/// What can be written of a promotion. Days are the shop's.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromotionInput {
    #[schema(pattern = r"^[A-Za-z0-9._%\-]{1,32}$")]
    pub code: String,
    /// The code where it is left out.
    #[serde(default)]
    #[schema(max_length = 120, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub name: String,
    pub kind: PromotionKind,
    /// Of a `percent`: hundredths of a percent, 1250 is 12.5 %.
    #[schema(minimum = 1, maximum = 10000)]
    pub percent_bp: Option<u32>,
    /// Of an `amount`: what is taken off orders in its currency.
    pub amount: Option<Amount>,
    /// Merchandise of at least so much; in the currency of `amount`, otherwise in the base currency.
    pub minimum: Option<Amount>,
    #[schema(format = Date)]
    pub starts_on: Option<String>,
    /// For those with early access.
    #[schema(format = Date)]
    pub early_starts_on: Option<String>,
    /// The last day.
    #[schema(format = Date)]
    pub ends_on: Option<String>,
    /// How often it can be used in all.
    #[schema(minimum = 1, maximum = 1000000000)]
    pub limit_total: Option<i64>,
    #[schema(minimum = 1, maximum = 1000000000)]
    pub limit_per_customer: Option<i64>,
    #[serde(default)]
    pub first_order_only: bool,
    #[serde(default)]
    pub eligible: PromotionAudience,
    #[serde(default)]
    pub early_access: EarlyAudience,
}

impl PromotionInput {
    /// As a person would type it, so that the same rules hold.
    fn form(self, base: Currency) -> Answer<PromotionForm> {
        self.refuse_unfit()?;
        let own = self.amount.as_ref().map(|amount| amount.money("amount")).transpose()?;
        let currency = own.map_or(base, |amount| amount.currency);
        let value = match (self.percent_bp, own) {
            (Some(bp), _) => Money::new(bp.into(), Currency::USD).plain(),
            (None, Some(amount)) => amount.plain(),
            (None, None) => String::new(),
        };
        let typed = |field: &str, text: Option<String>| text.map(|text| day(field, &text)).transpose();
        let iso = |day: Option<Day>| day.map(Day::iso).unwrap_or_default();
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        Ok(PromotionForm {
            minimum: minimum(self.minimum.as_ref(), currency)?,
            code: self.code,
            name: self.name,
            kind: self.kind,
            value,
            currency: own.map(|amount| amount.currency.to_string()).unwrap_or_default(),
            starts: iso(typed("starts_on", self.starts_on)?),
            early_starts: iso(typed("early_starts_on", self.early_starts_on)?),
            early: EarlyForm {
                group: self.early_access.group_id.map(GroupId),
                segment: self.early_access.segment_id.map(SegmentId),
                tag: self.early_access.tag.unwrap_or_default(),
            },
            ends: iso(typed("ends_on", self.ends_on)?),
            limit_total: number(self.limit_total),
            limit_per_customer: number(self.limit_per_customer),
            first_order_only: self.first_order_only,
            group: self.eligible.group_id.map(GroupId),
            segment: self.eligible.segment_id.map(SegmentId),
            tag: self.eligible.tag.unwrap_or_default(),
            tier: self.eligible.tier.unwrap_or_default(),
            customer: String::new(),
        })
    }

    /// What a person cannot type, or what forms take for nothing.
    fn refuse_unfit(&self) -> Answer<()> {
        let blank = |text: &Option<String>| text.as_ref().is_some_and(|text| text.trim().is_empty());
        match () {
            () if self.code.trim() != self.code => Err(Problem::invalid("code", "promotions.code_invalid")),
            () if self.percent_bp.is_some() && self.kind != PromotionKind::Percent => {
                Err(Problem::invalid("percent_bp", "promotions.not_of_kind"))
            }
            () if self.amount.is_some() && self.kind != PromotionKind::Amount => {
                Err(Problem::invalid("amount", "promotions.not_of_kind"))
            }
            () if blank(&self.eligible.tag) => Err(Problem::invalid("eligible.tag", "tag.name_invalid")),
            () if blank(&self.early_access.tag) => Err(Problem::invalid("early_access.tag", "tag.name_invalid")),
            () if blank(&self.eligible.tier) => Err(Problem::invalid("eligible.tier", "promotions.tier_gone")),
            () => Ok(()),
        }
    }
}

fn minimum(amount: Option<&Amount>, currency: Currency) -> Answer<String> {
    let Some(amount) = amount else { return Ok(String::new()) };
    let money = amount.money("minimum")?;
    if money.currency != currency {
        let why = message("promotions.minimum_currency", &[("currency", &currency)]);
        return Err(Problem::invalid("minimum.currency", why));
    }
    Ok(money.plain())
}

/// The fields of a form as this room's bodies call them.
fn renamed(error: AppError, kind: PromotionKind) -> Problem {
    let AppError::Invalid { field, message } = error else { return error.into() };
    let field = match field.as_str() {
        "value" if kind == PromotionKind::Percent => "percent_bp",
        "value" => "amount",
        "currency" => "amount.currency",
        "starts" => "starts_on",
        "early_starts" => "early_starts_on",
        "ends" => "ends_on",
        "group" => "eligible.group_id",
        "tag" => "eligible.tag",
        "segment" => "eligible.segment_id",
        "tier" => "eligible.tier",
        "early_group" => "early_access.group_id",
        "early_tag" => "early_access.tag",
        "early_segment" => "early_access.segment_id",
        other => other,
    };
    Problem::invalid(field, message)
}

/// A discount code, what it takes off, when and for whom. Days are the shop's.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ListedPromotion {
    pub id: i64,
    pub code: String,
    pub name: String,
    pub kind: PromotionKind,
    /// Of a `percent`: hundredths of a percent.
    pub percent_bp: Option<u32>,
    /// Of an `amount`.
    pub amount: Option<Amount>,
    /// Merchandise of at least so much; null is any.
    pub minimum: Option<Amount>,
    /// Switched on.
    pub active: bool,
    /// Null is since ever.
    #[schema(format = Date)]
    pub starts_on: Option<String>,
    /// For those with early access; null is as for all.
    #[schema(format = Date)]
    pub early_starts_on: Option<String>,
    /// The last day; null is for ever.
    #[schema(format = Date)]
    pub ends_on: Option<String>,
    pub limit_total: Option<i64>,
    pub limit_per_customer: Option<i64>,
    pub first_order_only: bool,
    pub eligible: PromotionAudience,
    pub early_access: EarlyAudience,
    /// Orders that were placed with it and not cancelled.
    pub uses: i64,
    /// Goes up with every change.
    pub version: i64,
}

impl ListedPromotion {
    fn of(listed: Listed, zone: Zone) -> Self {
        let Listed { promotion, tag, early_tag, .. } = listed;
        let (terms, eligible) = (promotion.terms, promotion.eligible);
        let day = |at: Timestamp| (at.0 > 0).then(|| zone.day(at).iso());
        let limit = |limit: i64| Some(limit).filter(|limit| *limit > 0);
        let (kind, percent_bp, amount) = match promotion.benefit {
            Benefit::Percent(bp) => (PromotionKind::Percent, Some(bp), None),
            Benefit::Amount(amount) => (PromotionKind::Amount, None, Some(amount.into())),
            Benefit::FreeShipping => (PromotionKind::FreeShipping, None, None),
        };
        Self {
            id: promotion.id.0,
            code: promotion.code,
            name: promotion.name,
            kind,
            percent_bp,
            amount,
            minimum: Some(promotion.minimum).filter(|minimum| minimum.minor > 0).map(Amount::from),
            active: terms.active,
            starts_on: day(terms.starts),
            early_starts_on: day(terms.early_starts),
            // The last day ends where the next one begins.
            ends_on: if terms.ends.0 > 0 { day(terms.ends.plus(-1)) } else { None },
            limit_total: limit(terms.limit_total),
            limit_per_customer: limit(terms.limit_per_customer),
            first_order_only: terms.first_order_only,
            eligible: PromotionAudience {
                group_id: eligible.group.map(|id| id.0),
                tag,
                segment_id: eligible.segment.map(|id| id.0),
                tier: Some(eligible.tier).filter(|tier| !tier.is_empty()),
                customer_id: eligible.customer.map(|id| id.0),
            },
            early_access: EarlyAudience {
                group_id: terms.early_for.group.map(|id| id.0),
                tag: early_tag,
                segment_id: terms.early_for.segment.map(|id| id.0),
            },
            uses: promotion.uses,
            version: promotion.version,
        }
    }
}

fn base(call: &Call) -> Currency {
    call.state.settings().base_currency
}

async fn list(call: &Call) -> Answer {
    let before = call.place("promotions")?;
    let all = call.choice("all", &["1"])?.is_some();
    let query = PromotionQuery { search: call.short_text("q")?, all, before };
    let mut found = store::list(&call.state.db, &query, base(call), PAGE + 1).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).map(|last| call.page_from("promotions", last.promotion.id));
    let items = found.into_iter().map(|listed| ListedPromotion::of(listed, call.zone())).collect();
    Reply::ok(&PageOf { items, total: None, next, previous: None })
}

async fn shown(call: &Call, q: &impl Query, id: PromotionId) -> Answer<ListedPromotion> {
    Ok(ListedPromotion::of(store::get_listed(q, id, base(call)).await?, call.zone()))
}

/// Of what people edit, and of everything: it is used all the time.
fn tag(promotion: &ListedPromotion) -> String {
    edition_tag(&(promotion.id, promotion.version), promotion)
}

async fn reply(call: &Call, q: &impl Query, id: PromotionId) -> Answer {
    let promotion = shown(call, q, id).await?;
    Ok(Reply::ok(&promotion)?.tagged(tag(&promotion)))
}

async fn get(call: &Call) -> Answer {
    reply(call, &call.state.db, call.id("id")?).await
}

/// The promotion of the path, locked, as `If-Match` wants it; its version.
async fn held(call: &Call, tx: &Tx) -> Answer<(PromotionId, i64)> {
    let id = call.id("id")?;
    store::lock(tx, id).await?;
    let promotion = shown(call, tx, id).await?;
    call.expect_edition(&tag(&promotion))?;
    Ok((id, promotion.version))
}

/// Creates or changes what the body says.
async fn save(call: &Call, tx: &Tx, input: PromotionInput, id: Option<(PromotionId, i64)>) -> Answer<PromotionId> {
    let (settings, kind) = (call.state.settings(), input.kind);
    let customer = match input.eligible.customer_id {
        Some(id) => Some(named(tx, "eligible.customer_id", CustomerId(id)).await?),
        None => None,
    };
    let edit = PromotionEdit { id, form: input.form(settings.base_currency)? };
    let clerk = Clerk::new(&call.state, &settings, By::Program, call.actor());
    manage::save_for(tx, &clerk, &edit, customer).await.map_err(|error| renamed(error, kind))
}

async fn add(call: &Call, tx: &Tx) -> Answer {
    let id = save(call, tx, call.body()?, None).await?;
    let made = reply(call, tx, id).await?;
    Ok(Reply { status: 201, ..made }.at(format!("/api/promotions/{id}")))
}

async fn replace(call: &Call, tx: &Tx) -> Answer {
    let input = call.body()?;
    let held = held(call, tx).await?;
    let id = save(call, tx, input, Some(held)).await?;
    reply(call, tx, id).await
}

async fn switch(call: &Call, tx: &Tx, on: bool) -> Answer {
    let (id, _) = held(call, tx).await?;
    let settings = call.state.settings();
    let clerk = Clerk::new(&call.state, &settings, By::Program, call.actor());
    manage::set_active(tx, &clerk, id, on).await?;
    reply(call, tx, id).await
}
