//! Customers in the REST API: one customer, read and written.

use super::service::{blank, change, create, set_blocked};
use super::store::{Figures, get_figures, get_visible};
use super::{AccountStatus, Details, record, rest_labels};
use crate::base::{AppError, AppResult, BranchId, CustomerId, GroupId, Money, Timestamp};
use crate::customers::name::display_name;
use crate::office::apikeys::Scope::{ReadCustomers, WriteCustomers};
use crate::server::rest::{Amount, Answer, Call, Operation, Problem, Reply, edition_tag, rfc3339};
use crate::server::{Query, Tx};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let customer = "/customers/{id}";
    let mut all = vec![
        Operation::post("/customers", WriteCustomers, "create_customer", "Adds a customer", |c, tx| Box::pin(add(c, tx)))
            .about("Only `email` is needed, and nobody else may have it. The customer registers now.")
            .takes::<CustomerInput>()
            .creates::<Customer>(),
        Operation::get(customer, ReadCustomers, "get_customer", "A customer", |c| Box::pin(get(c)))
            .about("The id of a customer who was merged into another leads to that one: look at `id` in the answer.")
            .gives::<Customer>(),
        Operation::put(customer, WriteCustomers, "replace_customer", "Replaces a customer's details", |c, tx| {
            Box::pin(replace(c, tx))
        })
        .about(
            "What is left out is emptied, except for what prices and consents hang on: `locale`, `email_confirmed`, `marketing`, \
             `pricing_group` and `groups` stay as they are. A new email is an unconfirmed one.",
        )
        .takes::<CustomerInput>()
        .gives::<Customer>()
        .guarded(),
        Operation::patch(customer, WriteCustomers, "change_customer", "Changes some of a customer's details", |c, tx| {
            Box::pin(patch(c, tx))
        })
        .about("A JSON merge patch: the fields of `CustomerInput` that change, `null` to empty one.")
        .takes::<CustomerInput>()
        .gives::<Customer>()
        .guarded(),
        Operation::post("/customers/{id}/block", WriteCustomers, "block_customer", "Blocks a customer", |c, tx| {
            Box::pin(block(c, tx, true))
        })
        .about("A blocked customer can neither log in nor order.")
        .gives::<Customer>(),
        Operation::post("/customers/{id}/unblock", WriteCustomers, "unblock_customer", "Lifts a customer's block", |c, tx| {
            Box::pin(block(c, tx, false))
        })
        .gives::<Customer>(),
    ];
    all.extend(rest_labels::operations());
    all
}

/// Whether a customer agreed to be sent advertising.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Marketing {
    pub email: bool,
    pub sms: bool,
}

/// What can be written of a customer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerInput {
    #[serde(default)]
    #[schema(max_length = 200)]
    pub first_name: String,
    #[serde(default)]
    #[schema(max_length = 200)]
    pub last_name: String,
    #[serde(default)]
    #[schema(max_length = 200)]
    pub company: String,
    /// Unique among customers, in either case.
    #[schema(
        max_length = 254,
        pattern = r#"^\s*[^@\s,;<>"\x00-\x1f\x7f]+@[^@\s.,;<>"\x00-\x1f\x7f]+(\.[^@\s.,;<>"\x00-\x1f\x7f]+)+\s*$"#,
        example = "anna@example.com"
    )]
    pub email: String,
    #[serde(default)]
    #[schema(pattern = r"^(\+?[0-9]{5,15})?$", example = "+48601222333")]
    pub phone: Option<String>,
    /// Unique among customers.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub account_number: Option<String>,
    #[serde(default)]
    #[schema(format = Date)]
    pub date_of_birth: Option<String>,
    /// The language that the customer is written to in; the shop's where it is left out.
    #[serde(default)]
    #[schema(pattern = "^(en|de)$", example = "en")]
    pub locale: Option<String>,
    #[serde(default)]
    pub email_confirmed: Option<bool>,
    /// Each change is logged as a consent, or its withdrawal.
    #[serde(default)]
    pub marketing: Option<Marketing>,
    /// The group whose prices hold; Retail where it is left out.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub pricing_group: Option<i64>,
    /// All groups; the pricing group is among them without being named.
    #[serde(default)]
    pub groups: Option<Vec<i64>>,
    /// Tags that the shop does not know yet are made.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub tags: Vec<String>,
    #[serde(default)]
    #[schema(minimum = 1)]
    pub branch: Option<i64>,
    /// One of the branch's.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub department: Option<i64>,
    #[serde(default)]
    pub custom_fields: BTreeMap<String, String>,
}

