//! What the list's server functions send.

use super::{Column, Facets, Fallback, ListRow, SegmentKey};
use crate::base::{BranchId, GroupId, TagId, ViewId};
use serde::{Deserialize, Serialize};

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListAnswer {
    pub rows: Vec<ListRow>,
    /// Customers on all pages.
    pub total: u64,
    pub facets: Facets,
    /// Customers on the pages before this one.
    pub before: u64,
    /// Where the neighbouring pages and the last begin, sealed; `None` where there are none.
    pub previous: Option<String>,
    pub next: Option<String>,
    pub last: Option<String>,
    /// What in the URL could not be read.
    pub fallbacks: Vec<Fallback>,
}

/// What filters are chosen from, and what this member prefers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    pub groups: Vec<(GroupId, String)>,
    pub tags: Vec<(TagId, String)>,
    pub branches: Vec<(BranchId, String)>,
    /// The shop's own.
    pub segments: Vec<(SegmentKey, String)>,
    /// The columns that this member chose; `None` while they chose none.
    pub columns: Option<Vec<Column>>,
    pub views: Vec<SavedView>,
}

/// A state of the list that somebody keeps under a name (L7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    pub id: ViewId,
    pub name: String,
    /// The team sees it too.
    pub shared: bool,
    /// Made by the member who asks: only they may delete it.
    pub own: bool,
    /// The URL's query, without a position.
    pub query: String,
}

/// Whom a bulk action is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// Those whom somebody ticked.
    Ids(Vec<crate::base::CustomerId>),
    /// Everyone whom this query of the list finds.
    Matching(String),
}
