//! Adding, changing, blocking and deleting customers: each in the caller's transaction with its entry in the audit log.

use super::{
    AccountStatus, Choices, Details, Edit, Field, FieldAuthor, NewCustomer, SaveOutcome, changed, record, split_tags, store,
};
use crate::base::text::normalise;
use crate::base::{AppError, AppResult, BranchId, CustomerId, Day, GroupId, contact};
use crate::customers::memberships::store::{self as memberships, By};
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, list_of_customer, record as audit};
use crate::office::settings::zone::Zone;
use crate::server::{Query, Tx};

/// The longest name, company, account number, tag or name of a custom field, in characters.
const TEXT_MAX: usize = 200;
/// The longest value of a custom field, in characters, and the most fields.
const FIELD_MAX: usize = 2_000;
const FIELDS_MAX: usize = 50;
const TAGS_MAX: usize = 100;

/// Adds a customer (L11), who registers now.
///
/// # Errors
/// [`AppError::Invalid`] on the field that cannot be so, on `email` also when somebody has it already.
pub async fn add(
    tx: &Tx,
    scope: Option<&[BranchId]>,
    actor: &Actor,
    new: &NewCustomer,
    locale: &str,
    zone: Zone,
) -> AppResult<CustomerId> {
    let group = match new.group {
        Some(group) => group,
        None => record::default_group(tx, actor.at).await?,
    };
    let typed = Details {
        first_name: new.first_name.clone(),
        last_name: new.last_name.clone(),
        company: new.company.clone(),
        email: new.email.clone(),
        phone: new.phone.clone(),
        locale: locale.to_owned(),
        tags: split_tags(&new.tags),
        // Whoever is limited to branches adds to the first of them, or could not see whom they added.
        branch: scope.and_then(|scope| scope.first().copied()),
        ..blank(group)
    };
    create(tx, scope, actor, &typed, zone).await
}

/// Adds a customer with these details, who registers now.
///
/// # Errors
/// As [`add`].
pub async fn create(tx: &Tx, scope: Option<&[BranchId]>, actor: &Actor, typed: &Details, zone: Zone) -> AppResult<CustomerId> {
    let choices = record::list_choices(tx, scope).await?;
    let details = checked(typed, &choices, scope, zone.day(actor.at))?;
    let source = if actor.program.is_some() { "api" } else { "staff" };
    let id = record::insert(tx, &details, source, actor.at, zone).await?;
    let by = By::actor(actor);
    record::set_groups(tx, id, &[], &details.groups, by).await?;
    record::set_tags(tx, id, &[], &details.tags, by).await?;
    // The usual prices are nobody's choice; others are.
    if memberships::fallback_group(tx).await? != Some(details.pricing_group) {
        memberships::note_pricing(tx, id, details.pricing_group, by).await?;
    }
    let nothing = Details { locale: details.locale.clone(), ..blank(details.pricing_group) };
    log_consents(tx, actor, id, &nothing, &details).await?;
    write_audit(tx, actor, "customer.added", id, &changes(&nothing, &details, &choices)).await?;
    Ok(id)
}

/// The details of nobody in particular.
#[must_use]
pub fn blank(group: GroupId) -> Details {
    Details {
        first_name: String::new(),
        last_name: String::new(),
        company: String::new(),
        email: String::new(),
        phone: String::new(),
        account_number: String::new(),
        date_of_birth: String::new(),
        locale: String::new(),
        account_status: AccountStatus::Active,
        email_confirmed: false,
        marketing_email: false,
        marketing_sms: false,
        pricing_group: group,
        groups: Vec::new(),
        tags: Vec::new(),
        branch: None,
        department: None,
        custom_fields: Vec::new(),
    }
}

/// The version of a customer and the details.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn get_details(q: &impl Query, scope: Option<&[BranchId]>, id: CustomerId) -> AppResult<(i64, Details)> {
    let id = store::get_visible(q, scope, id).await?;
    record::get_details(q, id).await
}

