//! The rule language: what filters, segments, group rules and automations say about a customer. `docs/rules.md` is its manual.
//!
//! One typed tree ([`Rule`]), written as text ([`parse()`], [`print()`]) or clicked together, with three readings that must agree: SQL
//! with binds ([`sql`]), one customer's facts ([`facts`]), and sets of customers in the in-memory index (`customers/index`). Fields
//! are allow-listed by type ([`fields`]): there is no way to name a column.
//!
//! A rule may name tags, groups, products … as people do, or by id. It is kept with ids ([`names`]), so that renaming changes nothing, and shown with names.
//!
//! [`editor`] is where people write one, as text or by clicking.

mod ast;
mod complete;
pub mod editor;
mod explain;
pub mod fields;
mod limits;
mod parse;
mod print;

#[cfg(feature = "ssr")]
pub mod facts;
#[cfg(feature = "ssr")]
mod load;
#[cfg(feature = "ssr")]
pub mod names;
#[cfg(feature = "ssr")]
pub mod query;
#[cfg(feature = "ssr")]
pub mod sql;
#[cfg(test)]
mod tests;

pub use ast::*;
pub use complete::{Completion, Word, complete, write_value};
pub use explain::{Actual, Explanation, Part};
pub use fields::{DayField, EventField, FlagField, NumberField, OrderDay, OrderNumber, OrderText, SetField, TextField};
pub use limits::*;
#[cfg(feature = "ssr")]
pub use load::{load, load_one};
pub use parse::{MAX_TEXT, ParseError, parse};
pub use print::{print, print_condition};
