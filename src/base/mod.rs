//! The vocabulary that every room shares: errors, ids, money, time, text, languages. No SQL, no HTML.

pub mod contact;
pub mod country;
#[cfg(feature = "ssr")]
pub mod csv;
pub mod error;
pub mod format;
pub mod i18n;
pub mod ids;
pub mod money;
pub mod query;
pub mod text;
pub mod time;
pub mod wire;

pub use error::{AppError, AppResult, RETRY_AFTER_SECONDS};
pub use ids::*;
pub use money::{Currency, Money};
pub use time::{Date, Day, Moment, Timestamp};
pub use wire::{Resource, Wire, blocking_resource, resource};
