//! What invoices are, as lists show them.

use crate::base::{InvoiceId, Moment, Money};
use serde::{Deserialize, Serialize};

/// Asks for money, or gives some of it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceKind {
    /// One per order.
    Invoice,
    /// One per refund.
    CreditNote,
}

impl InvoiceKind {
    pub const ALL: [Self; 2] = [Self::Invoice, Self::CreditNote];

    /// As the database writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit_note",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The key of its name in the messages files.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Invoice => "invoices.kind.invoice",
            Self::CreditNote => "invoices.kind.credit_note",
        }
    }
}

/// An invoice or credit note of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceRow {
    pub id: InvoiceId,
    pub kind: InvoiceKind,
    pub number: String,
    /// Below zero for credit notes.
    pub total: Money,
    pub at: Moment,
    /// Who of the staff issued it.
    pub by: Option<String>,
}

/// What the order's page shows of its invoices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderInvoices {
    /// In the order in which they were issued.
    pub rows: Vec<InvoiceRow>,
    /// An invoice can be issued: the order was placed, was not cancelled, and has none.
    pub can_issue: bool,
    /// Refunds for which there is no credit note yet.
    pub uncredited: usize,
    /// Where emails go.
    pub email: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_round_trip() {
        for kind in InvoiceKind::ALL {
            assert_eq!(InvoiceKind::parse(kind.code()), Some(kind));
        }
        assert_eq!(InvoiceKind::parse("bill"), None);
    }
}
