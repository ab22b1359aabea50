//! What is known when mails of campaigns are written, read for all that were claimed at once. Whatever could forbid a mail is looked at
//! again before it is handed over ([`super::intent`]), and so is the address.

use super::store::Claimed;
use crate::args;
use crate::base::{AppResult, CustomerId, MailId};
use crate::messages::templates::{Variables, recipients};
use crate::server::db::dialect::numbers_of_json;
use crate::server::{AppState, Query};
use std::collections::HashMap;
use std::sync::Arc;

/// Of one mail: its recipient, and how its campaign stands.
#[derive(Clone, Debug)]
pub struct Known {
    pub to: String,
    /// Whether what comes of it may be followed: consent to advertising covers that, but not where cookies were refused.
    pub may_follow: bool,
    pub variables: Variables,
    pub version: i64,
    /// Which subject the rest gets; -1 where that is not decided.
    pub winner: i64,
}

#[derive(sqlx::FromRow)]
struct Person {
    id: i64,
    email: String,
    may_follow: bool,
}

impl Known {
    /// Of some mails those that belong to campaigns; one whose customer or campaign is gone is not among the answers.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read(state: &AppState, mails: &[&Claimed]) -> AppResult<HashMap<MailId, Self>> {
        let of: Vec<(MailId, CustomerId, i64)> =
            mails.iter().filter_map(|mail| Some((mail.id, mail.customer?, mail.campaign?.0))).collect();
        if of.is_empty() {
            return Ok(HashMap::new());
        }
        let customers: Vec<CustomerId> = of.iter().map(|(_, customer, _)| *customer).collect();
        let people = people(state, &customers).await?;
        let campaigns = campaigns(state, of.iter().map(|(_, _, campaign)| *campaign).collect()).await?;
        let settings = state.settings();
        let shop = Arc::new(recipients::shop(&settings));
        let own: HashMap<CustomerId, Variables> = recipients::load(&state.db, &settings, &customers).await?.into_iter().collect();
        let known = |(mail, customer, campaign): (MailId, CustomerId, i64)| {
            let person = people.get(&customer.0)?;
            let (version, winner) = *campaigns.get(&campaign)?;
            let mut variables = Variables::over(shop.clone());
            variables.take(own.get(&customer)?.clone());
            Some((mail, Self { to: person.email.clone(), may_follow: person.may_follow, variables, version, winner }))
        };
        Ok(of.into_iter().filter_map(known).collect())
    }
}

async fn people(state: &AppState, customers: &[CustomerId]) -> AppResult<HashMap<i64, Person>> {
    let sql = format!(
        "SELECT c.id, c.email, NOT EXISTS (SELECT 1 FROM consents k WHERE k.customer_id = c.id AND k.purpose = 'cookies' AND NOT k.granted
           AND NOT EXISTS (SELECT 1 FROM consents n WHERE n.customer_id = c.id AND n.purpose = 'cookies' AND n.id > k.id)) AS may_follow
         FROM customers c WHERE c.id IN ({}) AND c.anonymised_at IS NULL",
        numbers_of_json(&state.db, "$1")
    );
    let json = serde_json::to_string(customers).unwrap_or_else(|_| "[]".into());
    let people: Vec<Person> = state.db.all(&sql, args![json]).await?;
    Ok(people.into_iter().map(|person| (person.id, person)).collect())
}

/// Version and winner.
async fn campaigns(state: &AppState, mut ids: Vec<i64>) -> AppResult<HashMap<i64, (i64, i64)>> {
    ids.sort_unstable();
    ids.dedup();
    let sql = format!("SELECT id, version, winner FROM campaigns WHERE id IN ({})", numbers_of_json(&state.db, "$1"));
    let rows: Vec<(i64, i64, i64)> = state.db.all(&sql, args![serde_json::Value::from(ids).to_string()]).await?;
    Ok(rows.into_iter().map(|(id, version, winner)| (id, (version, winner))).collect())
}
