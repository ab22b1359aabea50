//! Puts the figures of a customer together.

use super::store::{self, BoughtRecord, OrderRecord};
use super::*;
use crate::base::{AppResult, Currency, CustomerId, Day, Money, OrderId, Timestamp};
use crate::commerce::orders::{Rate, service::currency};
use crate::insight::prediction;
use crate::server::{AppState, internal};
use std::collections::BTreeMap;

const FAVOURITES: usize = 5;
/// Categories with a bar of their own; the rest is one bar.
const CATEGORIES: usize = 5;

/// The analytics of a customer whom the asker may see.
///
/// # Errors
/// When the database does not answer.
pub async fn analyse(state: &AppState, customer: CustomerId, period: Period) -> AppResult<Analytics> {
    let base = state.settings().base_currency;
    let records = store::orders(&state.db, customer).await?;
    let facts: Vec<OrderFact> = records.iter().map(fact).collect();
    let (products, categories) = sums(&store::bought(&state.db, customer).await?, base)?;
    let today = state.today();
    let figures = Figures::of(&facts, today);
    let milestone = |record: &OrderRecord| Milestone {
        id: OrderId(record.id),
        at: state.zone().moment(Timestamp(record.placed_at)),
        value: Money::new(record.value_minor, base),
    };
    Ok(Analytics {
        figures,
        first: records.first().map(milestone),
        last: records.last().map(milestone),
        spent: Money::new(figures.spent_minor, base),
        categories: by_value(categories).into_iter().take(CATEGORIES).collect(),
        favourites: favourites(products, FAVOURITES),
        chart: Chart::of(&facts, today, period, base),
        outlook: prediction::outlook(state, facts.iter().map(|fact| (fact.day, fact.value_minor))).await?,
        time_zone: state.settings().time_zone.clone(),
    })
}

fn fact(record: &OrderRecord) -> OrderFact {
    OrderFact {
        id: OrderId(record.id),
        day: Day(i32::try_from(record.placed_day).unwrap_or_default()),
        value_minor: record.value_minor,
        units: record.units,
    }
}

/// What was bought, by product and by category.
fn sums(records: &[BoughtRecord], base: Currency) -> AppResult<(Vec<Bought>, Vec<Bought>)> {
    // A product goes by its id; what was never in the catalogue goes by its name.
    let mut products: BTreeMap<(Option<i64>, &str), (i64, i64)> = BTreeMap::new();
    let mut categories: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for record in records {
        let rate = Rate::parse(&record.rate).ok_or_else(|| internal(&format!("{:?} is no rate", record.rate)))?;
        let net = rate.convert(record.net_minor, currency(&record.currency)?, base);
        for sum in [
            products.entry((record.product_id, &record.name)).or_default(),
            categories.entry(record.category.as_deref().unwrap_or_default()).or_default(),
        ] {
            sum.0 += record.units;
            sum.1 += net;
        }
    }
    let bought = |name: &str, (units, minor): (i64, i64)| Bought {
        name: name.to_owned(),
        units,
        net: Money::new(minor, base),
        share_thousandths: 0,
    };
    Ok((
        products.into_iter().map(|((_, name), sum)| bought(name, sum)).collect(),
        categories.into_iter().map(|(name, sum)| bought(name, sum)).collect(),
    ))
}
