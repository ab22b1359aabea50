//! What a profile shows, and the details that are edited: shared by server and browser.

use crate::base::{BranchId, CustomerId, Day, GroupId, Moment, Money, NoteId};
use crate::customers::notes::NoteKind;
use crate::customers::tags::TagLabel;
use serde::{Deserialize, Serialize};

/// What stands above the tabs: who it is, the summary, the pinned notes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The survivor's, where the id that was asked for has been merged away.
    pub id: CustomerId,
    /// As shown: first and last name, else the company, else the email.
    pub name: String,
    pub company: String,
    pub email: String,
    pub email_confirmed: bool,
    pub phone: Option<String>,
    /// What a `tel:` link dials.
    pub dial: String,
    pub account_number: Option<String>,
    pub date_of_birth: Option<Day>,
    pub blocked: bool,
    /// Ordered within the days that the settings count as active.
    pub active: bool,
    pub country: String,
    pub city: String,
    /// Name and discount in hundredths of a percent.
    pub pricing_group: (String, i64),
    pub branch: Option<String>,
    pub source: String,
    pub campaign: Option<String>,
    pub marketing_email: bool,
    pub marketing_sms: bool,
    pub tags: Vec<TagLabel>,
    pub summary: Summary,
    pub counts: TabCounts,
    pub alerts: Vec<PinnedNote>,
}

/// The summary strip (P1). Sums are in the base currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Completed orders, tax and shipping included, less refunds, without gift cards bought. Also the lifetime value.
    pub spent: Money,
    /// Completed orders.
    pub orders: i64,
    /// Total spent by completed orders; `None` without any.
    pub average: Option<Money>,
    pub visits: i64,
    pub last_visit: Option<Moment>,
    pub registered: Moment,
    pub last_order: Option<Moment>,
    pub last_login: Option<Moment>,
    /// Store credit; below zero where an approved limit is used.
    pub credit: Money,
    /// Store credit is switched on.
    pub credit_enabled: bool,
    /// `None` for who is not in the loyalty programme.
    pub loyalty: Option<LoyaltySummary>,
}

/// What the strip says of a member of the loyalty programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoyaltySummary {
    pub points: i64,
    /// The tier's name.
    pub tier: String,
}

/// How much there is behind each tab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabCounts {
    /// Placed orders, cancelled and returned ones included.
    pub orders: i64,
    pub drafts: i64,
    pub addresses: i64,
    pub gift_cards: i64,
    pub notes: i64,
}

/// A pinned note, as a banner above every tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedNote {
    pub id: NoteId,
    pub kind: NoteKind,
    pub body: String,
    pub author: Option<String>,
    pub at: Moment,
}

/// The tabs of a profile, each with its own address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Overview,
    Details,
    Orders,
    Drafts,
    Addresses,
    Credit,
    GiftCards,
    Loyalty,
    Notes,
    Analytics,
    Timeline,
    Activity,
}

impl Tab {
    pub const ALL: [Self; 12] = [
        Self::Overview,
        Self::Details,
        Self::Orders,
        Self::Drafts,
        Self::Addresses,
        Self::Credit,
        Self::GiftCards,
        Self::Loyalty,
        Self::Notes,
        Self::Analytics,
        Self::Timeline,
        Self::Activity,
    ];

