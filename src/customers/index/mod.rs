//! The customer list in memory: searched, filtered, counted, sorted and paged in milliseconds at a million customers.
//!
//! The database stays the only truth; the index follows its change log ([`follow`]) and is lost without harm. A customer is a
//! *slot*, the id itself: ids are dense. Everything known of a customer lies in columns over slots, in segments of 16,384:
//!
//! - [`column`]: numbers, each segment as narrow as its numbers; [`dictionary`]: values that repeat; [`members`]: tags and
//!   groups, [`first_tag`] what the former sort by; [`text`]: what is searched, in [`stretch`]es, with the [`domains`] of emails
//!   kept apart; [`runs`] tells where to look. [`data`] holds them all.
//! - [`rule`] reads a rule as a set of slots ([`bitset`]), [`search`] does so with what was typed.
//! - [`keys`] is what a column sorts by, [`order`] all customers in that order, [`page`] a page of the result.
//! - [`cache`] keeps the last results; [`figures`] sums up whom a rule describes, also one that asks the database for a part.
//!
//! A query is: scope ∩ rule ∩ search, counted with each quick filter; the chosen quick filter; the page. `README.md` beside this
//! file has what it costs.

mod apply;
mod bitset;
mod bytes;
mod cache;
mod column;
mod data;
mod dictionary;
mod domains;
mod figures;
mod first_tag;
pub mod follow;
mod int24;
mod keys;
mod log;
mod members;
mod order;
mod packed;
mod page;
mod rows;
mod rule;
mod runs;
mod search;
mod snapshot;
mod stretch;
#[cfg(test)]
mod tests;
mod text;

use crate::base::{BranchId, CustomerId, Day, GroupId, TagId, Timestamp};
use crate::customers::list::{Cursor, Facets, PageRequest, QuickFilter, SortColumn};
use crate::rules::facts::CustomerFacts;
use crate::rules::{Quantifier, Rule, SetField};
pub use bitset::Bitset;
use cache::{Cache, Evaluated, Question};
use data::Data;
pub use figures::Figures;
use keys::Keys;
pub(in crate::customers) use log::{Log, Reading};
use order::Order;
use page::Listing;
use parking_lot::Mutex;
pub use rule::{Sets, is_indexed};
pub(in crate::customers) use search::{Search, phone_digits};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Customers of a segment.
const SEGMENT: usize = 16_384;
/// Ids from here on are not indexed: columns reach up to the greatest id, and one stray id must not take all memory.
pub const MAX_ID: i64 = 1 << 26;

/// One customer, as the index knows it. Texts are normalised (`base::text::normalise`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: CustomerId,
    pub name_key: String,
    pub email_key: String,
    /// Digits with the country's code; empty where there is none.
    pub phone_key: String,
    /// The account number; empty where there is none.
    pub account_key: String,
    /// What the list sorts places by.
    pub location_key: String,
    pub pricing_group: GroupId,
    pub registered_at: Timestamp,
    /// 0 for never.
    pub last_order_at: Timestamp,
    /// What rules ask.
    pub facts: CustomerFacts,
}

/// What the list is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The branches whose customers exist for the asker; `None` is no limit.
    pub scope: Option<Vec<BranchId>>,
    /// As typed; nothing finds everyone.
    pub search: String,
    /// Customers whom the search also finds: by the number of an order or a card.
    pub order_hits: Vec<CustomerId>,
    /// Customers whom the search finds exactly. They come first, where the rule, the quick filter and the scope leave them.
    pub pinned: Vec<CustomerId>,
    /// The advanced filters.
    pub rule: Rule,
    pub quick: QuickFilter,
    pub sort: SortColumn,
    pub descending: bool,
    pub page: PageRequest,
    /// Customers on a page.
    pub limit: usize,
}

impl Default for Request {
    /// The first 50 of everyone, by name.
    fn default() -> Self {
        Self {
            scope: None,
            search: String::new(),
            order_hits: Vec::new(),
            pinned: Vec::new(),
            rule: Rule::everyone(),
            quick: QuickFilter::All,
            sort: SortColumn::Name,
            descending: false,
            page: PageRequest::First,
            limit: 50,
        }
    }
}

/// What the list answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The page, in order.
    pub ids: Vec<CustomerId>,
    /// Customers on all pages.
    pub total: u64,
    pub facets: Facets,
    /// Of the first and the last row of the page; `None` where it is empty.
    pub start: Option<Cursor>,
    pub end: Option<Cursor>,
    pub has_previous: bool,
    pub has_next: bool,
}

