//! Papers as PDF: invoices, credit notes, return labels, on A4.

mod fonts;
mod invoice;
mod label;
mod sheet;

pub use invoice::invoice;
pub use label::{Label, label};