impl CustomerInput {
    fn of(details: &Details) -> Self {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Self {
            first_name: details.first_name.clone(),
            last_name: details.last_name.clone(),
            company: details.company.clone(),
            email: details.email.clone(),
            phone: some(&details.phone),
            account_number: some(&details.account_number),
            date_of_birth: some(&details.date_of_birth),
            locale: Some(details.locale.clone()),
            email_confirmed: Some(details.email_confirmed),
            marketing: Some(Marketing { email: details.marketing_email, sms: details.marketing_sms }),
            pricing_group: Some(details.pricing_group.0),
            groups: Some(details.groups.iter().map(|group| group.0).collect()),
            tags: details.tags.clone(),
            branch: details.branch.map(|branch| branch.0),
            department: details.department,
            custom_fields: details.custom_fields.iter().cloned().collect(),
        }
    }

    /// The details that this makes of `now`.
    async fn details(self, q: &impl Query, now: &Details) -> Answer<Details> {
        let choices = record::list_choices(q, None).await?;
        let known = |group: &i64| choices.groups.iter().any(|(id, ..)| id.0 == *group);
        if self.groups.iter().flatten().any(|group| !known(group)) {
            return Err(Problem::invalid("groups", "customer.group_gone"));
        }
        if self.locale.as_ref().is_some_and(|locale| !choices.locales.iter().any(|(code, _)| code == locale)) {
            return Err(Problem::invalid("locale", "api.locale_unknown"));
        }
        if self.branch.is_some_and(|branch| !choices.branches.iter().any(|(id, _)| id.0 == branch)) {
            return Err(Problem::invalid("branch", "api.branch_unknown"));
        }
        let groups: Option<Vec<GroupId>> = self.groups.map(|ids| ids.into_iter().map(GroupId).collect());
        Ok(Details {
            first_name: self.first_name,
            last_name: self.last_name,
            company: self.company,
            email: self.email,
            phone: self.phone.unwrap_or_default(),
            account_number: self.account_number.unwrap_or_default(),
            date_of_birth: self.date_of_birth.unwrap_or_default(),
            locale: self.locale.unwrap_or_else(|| now.locale.clone()),
            account_status: now.account_status,
            email_confirmed: self.email_confirmed.unwrap_or(now.email_confirmed),
            marketing_email: self.marketing.map_or(now.marketing_email, |marketing| marketing.email),
            marketing_sms: self.marketing.map_or(now.marketing_sms, |marketing| marketing.sms),
            pricing_group: self.pricing_group.map_or(now.pricing_group, GroupId),
            groups: groups.unwrap_or_else(|| now.groups.clone()),
            tags: self.tags,
            branch: self.branch.map(BranchId),
            department: self.department,
            custom_fields: self.custom_fields.into_iter().collect(),
        })
    }
}

/// A customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Customer {
    pub id: i64,
    /// As it is shown: the person, else the company, else the email.
    pub name: String,
    /// Whether the account may be used.
    pub status: AccountStatus,
    /// Ordered lately, as the shop's settings have it.
    pub active: bool,
    pub first_name: String,
    pub last_name: String,
    pub company: String,
    pub email: String,
    pub email_confirmed: bool,
    pub phone: Option<String>,
    pub account_number: Option<String>,
    #[schema(format = Date)]
    pub date_of_birth: Option<String>,
    pub locale: String,
    pub marketing: Marketing,
    pub pricing_group: i64,
    pub groups: Vec<i64>,
    pub tags: Vec<String>,
    pub branch: Option<i64>,
    pub department: Option<i64>,
    pub custom_fields: BTreeMap<String, String>,
    /// How the customer came: `portal`, `api`, `import`, `staff` or `campaign`.
    pub source: String,
    pub campaign: Option<String>,
    #[schema(format = DateTime)]
    pub registered_at: Option<String>,
    #[schema(format = DateTime)]
    pub last_login_at: Option<String>,
    pub figures: CustomerFigures,
}

/// What a customer adds up to, in the shop's base currency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CustomerFigures {
    /// Completed orders: placed and not cancelled.
    pub orders: i64,
    /// Completed orders, tax and shipping included, less refunds, without gift cards bought.
    pub spent: Amount,
    /// Null without orders.
    pub average_order: Option<Amount>,
    #[schema(format = DateTime)]
    pub last_order_at: Option<String>,
    pub visits: i64,
    pub store_credit: Amount,
    pub points: i64,
}

