//! Store credit in the REST API.

use super::service::{self, NewCredit, Reduction};
use crate::base::{CustomerId, Money, Timestamp};
use crate::commerce::ledger::rest::{LedgerEntry, entries};
use crate::commerce::ledger::{self, AccountKind, By, Reason};
use crate::customers::profile::store::get_visible;
use crate::office::apikeys::Scope::{MoveMoney, ReadMoney};
use crate::server::Tx;
use crate::server::rest::{Amount, Answer, Call, Kind, Operation, Param, Problem, Reply, instant, rfc3339};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const AT: &[Param] = &[Param { name: "at", kind: Kind::Text, about: "A place in the list: follow `next`" }];

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/customers/{id}/credit", ReadMoney, "get_credit", "A customer's store credit", |c| Box::pin(get(c)))
            .gives::<StoreCredit>(),
        Operation::get("/customers/{id}/credits", ReadMoney, "list_credits", "What moved a customer's store credit", |c| {
            Box::pin(list(c))
        })
        .about("Newest first.")
        .query(AT)
        .lists::<LedgerEntry>(),
        Operation::post(
            "/customers/{id}/credits",
            MoveMoney,
            "move_credit",
            "Gives store credit, or takes some away",
            |c, tx| Box::pin(add(c, tx)),
        )
        .about("Above zero gives, below zero takes away, which needs a `note`. The customer is told by email.")
        .takes::<CreditInput>()
        .creates::<CreditMoved>(),
    ]
}

/// A customer's store credit, in the shop's base currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoreCredit {
    pub balance: Amount,
    /// What can be spent now: without what has expired since the night.
    pub spendable: Amount,
    /// How far below zero the balance may go.
    pub limit: Amount,
}

/// Why credit is given.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CreditReason {
    Goodwill,
    Refund,
    Loyalty,
    Promotion,
    Prepaid,
    Settlement,
    Correction,
}

impl CreditReason {
    fn reason(self) -> Reason {
        match self {
            Self::Goodwill => Reason::Goodwill,
            Self::Refund => Reason::Refund,
            Self::Loyalty => Reason::Loyalty,
            Self::Promotion => Reason::Promotion,
            Self::Prepaid => Reason::Prepaid,
            Self::Settlement => Reason::Settlement,
            Self::Correction => Reason::Correction,
        }
    }
}

/// Credit to be given or taken away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditInput {
    /// In the shop's base currency.
    pub amount: Amount,
    /// To take away it is `correction`.
    pub reason: CreditReason,
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub note: String,
    /// As the settings say where it is left out.
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
}

/// A movement that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreditMoved {
    pub entry: i64,
    pub amount: Amount,
    /// Right after it.
    pub balance: Amount,
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
}

async fn get(call: &Call) -> Answer {
    let db = &call.state.db;
    let customer = get_visible(db, None, call.id("id")?).await?;
    let amount = |minor| Amount::from(Money::new(minor, call.state.settings().base_currency));
    let (balance, spendable, limit) = match ledger::store::find_account(db, AccountKind::Credit, customer).await? {
        Some(account) => (account.balance, ledger::store::spendable(db, account.id, call.now).await?, account.limit),
        None => (0, 0, 0),
    };
    Reply::ok(&StoreCredit { balance: amount(balance), spendable: amount(spendable), limit: amount(limit) })
}

async fn list(call: &Call) -> Answer {
    let customer = get_visible(&call.state.db, None, call.id("id")?).await?;
    entries(call, AccountKind::Credit, customer).await
}

async fn add(call: &Call, tx: &Tx) -> Answer {
    let input: CreditInput = call.body()?;
    let customer: CustomerId = get_visible(tx, None, call.id("id")?).await?;
    let (settings, key) = (call.state.settings(), call.posting_key());
    let amount = input.amount.money("amount")?;
    let expires = input.expires_at.as_deref().map(|at| instant("expires_at", at)).transpose()?;
    let (posted, expires) = if amount.minor < 0 {
        let amount = Money::new(amount.minor.saturating_neg(), amount.currency);
        let reduction = Reduction { amount, note: &input.note, by: By::Program, key: &key };
        (service::reduce(tx, &settings, &call.actor(), customer, reduction).await?, None)
    } else {
        let expires: Option<Timestamp> = expires.or_else(|| service::usual_expiry(&settings, call.now));
        let new = NewCredit {
            amount,
            reason: input.reason.reason(),
            by: By::Program,
            key: &key,
            order: None,
            note: &input.note,
            expires,
        };
        let given = service::top_up(tx, &settings, &call.actor(), customer, new).await;
        (given.map_err(|error| Problem::from(error).renamed("expires", "expires_at"))?, expires)
    };
    let shown = |minor| Amount::from(Money::new(minor, amount.currency));
    let moved = CreditMoved {
        entry: posted.entry.0,
        amount: shown(posted.amount),
        balance: shown(posted.balance),
        expires_at: expires.and_then(rfc3339),
    };
    Reply::created(format!("/api/customers/{customer}/credits"), &moved)
}
