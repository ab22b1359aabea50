//! What the draft comes to, step by step.

use super::editor::Editor;
use super::paying::AmountInput;
use super::typed::Typed;
use crate::base::Money;
use crate::base::i18n::{Lang, use_lang};
use crate::commerce::pricing::{Priced, Step, StepKind};
use crate::ui::{Bound, Icon};
use leptos::prelude::*;

/// The card of the sum: every step of the pricing, then what is due.
#[component]
pub fn SumsCard(editor: Editor) -> impl IntoView {
    let l = use_lang();
    let steps = move || {
        editor.quote.with(|quote| match &quote.priced {
            Some(priced) => sums(l, priced),
            None => view! { <p class="soft">{l.t("drafts.nothing_to_price")}</p> }.into_any(),
        })
    };
    let problems = move || {
        let fields = ["customer", "minimum", "price", "percent", "currency"];
        let texts = fields.into_iter().filter_map(|field| editor.problem_of(l, field));
        texts.map(|text| view! { <p class="error" role="alert"><Icon name="alert-circle"/>{text}</p> }).collect_view()
    };
    view! {
        <section class="card">
            <header class="card-head">
                <h2 class="card-title">{l.t("orders.money")}</h2>
                <span class="soft draft-asking" role="status">
                    {move || editor.asking.get().then(|| l.t("drafts.pricing"))}
                </span>
            </header>
            <div class="card-body stack" data-asking=move || editor.asking.get().then_some("true")>
                <ShippingField editor/>
                {steps}
                {problems}
            </div>
        </section>
    }
    .into_any()
}

/// Explains: all steps together yield what is due, with the total where the tender begins.
fn sums(l: Lang, priced: &Priced) -> AnyView {
    let money = |minor| l.money(Money::new(minor, priced.currency));
    let is_tender = |step: &Step| matches!(step.kind, StepKind::Credit | StepKind::GiftCard | StepKind::Points);
    let (tender, price): (Vec<&Step>, Vec<&Step>) = priced.steps.iter().partition(|step| is_tender(step));
    let line = |step: &Step| {
        let subject = match step.kind {
            StepKind::GiftCard if !step.subject.is_empty() => format!("…{}", step.subject),
            _ => step.subject.clone(),
        };
        let amount = if step.kind == StepKind::TaxIncluded { money(priced.tax) } else { money(step.change) };
        let dim = (step.kind == StepKind::TaxIncluded).then_some("dim");
        view! {
            <dt class=dim>{l.t(step.kind.label_key())} " " <span class="dim">{subject}</span></dt>
            <dd class=dim>{amount}</dd>
        }
    };
    let tender_lines = tender.iter().map(|step| line(step)).collect_view();
    let due = (!tender.is_empty())
        .then(|| view! { <dt class="total">{l.t("orders.due")}</dt><dd class="total">{money(priced.due)}</dd> });
    view! {
        <dl class="sums">
            {price.into_iter().map(line).collect_view()}
            <dt class="total">{l.t("orders.column.total")}</dt>
            <dd class="total">{money(priced.total)}</dd>
            {tender_lines}
            {due}
        </dl>
    }
    .into_any()
}

#[component]
fn ShippingField(editor: Editor) -> impl IntoView {
    let l = use_lang();
    let error = Memo::new(move |_| editor.error_of(l, "shipping"));
    let usual = Signal::derive(move || editor.quote.with(|quote| quote.usual_shipping.plain()));
    view! {
        <div class="field">
            <label class="label" for="draft-shipping">{l.t("drafts.shipping")}</label>
            <AmountInput
                id="draft-shipping"
                name="shipping"
                label=l.t("drafts.shipping")
                affix=editor.currency.code().to_owned()
                bound=Bound::new(editor.typed, |typed: &mut Typed| &mut typed.shipping)
                error
                placeholder=usual
            />
            {move || error.get().map(|text| view! {
                <p class="error" id="draft-shipping-error" role="alert"><Icon name="alert-circle"/>{text}</p>
            })}
        </div>
    }
}
