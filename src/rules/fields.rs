//! The fields: each in one line with its name in rules, other names that people type, what it holds, and its column.
//!
//! The columns are of the aliases `c` (customers), `s` (customer_stats), `o` (orders), `e` (events), `{id}` is the customer's id. They
//! are compiled for the server alone; the rest is what the parser, the printer, completion and the builder know.

use serde::{Deserialize, Serialize};

/// Where a field stands in the builder's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    Profile,
    Money,
    Orders,
    Doings,
    Membership,
    Consent,
    Loyalty,
    Place,
    Organisation,
}

impl Section {
    pub const ALL: [Self; 9] = [
        Self::Profile,
        Self::Money,
        Self::Orders,
        Self::Doings,
        Self::Membership,
        Self::Consent,
        Self::Loyalty,
        Self::Place,
        Self::Organisation,
    ];

    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Profile => "rules.section.profile",
            Self::Money => "rules.section.money",
            Self::Orders => "rules.section.orders",
            Self::Doings => "rules.section.doings",
            Self::Membership => "rules.section.membership",
            Self::Consent => "rules.section.consent",
            Self::Loyalty => "rules.section.loyalty",
            Self::Place => "rules.section.place",
            Self::Organisation => "rules.section.organisation",
        }
    }
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    Count,
    /// Minor units of the base currency.
    Money,
}

/// The form in which a text is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keying {
    /// Normalised (`base::text::normalise`): without case and accents. The column holds it so.
    Normalised,
    /// In small letters; the column holds it so.
    SmallLetters,
    /// In capitals; the column holds it so.
    Capitals,
    /// Digits alone; the column holds it so.
    Digits,
    /// As written, but for the case of A to Z: the column holds the text as written.
    AsWritten,
}

/// Where the values come from that a person chooses among.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Values {
    /// Anything.
    Free,
    /// These and no others.
    Codes(Codes),
    /// ISO codes.
    Countries,
    Regions,
    Cities,
    Campaigns,
    Tiers,
    Tags,
    Groups,
    Branches,
    Departments,
    Segments,
    Products,
    Categories,
    Stores,
    /// Names of custom fields.
    CustomFields,
    /// Values of the custom field that stands before.
    CustomValues,
}

/// Lists of words that do not change with the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Codes {
    Sources,
    Locales,
    PaymentStates,
    FulfilmentStates,
    Channels,
}

impl Codes {
    #[must_use]
    pub fn all(self) -> &'static [&'static str] {
        match self {
            Self::Sources => &["portal", "api", "import", "staff", "campaign"],
            Self::Locales => &["en", "de"],
            Self::PaymentStates => &["unpaid", "authorised", "paid", "part_refunded", "refunded"],
            Self::FulfilmentStates => &["unfulfilled", "shipped", "delivered", "part_returned", "returned"],
            Self::Channels => &["staff", "api", "portal", "import"],
        }
    }
}

macro_rules! fields {
    ($(#[$doc:meta])* $name:ident($kind:ty) {
        $($(#[$note:meta])* $variant:ident = $code:literal $(| $alias:literal)*, $section:ident, $holds:expr, $sql:literal;)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$note])* $variant,)* }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As it stands in a rule.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Other names that are read.
            #[must_use]
            pub fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($alias),*],)* }
            }

            /// The key of its name in the messages files.
            #[must_use]
            pub fn label_key(self) -> &'static str {
                match self { $(Self::$variant => concat!("rules.field.", $code),)* }
            }

            #[must_use]
            pub fn section(self) -> Section {
                match self { $(Self::$variant => Section::$section,)* }
            }

            pub fn holds(self) -> $kind {
                match self { $(Self::$variant => $holds,)* }
            }

            /// Its column.
            #[cfg(feature = "ssr")]
            #[must_use]
            pub fn sql(self) -> &'static str {
                match self { $(Self::$variant => $sql,)* }
            }

            /// The field of a name, in lower case.
            #[must_use]
            pub fn find(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|field| field.name() == name || field.aliases().contains(&name))
            }
        }
    };
}

