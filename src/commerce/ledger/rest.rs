//! Entries of ledger accounts in the REST API.

use super::entry::{Author, EntryRow};
use super::{AccountKind, Reason, Unit, history, store};
use crate::base::{CustomerId, Money};
use crate::server::rest::{Answer, Call, PageOf, Reply, rfc3339};
use serde::Serialize;
use utoipa::ToSchema;

/// An entry of store credit or points.
#[derive(Debug, Serialize, ToSchema)]
pub struct LedgerEntry {
    pub id: i64,
    #[schema(format = DateTime)]
    pub at: Option<String>,
    /// With its sign: decimals of the currency, or points.
    pub amount: String,
    /// Right after it.
    pub balance: String,
    /// Null for points.
    pub currency: Option<String>,
    pub reason: Reason,
    /// `staff`, `customer`, `program` or `job`.
    pub by: &'static str,
    pub order_id: Option<i64>,
    /// What a person wrote about it; empty where nobody did.
    pub note: String,
    /// When what is left of it expires.
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
}

impl LedgerEntry {
    fn new(row: EntryRow, unit: Unit) -> Self {
        let shown = |amount: i64| match unit {
            Unit::Money(currency) => Money::new(amount, currency).plain(),
            Unit::Points => amount.to_string(),
        };
        Self {
            id: row.id.0,
            at: rfc3339(row.at.at),
            amount: shown(row.amount),
            balance: shown(row.balance),
            currency: matches!(unit, Unit::Money(_)).then(|| unit.code().to_owned()),
            reason: row.reason,
            by: match row.by {
                Author::Staff(_) => "staff",
                Author::Customer => "customer",
                Author::Program => "program",
                Author::Job => "job",
            },
            order_id: row.order.map(|(id, _)| id.0),
            note: row.note,
            expires_at: row.expires.and_then(|moment| rfc3339(moment.at)),
        }
    }
}

/// A page of the entries of a customer's account, the newest first.
///
/// # Errors
/// [`crate::server::rest::Problem`] on `at` where it does not read.
pub async fn entries(call: &Call, kind: AccountKind, customer: CustomerId) -> Answer {
    let list = format!("entries {} {customer}", kind.code());
    let before = call.place(&list)?;
    let Some(account) = store::find_account(&call.state.db, kind, customer).await? else {
        return Reply::ok(&PageOf::<LedgerEntry>::whole(Vec::new()));
    };
    let page = history::page(&call.state.db, account.id, before, call.zone()).await?;
    let next = page.older.map(|seq| call.page_from(&list, seq));
    let items = page.rows.into_iter().map(|row| LedgerEntry::new(row, account.unit)).collect();
    Reply::ok(&PageOf { items, total: None, next, previous: None })
}
