//! What can be done to many customers at once.

use crate::base::{GroupId, TagId};
use serde::{Deserialize, Serialize};

/// An action as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BulkAction {
    /// Tags are made on use.
    Tag {
        name: String,
    },
    Untag {
        tag: TagId,
    },
    AddToGroup {
        group: GroupId,
    },
    /// Customers whose discount group it is stay in it.
    RemoveFromGroup {
        group: GroupId,
    },
    /// Blocked customers cannot log in or order.
    Block,
    Unblock,
}
