//! Saved views (L7): one's own and the team's; saving, renaming, sharing, replacing and deleting one's own.

use super::SavedView;
use super::api::{change_view, delete_view, save_view};
use super::page::{List, use_list};
use crate::base::AppError;
use crate::base::i18n::{Lang, use_lang};
use crate::customers::segments::list_page::{may_edit, save_href};
use crate::ui::{Icon, SkeletonLines, Toasts, later_or, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;
use wasm_split_helpers::wasm_split;

/// The form below the views: it saves a new one, or changes `editing`.
#[derive(Clone, Copy)]
struct Form {
    l: Lang,
    list: List,
    toasts: Toasts,
    editing: RwSignal<Option<SavedView>>,
    name: RwSignal<String>,
    shared: RwSignal<bool>,
    /// The view is to be what the list shows now.
    replace: RwSignal<bool>,
    error: RwSignal<Option<String>>,
}

impl Form {
    fn new() -> Self {
        Self {
            l: use_lang(),
            list: use_list(),
            toasts: use_toasts(),
            editing: RwSignal::new(None),
            name: RwSignal::new(String::new()),
            shared: RwSignal::new(false),
            replace: RwSignal::new(false),
            error: RwSignal::new(None),
        }
    }

    /// Turns to a view, or to a new one.
    fn edit(self, view: Option<SavedView>) {
        self.name.set(view.as_ref().map(|view| view.name.clone()).unwrap_or_default());
        self.shared.set(view.as_ref().is_some_and(|view| view.shared));
        self.replace.set(false);
        self.error.set(None);
        self.editing.set(view);
    }

    fn query(self) -> String {
        self.list.state.with_untracked(|state| state.clone().from_the_start().to_query())
    }

    fn submit(self) {
        let (name, shared, query) = (self.name.get_untracked(), self.shared.get_untracked(), self.query());
        let editing = self.editing.get_untracked();
        let query_of_edited = self.replace.get_untracked().then(|| query.clone());
        spawn_local(async move {
            let saved = match editing {
                Some(view) => change_view(view.id, name, shared, query_of_edited).await,
                None => save_view(name, query, shared).await,
            };
            match saved {
                Ok(view) => self.done(self.l.with("list.view_saved", &[("name", &view.name)])),
                Err(failed) => self.failed(&failed),
            }
        });
    }

    fn delete(self, view: SavedView) {
        spawn_local(async move {
            match delete_view(view.id).await {
                Ok(()) => {
                    let again = Arc::new(move || self.put_back(view.clone()));
                    self.list.choices.refetch();
                    self.edit(None);
                    self.toasts.push(self.l.t("list.view_deleted"), Some(again));
                }
                Err(failed) => self.failed(&failed),
            }
        });
    }

    /// Saves a deleted view again.
    fn put_back(self, view: SavedView) {
        spawn_local(async move {
            match save_view(view.name, view.query, view.shared).await {
                Ok(_) => self.list.choices.refetch(),
                Err(failed) => self.toasts.fail(self.l.dynamic(failed.message_key())),
            }
        });
    }

    fn done(self, said: String) {
        self.list.choices.refetch();
        self.edit(None);
        self.toasts.push(said, None);
    }

    fn failed(self, error: &AppError) {
        self.error.try_set(Some(self.l.dynamic(error.message_key())));
    }
}

/// The menu.
#[component]
pub fn ViewsMenu() -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let form = Form::new();
    let views = move || {
        Suspend::new(async move {
            let views = list.choices.await.map(|choices| choices.views).unwrap_or_default();
            if views.is_empty() {
                return view! { <p class="menu-title">{l.t("list.no_views")}</p> }.into_any();
            }
            views.into_iter().map(|saved| item(form, saved)).collect_view().into_any()
        })
    };
    let wanted = RwSignal::new(false);
    let want = move || wanted.set(true);
    let below = later_or((|| view! { <SkeletonLines lines=3/> }).into(), move || wanted.get(), move || view_form(form));
    // What is searched for cannot be said in a rule.
    let href = move || list.state.with(|state| (state.search.trim().is_empty() && state.narrows()).then(|| save_href(state)));
    let segment = may_edit().then_some(move || {
        href().map(|href| {
            view! {
                <a class="menu-item" href=href><Icon name="filter"/>{l.t("segments.save_list")}</a>
                <hr class="menu-sep"/>
            }
        })
    });
    view! {
        <details class="dropdown" on:pointerenter=move |_| want() on:toggle=move |_| want()>
            <summary class="btn btn-collapse">
                <Icon name="bookmark"/> <span>{l.t("list.views")}</span> <Icon name="chevron-down" class="icon-caret"/>
            </summary>
            <div class="menu menu-end">
                <Transition>{views}</Transition>
                <hr class="menu-sep"/>
                {segment}
                {below}
            </div>
        </details>
    }
}

