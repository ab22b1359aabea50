//! The columns of the customer list: which there are, how they are named in URLs, which are shown at first.

use serde::{Deserialize, Serialize};

/// A column that staff can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The link to the profile; always shown, and first where the choice leaves it out.
    Name,
    Email,
    Orders,
    Spent,
    Status,
    LastOrder,
    Group,
    Tags,
    Registered,
    Location,
    Aov,
    Credit,
    Points,
}

impl Column {
    /// Every column, in the order in which they are offered.
    pub const ALL: [Self; 13] = [
        Self::Name,
        Self::Email,
        Self::Orders,
        Self::Spent,
        Self::Status,
        Self::LastOrder,
        Self::Group,
        Self::Tags,
        Self::Registered,
        Self::Location,
        Self::Aov,
        Self::Credit,
        Self::Points,
    ];

    /// What is shown until somebody chooses.
    pub const DEFAULT: [Self; 8] =
        [Self::Name, Self::Email, Self::Orders, Self::Spent, Self::Status, Self::LastOrder, Self::Group, Self::Tags];

    /// The name in URLs and preferences.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Orders => "orders",
            Self::Spent => "spent",
            Self::Status => "status",
            Self::LastOrder => "last_order",
            Self::Group => "group",
            Self::Tags => "tags",
            Self::Registered => "registered",
            Self::Location => "location",
            Self::Aov => "aov",
            Self::Credit => "credit",
            Self::Points => "points",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.code() == code)
    }

    /// The key of its heading in the messages files.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Name => "list.column.name",
            Self::Email => "list.column.email",
            Self::Orders => "list.column.orders",
            Self::Spent => "list.column.spent",
            Self::Status => "list.column.status",
            Self::LastOrder => "list.column.last_order",
            Self::Group => "list.column.group",
            Self::Tags => "list.column.tags",
            Self::Registered => "list.column.registered",
            Self::Location => "list.column.location",
            Self::Aov => "list.column.aov",
            Self::Credit => "list.column.credit",
            Self::Points => "list.column.points",
        }
    }

    /// Whether its values are aligned at the end, as numbers are.
    #[must_use]
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Orders | Self::Spent | Self::Aov | Self::Credit | Self::Points)
    }
}

/// Reads a choice of columns, `name,email,spent`: the known ones, each once, with the name; and the words that name none.
/// The choice is `None` where no word names a column.
#[must_use]
pub fn parse_columns(text: &str) -> (Option<Vec<Column>>, Vec<&str>) {
    let mut columns = Vec::new();
    let mut unknown = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match Column::parse(word) {
            Some(column) if !columns.contains(&column) => columns.push(column),
            Some(_) => {}
            None => unknown.push(word),
        }
    }
    if columns.is_empty() {
        return (None, unknown);
    }
    if !columns.contains(&Column::Name) {
        columns.insert(0, Column::Name);
    }
    (Some(columns), unknown)
}

/// The words that [`parse_columns`] reads.
#[must_use]
pub fn column_codes(columns: &[Column]) -> String {
    columns.iter().map(|column| column.code()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_keeps_its_order_and_the_name() {
        let (columns, unknown) = parse_columns("spent, email,nonsense,spent");
        assert_eq!(columns, Some(vec![Column::Name, Column::Spent, Column::Email]));
        assert_eq!(unknown, ["nonsense"]);
        assert_eq!(parse_columns("x"), (None, vec!["x"]));
        assert_eq!(parse_columns(""), (None, vec![]));
        assert_eq!(parse_columns(&column_codes(&Column::ALL)).0, Some(Column::ALL.to_vec()));
    }
}
