//! The commerce wing: what customers buy and what it adds up to.

#[cfg(feature = "ssr")]
pub mod stats;