impl Customer {
    fn new(call: &Call, id: CustomerId, details: &Details, figures: Figures) -> Self {
        let input = CustomerInput::of(details);
        let settings = call.state.settings();
        let amount = |minor| Amount::from(Money::new(minor, settings.base_currency));
        let active_since = i64::from(call.state.today().0) - i64::from(settings.active_days);
        Self {
            id: id.0,
            name: display_name(&details.first_name, &details.last_name, &details.company, &details.email),
            status: details.account_status,
            active: figures.orders_count > 0 && figures.last_order_day >= active_since,
            first_name: input.first_name,
            last_name: input.last_name,
            company: input.company,
            email: input.email,
            email_confirmed: details.email_confirmed,
            phone: input.phone,
            account_number: input.account_number,
            date_of_birth: input.date_of_birth,
            locale: details.locale.clone(),
            marketing: input.marketing.unwrap_or_default(),
            pricing_group: details.pricing_group.0,
            groups: input.groups.unwrap_or_default(),
            tags: input.tags,
            branch: input.branch,
            department: input.department,
            custom_fields: input.custom_fields,
            source: figures.source,
            campaign: figures.campaign,
            registered_at: rfc3339(Timestamp(figures.registered_at)),
            last_login_at: rfc3339(Timestamp(figures.last_login_at)),
            figures: CustomerFigures {
                orders: figures.orders_count,
                spent: amount(figures.spent_minor),
                average_order: (figures.orders_count > 0).then(|| amount(figures.aov_minor)),
                last_order_at: rfc3339(Timestamp(figures.last_order_at)),
                visits: figures.visits_count,
                store_credit: amount(figures.credit_minor),
                points: figures.points,
            },
        }
    }
}

/// Where a customer is.
fn address(id: CustomerId) -> String {
    format!("/api/customers/{id}")
}

/// A customer as they are now, with their tag.
pub(super) async fn reply(q: &impl Query, call: &Call, id: CustomerId) -> Answer {
    let (_, details) = record::get_details(q, id).await?;
    let customer = Customer::new(call, id, &details, get_figures(q, id).await?);
    Ok(Reply::ok(&customer)?.tagged(edition_tag(&details, &customer)))
}

/// A customer who is named in the field of a body.
///
/// # Errors
/// [`Problem`] on the field where there is none.
pub async fn named(q: &impl Query, field: &str, id: CustomerId) -> Answer<CustomerId> {
    let found = get_visible(q, None, id).await;
    found.map_err(|error| match error {
        AppError::NotFound => Problem::invalid(field, "api.customer_unknown"),
        other => other.into(),
    })
}

/// The customer of the path, locked, and their details; refused where `If-Match` names other ones.
pub(super) async fn hold(tx: &Tx, call: &Call) -> Answer<(CustomerId, i64, Details)> {
    let id = get_visible(tx, None, call.id("id")?).await?;
    let (version, details) = record::hold_details(tx, id).await?;
    call.expect_edition(&edition_tag(&details, &()))?;
    Ok((id, version, details))
}

async fn get(call: &Call) -> Answer {
    let asked: CustomerId = call.id("id")?;
    let id = get_visible(&call.state.db, None, asked).await?;
    let reply = reply(&call.state.db, call, id).await?;
    Ok(if id == asked { reply } else { reply.at(address(id)) })
}

async fn add(call: &Call, tx: &Tx) -> Answer {
    let input: CustomerInput = call.body()?;
    let group = record::default_group(tx, call.now).await?;
    let nobody = Details { locale: call.state.settings().locale.clone(), groups: vec![group], ..blank(group) };
    let nobody = match input.pricing_group {
        // The default group stands in for the one that is left out, and only for that.
        Some(_) => Details { groups: Vec::new(), ..nobody },
        None => nobody,
    };
    let details = input.details(tx, &nobody).await?;
    let id = create(tx, None, &call.actor(), &details, call.zone()).await?;
    let made = reply(tx, call, id).await?;
    Ok(Reply { status: 201, ..made }.at(address(id)))
}

async fn replace(call: &Call, tx: &Tx) -> Answer {
    let input: CustomerInput = call.body()?;
    let (id, version, before) = hold(tx, call).await?;
    let after = input.details(tx, &before).await?;
    write(call, tx, id, version, &before, &after).await
}

async fn patch(call: &Call, tx: &Tx) -> Answer {
    let (id, version, before) = hold(tx, call).await?;
    let after = call.patched(&CustomerInput::of(&before))?.details(tx, &before).await?;
    write(call, tx, id, version, &before, &after).await
}

pub(super) async fn write(call: &Call, tx: &Tx, id: CustomerId, version: i64, before: &Details, after: &Details) -> Answer {
    change(tx, None, &call.actor(), id, (version, before), after, call.zone()).await?;
    reply(tx, call, id).await
}

async fn block(call: &Call, tx: &Tx, blocked: bool) -> Answer {
    let id = get_visible(tx, None, call.id("id")?).await?;
    let done: AppResult<()> = set_blocked(tx, None, &call.actor(), id, blocked).await;
    done?;
    reply(tx, call, id).await
}
