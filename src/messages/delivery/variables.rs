//! What templates are filled with: the shop, the customer, and what the mail tells of.

use super::store::Claimed;
use crate::args;
use crate::base::i18n::Lang;
use crate::base::{AppResult, CustomerId};
use crate::messages::templates::queued::{self, Reading};
use crate::messages::templates::{Value, Variables, recipients};
use crate::server::{AppState, DbResult, Query};

/// What every mail has. `unsubscribe` is the address that ends advertising; empty where the mail is none.
///
/// # Errors
/// When the database does not answer.
pub async fn everywhere(state: &AppState, customer: Option<CustomerId>, to: &str, unsubscribe: &str) -> AppResult<Variables> {
    let settings = state.settings();
    let mut variables = recipients::shop(&settings);
    if let Some(customer) = customer
        && let Some((_, own)) = recipients::load(&state.db, &settings, &[customer]).await?.pop()
    {
        variables.take(own);
    }
    variables.set("customer.email", to);
    unsubscribed_by(&mut variables, unsubscribe);
    Ok(variables)
}

/// Adds the address that ends advertising, unless it is empty.
pub fn unsubscribed_by(variables: &mut Variables, address: &str) {
    if !address.is_empty() {
        variables.set("links.unsubscribe", Value::Url(address.to_owned()));
        variables.set("links.preferences", Value::Url(address.to_owned()));
    }
}

/// A customer's address.
///
/// # Errors
/// When the database does not answer.
pub async fn email(state: &AppState, customer: CustomerId) -> DbResult<Option<String>> {
    let row: Option<(String,)> = state.db.optional("SELECT email FROM customers WHERE id = $1", args![customer]).await?;
    Ok(row.map(|(email,)| email))
}

/// Adds what a mail about one customer tells of, as those who queue it wrote it.
pub fn tell(state: &AppState, mail: &Claimed, lang: Lang, variables: &mut Variables) {
    let data = serde_json::from_str(&mail.data).unwrap_or_default();
    let reading = Reading { lang, zone: state.zone(), keys: Some(&state.keys) };
    variables.take(queued::variables(&mail.template, &data, reading));
}
