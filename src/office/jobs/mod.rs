//! Background jobs: work of our own table, claimed under a lease, done in short batches, resumed after a crash, stopped on
//! request.
//!
//! Invariants: a job is enqueued in the transaction of what asks for it; a batch and its progress are committed together, so
//! that after a crash each item was done once or not at all; whoever lost the lease commits nothing; one member's jobs run
//! in the order they were started. What the kinds of work do is said by their own rooms, put together in [`crate::work`].

pub mod api;
#[cfg(feature = "ssr")]
pub mod events;
mod model;
#[cfg(feature = "ssr")]
pub mod nightly;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
mod view;

pub use model::*;
pub use view::{JobProgress, JobTray, JobTrayHandle, RecentJobs, provide_job_tray, use_job_tray};
