//! The third step: what is wrong with a campaign, or could be, before it is sent.
//!
//! Invariants: an error here is what starting the campaign would refuse, and nothing else is; links are opened only when somebody asks for it,
//! and only where the public can go.

pub mod api;
#[cfg(feature = "ssr")]
pub mod links;
mod model;
#[cfg(feature = "ssr")]
pub mod outline;
#[cfg(feature = "ssr")]
pub mod rules;
#[cfg(feature = "ssr")]
pub mod service;
mod step;

pub use model::*;
pub use step::CheckStep;
