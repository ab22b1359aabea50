//! Price lists (O6): at `/products/lists` all of them and who has them, at `/products/lists/:id` the prices of one.

use super::api::{list_price_lists, open_price_list, save_list_price, save_price_list};
use super::parts::{CatalogueTabs, ProductFilter, ProductPager};
use super::{PriceListEdit, PriceListPage, PriceListRow, PriceLists, PriceRow, ProductQuery, price};
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppError, Currency, GroupId, PriceListId, resource};
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::not_found::NotFound;
use crate::ui::toast::use_toasts;
use crate::ui::{
    Bound, Dialog, DialogHandle, EmptyState, ErrorState, FormAlert, FormError, Icon, Loaded, SkeletonLines, Switch, TextField,
    lazy_page, open_row,
};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map};

lazy_page!(
    /// `/products/lists`.
    PriceListsRoute,
    commerce,
    price_lists_view
);

fn price_lists_view() -> AnyView {
    view! { <Guard rights=&[Right::ManageSettings]><ListsView/></Guard> }.into_any()
}

lazy_page!(
    /// `/products/lists/:id`.
    PriceListRoute,
    commerce,
    price_list_view
);

fn price_list_view() -> AnyView {
    view! { <Guard rights=&[Right::ManageSettings]><ListView/></Guard> }.into_any()
}

#[component]
fn ListsView() -> impl IntoView {
    let l = use_lang();
    let lists = resource(|| (), |()| list_price_lists());
    let (edit, dialog) = (RwSignal::new(PriceListEdit::default()), DialogHandle::new());
    let groups = RwSignal::new(Vec::<(GroupId, String)>::new());
    let error = FormError::new(None);
    let write = Callback::new(move |row: Option<PriceListRow>| {
        error.set(None);
        edit.set(row.map_or_else(PriceListEdit::default, |row| PriceListEdit {
            id: Some((row.id, row.version)),
            name: row.name,
            currency: row.currency.to_string(),
            groups: row.groups,
        }));
        dialog.open();
    });
    // After the page has been taken over: until then the dialog must be what the server rendered.
    Effect::new(move |_| {
        if let Some(Ok(found)) = lists.get() {
            groups.set(found.groups);
        }
    });
    let table = move |found: PriceLists| lists_table(l, found, write);
    view! {
        <Title text=l.t("products.lists")/>
        <div class="page">
            <header class="page-head">
                <h1 class="page-title">{l.t("products.lists")}</h1>
                <CatalogueTabs/>
                <div class="page-actions">
                    <button class="btn btn-primary btn-collapse" type="button" on:click=move |_| write.run(None)>
                        <Icon name="plus"/><span>{l.t("products.add_list")}</span>
                    </button>
                </div>
            </header>
            <section class="card"><Loaded resource=lists view=table/></section>
            <ListDialog edit error handle=dialog groups on_saved=Callback::new(move |()| lists.refetch())/>
        </div>
    }
    .into_any()
}

