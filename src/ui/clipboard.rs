//! The clipboard.

/// Puts a text on the clipboard. False where the browser refuses: it offers the clipboard only to pages over TLS and to those of
/// its own machine.
pub async fn copy(text: &str) -> bool {
    #[cfg(feature = "hydrate")]
    {
        let clipboard = leptos::prelude::window().navigator().clipboard();
        !clipboard.is_undefined() && wasm_bindgen_futures::JsFuture::from(clipboard.write_text(text)).await.is_ok()
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = text;
        false
    }
}
