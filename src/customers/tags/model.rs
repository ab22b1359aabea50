//! Tags as they are listed and typed.

use super::TagLabel;
use crate::base::query::{QueryWriter, pairs};
use crate::base::text::truncate;
use crate::base::{AppError, AppResult, Moment, TagId};
use serde::{Deserialize, Serialize};

/// As long as a tag may be, in characters.
pub const LONGEST: usize = 50;
/// Tags that are merged at once.
pub const MERGED_MAX: usize = 50;
/// Colours of tags and groups: so many hues, from 0.
pub const HUES: u8 = 12;

/// A tag as its name is kept: white space in it is one space each.
///
/// # Errors
/// [`AppError::Invalid`] on `field` for a name that is empty, too long, or has a comma, which separates tags.
pub fn checked_name(field: &str, name: &str) -> AppResult<String> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > LONGEST || name.contains(',') || name.contains(char::is_control) {
        return Err(AppError::invalid(field, "tag.name_invalid"));
    }
    Ok(name)
}

/// What the page of tags shows, as its URL says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagQuery {
    /// Part of the name.
    pub search: String,
    /// The most used first, else by name.
    pub by_size: bool,
}

impl TagQuery {
    /// Reads a query; what cannot be read is left out.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in pairs(query) {
            match name.as_str() {
                "q" => read.search = truncate(value.trim(), LONGEST).to_owned(),
                "sort" => read.by_size = value == "size",
                _ => {}
            }
        }
        read
    }

    /// The query of this state, without a question mark.
    #[must_use]
    pub fn write(&self) -> String {
        let mut writer = QueryWriter::default();
        if !self.search.is_empty() {
            writer.push("q", &self.search);
        }
        if self.by_size {
            writer.push("sort", "size");
        }
        writer.finish()
    }

    /// The query that a form's fields mean.
    #[must_use]
    pub fn canonical(query: &str) -> String {
        Self::parse(query).write()
    }
}

/// A tag in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagRow {
    pub label: TagLabel,
    /// Who carries it, as far as they exist for the asker.
    pub customers: i64,
    pub created: Moment,
    /// The promotions that are for those who carry it, or open earlier for them.
    pub promotions: i64,
    /// The products that open earlier for them.
    pub products: i64,
    /// Whether a rule that is switched on puts it on by itself.
    pub ruled: bool,
    pub version: i64,
}

/// The tags that are found, and how many there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagPage {
    pub rows: Vec<TagRow>,
    pub total: i64,
    /// Further ones are not shown: narrow the search.
    pub more: bool,
}

/// A tag as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagForm {
    pub name: String,
    pub hue: Option<u8>,
}

impl TagForm {
    /// As it is kept.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on `name`.
    pub fn checked(&self) -> AppResult<Self> {
        Ok(Self { name: checked_name("name", &self.name)?, hue: self.hue.filter(|hue| *hue < HUES) })
    }
}

/// A tag to be written; `None` is a new one, else its id and the version that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagEdit {
    pub id: Option<(TagId, i64)>,
    pub form: TagForm,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_as_they_are_meant() {
        assert_eq!(checked_name("name", "  vinyl \t too "), Ok("vinyl too".into()));
        for bad in ["", " ", "a,b", "x\u{7}", &"x".repeat(51)] {
            assert!(checked_name("name", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_query_reads_as_it_is_written() {
        let query = TagQuery { search: "50%_".into(), by_size: true };
        assert_eq!(TagQuery::parse(&query.write()), query);
        assert_eq!(TagQuery::canonical("sort=name&q=a&x=1"), "q=a");
    }
}
