//! The composer (C2): where a campaign is written, in steps that stand in the address.
//!
//! Invariants: what is typed is saved by itself a moment later, and until it is, the browser keeps it; a draft may be unfinished,
//! but never so large that nobody could open it; whoever writes over somebody else's version is asked first.

mod actions;
pub mod api;
mod audience;
pub mod check;
mod draft;
mod model;
pub mod new_page;
pub mod page;
mod parts;
mod reach;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
pub mod rest_input;
mod send;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod sift;
#[cfg(feature = "ssr")]
mod store;
mod subjects;
mod waterfall;
pub mod write;

pub use actions::CampaignMenu;
pub use model::*;
