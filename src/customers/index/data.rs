//! What the index knows of every customer, column by column.

use super::bitset::Bitset;
use super::column::Column;
use super::dictionary::{Coded, Ranking};
use super::domains::Domains;
use super::first_tag::FirstTags;
use super::members::Memberships;
use super::text::Texts;
use super::{Entry, SEGMENT};
use crate::base::{BranchId, Day, GroupId, TagId};
use crate::customers::list::SortColumn;
use crate::rules::FlagField;
use std::collections::HashMap;
use std::sync::OnceLock;

/// The columns of numbers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Orders,
    Spent,
    Aov,
    Credit,
    Points,
    Visits,
    /// Microseconds since 1970, 0 for never.
    LastOrderAt,
    RegisteredAt,
    RegisteredDay,
    /// Days since 1970, 0 for never.
    FirstOrderDay,
    LastOrderDay,
}

pub(super) const NUMBERS: usize = Number::LastOrderDay as usize + 1;
/// The columns of codes.
pub(super) const CODED: usize = 5;
pub(super) const FLAGS: usize = FlagField::MarketingSms as usize + 1;

/// Where a customer is, in the forms that rules compare and that the list sorts by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub country: String,
    pub region_key: String,
    pub city_key: String,
    pub location_key: String,
}

/// The columns. All are as long as `segments` says; a slot is a customer's where `present` says so.
#[derive(Debug, Default)]
pub(super) struct Data {
    pub segments: usize,
    pub present: Bitset,
    pub flags: [Bitset; FLAGS],
    pub numbers: [Column; NUMBERS],
    pub places: Coded<Place>,
    pub sources: Coded<String>,
    pub branches: Coded<Option<BranchId>>,
    pub pricing_groups: Coded<GroupId>,
    pub tags: Memberships<TagId>,
    pub groups: Memberships<GroupId>,
    pub texts: Texts,
    pub domains: Domains,
    /// Normalised.
    pub tag_names: HashMap<TagId, String>,
    pub group_names: HashMap<GroupId, String>,
    pub today: Day,
    place_ranking: OnceLock<Ranking>,
    group_ranking: OnceLock<Ranking>,
    first_tags: OnceLock<FirstTags>,
}

impl Data {
    /// Words of a bitset over all slots.
    pub fn words(&self) -> usize {
        self.segments * (SEGMENT / 64)
    }

    pub fn number(&self, which: Number) -> &Column {
        &self.numbers[which as usize]
    }

    pub fn flag(&self, which: FlagField) -> &Bitset {
        &self.flags[which as usize]
    }

    /// Makes room up to and including `slot`.
    pub fn reach(&mut self, slot: u32) {
        let segments = slot as usize / SEGMENT + 1;
        if segments <= self.segments {
            return;
        }
        self.segments = segments;
        let words = self.words();
        self.present.grow(words);
        self.flags.iter_mut().for_each(|flag| flag.grow(words));
        self.numbers.iter_mut().for_each(|column| column.grow(segments));
        self.codes_mut().into_iter().for_each(|codes| codes.grow(segments));
        self.texts.grow(segments);
    }

    /// Writes everything but the text; `domain`: the code of the email's domain.
    pub fn write(&mut self, slot: u32, entry: Entry, domain: i64) {
        let words = self.words();
        let known = self.present.contains(slot);
        self.present.insert(slot);
        for (column, number) in self.numbers.iter_mut().zip(numbers(&entry)) {
            column.set(slot, number);
        }
        let facts = entry.facts;
        for (flag, is) in [
            (FlagField::Blocked, facts.blocked),
            (FlagField::EmailConfirmed, facts.email_confirmed),
            (FlagField::MarketingEmail, facts.marketing_email),
            (FlagField::MarketingSms, facts.marketing_sms),
        ] {
            self.flags[flag as usize].set(slot, is);
        }
        self.tags.assign(slot, &facts.tags, known, words);
        self.first_tags = OnceLock::new();
        self.groups.assign(slot, &facts.groups, known, words);
        self.domains.0.codes.set(slot, domain);
        self.sources.set(slot, facts.source);
        self.branches.set(slot, facts.branch);
        if self.pricing_groups.set(slot, entry.pricing_group) {
            self.group_ranking = OnceLock::new();
        }
        let place = Place {
            country: facts.country,
            region_key: facts.region_key,
            city_key: facts.city_key,
            location_key: entry.location_key,
        };
        if self.places.set(slot, place) {
            self.place_ranking = OnceLock::new();
        }
    }

