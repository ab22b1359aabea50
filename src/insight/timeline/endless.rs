//! Endless scroll: acts when a link comes into view.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;

/// So far below the window, in pixels, that what follows is there when it is scrolled to.
const AHEAD: f64 = 300.0;

/// Runs `act` whenever the link comes into view, and once more after each change of `round` while it is in view.
pub fn on_reach(link: NodeRef<html::A>, round: Signal<u32>, act: impl Fn() + Clone + 'static) {
    Effect::new(move || {
        round.track();
        if link.get().is_none() {
            return;
        }
        let look = {
            let act = act.clone();
            move || {
                if in_view(link) {
                    act();
                }
            }
        };
        look();
        let scrolled = window_event_listener(ev::scroll, move |_| look());
        on_cleanup(move || scrolled.remove());
    });
}

fn in_view(link: NodeRef<html::A>) -> bool {
    let Some(link) = link.get_untracked() else { return false };
    let height = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
    link.get_bounding_client_rect().top() < height + AHEAD
}
