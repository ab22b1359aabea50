//! Bulk actions (L8): tag, untag, group, block many customers at once, as a job that can be undone.
//!
//! Invariants: the audience is frozen when the job is made, and kept in it; each customer is looked at once, in the
//! transaction that moves the job's cursor past them; what the job changed is written down per customer
//! (`job_customers.changed`), and everything it adds is stamped with the job's creation time. So undoing turns back exactly
//! what the job did and leaves alone what somebody edited since: a tag that was taken off and put on again bears another
//! stamp, a status that was set again has a later entry in the audit log.

pub mod api;
#[cfg(feature = "ssr")]
mod audience;
mod model;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
mod store;

#[cfg(feature = "ssr")]
pub use audience::Audience;
pub use model::*;
