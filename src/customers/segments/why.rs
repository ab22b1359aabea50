//! Why a customer is in a segment, or is not: each condition with what the customer really has (G6).

use super::standing::kept;
use super::{Has, Reason, ReasonPart, Why, store};
use crate::base::{AppError, AppResult, Currency, CustomerId, Day, Money, SegmentId};
use crate::customers::list::service::meanings;
use crate::customers::memberships::store::customer_names;
use crate::rules::facts::{self, CustomerFacts};
use crate::rules::names::{Meanings, named};
use crate::rules::{Actual, Condition, Explanation, Part, Quantifier, Ref, Rule, SetField, load_one, print_condition};
use crate::server::{AppState, DbResult, Query};
use futures::future::BoxFuture;

/// Explains; the customer exists for the asker.
///
/// # Errors
/// [`AppError::NotFound`] for a segment or customer that is not there.
pub async fn explain(state: &AppState, id: SegmentId, customer: CustomerId) -> AppResult<Why> {
    let (db, currency) = (&state.db, state.settings().base_currency);
    let segment = store::get(db, id).await?;
    let meanings = meanings(db, &state.settings()).await?;
    let facts = load_one(db, customer).await?.ok_or(AppError::NotFound)?;
    let teller = Teller { db, meanings: &meanings, facts: &facts, today: state.today(), currency };
    let reason = teller.reason(&kept(&segment, &meanings, currency)).await?;
    let customer_name = customer_names(db, &[customer.0]).await?.remove(&customer.0).unwrap_or_default();
    Ok(Why { segment: segment.named(), customer, customer_name, reason })
}

struct Teller<'a, Q> {
    db: &'a Q,
    meanings: &'a Meanings,
    facts: &'a CustomerFacts,
    today: Day,
    currency: Currency,
}

impl<Q: Query> Teller<'_, Q> {
    fn reason<'r>(&'r self, rule: &'r Rule) -> BoxFuture<'r, AppResult<Reason>> {
        Box::pin(async move {
            Ok(match rule {
                Rule::All(parts) => {
                    let parts = self.reasons(parts).await?;
                    Reason { holds: parts.iter().all(|part| part.holds), part: ReasonPart::All(parts) }
                }
                Rule::Any(parts) => {
                    let parts = self.reasons(parts).await?;
                    Reason { holds: parts.iter().any(|part| part.holds), part: ReasonPart::Any(parts) }
                }
                Rule::Not(inner) => {
                    let inner = self.reason(inner).await?;
                    Reason { holds: !inner.holds, part: ReasonPart::Not(Box::new(inner)) }
                }
                Rule::Is(condition) => self.condition(rule, condition).await?,
            })
        })
    }

    async fn reasons(&self, parts: &[Rule]) -> AppResult<Vec<Reason>> {
        let mut reasons = Vec::with_capacity(parts.len());
        for part in parts {
            reasons.push(self.reason(part).await?);
        }
        Ok(reasons)
    }

    async fn condition(&self, rule: &Rule, condition: &Condition) -> AppResult<Reason> {
        let text = self.text(condition).await?;
        if let Condition::Has { field: SetField::Segment, quantifier, of } = condition {
            let reason = self.segments(*quantifier, of).await?;
            return Ok(Reason { holds: reason.holds, part: ReasonPart::StandsFor(text, Box::new(reason)) });
        }
        let expanded = self.meanings.expand(rule)?;
        if expanded != *rule {
            let reason = self.reason(&expanded).await?;
            return Ok(Reason { holds: reason.holds, part: ReasonPart::StandsFor(text, Box::new(reason)) });
        }
        let Explanation { holds, part } = facts::explain(rule, self.facts, self.today);
        let has = match part {
            Part::Is(_, actual) => self.has(condition, actual).await?,
            _ => Has::Flag(holds),
        };
        Ok(Reason { holds, part: ReasonPart::Is(text, has) })
    }

    /// Segments one level down: theirs may be made of segments again.
    async fn segments(&self, quantifier: Quantifier, of: &[Ref]) -> AppResult<Reason> {
        let rules = of.iter().map(|one| match one {
            Ref::Id(id) => self.meanings.segments.get(id).cloned().unwrap_or(Rule::Any(Vec::new())),
            Ref::Name(_) => Rule::Any(Vec::new()),
        });
        let mut rules: Vec<Rule> = rules.collect();
        let rule = match (quantifier, rules.len()) {
            (Quantifier::Any | Quantifier::All, 1) => rules.remove(0),
            (Quantifier::Any, _) => Rule::Any(rules),
            (Quantifier::All, _) => Rule::All(rules),
            (Quantifier::None, _) => !Rule::Any(rules),
        };
        // What is made of itself is refused when it is saved, and once more here.
        self.meanings.expand(&rule)?;
        self.reason(&rule).await
    }

    async fn text(&self, condition: &Condition) -> DbResult<String> {
        Ok(match named(self.db, &Rule::Is(condition.clone())).await? {
            Rule::Is(condition) => print_condition(&condition, self.currency),
            _ => print_condition(condition, self.currency),
        })
    }

    async fn has(&self, condition: &Condition, actual: Actual) -> DbResult<Has> {
        Ok(match actual {
            Actual::Count(count) => Has::Count(count),
            Actual::Money(minor) => Has::Money(Money::new(minor, self.currency)),
            Actual::Day(day) => Has::Day(day),
            Actual::Flag(flag) => Has::Flag(flag),
            Actual::Text(text) => Has::Text(text),
            Actual::Found { found, of } => Has::Found { found, of },
            Actual::Has(ids) => Has::Names(self.names(condition, ids).await?),
        })
    }

    async fn names(&self, condition: &Condition, ids: Vec<i64>) -> DbResult<Vec<String>> {
        let (Condition::Has { field, .. } | Condition::HasSome { field }) = condition else { return Ok(Vec::new()) };
        let Rule::Is(Condition::Has { of, .. }) = named(self.db, &Rule::has(*field, Quantifier::Any, ids)).await? else {
            return Ok(Vec::new());
        };
        let name = |one: Ref| match one {
            Ref::Name(name) => name,
            Ref::Id(id) => format!("#{id}"),
        };
        Ok(of.into_iter().map(name).collect())
    }
}
