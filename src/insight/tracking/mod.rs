//! Tracking (A4): what the shop front tells of visitors and customers: page views, which make visits, and events, which stand
//! in the timeline. Server only; people see it in the timeline and in the figures.
//!
//! Invariants: a visit ends after 30 minutes of silence; what an anonymous visitor did belongs to the customer from the moment
//! on that the two are linked, and what they did before goes over with the link; a customer's number of visits follows in the
//! same transaction. A batch takes what is right of it and says of each other entry what is wrong.

mod model;
pub mod rest;
mod service;
mod store;

pub use model::*;
pub use service::{Linked, Taken, link, track, visit};
