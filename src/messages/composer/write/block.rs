//! One block: its fields, when it is shown, and what is wrong in it.

use super::block_list::{BlockList, Item};
use super::blocks::{Block, Kind, Shown};
use super::fields::{Filled, LineField};
use super::products::ProductFields;
use super::rich_field::RichField;
use crate::base::i18n::use_lang;
use crate::ui::{Icon, focus_control};
use leptos::prelude::*;

#[component]
pub(super) fn BlockCard(list: BlockList, item: Item, remove: Callback<usize>) -> impl IntoView {
    let l = use_lang();
    let key = item.key;
    let filled = Filled::new(list, &item);
    let kind = filled.kind;
    let errors = Memo::new(move |_| list.errors(key));
    let has_condition = Memo::new(move |_| filled.shown.with(|shown| shown.condition.is_some()));
    let act = move |icon: &'static str, label: &'static str, run: Callback<()>, off: Signal<bool>| {
        view! {
            <button
                class="btn btn-icon btn-sm btn-ghost"
                type="button"
                aria-label=l.dynamic(label)
                title=l.dynamic(label)
                disabled=move || off.get()
                on:click=move |_| run.run(())
            >
                <Icon name=icon/>
            </button>
        }
    };
    let (first, last) = (Signal::derive(move || list.ends(key).0), Signal::derive(move || list.ends(key).1));
    let never = Signal::stored(false);
    // What it was when it was taken away: a press too many loses nothing.
    let was = StoredValue::new(String::new());
    let toggle = move |_| match filled.shown.with_untracked(|shown| shown.condition.clone()) {
        Some(condition) => {
            was.set_value(condition);
            filled.change(|shown| shown.condition = None);
        }
        None => {
            filled.change(|shown| shown.condition = Some(was.get_value()));
            focus_control(format!("block-{key}-condition"));
        }
    };
    let below = move |kind: Kind| {
        view! {
            <button class="menu-item" type="button" on:click=move |_| list.add(kind, Some(key))><Icon name=kind.icon()/>{l.t(kind.label_key())}</button>
        }
    };
    let conditional = (kind != Kind::Html).then(|| {
        let name = l.t("composer.write.condition");
        view! {
            <button
                class="btn btn-icon btn-sm btn-ghost"
                type="button"
                aria-label=name
                title=name
                aria-pressed=move || has_condition.get().to_string()
                on:click=toggle
            >
                <Icon name="filter"/>
            </button>
        }
    });
    view! {
        <section class="block" id=format!("block-{key}") tabindex="-1" aria-label=l.t(kind.label_key()) data-wrong=move || errors.with(|errors| !errors.is_empty()).then_some("")>
            <header class="block-head">
                <span class="block-kind"><Icon name=kind.icon()/>{l.t(kind.label_key())}</span>
                <div class="block-acts">
                    <details class="dropdown">
                        <summary class="btn btn-icon btn-sm btn-ghost" aria-label=l.t("composer.write.add_below") title=l.t("composer.write.add_below")>
                            <Icon name="plus"/>
                        </summary>
                        <div class="menu menu-end">{Kind::ALL.map(below).collect_view()}</div>
                    </details>
                    {act("arrow-up", "composer.write.up", Callback::new(move |()| list.shift(key, false)), first)}
                    {act("arrow-down", "composer.write.down", Callback::new(move |()| list.shift(key, true)), last)}
                    {conditional}
                    {act("copy", "composer.write.copy", Callback::new(move |()| list.copy(key)), never)}
                    {act("trash", "composer.write.remove", Callback::new(move |()| remove.run(key)), never)}
                </div>
            </header>
            <Show when=move || has_condition.get()><Condition filled/></Show>
            <Fields filled/>
            <div role="status"><ul class="template-errors">
                {move || errors.get().into_iter().map(|error| view! {
                    <li class="error"><Icon name="alert-circle"/><span>{l.dynamic(&error)}</span></li>
                }).collect_view()}
            </ul></div>
        </section>
    }
    .into_any()
}

/// When the block is shown.
#[component]
fn Condition(filled: Filled) -> impl IntoView {
    let l = use_lang();
    let id = format!("block-{}-condition", filled.key);
    let variables = move || {
        filled.list.composed.writing.vocabulary.with(|words| {
            let option = |name: String| view! { <option value=name></option> };
            words.variables.iter().map(|variable| option(variable.name.clone())).collect_view()
        })
    };
    // What would end the condition's tag is left out.
    let typed = move |event| {
        let text = event_target_value(&event).replace("%}", "").replace('\n', " ");
        filled.change(|shown| shown.condition = Some(text.trim_start().to_owned()));
    };
    view! {
        <div class="field">
            <label class="label" for=id.clone()>{l.t("composer.write.condition_label")}</label>
            <input
                class="input template-source-line"
                id=id.clone()
                list=format!("{id}-list")
                spellcheck="false"
                autocomplete="off"
                placeholder="customer.orders > 3"
                aria-describedby=format!("{id}-hint")
                prop:value=move || filled.shown.with(|shown| shown.condition.clone()).unwrap_or_default()
                on:input=typed
            />
            <p class="hint" id=format!("{id}-hint")>{l.t("composer.write.condition_hint")}</p>
            <datalist id=format!("{id}-list")>{variables}</datalist>
        </div>
    }
    .into_any()
}

