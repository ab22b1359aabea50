//! The parts that views are made of. They know of no feature. Classes and markup are those of `style/README.md`.

pub mod icon;
pub mod layout;
pub mod not_found;

pub use icon::Icon;