    /// The last part of its address; the overview has none.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Details => "details",
            Self::Orders => "orders",
            Self::Drafts => "drafts",
            Self::Addresses => "addresses",
            Self::Credit => "credit",
            Self::GiftCards => "gift-cards",
            Self::Loyalty => "loyalty",
            Self::Notes => "notes",
            Self::Analytics => "analytics",
            Self::Timeline => "timeline",
            Self::Activity => "activity",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.code() == code)
    }

    /// The messages key of its name.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Overview => "profile.tab.overview",
            Self::Details => "profile.tab.details",
            Self::Orders => "profile.tab.orders",
            Self::Drafts => "profile.tab.drafts",
            Self::Addresses => "profile.tab.addresses",
            Self::Credit => "profile.tab.credit",
            Self::GiftCards => "profile.tab.gift_cards",
            Self::Loyalty => "profile.tab.loyalty",
            Self::Notes => "profile.tab.notes",
            Self::Analytics => "profile.tab.analytics",
            Self::Timeline => "profile.tab.timeline",
            Self::Activity => "profile.tab.activity",
        }
    }

    /// `/customers/42/notes`.
    #[must_use]
    pub fn href(self, id: CustomerId) -> String {
        match self {
            Self::Overview => format!("/customers/{id}"),
            tab => format!("/customers/{id}/{}", tab.code()),
        }
    }
}

/// Whether a customer may log in and order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    #[default]
    Active,
    Blocked,
}

impl AccountStatus {
    /// As the database and the audit log write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Blocked => "blocked",
        }
    }

    #[must_use]
    pub fn blocked(blocked: bool) -> Self {
        if blocked { Self::Blocked } else { Self::Active }
    }

    /// The messages key of its name.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Active => "account.active",
            Self::Blocked => "account.blocked",
        }
    }
}

/// The details (P2), as the form edits them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    pub first_name: String,
    pub last_name: String,
    pub company: String,
    pub email: String,
    pub phone: String,
    pub account_number: String,
    /// `1984-05-07`, or empty.
    pub date_of_birth: String,
    pub locale: String,
    pub account_status: AccountStatus,
    pub email_confirmed: bool,
    pub marketing_email: bool,
    pub marketing_sms: bool,
    pub pricing_group: GroupId,
    /// Sorted; the pricing group is one of them.
    pub groups: Vec<GroupId>,
    /// Sorted.
    pub tags: Vec<String>,
    pub branch: Option<BranchId>,
    /// One of the branch's departments.
    pub department: Option<i64>,
    /// Name and value, sorted by name.
    pub custom_fields: Vec<(String, String)>,
}

macro_rules! fields {
    ($($variant:ident $name:ident)*) => {
        /// One field of the details.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Field { $($variant),* }

        impl Field {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name in errors, in the audit log and, after `field.`, in the messages files.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($name)),* }
            }

            /// Whether two versions of the details differ in it.
            #[must_use]
            pub fn differs(self, one: &Details, other: &Details) -> bool {
                match self { $(Self::$variant => one.$name != other.$name),* }
            }

            /// Takes it over from one version into another.
            pub fn copy(self, from: &Details, into: &mut Details) {
                match self { $(Self::$variant => into.$name = from.$name.clone()),* }
            }
        }
    };
}

fields! {
    FirstName first_name
    LastName last_name
    Company company
    Email email
    Phone phone
    AccountNumber account_number
    DateOfBirth date_of_birth
    Locale locale
    AccountStatus account_status
    EmailConfirmed email_confirmed
    MarketingEmail marketing_email
    MarketingSms marketing_sms
    PricingGroup pricing_group
    Groups groups
    Tags tags
    Branch branch
    Department department
    CustomFields custom_fields
}

/// The fields in which two versions differ.
#[must_use]
pub fn changed(one: &Details, other: &Details) -> Vec<Field> {
    Field::ALL.iter().copied().filter(|field| field.differs(one, other)).collect()
}

/// What becomes of two edits of the same details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Both edits; where they contradict each other, mine.
    pub details: Details,
    /// Where both changed the same field to different values: a person must choose.
    pub contested: Vec<Field>,
    /// What only the others changed.
    pub taken_over: Vec<Field>,
}

/// Puts two edits of `base` together, so that neither is lost.
#[must_use]
pub fn merge(base: &Details, mine: &Details, theirs: &Details) -> Merged {
    let mut merged = Merged { details: mine.clone(), contested: Vec::new(), taken_over: Vec::new() };
    for field in changed(base, theirs) {
        if !field.differs(base, mine) {
            field.copy(theirs, &mut merged.details);
            merged.taken_over.push(field);
        } else if field.differs(mine, theirs) {
            merged.contested.push(field);
        }
    }
    merged
}

