//! Keys of programs that use the REST API (A2): each with a name and scopes, made on the command line, revoked on the
//! settings pages.
//!
//! Invariants: a key is shown once, when it is made; the database keeps its hash and its last four characters; a revoked key
//! stays in the list and never comes back; making and revoking are in the audit log.

pub mod api;
#[cfg(feature = "ssr")]
pub mod command;
mod model;
pub mod page;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;

pub use model::*;
#[cfg(feature = "ssr")]
pub use service::Program;
