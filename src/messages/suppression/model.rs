//! What advertising is about, and why an address gets none.

use serde::{Deserialize, Serialize};

/// What a campaign is about: customers choose among these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema), schema(as = CampaignTopic))]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    Newsletter,
    /// Sales and discounts.
    Offers,
    /// What is new or back.
    Products,
}

/// Every topic.
pub const TOPICS: [Topic; 3] = [Topic::Newsletter, Topic::Offers, Topic::Products];

impl Topic {
    /// As the database and forms write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Newsletter => "newsletter",
            Self::Offers => "offers",
            Self::Products => "products",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        TOPICS.into_iter().find(|topic| topic.code() == code)
    }

    /// The key of its name.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Newsletter => "topic.newsletter",
            Self::Offers => "topic.offers",
            Self::Products => "topic.products",
        }
    }
}

/// Why an address is on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Bounced,
    Complained,
    /// Put there by hand.
    Manual,
}

impl Reason {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::Manual => "manual",
        }
    }
}
