//! What is ordered: products found as one types, quantities, prices.

use super::api::find_products;
use super::editor::Editor;
use super::typed::TypedLine;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppResult, Money, ProductId};
use crate::commerce::products::{FoundProduct, ProductKind};
use crate::ui::Icon;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;
use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(100);

/// The card of the lines.
#[component]
pub fn LinesCard(editor: Editor) -> impl IntoView {
    let l = use_lang();
    let units = move || {
        let units: i64 = editor.quote.with(|quote| quote.lines.iter().map(|line| line.quantity).sum());
        l.integer(units)
    };
    let empty = move || editor.typed.with(|typed| typed.lines.is_empty());
    let products = Memo::new(move |_| editor.typed.with(|typed| typed.lines.iter().map(|line| line.product).collect::<Vec<_>>()));
    view! {
        <section class="card">
            <header class="card-head">
                <h2 class="card-title">{l.t("orders.items")}</h2>
                <span class="count">{units}</span>
            </header>
            <div class="card-body"><ProductSearch editor/></div>
            <div class="card-flush">
                <Show when=empty><p class="draft-empty soft">{l.t("drafts.no_lines")}</p></Show>
                <ul class="draft-lines" aria-label=l.t("orders.items")>
                    <For each=move || products.get() key=|product| product.0 let:product>
                        <LineItem editor product/>
                    </For>
                </ul>
            </div>
        </section>
    }
    .into_any()
}

/// A line: name, pieces, price. Its texts are bound, so that a new answer moves nothing.
#[component]
fn LineItem(editor: Editor, product: ProductId) -> impl IntoView {
    let l = use_lang();
    let id = format!("quantity-{product}");
    let field = format!("quantity:{product}");
    let line = Memo::new(move |_| editor.typed.with(|typed| typed.lines.iter().find(|line| line.product == product).cloned()));
    let name = move || line.with(|line| line.as_ref().map(|line| line_name(l, line)).unwrap_or_default());
    let sku = move || line.with(|line| line.as_ref().map(|line| line.sku.clone()).unwrap_or_default());
    let quantity = move || line.with(|line| line.as_ref().map(|line| line.quantity.clone()).unwrap_or_default());
    let quoted = Memo::new(move |_| editor.line(product));
    let each = move || {
        quoted.with(|quoted| {
            quoted.as_ref().map(|line| {
                let price = line.priced.map_or(line.list_price.minor, |priced| priced.unit_price);
                l.money(Money::new(price, editor.currency))
            })
        })
    };
    let total = move || {
        quoted.with(|quoted| {
            quoted.as_ref().and_then(|line| line.priced).map(|priced| {
                let net = priced.subtotal - priced.group_discount - priced.code_discount;
                let before = (net != priced.subtotal)
                    .then(|| view! { <s class="dim">{l.money(Money::new(priced.subtotal, editor.currency))}</s> " " });
                view! { {before}{l.money(Money::new(net, editor.currency))} }.into_any()
            })
        })
    };
    let problem = Memo::new(move |_| {
        let typed = editor.error_of(l, &field);
        typed.or_else(|| quoted.with(|quoted| quoted.as_ref()?.problem.as_ref().map(|problem| l.dynamic(problem))))
    });
    let error_id = format!("{id}-error");
    let described = {
        let error_id = error_id.clone();
        move || problem.with(Option::is_some).then(|| error_id.clone())
    };
    let set = move |event| {
        let text = event_target_value(&event);
        editor.typed.update(|typed| {
            if let Some(line) = typed.lines.iter_mut().find(|line| line.product == product) {
                line.quantity = text;
            }
        });
    };
    let step = move |by| editor.typed.update(|typed| typed.step(product, by));
    let remove = move |_| editor.typed.update(|typed| typed.lines.retain(|line| line.product != product));
    let on_key = move |event: KeyboardEvent| {
        let by = match event.key().as_str() {
            "ArrowUp" => 1,
            "ArrowDown" => -1,
            _ => return,
        };
        event.prevent_default();
        step(by);
    };
    let labelled = move |key: &'static str| l.with(key, &[("product", &name())]);
    view! {
        <li class="draft-line">
            <div class="draft-name">
                <span dir="auto">{name}</span>
                <span class="line-sub">{sku} " · " {each}</span>
                {move || problem.get().map(|text| view! {
                    <p class="error" id=error_id.clone() role="alert"><Icon name="alert-circle"/>{text}</p>
                })}
            </div>
            <div class="stepper" role="group" aria-label=move || labelled("drafts.quantity_of")>
                <button class="btn btn-icon btn-ghost" type="button" tabindex="-1" aria-label=move || labelled("drafts.less_of") on:click=move |_| step(-1)>
                    <Icon name="minus"/>
                </button>
                <input
                    class="input num"
                    id=id.clone()
                    name=id.clone()
                    inputmode="numeric"
                    autocomplete="off"
                    aria-label=move || labelled("drafts.quantity_of")
                    aria-invalid=move || problem.with(Option::is_some).then_some("true")
                    aria-describedby=described
                    value=untrack(quantity)
                    prop:value=quantity
                    on:input=set
                    on:keydown=on_key
                />
                <button class="btn btn-icon btn-ghost" type="button" tabindex="-1" aria-label=move || labelled("drafts.more_of") on:click=move |_| step(1)>
                    <Icon name="plus"/>
                </button>
            </div>
            <span class="draft-total tnum">{total}</span>
            <button class="btn btn-icon btn-ghost" type="button" aria-label=move || labelled("drafts.remove_line") title=l.t("drafts.remove") on:click=remove>
                <Icon name="trash"/>
            </button>
        </li>
    }
}

