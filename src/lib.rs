//! Clientele: the customer back office of an online shop.
//!
//! The map of the house. `base` is the vocabulary, `ui` the parts that views are made of, `rules` the language that describes
//! sets of customers, `server` what everything stands on. The wings hold the rooms, one feature each; a room's files have the
//! same names everywhere: `model` (types and pure rules, both sides), `api` (server functions), `store` (SQL), `service`
//! (use cases over several stores), `page` and others (views). Wings form no cycle: customers ← commerce ← messages ← support ← insight;
//! office stands apart. `app` puts pages together, `work` background jobs, `rest` the REST API.

#![recursion_limit = "512"]

pub mod app;
pub mod base;
pub mod commerce;
pub mod customers;
pub mod insight;
pub mod messages;
pub mod office;
#[cfg(feature = "ssr")]
pub mod rest;
pub mod rules;
#[cfg(feature = "ssr")]
pub mod server;
pub mod support;
pub mod ui;
#[cfg(feature = "ssr")]
pub mod work;

/// Where the browser starts: loads the page's language, then hydrates.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn hydrate() {
    console_error_panic_hook::set_once();
    app::browser::start().await;
}
