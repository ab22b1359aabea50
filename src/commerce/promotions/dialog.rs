//! The dialog in which a promotion is written.

use super::api::save_promotion;
use super::{PromotionChoices, PromotionEdit, PromotionForm, PromotionKind, PromotionRow};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::commerce::eligibility::{ChoiceField, EarlyFields, GroupField, SegmentField, TagField};
use crate::ui::{Bound, Dialog, DialogHandle, FormAlert, FormError, Switch, TextField};
use leptos::prelude::*;

/// What the dialog is about; copy it into closures.
#[derive(Clone, Copy)]
pub struct Writing {
    edit: RwSignal<PromotionEdit>,
    error: FormError,
    pub choices: RwSignal<PromotionChoices>,
}

impl Writing {
    #[must_use]
    pub fn new() -> Self {
        Self {
            edit: RwSignal::new(PromotionEdit::default()),
            error: FormError::new(None),
            choices: RwSignal::new(PromotionChoices::default()),
        }
    }

    /// A new promotion, or the one of this row.
    pub fn begin(self, row: Option<PromotionRow>) {
        self.error.set(None);
        self.edit.set(match row {
            Some(row) => PromotionEdit { id: Some((row.promotion.id, row.promotion.version)), form: row.form },
            None => PromotionEdit::default(),
        });
    }

    fn update(self, change: impl FnOnce(&mut PromotionForm)) {
        self.edit.update(|edit| change(&mut edit.form));
    }
}