fn item(form: Form, saved: SavedView) -> AnyView {
    let l = form.l;
    let target = if saved.query.is_empty() { "/customers".to_owned() } else { format!("/customers?{}", saved.query) };
    let query = saved.query.clone();
    let here = move || (form.list.state.with(|state| state.clone().from_the_start().to_query()) == query).then_some("true");
    let (icon, kind) = if saved.shared { ("users", l.t("list.view_of_team")) } else { ("bookmark", l.t("list.view_of_mine")) };
    let edit = saved.own.then(|| {
        let label = l.with("list.view_edit", &[("name", &saved.name)]);
        let saved = saved.clone();
        view! {
            <button type="button" class="btn btn-icon btn-sm btn-ghost" aria-label=label on:click=move |_| form.edit(Some(saved.clone()))>
                <Icon name="pencil"/>
            </button>
        }
    });
    view! {
        <div class="menu-row">
            <a class="menu-item" href=target aria-current=here title=kind><Icon name=icon/> {saved.name}</a>
            {edit}
        </div>
    }
    .into_any()
}

#[wasm_split(list)]
fn view_form(form: Form) -> AnyView {
    let l = form.l;
    let title = move || match form.editing.get() {
        Some(view) => l.with("list.view_edit", &[("name", &view.name)]),
        None => l.t("list.view_new").to_owned(),
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        form.submit();
    };
    let check = move |on: RwSignal<bool>, label: &'static str| {
        view! {
            <label class="check">
                <input type="checkbox" class="checkbox" prop:checked=on on:change=move |event| on.set(event_target_checked(&event))/>
                <span>{l.dynamic(label)}</span>
            </label>
        }
    };
    let edited = move || {
        form.editing.get().map(|view| {
            view! {
                {check(form.replace, "list.view_replace")}
                <div class="row">
                    <button type="button" class="btn btn-sm btn-ghost" on:click=move |_| form.edit(None)>{l.t("ui.cancel")}</button>
                    <button type="button" class="btn btn-sm btn-ghost row-end" on:click=move |_| form.delete(view.clone())>
                        <Icon name="trash"/> {l.t("list.view_delete")}
                    </button>
                </div>
            }
        })
    };
    view! {
        <form class="stack menu-form" on:submit=submit>
            <p class="label">{title}</p>
            <input
                class="input"
                maxlength="60"
                autocomplete="off"
                placeholder=l.t("list.view_name")
                aria-label=l.t("list.view_name")
                aria-invalid=move || form.error.read().is_some().then_some("true")
                prop:value=form.name
                on:input=move |event| form.name.set(event_target_value(&event))
            />
            {check(form.shared, "list.view_share")}
            {edited}
            {move || form.error.get().map(|text| view! { <p class="error" role="alert">{text}</p> })}
            <button class="btn btn-sm btn-primary" type="submit">{l.t("list.view_save")}</button>
        </form>
    }
    .into_any()
}