fields! {
    /// Numbers of a customer.
    NumberField(Measure) {
        OrdersCount = "orders" | "orders_count" | "order_count", Orders, Measure::Count, "s.orders_count";
        TotalSpent = "total_spent" | "spent" | "lifetime" | "clv", Money, Measure::Money, "s.spent_minor";
        AverageOrderValue = "average_order" | "aov", Money, Measure::Money, "s.aov_minor";
        StoreCredit = "store_credit" | "credit", Money, Measure::Money, "s.credit_minor";
        Points = "points" | "loyalty.points", Loyalty, Measure::Count, "s.points";
        Visits = "visits", Doings, Measure::Count, "s.visits_count";
        /// Pieces over all completed orders.
        Units = "pieces" | "units", Orders, Measure::Count, "s.units";
        /// Of purchases over the lifetime, less reversals; 0 for who is no member.
        EarnedPoints = "earned_points" | "loyalty.earned", Loyalty, Measure::Count,
            "COALESCE((SELECT m.earned_points FROM loyalty_members m WHERE m.customer_id = {id}), 0)";
    }
}

fields! {
    /// Days of a customer, in the shop's time zone.
    DayField(()) {
        Registered = "registered" | "customer_since", Profile, (), "c.registered_day";
        FirstOrder = "first_order", Orders, (), "s.first_order_day";
        LastOrder = "last_order", Orders, (), "s.last_order_day";
        /// The date of birth, a text `2000-12-31` or NULL.
        Birthday = "birthday" | "date_of_birth" | "born", Profile, (), "COALESCE(c.date_of_birth, '')";
    }
}

fields! {
    /// What a customer is or is not.
    FlagField(()) {
        Blocked = "blocked", Profile, (), "(c.account_status = 'blocked')";
        EmailConfirmed = "email_confirmed" | "confirmed", Profile, (), "c.email_confirmed";
        MarketingEmail = "consent.email" | "marketing_email", Consent, (), "c.marketing_email";
        MarketingSms = "consent.sms" | "marketing_sms", Consent, (), "c.marketing_sms";
        /// The newest entry of the log says so, here and below.
        ConsentProcessing = "consent.data_processing", Consent, (), "";
        ConsentCookies = "consent.cookies", Consent, (), "";
        LoyaltyMember = "loyalty_member" | "loyalty.member", Loyalty, (),
            "EXISTS (SELECT 1 FROM loyalty_members m WHERE m.customer_id = {id})";
        /// A completed order within the days that make a customer active: `names::expand` says which.
        Active = "active", Orders, (), "FALSE";
        /// The email's domain is not one of the free-mail hosts: `names::expand` says which.
        BusinessEmail = "business_email", Profile, (), "FALSE";
    }
}

fields! {
    /// Texts of a customer.
    TextField((Keying, Values)) {
        Country = "country", Place, (Keying::Capitals, Values::Countries), "c.country";
        Region = "region", Place, (Keying::Normalised, Values::Regions), "c.region_key";
        City = "city", Place, (Keying::Normalised, Values::Cities), "c.city_key";
        Source = "source", Profile, (Keying::Normalised, Values::Codes(Codes::Sources)), "c.source";
        /// First name, last name, company.
        Name = "name", Profile, (Keying::Normalised, Values::Free), "c.name_key";
        FirstName = "first_name", Profile, (Keying::AsWritten, Values::Free), "c.first_name";
        LastName = "last_name", Profile, (Keying::AsWritten, Values::Free), "c.last_name";
        Company = "company", Profile, (Keying::AsWritten, Values::Free), "c.company";
        Email = "email", Profile, (Keying::SmallLetters, Values::Free), "c.email_key";
        /// What follows the `@`.
        EmailDomain = "email_domain", Profile, (Keying::SmallLetters, Values::Free), "c.email_key";
        Phone = "phone", Profile, (Keying::Digits, Values::Free), "c.phone_key";
        AccountNumber = "account_number", Profile, (Keying::AsWritten, Values::Free), "COALESCE(c.account_number, '')";
        Locale = "language" | "locale", Profile, (Keying::AsWritten, Values::Codes(Codes::Locales)), "c.locale";
        Campaign = "campaign", Profile, (Keying::AsWritten, Values::Campaigns), "COALESCE(c.campaign, '')";
        /// The code of the loyalty tier; empty for who is no member.
        Tier = "tier" | "loyalty.tier", Loyalty, (Keying::AsWritten, Values::Tiers),
            "COALESCE((SELECT m.tier FROM loyalty_members m WHERE m.customer_id = {id}), '')";
    }
}

