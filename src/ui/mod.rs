//! The parts that views are made of. They know of no feature. Classes and markup are those of `style/README.md`.

pub mod appearance;
mod arrival;
pub mod clipboard;
pub mod dialog;
pub mod dropdown;
pub mod empty_state;
pub mod error_state;
pub mod field;
pub mod guard;
pub mod icon;
pub mod key_help;
pub mod keys;
pub mod later;
pub mod layout;
pub mod live_form;
pub mod load;
pub mod not_found;
pub mod once;
pub mod pop_menu;
pub mod row;
pub mod tip;
pub mod toast;

pub use dialog::{ConfirmDialog, Dialog, DialogFoot, DialogHandle};
pub use empty_state::{EmptyState, SkeletonLines};
pub use error_state::ErrorState;
pub use field::{Bound, FieldError, FormAlert, FormError, Switch, TextField, TextInput, aria_error, aria_invalid};
pub use icon::Icon;
pub(crate) use later::lazy_page;
pub use later::{later, later_or};
pub use live_form::{LiveForm, SearchField};
pub use load::{CardSkeleton, Loaded};
pub use once::{Once, new_key};
pub use pop_menu::PopMenu;
pub use row::open_row;
pub use tip::{Term, Tip};
pub use toast::{Toasts, Undo, use_toasts};
