//! What this browser's pages look like: theme, density, folded navigation. Kept in cookies, so that the server sends pages
//! that look right from the start.

use super::Icon;
use crate::base::i18n::use_lang;
use leptos::prelude::*;

/// Browsers keep a cookie 400 days at most.
const KEPT_SECONDS: u32 = 34_560_000;

/// One thing to choose: an attribute of the document and the cookie that remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Switch {
    /// `light`, `dark`; empty follows the system.
    Theme,
    /// `comfortable`; empty is compact.
    Density,
    /// `icons` where the navigation is folded, `full` where it is not although the window is narrow.
    Nav,
}

impl Switch {
    fn name(self) -> &'static str {
        match self {
            Self::Theme => "theme",
            Self::Density => "density",
            Self::Nav => "nav",
        }
    }

    /// What is chosen: as the request's cookie or the document says.
    fn chosen(self) -> String {
        #[cfg(feature = "ssr")]
        {
            let look = use_context::<crate::server::pages::Appearance>().unwrap_or_default();
            match self {
                Self::Theme => look.theme,
                Self::Density => look.density,
                Self::Nav => look.nav,
            }
        }
        #[cfg(not(feature = "ssr"))]
        {
            let attribute = format!("data-{}", self.name());
            document().document_element().and_then(|root| root.get_attribute(&attribute)).unwrap_or_default()
        }
    }

    /// What is chosen, as all who show it share it.
    fn signal(self) -> RwSignal<String> {
        let Some(chosen) = use_context::<Chosen>() else { return RwSignal::new(self.chosen()) };
        match self {
            Self::Theme => chosen.theme,
            Self::Density => chosen.density,
            Self::Nav => chosen.nav,
        }
    }

    /// Applies a choice at once and remembers it; an empty one is forgotten.
    fn choose(self, value: &str) {
        let Some(root) = document().document_element() else { return };
        let attribute = format!("data-{}", self.name());
        let (changed, age) = match value {
            "" => (root.remove_attribute(&attribute), 0),
            value => (root.set_attribute(&attribute, value), KEPT_SECONDS),
        };
        let cookie = format!("clientele_{}={value}; path=/; max-age={age}; SameSite=Lax", self.name());
        // Both fail only in a document that is no page.
        let _ = changed.and_then(|()| js_sys::Reflect::set(&document(), &"cookie".into(), &cookie.into()));
    }
}

/// What is chosen, wherever it is shown.
#[derive(Clone, Copy)]
struct Chosen {
    theme: RwSignal<String>,
    density: RwSignal<String>,
    nav: RwSignal<String>,
}

/// Provides what is chosen to everything below the caller.
pub fn provide_appearance() {
    let chosen = |switch: Switch| RwSignal::new(switch.chosen());
    provide_context(Chosen { theme: chosen(Switch::Theme), density: chosen(Switch::Density), nav: chosen(Switch::Nav) });
}

/// A choice among a few, as a row of buttons; of icons alone where `icons` says so.
#[component]
fn Choice(
    switch: Switch,
    label: &'static str,
    options: &'static [(&'static str, &'static str, &'static str)],
    #[prop(optional)] icons: bool,
) -> impl IntoView {
    let l = use_lang();
    let chosen = switch.signal();
    let button = move |(value, icon, text): &(&'static str, &'static str, &'static str)| {
        let (value, icon, text) = (*value, *icon, *text);
        let choose = move |_| {
            switch.choose(value);
            chosen.set(value.to_owned());
        };
        view! {
            <button
                class="seg-item"
                type="button"
                aria-pressed=move || if chosen.with(|chosen| chosen == value) { "true" } else { "false" }
                aria-label=icons.then(|| l.dynamic(text))
                title=icons.then(|| l.dynamic(text))
                on:click=choose
            >
                <Icon name=icon/>
                {(!icons).then(|| l.dynamic(text))}
            </button>
        }
    };
    let class = if icons { "seg seg-icons" } else { "seg" };
    view! {
        {(!icons).then(|| view! { <p class="menu-title">{l.dynamic(label)}</p> })}
        <div class=class role="group" aria-label=l.dynamic(label)>{options.iter().map(button).collect_view()}</div>
    }
}

const DENSITIES: &[(&str, &str, &str)] =
    &[("", "rows-compact", "appearance.compact"), ("comfortable", "rows", "appearance.comfortable")];

/// The height of rows, to be chosen beside a table.
#[component]
pub fn DensityChoice() -> impl IntoView {
    view! { <Choice switch=Switch::Density label="appearance.density" options=DENSITIES icons=true/> }
}

/// The choices of the account menu.
#[component]
pub fn AppearanceChoices() -> impl IntoView {
    view! {
        <Choice
            switch=Switch::Theme
            label="appearance.theme"
            options=&[
                ("", "monitor", "appearance.system"),
                ("light", "sun", "appearance.light"),
                ("dark", "moon", "appearance.dark"),
            ]
        />
        <Choice switch=Switch::Density label="appearance.density" options=DENSITIES/>
    }
}

/// Whether the stylesheet folds the navigation for want of room.
fn is_narrow() -> bool {
    let query = window().match_media("(max-width: 1000px)").ok().flatten();
    query.is_some_and(|query| query.matches())
}

/// Folds the navigation to its icons and unfolds it; the label says which.
#[component]
pub fn NavToggle() -> impl IntoView {
    let l = use_lang();
    let chosen = Switch::Nav.signal();
    // The server does not know the window.
    let narrow = RwSignal::new(false);
    Effect::new(move || narrow.set(is_narrow()));
    let folded = move || chosen.with(|chosen| chosen == "icons" || chosen.is_empty() && narrow.get());
    let toggle = move |_| {
        narrow.set(is_narrow());
        let next = match untrack(folded) {
            false => "icons",
            true if narrow.get_untracked() => "full",
            true => "",
        };
        Switch::Nav.choose(next);
        chosen.set(next.to_owned());
    };
    let label = move || if folded() { l.t("nav.unfold") } else { l.t("nav.fold") };
    view! {
        <button
            class="btn btn-icon btn-ghost desk-only"
            type="button"
            aria-label=label
            title=label
            on:click=toggle
        >
            <Icon name="panel-left"/>
        </button>
    }
}
