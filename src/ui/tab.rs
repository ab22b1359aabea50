//! What a tab keeps over a reload of how something is looked at: no data of customers.

use crate::base::wire;
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The tab's storage; `None` where the browser keeps nothing.
#[must_use]
pub fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

/// Has the tab keep what a signal says under this name. What it kept is taken once the page is live, before other effects of the view that
/// are made after this.
pub fn keep<T>(name: String, value: RwSignal<T>)
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    Effect::new(move |before: Option<()>| {
        if before.is_none()
            && let Some(text) = storage().and_then(|storage| storage.get_item(&name).ok().flatten())
            && let Ok(kept) = wire::read(&text)
        {
            value.set(kept);
        }
        let text = value.with(wire::write);
        if let (Some(storage), Ok(text)) = (storage(), text) {
            // A tab that keeps nothing begins anew.
            let _ = storage.set_item(&name, &text);
        }
    });
}
