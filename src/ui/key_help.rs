//! Which keys do what: `?` opens it anywhere.

use super::keys::is_typing;
use super::{Dialog, DialogHandle};
use crate::base::i18n::use_lang;
use leptos::prelude::*;

/// Keys that are pressed together, and the messages key of what they do.
type Keys = (&'static [&'static str], &'static str);

const EVERYWHERE: &[Keys] = &[
    (&["Ctrl", "K"], "keys.palette"),
    (&["/"], "keys.search"),
    (&["↓", "↑"], "keys.menu"),
    (&["Esc"], "keys.close"),
    (&["?"], "keys.help"),
];
const IN_THE_LIST: &[Keys] = &[
    (&["J"], "keys.next"),
    (&["K"], "keys.previous"),
    (&["X"], "keys.select"),
    (&["Enter"], "keys.open"),
    (&["Esc"], "keys.clear"),
];

/// The help of this window; provided by [`provide_key_help`].
#[derive(Clone, Copy)]
struct KeyHelpHandle(DialogHandle);

/// Provides the help to everything below the caller, and listens for its key.
pub fn provide_key_help() {
    let handle = DialogHandle::new();
    provide_context(KeyHelpHandle(handle));
    Effect::new(move || {
        let keys = window_event_listener(leptos::ev::keydown, move |event| {
            if event.key() == "?" && !is_typing(&event) && !event.ctrl_key() && !event.meta_key() {
                event.prevent_default();
                handle.open();
            }
        });
        on_cleanup(move || keys.remove());
    });
}

/// The dialog's handle.
#[must_use]
pub fn use_key_help() -> DialogHandle {
    use_context::<KeyHelpHandle>().map(|handle| handle.0).unwrap_or_default()
}

/// The dialog.
#[component]
pub fn KeyHelp() -> impl IntoView {
    let l = use_lang();
    let handle = use_key_help();
    let keys = move |(keys, what): &Keys| {
        let keys = keys.iter().map(|key| view! { <kbd>{*key}</kbd> " " }).collect_view();
        view! { <li><span>{l.dynamic(what)}</span><span>{keys}</span></li> }
    };
    let group = move |title: &'static str, list: &[Keys]| {
        view! { <section><h3>{l.t(title)}</h3><ul>{list.iter().map(keys).collect_view()}</ul></section> }
    };
    view! {
        <Dialog handle id="keys" title=l.t("keys.title").to_owned()>
            <div class="dialog-body">
                <p class="soft keys-off">{l.t("keys.off")}</p>
                <div class="keys">
                    {group("keys.everywhere", EVERYWHERE)}
                    {group("keys.in_the_list", IN_THE_LIST)}
                </div>
            </div>
            <footer class="dialog-foot">
                <a class="link dialog-note" href="/settings/account#keys" on:click=move |_| handle.close()>{l.t("keys.setting")}</a>
                <button class="btn" type="button" autofocus on:click=move |_| handle.close()>{l.t("ui.close")}</button>
            </footer>
        </Dialog>
    }
}
