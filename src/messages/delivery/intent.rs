//! The step before mails are handed over: may they still go, and are they ours? The answer is committed before the mail server hears
//! of them.

use super::letters::is_advertising;
use super::store::{Claimed, STALE};
use crate::args;
use crate::base::{CustomerId, Timestamp};
use crate::messages::campaigns::CampaignState;
use crate::office::outbox::advertising::{GOT_SINCE, IS_SUPPRESSED, Standing, counted_since, declines};
use crate::office::settings::MailSettings;
use crate::server::db::dialect::{Column, for_update, numbers_of_json, only_these, rows_of_json};
use crate::server::{DbResult, Query, Tx};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// It is written down that it is being handed over: now it must be.
    HandOver,
    /// Somebody else has it, or it went back into the queue.
    NotOurs,
    /// It will not be sent, which is written down with why.
    Skipped(&'static str),
}

/// A mail that is written and shall be handed over.
#[derive(Clone, Debug)]
pub struct Wish {
    pub mail: Arc<Claimed>,
    /// What is written down of it.
    pub to: String,
    pub domain: String,
    pub subject: String,
    pub message_id: String,
}

/// Decides about some mails; the answers are in their order. The customers' rows are locked first, so that a consent that is withdrawn is
/// withdrawn before or after.
///
/// # Errors
/// When the database does not answer.
pub async fn intend(tx: &Tx, worker: &str, wishes: &[&Wish], settings: &MailSettings, now: Timestamp) -> DbResult<Vec<Intent>> {
    if wishes.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = Found::read(tx, wishes, settings, now).await?;
    let fates: Vec<Fate> = wishes.iter().map(|wish| found.fate(wish, settings, now)).collect();
    let go: Vec<&Wish> = wishes.iter().zip(&fates).filter(|(_, fate)| **fate == Fate::Goes).map(|(wish, _)| *wish).collect();
    let ours = hand_over(tx, worker, &go, now).await?;
    let mut intents = Vec::with_capacity(wishes.len());
    for (wish, fate) in wishes.iter().zip(fates) {
        intents.push(match fate {
            Fate::Goes if ours.contains(&wish.mail.id.0) => Intent::HandOver,
            Fate::Goes => Intent::NotOurs,
            Fate::Back => release(tx, worker, &wish.mail, now).await?,
            Fate::Never(why) => skip(tx, worker, &wish.mail, why).await?,
        });
    }
    Ok(intents)
}

/// What becomes of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Goes,
    /// Into the queue: not now, or to be written anew.
    Back,
    Never(&'static str),
}

/// What matters of a customer.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Person {
    id: i64,
    email: String,
    agreed: bool,
    blocked: bool,
    gone: bool,
}

/// What decides about some mails.
#[derive(Default)]
struct Found {
    people: HashMap<i64, Person>,
    /// State and topic.
    campaigns: HashMap<i64, (CampaignState, String)>,
    suppressed: HashSet<i64>,
    /// By topic.
    declined: HashMap<String, HashSet<i64>>,
    /// How much advertising customers got of late, with what goes to them now.
    got: HashMap<i64, i64>,
}

impl Found {
    async fn read(tx: &Tx, wishes: &[&Wish], settings: &MailSettings, now: Timestamp) -> DbResult<Self> {
        // The locks come first: what is read after them is as it stays.
        let ids = json_of(wishes.iter().filter_map(|wish| wish.mail.customer).map(|id| id.0));
        let people = hold(tx, &ids).await?;
        let mut found = Self { people, ..Self::default() };
        if wishes.iter().any(|wish| is_advertising(&wish.mail)) {
            for standing in standings(tx, wishes, &ids, settings, now).await? {
                found.take(standing);
            }
        }
        let of_one: HashSet<&str> =
            wishes.iter().map(|wish| wish.mail.topic.as_str()).filter(|topic| !topic.is_empty()).collect();
        for topic in of_one {
            let sql =
                format!("SELECT c.id FROM customers c WHERE c.id IN ({}) AND {}", numbers_of_json(tx, "$1"), declines("$2"));
            let rows: Vec<(i64,)> = tx.all(&sql, args![&ids, topic]).await?;
            found.declined.entry(topic.to_owned()).or_default().extend(rows.into_iter().map(|(id,)| id));
        }
        Ok(found)
    }

