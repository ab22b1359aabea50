//! Writing addresses: the defaults, the customer's location and the audit log in one transaction.

use super::AddressForm;
use super::store::{self, Use};
use crate::base::{AddressId, AppError, AppResult, BranchId, CustomerId};
use crate::customers::profile::store::get_visible;
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::server::Tx;

/// # Errors
/// [`AppError::Invalid`] on the field that cannot be so; [`AppError::NotFound`] for a customer out of `scope`.
pub async fn add(
    tx: &Tx,
    scope: Option<&[BranchId]>,
    actor: &Actor,
    customer: CustomerId,
    form: &AddressForm,
) -> AppResult<AddressId> {
    let form = form.checked()?;
    let customer = get_visible(tx, scope, customer).await?;
    store::hold_customer(tx, customer).await?;
    let id = store::insert(tx, customer, &form, actor.at).await?;
    set_defaults(tx, customer, id, &form).await?;
    audit(tx, actor, "address.added", id, customer, &changes(&AddressForm::default(), &form)).await?;
    Ok(id)
}

/// # Errors
/// [`AppError::Conflict`] when it was changed since `version`; [`AppError::Invalid`]; [`AppError::NotFound`].
pub async fn edit(
    tx: &Tx,
    scope: Option<&[BranchId]>,
    actor: &Actor,
    id: AddressId,
    version: i64,
    form: &AddressForm,
) -> AppResult<()> {
    let form = form.checked()?;
    let (customer, current, before) = store::hold(tx, id).await?;
    let customer = get_visible(tx, scope, customer).await?;
    if current != version {
        return Err(AppError::Conflict { message: "address.conflict".into() });
    }
    store::update(tx, id, &form, actor.at).await?;
    set_defaults(tx, customer, id, &form).await?;
    audit(tx, actor, "address.changed", id, customer, &changes(&before, &form)).await
}

/// Deletes an address; where it was a default, the one used last takes over.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn delete(tx: &Tx, scope: Option<&[BranchId]>, actor: &Actor, id: AddressId) -> AppResult<()> {
    let (customer, _, before) = store::hold(tx, id).await?;
    let customer = get_visible(tx, scope, customer).await?;
    store::delete(tx, id).await?;
    settle(tx, customer).await?;
    audit(tx, actor, "address.deleted", id, customer, &changes(&before, &AddressForm::default())).await
}

/// Bills to where is shipped to.
///
/// # Errors
/// [`AppError::NotFound`] for a customer out of `scope`, or without an address.
pub async fn bill_to_shipping(tx: &Tx, scope: Option<&[BranchId]>, actor: &Actor, customer: CustomerId) -> AppResult<()> {
    let customer = get_visible(tx, scope, customer).await?;
    store::hold_customer(tx, customer).await?;
    let id = store::find_default(tx, customer, Use::Shipping).await?.ok_or(AppError::NotFound)?;
    store::make_default(tx, customer, id, Use::Billing).await?;
    let changes: Vec<Change> = Change::of("default_billing", "false", "true").into_iter().collect();
    audit(tx, actor, "address.changed", id, customer, &changes).await
}

async fn set_defaults(tx: &Tx, customer: CustomerId, id: AddressId, form: &AddressForm) -> AppResult<()> {
    for (which, wanted) in [(Use::Shipping, form.default_shipping), (Use::Billing, form.default_billing)] {
        if wanted {
            store::make_default(tx, customer, id, which).await?;
        }
    }
    settle(tx, customer).await
}

/// Sees to it that there is a default for each use where there are addresses, and that the customer's location follows.
async fn settle(tx: &Tx, customer: CustomerId) -> AppResult<()> {
    for which in Use::ALL {
        if store::find_default(tx, customer, which).await?.is_none()
            && let Some(next) = store::find_next(tx, customer).await?
        {
            store::make_default(tx, customer, next, which).await?;
        }
    }
    Ok(store::follow_default(tx, customer).await?)
}

fn changes(before: &AddressForm, after: &AddressForm) -> Vec<Change> {
    let flag = |flag: bool| if flag { "true" } else { "" };
    [
        Change::of("recipient", &before.recipient, &after.recipient),
        Change::of("company", &before.company, &after.company),
        Change::of("street", &before.street, &after.street),
        Change::of("line2", &before.line2, &after.line2),
        Change::of("postal_code", &before.postal_code, &after.postal_code),
        Change::of("city", &before.city, &after.city),
        Change::of("region", &before.region, &after.region),
        Change::of("country", &before.country, &after.country),
        Change::of("phone", &before.phone, &after.phone),
        Change::of("default_shipping", flag(before.default_shipping), flag(after.default_shipping)),
        Change::of("default_billing", flag(before.default_billing), flag(after.default_billing)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

async fn audit(tx: &Tx, actor: &Actor, action: &str, id: AddressId, customer: CustomerId, changes: &[Change]) -> AppResult<()> {
    let entry = Entry { action, entity: "address", entity_id: id.0, customer: Some(customer), changes };
    Ok(record(tx, actor, entry).await?)
}
