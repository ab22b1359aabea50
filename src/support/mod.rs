//! The support wing: helping customers, and honouring their rights over their data.

#[cfg(feature = "ssr")]
pub mod privacy;
