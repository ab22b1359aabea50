//! What a return is, and what may become of it. Pure.

use crate::base::{AppError, AppResult, Moment, Money, OrderId, OrderLineId, ReturnId};
use crate::commerce::orders::codes;
use crate::commerce::payments::RefundTo;
use serde::{Deserialize, Serialize};

/// The longest note and answer, in characters.
pub const TEXT_MAX: usize = 1_000;

codes! {
    /// How far a return is.
    ReturnStatus {
        Requested = "requested", "returns.status.requested", "warn";
        /// The goods may be sent.
        Approved = "approved", "returns.status.approved", "info";
        Refused = "refused", "returns.status.refused", "bad";
        /// The goods are here.
        Received = "received", "returns.status.received", "accent";
        Refunded = "refunded", "returns.status.refunded", "ok";
    }
}

codes! {
    /// Why something comes back.
    ReturnReason {
        Damaged = "damaged", "returns.reason.damaged", "";
        WrongItem = "wrong_item", "returns.reason.wrong_item", "";
        NotAsDescribed = "not_as_described", "returns.reason.not_as_described", "";
        Late = "late", "returns.reason.late", "";
        NoLongerWanted = "no_longer_wanted", "returns.reason.no_longer_wanted", "";
        Other = "other", "returns.reason.other", "";
    }
}

codes! {
    /// Who asked for a return.
    RequestedBy {
        Customer = "customer", "returns.by.customer", "";
        Staff = "staff", "returns.by.staff", "";
        Program = "program", "returns.by.program", "";
    }
}

/// What is done with a return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReturnAction {
    Approve,
    Refuse,
    Receive,
    Refund,
}

impl ReturnAction {
    pub const ALL: [Self; 4] = [Self::Approve, Self::Refuse, Self::Receive, Self::Refund];
}

impl ReturnStatus {
    /// What a return is after an action.
    ///
    /// # Errors
    /// The key of the reason why it cannot be.
    pub fn after(self, action: ReturnAction) -> Result<Self, &'static str> {
        use ReturnAction::{Approve, Receive, Refund, Refuse};
        match (self, action) {
            (Self::Requested, Approve) => Ok(Self::Approved),
            // One that was approved and never arrives is refused in the end, so that its goods are free again.
            (Self::Requested | Self::Approved, Refuse) => Ok(Self::Refused),
            (Self::Approved, Receive) => Ok(Self::Received),
            (Self::Received, Refund) => Ok(Self::Refunded),
            (Self::Requested, Receive | Refund) => Err("returns.no.not_approved"),
            (Self::Approved, Approve) => Err("returns.no.approved"),
            (Self::Approved, Refund) => Err("returns.no.not_received"),
            (Self::Received, Approve | Refuse | Receive) => Err("returns.no.received"),
            (Self::Refused, _) => Err("returns.no.refused"),
            (Self::Refunded, _) => Err("returns.no.refunded"),
        }
    }

    /// Whether it waits for somebody of the shop.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Approved | Self::Received)
    }
}

/// How much of a line comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnLine {
    pub line: OrderLineId,
    pub quantity: i64,
}

/// The form of a return, as it is filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnForm {
    pub lines: Vec<ReturnLine>,
    pub reason: ReturnReason,
    pub note: String,
    pub refund_to: RefundTo,
    /// Staff who take it in know that it is fine.
    pub approve: bool,
}

/// The form of what is given back for a return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleForm {
    /// 0 settles it without a refund.
    pub amount: String,
    pub to: RefundTo,
    pub reason: String,
}

/// A line of a return, with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedLine {
    pub line: OrderLineId,
    pub name: String,
    pub sku: String,
    pub quantity: i64,
}

/// A return with everything about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    pub id: ReturnId,
    pub number: String,
    pub order: OrderId,
    pub status: ReturnStatus,
    pub reason: ReturnReason,
    /// What was written with the request.
    pub note: String,
    /// What was answered.
    pub answer: String,
    pub refund_to: RefundTo,
    pub requested_by: RequestedBy,
    pub requested: Moment,
    pub decided: Option<Moment>,
    pub received: Option<Moment>,
    pub refunded: Option<Moment>,
    pub lines: Vec<ReturnedLine>,
    /// What its goods cost: what is proposed to be given back.
    pub worth: Money,
    /// What was given back for it.
    pub given_back: Option<Money>,
}

/// A line of an order, as far as returns ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bought {
    pub line: OrderLineId,
    pub quantity: i64,
    /// What all of it cost, after discounts and with its tax, in minor units.
    pub total: i64,
    /// How much of it other returns hold that were not refused.
    pub held: i64,
    pub is_gift_card: bool,
}