fn lists_table(l: Lang, found: PriceLists, write: Callback<Option<PriceListRow>>) -> AnyView {
    if found.lists.is_empty() {
        return view! { <EmptyState icon="layers" title=l.t("products.no_lists") text=l.t("products.no_lists_text")/> }
            .into_any();
    }
    let row = |row: PriceListRow| {
        let names = found.groups.iter().filter(|(id, _)| row.groups.contains(id)).map(|(_, name)| name.as_str());
        let names = names.collect::<Vec<_>>().join(", ");
        let (edited, name) = (row.clone(), row.name.clone());
        view! {
            <tr>
                <th scope="row" data-slot="title"><a class="person-name" href=format!("/products/lists/{}", row.id)>{name.clone()}</a></th>
                <td data-slot="value">{row.currency.to_string()}</td>
                <td data-slot="sub">{if names.is_empty() { "—".to_owned() } else { names }}</td>
                <td class="num" data-slot="extra" data-suffix=l.t("products.prices_suffix")>{l.integer(row.items)}</td>
                <td data-slot="act">
                    <span class="row-actions">
                        <button class="btn btn-sm" type="button" aria-label=l.with("products.edit_of", &[("product", &name)]) on:click=move |_| write.run(Some(edited.clone()))>
                            {l.t("staff.edit")}
                        </button>
                    </span>
                </td>
            </tr>
        }
    };
    let rows = found.lists.clone().into_iter().map(row).collect_view();
    view! {
        <div class="table-scroll" role="region" aria-label=l.t("products.lists") tabindex="0">
            <table class="table table-rows table-cards">
                <thead>
                    <tr>
                        <th scope="col">{l.t("products.name")}</th>
                        <th scope="col">{l.t("promotions.currency")}</th>
                        <th scope="col">{l.t("products.groups")}</th>
                        <th scope="col" class="num">{l.t("products.prices")}</th>
                        <th scope="col"><span class="sr-only">{l.t("staff.actions")}</span></th>
                    </tr>
                </thead>
                <tbody on:click=open_row>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn ListDialog(
    edit: RwSignal<PriceListEdit>,
    error: FormError,
    handle: DialogHandle,
    groups: RwSignal<Vec<(GroupId, String)>>,
    on_saved: Callback<()>,
) -> impl IntoView {
    let l = use_lang();
    let save = Action::new(move |edit: &PriceListEdit| save_price_list(edit.clone()));
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
        if !save.pending().get_untracked() {
            error.set(None);
            save.dispatch(edit.get_untracked());
        }
    };
    let is_new = move || edit.with(|edit| edit.id.is_none());
    let title = Signal::derive(move || l.t(if is_new() { "products.add_list" } else { "products.edit_list" }).to_owned());
    let toggle = move |id: GroupId, on: bool| {
        edit.update(|edit| {
            edit.groups.retain(|other| *other != id);
            if on {
                edit.groups.push(id);
            }
        });
    };
    let group = move |(id, name): (GroupId, String)| {
        let has = Signal::derive(move || edit.with(|edit| edit.groups.contains(&id)));
        view! { <Switch checked=has on_change=Callback::new(move |on| toggle(id, on))>{name}</Switch> }
    };
    view! {
        <Dialog handle id="price-list" title>
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    <FormAlert error/>
                    <TextField id="list-name" name="name" label=l.t("products.name") bound=Bound::new(edit, |edit: &mut PriceListEdit| &mut edit.name) error/>
                    <Show when=is_new>
                        <TextField id="list-currency" name="currency" label=l.t("promotions.currency") bound=Bound::new(edit, |edit: &mut PriceListEdit| &mut edit.currency) error optional=true/>
                    </Show>
                    <fieldset class="fieldset">
                        <legend>{l.t("products.groups")}</legend>
                        <div class="check-list">{move || groups.get().into_iter().map(group).collect_view()}</div>
                    </fieldset>
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
fn ListView() -> impl IntoView {
    let (params, search) = (use_params_map(), use_location().search);
    let id = move || params.read().get("id").and_then(|id| id.parse::<PriceListId>().ok());
    let page = resource(
        move || (id(), search.get()),
        async |(id, query)| match id {
            Some(id) => open_price_list(id, query).await,
            None => Err(AppError::NotFound),
        },
    );
    let query = Memo::new(move |_| ProductQuery::parse(&search.get()));
    view! {
        <Transition fallback=|| view! { <div class="page"><SkeletonLines lines=10/></div> }>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <Prices page query/> }.into_any(),
                    Err(AppError::NotFound) => view! { <NotFound/> }.into_any(),
                    Err(error) => {
                        let again = Callback::new(move |()| page.refetch());
                        view! { <div class="page"><ErrorState error on_retry=again/></div> }.into_any()
                    }
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Prices(page: PriceListPage, query: Memo<ProductQuery>) -> impl IntoView {
    let l = use_lang();
    let (id, currency) = (page.id, page.currency);
    let last = page.rows.last().map(|row| row.sku.clone());
    let rows = page.rows.into_iter().map(|row| view! { <PriceLine list=id currency row/> }).collect_view();
    view! {
        <Title text=page.name.clone()/>
        <div class="page">
            <header class="page-head">
                <h1 class="page-title">{page.name.clone()}</h1>
                <span class="badge">{currency.to_string()}</span>
                <CatalogueTabs/>
            </header>
            <section class="card">
                <div class="card-body"><ProductFilter query/></div>
                <div class="card-flush">
                    <div class="table-scroll" role="region" aria-label=page.name.clone() tabindex="0">
                        <table class="table table-wrap table-cards">
                            <thead>
                                <tr>
                                    <th scope="col">{l.t("products.product")}</th>
                                    <th scope="col" class="num">{l.t("pricing.step.list_price")}</th>
                                    <th scope="col" class="num c-xl">{l.t("products.own_price")}</th>
                                </tr>
                            </thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                </div>
                <ProductPager base=format!("/products/lists/{id}") query=query.get_untracked() last more=page.more/>
            </section>
        </div>
    }
    .into_any()
}

/// A product and its price on the list, which is saved when the field is left.
#[component]
fn PriceLine(list: PriceListId, currency: Currency, row: PriceRow) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let product = row.product;
    let kept = RwSignal::new(row.own_price.map(|price| price.plain()).unwrap_or_default());
    let error = RwSignal::new(None::<AppError>);
    let id = format!("price-{product}");
    let error_id = format!("{id}-error");
    let save = move |event| {
        let text = event_target_value(&event);
        error.set(None);
        if text == kept.get_untracked() {
            return;
        }
        // The same check as the server's, without the way there.
        if let Some(failure) =
            Some(text.as_str()).filter(|text| !text.trim().is_empty()).and_then(|text| price(text, currency).err())
        {
            return error.set(Some(failure));
        }
        spawn_local(async move {
            match save_list_price(list, product, text.clone()).await {
                Ok(()) => {
                    kept.set(text);
                    toasts.say(l.t("products.price_saved"));
                }
                Err(failure) => error.set(Some(failure)),
            }
        });
    };
    let described = {
        let error_id = error_id.clone();
        move || error.with(Option::is_some).then(|| error_id.clone())
    };
    view! {
        <tr>
            <th scope="row" data-slot="title"><span dir="auto">{row.name.clone()}</span><span class="line-sub">{row.sku.clone()}</span></th>
            <td class="num" data-slot="sub">{l.money(row.list_price)}</td>
            <td class="num" data-slot="value">
                <div class="input-group">
                    <input
                        class="input num"
                        id=id.clone()
                        name=id
                        inputmode="decimal"
                        autocomplete="off"
                        aria-label=l.with("products.own_price_of", &[("product", &row.name)])
                        value=kept.get_untracked()
                        aria-invalid=move || error.with(Option::is_some).then_some("true")
                        aria-describedby=described
                        on:change=save
                    />
                    <span class="affix">{currency.to_string()}</span>
                </div>
                {move || error.get().map(|failure| view! {
                    <p class="error" id=error_id.clone() role="alert"><Icon name="alert-circle"/>{l.error(&failure)}</p>
                })}
            </td>
        </tr>
    }
}
