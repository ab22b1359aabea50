//! Groups in the REST API. Writing them is for keys that may move money: prices hang on it.

use super::{CheckedGroup, GroupForm, Shipping, service, store};
use crate::base::{AppError, Currency, GroupId, Money};
use crate::customers::memberships::service::counts;
use crate::office::apikeys::Scope::{MoveMoney, ReadCustomers};
use crate::server::rest::{Amount, Answer, Call, Operation, PageOf, Problem, Reply, etag};
use crate::server::{Query, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let one = "/groups/{id}";
    vec![
        Operation::get("/groups", ReadCustomers, "list_groups", "The shop's customer groups", |c| Box::pin(list(c)))
            .about("Those in use by name, then the archived ones.")
            .lists::<CountedGroup>(),
        Operation::post("/groups", MoveMoney, "create_group", "Makes a customer group", |c, tx| Box::pin(add(c, tx)))
            .takes::<GroupInput>()
            .creates::<Group>(),
        Operation::get(one, ReadCustomers, "get_group", "A customer group", |c| Box::pin(get(c))).gives::<Group>(),
        Operation::put(one, MoveMoney, "replace_group", "Replaces what a group means", |c, tx| Box::pin(replace(c, tx)))
            .about("What is left out is none. Orders and drafts are priced by it from then on.")
            .takes::<GroupInput>()
            .gives::<Group>()
            .guarded(),
        Operation::delete(one, MoveMoney, "archive_group", "Archives a group", |c, tx| Box::pin(archive(c, tx)))
            .about("Refused while customers are in it or have its prices, and while a promotion is for it, a product opens earlier for it, or a campaign is for it that is not sent yet.")
            .guarded(),
    ]
}

/// What can be written of a group. Amounts are in the base currency.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupInput {
    #[schema(min_length = 1, max_length = 60)]
    pub name: String,
    #[serde(default)]
    #[schema(max_length = 500)]
    pub description: String,
    /// One of twelve colours.
    #[serde(default)]
    #[schema(maximum = 11)]
    pub hue: u8,
    /// Hundredths of a percent: 3000 is 30 %.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000)]
    pub discount_bp: i64,
    #[serde(default)]
    pub shipping: Shipping,
    /// From how much merchandise on shipping is free, where `shipping` is `free_over`.
    pub free_over: Option<Amount>,
    /// Orders of less are refused.
    pub minimum: Option<Amount>,
    /// Days after the order by which it is to be paid.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 365)]
    pub payment_terms_days: i64,
    #[schema(minimum = 1)]
    pub price_list_id: Option<i64>,
    #[serde(default)]
    pub priority_support: bool,
    #[serde(default)]
    pub early_access: bool,
    /// Customers cannot change their addresses themselves.
    #[serde(default)]
    pub locks_address: bool,
}

impl GroupInput {
    /// As a person would type it, so that the same rules hold.
    fn form(self, base: Currency) -> Answer<GroupForm> {
        if !(0..=10_000).contains(&self.discount_bp) {
            return Err(Problem::invalid("discount_bp", "groups.discount_invalid"));
        }
        let flag = |on: bool| if on { "1".to_owned() } else { String::new() };
        Ok(GroupForm {
            name: self.name,
            description: self.description,
            hue: self.hue.to_string(),
            discount: Money::new(self.discount_bp, Currency::USD).plain(),
            shipping: self.shipping.code().to_owned(),
            free_over: typed("free_over", self.free_over.as_ref(), base)?,
            minimum: typed("minimum", self.minimum.as_ref(), base)?,
            terms: self.payment_terms_days.to_string(),
            price_list: self.price_list_id.map(|id| id.to_string()).unwrap_or_default(),
            priority_support: flag(self.priority_support),
            early_access: flag(self.early_access),
            locks_address: flag(self.locks_address),
        })
    }
}

fn typed(field: &str, amount: Option<&Amount>, base: Currency) -> Answer<String> {
    let Some(amount) = amount else { return Ok(String::new()) };
    let money = amount.money(field)?;
    if money.currency != base {
        return Err(Problem::invalid(format!("{field}.currency"), "api.base_currency_only"));
    }
    Ok(money.plain())
}

/// The fields of a form as this room's bodies call them.
fn named(error: AppError) -> Problem {
    match error {
        AppError::Invalid { field, message } => match field.as_str() {
            "terms" => Problem::invalid("payment_terms_days", message),
            "price_list" => Problem::invalid("price_list_id", message),
            _ => Problem::invalid(field, message),
        },
        other => other.into(),
    }
}

