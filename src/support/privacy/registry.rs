//! The register of personal data (D3): every column of every table, what it says about a person, whether an answer to "what do you know
//! about me?" shows it, and what erasing the person does to it. Export and erasure are driven by it; a test fails for a column
//! that is not here, so whoever adds one decides.

mod commerce;
mod customers;
mod messages;
mod office;

/// Whom a table's rows are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Nobody: the shop's own affairs.
    Nobody,
    Customer,
    Staff,
}

/// What erasing a person does to their rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// The row stays (accounting, proof of consent, audit); its personal columns say what becomes of them.
    Stays,
    Deleted,
}

/// What erasing a person does to a personal column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// NULL, the empty text, or what stands for nothing.
    Emptied,
    /// Something meaningless takes its place, since it must be there or be unique.
    Replaced,
    /// What accounting needs stays: of an address the country.
    Reduced,
    /// Stays: it tells of nobody once the others are gone, or the law asks for it.
    Kept,
    /// Goes with its row.
    WithRow,
}

/// A column that says something about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonalColumn {
    pub name: &'static str,
    /// Part of what a person is given who asks for their data; what is computed from other columns or guards secrets is not.
    pub exported: bool,
    pub erasure: Erasure,
}

/// A table and all its columns, each in exactly one of the three lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    pub name: &'static str,
    pub whose: Whose,
    pub rows: Rows,
    /// Say whom a row is about, or who wrote it: ids and keys that lead to a person.
    pub links: &'static [&'static str],
    pub personal: &'static [PersonalColumn],
    /// Say nothing about a person.
    pub plain: &'static [&'static str],
}

impl Table {
    /// Every column.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.links.iter().copied().chain(self.personal.iter().map(|column| column.name)).chain(self.plain.iter().copied())
    }
}

const fn shown(name: &'static str, erasure: Erasure) -> PersonalColumn {
    PersonalColumn { name, exported: true, erasure }
}

const fn hidden(name: &'static str, erasure: Erasure) -> PersonalColumn {
    PersonalColumn { name, exported: false, erasure }
}

const fn nobody(name: &'static str, plain: &'static [&'static str]) -> Table {
    Table { name, whose: Whose::Nobody, rows: Rows::Stays, links: &[], personal: &[], plain }
}

/// Every table.
pub fn register() -> impl Iterator<Item = &'static Table> {
    [office::TABLES, customers::TABLES, commerce::TABLES, messages::TABLES].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_deleted_goes_with_its_row_and_nothing_else_does() {
        for table in register() {
            for column in table.personal {
                let with_row = column.erasure == Erasure::WithRow;
                assert_eq!(with_row, table.rows == Rows::Deleted, "{}.{}", table.name, column.name);
            }
        }
    }
}
