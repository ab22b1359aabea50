//! The parts that views are made of. They know of no feature. Classes and markup are those of `style/README.md`.

pub mod error_state;
pub mod icon;
pub mod keys;
pub mod layout;
pub mod not_found;

pub use error_state::ErrorState;
pub use icon::Icon;
