//! Templates of mails: what is written once, checked, and filled for each recipient.
//!
//! Invariants:
//! - What does not compile cannot be saved or sent: broken syntax, unknown variables and filters, HTML that mail programs refuse or
//!   that would be unsafe are errors at their place ([`TemplateError`]).
//! - HTML is sanitised, its styles are inlined and its plain text is made once, when a template is compiled. What is filled in
//!   later is escaped, so it can never become markup; addresses of links may only be those of variables that are addresses.
//! - Filling is bounded in work and output, whatever a template does.
//! - The footer with the shop's address belongs to the layout and not to the template, so nobody can leave it out; in advertising
//!   it has the link to unsubscribe, without which nothing is rendered.

pub mod api;
#[cfg(feature = "ssr")]
pub mod builtin;
#[cfg(feature = "ssr")]
pub mod catalogue;
#[cfg(feature = "ssr")]
mod check;
#[cfg(feature = "ssr")]
mod clean;
#[cfg(feature = "ssr")]
pub mod compile;
pub mod editor;
#[cfg(feature = "ssr")]
mod environment;
pub mod frame;
#[cfg(feature = "ssr")]
mod layout;
#[cfg(feature = "ssr")]
pub mod links;
pub mod list_page;
#[cfg(feature = "ssr")]
mod markup;
mod model;
#[cfg(feature = "ssr")]
mod places;
pub mod preview;
#[cfg(feature = "ssr")]
pub mod queued;
#[cfg(feature = "ssr")]
pub mod recipients;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
mod secrets;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
mod shortened;
pub mod source_field;
#[cfg(feature = "ssr")]
pub mod stage;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
mod syntax;
#[cfg(all(test, feature = "ssr"))]
mod tests;
#[cfg(feature = "ssr")]
pub mod told;
#[cfg(feature = "ssr")]
mod values;
mod versions;
pub mod writing;

#[cfg(feature = "ssr")]
pub use compile::{Template, render};
pub use model::*;
#[cfg(feature = "ssr")]
pub use secrets::says_a_secret;
#[cfg(feature = "ssr")]
pub use values::{Value, Variables};
