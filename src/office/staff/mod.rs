//! Staff (S1, S2): who may log in, their roles and rights, their sessions.
//!
//! Invariants: the first owner is made on the first run, only while there is no staff at all; passwords are kept as Argon2id
//! hashes, tokens as SHA-256; a member without active rights has no session; every right is checked on the server.

#[cfg(feature = "ssr")]
pub mod account;
pub mod api;
pub mod manage;
mod model;
pub mod own;
#[cfg(feature = "ssr")]
pub mod password;
#[cfg(feature = "ssr")]
pub mod preferences;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod sessions;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
pub mod throttle;

pub mod pages;

pub use model::*;
