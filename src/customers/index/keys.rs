//! What customers are sorted by, compared the same way wherever it is kept.

use super::bitset::Bitset;
use super::column::Column;
use super::data::{Data, SortBy};
use super::dictionary::Ranking;
use super::domains::Domains;
use super::first_tag::FirstTags;
use super::text::Texts;
use crate::customers::list::{SortColumn, SortKey};
use crate::rules::FlagField;
use std::cmp::Ordering;

/// The keys of one sort column.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keys<'a> {
    Number(&'a Column),
    Name(&'a Texts),
    Email(&'a Texts, &'a Domains),
    /// Texts of a dictionary, by rank.
    Ranked(&'a Column, &'a Ranking),
    FirstTag(&'a FirstTags),
    Status {
        blocked: &'a Bitset,
        active: Option<&'a Bitset>,
    },
}

/// One customer's key. Keys of one column are all of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    Number(i64),
    Text(Text<'a>),
}

/// A text in two pieces, compared as if it were in one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a>(pub &'a [u8], pub &'a [u8]);

impl Text<'_> {
    pub fn bytes(&self) -> impl Iterator<Item = u8> {
        self.0.iter().chain(self.1).copied()
    }
}

impl Ord for Text<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.1.is_empty() && other.1.is_empty() { self.0.cmp(other.0) } else { self.bytes().cmp(other.bytes()) }
    }
}

impl PartialOrd for Text<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Text<'_> {}

impl<'a> Key<'a> {
    pub fn number(self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Text(_) => None,
        }
    }

    pub fn text(self) -> Option<Text<'a>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) => None,
        }
    }
}

const BLOCKED: i64 = 0;
const ACTIVE: i64 = 1;
const INACTIVE: i64 = 2;

impl<'a> Keys<'a> {
    /// `active`: those whom the quick filter of that name leaves.
    pub fn new(data: &'a Data, active: Option<&'a Bitset>, column: SortColumn) -> Self {
        match SortBy::from(column) {
            SortBy::Number(number) => Self::Number(data.number(number)),
            SortBy::Name => Self::Name(&data.texts),
            SortBy::Email => Self::Email(&data.texts, &data.domains),
            SortBy::Group => Self::Ranked(&data.pricing_groups.codes, data.group_ranking()),
            SortBy::Tags => Self::FirstTag(data.first_tags()),
            SortBy::Location => Self::Ranked(&data.places.codes, data.place_ranking()),
            SortBy::Status => Self::Status { blocked: data.flag(FlagField::Blocked), active },
        }
    }

    pub fn of(&self, slot: u32) -> Key<'a> {
        match *self {
            Self::Name(_) | Self::Email(..) => Key::Text(self.text(slot)),
            _ => Key::Number(self.number(slot)),
        }
    }

    pub fn is_text(&self) -> bool {
        matches!(self, Self::Name(_) | Self::Email(..))
    }

    /// The key where keys are texts; empty where they are not.
    pub fn text(&self, slot: u32) -> Text<'a> {
        match *self {
            Self::Name(texts) => Text(texts.name(slot), &[]),
            Self::Email(texts, domains) => Text(texts.email(slot), domains.of(slot)),
            _ => Text(&[], &[]),
        }
    }

    /// The key where keys are numbers; 0 where they are not.
    pub fn number(&self, slot: u32) -> i64 {
        match *self {
            Self::Number(column) => column.get(slot),
            Self::Ranked(codes, ranking) => ranking.of_code(codes.get(slot)),
            Self::FirstTag(tags) => tags.rank(slot),
            Self::Status { blocked, .. } if blocked.contains(slot) => BLOCKED,
            Self::Status { active, .. } if active.is_some_and(|active| active.contains(slot)) => ACTIVE,
            Self::Status { .. } => INACTIVE,
            Self::Name(_) | Self::Email(..) => 0,
        }
    }

    /// The least key that anybody can have, or the greatest for going downwards; `None` where that is not known.
    pub fn first(&self, upwards: bool) -> Option<i64> {
        match self {
            Self::Ranked(_, ranking) => Some(if upwards { 0 } else { ranking.last() }),
            Self::FirstTag(tags) => Some(if upwards { 0 } else { tags.last() }),
            Self::Status { .. } => Some(if upwards { BLOCKED } else { INACTIVE }),
            Self::Number(_) | Self::Name(_) | Self::Email(..) => None,
        }
    }

    /// Whether any of the 64 slots of a word may have a key that comes before this one, upwards or downwards.
    pub fn may_precede(&self, word: usize, key: i64, upwards: bool) -> bool {
        match self {
            Self::Number(column) if upwards => column.any_below(word, key),
            Self::Number(column) => column.any_above(word, key),
            _ => true,
        }
    }

    /// The key as a cursor carries it.
    pub fn sort_key(&self, slot: u32) -> SortKey {
        match (self, self.of(slot)) {
            (Self::Ranked(_, ranking), Key::Number(rank)) => SortKey::Text(ranking.text(rank).to_owned()),
            (Self::FirstTag(tags), Key::Number(rank)) => SortKey::Text(tags.name(rank).to_owned()),
            (_, Key::Number(number)) => SortKey::Number(number),
            (_, Key::Text(text)) => SortKey::Text(String::from_utf8_lossy(&[text.0, text.1].concat()).into_owned()),
        }
    }

    /// The key that a cursor carries; `None` where it was made for another column.
    pub fn read<'k>(&self, key: &'k SortKey) -> Option<Key<'k>> {
        match (self, key) {
            (Self::Number(_) | Self::Status { .. }, SortKey::Number(number)) => Some(Key::Number(*number)),
            (Self::Name(_) | Self::Email(..), SortKey::Text(text)) => Some(Key::Text(Text(text.as_bytes(), &[]))),
            (Self::Ranked(_, ranking), SortKey::Text(text)) => Some(Key::Number(ranking.of_text(text))),
            (Self::FirstTag(tags), SortKey::Text(text)) => Some(Key::Number(tags.of_name(text))),
            _ => None,
        }
    }
}
