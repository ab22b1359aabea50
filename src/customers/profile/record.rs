//! SQL of a customer's details, and of customers coming and going.

use super::{AccountStatus, Choices, ConsentLine, Details, Field};
use crate::args;
use crate::base::text::normalise;
use crate::base::{AppError, AppResult, BranchId, CustomerId, GroupId, Timestamp, contact};
use crate::customers::memberships::Target;
use crate::customers::memberships::store::{self as memberships, By};
use crate::customers::{groups, name, tags};
use crate::office::audit::store::Actor;
use crate::office::settings::zone::Zone;
use crate::server::db::dialect::for_update;
use crate::server::{DbError, DbResult, Query, Tx};
use std::collections::BTreeMap;

#[derive(sqlx::FromRow)]
struct Row {
    first_name: String,
    last_name: String,
    company: String,
    email: String,
    email_confirmed: bool,
    phone: Option<String>,
    account_number: Option<String>,
    date_of_birth: Option<String>,
    locale: String,
    account_status: String,
    marketing_email: bool,
    marketing_sms: bool,
    pricing_group_id: i64,
    branch_id: Option<i64>,
    department_id: Option<i64>,
    custom_fields: String,
    version: i64,
}

const DETAILS: &str =
    "SELECT first_name, last_name, company, email, email_confirmed, phone, account_number, date_of_birth, locale,
      account_status, marketing_email, marketing_sms, pricing_group_id, branch_id, department_id, custom_fields, version
    FROM customers WHERE id = $1";

/// The version of a customer and the details.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn get_details(q: &impl Query, id: CustomerId) -> AppResult<(i64, Details)> {
    details(q, id, "").await
}

/// As [`get_details`], locking the customer until the end of the transaction.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn hold_details(tx: &Tx, id: CustomerId) -> AppResult<(i64, Details)> {
    details(tx, id, for_update(tx)).await
}

async fn details(q: &impl Query, id: CustomerId, lock: &str) -> AppResult<(i64, Details)> {
    let row: Row = q.optional(&format!("{DETAILS}{lock}"), args![id]).await?.ok_or(AppError::NotFound)?;
    let tags = super::store::list_tags(q, id).await?;
    let groups: Vec<(i64,)> =
        q.all("SELECT group_id FROM customer_group_members WHERE customer_id = $1 ORDER BY group_id", args![id]).await?;
    let fields: BTreeMap<String, serde_json::Value> = serde_json::from_str(&row.custom_fields).unwrap_or_default();
    let details = Details {
        first_name: row.first_name,
        last_name: row.last_name,
        company: row.company,
        email: row.email,
        phone: row.phone.unwrap_or_default(),
        account_number: row.account_number.unwrap_or_default(),
        date_of_birth: row.date_of_birth.unwrap_or_default(),
        locale: row.locale,
        account_status: AccountStatus::blocked(row.account_status == "blocked"),
        email_confirmed: row.email_confirmed,
        marketing_email: row.marketing_email,
        marketing_sms: row.marketing_sms,
        pricing_group: GroupId(row.pricing_group_id),
        groups: groups.into_iter().map(|(id,)| GroupId(id)).collect(),
        tags,
        branch: row.branch_id.map(BranchId),
        department: row.department_id,
        custom_fields: fields.into_iter().map(|(name, value)| (name, plain(value))).collect(),
    };
    Ok((row.version, details))
}

/// A custom field as text; imports may have brought numbers.
fn plain(value: serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

/// What the selects of the details offer to somebody with this scope.
///
/// # Errors
/// When the database does not answer.
pub async fn list_choices(q: &impl Query, scope: Option<&[BranchId]>) -> DbResult<Choices> {
    let groups: Vec<(i64, String, i64)> =
        q.all("SELECT id, name, discount_bp FROM customer_groups WHERE archived_at = 0 ORDER BY name_key", args![]).await?;
    let branches: Vec<(i64, String)> = q.all("SELECT id, name FROM branches ORDER BY name", args![]).await?;
    let departments: Vec<(i64, i64, String)> =
        q.all("SELECT id, branch_id, name FROM departments ORDER BY name", args![]).await?;
    let visible = |branch: i64| scope.is_none_or(|scope| scope.contains(&BranchId(branch)));
    Ok(Choices {
        groups: groups.into_iter().map(|(id, name, discount)| (GroupId(id), name, discount)).collect(),
        branches: branches.into_iter().filter(|(id, _)| visible(*id)).map(|(id, name)| (BranchId(id), name)).collect(),
        departments: departments
            .into_iter()
            .filter(|(_, branch, _)| visible(*branch))
            .map(|(id, branch, name)| (id, BranchId(branch), name))
            .collect(),
        locales: crate::base::i18n::LOCALES.iter().map(|(code, name, _)| ((*code).to_owned(), (*name).to_owned())).collect(),
    })
}

/// The newest consent to each kind of marketing.
///
/// # Errors
/// When the database does not answer.
pub async fn list_marketing_consents(q: &impl Query, id: CustomerId, zone: Zone) -> DbResult<Vec<ConsentLine>> {
    let rows: Vec<(String, bool, String, i64)> = q
        .all(
            "SELECT purpose, granted, source, at FROM consents WHERE id IN (
               SELECT MAX(id) FROM consents WHERE customer_id = $1 AND purpose IN ('marketing_email', 'marketing_sms')
               GROUP BY purpose)
             ORDER BY purpose",
            args![id],
        )
        .await?;
    let line = |(purpose, granted, source, at)| ConsentLine { purpose, granted, source, at: zone.moment(Timestamp(at)) };
    Ok(rows.into_iter().map(line).collect())
}

