//! Campaigns: one advertising mail to many.
//!
//! Invariants: everybody of the audience gets one row in the outbox, by a key of campaign and customer, so nobody gets it twice however
//! often freezing begins; a campaign that is not being sent sends nothing from the next mail on; whom it leaves out for
//! what is counted when it is frozen, and looked at again when each mail leaves ([`super::delivery`]).

pub mod api;
#[cfg(feature = "ssr")]
mod audience;
#[cfg(feature = "ssr")]
pub mod events;
#[cfg(feature = "ssr")]
pub mod export;
#[cfg(feature = "ssr")]
pub mod figures;
mod follow;
#[cfg(feature = "ssr")]
pub mod freeze;
pub mod list_page;
mod model;
pub mod page;
mod parts;
#[cfg(feature = "ssr")]
mod plan;
pub mod report;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
pub mod rest_shown;
mod results;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
pub mod subject_test;
#[cfg(feature = "ssr")]
pub mod trial;
#[cfg(feature = "ssr")]
pub mod zones;

#[cfg(feature = "ssr")]
pub use audience::{Terms, branches, capped, fates, preview, resolve, rule_of, unreachable};
pub use model::*;
pub use subject_test::{SubjectTest, Tally, TestView, WinnerRule};
