//! The REST API's frame: what happens to every request under `/api`, whichever room answers it.
//!
//! A room says what it offers as [`Operation`]s (its `rest.rs`); [`crate::rest`] puts them together. An operation names its
//! scope, what it takes and what it gives, and all three are enforced and documented from there: there is no second list.
//!
//! Invariants: sessions mean nothing here, only keys do; every error is a [`Problem`]; a request that changes something does
//! so in one transaction, in which its answer is kept where the program named the request ([`idempotency`]); so a request
//! either did everything, its answer included, or nothing.

mod answer;
mod call;
mod docs;
mod fields;
pub mod idempotency;
mod limits;
mod openapi;
mod operation;
mod problem;
mod reply;

pub use answer::router;
pub use call::{Call, merge};
pub use fields::{Amount, day, instant, is_token, rfc3339};
pub use limits::Limits;
pub use openapi::document;
pub use operation::{Kind, Operation, Param, Shape, Write};
pub use problem::{Answer, FieldError, Problem, ProblemBody};
pub use reply::{PageOf, Reply, edition_tag, etag};

/// The version of the API that this program speaks, the only one so far. A change that breaks programs gets a new date, and
/// whoever asks for the old one is answered as before.
pub const VERSION: &str = "2026-11-01";

/// The largest body, in bytes: a thousand events with long texts.
pub const BODY_MAX: usize = 2 * 1024 * 1024;
