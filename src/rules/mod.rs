//! The rule language: what filters, segments, group rules and automations say about a customer.
//!
//! One typed tree ([`Rule`]) with three readings that must agree: SQL with binds ([`sql`]), one customer's facts
//! ([`facts`]), and sets of customers in the in-memory index (`customers/index`). Fields are allow-listed by type: there is
//! no way to name a column.

mod ast;
#[cfg(feature = "ssr")]
pub mod facts;
mod limits;
#[cfg(feature = "ssr")]
pub mod sql;

pub use ast::*;
pub use limits::*;
