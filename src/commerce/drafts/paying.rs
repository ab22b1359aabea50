//! Codes, store credit, gift cards and points of a draft, each with its error in place.

use super::editor::Editor;
use super::typed::{CreditMode, Typed};
use super::{CardChoice, QuoteCard};
use crate::base::Money;
use crate::base::i18n::{Lang, use_lang};
use crate::ui::{Bound, Icon};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

/// The card of what lowers what is due.
#[component]
pub fn PayingCard(editor: Editor) -> impl IntoView {
    let l = use_lang();
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("drafts.discounts")}</h2></header>
            <div class="card-body form-grid">
                <Codes editor/>
                <Cards editor/>
                <Credit editor/>
                <Points editor/>
            </div>
        </section>
    }
    .into_any()
}

/// An input whose text becomes a chip on Enter or with its button.
#[component]
fn AddField(
    id: &'static str,
    label: &'static str,
    /// What the button is called by those who do not see what it stands beside.
    add_label: &'static str,
    on_add: Callback<String>,
) -> impl IntoView {
    let l = use_lang();
    let text = RwSignal::new(String::new());
    let add = move || {
        let typed = text.get_untracked().trim().to_owned();
        if !typed.is_empty() {
            on_add.run(typed);
            text.set(String::new());
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            add();
        }
    };
    view! {
        <label class="label" for=id>{label}</label>
        <div class="add-field">
            <input
                class="input"
                id=id
                autocomplete="off"
                spellcheck="false"
                autocapitalize="characters"
                prop:value=text
                on:input=move |event| text.set(event_target_value(&event))
                on:keydown=on_key
            />
            <button class="btn" type="button" aria-label=add_label on:click=move |_| add()>{l.t("drafts.apply")}</button>
        </div>
    }
}

fn problem(id: String, text: Option<String>) -> Option<AnyView> {
    let text = text?;
    Some(view! { <p class="error" id=id role="alert"><Icon name="alert-circle"/>{text}</p> }.into_any())
}

#[component]
fn Codes(editor: Editor) -> impl IntoView {
    let l = use_lang();
    let add = move |code: String| {
        let code = code.to_uppercase();
        editor.typed.update(|typed| {
            if !typed.codes.contains(&code) {
                typed.codes.push(code);
            }
        });
    };
    let codes = move || editor.typed.with(|typed| typed.codes.clone());
    let code_view = move |code: String| {
        let (shown, gone) = (code.clone(), code.clone());
        let told = code.clone();
        let text = Memo::new(move |_| {
            editor.quote.with(|quote| {
                let code = quote.codes.iter().find(|quoted| quoted.code == told)?;
                code.problem.as_ref().map(|problem| l.dynamic(problem))
            })
        });
        let off = {
            let code = code.clone();
            move || {
                editor.quote.with(|quote| {
                    let steps = quote.priced.as_ref()?.steps.iter();
                    let change: i64 = steps.filter(|step| step.subject.eq_ignore_ascii_case(&code)).map(|step| step.change).sum();
                    (change != 0).then(|| l.money(Money::new(change, editor.currency)))
                })
            }
        };
        let remove = move |_| editor.typed.update(|typed| typed.codes.retain(|other| *other != gone));
        view! {
            <li>
                <span class="chip" data-tone=move || text.with(Option::is_some).then_some("bad")>
                    <span class="chip-label"><span class="key">{shown}</span><span class="value tnum">{off}</span></span>
                    <button class="chip-x" type="button" aria-label=l.with("drafts.remove_code", &[("code", &code)]) on:click=remove><Icon name="x"/></button>
                </span>
                {move || problem(String::new(), text.get())}
            </li>
        }
    };
    view! {
        <div class="field">
            <AddField id="draft-code" label=l.t("drafts.code") add_label=l.t("drafts.apply_code") on_add=Callback::new(add)/>
            <ul class="draft-chips" aria-label=l.t("drafts.codes")>
                <For each=codes key=|code| code.clone() children=code_view/>
            </ul>
            {move || problem("draft-code-error".into(), editor.error_of(l, "codes"))}
        </div>
    }
}

/// A gift card as the draft names it: what is typed, or what it is.
fn card_name(l: Lang, choice: &CardChoice, quoted: Option<&QuoteCard>) -> String {
    let last_four = quoted.map(|card| card.last_four.clone()).unwrap_or_else(|| match choice {
        CardChoice::Code(code) => code.chars().skip(code.chars().count().saturating_sub(4)).collect(),
        CardChoice::Card(_) => String::new(),
    });
    l.with("drafts.card_name", &[("last_four", &last_four)])
}

