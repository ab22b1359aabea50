//! The page of products (O7): what is sold, at which price, from when on.

use super::api::{list_products, save_product};
use super::parts::{CatalogueTabs, ProductFilter, ProductPager};
use super::{ProductEdit, ProductForm, ProductKind, ProductPage, ProductQuery, ProductRow};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppError, Day, Resource, resource};
use crate::commerce::eligibility::{Choices, EarlyFields, early_names};
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::{
    Bound, Dialog, DialogHandle, EmptyState, ErrorState, FormAlert, FormError, Icon, SkeletonLines, Switch, TextField, lazy_page,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

lazy_page!(
    /// `/products`.
    ProductsRoute,
    commerce,
    products_view
);

fn products_view() -> AnyView {
    view! { <Guard rights=&[Right::ManageSettings]><ProductsView/></Guard> }.into_any()
}

#[component]
fn ProductsView() -> impl IntoView {
    let l = use_lang();
    let search = use_location().search;
    let list: Resource<Result<ProductPage, AppError>> = resource(move || search.get(), list_products);
    let query = Memo::new(move |_| ProductQuery::parse(&search.get()));
    let (edit, error, dialog) = (RwSignal::new(ProductEdit::default()), FormError::new(None), DialogHandle::new());
    let (categories, who) = (RwSignal::new(Vec::<String>::new()), RwSignal::new(Choices::default()));
    // After the page has been taken over: until then the dialog must be what the server rendered.
    Effect::new(move |_| {
        if let Some(Ok(page)) = list.get() {
            categories.set(page.categories);
            who.set(page.who);
        }
    });
    let write = Callback::new(move |row: Option<ProductRow>| {
        error.set(None);
        edit.set(match row {
            Some(row) => ProductEdit { id: Some((row.id, row.version)), form: row.form },
            None => ProductEdit { id: None, form: ProductForm { active: true, ..ProductForm::default() } },
        });
        dialog.open();
    });
    view! {
        <Title text=l.t("products.title")/>
        <div class="page">
            <header class="page-head">
                <h1 class="page-title">{l.t("products.title")}</h1>
                <CatalogueTabs/>
                <div class="page-actions">
                    <button class="btn btn-primary btn-collapse" type="button" on:click=move |_| write.run(None)>
                        <Icon name="plus"/><span>{l.t("products.add")}</span>
                    </button>
                </div>
            </header>
            <section class="card">
                <div class="card-body"><ProductFilter query/></div>
                <Transition fallback=|| view! { <SkeletonLines lines=10/> }>
                    {move || Suspend::new(async move {
                        match list.await {
                            Ok(page) => rows(l, page, query.get_untracked(), write),
                            Err(failure) => {
                                let again = Callback::new(move |()| list.refetch());
                                view! { <ErrorState error=failure on_retry=again/> }.into_any()
                            }
                        }
                    })}
                </Transition>
            </section>
            <ProductDialog edit error handle=dialog categories who on_saved=Callback::new(move |()| list.refetch())/>
        </div>
    }
    .into_any()
}

fn rows(l: Lang, page: ProductPage, query: ProductQuery, write: Callback<Option<ProductRow>>) -> AnyView {
    if page.rows.is_empty() {
        return view! { <EmptyState icon="box" title=l.t("products.none")/> }.into_any();
    }
    let last = page.rows.last().map(|row| row.form.sku.clone());
    let row = |row: ProductRow| {
        let (tone, state) = state(l, &row, &page.who);
        let (edited, name) = (row.clone(), row.form.name.clone());
        let kind = (row.kind == ProductKind::GiftCard)
            .then(|| view! { " " <span class="badge" data-tone="info">{l.t(row.kind.label_key())}</span> });
        view! {
            <tr>
                <th scope="row" data-slot="title"><span dir="auto">{name.clone()}</span>{kind}<span class="line-sub">{row.form.sku.clone()}</span></th>
                <td data-slot="sub">{row.form.category.clone()}</td>
                <td class="num" data-slot="value">{l.money(row.price)}</td>
                <td data-slot="state"><span class="status status-wrap" data-tone=tone>{state}</span></td>
                <td data-slot="acts">
                    <span class="row-actions">
                        <button class="btn btn-sm" type="button" aria-label=l.with("products.edit_of", &[("product", &name)]) on:click=move |_| write.run(Some(edited.clone()))>
                            {l.t("staff.edit")}
                        </button>
                    </span>
                </td>
            </tr>
        }
    };
    view! {
        <div class="card-flush">
            <div class="table-scroll" role="region" aria-label=l.t("products.title") tabindex="0">
                <table class="table table-wrap table-cards">
                    <thead>
                        <tr>
                            <th scope="col">{l.t("products.product")}</th>
                            <th scope="col">{l.t("products.category")}</th>
                            <th scope="col" class="num">{l.t("products.price")}</th>
                            <th scope="col">{l.t("staff.state")}</th>
                            <th scope="col"><span class="sr-only">{l.t("staff.actions")}</span></th>
                        </tr>
                    </thead>
                    <tbody>{page.rows.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </div>
        <ProductPager base="/products".to_owned() query last more=page.more/>
    }
    .into_any()
}

fn state(l: Lang, row: &ProductRow, who: &Choices) -> (Option<&'static str>, String) {
    let day = |day: Day| l.day(day);
    let names = early_names(l, &row.form.early, who);
    match (row.active, row.from, row.early_from) {
        (false, ..) => (None, l.t("products.state.off").to_owned()),
        (true, Some(from), Some(early)) if names.is_empty() => {
            (Some("info"), l.with("products.state.early", &[("day", &day(from)), ("early", &day(early))]))
        }
        (true, Some(from), Some(early)) => {
            let values: [(&str, &dyn std::fmt::Display); 3] = [("day", &day(from)), ("early", &day(early)), ("names", &names)];
            (Some("info"), l.with("products.state.early_for", &values))
        }
        (true, Some(from), None) => (Some("info"), l.with("products.state.from", &[("day", &day(from))])),
        (true, None, _) => (Some("ok"), l.t("products.state.sold").to_owned()),
    }
}

#[component]
fn ProductDialog(
    edit: RwSignal<ProductEdit>,
    error: FormError,
    handle: DialogHandle,
    categories: RwSignal<Vec<String>>,
    who: RwSignal<Choices>,
    on_saved: Callback<()>,
) -> impl IntoView {
    let l = use_lang();
    let base = use_session().currency;
    let save = Action::new(move |edit: &ProductEdit| save_product(edit.clone()));
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
    let title = Signal::derive(move || {
        let key = if edit.with(|edit| edit.id.is_some()) { "products.edit" } else { "products.add" };
        l.t(key).to_owned()
    });
    view! {
        <Dialog handle id="product" title>
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    <FormAlert error/>
                    <Fields edit error categories who/>
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

#[component]
fn Fields(
    edit: RwSignal<ProductEdit>,
    error: FormError,
    categories: RwSignal<Vec<String>>,
    who: RwSignal<Choices>,
) -> impl IntoView {
    let l = use_lang();
    let bound = move |field: fn(&mut ProductEdit) -> &mut String| Bound::new(edit, field);
    let kind = move |this: ProductKind| {
        let chosen = move || edit.with(|edit| edit.form.kind == this);
        view! { <option value=this.code() prop:selected=chosen>{l.t(this.label_key())}</option> }
    };
    let choose = move |event| {
        let kind = ProductKind::parse(&event_target_value(&event)).unwrap_or_default();
        edit.update(|edit| edit.form.kind = kind);
    };
    let category = bound(|edit| &mut edit.form.category);
    let names = move || categories.get().into_iter().map(|name| view! { <option value=name></option> }).collect_view();
    let active = Signal::derive(move || edit.with(|edit| edit.form.active));
    view! {
        <div class="form-grid">
            <TextField id="product-name" name="name" label=l.t("products.name") bound=bound(|edit| &mut edit.form.name) error wide=true/>
            <TextField id="product-sku" name="sku" label=l.t("products.sku") bound=bound(|edit| &mut edit.form.sku) error/>
            <div class="field">
                <label class="label" for="product-category">{l.t("products.category")} " " <span class="label-note">{l.t("ui.optional")}</span></label>
                <input
                    class="input"
                    id="product-category"
                    name="category"
                    list="product-categories"
                    autocomplete="off"
                    prop:value=move || category.get()
                    on:input=move |event| category.set(event_target_value(&event))
                />
                <datalist id="product-categories">{names}</datalist>
            </div>
            <TextField id="product-price" name="price" label=l.t("products.price") bound=bound(|edit| &mut edit.form.price) error/>
            <TextField id="product-currency" name="currency" label=l.t("promotions.currency") bound=bound(|edit| &mut edit.form.currency) error optional=true/>
            <TextField id="product-tax" name="tax" label=l.t("products.tax") bound=bound(|edit| &mut edit.form.tax) error optional=true/>
            <div class="field">
                <label class="label" for="product-kind">{l.t("products.kind")}</label>
                <select class="input" id="product-kind" name="kind" on:change=choose>{ProductKind::ALL.into_iter().map(kind).collect_view()}</select>
            </div>
            <TextField id="product-from" name="from" label=l.t("products.from") bound=bound(|edit| &mut edit.form.from) error kind="date" optional=true/>
            <Switch checked=active on_change=Callback::new(move |on| edit.update(|edit| edit.form.active = on))>{l.t("products.active")}</Switch>
        </div>
        <EarlyFields
            prefix="product"
            choices=who.into()
            early=Signal::derive(move || edit.with(|edit| edit.form.early.clone()))
            change=Callback::new(move |early| edit.update(|edit| edit.form.early = early))
            error
        >
            <TextField id="product-early" name="early_from" label=l.t("products.early_from") bound=bound(|edit| &mut edit.form.early_from) error kind="date" optional=true/>
        </EarlyFields>
    }
}
