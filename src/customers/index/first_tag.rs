//! The first tag of each customer, by name: what the list sorts by when it sorts by tags.
//!
//! Made when it is first asked for and thrown away when a tag changes: it takes some milliseconds and 4 MB a million, for a
//! sort that few use.

use super::members::Memberships;
use crate::base::TagId;
use crate::customers::list::NO_TAG;
use std::collections::HashMap;

#[derive(Debug)]
pub(super) struct FirstTags {
    /// For each slot the place of its first tag's name among `names`.
    ranks: Vec<u32>,
    /// Ascending, and [`NO_TAG`] at the end.
    names: Vec<String>,
}

impl FirstTags {
    /// `slots`: how many there are.
    pub fn new(tags: &Memberships<TagId>, name_of: &HashMap<TagId, String>, slots: usize) -> Self {
        let mut named: Vec<(&String, TagId)> = name_of.iter().map(|(tag, name)| (name, *tag)).collect();
        named.sort_unstable();
        let mut ranks = vec![named.len() as u32; slots];
        // From the last name to the first, so that the first is the one that stays.
        for (rank, (_, tag)) in named.iter().enumerate().rev() {
            tags.for_each(*tag, |slot| {
                if let Some(first) = ranks.get_mut(slot as usize) {
                    *first = rank as u32;
                }
            });
        }
        let names = named.into_iter().map(|(name, _)| name.clone()).chain([NO_TAG.to_owned()]).collect();
        Self { ranks, names }
    }

    /// Even, so that a name that no tag has fits between two.
    pub fn rank(&self, slot: u32) -> i64 {
        self.ranks.get(slot as usize).map_or(self.last(), |rank| 2 * i64::from(*rank))
    }

    /// The greatest rank: that of those without a tag.
    pub fn last(&self) -> i64 {
        2 * (self.names.len() as i64 - 1)
    }

    pub fn name(&self, rank: i64) -> &str {
        usize::try_from(rank / 2).ok().and_then(|at| self.names.get(at)).map_or("", String::as_str)
    }

    /// The rank of a name: an odd one between its neighbours where no tag has it.
    pub fn of_name(&self, name: &str) -> i64 {
        match self.names.binary_search_by(|probe| probe.as_str().cmp(name)) {
            Ok(at) => 2 * at as i64,
            Err(at) => 2 * at as i64 - 1,
        }
    }
}