/// Saves an edit of the details (P2). Where somebody else changed any field since the edit began, nothing is written, and the
/// answer says what they changed.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`] on the field that cannot be so.
pub async fn save(
    tx: &Tx,
    scope: Option<&[BranchId]>,
    actor: &Actor,
    id: CustomerId,
    edit: &Edit,
    zone: Zone,
) -> AppResult<SaveOutcome> {
    let id = store::get_visible(tx, scope, id).await?;
    let (version, before) = record::hold_details(tx, id).await?;
    // The version alone would miss bulk tagging, and would call a new address a conflict.
    let theirs = changed(&edit.base, &before);
    if !theirs.is_empty() {
        let authors = find_authors(tx, id, &theirs, zone).await?;
        return Ok(SaveOutcome::Conflict { version, theirs: before, authors });
    }
    let (version, details) = change(tx, scope, actor, id, (version, &before), &edit.details, zone).await?;
    Ok(SaveOutcome::Saved { version, details })
}

/// Writes the details of a customer whom the caller has locked, `before` being what they are; yields the new version and the
/// details as they were written.
///
/// # Errors
/// [`AppError::Invalid`] on the field that cannot be so.
pub async fn change(
    tx: &Tx,
    scope: Option<&[BranchId]>,
    actor: &Actor,
    id: CustomerId,
    (version, before): (i64, &Details),
    typed: &Details,
    zone: Zone,
) -> AppResult<(i64, Details)> {
    let choices = record::list_choices(tx, scope).await?;
    let mut after = checked(typed, &choices, scope, zone.day(actor.at))?;
    if Field::Email.differs(before, &after) && before.email_confirmed {
        // What was confirmed is the old address.
        after.email_confirmed = false;
    }
    let changes = changes(before, &after, &choices);
    if changes.is_empty() {
        return Ok((version, before.clone()));
    }
    write(tx, actor, id, before, &after).await?;
    write_audit(tx, actor, "customer.updated", id, &changes).await?;
    record::get_details(tx, id).await
}

async fn write(tx: &Tx, actor: &Actor, id: CustomerId, before: &Details, after: &Details) -> AppResult<()> {
    record::update(tx, id, after, actor.at).await?;
    let by = By::actor(actor);
    record::set_groups(tx, id, &before.groups, &after.groups, by).await?;
    record::set_tags(tx, id, &before.tags, &after.tags, by).await?;
    if Field::PricingGroup.differs(before, after) {
        memberships::note_pricing(tx, id, after.pricing_group, by).await?;
    }
    log_consents(tx, actor, id, before, after).await
}

async fn log_consents(tx: &Tx, actor: &Actor, id: CustomerId, before: &Details, after: &Details) -> AppResult<()> {
    for (field, granted) in [(Field::MarketingEmail, after.marketing_email), (Field::MarketingSms, after.marketing_sms)] {
        if field.differs(before, after) {
            record::log_consent(tx, id, field.name(), granted, actor).await?;
        }
    }
    Ok(())
}

/// Blocks a customer, who then cannot log in or order, or lifts that.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn set_blocked(tx: &Tx, scope: Option<&[BranchId]>, actor: &Actor, id: CustomerId, blocked: bool) -> AppResult<()> {
    let id = store::get_visible(tx, scope, id).await?;
    let (_, before) = record::hold_details(tx, id).await?;
    let after = Details { account_status: AccountStatus::blocked(blocked), ..before.clone() };
    if after == before {
        return Ok(());
    }
    record::update(tx, id, &after, actor.at).await?;
    let action = if blocked { "customer.blocked" } else { "customer.unblocked" };
    write_audit(tx, actor, action, id, &changes(&before, &after, &Choices::default())).await
}

/// Deletes a customer who never ordered nor had credit, cards or points.
///
/// # Errors
/// [`AppError::Conflict`] when there are any, which stay for accounting; [`AppError::NotFound`].
pub async fn delete(tx: &Tx, scope: Option<&[BranchId]>, actor: &Actor, id: CustomerId) -> AppResult<()> {
    let id = store::get_visible(tx, scope, id).await?;
    record::hold_details(tx, id).await?;
    if record::has_books(tx, id).await? {
        return Err(AppError::Conflict { message: "profile.delete_refused".into() });
    }
    record::delete(tx, id).await?;
    // Says that somebody was deleted, not who it was.
    write_audit(tx, actor, "customer.deleted", id, &[]).await
}