    fn take(&mut self, row: Row) {
        let Row { customer, suppressed, got, campaign, state, topic, declined } = row;
        self.suppressed.extend(suppressed.then_some(customer));
        self.got.insert(customer, got);
        let Some(((campaign, state), topic)) = campaign.zip(state).zip(topic) else { return };
        if declined {
            self.declined.entry(topic.clone()).or_default().insert(customer);
        }
        self.campaigns.extend(CampaignState::parse(&state).map(|state| (campaign, (state, topic))));
    }

    fn fate(&mut self, wish: &Wish, settings: &MailSettings, now: Timestamp) -> Fate {
        let mail = &wish.mail;
        if let Some(campaign) = mail.campaign {
            match self.campaigns.get(&campaign.0).map(|(state, _)| state) {
                Some(CampaignState::Sending) => {}
                Some(CampaignState::Cancelled) | None => return Fate::Never("mail.why.cancelled"),
                Some(_) => return Fate::Back,
            }
        }
        if let Some(why) = self.refusal(mail, settings, now) {
            return Fate::Never(why);
        }
        let Some(customer) = mail.customer.filter(|_| is_advertising(mail)) else { return Fate::Goes };
        // Written to an address that the customer has changed since: it is written anew.
        if mail.campaign.is_some() && self.people.get(&customer.0).is_none_or(|person| person.email != wish.to) {
            return Fate::Back;
        }
        *self.got.entry(customer.0).or_default() += 1;
        Fate::Goes
    }

    /// Why a mail does not go, if it does not.
    fn refusal(&self, mail: &Claimed, settings: &MailSettings, now: Timestamp) -> Option<&'static str> {
        if mail.campaign.is_none() && mail.created_at.plus(STALE) < now {
            return Some("mail.why.stale");
        }
        if !is_advertising(mail) {
            return None;
        }
        let Some(person) = mail.customer.and_then(|CustomerId(id)| self.people.get(&id)) else { return Some("mail.why.gone") };
        let topic = match mail.campaign {
            Some(campaign) => self.campaigns.get(&campaign.0).map_or("", |(_, topic)| topic),
            None => &mail.topic,
        };
        let standing = Standing {
            gone: person.gone,
            agreed: person.agreed,
            blocked: person.blocked,
            suppressed: self.suppressed.contains(&person.id),
            declined: self.declined.get(topic).is_some_and(|declined| declined.contains(&person.id)),
            got: self.got.get(&person.id).copied().unwrap_or_default(),
        };
        standing.refusal(settings)
    }
}

fn json_of(ids: impl Iterator<Item = i64>) -> String {
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    serde_json::Value::from(ids).to_string()
}

/// Locks customers, always in one order.
async fn hold(tx: &Tx, ids: &str) -> DbResult<HashMap<i64, Person>> {
    let sql = format!(
        "SELECT id, email, marketing_email AS agreed, account_status = 'blocked' AS blocked,
           merged_into_id IS NOT NULL OR anonymised_at IS NOT NULL AS gone FROM customers WHERE id IN ({}) ORDER BY id{}",
        numbers_of_json(tx, "$1"),
        for_update(tx)
    );
    let people: Vec<Person> = tx.all(&sql, args![ids]).await?;
    Ok(people.into_iter().map(|person| (person.id, person)).collect())
}

/// How a customer stands to advertising, and to a campaign of which they are to get a mail, if any.
#[derive(sqlx::FromRow)]
struct Row {
    customer: i64,
    suppressed: bool,
    campaign: Option<i64>,
    state: Option<String>,
    topic: Option<String>,
    declined: bool,
    got: i64,
}

/// Every customer with every campaign of these mails, which are seldom of more than one. How much each got is looked up one by one:
/// whatever PostgreSQL knows of the outbox, which has just been filled, it must not read all of it for these few.
async fn standings(tx: &Tx, wishes: &[&Wish], ids: &str, settings: &MailSettings, now: Timestamp) -> DbResult<Vec<Row>> {
    let campaigns = json_of(wishes.iter().filter_map(|wish| wish.mail.campaign).map(|id| id.0));
    let sql = format!(
        "SELECT c.id AS customer, {IS_SUPPRESSED} AS suppressed, k.id AS campaign, k.state AS state, k.topic AS topic,
           {declined} AS declined, (SELECT COUNT(*) FROM outbox o WHERE o.customer_id = c.id AND {GOT_SINCE} $3) AS got
         FROM customers c LEFT JOIN campaigns k ON k.id IN ({}) WHERE c.id IN ({})",
        numbers_of_json(tx, "$2"),
        numbers_of_json(tx, "$1"),
        declined = declines("k.topic"),
    );
    tx.all(&sql, args![ids, campaigns, counted_since(settings, now)]).await
}

