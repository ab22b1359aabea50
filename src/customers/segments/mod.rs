//! Segments (G4, G6): rules with a name, and who is in them.
//!
//! Invariants: a rule is kept with ids in the place of names, as `rules::print` writes it, and shown with names; a segment is made neither of itself
//! nor of an archived one. Who is in it stands in `segment_members`, and each entering and leaving in `segment_events`, in the same
//! transaction. Members follow in two ways that must agree: [`follow`] looks at each customer that changed, by their facts, and
//! [`sweep`] at everybody, by SQL, once time has gone by or what a rule means became another. All of that is done under one lock, so that what
//! was found out first is not written last.

pub mod api;
pub mod card;
mod events;
#[cfg(feature = "ssr")]
mod figures;
#[cfg(feature = "ssr")]
pub mod follow;
mod form;
pub mod list_page;
mod model;
pub mod page;
#[cfg(feature = "ssr")]
mod refresh;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
mod standing;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
pub mod sweep;
mod trend;
#[cfg(feature = "ssr")]
mod uses;
#[cfg(feature = "ssr")]
pub mod why;
mod why_view;

pub use model::*;
#[cfg(feature = "ssr")]
pub use standing::is_in;
#[cfg(feature = "ssr")]
pub use uses::used_by;
