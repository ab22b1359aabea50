//! The customers wing: the list, the profile, and what hangs on a customer.

pub mod bulk;
#[cfg(feature = "ssr")]
pub mod index;
pub mod list;
pub mod tags;
