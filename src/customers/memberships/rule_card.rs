//! The card of a rule: what it says, whom it would change, and doing it.

use super::api::{
    apply_assignment_rule, delete_assignment_rule, open_assignment_rule, preview_assignment_rule, save_assignment_rule,
};
use super::{Changing, RuleForm, RulePreview, RuleView, Target};
use crate::base::AppError;
use crate::base::i18n::{Lang, use_lang};
use crate::office::jobs::use_job_tray;
use crate::rules::editor::RuleEditor;
use crate::ui::{Bound, ErrorState, FieldError, FormAlert, FormError, Icon, SkeletonLines, Switch, TextField, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The rule of a group or tag, on its page.
#[component]
pub fn RuleCard(target: Target) -> impl IntoView {
    let l = use_lang();
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("assign.title")}</h2></header>
            <div class="card-body"><Assignment target/></div>
        </section>
    }
}

/// The state of the card; copy it into closures.
#[derive(Clone, Copy)]
struct Editing {
    target: Target,
    view: RwSignal<Option<RuleView>>,
    /// All but the rule's text.
    form: RwSignal<RuleForm>,
    text: RwSignal<String>,
    /// There is a rule, or one is being written.
    open: RwSignal<bool>,
    preview: RwSignal<Option<RulePreview>>,
    busy: RwSignal<bool>,
    error: FormError,
}

impl Editing {
    fn new(target: Target) -> Self {
        Self {
            target,
            view: RwSignal::new(None),
            form: RwSignal::new(RuleForm::default()),
            text: RwSignal::new(String::new()),
            open: RwSignal::new(false),
            preview: RwSignal::new(None),
            busy: RwSignal::new(false),
            error: FormError::new(None),
        }
    }

    fn show(self, view: RuleView) {
        let rule = view.rule.as_ref();
        self.open.set(rule.is_some());
        self.fill(rule.map(RuleForm::of).unwrap_or_default());
        self.view.set(Some(view));
    }

    fn fill(self, form: RuleForm) {
        self.text.set(form.rule.clone());
        self.form.set(RuleForm { rule: String::new(), ..form });
    }

    /// What is typed.
    fn typed(self) -> RuleForm {
        RuleForm { rule: self.text.get(), ..self.form.get() }
    }

    fn version(self) -> Option<i64> {
        self.view.with_untracked(|view| view.as_ref()?.rule.as_ref().map(|rule| rule.version))
    }

    /// Nothing is typed that is not saved.
    fn is_saved(self) -> bool {
        self.view.with(|view| {
            let saved = view.as_ref().and_then(|view| view.rule.as_ref()).map(RuleForm::of);
            saved.is_some_and(|saved| self.typed() == saved)
        })
    }

    /// Asks the server, one thing at a time; `done` gets the answer, unless the card has gone.
    fn ask<T: 'static>(self, request: impl Future<Output = Result<T, AppError>> + 'static, done: impl FnOnce(T) + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            let answer = request.await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(answer) => done(answer),
                Err(error) => self.error.set(Some(error)),
            }
        });
    }
}

/// What a rule says. It is asked for in the browser, so that it can stand in dialogs, too.
#[component]
pub fn Assignment(target: Target) -> impl IntoView {
    let editing = Editing::new(target);
    let failed = RwSignal::new(None::<AppError>);
    let read = move || {
        failed.set(None);
        spawn_local(async move {
            let answer = open_assignment_rule(target).await;
            if failed.is_disposed() {
                return;
            }
            match answer {
                Ok(view) => editing.show(view),
                Err(error) => failed.set(Some(error)),
            }
        });
    };
    Effect::new(move |_| read());
    let known = Memo::new(move |_| editing.view.with(Option::is_some));
    move || match (failed.get(), known.get()) {
        (Some(error), _) => view! { <ErrorState error on_retry=Callback::new(move |()| read())/> }.into_any(),
        (None, false) => view! { <SkeletonLines lines=3/> }.into_any(),
        (None, true) => view! { <Editor editing/> }.into_any(),
    }
}

#[component]
fn Editor(editing: Editing) -> impl IntoView {
    let l = use_lang();
    let begin = move |_| editing.open.set(true);
    // Opened once more, it is not made anew.
    let open = Memo::new(move |_| editing.open.get());
    move || {
        if open.get() {
            view! { <Form editing/> }.into_any()
        } else {
            view! {
                <div class="stack">
                    <p class="soft">{l.t("assign.none")}</p>
                    <p><button class="btn" type="button" on:click=begin><Icon name="zap"/>{l.t("assign.add")}</button></p>
                </div>
            }
            .into_any()
        }
    }
}

