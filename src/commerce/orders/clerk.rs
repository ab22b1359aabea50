//! Who changes an order and what that takes: every use case of payments, parcels and returns is handed a [`Clerk`].

use super::write::{self, Held};
use super::{OrderAction, OrderStates, records};
use crate::base::{AppError, AppResult, Day, OrderId, StaffId, Timestamp};
use crate::commerce::ledger::By;
use crate::customers::profile::mail;
use crate::customers::profile::store::get_visible;
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::office::settings::ShopSettings;
use crate::office::settings::zone::Zone;
use crate::server::keys::Keys;
use crate::server::{AppState, Context, Tx};
use serde_json::Value;

/// Somebody at work, or a program, with what the shop has set up.
#[derive(Clone, Debug)]
pub struct Clerk<'a> {
    pub keys: &'a Keys,
    pub settings: &'a ShopSettings,
    pub zone: Zone,
    pub by: By,
    pub actor: Actor,
}

impl<'a> Clerk<'a> {
    /// The clerk of a request; `settings` are the state's.
    #[must_use]
    pub fn new(state: &'a AppState, settings: &'a ShopSettings, by: By, actor: Actor) -> Self {
        Self { keys: &state.keys, settings, zone: state.zone(), by, actor }
    }

    /// A member of the staff.
    #[must_use]
    pub fn member(ctx: &'a Context, settings: &'a ShopSettings) -> Self {
        Self::new(&ctx.state, settings, By::Staff(ctx.staff.id), ctx.actor())
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.actor.at
    }

    /// The shop's day.
    #[must_use]
    pub fn today(&self) -> Day {
        self.zone.day(self.actor.at)
    }

    #[must_use]
    pub fn staff(&self) -> Option<StaffId> {
        match self.by {
            By::Staff(id) => Some(id),
            By::Customer | By::Program | By::Job => None,
        }
    }

    /// Locks an order to do something with it.
    ///
    /// # Errors
    /// [`AppError::NotFound`]; [`AppError::Conflict`] with the reason why it may not be done now.
    pub async fn hold(&self, tx: &Tx, order: OrderId, action: OrderAction) -> AppResult<Held> {
        let held = write::hold(tx, order).await?;
        may(&held, action)?;
        Ok(held)
    }

    /// Writes to an order's history, which its customer's timeline shows.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tell(&self, tx: &Tx, order: &Held, kind: &str, detail: &str) -> AppResult<()> {
        Ok(write::tell(tx, order.id, kind, detail, self.staff(), self.now()).await?)
    }

    /// Writes to the audit log: `action` is `order.paid`, `return.approved` …
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn audit(&self, tx: &Tx, order: &Held, action: &str, changes: &[Change]) -> AppResult<()> {
        let entry = Entry { action, entity: "order", entity_id: order.id.0, customer: Some(order.customer), changes };
        Ok(record(tx, &self.actor, entry).await?)
    }

    /// Queues a mail to the order's customer, in their language; `key` keeps the same thing from being told twice.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mail(&self, tx: &Tx, order: &Held, template: &str, key: &str, mut data: Value) -> AppResult<()> {
        if let Value::Object(fields) = &mut data {
            fields.insert("order_id".into(), order.id.0.into());
            fields.insert("order".into(), order.number.clone().unwrap_or_default().into());
        }
        Ok(mail::queue(tx, order.customer, template, data, key, self.now()).await?)
    }
}

/// Whether something may be done with a held order.
///
/// # Errors
/// [`AppError::Conflict`] with the reason why not.
pub fn may(order: &Held, action: OrderAction) -> AppResult<()> {
    let states = OrderStates { status: order.status, payment: order.payment, fulfilment: order.fulfilment };
    states.may(action).map_err(|reason| AppError::Conflict { message: reason.into() })
}

/// Begins a change of an order by a member of the staff: it exists for them, it is locked, and nobody has changed it since they
/// looked at `version`.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when somebody was faster.
pub async fn begin(ctx: &Context, order: OrderId, version: i64) -> AppResult<Tx> {
    let customer = records::find_customer(&ctx.state.db, order).await?.ok_or(AppError::NotFound)?;
    get_visible(&ctx.state.db, ctx.scope(), customer).await?;
    let tx = ctx.state.db.begin().await?;
    if write::hold(&tx, order).await?.version != version {
        return Err(AppError::Conflict { message: "orders.changed".into() });
    }
    Ok(tx)
}
