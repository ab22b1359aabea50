//! Privacy (D): what the program knows about people, and what becomes of it.

pub mod registry;
