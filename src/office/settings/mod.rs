//! Settings of the shop (S5): each with its default, validated, audited. Kept as JSON values under dotted keys, so that a
//! new setting needs no migration.

pub mod api;
mod checkout;
pub mod checkout_page;
mod commerce;
#[cfg(feature = "ssr")]
pub mod days;
mod mail;
pub mod mail_page;
mod maps;
mod maps_page;
mod model;
pub mod page;
pub mod section;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
mod value;
mod value_page;
#[cfg(feature = "ssr")]
pub mod zone;

pub use checkout::*;
pub use commerce::*;
pub use mail::{MailForm, MailSettings};
pub use maps::*;
pub use model::*;
pub use value::{CreditForm, Form, GiftCardForm, LoyaltyForm};