/// That these lines can come back.
///
/// # Errors
/// [`AppError::Invalid`] on `lines` or `quantity`.
pub fn check_lines(lines: &[ReturnLine], bought: &[Bought]) -> AppResult<()> {
    if lines.is_empty() {
        return Err(AppError::invalid("lines", "returns.no_lines"));
    }
    for (at, wanted) in lines.iter().enumerate() {
        if lines[..at].iter().any(|other| other.line == wanted.line) {
            return Err(AppError::invalid("lines", "returns.line_twice"));
        }
        let Some(line) = bought.iter().find(|line| line.line == wanted.line) else {
            return Err(AppError::invalid("lines", "returns.line_unknown"));
        };
        if line.is_gift_card {
            return Err(AppError::invalid("lines", "returns.gift_card"));
        }
        if wanted.quantity < 1 {
            return Err(AppError::invalid("quantity", "returns.quantity_invalid"));
        }
        if wanted.quantity > line.quantity - line.held {
            return Err(AppError::invalid("quantity", "returns.more_than_bought"));
        }
    }
    Ok(())
}

/// What `quantity` pieces of a line cost, where `before` of them came back already: all pieces together cost what the line
/// costs, whatever was rounded.
#[must_use]
pub fn share(total: i64, of: i64, before: i64, quantity: i64) -> i64 {
    if of <= 0 {
        return 0;
    }
    let until = |pieces: i64| i128::from(total) * i128::from(pieces.clamp(0, of)) / i128::from(of);
    i64::try_from(until(before + quantity) - until(before)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::i18n::by_code;

    #[test]
    fn a_return_goes_where_its_table_says() {
        use ReturnAction::*;
        use ReturnStatus::*;
        let legal = [
            (Requested, Approve, Approved),
            (Requested, Refuse, Refused),
            (Approved, Refuse, Refused),
            (Approved, Receive, Received),
            (Received, Refund, Refunded),
        ];
        for from in ReturnStatus::ALL {
            for action in ReturnAction::ALL {
                let expected = legal.iter().find(|(status, with, _)| (status, *with) == (from, action)).map(|(_, _, to)| *to);
                match from.after(action) {
                    Ok(to) => assert_eq!(Some(to), expected, "{from:?} {action:?}"),
                    Err(reason) => {
                        assert_eq!(expected, None, "{from:?} {action:?}: {reason}");
                        assert_ne!(by_code("en").dynamic(reason), reason, "a sentence that says why");
                    }
                }
            }
        }
    }

    #[test]
    fn codes_have_names() {
        for l in ["en", "de"].map(by_code) {
            let keys = ReturnStatus::ALL.iter().map(|s| s.label_key()).chain(ReturnReason::ALL.iter().map(|r| r.label_key()));
            for key in keys.chain(RequestedBy::ALL.iter().map(|by| by.label_key())) {
                assert_ne!(l.dynamic(key), key);
            }
        }
    }

    #[test]
    fn no_more_comes_back_than_was_bought() {
        let line = |line, quantity| ReturnLine { line: OrderLineId(line), quantity };
        let bought =
            |line, quantity, held, is_gift_card| Bought { line: OrderLineId(line), quantity, total: 0, held, is_gift_card };
        let order = [bought(1, 3, 1, false), bought(2, 1, 1, false), bought(3, 1, 0, true)];
        let refusal = |lines: &[ReturnLine]| match check_lines(lines, &order) {
            Ok(()) => "fine".to_owned(),
            Err(error) => error.message_key().to_owned(),
        };
        assert_eq!(refusal(&[line(1, 2)]), "fine");
        assert_eq!(refusal(&[]), "returns.no_lines");
        assert_eq!(refusal(&[line(1, 3)]), "returns.more_than_bought");
        assert_eq!(refusal(&[line(1, i64::MAX)]), "returns.more_than_bought");
        assert_eq!(refusal(&[line(2, 1)]), "returns.more_than_bought");
        assert_eq!(refusal(&[line(1, 0)]), "returns.quantity_invalid");
        assert_eq!(refusal(&[line(1, -1)]), "returns.quantity_invalid");
        assert_eq!(refusal(&[line(1, 1), line(1, 1)]), "returns.line_twice");
        assert_eq!(refusal(&[line(3, 1)]), "returns.gift_card");
        assert_eq!(refusal(&[line(9, 1)]), "returns.line_unknown");
    }

    #[test]
    fn pieces_cost_together_what_the_line_costs() {
        for (total, of) in [(100, 3), (1, 7), (0, 2), (999, 1), (5_000, 12)] {
            let parts: i64 = (0..of).map(|before| share(total, of, before, 1)).sum();
            assert_eq!(parts, total);
        }
        assert_eq!(share(100, 3, 1, 2), 67);
        assert_eq!(share(100, 0, 0, 1), 0);
    }
}
