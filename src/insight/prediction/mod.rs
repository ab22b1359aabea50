//! What customers will probably do (R4, P11): BG/NBD says who is still a customer and how often they will order, Gamma-Gamma
//! for how much; both are fitted every night on the shop's own completed orders.
//!
//! - [`bg_nbd`] and [`gamma_gamma`] are the models, [`simplex`] finds their parameters, [`history`] is what they know of a
//!   customer. They count days on which somebody bought: several orders of one day are one purchase. Time is in weeks, as in
//!   the literature.
//! - [`fit`] reads all customers and fits; the parameters are kept with their day, so that a customer's figures are
//!   computed when they are asked for, from a few numbers.
//! - Of somebody who bought on one day only BG/NBD says nothing but "still a customer", since it lets people leave only after a
//!   further purchase. There, and without a fit, the customer's own gap between orders decides who has churned ([`churn`]).
//!
//! Invariant: nothing predicted is shown without saying that it is, on what it stands, or why there is nothing.

mod card;
mod model;

#[cfg(feature = "ssr")]
pub mod bg_nbd;
#[cfg(feature = "ssr")]
pub mod churn;
#[cfg(feature = "ssr")]
pub mod fit;
#[cfg(feature = "ssr")]
pub mod gamma_gamma;
#[cfg(feature = "ssr")]
pub mod history;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub mod simplex;
#[cfg(feature = "ssr")]
pub mod store;

pub use card::OutlookCard;
pub use model::*;
#[cfg(feature = "ssr")]
pub use service::outlook;
