//! `/templates/:name`: a template in one language, its preview as somebody gets it, and its versions.

use super::api::{next_recipient, open_template, preview_template, save_template};
use super::preview::Preview;
use super::source_field::SourceField;
use super::versions::Versions;
use super::writing::{Vocabulary, Writing};
use super::{Draft, Field, Layout, Opened, Recipient, Saved, Shown};
use crate::base::i18n::use_lang;
use crate::base::query::pairs;
use crate::base::{AppError, resource};
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::not_found::NotFound;
use crate::ui::{ErrorState, FormAlert, FormError, Icon, SkeletonLines, Switch, lazy_page, use_toasts};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map};
use std::time::Duration;

/// How long somebody pauses who looks up at the preview.
const PAUSE: Duration = Duration::from_millis(300);

lazy_page!(
    /// `/templates/:name`.
    TemplateRoute,
    messages,
    template_view
);

fn template_view() -> AnyView {
    view! { <Guard rights=&[Right::SendCampaigns]><TemplatePage/></Guard> }.into_any()
}

#[component]
fn TemplatePage() -> impl IntoView {
    let (params, search) = (use_params_map(), use_location().search);
    let asked = Memo::new(move |_| {
        let name = params.with(|params| params.get("name").unwrap_or_default());
        let locale = search.with(|search| pairs(search).into_iter().find(|(name, _)| name == "lang").map(|(_, value)| value));
        (name, locale.unwrap_or_default())
    });
    let opened = resource(move || asked.get(), |(name, locale)| open_template(name, locale));
    let retry = Callback::new(move |()| opened.refetch());
    let show = move || {
        Suspend::new(async move {
            match opened.await {
                Ok(opened) => view! { <Editor opened/> }.into_any(),
                Err(AppError::NotFound) => view! { <NotFound/> }.into_any(),
                Err(error) => view! { <div class="page"><ErrorState error on_retry=retry/></div> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=|| view! { <div class="page"><SkeletonLines lines=12/></div> }>{show}</Transition> }.into_any()
}

/// The editor's state; copy it into closures.
#[derive(Clone, Copy)]
pub(super) struct Editing {
    pub opened: RwSignal<Opened>,
    pub writing: Writing,
    pub shown: RwSignal<Option<Shown>>,
    /// As whom it is looked at; `None`: with samples.
    pub recipient: RwSignal<Option<Recipient>>,
    busy: RwSignal<bool>,
    failed: FormError,
    asked: StoredValue<u32>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Editing {
    fn new(opened: Opened) -> Self {
        let vocabulary = Vocabulary { variables: opened.variables.clone(), filters: opened.filters.clone() };
        Self {
            writing: Writing::new(opened.draft.clone(), vocabulary),
            opened: RwSignal::new(opened),
            shown: RwSignal::new(None),
            recipient: RwSignal::new(None),
            busy: RwSignal::new(false),
            failed: FormError::new(None),
            asked: StoredValue::new(0),
            timer: StoredValue::new(None),
        }
    }

    fn named(self) -> (String, String) {
        self.opened.with_untracked(|opened| (opened.name.clone(), opened.locale.clone()))
    }

    /// Looks at the draft as it is now; an answer that a newer question has overtaken is dropped.
    fn look(self) {
        let (name, locale) = self.named();
        let (draft, recipient) =
            (self.writing.draft.get_untracked(), self.recipient.get_untracked().map(|recipient| recipient.id));
        self.asked.update_value(|asked| *asked += 1);
        let question = self.asked.get_value();
        spawn_local(async move {
            let answer = preview_template(name, locale, draft, recipient).await;
            if self.asked.try_get_value() != Some(question) {
                return;
            }
            if let Ok(shown) = answer {
                self.writing.errors.set(shown.errors.clone());
                // While something is wrong the last good look stays.
                if shown.mail.is_some() {
                    self.shown.set(Some(shown));
                }
            }
        });
    }

    /// Looks once typing pauses.
    fn look_soon(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
        let timer = set_timeout_with_handle(
            move || {
                if !self.writing.draft.is_disposed() {
                    self.look();
                }
            },
            PAUSE,
        );
        self.timer.set_value(timer.ok());
    }

    /// Shows what counts now, after it was saved or restored.
    pub fn refresh(self, take_over: bool) {
        let (name, locale) = self.named();
        spawn_local(async move {
            if let Ok(fresh) = open_template(name, locale).await
                && !self.opened.is_disposed()
            {
                if take_over {
                    self.writing.draft.set(fresh.draft.clone());
                }
                self.opened.set(fresh);
            }
        });
    }

    fn save(self, done: impl FnOnce() + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        let (name, locale) = self.named();
        let (number, draft) = (self.opened.with_untracked(|opened| opened.number), self.writing.draft.get_untracked());
        self.busy.set(true);
        self.failed.set(None);
        spawn_local(async move {
            let answer = save_template(name, locale, number, draft.clone()).await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(Saved::As(number)) => {
                    self.opened.update(|opened| {
                        opened.number = number;
                        opened.draft = draft;
                    });
                    self.refresh(false);
                    done();
                }
                Ok(Saved::Wrong(errors)) => self.writing.errors.set(errors),
                Err(error) => self.failed.set(Some(error)),
            }
        });
    }

    fn is_changed(self) -> bool {
        self.opened.with(|opened| self.writing.draft.with(|draft| *draft != opened.draft))
    }
}

#[component]
fn Editor(opened: Opened) -> impl IntoView {
    let l = use_lang();
    let title = opened.title.clone();
    let editing = Editing::new(opened);
    // At once when the page has come or somebody else is chosen, then as one types.
    Effect::new(move |before: Option<(Draft, Option<Recipient>)>| {
        let now = (editing.writing.draft.get(), editing.recipient.get());
        match before {
            Some((draft, _)) if draft != now.0 => editing.look_soon(),
            Some((_, recipient)) if recipient == now.1 => {}
            _ => editing.look(),
        }
        now
    });
    let toasts = use_toasts();
    let step = Callback::new(move |forward: bool| {
        let of = editing.recipient.get_untracked().map(|recipient| recipient.id);
        spawn_local(async move {
            match next_recipient(of, forward).await {
                Ok(Some(next)) => drop(editing.recipient.try_set(Some(next))),
                Ok(None) => toasts.say(l.t("templates.no_further")),
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    });
    let wrong = move || editing.writing.errors.with(|errors| !errors.is_empty());
    view! {
        <Title text=title.clone()/>
        <div class="page">
            <header class="page-head">
                <a class="btn btn-icon btn-ghost desk-only" href="/templates" aria-label=l.t("templates.title")><Icon name="chevron-left"/></a>
                <h1 class="page-title" dir="auto">{title}</h1>
                {move || editing.is_changed().then(|| view! { <span class="badge" data-tone="warn">{l.t("templates.unsaved")}</span> })}
                <div class="page-actions"><Languages editing/></div>
            </header>
            <div class="template-columns">
                <div class="stack"><Form editing/><Versions editing/></div>
                <Preview shown=editing.shown recipient=editing.recipient step wrong=Signal::derive(wrong)/>
            </div>
        </div>
    }
    .into_any()
}

/// The languages of the template; each is written by itself.
#[component]
fn Languages(editing: Editing) -> impl IntoView {
    let l = use_lang();
    let (name, locale, languages) =
        editing.opened.with_untracked(|opened| (opened.name.clone(), opened.locale.clone(), opened.languages.clone()));
    let link = move |(code, language): (String, String)| {
        let current = (code == locale).then_some("true");
        view! { <a class="seg-item" href=format!("/templates/{name}?lang={code}") aria-current=current lang=code.clone()>{language}</a> }
    };
    view! { <nav class="seg" aria-label=l.t("templates.languages")>{languages.into_iter().map(link).collect_view()}</nav> }
        .into_any()
}

#[component]
fn Form(editing: Editing) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        editing.save(move || toasts.push(l.t("templates.saved"), None));
    };
    view! {
        <form class="card" method="post" novalidate on:submit=submit>
            <div class="card-body stack">
                <FormAlert error=editing.failed/>
                <SourceField writing=editing.writing field=Field::Subject rows=1/>
                <SourceField writing=editing.writing field=Field::Preheader rows=1/>
                <LayoutField draft=editing.writing.draft/>
                <SourceField writing=editing.writing field=Field::Body rows=20/>
                <PlainText writing=editing.writing shown=editing.shown/>
            </div>
            <footer class="card-foot">
                <p class="hint">{l.t("templates.footer_hint")}</p>
                <button class="btn btn-primary row-end" type="submit" aria-busy=move || editing.busy.get().then_some("true")>
                    <span>{l.t("ui.save")}</span>
                </button>
            </footer>
        </form>
    }
    .into_any()
}

/// What stands around the text.
#[component]
pub fn LayoutField(draft: RwSignal<Draft>) -> impl IntoView {
    let l = use_lang();
    let choice = move |layout: Layout| {
        let chosen = move || draft.with(|draft| draft.layout == layout);
        view! {
            <label class="seg-item">
                <input
                    type="radio"
                    name="layout"
                    value=layout.code()
                    checked=draft.with_untracked(|draft| draft.layout == layout)
                    prop:checked=chosen
                    on:change=move |_| draft.update(|draft| draft.layout = layout)
                />
                {l.t(layout.label_key())}
            </label>
        }
    };
    view! {
        <fieldset class="fieldset">
            <legend class="label">{l.t("templates.layout")}</legend>
            <div class="seg">{Layout::ALL.map(choice).collect_view()}</div>
        </fieldset>
    }
    .into_any()
}

/// The plain-text part: made from the HTML, or written by hand.
#[component]
pub fn PlainText(writing: Writing, shown: RwSignal<Option<Shown>>) -> impl IntoView {
    let l = use_lang();
    let by_hand = Memo::new(move |_| writing.draft.with(|draft| draft.text.is_some()));
    let switch = Callback::new(move |on: bool| {
        let made = shown.with_untracked(|shown| shown.as_ref().map(|shown| shown.plain.clone())).unwrap_or_default();
        writing.draft.update(|draft| draft.text = on.then_some(made));
    });
    view! {
        <Switch checked=by_hand on_change=switch>{l.t("templates.text_by_hand")}</Switch>
        {move || by_hand.get().then(|| view! { <SourceField writing field=Field::Text rows=10/> })}
    }
    .into_any()
}
