//! The dialog that places the order: what is due, and how it is paid.

use super::editor::Editor;
use super::{Completion, PaidBy, PaymentChoice, PlacedOrder, Seen};
use crate::base::Money;
use crate::base::i18n::use_lang;
use crate::ui::{Dialog, DialogHandle, Icon};
use leptos::prelude::*;

/// How it is paid, as it is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Paid(PaidBy),
    Terms,
    /// It stays a draft that waits for its payment.
    Wait,
}

/// The dialog. `on_placed` is called with the order, `on_waiting` when the draft waits for its payment.
#[component]
pub fn PlaceDialog(
    editor: Editor,
    handle: DialogHandle,
    on_placed: Callback<PlacedOrder>,
    on_waiting: Callback<()>,
) -> impl IntoView {
    let l = use_lang();
    let (way, reference) = (RwSignal::new(Way::Paid(PaidBy::Card)), RwSignal::new(String::new()));
    let sums = Memo::new(move |_| {
        editor.quote.with(|quote| quote.priced.as_ref().map(|priced| (priced.total, priced.due, quote.terms_days)))
    });
    let due = move || sums.get().map_or(0, |(_, due, _)| due);
    let days = move || sums.get().map_or(0, |(_, _, days)| days);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some((total, due, _)) = sums.get_untracked() else { return };
        let payment = match way.get_untracked() {
            _ if due == 0 => PaymentChoice::Nothing,
            Way::Paid(method) => PaymentChoice::Paid { method, reference: reference.get_untracked() },
            Way::Terms => PaymentChoice::Terms,
            Way::Wait => return editor.wait_for_payment(move || on_waiting.run(())),
        };
        let version = Some(editor.version.get_untracked());
        let completion = Completion { payment, version, seen: Some(Seen { total, due }), accept_changes: false };
        editor.complete(completion, move |placed| on_placed.run(placed));
    };
    // Somebody else was faster: the page behind says so.
    Effect::new(move |_| {
        if editor.conflict.with(Option::is_some) {
            handle.close();
        }
    });
    let choice = move |this: Way, label: String, hint: Option<String>| {
        view! {
            <label class="choice">
                <input type="radio" class="radio" name="way" prop:checked=move || way.get() == this on:change=move |_| way.set(this)/>
                <span>
                    <span class="choice-value">{label}</span>
                    {hint.map(|hint| view! { <span class="choice-by">{hint}</span> })}
                </span>
            </label>
        }
    };
    let ways = move || {
        let paid = |method: PaidBy| choice(Way::Paid(method), l.t(method.label_key()).to_owned(), None);
        let days = days();
        view! {
            <fieldset class="fieldset">
                <legend>{l.t("drafts.how_paid")}</legend>
                {PaidBy::ALL.map(paid).into_iter().collect_view()}
                {(days > 0).then(|| choice(Way::Terms, l.t("drafts.on_terms").to_owned(), Some(l.count("drafts.terms_days", days))))}
                {choice(Way::Wait, l.t("drafts.wait").to_owned(), Some(l.t("drafts.wait_hint").to_owned()))}
            </fieldset>
        }
    };
    let needs_reference = move || due() > 0 && matches!(way.get(), Way::Paid(method) if method != PaidBy::Cash);
    let error = Memo::new(move |_| editor.error.with(|error| error.as_ref().map(|error| l.error(error))));
    let action = move || match way.get() {
        Way::Wait if due() > 0 => l.t("drafts.keep_waiting"),
        _ => l.t("drafts.place"),
    };
    view! {
        <Dialog handle id="place" title=l.t("drafts.place").to_owned()>
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    {move || error.get().map(|text| view! {
                        <div class="banner" data-tone="bad" role="alert"><Icon name="alert-circle"/><p class="banner-body">{text}</p></div>
                    })}
                    <dl class="sums">
                        <dt>{l.t("orders.column.total")}</dt>
                        <dd>{move || l.money(Money::new(sums.get().map_or(0, |(total, ..)| total), editor.currency))}</dd>
                        <dt class="total">{l.t("orders.due")}</dt>
                        <dd class="total">{move || l.money(Money::new(due(), editor.currency))}</dd>
                    </dl>
                    {move || if due() > 0 { ways().into_any() } else { view! { <p class="soft">{l.t("drafts.nothing_due")}</p> }.into_any() }}
                    <Show when=needs_reference>
                        <div class="field">
                            <label class="label" for="place-reference">
                                {l.t("drafts.reference")} " " <span class="label-note">{l.t("ui.optional")}</span>
                            </label>
                            <input
                                class="input"
                                id="place-reference"
                                name="reference"
                                autocomplete="off"
                                prop:value=reference
                                on:input=move |event| reference.set(event_target_value(&event))
                            />
                        </div>
                    </Show>
                </div>
                <footer class="dialog-foot">
                    <button class="btn" type="button" on:click=move |_| handle.close()>{l.t("ui.cancel")}</button>
                    <button class="btn btn-primary" type="submit" aria-busy=move || editor.busy.get().then_some("true")>
                        <span>{action}</span>
                    </button>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}
