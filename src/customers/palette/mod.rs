//! The command palette (L9): finds customers, orders, pages and actions from anywhere.

pub mod api;
mod model;
mod places;
mod results;
pub mod view;

pub use model::*;