/// A customer group and what it means. Amounts are in the base currency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Group {
    pub id: i64,
    /// Stays when the name changes: `wholesale`.
    pub code: String,
    pub name: String,
    pub description: String,
    /// One of twelve colours.
    pub hue: u8,
    /// Hundredths of a percent: 3000 is 30 %.
    pub discount_bp: i64,
    pub shipping: Shipping,
    /// Null where `shipping` is not `free_over`.
    pub free_over: Option<Amount>,
    /// Null is none.
    pub minimum: Option<Amount>,
    /// Days after the order by which it is to be paid.
    pub payment_terms_days: i64,
    pub price_list_id: Option<i64>,
    pub priority_support: bool,
    pub early_access: bool,
    /// Customers cannot change their addresses themselves.
    pub locks_address: bool,
    /// Nobody can be put into it.
    pub archived: bool,
    /// Goes up with every change.
    pub version: i64,
}

impl Group {
    fn of(row: &store::Group, base: Currency) -> Self {
        let CheckedGroup { name, description, hue, benefits } = row.checked(base);
        let amount = |money: Money| (money.minor > 0).then(|| Amount::from(money));
        Self {
            id: row.id,
            code: row.code.clone(),
            name,
            description,
            hue,
            discount_bp: benefits.discount_bp,
            shipping: benefits.shipping,
            free_over: amount(benefits.free_over),
            minimum: amount(benefits.minimum),
            payment_terms_days: benefits.terms_days,
            price_list_id: benefits.price_list.map(|id| id.0),
            priority_support: benefits.priority_support,
            early_access: benefits.early_access,
            locks_address: benefits.locks_address,
            archived: row.is_archived(),
            version: row.version,
        }
    }
}

/// A customer group and how many are in it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CountedGroup {
    pub id: i64,
    pub code: String,
    pub name: String,
    pub description: String,
    /// Hundredths of a percent: 3000 is 30 %.
    pub discount_bp: i64,
    /// Days after the order by which it is to be paid.
    pub payment_terms_days: i64,
    pub customers: u64,
    pub archived: bool,
}

fn base(call: &Call) -> Currency {
    call.state.settings().base_currency
}

async fn list(call: &Call) -> Answer {
    let counts = counts(&call.state, None).await?.groups;
    let counted = |row: store::Group| {
        let group = Group::of(&row, base(call));
        CountedGroup {
            id: group.id,
            code: group.code,
            name: group.name,
            description: group.description,
            discount_bp: group.discount_bp,
            payment_terms_days: group.payment_terms_days,
            customers: counts.get(&GroupId(group.id)).copied().unwrap_or_default(),
            archived: group.archived,
        }
    };
    Reply::ok(&PageOf::whole(store::list(&call.state.db).await?.into_iter().map(counted).collect()))
}

async fn shown(call: &Call, q: &impl Query, id: GroupId) -> Answer {
    let group = Group::of(&store::get(q, id).await?, base(call));
    Ok(Reply::ok(&group)?.tagged(etag(&group)))
}

async fn get(call: &Call) -> Answer {
    shown(call, &call.state.db, call.id("id")?).await
}

async fn add(call: &Call, tx: &Tx) -> Answer {
    let form = call.body::<GroupInput>()?.form(base(call))?;
    let id = service::add(tx, &call.actor(), base(call), &form).await.map_err(named)?;
    let made = shown(call, tx, id).await?;
    Ok(Reply { status: 201, ..made }.at(format!("/api/groups/{id}")))
}

/// The group of the path, locked, as `If-Match` wants it.
async fn held(call: &Call, tx: &Tx) -> Answer<store::Group> {
    let group = store::hold(tx, call.id("id")?).await?;
    call.expect_version(&etag(&Group::of(&group, base(call))))?;
    Ok(group)
}

async fn replace(call: &Call, tx: &Tx) -> Answer {
    let form = call.body::<GroupInput>()?.form(base(call))?;
    let group = held(call, tx).await?;
    let (id, now) = (GroupId(group.id), GroupForm::of(&group.checked(base(call))));
    service::change(tx, &call.actor(), base(call), id, &form, &now).await.map_err(named)?;
    shown(call, tx, id).await
}

async fn archive(call: &Call, tx: &Tx) -> Answer {
    let group = held(call, tx).await?;
    service::set_archived(tx, &call.actor(), base(call), GroupId(group.id), true).await?;
    Ok(Reply::nothing())
}
