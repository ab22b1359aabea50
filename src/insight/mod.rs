//! The insight wing: what became of customers, and what they are worth.

pub mod analytics;
pub mod prediction;
pub mod timeline;
#[cfg(feature = "ssr")]
pub mod tracking;
