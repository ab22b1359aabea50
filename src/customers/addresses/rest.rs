//! Addresses in the REST API.

use super::{Address, AddressForm, service, store};
use crate::base::{AddressId, AppError, CustomerId};
use crate::customers::profile::store::get_visible;
use crate::office::apikeys::Scope::{ReadCustomers, WriteCustomers};
use crate::server::rest::{Answer, Call, Operation, PageOf, Reply, etag, rfc3339};
use crate::server::{Query, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let (all, one) = ("/customers/{id}/addresses", "/customers/{id}/addresses/{address}");
    vec![
        Operation::get(all, ReadCustomers, "list_addresses", "A customer's addresses", |c| Box::pin(list(c)))
            .about("The defaults first, then those used last.")
            .lists::<CustomerAddress>(),
        Operation::post(all, WriteCustomers, "add_address", "Adds an address", |c, tx| Box::pin(add(c, tx)))
            .about("The first one becomes the default for shipping and billing.")
            .takes::<AddressInput>()
            .creates::<CustomerAddress>(),
        Operation::get(one, ReadCustomers, "get_address", "An address", |c| Box::pin(get(c))).gives::<CustomerAddress>(),
        Operation::put(one, WriteCustomers, "replace_address", "Replaces an address", |c, tx| Box::pin(replace(c, tx)))
            .about("An address stops being a default when another one becomes it.")
            .takes::<AddressInput>()
            .gives::<CustomerAddress>()
            .guarded(),
        Operation::patch(one, WriteCustomers, "change_address", "Changes some of an address", |c, tx| Box::pin(patch(c, tx)))
            .takes::<AddressInput>()
            .gives::<CustomerAddress>()
            .guarded(),
        Operation::delete(one, WriteCustomers, "delete_address", "Deletes an address", |c, tx| Box::pin(delete(c, tx)))
            .about("Orders that were sent there keep it.")
            .guarded(),
    ]
}

/// What can be written of an address. What it needs depends on its country: most need a `postal_code`, some a `region`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressInput {
    #[schema(min_length = 1, max_length = 200)]
    pub recipient: String,
    #[serde(default)]
    #[schema(max_length = 200)]
    pub company: String,
    /// Street and number.
    #[schema(min_length = 1, max_length = 200)]
    pub street: String,
    #[serde(default)]
    #[schema(max_length = 200)]
    pub line2: String,
    #[serde(default)]
    pub postal_code: String,
    #[schema(min_length = 1, max_length = 200)]
    pub city: String,
    #[serde(default)]
    #[schema(max_length = 200)]
    pub region: String,
    /// ISO 3166, two letters.
    #[schema(pattern = "^[A-Z]{2}$", example = "PL")]
    pub country: String,
    #[serde(default)]
    pub phone: String,
    #[serde(default)]
    pub default_shipping: bool,
    #[serde(default)]
    pub default_billing: bool,
}

impl AddressInput {
    fn form(self) -> AddressForm {
        AddressForm {
            recipient: self.recipient,
            company: self.company,
            street: self.street,
            line2: self.line2,
            postal_code: self.postal_code,
            city: self.city,
            region: self.region,
            country: self.country,
            phone: self.phone,
            default_shipping: self.default_shipping,
            default_billing: self.default_billing,
        }
    }

    fn of(form: &AddressForm) -> Self {
        let form = form.clone();
        Self {
            recipient: form.recipient,
            company: form.company,
            street: form.street,
            line2: form.line2,
            postal_code: form.postal_code,
            city: form.city,
            region: form.region,
            country: form.country,
            phone: form.phone,
            default_shipping: form.default_shipping,
            default_billing: form.default_billing,
        }
    }
}

/// An address of a customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CustomerAddress {
    pub id: i64,
    pub recipient: String,
    pub company: String,
    pub street: String,
    pub line2: String,
    pub postal_code: String,
    pub city: String,
    pub region: String,
    pub country: String,
    pub phone: String,
    pub default_shipping: bool,
    pub default_billing: bool,
    /// When an order was last sent there.
    #[schema(format = DateTime)]
    pub last_used_at: Option<String>,
}

impl From<Address> for CustomerAddress {
    fn from(address: Address) -> Self {
        let input = AddressInput::of(&address.form);
        Self {
            id: address.id.0,
            recipient: input.recipient,
            company: input.company,
            street: input.street,
            line2: input.line2,
            postal_code: input.postal_code,
            city: input.city,
            region: input.region,
            country: input.country,
            phone: input.phone,
            default_shipping: input.default_shipping,
            default_billing: input.default_billing,
            last_used_at: address.last_used.and_then(|moment| rfc3339(moment.at)),
        }
    }
}

async fn all(q: &impl Query, call: &Call, customer: CustomerId) -> Answer<Vec<Address>> {
    Ok(store::list(q, customer, call.zone()).await?)
}

/// The customer's address of the path.
async fn find(q: &impl Query, call: &Call) -> Answer<Address> {
    let customer = get_visible(q, None, call.id("id")?).await?;
    let id: AddressId = call.id("address")?;
    one(q, call, customer, id).await
}

async fn one(q: &impl Query, call: &Call, customer: CustomerId, id: AddressId) -> Answer<Address> {
    let found = all(q, call, customer).await?.into_iter().find(|address| address.id == id);
    found.ok_or(AppError::NotFound.into())
}

fn shown(address: Address) -> Answer {
    let address = CustomerAddress::from(address);
    Ok(Reply::ok(&address)?.tagged(etag(&address)))
}

async fn list(call: &Call) -> Answer {
    let customer = get_visible(&call.state.db, None, call.id("id")?).await?;
    let addresses = all(&call.state.db, call, customer).await?;
    Reply::ok(&PageOf::whole(addresses.into_iter().map(CustomerAddress::from).collect()))
}

async fn get(call: &Call) -> Answer {
    shown(find(&call.state.db, call).await?)
}

async fn add(call: &Call, tx: &Tx) -> Answer {
    let form = call.body::<AddressInput>()?.form();
    let customer = get_visible(tx, None, call.id("id")?).await?;
    let id = service::add(tx, None, &call.actor(), customer, &form).await?;
    let made = shown(one(tx, call, customer, id).await?)?;
    Ok(Reply { status: 201, ..made }.at(format!("/api/customers/{customer}/addresses/{id}")))
}

async fn replace(call: &Call, tx: &Tx) -> Answer {
    let form = call.body::<AddressInput>()?.form();
    let now = held(call, tx).await?;
    edit(call, tx, now, form).await
}

async fn patch(call: &Call, tx: &Tx) -> Answer {
    let now = held(call, tx).await?;
    let form = call.patched(&AddressInput::of(&now.form))?.form();
    edit(call, tx, now, form).await
}

async fn delete(call: &Call, tx: &Tx) -> Answer {
    let now = held(call, tx).await?;
    service::delete(tx, None, &call.actor(), now.id).await?;
    Ok(Reply::nothing())
}

/// The address of the path, locked, as `If-Match` wants it.
async fn held(call: &Call, tx: &Tx) -> Answer<Address> {
    let address = find(tx, call).await?;
    store::hold(tx, address.id).await?;
    // Read again, since it may have been changed before it was locked.
    let address = find(tx, call).await?;
    call.expect_version(&etag(&CustomerAddress::from(address.clone())))?;
    Ok(address)
}

async fn edit(call: &Call, tx: &Tx, now: Address, form: AddressForm) -> Answer {
    service::edit(tx, None, &call.actor(), now.id, now.version, &form).await?;
    shown(find(tx, call).await?)
}
