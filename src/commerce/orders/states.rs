//! What may be done with an order in each of its states, and what it is afterwards: the one table that services obey and pages
//! ask before they offer anything. A refusal is the key of a sentence that says why.

use super::{FulfilmentState, OrderRow, OrderStatus, PaymentState};

/// Something that is done with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderAction {
    /// A payment is recorded.
    Pay,
    /// A payment is promised: set aside where it is, not yet taken.
    Authorise,
    /// What was promised is taken.
    Capture,
    /// What was promised is let go.
    Void,
    Refund,
    Cancel,
    /// The first parcel leaves.
    Ship,
    /// Another parcel leaves.
    AddParcel,
    Deliver,
    RequestReturn,
    /// Goods of a return arrive.
    ReceiveReturn,
}

impl OrderAction {
    pub const ALL: [Self; 11] = [
        Self::Pay,
        Self::Authorise,
        Self::Capture,
        Self::Void,
        Self::Refund,
        Self::Cancel,
        Self::Ship,
        Self::AddParcel,
        Self::Deliver,
        Self::RequestReturn,
        Self::ReceiveReturn,
    ];
}

/// The three states of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OrderStates {
    pub status: OrderStatus,
    pub payment: PaymentState,
    pub fulfilment: FulfilmentState,
}

impl OrderStates {
    #[must_use]
    pub fn of(row: &OrderRow) -> Self {
        Self { status: row.status, payment: row.payment, fulfilment: row.fulfilment }
    }

    /// Whether this may be done now. Amounts and quantities are looked at besides.
    ///
    /// # Errors
    /// The key of the reason why not.
    pub fn may(self, action: OrderAction) -> Result<(), &'static str> {
        use FulfilmentState::{Delivered, PartReturned, Returned, Shipped, Unfulfilled};
        use OrderAction::{
            AddParcel, Authorise, Cancel, Capture, Deliver, Pay, ReceiveReturn, Refund, RequestReturn, Ship, Void,
        };
        use PaymentState::{Authorised, Paid, PartRefunded, Refunded};
        match self.status {
            OrderStatus::Draft => return Err("orders.no.draft"),
            OrderStatus::Cancelled => return Err("orders.no.cancelled"),
            OrderStatus::Placed => {}
        }
        match (action, self.payment, self.fulfilment) {
            (Pay | Authorise, Authorised, _) => Err("orders.no.authorised"),
            (Pay | Authorise, Paid | PartRefunded | Refunded, _) => Err("orders.no.nothing_due"),
            (Capture | Void, Paid | PartRefunded | Refunded, _) => Err("orders.no.nothing_authorised"),
            (Refund, Refunded, _) => Err("orders.no.refunded"),
            (Cancel, _, Shipped | Delivered | PartReturned | Returned) => Err("orders.no.cancel_shipped"),
            (Ship, _, Shipped) => Err("orders.no.shipped"),
            (Ship | AddParcel, _, Delivered | PartReturned | Returned) => Err("orders.no.delivered"),
            (Ship, Refunded, Unfulfilled) => Err("orders.no.ship_refunded"),
            (AddParcel | Deliver, _, Unfulfilled) => Err("orders.no.not_shipped"),
            (Deliver, _, Delivered) => Err("orders.no.delivered"),
            (RequestReturn | ReceiveReturn, _, Unfulfilled) => Err("orders.no.return_unshipped"),
            (RequestReturn | ReceiveReturn, _, Returned) => Err("orders.no.returned"),
            _ => Ok(()),
        }
    }
}

impl FulfilmentState {
    /// After a parcel has arrived. What came back before stays so.
    #[must_use]
    pub fn after_delivery(self, all_parcels: bool) -> Self {
        match self {
            Self::Shipped if all_parcels => Self::Delivered,
            other => other,
        }
    }

    /// After goods of a return have arrived.
    #[must_use]
    pub fn after_receipt(everything: bool) -> Self {
        if everything { Self::Returned } else { Self::PartReturned }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::i18n::by_code;

    /// What may be done with a placed order, said once more: by its payment and by its fulfilment.
    fn listed(payment: PaymentState, fulfilment: FulfilmentState) -> Vec<OrderAction> {
        use OrderAction::*;
        let mut all = match payment {
            PaymentState::Unpaid => vec![Pay, Authorise, Capture, Void, Refund],
            PaymentState::Authorised => vec![Capture, Void, Refund],
            PaymentState::Paid | PaymentState::PartRefunded => vec![Refund],
            PaymentState::Refunded => vec![],
        };
        all.extend(match fulfilment {
            FulfilmentState::Unfulfilled if payment == PaymentState::Refunded => vec![Cancel],
            FulfilmentState::Unfulfilled => vec![Cancel, Ship],
            FulfilmentState::Shipped => vec![AddParcel, Deliver, RequestReturn, ReceiveReturn],
            FulfilmentState::Delivered => vec![RequestReturn, ReceiveReturn],
            FulfilmentState::PartReturned => vec![Deliver, RequestReturn, ReceiveReturn],
            FulfilmentState::Returned => vec![Deliver],
        });
        all
    }

    #[test]
    fn every_action_in_every_state_is_legal_or_has_its_reason() {
        let english = by_code("en");
        for status in OrderStatus::ALL {
            for payment in PaymentState::ALL {
                for fulfilment in FulfilmentState::ALL {
                    let states = OrderStates { status: *status, payment: *payment, fulfilment: *fulfilment };
                    let legal = if *status == OrderStatus::Placed { listed(*payment, *fulfilment) } else { vec![] };
                    for action in OrderAction::ALL {
                        match states.may(action) {
                            Ok(()) => assert!(legal.contains(&action), "{states:?} {action:?}"),
                            Err(reason) => {
                                assert!(!legal.contains(&action), "{states:?} {action:?}: {reason}");
                                assert_ne!(english.dynamic(reason), reason, "a sentence that says why");
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn fulfilment_follows_parcels_and_returns() {
        use FulfilmentState::*;
        assert_eq!((Shipped.after_delivery(true), Shipped.after_delivery(false)), (Delivered, Shipped));
        for state in [Unfulfilled, Delivered, PartReturned, Returned] {
            assert_eq!(state.after_delivery(true), state);
        }
        assert_eq!((FulfilmentState::after_receipt(true), FulfilmentState::after_receipt(false)), (Returned, PartReturned));
    }
}
