//! What a key may, and how it is listed.

use crate::base::{ApiKeyId, Moment};
use serde::{Deserialize, Serialize};

/// What programs may do with a key. Reading and writing are separate, and so is what moves money or leaves as a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    #[serde(rename = "customers:read")]
    ReadCustomers,
    #[serde(rename = "customers:write")]
    WriteCustomers,
    #[serde(rename = "orders:read")]
    ReadOrders,
    #[serde(rename = "orders:write")]
    WriteOrders,
    /// Store credit, gift cards and loyalty points, as they are.
    #[serde(rename = "money:read")]
    ReadMoney,
    /// Moving them, and giving money back.
    #[serde(rename = "money:write")]
    MoveMoney,
    /// Mail templates, campaigns and mails, as they are.
    #[serde(rename = "messages:read")]
    ReadMessages,
    /// Writing templates and drafts of campaigns; no campaign is sent by it.
    #[serde(rename = "messages:write")]
    WriteMessages,
    /// Sending: campaigns, tests of them, and mails to one customer.
    #[serde(rename = "messages:send")]
    SendMessages,
    /// Visits, views, carts and other events of the shop front.
    #[serde(rename = "events:write")]
    Track,
}

impl Scope {
    pub const ALL: [Scope; 10] = [
        Self::ReadCustomers,
        Self::WriteCustomers,
        Self::ReadOrders,
        Self::WriteOrders,
        Self::ReadMoney,
        Self::MoveMoney,
        Self::ReadMessages,
        Self::WriteMessages,
        Self::SendMessages,
        Self::Track,
    ];

    /// As commands, the API and the database write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ReadCustomers => "customers:read",
            Self::WriteCustomers => "customers:write",
            Self::ReadOrders => "orders:read",
            Self::WriteOrders => "orders:write",
            Self::ReadMoney => "money:read",
            Self::MoveMoney => "money:write",
            Self::ReadMessages => "messages:read",
            Self::WriteMessages => "messages:write",
            Self::SendMessages => "messages:send",
            Self::Track => "events:write",
        }
    }

    /// The messages key of what it lets a program do.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::ReadCustomers => "apikeys.scope.customers_read",
            Self::WriteCustomers => "apikeys.scope.customers_write",
            Self::ReadOrders => "apikeys.scope.orders_read",
            Self::WriteOrders => "apikeys.scope.orders_write",
            Self::ReadMoney => "apikeys.scope.money_read",
            Self::MoveMoney => "apikeys.scope.money_write",
            Self::ReadMessages => "apikeys.scope.messages_read",
            Self::WriteMessages => "apikeys.scope.messages_write",
            Self::SendMessages => "apikeys.scope.messages_send",
            Self::Track => "apikeys.scope.events_write",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.code() == code)
    }
}

/// A key as the settings list it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    /// The end of the key, which tells it apart from others.
    pub last_four: String,
    pub scopes: Vec<Scope>,
    pub created: Moment,
    /// `None` for the command line.
    pub created_by: Option<String>,
    pub last_used: Option<Moment>,
    pub revoked: Option<Moment>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_read_as_they_are_written() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.code()), Some(scope));
            assert_eq!(serde_json::to_value(scope).ok(), Some(scope.code().into()));
        }
        assert_eq!(Scope::parse("everything"), None);
    }
}