const WRITTEN: [Column; 6] = [
    Column::Number("id"),
    Column::Number("attempts"),
    Column::Text("recipient"),
    Column::Text("domain"),
    Column::Text("subject"),
    Column::Text("message_id"),
];

/// Writes down that these are being handed over; yields the ids of those that were ours.
async fn hand_over(tx: &Tx, worker: &str, wishes: &[&Wish], now: Timestamp) -> DbResult<HashSet<i64>> {
    if wishes.is_empty() {
        return Ok(HashSet::new());
    }
    let row = |wish: &&Wish| {
        let Wish { mail, to, domain, subject, message_id } = wish;
        json!({"id": mail.id.0, "attempts": mail.attempts, "recipient": to, "domain": domain, "subject": subject, "message_id": message_id})
    };
    let rows = serde_json::Value::from(wishes.iter().map(row).collect::<Vec<_>>()).to_string();
    let sql = format!(
        "UPDATE outbox SET state = 'handing_over', handed_at = $3, attempts = outbox.attempts + 1, recipient = w.recipient,
           domain = w.domain, subject = w.subject, message_id = w.message_id, why = '', answer = ''
         FROM ({}) w WHERE outbox.id = w.id AND outbox.worker || '' = $2 AND outbox.attempts = w.attempts AND outbox.state || '' = 'claimed'{}
         RETURNING outbox.id",
        rows_of_json(tx, "$1", &WRITTEN),
        only_these(tx, "outbox.id", "$1")
    );
    let ours: Vec<(i64,)> = tx.all(&sql, args![rows, worker, now]).await?;
    Ok(ours.into_iter().map(|(id,)| id).collect())
}

async fn skip(tx: &Tx, worker: &str, mail: &Claimed, why: &'static str) -> DbResult<Intent> {
    let sql = "UPDATE outbox SET state = 'skipped', worker = '', why = $4 WHERE id = $1 AND worker = $2 AND attempts = $3 AND state = 'claimed'";
    let ours = tx.execute(sql, args![mail.id, worker, mail.attempts, why]).await? == 1;
    Ok(if ours { Intent::Skipped(why) } else { Intent::NotOurs })
}

/// Gives a mail back: not now, or not as it was written.
///
/// # Errors
/// When the database does not answer.
pub async fn release(tx: &Tx, worker: &str, mail: &Claimed, next: Timestamp) -> DbResult<Intent> {
    let sql = "UPDATE outbox SET state = 'queued', worker = '', next_at = $4 WHERE id = $1 AND worker = $2 AND attempts = $3 AND state = 'claimed'";
    tx.execute(sql, args![mail.id, worker, mail.attempts, next]).await?;
    Ok(Intent::NotOurs)
}

/// Gives back a mail that was certainly not handed over, also where that it would be may have been written down.
///
/// # Errors
/// When the database does not answer.
pub async fn take_back(tx: &Tx, worker: &str, mail: &Claimed, next: Timestamp) -> DbResult<()> {
    let sql = "UPDATE outbox SET state = 'queued', worker = '', next_at = $4, attempts = $3 WHERE id = $1 AND worker = $2
          AND (state = 'claimed' AND attempts = $3 OR state = 'handing_over' AND attempts = $3 + 1)";
    tx.execute(sql, args![mail.id, worker, mail.attempts, next]).await.map(drop)
}