async fn write_audit(tx: &Tx, actor: &Actor, action: &str, id: CustomerId, changes: &[Change]) -> AppResult<()> {
    Ok(audit(tx, actor, Entry { action, entity: "customer", entity_id: id.0, customer: Some(id), changes }).await?)
}

/// How many entries of the audit log are looked through for who changed a field.
const LOOK_BACK: usize = 100;

/// Who last changed each of these fields, as far as the audit log says.
async fn find_authors(q: &impl Query, id: CustomerId, fields: &[Field], zone: Zone) -> AppResult<Vec<FieldAuthor>> {
    let log = list_of_customer(q, id, None, LOOK_BACK, zone).await?;
    let author = |field: Field| {
        log.entries
            .iter()
            .find(|entry| entry.changes.iter().any(|change| change.field == field.name()))
            .map(|entry| FieldAuthor { field, by: entry.by.clone(), at: entry.at })
    };
    Ok(fields.iter().copied().filter_map(author).collect())
}

/// The details as they are kept: trimmed and sorted.
fn checked(typed: &Details, choices: &Choices, scope: Option<&[BranchId]>, today: Day) -> AppResult<Details> {
    let text = |field: Field, value: &str| {
        let value = value.trim();
        if value.chars().count() > TEXT_MAX {
            Err(AppError::invalid(field.name(), "field.too_long"))
        } else {
            Ok(value.to_owned())
        }
    };
    let email = contact::email(&typed.email).map_err(|message| AppError::invalid(Field::Email.name(), message))?;
    let phone = contact::phone(&typed.phone).map_err(|message| AppError::invalid(Field::Phone.name(), message))?;
    Ok(Details {
        first_name: text(Field::FirstName, &typed.first_name)?,
        last_name: text(Field::LastName, &typed.last_name)?,
        company: text(Field::Company, &typed.company)?,
        email: email.to_owned(),
        phone: phone.to_owned(),
        account_number: text(Field::AccountNumber, &typed.account_number)?,
        date_of_birth: checked_birth(&typed.date_of_birth, today)?,
        locale: known_locale(&typed.locale, choices),
        groups: checked_groups(typed, choices)?,
        tags: checked_tags(&typed.tags)?,
        branch: checked_branch(typed, choices, scope)?,
        department: checked_department(typed, choices)?,
        custom_fields: checked_fields(&typed.custom_fields)?,
        ..typed.clone()
    })
}

fn checked_birth(typed: &str, today: Day) -> AppResult<String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(String::new());
    }
    let day = Day::parse(typed).filter(|day| *day <= today);
    day.map(Day::iso).ok_or_else(|| AppError::invalid(Field::DateOfBirth.name(), "customer.birth_invalid"))
}

fn known_locale(typed: &str, choices: &Choices) -> String {
    let known = choices.locales.iter().any(|(code, _)| code == typed);
    if known { typed.to_owned() } else { choices.locales.first().map(|(code, _)| code.clone()).unwrap_or_default() }
}

/// Sorted, the pricing group among them.
fn checked_groups(typed: &Details, choices: &Choices) -> AppResult<Vec<GroupId>> {
    let known = |id: &GroupId| choices.groups.iter().any(|(known, ..)| known == id);
    if !known(&typed.pricing_group) {
        return Err(AppError::invalid(Field::PricingGroup.name(), "customer.group_gone"));
    }
    let mut groups: Vec<GroupId> = typed.groups.iter().copied().filter(known).chain([typed.pricing_group]).collect();
    groups.sort_unstable();
    groups.dedup();
    Ok(groups)
}

fn checked_tags(typed: &[String]) -> AppResult<Vec<String>> {
    let mut tags = split_tags(&typed.join(","));
    let long = tags.iter().any(|tag| tag.chars().count() > TEXT_MAX || normalise(tag).is_empty());
    if long || tags.len() > TAGS_MAX {
        return Err(AppError::invalid(Field::Tags.name(), "field.too_long"));
    }
    tags.sort_by_key(|tag| normalise(tag));
    Ok(tags)
}

fn checked_branch(typed: &Details, choices: &Choices, scope: Option<&[BranchId]>) -> AppResult<Option<BranchId>> {
    let allowed = match typed.branch {
        Some(branch) => choices.branches.iter().any(|(known, _)| *known == branch),
        // Without a branch the customer would disappear from whoever is limited to some.
        None => scope.is_none(),
    };
    if allowed { Ok(typed.branch) } else { Err(AppError::invalid(Field::Branch.name(), "customer.branch_not_yours")) }
}

