//! Writing batches down, and finding out who a visitor is.

use super::store;
use super::{NewEvent, PageView, SILENCE, check_visitor};
use crate::base::{AppError, AppResult, CustomerId, Timestamp};
use crate::commerce::stats;
use crate::customers::profile::store::get_visible;
use crate::office::settings::zone::Zone;
use crate::server::Tx;
use std::collections::{BTreeMap, BTreeSet};

/// What became of a batch.
#[derive(Debug, Default)]
pub struct Taken {
    pub accepted: usize,
    /// What is wrong with the others, by their place in the batch.
    pub refused: Vec<(usize, AppError)>,
}

/// What went over to a customer with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linked {
    pub visits: u64,
    pub events: u64,
}

/// Writes events down.
///
/// # Errors
/// When the database does not answer; what is wrong with single events is in the answer.
pub async fn track(tx: &Tx, batch: &[(usize, NewEvent)], now: Timestamp, zone: Zone) -> AppResult<Taken> {
    let mut taken = Taken::default();
    let mut who = Who::read(tx, batch.iter().filter_map(|(_, event)| event.visitor.as_deref())).await?;
    let products = store::products(tx, batch.iter().filter_map(|(_, event)| event.sku.as_deref())).await?;
    let mut seen: BTreeMap<&str, Vec<Timestamp>> = BTreeMap::new();
    for (index, event) in batch {
        match resolve(tx, event, &mut who, &products, now).await {
            Ok(found) => {
                store::insert_event(tx, event, found, zone.day(event.at)).await?;
                taken.accepted += 1;
                if let Some(visitor) = &event.visitor {
                    seen.entry(visitor).or_default().push(event.at);
                }
            }
            Err(error @ AppError::Invalid { .. }) => taken.refused.push((*index, error)),
            Err(error) => return Err(error),
        }
    }
    // A sign of life keeps a visit going; it takes a page view to begin one.
    store::lock_visitors(tx, seen.keys().copied()).await?;
    for (visitor, times) in seen {
        for at in times {
            if let Some(open) = store::find_open(tx, visitor, at, SILENCE).await? {
                store::extend(tx, open, at, 0, zone).await?;
            }
        }
    }
    Ok(taken)
}

/// Makes visits out of page views.
///
/// # Errors
/// As [`track`].
pub async fn visit(tx: &Tx, batch: &[(usize, PageView)], now: Timestamp, zone: Zone) -> AppResult<Taken> {
    let mut taken = Taken::default();
    let mut who = Who::read(tx, batch.iter().map(|(_, view)| view.visitor.as_str())).await?;
    store::lock_visitors(tx, batch.iter().map(|(_, view)| view.visitor.as_str())).await?;
    let mut views = Vec::new();
    for (index, view) in batch {
        let checked = match view.checked(now) {
            Ok(view) => who.of(tx, view.customer, Some(&view.visitor)).await.map(|customer| (view, customer)),
            Err(error) => Err(error),
        };
        match checked {
            Ok(found) => views.push(found),
            Err(error @ AppError::Invalid { .. }) => taken.refused.push((*index, error)),
            Err(error) => return Err(error),
        }
    }
    taken.accepted = views.len();
    views.sort_by_key(|(view, _)| view.at);
    let mut counted: BTreeSet<CustomerId> = BTreeSet::new();
    for (view, customer) in &views {
        match store::find_open(tx, &view.visitor, view.at, SILENCE).await? {
            Some(open) => store::extend(tx, open, view.at, 1, zone).await?,
            None => {
                store::insert_visit(tx, view, *customer, zone.day(view.at)).await?;
                counted.extend(*customer);
            }
        }
    }
    for customer in counted {
        stats::refresh(tx, customer).await?;
    }
    Ok(taken)
}

/// Says which customer a visitor is: at registration or login. What the visitor did as nobody goes over to the customer. Whoever
/// else logs in on the same device is linked anew: from then on it is theirs.
///
/// # Errors
/// [`AppError::Invalid`] on `visitor_id`; [`AppError::NotFound`] for no such customer.
pub async fn link(tx: &Tx, visitor: &str, customer: CustomerId, now: Timestamp) -> AppResult<Linked> {
    check_visitor(visitor)?;
    let customer = get_visible(tx, None, customer).await?;
    store::lock_visitors(tx, [visitor].into_iter()).await?;
    store::link(tx, visitor, customer, now).await?;
    let linked = store::take_over(tx, visitor, customer).await?;
    store::follow_campaign(tx, customer).await?;
    if linked.visits > 0 {
        stats::refresh(tx, customer).await?;
    }
    Ok(linked)
}

/// Customer and product of an event that is as it must be.
async fn resolve(
    tx: &Tx,
    event: &NewEvent,
    who: &mut Who,
    products: &BTreeMap<String, i64>,
    now: Timestamp,
) -> AppResult<store::About> {
    event.check(now)?;
    let customer = who.of(tx, event.customer, event.visitor.as_deref()).await?;
    let product = match &event.sku {
        Some(sku) => Some(*products.get(sku).ok_or_else(|| AppError::invalid("sku", "tracking.product_unknown"))?),
        None => None,
    };
    if let Some(order) = event.order
        && !store::is_order_of(tx, order, customer).await?
    {
        return Err(AppError::invalid("order_id", "tracking.order_unknown"));
    }
    Ok(store::About { customer, product })
}

/// Who visitors are, and which ids of customers are right.
struct Who {
    visitors: BTreeMap<String, CustomerId>,
    customers: BTreeMap<CustomerId, Option<CustomerId>>,
}

impl Who {
    async fn read(tx: &Tx, visitors: impl Iterator<Item = &str>) -> AppResult<Self> {
        Ok(Self { visitors: store::customers_of(tx, visitors).await?, customers: BTreeMap::new() })
    }

    /// The customer who is named, else whom the visitor is known as.
    async fn of(&mut self, tx: &Tx, named: Option<CustomerId>, visitor: Option<&str>) -> AppResult<Option<CustomerId>> {
        let Some(id) = named else {
            return Ok(visitor.and_then(|visitor| self.visitors.get(visitor).copied()));
        };
        if let std::collections::btree_map::Entry::Vacant(unknown) = self.customers.entry(id) {
            unknown.insert(match get_visible(tx, None, id).await {
                Ok(found) => Some(found),
                Err(AppError::NotFound) => None,
                Err(error) => return Err(error),
            });
        }
        let found = self.customers.get(&id).copied().flatten();
        found.map(Some).ok_or_else(|| AppError::invalid("customer_id", "tracking.customer_unknown"))
    }
}