/// Writes down that a mail cannot be sent, whoever it goes to.
///
/// # Errors
/// When the database does not answer.
pub async fn give_up(tx: &Tx, worker: &str, mail: &Claimed, why: &str) -> DbResult<()> {
    let sql = "UPDATE outbox SET state = 'failed', worker = '', why = $4 WHERE id = $1 AND worker = $2 AND attempts = $3 AND state = 'claimed'";
    tx.execute(sql, args![mail.id, worker, mail.attempts, why]).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{CampaignId, MailId};

    fn wish(campaign: i64) -> Wish {
        let mail = Claimed {
            id: MailId(campaign),
            customer: Some(CustomerId(7)),
            campaign: Some(CampaignId(campaign)),
            recipient: String::new(),
            template: String::new(),
            locale: "en".into(),
            data: String::new(),
            topic: String::new(),
            attempts: 0,
            variant: 0,
            created_at: Timestamp(0),
            not_before: Timestamp(0),
        };
        let to = "ana@x.example".to_owned();
        Wish { mail: Arc::new(mail), to, domain: "x.example".into(), subject: "Hi".into(), message_id: "1".into() }
    }

    /// The fifth is about offers.
    fn sending(id: i64) -> (CampaignState, String) {
        (CampaignState::Sending, if id == 5 { "offers" } else { "products" }.to_owned())
    }

    /// A mail to one customer, which no campaign sends.
    fn single(template: &str, topic: &str) -> Wish {
        let of = wish(1);
        let mail = Claimed { campaign: None, template: template.into(), topic: topic.into(), ..of.mail.as_ref().clone() };
        Wish { mail: Arc::new(mail), ..of }
    }

    fn found() -> Found {
        let person = Person { id: 7, email: "ana@x.example".into(), agreed: true, blocked: false, gone: false };
        Found {
            people: HashMap::from([(7, person)]),
            campaigns: (1..=5).map(|id| (id, sending(id))).collect(),
            suppressed: HashSet::new(),
            declined: HashMap::from([("offers".to_owned(), HashSet::from([7]))]),
            got: HashMap::from([(7, 1)]),
        }
    }

    #[test]
    fn what_goes_in_the_same_transaction_counts_for_the_cap() {
        let settings = MailSettings { cap_mails: 3, ..MailSettings::default() };
        let mut found = found();
        let fates = [1, 2, 3].map(|campaign| found.fate(&wish(campaign), &settings, Timestamp(0)));
        assert_eq!(fates, [Fate::Goes, Fate::Goes, Fate::Never("mail.why.capped")]);
        let unlimited = MailSettings { cap_mails: 0, ..settings };
        assert_eq!(found.fate(&wish(3), &unlimited, Timestamp(0)), Fate::Goes);
    }

    #[test]
    fn whatever_stands_against_a_mail_keeps_it_back() {
        let settings = MailSettings::default();
        let fate = |change: &dyn Fn(&mut Found), campaign| {
            let mut found = found();
            change(&mut found);
            found.fate(&wish(campaign), &settings, Timestamp(0))
        };
        let person = |change: fn(&mut Person)| move |found: &mut Found| found.people.values_mut().for_each(change);
        assert_eq!(fate(&|_| {}, 1), Fate::Goes);
        assert_eq!(fate(&person(|p| p.agreed = false), 1), Fate::Never("mail.why.no_consent"));
        assert_eq!(fate(&person(|p| p.blocked = true), 1), Fate::Never("mail.why.blocked"));
        assert_eq!(fate(&person(|p| p.gone = true), 1), Fate::Never("mail.why.gone"));
        assert_eq!(fate(&person(|p| p.email = "new@x.example".into()), 1), Fate::Back);
        assert_eq!(fate(&|found| found.people.clear(), 1), Fate::Never("mail.why.gone"));
        assert_eq!(fate(&|found| found.suppressed.extend([7]), 1), Fate::Never("mail.why.suppressed"));
        assert_eq!(fate(&|_| {}, 5), Fate::Never("mail.why.topic"));
        assert_eq!(fate(&|_| {}, 6), Fate::Never("mail.why.cancelled"));
        let stands = |state| move |found: &mut Found| found.campaigns.extend([(1, (state, "products".to_owned()))]);
        assert_eq!(fate(&stands(CampaignState::Paused), 1), Fate::Back);
        assert_eq!(fate(&stands(CampaignState::Cancelled), 1), Fate::Never("mail.why.cancelled"));
    }

    #[test]
    fn advertising_to_one_is_asked_as_that_of_campaigns_is() {
        let settings = MailSettings { cap_mails: 2, ..MailSettings::default() };
        let mut found = found();
        let mut fate = |wish: &Wish| found.fate(wish, &settings, Timestamp(0));
        assert_eq!(fate(&single("own_spring", "offers")), Fate::Never("mail.why.topic"));
        assert_eq!(fate(&single("own_spring", "newsletter")), Fate::Goes);
        // It counts, for those of campaigns as well.
        assert_eq!(fate(&single("welcome", "newsletter")), Fate::Never("mail.why.capped"));
        assert_eq!(fate(&wish(1)), Fate::Never("mail.why.capped"));
        assert_eq!(fate(&single("order_shipped", "")), Fate::Goes);
    }
}