    /// Forgets that the slot is a customer's. What else is known of it is written over when it is one's again.
    pub fn erase(&mut self, slot: u32) {
        let words = self.words();
        self.tags.assign(slot, &Default::default(), true, words);
        self.first_tags = OnceLock::new();
        self.groups.assign(slot, &Default::default(), true, words);
        self.present.set(slot, false);
    }

    pub fn set_tag_names(&mut self, names: HashMap<TagId, String>) {
        self.tag_names = names;
        self.first_tags = OnceLock::new();
    }

    pub fn set_group_names(&mut self, names: HashMap<GroupId, String>) {
        self.group_names = names;
        self.group_ranking = OnceLock::new();
    }

    /// The places in the order of their location keys.
    pub fn place_ranking(&self) -> &Ranking {
        self.place_ranking.get_or_init(|| Ranking::new(&self.places, |place| place.location_key.clone()))
    }

    /// The pricing groups in the order of their names.
    pub fn group_ranking(&self) -> &Ranking {
        self.group_ranking
            .get_or_init(|| Ranking::new(&self.pricing_groups, |group| self.group_names.get(group).cloned().unwrap_or_default()))
    }

    /// Each customer's first tag.
    pub fn first_tags(&self) -> &FirstTags {
        self.first_tags.get_or_init(|| FirstTags::new(&self.tags, &self.tag_names, self.words() * 64))
    }

    /// The columns of codes.
    pub fn codes(&self) -> [&Column; CODED] {
        let Self { places, sources, branches, pricing_groups, domains, .. } = self;
        [&places.codes, &sources.codes, &branches.codes, &pricing_groups.codes, &domains.0.codes]
    }

    pub fn codes_mut(&mut self) -> [&mut Column; CODED] {
        let Self { places, sources, branches, pricing_groups, domains, .. } = self;
        [&mut places.codes, &mut sources.codes, &mut branches.codes, &mut pricing_groups.codes, &mut domains.0.codes]
    }

    pub fn heap_bytes(&self) -> usize {
        let coded = self.places.heap_bytes()
            + self.sources.heap_bytes()
            + self.branches.heap_bytes()
            + self.pricing_groups.heap_bytes()
            + self.domains.0.heap_bytes();
        let sets = self.present.heap_bytes() + self.flags.iter().map(Bitset::heap_bytes).sum::<usize>();
        let numbers = self.numbers.iter().map(Column::heap_bytes).sum::<usize>();
        coded + sets + numbers + self.tags.heap_bytes() + self.groups.heap_bytes() + self.texts.heap_bytes()
    }
}

/// An entry's numbers in the order of [`Number`].
pub(super) fn numbers(entry: &Entry) -> [i64; NUMBERS] {
    let facts = &entry.facts;
    let day = |day: Option<Day>| day.map_or(0, |day| i64::from(day.0));
    [
        facts.orders_count,
        facts.spent_minor,
        facts.aov_minor,
        facts.credit_minor,
        facts.points,
        facts.visits_count,
        entry.last_order_at.0,
        entry.registered_at.0,
        day(Some(facts.registered)),
        day(facts.first_order),
        day(facts.last_order),
    ]
}

/// What a column of the list sorts by.
#[derive(Clone, Copy, Debug)]
pub(super) enum SortBy {
    Number(Number),
    Name,
    Email,
    Status,
    Group,
    Tags,
    Location,
}

impl From<SortColumn> for SortBy {
    fn from(column: SortColumn) -> Self {
        match column {
            SortColumn::Name => Self::Name,
            SortColumn::Email => Self::Email,
            SortColumn::Orders => Self::Number(Number::Orders),
            SortColumn::Spent => Self::Number(Number::Spent),
            SortColumn::Aov => Self::Number(Number::Aov),
            SortColumn::LastOrder => Self::Number(Number::LastOrderAt),
            SortColumn::Registered => Self::Number(Number::RegisteredAt),
            SortColumn::Credit => Self::Number(Number::Credit),
            SortColumn::Points => Self::Number(Number::Points),
            SortColumn::Status => Self::Status,
            SortColumn::Group => Self::Group,
            SortColumn::Tags => Self::Tags,
            SortColumn::Location => Self::Location,
        }
    }
}
