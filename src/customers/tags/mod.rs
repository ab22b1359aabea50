//! Tags (G3): words that staff put on customers; case-insensitive, made on use.

#[cfg(feature = "ssr")]
pub mod store;
