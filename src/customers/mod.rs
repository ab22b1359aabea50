//! The customers wing: the list, the profile, and what hangs on a customer.

#[cfg(feature = "ssr")]
pub mod index;
pub mod bulk;
pub mod list;
pub mod tags;
pub mod name;