/// Optional text: NULL where it is empty.
fn optional(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Which field a unique constraint refused.
fn refused(error: DbError) -> AppError {
    match error {
        DbError::Unique(what) if what.contains("account_number") => {
            AppError::invalid(Field::AccountNumber.name(), "customer.account_number_taken")
        }
        DbError::Unique(_) => AppError::invalid(Field::Email.name(), "customer.email_taken"),
        other => other.into(),
    }
}

/// The custom fields as the database keeps them.
fn fields_json(details: &Details) -> String {
    let fields: BTreeMap<&str, &str> = details.custom_fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    serde_json::to_string(&fields).unwrap_or_else(|_| "{}".into())
}

fn name_key(details: &Details) -> String {
    name::name_key(&details.first_name, &details.last_name, &details.company)
}

/// Writes the customer's own row; tags, groups and consents have tables of their own. Yields the new version.
///
/// # Errors
/// [`AppError::Invalid`] on `email` or `account_number` when another customer has it.
pub async fn update(tx: &Tx, id: CustomerId, details: &Details, now: Timestamp) -> AppResult<i64> {
    let country: Option<(String,)> = tx.optional("SELECT country FROM customers WHERE id = $1", args![id]).await?;
    let country = country.map(|(code,)| code).unwrap_or_default();
    tx.insert(
        "UPDATE customers SET first_name = $2, last_name = $3, company = $4, name_key = $5, email = $6, email_key = $7,
           email_confirmed = $8, phone = $9, phone_key = $10, account_number = $11, date_of_birth = $12, locale = $13,
           account_status = $14, marketing_email = $15, marketing_sms = $16, pricing_group_id = $17, branch_id = $18,
           department_id = $19, custom_fields = $20, updated_at = $21, version = version + 1
         WHERE id = $1 RETURNING version",
        args![
            id,
            &details.first_name,
            &details.last_name,
            &details.company,
            name_key(details),
            &details.email,
            contact::email_key(&details.email),
            details.email_confirmed,
            optional(&details.phone),
            contact::phone_key(&details.phone, &country),
            optional(&details.account_number),
            optional(&details.date_of_birth),
            &details.locale,
            details.account_status.code(),
            details.marketing_email,
            details.marketing_sms,
            details.pricing_group,
            details.branch,
            details.department,
            fields_json(details),
            now
        ],
    )
    .await
    .map_err(refused)
}

/// Adds a customer who registers now, without tags and groups, with empty figures. `source`: how they came.
///
/// # Errors
/// As [`update`].
pub async fn insert(tx: &Tx, details: &Details, source: &str, now: Timestamp, zone: Zone) -> AppResult<CustomerId> {
    let id = tx
        .insert(
            "INSERT INTO customers (first_name, last_name, company, name_key, email, email_key, email_confirmed, phone, phone_key,
               account_number, date_of_birth, locale, account_status, marketing_email, marketing_sms, pricing_group_id, branch_id,
               department_id, custom_fields, source, registered_at, registered_day, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $21, $21)
             RETURNING id",
            args![
                &details.first_name,
                &details.last_name,
                &details.company,
                name_key(details),
                &details.email,
                contact::email_key(&details.email),
                details.email_confirmed,
                optional(&details.phone),
                contact::phone_key(&details.phone, ""),
                optional(&details.account_number),
                optional(&details.date_of_birth),
                &details.locale,
                details.account_status.code(),
                details.marketing_email,
                details.marketing_sms,
                details.pricing_group,
                details.branch,
                details.department,
                fields_json(details),
                source,
                now,
                zone.day(now)
            ],
        )
        .await
        .map_err(refused)?;
    tx.execute("INSERT INTO customer_stats (customer_id) VALUES ($1)", args![id]).await?;
    Ok(CustomerId(id))
}

