//! The customers wing: the list, the profile, and what hangs on a customer.

pub mod list;