fn line_name(l: Lang, line: &TypedLine) -> String {
    if line.name.is_empty() { l.t("drafts.unknown_product").to_owned() } else { line.name.clone() }
}

/// What was found, and for which text.
#[derive(Clone, Default, PartialEq)]
struct Found {
    text: String,
    products: Vec<FoundProduct>,
    failed: bool,
}

/// The search for products: a combobox whose list stands under it while it has the focus.
#[component]
fn ProductSearch(editor: Editor) -> impl IntoView {
    let l = use_lang();
    let input = NodeRef::<html::Input>::new();
    let (text, asked) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let found = RwSignal::new(Found::default());
    let at = RwSignal::new(0_usize);
    let (open, said) = (RwSignal::new(false), RwSignal::new(String::new()));
    // Enter was pressed before the answer came: what it finds first is put on the draft.
    let hurried = RwSignal::new(false);
    let add = move |product: FoundProduct| {
        hurried.set(false);
        if product.refusal.is_some() {
            return;
        }
        said.set(l.with("drafts.added", &[("product", &product.name)]));
        editor.typed.update(|typed| typed.add(product.id, product.name, product.sku));
        text.set(String::new());
        asked.set(String::new());
        if let Some(input) = input.get_untracked() {
            let _ = input.focus();
        }
    };
    let is_settled = move || found.with_untracked(|found| text.with_untracked(|text| found.text == text.trim()));
    let chosen = move || found.with_untracked(|found| found.products.get(at.get_untracked()).cloned());
    Effect::new(move |_| {
        let wanted = asked.get().trim().to_owned();
        // The next run of the effect drops the question: an outdated answer overwrites no newer one.
        spawn_local_scoped_with_cancellation(async move {
            let products: AppResult<_> =
                if wanted.is_empty() { Ok(vec![]) } else { find_products(editor.id, wanted.clone()).await };
            found.set(Found { text: wanted, failed: products.is_err(), products: products.unwrap_or_default() });
            at.set(0);
            if hurried.get_untracked() && is_settled() {
                hurried.set(false);
                chosen().into_iter().for_each(add);
            }
        });
    });
    let count = move || found.with(|found| found.products.len());
    let on_key = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "ArrowDown" if count() > 0 => at.update(|at| *at = (*at + 1) % count()),
            "ArrowUp" if count() > 0 => at.update(|at| *at = (*at + count() - 1) % count()),
            "Escape" if open.get_untracked() && count() > 0 => open.set(false),
            "Enter" if is_settled() => chosen().into_iter().for_each(add),
            "Enter" => hurried.set(true),
            _ => return,
        }
        event.prevent_default();
    };
    let mut debounced = leptos::leptos_dom::helpers::debounce(PAUSE, move |text: String| {
        // The page may have been left.
        let _ = asked.try_set(text);
    });
    let shown = Memo::new(move |_| open.get() && text.with(|text| !text.trim().is_empty()));
    let active = move || (shown.get() && count() > 0).then(|| format!("found-{}", at.get()));
    let items = move || {
        found
            .with(|found| found.products.clone())
            .into_iter()
            .enumerate()
            .map(|(n, product)| {
                let chosen = product.clone();
                view! {
                    <li
                        class="menu-item"
                        id=format!("found-{n}")
                        role="option"
                        aria-selected=move || if at.get() == n { "true" } else { "false" }
                        aria-disabled=product.refusal.is_some().then_some("true")
                        // Before the field loses the focus.
                        on:mousedown=move |event| {
                            event.prevent_default();
                            add(chosen.clone());
                        }
                    >
                        {product_view(l, &product)}
                    </li>
                }
            })
            .collect_view()
    };
    let status = move || {
        let settled = found.with(|found| text.with(|text| found.text == text.trim()));
        match () {
            () if found.with(|found| found.failed) => l.t("drafts.search_failed"),
            () if !settled => l.t("drafts.searching"),
            () if count() == 0 => l.t("drafts.no_products"),
            () => "",
        }
    };
    view! {
        <div class="search product-search">
            <Icon name="search"/>
            <input
                class="input"
                type="search"
                id="product-search"
                node_ref=input
                role="combobox"
                aria-expanded=move || if shown.get() { "true" } else { "false" }
                aria-controls="product-list"
                aria-activedescendant=active
                aria-label=l.t("drafts.find_product")
                placeholder=l.t("drafts.find_product")
                autocomplete="off"
                spellcheck="false"
                prop:value=text
                on:input=move |event| {
                    let value = event_target_value(&event);
                    text.set(value.clone());
                    hurried.set(false);
                    open.set(true);
                    debounced(value);
                }
                on:focus=move |_| open.set(true)
                on:blur=move |_| open.set(false)
                on:keydown=on_key
            />
            <div class="menu product-menu" hidden=move || !shown.get()>
                <ul id="product-list" role="listbox" aria-label=l.t("drafts.products")>{items}</ul>
                <p class="product-status soft">{status}</p>
            </div>
            <p class="sr-only" role="status">{move || said.get()}</p>
        </div>
    }
}

fn product_view(l: Lang, product: &FoundProduct) -> AnyView {
    let refusal = product.refusal.as_ref().map(|key| view! { <span class="status" data-tone="warn">{l.dynamic(key)}</span> });
    let about = [Some(product.sku.as_str()), product.category.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let icon = if product.kind == ProductKind::GiftCard { "gift" } else { "package" };
    view! {
        <Icon name=icon/>
        <span class="product-name"><span dir="auto">{product.name.clone()}</span><span class="line-sub">{about}</span></span>
        {refusal}
        <span class="row-end tnum">{l.money(product.price)}</span>
    }
    .into_any()
}
