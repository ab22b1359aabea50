//! What the rooms stand on: configuration, database, clock, keys, sessions, router, telemetry. Server only.

pub mod build;
pub mod clock;
pub mod config;
pub mod context;
pub mod db;
pub mod keys;
pub mod outage;
pub mod pages;
mod render;
pub mod rest;
pub mod router;
pub mod security;
pub mod shell;
pub mod state;
pub mod tab;
pub mod telemetry;

pub use clock::Clock;
pub use context::{Context, Viewer, authorise, current};
pub use db::{Args, Db, DbError, DbResult, Query, Tx};
pub use state::AppState;

use crate::base::AppError;

/// Logs what went wrong inside under an id and yields the error that says no more than that id.
pub fn internal(error: &dyn std::fmt::Display) -> AppError {
    let id: String = (0..8).map(|_| char::from(b"abcdefghjkmnpqrstuvwxyz23456789"[rand::random_range(0..31)])).collect();
    tracing::error!(%id, %error, "internal error");
    AppError::Internal { id }
}
