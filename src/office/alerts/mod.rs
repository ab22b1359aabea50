//! Alerts: what the program found wrong and a person must look at. One open alert per kind and subject; raising it again
//! only says that it was seen again.

pub mod store;