fields! {
    /// What a customer has of the shop's own things; the columns are those of one each.
    SetField(Values) {
        Tag = "tag" | "tags", Membership, Values::Tags, "";
        Group = "group" | "groups", Membership, Values::Groups, "";
        /// The one whose prices count.
        PricingGroup = "pricing_group" | "discount_group", Membership, Values::Groups, "c.pricing_group_id";
        Branch = "branch", Organisation, Values::Branches, "c.branch_id";
        Department = "department", Organisation, Values::Departments, "c.department_id";
        Segment = "segment" | "segments", Membership, Values::Segments, "";
    }
}

fields! {
    /// Numbers of an order.
    OrderNumber(Measure) {
        /// In the base currency, tax and shipping included.
        Total = "total", Orders, Measure::Money, "o.base_total_minor";
        Refunded = "refunded", Orders, Measure::Money, "o.base_refunded_minor";
        Pieces = "pieces" | "units" | "items", Orders, Measure::Count, "o.units";
    }
}

fields! {
    /// Days of an order.
    OrderDay(()) {
        Placed = "placed" | "date", Orders, (), "o.placed_day";
    }
}

fields! {
    /// Codes of an order.
    OrderText(Values) {
        Payment = "payment", Orders, Values::Codes(Codes::PaymentStates), "o.payment_state";
        Fulfilment = "fulfilment" | "delivery", Orders, Values::Codes(Codes::FulfilmentStates), "o.fulfilment_state";
        Channel = "channel", Orders, Values::Codes(Codes::Channels), "o.channel";
        /// In capitals.
        Currency = "currency", Orders, Values::Free, "o.currency";
    }
}

fields! {
    /// Kinds of what customers do; the columns are the words of the table of events, visits stand in one of their own.
    EventField(()) {
        View = "view" | "product_view", Doings, (), "product_view";
        AddToCart = "add_to_cart", Doings, (), "add_to_cart";
        RemoveFromCart = "remove_from_cart", Doings, (), "remove_from_cart";
        Checkout = "checkout" | "checkout_step", Doings, (), "checkout_step";
        Review = "review", Doings, (), "review";
        Newsletter = "newsletter" | "newsletter_signup", Doings, (), "newsletter_signup";
        Search = "search", Doings, (), "search";
        Support = "support" | "support_contact", Doings, (), "support_contact";
        Visit = "visit", Doings, (), "visit";
    }
}

impl FlagField {
    /// The purpose in the log of consents, of flags that only the log knows.
    #[must_use]
    pub fn purpose(self) -> Option<&'static str> {
        match self {
            Self::ConsentProcessing => Some("data_processing"),
            Self::ConsentCookies => Some("cookies"),
            _ => None,
        }
    }
}

#[cfg(feature = "ssr")]
impl Keying {
    /// The form in which a value is compared that a person typed.
    #[must_use]
    pub fn key(self, value: &str) -> String {
        use crate::base::text::normalise;
        match self {
            Self::Normalised => normalise(value),
            Self::SmallLetters => value.trim().to_lowercase(),
            Self::Capitals => normalise(value).to_uppercase(),
            Self::Digits => value.chars().filter(char::is_ascii_digit).collect(),
            // PostgreSQL's text cannot hold NUL.
            Self::AsWritten => value.replace('\0', "").to_ascii_lowercase(),
        }
    }
}

#[cfg(feature = "ssr")]
impl TextField {
    /// The form in which the field is compared, of a value as a person types it.
    #[must_use]
    pub fn key(self, value: &str) -> String {
        self.holds().0.key(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_name_means_one_field() {
        macro_rules! names {
            ($($field:ident)*) => {
                [$($field::ALL.iter().flat_map(|f| [&[f.name()], f.aliases()].concat()).collect::<Vec<_>>()),*].concat()
            };
        }
        for names in [
            names!(NumberField DayField FlagField TextField SetField),
            names!(OrderNumber OrderDay OrderText),
            names!(EventField),
        ] {
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
        }
    }
}
