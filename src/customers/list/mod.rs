//! The customer list (L1–L11): what it can be asked, how its URL says so, and how it answers.
//!
//! [`ListState`] is the whole state of the page, read from its URL; [`ListState::to_rule`] makes the rule that the index or
//! the database answers.

mod answer;
pub mod api;
mod bulk_bar;
mod chips;
#[cfg(feature = "ssr")]
mod choices;
mod columns;
mod columns_menu;
#[cfg(feature = "ssr")]
pub mod fallback;
mod filter;
mod filter_fields;
mod filter_sheet;
mod hit;
mod keys;
mod live;
mod model;
pub mod page;
mod pager;
#[cfg(feature = "ssr")]
pub mod rest;
mod row;
pub mod rule_page;
mod search_box;
mod segments;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
mod table;
mod thresholds;
mod thumb_bar;
mod toolbar;
mod url;
#[cfg(feature = "ssr")]
mod views;
mod views_menu;

pub use answer::*;
pub use chips::*;
pub use columns::*;
pub use filter::*;
pub use hit::{Hit, Why, marked};
pub use model::*;
pub use row::ListRow;
pub use segments::{BuiltInSegment, SegmentKey, built_in};
pub use thresholds::Thresholds;
pub use url::{Fallback, MAX_SEARCH};