/// A department goes with its branch.
fn checked_department(typed: &Details, choices: &Choices) -> AppResult<Option<i64>> {
    let Some(department) = typed.department else { return Ok(None) };
    let found = choices.departments.iter().find(|(id, ..)| *id == department);
    match (found, typed.branch) {
        (Some((_, home, _)), Some(branch)) if *home == branch => Ok(Some(department)),
        _ => Err(AppError::invalid(Field::Department.name(), "customer.department_elsewhere")),
    }
}

fn checked_fields(typed: &[(String, String)]) -> AppResult<Vec<(String, String)>> {
    let fields = typed.iter().map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    let mut fields: Vec<_> = fields.filter(|(name, value)| !(name.is_empty() && value.is_empty())).collect();
    fields.sort();
    let invalid = |message| Err(AppError::invalid(Field::CustomFields.name(), message));
    let long = |(name, value): &(String, String)| name.chars().count() > TEXT_MAX || value.chars().count() > FIELD_MAX;
    if fields.iter().any(|(name, _)| name.is_empty()) {
        return invalid("customer.field_unnamed");
    }
    if fields.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return invalid("customer.field_twice");
    }
    if fields.len() > FIELDS_MAX || fields.iter().any(long) {
        return invalid("field.too_long");
    }
    Ok(fields)
}

/// What differs, as the audit log says it: groups and branches by their names.
fn changes(before: &Details, after: &Details, choices: &Choices) -> Vec<Change> {
    let told = |field: Field| {
        let text = |details| told(field, details, choices);
        Change::of(field.name(), text(before), text(after))
    };
    changed(before, after).into_iter().filter_map(told).collect()
}

fn told(field: Field, details: &Details, choices: &Choices) -> String {
    let group = |id: &GroupId| choices.groups.iter().find(|(known, ..)| known == id).map(|(_, name, _)| name.as_str());
    match field {
        Field::FirstName => details.first_name.clone(),
        Field::LastName => details.last_name.clone(),
        Field::Company => details.company.clone(),
        Field::Email => details.email.clone(),
        Field::Phone => details.phone.clone(),
        Field::AccountNumber => details.account_number.clone(),
        Field::DateOfBirth => details.date_of_birth.clone(),
        Field::Locale => details.locale.clone(),
        Field::AccountStatus => details.account_status.code().to_owned(),
        Field::EmailConfirmed => details.email_confirmed.to_string(),
        Field::MarketingEmail => details.marketing_email.to_string(),
        Field::MarketingSms => details.marketing_sms.to_string(),
        Field::PricingGroup => group(&details.pricing_group).unwrap_or_default().to_owned(),
        Field::Groups => details.groups.iter().filter_map(group).collect::<Vec<_>>().join(", "),
        Field::Tags => details.tags.join(", "),
        Field::Branch => {
            let name = |id| choices.branches.iter().find(|(known, _)| *known == id).map(|(_, name)| name.clone());
            details.branch.and_then(name).unwrap_or_default()
        }
        Field::Department => {
            let name = |id| choices.departments.iter().find(|(known, ..)| *known == id).map(|(.., name)| name.clone());
            details.department.and_then(name).unwrap_or_default()
        }
        Field::CustomFields => {
            let lines = details.custom_fields.iter().map(|(name, value)| format!("{name}: {value}"));
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}

/// Customers who have this email or phone, `except` aside: pointed out before saving.
///
/// # Errors
/// When the database does not answer.
pub async fn find_duplicates(
    q: &impl Query,
    scope: Option<&[BranchId]>,
    email: &str,
    phone: &str,
    except: Option<CustomerId>,
) -> AppResult<Vec<super::Duplicate>> {
    let email_key = contact::email(email).map(contact::email_key).unwrap_or_default();
    let phone_keys = contact::phone(phone).map(contact::phone_keys).unwrap_or_default();
    let mut found = store::find_duplicates(q, scope, &email_key, &phone_keys).await?;
    found.retain(|duplicate| Some(duplicate.id) != except);
    Ok(found)
}