/// The dialog.
#[component]
pub fn PromotionDialog(writing: Writing, handle: DialogHandle, on_saved: Callback<()>) -> impl IntoView {
    let l = use_lang();
    let base = use_session().currency;
    let Writing { edit, error, .. } = writing;
    let save = Action::new(move |edit: &PromotionEdit| save_promotion(edit.clone()));
    Effect::new(move |_| match save.value().get() {
        Some(Ok(_)) => {
            handle.close();
            on_saved.run(());
        }
        Some(Err(failure)) => error.set(Some(failure)),
        None => {}
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        // The same check as the server's, without the way there.
        match edit.with_untracked(|edit| edit.form.checked(base)) {
            Err(failure) => error.set(Some(failure)),
            Ok(_) if save.pending().get_untracked() => {}
            Ok(_) => {
                error.set(None);
                save.dispatch(edit.get_untracked());
            }
        }
    };
    let title = move || {
        let key = if edit.with(|edit| edit.id.is_some()) { "promotions.edit" } else { "promotions.new" };
        l.t(key).to_owned()
    };
    view! {
        <Dialog handle id="promotion" title=Signal::derive(title)>
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    <FormAlert error/>
                    <Benefit writing/>
                    <Period writing/>
                    <Limits writing/>
                    <Audience writing/>
                    <Early writing/>
                </div>
                <footer class="dialog-foot">
                    <button class="btn" type="button" on:click=move |_| handle.close()>{l.t("ui.cancel")}</button>
                    <button class="btn btn-primary" type="submit" aria-busy=move || save.pending().get().then_some("true")>
                        <span>{l.t("ui.save")}</span>
                    </button>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}

fn bound(writing: Writing, field: fn(&mut PromotionEdit) -> &mut String) -> Bound {
    Bound::new(writing.edit, field)
}

#[component]
fn Benefit(writing: Writing) -> impl IntoView {
    let l = use_lang();
    let error = writing.error;
    let kind = move || writing.edit.with(|edit| edit.form.kind);
    let option = move |this: PromotionKind| {
        view! { <option value=this.code() prop:selected=move || kind() == this>{l.t(this.label_key())}</option> }
    };
    let choose = move |event| {
        let kind = PromotionKind::parse(&event_target_value(&event)).unwrap_or_default();
        writing.update(|form| form.kind = kind);
    };
    let value = move || {
        match kind() {
        PromotionKind::FreeShipping => ().into_any(),
        PromotionKind::Percent => view! {
            <TextField id="p-value" name="value" label=l.t("promotions.percent") bound=bound(writing, |edit| &mut edit.form.value) error/>
        }
        .into_any(),
        PromotionKind::Amount => view! {
            <TextField id="p-value" name="value" label=l.t("promotions.amount") bound=bound(writing, |edit| &mut edit.form.value) error/>
            <TextField id="p-currency" name="currency" label=l.t("promotions.currency") bound=bound(writing, |edit| &mut edit.form.currency) error optional=true/>
        }
        .into_any(),
    }
    };
    view! {
        <div class="form-grid">
            <TextField id="p-code" name="code" label=l.t("promotions.code") bound=bound(writing, |edit| &mut edit.form.code) error/>
            <TextField id="p-name" name="name" label=l.t("promotions.name") bound=bound(writing, |edit| &mut edit.form.name) error optional=true/>
            <div class="field">
                <label class="label" for="p-kind">{l.t("promotions.benefit")}</label>
                <select class="input" id="p-kind" name="kind" on:change=choose>
                    {PromotionKind::ALL.into_iter().map(option).collect_view()}
                </select>
            </div>
            {value}
            <TextField id="p-minimum" name="minimum" label=l.t("promotions.minimum") bound=bound(writing, |edit| &mut edit.form.minimum) error optional=true/>
        </div>
    }
}

#[component]
fn Period(writing: Writing) -> impl IntoView {
    let l = use_lang();
    let error = writing.error;
    view! {
        <div class="form-grid">
            <TextField id="p-starts" name="starts" label=l.t("promotions.starts") bound=bound(writing, |edit| &mut edit.form.starts) error kind="date" optional=true/>
            <TextField id="p-ends" name="ends" label=l.t("promotions.ends") bound=bound(writing, |edit| &mut edit.form.ends) error kind="date" optional=true/>
        </div>
    }
}

#[component]
fn Limits(writing: Writing) -> impl IntoView {
    let l = use_lang();
    let error = writing.error;
    let first = Signal::derive(move || writing.edit.with(|edit| edit.form.first_order_only));
    view! {
        <div class="form-grid">
            <TextField id="p-limit" name="limit_total" label=l.t("promotions.limit_total") bound=bound(writing, |edit| &mut edit.form.limit_total) error optional=true/>
            <TextField id="p-each" name="limit_per_customer" label=l.t("promotions.limit_per_customer") bound=bound(writing, |edit| &mut edit.form.limit_per_customer) error optional=true/>
            <Switch checked=first on_change=Callback::new(move |on| writing.update(|form| form.first_order_only = on))>
                {l.t("promotions.first_order")}
            </Switch>
        </div>
    }
}

#[component]
fn Audience(writing: Writing) -> impl IntoView {
    let l = use_lang();
    let error = writing.error;
    let who = Signal::derive(move || writing.choices.with(|choices| choices.who.clone()));
    let form = move |read: fn(&PromotionForm) -> String| Signal::derive(move || writing.edit.with(|edit| read(&edit.form)));
    view! {
        <fieldset class="fieldset" aria-describedby="p-eligible-hint">
            <legend>{l.t("promotions.eligible")}</legend>
            <p class="hint" id="p-eligible-hint">{l.t("promotions.eligible_hint")}</p>
            <div class="form-grid">
                <GroupField
                    id="p-group"
                    name="group"
                    none=l.t("promotions.any")
                    choices=who
                    value=Signal::derive(move || writing.edit.with(|edit| edit.form.group))
                    set=Callback::new(move |group| writing.update(|form| form.group = group))
                    error
                />
                <SegmentField
                    id="p-segment"
                    name="segment"
                    none=l.t("promotions.any")
                    choices=who
                    value=Signal::derive(move || writing.edit.with(|edit| edit.form.segment))
                    set=Callback::new(move |segment| writing.update(|form| form.segment = segment))
                    error
                />
                <ChoiceField
                    id="p-tier"
                    name="tier"
                    label=l.t("promotions.tier")
                    none=l.t("promotions.any")
                    options=Signal::derive(move || writing.choices.with(|choices| choices.tiers.clone()))
                    value=form(|form| form.tier.clone())
                    set=Callback::new(move |tier| writing.update(|form| form.tier = tier))
                    error
                />
                <TagField
                    id="p-tag"
                    name="tag"
                    choices=who
                    value=form(|form| form.tag.clone())
                    set=Callback::new(move |tag| writing.update(|form| form.tag = tag))
                    error
                />
                <TextField id="p-customer" name="customer" label=l.t("promotions.customer") bound=bound(writing, |edit| &mut edit.form.customer) error kind="email" optional=true wide=true/>
            </div>
        </fieldset>
    }
}

#[component]
fn Early(writing: Writing) -> impl IntoView {
    let l = use_lang();
    let error = writing.error;
    view! {
        <EarlyFields
            prefix="p"
            choices=Signal::derive(move || writing.choices.with(|choices| choices.who.clone()))
            early=Signal::derive(move || writing.edit.with(|edit| edit.form.early.clone()))
            change=Callback::new(move |early| writing.update(|form| form.early = early))
            error
        >
            <TextField id="p-early" name="early_starts" label=l.t("promotions.early_starts") bound=bound(writing, |edit| &mut edit.form.early_starts) error kind="date" optional=true/>
        </EarlyFields>
    }
}
