//! All SQL of addresses.

use super::{Address, AddressForm};
use crate::args;
use crate::base::contact;
use crate::base::text::normalise;
use crate::base::{AddressId, AppError, AppResult, CustomerId, Timestamp};
use crate::office::settings::zone::Zone;
use crate::server::db::dialect::for_update;
use crate::server::{DbResult, Query, Tx};

/// What an address can be the default for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    Shipping,
    Billing,
}

impl Use {
    pub const ALL: [Self; 2] = [Self::Shipping, Self::Billing];

    fn column(self) -> &'static str {
        match self {
            Self::Shipping => "is_default_shipping",
            Self::Billing => "is_default_billing",
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    customer_id: i64,
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
    last_used_at: i64,
    version: i64,
}

const COLUMNS: &str = "id, customer_id, recipient, company, street, line2, postal_code, city, region, country, phone,
    is_default_shipping, is_default_billing, last_used_at, version";

impl Row {
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
            default_shipping: self.is_default_shipping,
            default_billing: self.is_default_billing,
        }
    }
}

/// A customer's addresses: the defaults first, then those used last.
///
/// # Errors
/// When the database does not answer.
pub async fn list(q: &impl Query, customer: CustomerId, zone: Zone) -> DbResult<Vec<Address>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM addresses WHERE customer_id = $1
         ORDER BY is_default_shipping DESC, is_default_billing DESC, last_used_at DESC, id DESC"
    );
    let rows: Vec<Row> = q.all(&sql, args![customer]).await?;
    let address = |row: Row| Address {
        id: AddressId(row.id),
        last_used: zone.moment_or_never(row.last_used_at),
        version: row.version,
        form: row.form(),
    };
    Ok(rows.into_iter().map(address).collect())
}

/// Locks a customer until the end of the transaction: their addresses are changed by one at a time, since a default given to one
/// is taken from another.
///
/// # Errors
/// When the database does not answer.
pub async fn hold_customer(tx: &Tx, customer: CustomerId) -> DbResult<()> {
    let sql = format!("SELECT id FROM customers WHERE id = $1{}", for_update(tx));
    tx.optional::<(i64,)>(&sql, args![customer]).await.map(drop)
}

/// Whose an address is, its version and what it says; it and the customer locked until the end of the transaction.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn hold(tx: &Tx, id: AddressId) -> AppResult<(CustomerId, i64, AddressForm)> {
    let owner: Option<(i64,)> = tx.optional("SELECT customer_id FROM addresses WHERE id = $1", args![id]).await?;
    hold_customer(tx, CustomerId(owner.ok_or(AppError::NotFound)?.0)).await?;
    let sql = format!("SELECT {COLUMNS} FROM addresses WHERE id = $1{}", for_update(tx));
    let row: Row = tx.optional(&sql, args![id]).await?.ok_or(AppError::NotFound)?;
    Ok((CustomerId(row.customer_id), row.version, row.form()))
}

/// Adds an address that is no default yet.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &Tx, customer: CustomerId, form: &AddressForm, now: Timestamp) -> DbResult<AddressId> {
    let id = tx
        .insert(
            "INSERT INTO addresses (customer_id, recipient, company, street, line2, postal_code, city, region, country, phone,
               created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) RETURNING id",
            args![
                customer,
                &form.recipient,
                &form.company,
                &form.street,
                &form.line2,
                &form.postal_code,
                &form.city,
                &form.region,
                &form.country,
                &form.phone,
                now
            ],
        )
        .await?;
    Ok(AddressId(id))
}

/// Rewrites an address; what it is the default for stays.
///
/// # Errors
/// When the database does not answer.
pub async fn update(tx: &Tx, id: AddressId, form: &AddressForm, now: Timestamp) -> DbResult<()> {
    tx.execute(
        "UPDATE addresses SET recipient = $2, company = $3, street = $4, line2 = $5, postal_code = $6, city = $7, region = $8,
           country = $9, phone = $10, updated_at = $11, version = version + 1 WHERE id = $1",
        args![
            id,
            &form.recipient,
            &form.company,
            &form.street,
            &form.line2,
            &form.postal_code,
            &form.city,
            &form.region,
            &form.country,
            &form.phone,
            now
        ],
    )
    .await?;
    Ok(())
}

/// # Errors
/// When the database does not answer.
pub async fn delete(tx: &Tx, id: AddressId) -> DbResult<()> {
    tx.execute("DELETE FROM addresses WHERE id = $1", args![id]).await?;
    Ok(())
}

/// Makes an address the only default of its customer for a use.
///
/// # Errors
/// When the database does not answer.
pub async fn make_default(tx: &Tx, customer: CustomerId, id: AddressId, which: Use) -> DbResult<()> {
    let column = which.column();
    // Taken away first: the index that allows one default is checked row by row.
    tx.execute(
        &format!("UPDATE addresses SET {column} = FALSE, version = version + 1 WHERE customer_id = $1 AND {column} AND id <> $2"),
        args![customer, id],
    )
    .await?;
    tx.execute(
        &format!(
            "UPDATE addresses SET {column} = TRUE, version = version + 1 WHERE customer_id = $1 AND id = $2 AND NOT {column}"
        ),
        args![customer, id],
    )
    .await?;
    Ok(())
}

/// The default of a customer for a use.
///
/// # Errors
/// When the database does not answer.
pub async fn find_default(q: &impl Query, customer: CustomerId, which: Use) -> DbResult<Option<AddressId>> {
    let sql = format!("SELECT id FROM addresses WHERE customer_id = $1 AND {}", which.column());
    Ok(q.optional::<(i64,)>(&sql, args![customer]).await?.map(|(id,)| AddressId(id)))
}

/// The address that takes over where a default is gone: used last, else added last.
///
/// # Errors
/// When the database does not answer.
pub async fn find_next(q: &impl Query, customer: CustomerId) -> DbResult<Option<AddressId>> {
    let sql = "SELECT id FROM addresses WHERE customer_id = $1 ORDER BY last_used_at DESC, id DESC LIMIT 1";
    Ok(q.optional::<(i64,)>(sql, args![customer]).await?.map(|(id,)| AddressId(id)))
}

/// Writes country, region and city of the default shipping address into the customer's row, for the list, and the phone's key,
/// which depends on the country.
///
/// # Errors
/// When the database does not answer.
pub async fn follow_default(tx: &Tx, customer: CustomerId) -> DbResult<()> {
    let row: Option<(String, String, String)> = tx
        .optional("SELECT country, region, city FROM addresses WHERE customer_id = $1 AND is_default_shipping", args![customer])
        .await?;
    let (country, region, city) = row.unwrap_or_default();
    let phone: Option<(Option<String>,)> = tx.optional("SELECT phone FROM customers WHERE id = $1", args![customer]).await?;
    let phone_key = contact::phone_key(&phone.and_then(|row| row.0).unwrap_or_default(), &country);
    let keys = (normalise(&format!("{country} {region} {city}")), normalise(&region), normalise(&city));
    tx.execute(
        "UPDATE customers SET country = $2, region = $3, city = $4, location_key = $5, region_key = $6, city_key = $7,
           phone_key = $8
         WHERE id = $1 AND (country <> $2 OR region <> $3 OR city <> $4 OR phone_key <> $8)",
        args![customer, country, region, city, keys.0, keys.1, keys.2, phone_key],
    )
    .await?;
    Ok(())
}