#[component]
fn Fields(filled: Filled) -> impl IntoView {
    let l = use_lang();
    match filled.kind {
        Kind::Heading => view! { <Heading filled/> }.into_any(),
        Kind::Text => {
            let html = filled.shown.with_untracked(|shown| match &shown.block {
                Block::Text { html } => html.clone(),
                _ => String::new(),
            });
            let change = Callback::new(move |html: String| filled.change(|shown| shown.block = Block::Text { html }));
            view! { <RichField id=format!("block-{}-text", filled.key) html change words=filled.list.composed.writing.vocabulary/> }.into_any()
        }
        Kind::Button => view! {
            <div class="fields-grid">
                <LineField filled name="label" label="composer.write.button_label" at=|block| match block { Block::Button { label, .. } => Some(label), _ => None }/>
                <LineField filled name="href" label="composer.write.link" at=|block| match block { Block::Button { href, .. } => Some(href), _ => None }/>
            </div>
        }
        .into_any(),
        Kind::Image => view! {
            <div class="fields-grid">
                <LineField filled name="src" label="composer.write.image_src" at=|block| match block { Block::Image(image) => Some(&mut image.src), _ => None }/>
                <LineField filled name="alt" label="composer.write.image_alt" at=|block| match block { Block::Image(image) => Some(&mut image.alt), _ => None }/>
                <LineField filled name="href" label="composer.write.image_link" at=|block| match block { Block::Image(image) => Some(&mut image.href), _ => None }/>
                <LineField filled name="width" label="composer.write.image_width" at=|block| match block { Block::Image(image) => Some(&mut image.width), _ => None }/>
            </div>
        }
        .into_any(),
        Kind::Code => view! { <Code filled/> }.into_any(),
        Kind::Products => view! { <ProductFields filled/> }.into_any(),
        Kind::Line => view! { <hr class="block-line"/> }.into_any(),
        Kind::Html => {
            let source = move || filled.shown.with(Shown::write);
            let first = filled.shown.with_untracked(Shown::write);
            let typed = move |event| filled.change(|shown| shown.block = Block::Html { source: event_target_value(&event) });
            view! {
                <textarea class="input template-source block-source" rows="4" spellcheck="false" dir="auto" aria-label=l.t("composer.write.block_html") prop:value=source on:input=typed>
                    {first}
                </textarea>
                <p class="hint">{l.t("composer.write.html_hint")}</p>
            }
            .into_any()
        }
    }
}

#[component]
fn Heading(filled: Filled) -> impl IntoView {
    let l = use_lang();
    let level = Memo::new(move |_| {
        filled.shown.with(|shown| match &shown.block {
            Block::Heading { level, .. } => *level,
            _ => 0,
        })
    });
    let choice = move |wanted: u8| {
        let pressed = move || (level.get() == wanted).to_string();
        let set = move |_| {
            filled.change(|shown| {
                if let Block::Heading { level, .. } = &mut shown.block {
                    *level = wanted;
                }
            });
        };
        let name = l.with("composer.write.level", &[("level", &wanted)]);
        view! { <button class="seg-item" type="button" aria-pressed=pressed aria-label=name.clone() title=name on:click=set>{format!("H{wanted}")}</button> }
    };
    view! {
        <div class="block-heading">
            <LineField filled name="text" label="composer.write.heading_text" at=|block| match block { Block::Heading { text, .. } => Some(text), _ => None }/>
            <div class="seg" role="group" aria-label=l.t("composer.write.size")>{[1, 2, 3].map(choice).collect_view()}</div>
        </div>
    }
    .into_any()
}

/// A discount code, one of those that there are or any other.
#[component]
fn Code(filled: Filled) -> impl IntoView {
    let list = format!("block-{}-codes", filled.key);
    let codes = move || {
        let option = |code: super::CodeChoice| view! { <option value=code.code>{code.label}</option> };
        filled.list.composed.desk.with(|desk| desk.codes.clone()).into_iter().map(option).collect_view()
    };
    view! {
        <div class="fields-grid">
            <LineField filled name="line" label="composer.write.code_line" at=|block| match block { Block::Code { line, .. } => Some(line), _ => None }/>
            <LineField filled name="code" label="composer.write.code_code" options=list.clone() at=|block| match block { Block::Code { code, .. } => Some(code), _ => None }/>
            <LineField filled name="note" label="composer.write.code_note" at=|block| match block { Block::Code { note, .. } => Some(note), _ => None }/>
        </div>
        <datalist id=list>{codes}</datalist>
    }
    .into_any()
}
