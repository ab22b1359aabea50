//! How the browser part starts: it reads from the document what every page knows, then takes the page over (hydration).
//!
//! Until a page is taken over, its links are the browser's: the router listens long before the code of a lazy page has come,
//! and a click that it took then would be lost.

use super::{App, Session};
use crate::base::i18n::Lang;
use crate::base::wire;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::Element;

thread_local! {
    static LANG: RefCell<Option<Lang>> = const { RefCell::new(None) };
}

/// Loads the page's language, takes the page over, and then says so on the document: what tests wait for.
pub async fn start() {
    load_language().await;
    let links = plain_links();
    let owner = leptos::mount::hydrate_from_async(leptos::tachys::dom::body(), App).await;
    owner.forget();
    release(&links);
    // What the page does when it begins has been queued before this.
    leptos::task::tick().await;
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-hydrated", "true");
    }
}

/// Loads the texts of the document's language, which the document has already asked for.
async fn load_language() {
    let Some(root) = document().document_element() else { return };
    let code = root.get_attribute("lang").unwrap_or_default();
    let url = root.get_attribute("data-messages").unwrap_or_default();
    let texts = fetch(&url).await.unwrap_or_default();
    LANG.with(|lang| *lang.borrow_mut() = Some(Lang::load(&code, &texts)));
}

async fn fetch(url: &str) -> Option<String> {
    let response = wasm_bindgen_futures::JsFuture::from(window().fetch_with_str(url)).await.ok()?;
    let response: web_sys::Response = response.dyn_into().ok()?;
    wasm_bindgen_futures::JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

type ClickListener = Closure<dyn FnMut(MouseEvent)>;

/// Keeps clicks on links from the router, so that the browser follows them, until [`release`].
fn plain_links() -> ClickListener {
    let listener = ClickListener::new(|event: MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if target.is_some_and(|target| target.closest("a[href]").is_ok_and(|link| link.is_some())) {
            event.stop_immediate_propagation();
        }
    });
    // On the way down to the link, before the router's listener on the way up.
    let _ = window().add_event_listener_with_callback_and_bool("click", listener.as_ref().unchecked_ref(), true);
    listener
}

fn release(links: &ClickListener) {
    let _ = window().remove_event_listener_with_callback_and_bool("click", links.as_ref().unchecked_ref(), true);
}

/// Puts language and session into the context of the app.
pub(super) fn provide() {
    if let Some(lang) = LANG.with(|lang| *lang.borrow()) {
        provide_context(lang);
    }
    let known = document().document_element().and_then(|root| root.get_attribute("data-session")).unwrap_or_default();
    if let Ok(session) = wire::read::<Session>(&known) {
        provide_context(session);
    }
}