#[component]
fn Cards(editor: Editor) -> impl IntoView {
    let l = use_lang();
    let add = move |code: String| {
        let choice = CardChoice::Code(code);
        editor.typed.update(|typed| {
            if !typed.cards.contains(&choice) {
                typed.cards.push(choice);
            }
        });
    };
    // The quote's cards come in the order of the draft's, without what was named twice.
    let cards = move || {
        let quoted = editor.quote.with(|quote| quote.cards.clone());
        let choices = editor.typed.with(|typed| typed.cards.clone());
        choices.into_iter().enumerate().map(move |(n, choice)| {
            let card = quoted.get(n).cloned();
            let name = card_name(l, &choice, card.as_ref());
            let balance = card.as_ref().and_then(|card| card.balance).map(|balance| l.money(balance));
            let wrong = card.as_ref().and_then(|card| card.problem.as_ref()).map(|problem| l.dynamic(problem));
            let label = l.with("drafts.remove_code", &[("code", &name)]);
            let remove = move |_| editor.typed.update(|typed| typed.cards.retain(|other| *other != choice));
            view! {
                <li>
                    <span class="chip" data-tone=wrong.is_some().then_some("bad")>
                        <span class="chip-label"><span class="key">{name}</span><span class="value tnum">{balance}</span></span>
                        <button class="chip-x" type="button" aria-label=label on:click=remove><Icon name="x"/></button>
                    </span>
                    {problem(String::new(), wrong)}
                </li>
            }
        }).collect_view()
    };
    view! {
        <div class="field">
            <AddField id="draft-card" label=l.t("drafts.gift_card") add_label=l.t("drafts.apply_card") on_add=Callback::new(add)/>
            <ul class="draft-chips" aria-label=l.t("drafts.gift_cards")>{cards}</ul>
            {move || problem("draft-card-error".into(), editor.error_of(l, "gift_cards"))}
        </div>
    }
}

#[component]
fn Credit(editor: Editor) -> impl IntoView {
    let l = use_lang();
    let mode = move || editor.typed.with(|typed| typed.credit_mode);
    let there = move || {
        editor.quote.with(|quote| {
            let credit = l.with("drafts.credit_there", &[("credit", &l.money(quote.credit))]);
            let limit = quote.credit_limit;
            if limit.minor > 0 {
                format!("{credit} {}", l.with("drafts.credit_limit", &[("limit", &l.money(limit))]))
            } else {
                credit
            }
        })
    };
    let choice = move |this: CreditMode, label: &'static str| {
        view! {
            <label class="seg-item">
                <input
                    type="radio"
                    name="credit_mode"
                    checked=untrack(mode) == this
                    prop:checked=move || mode() == this
                    on:change=move |_| editor.typed.update(|typed| typed.credit_mode = this)
                />
                {l.t(label)}
            </label>
        }
    };
    let error = move || editor.error_of(l, "credit").or_else(|| editor.problem_of(l, "credit"));
    let error = Memo::new(move |_| error());
    view! {
        <div class="field" role="group" aria-labelledby="draft-credit-label">
            <span class="label" id="draft-credit-label">{l.t("pricing.step.credit")}</span>
            <div class="seg">
                {choice(CreditMode::All, "drafts.credit_all")}
                {choice(CreditMode::AtMost, "drafts.credit_part")}
                {choice(CreditMode::None, "drafts.credit_none")}
            </div>
            <Show when=move || mode() == CreditMode::AtMost>
                <AmountInput
                    id="draft-credit"
                    name="credit"
                    label=l.t("drafts.credit_amount")
                    affix=editor.base.code().to_owned()
                    bound=Bound::new(editor.typed, |typed: &mut Typed| &mut typed.credit)
                    error
                />
            </Show>
            {move || problem("draft-credit-error".into(), error.get())}
            <p class="hint">{there}</p>
        </div>
    }
}

#[component]
fn Points(editor: Editor) -> impl IntoView {
    let l = use_lang();
    let there = move || l.with("drafts.points_there", &[("points", &l.integer(editor.quote.with(|quote| quote.points)))]);
    let error = Memo::new(move |_| editor.error_of(l, "points").or_else(|| editor.problem_of(l, "points")));
    view! {
        <div class="field">
            <label class="label" for="draft-points">{l.t("drafts.points")}</label>
            <AmountInput
                id="draft-points"
                name="points"
                label=l.t("drafts.points")
                affix=l.t("pricing.step.points").to_owned()
                bound=Bound::new(editor.typed, |typed: &mut Typed| &mut typed.points)
                error
            />
            {move || problem("draft-points-error".into(), error.get())}
            <p class="hint">{there}</p>
        </div>
    }
}

/// An amount with its unit behind it; the error stands beneath, under `{id}-error`.
#[component]
pub fn AmountInput(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    affix: String,
    bound: Bound,
    error: Memo<Option<String>>,
    #[prop(optional, into)] placeholder: Signal<String>,
) -> impl IntoView {
    view! {
        <div class="input-group">
            <input
                class="input num"
                id=id
                name=name
                inputmode="decimal"
                autocomplete="off"
                aria-label=label
                placeholder=move || placeholder.get()
                value=bound.get_untracked()
                prop:value=move || bound.get()
                on:input=move |event| bound.set(event_target_value(&event))
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=move || error.with(Option::is_some).then(|| format!("{id}-error"))
            />
            <span class="affix">{affix}</span>
        </div>
    }
}
