//! What those are worth together whom a rule describes. What the index does not know of a rule, the database says: of each such
//! condition it yields the ids, and the index does the rest.

use super::CustomerIndex;
use super::bitset::Bitset;
use super::data::Number;
use super::follow::IndexHandle;
use super::rule::{Sets, knows};
use crate::base::{BranchId, CustomerId};
use crate::rules::{Condition, FlagField, Rule, query};
use crate::server::{DbResult, Query};
use std::sync::Arc;

/// Sums over customers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub count: u64,
    /// What they spent together, in minor units of the base currency.
    pub spent: i64,
    /// How many of them may be written to with marketing by email.
    pub consenting: u64,
    /// How many customers there are in all.
    pub all: u64,
    /// Some of them, the newest first.
    pub newest: Vec<CustomerId>,
}

impl CustomerIndex {
    /// The figures of a rule, of whose conditions `sets` has those that the index does not know. `scope`: the branches whose
    /// customers exist for the asker; `newest`: how many of them are named.
    #[must_use]
    pub fn figures(&self, rule: &Rule, sets: &Sets, scope: Option<&[BranchId]>, newest: usize) -> Figures {
        let mut all = self.data.present.clone();
        if let Some(scope) = scope {
            all.and(&self.visible(scope));
        }
        let mut found = self.present_with(rule, sets);
        found.and(&all);
        Figures {
            count: found.count(),
            spent: self.sum(Number::Spent, &found),
            consenting: found.count_and(self.data.flag(FlagField::MarketingEmail)),
            all: all.count(),
            newest: found.last(newest).into_iter().map(|slot| CustomerId(slot.into())).collect(),
        }
    }

    fn described(&self, rule: &Rule, sets: &Sets, scope: Option<&[BranchId]>) -> Bitset {
        let mut found = self.present_with(rule, sets);
        if let Some(scope) = scope {
            found.and(&self.visible(scope));
        }
        found
    }

    fn sum(&self, number: Number, of: &Bitset) -> i64 {
        let column = self.data.number(number);
        of.iter().map(|slot| column.get(slot)).fold(0, i64::saturating_add)
    }
}

impl IndexHandle {
    /// As [`CustomerIndex::figures`] of a rule that has been expanded; `None` while the index is not ready.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn figures(
        &self,
        q: &impl Query,
        rule: &Rule,
        scope: Option<&[BranchId]>,
        newest: usize,
    ) -> DbResult<Option<Figures>> {
        let Some(sets) = self.sets(q, rule).await? else { return Ok(None) };
        let (shared, rule, scope) = (Arc::clone(&self.0), rule.clone(), scope.map(<[BranchId]>::to_vec));
        let work = move || shared.index.read().figures(&rule, &sets, scope.as_deref(), newest);
        Ok(tokio::task::spawn_blocking(work).await.ok())
    }

    /// Whom a rule describes that has been expanded, by their ids; `None` while the index is not ready.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn described(&self, q: &impl Query, rule: &Rule, scope: Option<&[BranchId]>) -> DbResult<Option<Bitset>> {
        let Some(sets) = self.sets(q, rule).await? else { return Ok(None) };
        let (shared, rule, scope) = (Arc::clone(&self.0), rule.clone(), scope.map(<[BranchId]>::to_vec));
        let work = move || shared.index.read().described(&rule, &sets, scope.as_deref());
        Ok(tokio::task::spawn_blocking(work).await.ok())
    }

    /// What the database says of those conditions of a rule that the index does not know.
    async fn sets(&self, q: &impl Query, rule: &Rule) -> DbResult<Option<Sets>> {
        if !self.is_ready() {
            return Ok(None);
        }
        let mut asked: Vec<&Condition> = rule.conditions().into_iter().filter(|condition| !knows(condition)).collect();
        asked.sort_unstable_by_key(|condition| format!("{condition:?}"));
        asked.dedup();
        let mut sets = Sets::default();
        for condition in asked {
            let (ids, is) = query::ids(q, condition, self.today()).await?;
            sets.insert(condition.clone(), &ids, is);
        }
        Ok(Some(sets))
    }
}
