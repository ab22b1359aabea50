//! What an entry says.

use serde::{Deserialize, Serialize};

/// One field's value before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The field's name: `phone`.
    pub field: String,
    pub before: String,
    pub after: String,
}

impl Change {
    /// A change of `field`, or nothing where both sides are alike.
    #[must_use]
    pub fn of(field: &str, before: impl Into<String>, after: impl Into<String>) -> Option<Self> {
        let (before, after) = (before.into(), after.into());
        (before != after).then(|| Self { field: field.to_owned(), before, after })
    }
}
