//! The customer list (L1–L6): what it can be asked, how its URL says so, and how it answers.
//!
//! [`ListState`] is the whole state of the page, read from its URL; [`ListState::to_rule`] makes the rule that the index or
//! the database answers.

mod chips;
mod columns;
#[cfg(feature = "ssr")]
pub mod fallback;
mod filter;
mod model;
pub mod page;
mod row;
mod segments;
#[cfg(feature = "ssr")]
pub mod store;
mod thresholds;
mod url;

pub use chips::*;
pub use columns::*;
pub use filter::*;
pub use model::*;
pub use row::ListRow;
pub use segments::BuiltInSegment;
pub use thresholds::Thresholds;
pub use url::Fallback;
