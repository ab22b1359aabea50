//! How customers come into groups and get tags (G2): by hand, by a program, by an import, by a rule; and how that ended.
//!
//! Invariants: what is done by hand stays. A membership that somebody gave (`pinned`) no rule takes away, and where somebody took one
//! away although there is a rule, that rule does not give it again (an exclusion). A pricing group that somebody chose is pinned as
//! well; one that no rule sets is no rule's business. Every change has its line in `membership_history`, written in the same
//! transaction. What rules come to for one customer is said by one pure function, [`plan::decide`]; preview and job ask the same one.

pub mod api;
pub mod card;
#[cfg(feature = "ssr")]
pub mod job;
#[cfg(feature = "ssr")]
pub mod matching;
mod model;
pub mod plan;
#[cfg(feature = "ssr")]
mod read;
pub mod rule_card;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;

pub use model::*;