/// How many customers are in each group and carry each tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberCounts {
    pub groups: HashMap<GroupId, u64>,
    pub tags: HashMap<TagId, u64>,
}

/// The columns that have an [`Order`]. The others are of few values or rarely sorted by, and picking the page's customers out
/// of a million takes a millisecond, while an order takes 4 MB a million.
const ORDERED: [SortColumn; 7] = [
    SortColumn::Name,
    SortColumn::Email,
    SortColumn::Orders,
    SortColumn::Spent,
    SortColumn::Aov,
    SortColumn::LastOrder,
    SortColumn::Registered,
];

/// The index.
#[derive(Debug, Default)]
pub struct CustomerIndex {
    data: Data,
    /// As [`ORDERED`]; empty until [`CustomerIndex::sort`].
    orders: Vec<Order>,
    quick: Vec<Quick>,
    cache: Mutex<Cache>,
    /// While the index is being saved: the slots that changed since the saving began.
    changed_while_saved: Option<HashSet<u32>>,
}

/// A quick filter with those whom it leaves.
#[derive(Debug)]
struct Quick {
    filter: QuickFilter,
    rule: Rule,
    set: Bitset,
}

impl CustomerIndex {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Customers in the index.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.data.present.count()
    }

    /// The day that rules take for today.
    #[must_use]
    pub fn today(&self) -> Day {
        self.data.today
    }

    /// Says what the quick filters mean and which day it is. A filter that is not among `rules` leaves no one; `All` needs
    /// no rule.
    pub fn set_quick(&mut self, rules: Vec<(QuickFilter, Rule)>, today: Day) {
        self.data.today = today;
        let rules = rules.into_iter().filter(|(filter, _)| *filter != QuickFilter::All);
        self.quick = rules
            .map(|(filter, rule)| {
                let set = self.present_matching(&rule);
                Quick { filter, rule, set }
            })
            .collect();
        self.cache.get_mut().clear();
    }

    /// The names of tags, which the search finds, and of groups, which the list sorts by; normalised.
    pub fn set_names(&mut self, tags: Vec<(TagId, String)>, groups: Vec<(GroupId, String)>) {
        let (tags, groups) = (tags.into_iter().collect(), groups.into_iter().collect());
        if tags != self.data.tag_names || groups != self.data.group_names {
            self.data.set_tag_names(tags);
            self.data.set_group_names(groups);
            self.cache.get_mut().clear();
        }
    }

    /// Takes over all data of `fresh`; what the quick filters mean stays.
    pub fn replace(&mut self, fresh: Self) {
        let rules = self.quick.drain(..).map(|quick| (quick.filter, quick.rule)).collect();
        let today = self.data.today;
        *self = fresh;
        self.set_quick(rules, today);
    }

    /// Whether answering takes no time that others would notice: nothing is searched for, or the result is still known.
    #[must_use]
    pub fn answers_at_once(&self, request: &Request) -> bool {
        let question = Question::of(request);
        question.search.is_empty() || self.cache.lock().get(&question).is_some()
    }

    /// Answers one question of the list.
    #[must_use]
    pub fn query(&self, request: &Request) -> Answer {
        let found = self.evaluate(request);
        let mut rest = self.left_by(request.quick, &found.set);
        let pinned = self.take_pinned(&request.pinned, &mut rest);
        let total = found.facets.count(request.quick);
        let listing = Listing {
            keys: self.keys(request.sort),
            order: ORDERED.iter().position(|column| *column == request.sort).and_then(|at| self.orders.get(at)),
            count: total - pinned.len() as u64,
            pinned,
            rest: &rest,
            descending: request.descending,
        };
        let page = listing.page(&request.page, request.limit);
        Answer {
            ids: page.slots.iter().map(|slot| CustomerId(i64::from(*slot))).collect(),
            total,
            facets: found.facets,
            start: page.slots.first().map(|slot| listing.cursor(*slot)),
            end: page.slots.last().map(|slot| listing.cursor(*slot)),
            has_previous: page.has_previous,
            has_next: page.has_next,
        }
    }

    /// Everyone on all pages, by ascending id: for jobs and exports. Sort, page and limit do not matter.
    #[must_use]
    pub fn matching(&self, request: &Request) -> Vec<CustomerId> {
        let found = self.evaluate(request);
        let left = self.left_by(request.quick, &found.set);
        left.iter().map(|slot| CustomerId(slot.into())).collect()
    }

    /// How many customers of these branches (`None` is all) are in each group and carry each tag; who has none is left out.
    #[must_use]
    pub fn member_counts(&self, scope: Option<&[BranchId]>) -> MemberCounts {
        let within = match scope {
            Some(one_of) => {
                let ids = one_of.iter().map(|branch| branch.0);
                self.present_matching(&Rule::has(SetField::Branch, Quantifier::Any, ids))
            }
            None => self.data.present.clone(),
        };
        MemberCounts { groups: self.data.groups.counts(&within), tags: self.data.tags.counts(&within) }
    }

    /// Heap memory in bytes, without the results kept for the next question (1 MB a million at most).
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let orders = self.orders.iter().map(Order::heap_bytes).sum::<usize>();
        let quick = self.quick.iter().map(|quick| quick.set.heap_bytes()).sum::<usize>();
        self.data.heap_bytes() + orders + quick
    }

    fn keys(&self, column: SortColumn) -> Keys<'_> {
        Keys::new(&self.data, self.quick_set(QuickFilter::Active), column)
    }

    fn quick_set(&self, filter: QuickFilter) -> Option<&Bitset> {
        self.quick.iter().find(|quick| quick.filter == filter).map(|quick| &quick.set)
    }

    fn present_matching(&self, rule: &Rule) -> Bitset {
        self.present_with(rule, &Sets::default())
    }

    fn present_with(&self, rule: &Rule, sets: &Sets) -> Bitset {
        let mut set = self.data.matching(rule, sets);
        set.and(&self.data.present);
        set
    }

    fn visible(&self, scope: &[BranchId]) -> Bitset {
        let mut visible = Bitset::with_words(self.data.words());
        self.data.branches.find(|branch| branch.is_some_and(|branch| scope.contains(&branch)), &mut visible);
        visible
    }

    /// Whom search, rule and scope leave, and the counts beside the quick filters.
    fn evaluate(&self, request: &Request) -> Arc<Evaluated> {
        let question = Question::of(request);
        if let Some(known) = self.cache.lock().get(&question) {
            return known;
        }
        let set = self.find(&question);
        let all = set.count();
        let facets = Facets::new(|filter| match filter {
            QuickFilter::All => all,
            _ => self.quick_set(filter).map_or(0, |quick| set.count_and(quick)),
        });
        let result = Arc::new(Evaluated { set, facets });
        self.cache.lock().put(question, Arc::clone(&result));
        result
    }

    fn find(&self, question: &Question) -> Bitset {
        let mut within = self.present_matching(&question.rule);
        if let Some(scope) = &question.scope {
            within.and(&self.visible(scope));
        }
        if question.search.is_empty() {
            return within;
        }
        let mut found = self.data.find(&question.search, &within);
        question.extra.iter().filter(|slot| within.contains(**slot)).for_each(|slot| found.insert(*slot));
        found
    }

    fn left_by<'a>(&self, quick: QuickFilter, set: &'a Bitset) -> Cow<'a, Bitset> {
        if quick == QuickFilter::All {
            return Cow::Borrowed(set);
        }
        let mut left = self.quick_set(quick).cloned().unwrap_or_default();
        left.grow(self.data.words());
        left.and(set);
        Cow::Owned(left)
    }

    /// Takes the pinned out of the result: those of them that are in it.
    fn take_pinned(&self, pinned: &[CustomerId], result: &mut Cow<Bitset>) -> Vec<u32> {
        let mut taken = Vec::new();
        for slot in slots(pinned) {
            if result.contains(slot) {
                result.to_mut().set(slot, false);
                taken.push(slot);
            }
        }
        taken
    }
}

impl Question {
    fn of(request: &Request) -> Self {
        let search = Search::parse(&request.search);
        let extra =
            if search.is_empty() { Vec::new() } else { slots(&request.order_hits).chain(slots(&request.pinned)).collect() };
        let scope = request.scope.as_ref().map(|scope| {
            let mut scope = scope.clone();
            scope.sort_unstable();
            scope
        });
        Self { search, extra, rule: request.rule.clone(), scope }
    }
}

fn slots(ids: &[CustomerId]) -> impl Iterator<Item = u32> {
    ids.iter().filter_map(|id| u32::try_from(id.0).ok())
}
