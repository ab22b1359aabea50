//! What the customer list can be asked, and how it answers: quick filters, sorts, pages, counts.

use crate::base::CustomerId;
use serde::{Deserialize, Serialize};

/// The quick filters above the list, each with its live count beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuickFilter {
    /// No quick filter.
    #[default]
    All,
    Active,
    Inactive,
    Vip,
    New,
    Wholesale,
    AtRisk,
    OneTime,
}

impl QuickFilter {
    /// Every quick filter, in the order in which they stand above the list.
    pub const ALL: [Self; 8] =
        [Self::All, Self::Active, Self::Inactive, Self::Vip, Self::New, Self::Wholesale, Self::AtRisk, Self::OneTime];

    /// The name in URLs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Vip => "vip",
            Self::New => "new",
            Self::Wholesale => "wholesale",
            Self::AtRisk => "at_risk",
            Self::OneTime => "one_time",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quick| quick.code() == code)
    }

    /// The key of its name in the messages files.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::All => "list.quick.all",
            Self::Active => "list.quick.active",
            Self::Inactive => "list.quick.inactive",
            Self::Vip => "list.quick.vip",
            Self::New => "list.quick.new",
            Self::Wholesale => "list.quick.wholesale",
            Self::AtRisk => "list.quick.at_risk",
            Self::OneTime => "list.quick.one_time",
        }
    }
}

/// How many of the customers that the search and the other filters leave would be left by each quick filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facets {
    /// In the order of [`QuickFilter::ALL`].
    counts: [u64; QuickFilter::ALL.len()],
}

impl Facets {
    #[must_use]
    pub fn new(count_of: impl FnMut(QuickFilter) -> u64) -> Self {
        Self { counts: QuickFilter::ALL.map(count_of) }
    }

    /// Customers left when `quick` is chosen.
    #[must_use]
    pub fn count(&self, quick: QuickFilter) -> u64 {
        self.counts[quick as usize]
    }
}

/// What the list can be sorted by. Customers who are equal in it are sorted by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortColumn {
    /// By the name as it is searched, without case and accents.
    Name,
    Email,
    Orders,
    Spent,
    /// Average order value.
    Aov,
    /// Those who never ordered count as oldest.
    LastOrder,
    Registered,
    /// Blocked, active, inactive.
    Status,
    /// By the name of the pricing group.
    Group,
    /// By the first tag by name; those who carry none follow the last tag.
    Tags,
    /// By country, region, city.
    Location,
    Credit,
    Points,
}

impl SortColumn {
    pub const ALL: [Self; 13] = [
        Self::Name,
        Self::Email,
        Self::Orders,
        Self::Spent,
        Self::Aov,
        Self::LastOrder,
        Self::Registered,
        Self::Status,
        Self::Group,
        Self::Tags,
        Self::Location,
        Self::Credit,
        Self::Points,
    ];

    /// The name in URLs, that of the column in the table.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Orders => "orders",
            Self::Spent => "spent",
            Self::Aov => "aov",
            Self::LastOrder => "last_order",
            Self::Registered => "registered",
            Self::Status => "status",
            Self::Group => "group",
            Self::Tags => "tags",
            Self::Location => "location",
            Self::Credit => "credit",
            Self::Points => "points",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.code() == code)
    }

    /// Whether a first click on its heading puts the greatest first: amounts and dates do, words run from A to Z.
    #[must_use]
    pub fn descends_first(self) -> bool {
        !matches!(self, Self::Name | Self::Email | Self::Status | Self::Group | Self::Tags | Self::Location)
    }
}

/// What stands for no tag where customers are sorted by tags: after every name, since no name holds the last character.
#[cfg(feature = "ssr")]
pub const NO_TAG: &str = "\u{10ffff}";

/// A column and a direction; customers who are equal in the column run in the same direction by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sort {
    pub column: SortColumn,
    pub descending: bool,
}

impl Default for Sort {
    /// Who ordered last comes first: the people with whom there is something to do today, also among those whom a search finds.
    fn default() -> Self {
        Self::by(SortColumn::LastOrder)
    }
}

impl Sort {
    /// The column in the direction of a first click on its heading.
    #[must_use]
    pub fn by(column: SortColumn) -> Self {
        Self { column, descending: column.descends_first() }
    }

    /// The name in URLs: the column's, after a minus where it descends.
    #[must_use]
    pub fn code(self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.column.code())
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let (column, descending) = code.strip_prefix('-').map_or((code, false), |column| (column, true));
        Some(Self { column: SortColumn::parse(column)?, descending })
    }
}

/// A place in the sorted list: that of a row when it was shown. It stays good when rows move or disappear, since it names
/// what the row was sorted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cursor {
    pub key: SortKey,
    pub id: CustomerId,
}

/// What a row is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortKey {
    /// An exact hit of the search, which stands above the sorted rows.
    Pinned,
    /// Counts, minor units of the base currency, microseconds since 1970, or the place of a status among the statuses.
    Number(i64),
    Text(String),
}

/// Which page of the sorted list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageRequest {
    #[default]
    First,
    /// The last rows, as many as a page holds.
    Last,
    /// The rows that follow the cursor.
    After(Cursor),
    /// The rows that precede the cursor.
    Before(Cursor),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip() {
        for quick in QuickFilter::ALL {
            assert_eq!(QuickFilter::parse(quick.code()), Some(quick));
        }
        for column in SortColumn::ALL {
            for descending in [false, true] {
                let sort = Sort { column, descending };
                assert_eq!(Sort::parse(&sort.code()), Some(sort));
            }
        }
        assert_eq!(Sort::parse("-"), None);
        assert_eq!(Sort::parse("--name"), None);
    }

    #[test]
    fn facets_are_counted_by_filter() {
        let facets = Facets::new(|quick| quick as u64 * 10);
        assert_eq!(QuickFilter::ALL.map(|quick| facets.count(quick)), [0, 10, 20, 30, 40, 50, 60, 70]);
    }
}