#[component]
fn Form(editing: Editing) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let Editing { target, form, error, .. } = editing;
    let is_group = matches!(target, Target::Group(_));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        // The same check as the server's, without the way there.
        let typed = untrack(|| editing.typed());
        if let Err(failure) = typed.checked_priority(target) {
            return error.set(Some(failure));
        }
        editing.ask(save_assignment_rule(target, editing.version(), typed), move |view| {
            editing.show(view);
            toasts.push(l.t("assign.saved"), None);
        });
    };
    let flag = move |read: fn(&RuleForm) -> bool, write: fn(&mut RuleForm) -> &mut bool, text: &'static str| {
        let on = Signal::derive(move || form.with(read));
        view! { <Switch checked=on on_change=Callback::new(move |on| form.update(|form| *write(form) = on))>{text}</Switch> }
    };
    let prices = move || form.with(|form| form.sets_pricing);
    view! {
        <form class="stack" method="post" novalidate on:submit=submit>
            <FormAlert error/>
            <RuleEditor text=editing.text id="rule-text" label=l.t("assign.rule") error/>
            <div class="check-list">
                {flag(|form| form.enters, |form| &mut form.enters, l.t("assign.enters"))}
                <FieldError id="rule-enters" name="enters" error/>
                {flag(|form| form.leaves, |form| &mut form.leaves, l.t("assign.leaves"))}
                {is_group.then(|| flag(|form| form.sets_pricing, |form| &mut form.sets_pricing, l.t("assign.sets_pricing")))}
                {flag(|form| form.active, |form| &mut form.active, l.t("assign.active"))}
            </div>
            <Show when=prices>
                <TextField id="rule-priority" name="priority" label=l.t("field.priority") bound=Bound::new(form, |form: &mut RuleForm| &mut form.priority) error/>
                <p class="hint">{l.t("assign.priority_hint")}</p>
            </Show>
            <Held editing/>
            <Buttons editing/>
        </form>
        <Preview editing/>
    }
    .into_any()
}

/// How many the rule leaves alone.
#[component]
fn Held(editing: Editing) -> impl IntoView {
    let l = use_lang();
    move || {
        let (pinned, out) = editing.view.with(|view| view.as_ref().map_or((0, 0), |view| (view.pinned, view.kept_out)));
        (pinned > 0 || out > 0).then(|| {
            let text = l.with("assign.hands", &[("pinned", &l.integer(pinned)), ("out", &l.integer(out))]);
            view! { <p class="hint"><Icon name="pin"/> {text}</p> }
        })
    }
}

#[component]
fn Buttons(editing: Editing) -> impl IntoView {
    let (l, toasts, tray) = (use_lang(), use_toasts(), use_job_tray());
    let Editing { target, form, busy, .. } = editing;
    let preview = move |_| {
        editing.ask(preview_assignment_rule(target, untrack(|| editing.typed())), move |found| editing.preview.set(Some(found)));
    };
    let apply = move |_| {
        editing.ask(apply_assignment_rule(target), move |job| {
            editing.preview.set(None);
            tray.show(job);
        });
    };
    let remove = move |_| match editing.version() {
        None => {
            editing.open.set(false);
            editing.fill(RuleForm::default());
            editing.error.set(None);
        }
        Some(version) => editing.ask(delete_assignment_rule(target, version), move |view| {
            editing.preview.set(None);
            editing.show(view);
            toasts.push(l.t("assign.deleted"), None);
        }),
    };
    let may_apply = move || editing.is_saved() && form.with(|form| form.active);
    let is_new = move || editing.view.with(|view| view.as_ref().is_none_or(|view| view.rule.is_none()));
    view! {
        <div class="row">
            <button class="btn" type="button" disabled=move || busy.get() on:click=preview><Icon name="eye"/>{l.t("assign.preview")}</button>
            <Show when=may_apply>
                <button class="btn" type="button" disabled=move || busy.get() on:click=apply><Icon name="play"/>{l.t("assign.apply")}</button>
            </Show>
            <span class="row-end row">
                <button class="btn btn-ghost" type="button" on:click=remove>
                    {move || l.t(if is_new() { "ui.cancel" } else { "assign.delete" })}
                </button>
                <button class="btn btn-primary" type="submit" aria-busy=move || busy.get().then_some("true")><span>{l.t("ui.save")}</span></button>
            </span>
        </div>
    }
}

/// Whom the rule would change: how many, and the first of them.
#[component]
fn Preview(editing: Editing) -> impl IntoView {
    let l = use_lang();
    move || editing.preview.get().map(|preview| shown(l, preview))
}

fn shown(l: Lang, preview: RulePreview) -> AnyView {
    let figure = |label: &'static str, count: i64| {
        view! { <div class="stat"><dt class="stat-label">{l.t(label)}</dt><dd class="stat-value">{l.integer(count)}</dd></div> }
    };
    let line = |one: Changing| {
        let (icon, word) = match one.membership {
            Some(true) => ("plus", l.t("assign.comes")),
            Some(false) => ("minus", l.t("assign.goes")),
            None => ("percent", l.t("assign.stays")),
        };
        let prices = one.pricing.map(|name| view! { <span class="dim">{l.with("assign.prices_of", &[("name", &name)])}</span> });
        view! {
            <li class="preview-line">
                <Icon name=icon/>
                <span class="sr-only">{word} ": "</span>
                <a class="link truncate" href=format!("/customers/{}", one.customer) dir="auto">{one.name}</a>
                {prices}
            </li>
        }
    };
    let changes = preview.entering + preview.leaving + preview.pricing;
    let shown = i64::try_from(preview.sample.len()).unwrap_or(i64::MAX);
    let nothing = (changes == 0).then(|| view! { <p class="soft">{l.t("assign.nothing")}</p> });
    let first = (shown > 0).then(|| {
        view! {
            <h3 class="label">{l.count("assign.first", shown)}</h3>
            <ul class="preview-list">{preview.sample.into_iter().map(line).collect_view()}</ul>
        }
    });
    view! {
        <div class="stack rule-preview" role="status">
            <dl class="stats">
                {figure("assign.matching", preview.matching)}
                {figure("assign.entering", preview.entering)}
                {figure("assign.leaving", preview.leaving)}
                {figure("assign.repriced", preview.pricing)}
                {figure("assign.held", preview.held)}
            </dl>
            {nothing}
            {first}
        </div>
    }
    .into_any()
}
