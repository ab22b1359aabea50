//! The last results, so that paging, sorting and choosing a quick filter search once.

use super::bitset::Bitset;
use super::search::Search;
use crate::base::BranchId;
use crate::customers::list::Facets;
use crate::rules::Rule;
use std::sync::Arc;

/// Results kept: a page's worth of people typing; each takes 125 KB a million customers.
const RESULTS: usize = 8;

/// What a result depends on beside the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub search: Search,
    /// Slots that the search finds beside those it finds in the texts.
    pub extra: Vec<u32>,
    pub rule: Rule,
    pub scope: Option<Vec<BranchId>>,
}

/// Whom the search, the rule and the scope leave, before any quick filter.
#[derive(Debug)]
pub(super) struct Evaluated {
    pub set: Bitset,
    pub facets: Facets,
}

/// The most recent first. Emptied by every change of the index.
#[derive(Debug, Default)]
pub(super) struct Cache {
    results: Vec<(Question, Arc<Evaluated>)>,
}

impl Cache {
    pub fn get(&mut self, question: &Question) -> Option<Arc<Evaluated>> {
        let at = self.results.iter().position(|(known, _)| known == question)?;
        self.results[..=at].rotate_right(1);
        self.results.first().map(|(_, result)| Arc::clone(result))
    }

    pub fn put(&mut self, question: Question, result: Arc<Evaluated>) {
        self.results.truncate(RESULTS - 1);
        self.results.insert(0, (question, result));
    }

    pub fn clear(&mut self) {
        self.results.clear();
    }
}
