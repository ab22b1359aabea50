//! The messages wing: what the shop writes to its customers.

pub mod templates;