/// What the details' selects offer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// Name and discount in hundredths of a percent.
    pub groups: Vec<(GroupId, String, i64)>,
    pub branches: Vec<(BranchId, String)>,
    /// Id, branch, name.
    pub departments: Vec<(i64, BranchId, String)>,
    /// The languages that customers are written to in: code and own name.
    pub locales: Vec<(String, String)>,
}

/// The newest word of a customer about one kind of marketing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentLine {
    /// `marketing_email` or `marketing_sms`.
    pub purpose: String,
    pub granted: bool,
    pub source: String,
    pub at: Moment,
}

/// The Details tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetailsPage {
    pub version: i64,
    pub details: Details,
    pub choices: Choices,
    pub consents: Vec<ConsentLine>,
}

/// An edit of the details, with what it started from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    pub version: i64,
    pub base: Details,
    pub details: Details,
}

/// Who last changed a field, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldAuthor {
    pub field: Field,
    /// `None` for the system and the command line.
    pub by: Option<String>,
    pub at: Moment,
}

/// What became of an edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SaveOutcome {
    /// The new version and the details as they were written.
    Saved { version: i64, details: Details },
    /// Somebody else was faster; nothing was written.
    Conflict { version: i64, theirs: Details, authors: Vec<FieldAuthor> },
}

/// A customer to be added (L11).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCustomer {
    pub first_name: String,
    pub last_name: String,
    pub company: String,
    pub email: String,
    pub phone: String,
    /// `None`: the default group.
    pub group: Option<GroupId>,
    /// As typed, between commas.
    pub tags: String,
}

/// Says that somebody has the phone of a new customer, who can be added all the same.
pub const SAME_PHONE: &str = "customer.same_phone";

/// A customer who might be the same person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicate {
    pub id: CustomerId,
    pub name: String,
    pub orders: i64,
    /// The email is the same; otherwise the phone is.
    pub same_email: bool,
}

/// Tags as typed between commas: trimmed, without empty ones and those that differ in case only.
#[must_use]
pub fn split_tags(typed: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in typed.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
        if !tags.iter().any(|known| known.to_lowercase() == tag.to_lowercase()) {
            tags.push(tag.to_owned());
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details() -> Details {
        Details {
            first_name: "Anna".into(),
            last_name: "Kowalska".into(),
            company: String::new(),
            email: "anna@example.com".into(),
            phone: "+48 601 222 333".into(),
            account_number: String::new(),
            date_of_birth: String::new(),
            locale: "en".into(),
            account_status: AccountStatus::Active,
            email_confirmed: true,
            marketing_email: false,
            marketing_sms: false,
            pricing_group: GroupId(1),
            groups: vec![GroupId(1)],
            tags: vec!["gift".into()],
            branch: None,
            department: None,
            custom_fields: Vec::new(),
        }
    }

    #[test]
    fn two_edits_lose_nothing() {
        let base = details();
        let mine = Details { phone: "1".into(), company: "Mine".into(), locale: "de".into(), ..base.clone() };
        let theirs = Details { phone: "2".into(), last_name: "Wiśniewska".into(), locale: "de".into(), ..base.clone() };
        let merged = merge(&base, &mine, &theirs);
        assert_eq!(merged.contested, [Field::Phone]);
        assert_eq!(merged.taken_over, [Field::LastName]);
        assert_eq!(merged.details, Details { last_name: "Wiśniewska".into(), ..mine });
    }

    #[test]
    fn tabs_round_trip() {
        for tab in Tab::ALL {
            assert_eq!(Tab::parse(tab.code()), Some(tab));
        }
        assert_eq!(Tab::parse("tickets"), None);
    }

    #[test]
    fn tags_are_split_at_commas() {
        assert_eq!(split_tags(" gift, VIP,,vip , a b"), ["gift", "VIP", "a b"]);
    }
}
