//! Roles and the rights they carry.

use crate::base::{BranchId, Moment, SessionId, StaffId};
use serde::{Deserialize, Serialize};

/// What somebody is in the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Owner,
    Admin,
    Support,
    Marketing,
    ReadOnly,
}

impl Role {
    pub const ALL: [Role; 5] = [Role::Owner, Role::Admin, Role::Support, Role::Marketing, Role::ReadOnly];

    /// As the database and forms write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Support => "support",
            Self::Marketing => "marketing",
            Self::ReadOnly => "read_only",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// The messages key of its name.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Owner => "role.owner",
            Self::Admin => "role.admin",
            Self::Support => "role.support",
            Self::Marketing => "role.marketing",
            Self::ReadOnly => "role.read_only",
        }
    }

    /// Whether this role carries `right`.
    #[must_use]
    pub fn has(self, right: Right) -> bool {
        match self {
            Self::Owner | Self::Admin => true,
            Self::Support => matches!(right, Right::View | Right::EditCustomers | Right::EditOrders | Right::Refund),
            Self::Marketing => {
                matches!(right, Right::View | Right::EditCustomers | Right::BulkEdit | Right::SendCampaigns | Right::Export)
            }
            Self::ReadOnly => right == Right::View,
        }
    }
}

/// What one may do. Exporting, erasing, merging, refunding and adjusting money are separate on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Right {
    /// See customers and orders (of one's branches).
    View,
    /// Add and change customers, addresses, notes; block.
    EditCustomers,
    /// Change many customers at once.
    BulkEdit,
    /// Write templates and to many customers, and say who gets no advertising.
    SendCampaigns,
    /// Delete customers who have no orders.
    DeleteCustomers,
    EditOrders,
    Refund,
    AdjustMoney,
    Export,
    Erase,
    Merge,
    ManageStaff,
    ManageSettings,
}

impl Right {
    pub const ALL: [Right; 13] = [
        Right::View,
        Right::EditCustomers,
        Right::BulkEdit,
        Right::SendCampaigns,
        Right::DeleteCustomers,
        Right::EditOrders,
        Right::Refund,
        Right::AdjustMoney,
        Right::Export,
        Right::Erase,
        Right::Merge,
        Right::ManageStaff,
        Right::ManageSettings,
    ];
}

/// The member of the staff who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentStaff {
    pub id: StaffId,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// Only customers of these branches exist for this member; `None` is no limit.
    pub branches: Option<Vec<BranchId>>,
    pub locale: Option<String>,
    /// Whether shortcuts of a single character are on.
    pub single_keys: bool,
}

impl CurrentStaff {
    #[must_use]
    pub fn has(&self, right: Right) -> bool {
        self.role.has(right)
    }
}

/// A member as the staff page lists them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub id: StaffId,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// `None` is no limit.
    pub branches: Option<Vec<BranchId>>,
    /// May log in.
    pub active: bool,
    /// Has set a password.
    pub joined: bool,
    /// When a session of theirs was last used.
    pub last_seen: Option<Moment>,
    /// Until when an open invitation holds.
    pub invited_until: Option<Moment>,
}

/// The staff page's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffView {
    /// By name.
    pub members: Vec<Member>,
    /// All branches by name.
    pub branches: Vec<(BranchId, String)>,
}

/// What is said of a member when inviting or changing them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberForm {
    pub name: String,
    /// Only read when inviting: the login stays what it is.
    pub email: String,
    pub role: Role,
    /// Only customers of these branches exist for them; `None` is no limit.
    pub branches: Option<Vec<BranchId>>,
}

/// One's own account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// The language chosen; `None` follows the browser.
    pub locale: Option<String>,
    /// Codes and their own names.
    pub languages: Vec<(String, String)>,
    /// The sessions that hold, the last used first.
    pub sessions: Vec<OwnSession>,
}

/// A place where one is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSession {
    pub id: SessionId,
    /// The one that asks.
    pub this_one: bool,
    pub since: Moment,
    pub last_seen: Moment,
    pub ip: String,
    pub user_agent: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_round_trip_and_only_owners_and_admins_have_everything() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.code()), Some(role));
            let everything = Right::ALL.into_iter().all(|right| role.has(right));
            assert_eq!(everything, matches!(role, Role::Owner | Role::Admin));
            assert!(role.has(Right::View));
        }
        assert_eq!(Role::parse("root"), None);
    }
}
