//! Endless scroll: acts when a link comes into view.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{IntersectionObserver, IntersectionObserverEntry};

type Watch = Closure<dyn Fn(js_sys::Array)>;

/// Runs `act` whenever the link comes into view, and once more after each change of `round` while it is in view.
pub fn on_reach(link: NodeRef<html::A>, round: Signal<u32>, act: impl Fn() + Clone + 'static) {
    let watching = StoredValue::new_local(None::<(IntersectionObserver, Watch)>);
    let stop = move || {
        watching.try_update_value(|watching| {
            if let Some((observer, _)) = watching.take() {
                observer.disconnect();
            }
        });
    };
    Effect::new(move || {
        // A new observer tells at once whether the link is in view, which an old one would not say again.
        round.track();
        stop();
        let Some(link) = link.get() else { return };
        let act = act.clone();
        let seen: Watch = Closure::new(move |entries: js_sys::Array| {
            let entries = entries.iter().filter_map(|entry| entry.dyn_into::<IntersectionObserverEntry>().ok());
            if entries.into_iter().any(|entry| entry.is_intersecting()) {
                act();
            }
        });
        if let Ok(observer) = IntersectionObserver::new(seen.as_ref().unchecked_ref()) {
            observer.observe(&link);
            watching.set_value(Some((observer, seen)));
        }
    });
    on_cleanup(stop);
}