/// Makes these the customer's groups.
///
/// # Errors
/// [`AppError::Invalid`] on `groups` where one of them was archived meanwhile.
pub async fn set_groups(tx: &Tx, id: CustomerId, before: &[GroupId], after: &[GroupId], by: By) -> AppResult<()> {
    for group in before.iter().filter(|group| !after.contains(group)) {
        memberships::leave(tx, Target::Group(*group), by, &[id.0]).await?;
    }
    for group in after.iter().filter(|group| !before.contains(group)) {
        memberships::enter(tx, Target::Group(*group), by, &[id.0]).await?;
        // Looked at after writing: whoever archives it waits for us, or we see it.
        if groups::store::is_archived(tx, *group).await? {
            return Err(AppError::invalid(Field::Groups.name(), "customer.group_gone"));
        }
    }
    Ok(())
}

/// Makes these the customer's tags; those that the shop does not know yet are made.
///
/// # Errors
/// [`AppError::Invalid`] on `tags` for a name that no tag can have.
pub async fn set_tags(tx: &Tx, id: CustomerId, before: &[String], after: &[String], by: By) -> AppResult<()> {
    let keys = |tags: &[String]| tags.iter().map(|tag| normalise(tag)).collect::<Vec<_>>();
    let (old, new) = (keys(before), keys(after));
    for key in old.iter().filter(|key| !new.contains(key)) {
        if let Some(tag) = tags::store::find_by_key(tx, key).await? {
            memberships::leave(tx, Target::Tag(tag), by, &[id.0]).await?;
        }
    }
    for (name, _) in after.iter().zip(&new).filter(|(_, key)| !old.contains(key)) {
        let made = tags::store::find_or_create(tx, name, by.at).await;
        let (tag, _) = made.map_err(|error| match error {
            AppError::Invalid { message, .. } => AppError::invalid(Field::Tags.name(), message),
            other => other,
        })?;
        memberships::enter(tx, Target::Tag(tag), by, &[id.0]).await?;
    }
    Ok(())
}

/// Writes down that staff or a program recorded a consent or its withdrawal.
///
/// # Errors
/// When the database does not answer.
pub async fn log_consent(tx: &Tx, id: CustomerId, purpose: &str, granted: bool, actor: &Actor) -> DbResult<()> {
    let source = if actor.program.is_some() { "api" } else { "staff" };
    tx.execute(
        "INSERT INTO consents (customer_id, purpose, granted, source, staff_id, at) VALUES ($1, $2, $3, $4, $5, $6)",
        args![id, purpose, granted, source, actor.staff, actor.at],
    )
    .await?;
    Ok(())
}

/// The group that new customers are in: Retail, which is made where nobody has made it yet.
///
/// # Errors
/// When the database does not answer.
pub async fn default_group(tx: &Tx, now: Timestamp) -> DbResult<GroupId> {
    tx.execute(
        "INSERT INTO customer_groups (code, name, name_key, created_at) VALUES ('retail', 'Retail', 'retail', $1) ON CONFLICT DO NOTHING",
        args![now],
    )
    .await?;
    let (id,): (i64,) =
        tx.one("SELECT id FROM customer_groups WHERE code = 'retail' OR name_key = 'retail' ORDER BY id", args![]).await?;
    Ok(GroupId(id))
}

/// Whether the customer ever placed an order or had store credit, gift cards or points: accounting keeps these.
///
/// # Errors
/// When the database does not answer.
pub async fn has_books(q: &impl Query, id: CustomerId) -> DbResult<bool> {
    let sql = "SELECT COUNT(*) FROM (
          SELECT 1 FROM orders WHERE customer_id = $1 AND status <> 'draft'
          UNION ALL
          SELECT 1 FROM ledger_accounts
            WHERE customer_id = $1 OR customer_id IN (SELECT id FROM customers WHERE merged_into_id = $1)
          LIMIT 1) AS kept";
    Ok(q.integer(sql, args![id]).await? > 0)
}

/// Deletes a customer without books: with drafts, and with the empty rows of those who were merged into it.
///
/// # Errors
/// When the database does not answer, or an order refers to the customer.
pub async fn delete(tx: &Tx, id: CustomerId) -> DbResult<()> {
    // That things were changed stays on record, what they were goes with the person.
    tx.execute(
        "UPDATE audit_details SET changes = '[]' WHERE audit_id IN (
           SELECT id FROM audit_entries WHERE customer_id = $1
              OR customer_id IN (SELECT id FROM customers WHERE merged_into_id = $1))",
        args![id],
    )
    .await?;
    tx.execute("DELETE FROM orders WHERE customer_id = $1 AND status = 'draft'", args![id]).await?;
    tx.execute("DELETE FROM customers WHERE merged_into_id = $1", args![id]).await?;
    tx.execute("DELETE FROM customers WHERE id = $1", args![id]).await?;
    Ok(())
}
