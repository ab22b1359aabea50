//! Row ids as types, so that an order's id cannot be passed for a customer's.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map($name)
            }
        }

        impl From<i64> for $name {
            fn from(id: i64) -> Self {
                $name(id)
            }
        }
    )*};
}

ids! {
    /// A customer; dense, so that sets of customers fit in bitmaps.
    CustomerId
    /// An order or draft.
    OrderId
    /// One of a customer's addresses.
    AddressId
    /// An internal note.
    NoteId
    /// A tag.
    TagId
    /// A customer group.
    GroupId
    /// A mail in the outbox.
    MailId
    /// A member of the staff.
    StaffId
    /// A session of a member of the staff.
    SessionId
    /// A branch of the organisation.
    BranchId
    /// An advertising mail to many.
    CampaignId
    /// A background job.
    JobId
    /// A saved view of the customer list.
    ViewId
    /// An account of the ledger: store credit, a gift card, points.
    LedgerAccountId
    /// An entry of a ledger account.
    LedgerEntryId
    /// A segment.
    SegmentId
    /// A rule that puts customers into a group, or tags them.
    AssignmentRuleId
    /// A debit that waits to be captured or voided.
    AuthorisationId
    /// A key of a program that uses the REST API.
    ApiKeyId
    /// A gift card.
    GiftCardId
    /// An invoice or credit note.
    InvoiceId
    /// A line of an order or draft.
    OrderLineId
    /// A payment of an order.
    PaymentId
    /// A price list.
    PriceListId
    /// A product.
    ProductId
    /// A discount code and its terms.
    PromotionId
    /// Money given back for an order.
    RefundId
    /// Goods that come back, or shall.
    ReturnId
    /// A parcel of an order.
    ShipmentId
}
