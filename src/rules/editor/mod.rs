//! Where people write a rule, as text with completion or by clicking, and see whom it describes while they do.
//!
//! [`RuleEditor`] is a part of forms: it edits one text, the form keeps it. Its code comes when it is first shown. The text is the
//! truth; what is clicked together is read from it and written back to it.

pub mod api;
mod builder;
mod draft;
mod field;
mod figures;
mod list;
mod live;
mod model;
#[cfg(feature = "ssr")]
pub mod offers;
mod place;
mod row;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
mod store;
mod terms;
mod text;
mod writing;

pub use field::RuleEditor;
pub use model::*;
