//! What the palette finds: hits of the server, pages and actions.

use super::Found;
use super::api::palette_search;
use super::places::{self, Target};
use super::view::Panel;
use crate::app::use_session;
use crate::base::AppResult;
use crate::base::i18n::{Lang, use_lang};
use crate::base::text::initials;
use crate::customers::list::{Hit, marked};
use crate::ui::Icon;
use crate::ui::key_help::use_key_help;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use std::time::Duration;
use wasm_split_helpers::wasm_split;

const DEBOUNCE: Duration = Duration::from_millis(70);

/// The results, and what chooses among them.
#[wasm_split(list)]
pub fn results(panel: Panel) -> AnyView {
    let l = use_lang();
    let search = Search::new(panel.text);
    search.ask();
    let (navigate, key_help) = (use_navigate(), use_key_help());
    let go = Callback::new(move |target: Target| {
        panel.close.run(());
        search.clear();
        match target {
            Target::Page(href) => navigate(&href, NavigateOptions::default()),
            Target::KeyHelp => key_help.open(),
            Target::LogOut => places::log_out(),
        }
    });
    let on_key = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "ArrowDown" => search.step(1),
            "ArrowUp" => search.step(-1),
            "Enter" => {
                if let Some(item) = search.chosen() {
                    go.run(item.target);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    panel.on_key.set(Some(Callback::new(on_key)));
    Effect::new(move || {
        panel.active.set(search.items.with(|items| (!items.is_empty()).then(|| format!("palette-{}", search.at.get()))))
    });
    view! {
        <div class="palette-list" id="palette-list" role="listbox" aria-label=l.t("palette.results")>
            {move || view! { <Groups items=search.items.get() at=search.at go/> }}
        </div>
        <Status search/>
    }
    .into_any()
}

/// One line of the palette: what it says and what it does.
#[derive(Clone, PartialEq)]
struct Item {
    group: &'static str,
    icon: Option<&'static str>,
    hue: i64,
    main: String,
    sub: String,
    end: String,
    target: Target,
    /// Found by the server, for the text that it was asked about.
    is_hit: bool,
    hit: Hit,
}

/// What was found, and for which text.
#[derive(Clone, Default)]
struct Answer {
    text: String,
    found: Found,
    failed: bool,
}

/// The state of the palette; copy it into closures.
#[derive(Clone, Copy)]
struct Search {
    text: RwSignal<String>,
    asked: RwSignal<String>,
    answer: RwSignal<Answer>,
    items: Memo<Vec<Item>>,
    /// The line that Enter chooses.
    at: RwSignal<usize>,
}

impl Search {
    fn new(text: RwSignal<String>) -> Self {
        let l = use_lang();
        let session = use_session();
        let (asked, answer) = (RwSignal::new(String::new()), RwSignal::new(Answer::default()));
        let items = Memo::new(move |_| text.with(|text| answer.with(|answer| items(l, text.trim(), &answer.found, &session))));
        Self { text, asked, answer, items, at: RwSignal::new(0) }
    }

    /// Asks the server, and keeps the old hits until new ones come.
    fn ask(self) {
        let mut debounced = leptos::leptos_dom::helpers::debounce(DEBOUNCE, move |text: String| self.asked.set(text));
        Effect::new(move || debounced(self.text.get()));
        Effect::new(move || {
            let text = self.asked.get().trim().to_owned();
            // The next run of the effect drops the question: an outdated answer holds up no newer one.
            spawn_local_scoped_with_cancellation(async move {
                let found: AppResult<Found> =
                    if text.is_empty() { Ok(Found::default()) } else { palette_search(text.clone()).await };
                self.answer.set(Answer { text, failed: found.is_err(), found: found.unwrap_or_default() });
                self.at.set(0);
            });
        });
    }

    /// Whether the hits belong to what is typed.
    fn is_settled(self) -> bool {
        self.text.with(|text| self.answer.with(|answer| answer.text == text.trim()))
    }

    /// What Enter chooses: nothing that was found for an earlier text.
    fn chosen(self) -> Option<Item> {
        let item = self.items.with_untracked(|items| items.get(self.at.get_untracked()).cloned());
        item.filter(|item| !item.is_hit || untrack(move || self.is_settled()))
    }

    fn clear(self) {
        self.text.set(String::new());
        self.asked.set(String::new());
    }

    fn step(self, by: isize) {
        let count = self.items.with_untracked(Vec::len);
        if count > 0 {
            self.at.update(|at| *at = (*at + count).wrapping_add_signed(by) % count);
            request_animation_frame(move || show(self.at.get_untracked()));
        }
    }
}

/// Brings a line into view.
fn show(at: usize) {
    if let Some(line) = document().get_element_by_id(&format!("palette-{at}")) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        line.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Says that nothing was found, that the search failed, or that it is on its way.
#[component]
fn Status(search: Search) -> impl IntoView {
    let l = use_lang();
    let said = move || {
        let is_empty = search.items.with(Vec::is_empty);
        match () {
            () if search.text.with(|text| text.trim().is_empty()) => "",
            () if search.answer.with(|answer| answer.failed) => l.t("palette.failed"),
            () if is_empty && !search.is_settled() => l.t("palette.searching"),
            () if is_empty => l.t("palette.none"),
            () => "",
        }
    };
    view! { <p class="palette-status" role="status">{said}</p> }
}

#[component]
fn Groups(items: Vec<Item>, at: RwSignal<usize>, go: Callback<Target>) -> impl IntoView {
    let l = use_lang();
    let mut groups: Vec<(&'static str, Vec<(usize, Item)>)> = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        match groups.last_mut() {
            Some((name, list)) if *name == item.group => list.push((index, item)),
            _ => groups.push((item.group, vec![(index, item)])),
        }
    }
    groups
        .into_iter()
        .map(|(name, list)| {
            let id = format!("palette-group-{name}");
            let labelled_by = id.clone();
            view! {
                <div role="group" aria-labelledby=labelled_by>
                    <div class="palette-title" id=id>{l.dynamic(name)}</div>
                    {list.into_iter().map(|(index, item)| view! { <Line index item at go/> }).collect_view()}
                </div>
            }
        })
        .collect_view()
}

#[component]
fn Line(index: usize, item: Item, at: RwSignal<usize>, go: Callback<Target>) -> impl IntoView {
    let l = use_lang();
    let target = item.target.clone();
    // Why it was found tells more than where the email is.
    let sub = match &item.hit.why {
        Some(why) => l.with(why.label_key(), &[("value", &why.value())]).into_any(),
        None => marked(&item.sub, &item.hit.email),
    };
    let picture = match item.icon {
        Some(icon) => view! { <Icon name=icon/> }.into_any(),
        None => view! { <span class="avatar" data-hue=item.hue.to_string() aria-hidden="true">{initials(&item.main)}</span> }
            .into_any(),
    };
    view! {
        <div
            class="palette-item"
            role="option"
            id=format!("palette-{index}")
            aria-selected=move || (at.get() == index).to_string()
            on:mousemove=move |_| at.set(index)
            on:click=move |_| go.run(target.clone())
        >
            {picture}
            <span class="palette-main" dir="auto">{marked(&item.main, &item.hit.name)}</span>
            <span class="palette-sub">{sub}</span>
            <span class="palette-end">{item.end}</span>
        </div>
    }
}

/// What stands in the palette for a text: hits first, then the pages and actions whose name has every word of it.
fn items(l: Lang, text: &str, found: &Found, session: &crate::app::Session) -> Vec<Item> {
    let mut items = Vec::new();
    if !text.is_empty() {
        items.extend(found.customers.iter().map(|customer| Item {
            group: "palette.customers",
            icon: None,
            hue: customer.id.0 % 12,
            main: customer.name.clone(),
            sub: customer.email.clone(),
            end: l.money(customer.spent),
            target: Target::Page(format!("/customers/{}", customer.id)),
            is_hit: true,
            hit: customer.hit.clone(),
        }));
        items.extend(found.orders.iter().map(|order| Item {
            group: "palette.orders",
            icon: Some("shopping-bag"),
            hue: 0,
            main: order.number.clone(),
            sub: order.customer.clone(),
            end: l.money(order.total),
            target: Target::Page(format!("/orders/{}", order.id)),
            is_hit: true,
            hit: Hit::default(),
        }));
    }
    let wanted = text.to_lowercase();
    items.extend(places::places(session).into_iter().filter_map(|place| {
        let label = l.t(place.label);
        let name = label.to_lowercase();
        wanted.split_whitespace().all(|word| name.contains(word)).then(|| Item {
            group: "palette.pages",
            icon: Some(place.icon),
            hue: 0,
            main: label.to_owned(),
            sub: String::new(),
            end: String::new(),
            target: place.target,
            is_hit: false,
            hit: Hit::default(),
        })
    }));
    items
}
