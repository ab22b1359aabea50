//! The table of tags.

use super::page::Tags;
use super::{TagLink, TagRow};
use crate::base::TagId;
use crate::base::i18n::use_lang;
use crate::ui::{DialogHandle, Icon, PopMenu};
use leptos::prelude::*;

#[component]
pub(super) fn TagTable(tags: Tags) -> impl IntoView {
    let l = use_lang();
    let rows = move || tags.page.with(|page| page.as_ref().and_then(|page| page.as_ref().ok()).map(|page| page.rows.clone()));
    view! {
        <div class="card-flush">
            <div class="table-scroll" role="region" aria-label=l.t("tags.title") tabindex="0">
                <table class="table table-cards tag-table">
                    <thead>
                        <tr>
                            {tags.may_edit.then(|| view! { <th scope="col" class="c-check"><span class="sr-only">{l.t("tags.choose")}</span></th> })}
                            <th scope="col" class="c-rest">{l.t("tags.tag")}</th>
                            <th scope="col" class="num">{l.t("groups.customers")}</th>
                            <th scope="col">{l.t("tags.further")}</th>
                            <th scope="col">{l.t("tags.created")}</th>
                            {tags.may_edit.then(|| view! { <th scope="col" class="c-act"><span class="sr-only">{l.t("staff.actions")}</span></th> })}
                        </tr>
                    </thead>
                    <tbody>
                        // A tag that is called otherwise is another row; its figures change in it.
                        <For each=move || rows().unwrap_or_default() key=|row| row.label.clone() let:row><Row tags row/></For>
                    </tbody>
                </table>
            </div>
        </div>
    }
}

#[component]
fn Row(
    tags: Tags,
    /// As it was when it came into the list.
    row: TagRow,
) -> impl IntoView {
    let l = use_lang();
    let (label, created) = (row.label.clone(), row.created);
    let id = label.id;
    let row = Memo::new(move |_| tags.find(id).unwrap_or_else(|| row.clone()));
    let href = format!("/customers?tags_any={id}");
    let size = move || row.with(|row| l.count("groups.size", row.customers));
    let further = move || {
        let (ruled, promotions, products) = row.with(|row| (row.ruled, row.promotions, row.products));
        let rule = ruled.then(|| view! { <span class="badge" data-tone="info"><Icon name="zap"/>{l.t("groups.by_rule")}</span> });
        let codes = (promotions > 0)
            .then(|| view! { <span class="badge"><Icon name="percent"/>{l.count("tags.promotions", promotions)}</span> });
        let goods =
            (products > 0).then(|| view! { <span class="badge"><Icon name="box"/>{l.count("tags.products", products)}</span> });
        view! { {rule} {codes} {goods} }
    };
    let check = tags.may_edit.then(|| {
        let name = l.with("tags.choose_one", &[("name", &label.name)]);
        view! {
            <td class="c-check" data-slot="lead">
                <label class="check-hit">
                    <input
                        type="checkbox"
                        class="checkbox"
                        aria-label=name
                        prop:checked=move || tags.is_chosen(id)
                        on:change=move |event| tags.choose(&row.get_untracked(), event_target_checked(&event))
                    />
                </label>
            </td>
        }
    });
    let menu = tags.may_edit.then(|| {
        let name = label.name.clone();
        view! { <td class="c-act" data-slot="act"><Menu tags row id name/></td> }
    });
    view! {
        <tr>
            {check}
            <th scope="row" data-slot="title"><span class="tags"><TagLink tag=label/></span></th>
            <td class="num" data-slot="sub"><a class="link" href=href>{size}</a></td>
            <td data-slot="state"><span class="badges">{further}</span></td>
            <td class="tnum">{l.day(created.day)}</td>
            {menu}
        </tr>
    }
}

#[component]
fn Menu(tags: Tags, row: Memo<TagRow>, id: TagId, name: String) -> impl IntoView {
    let l = use_lang();
    let ask = move |dialog: DialogHandle| tags.ask(Some(row.get_untracked()), dialog);
    view! {
        <span class="row-actions">
            <PopMenu id=format!("tag-{id}") label=l.with("tags.actions_of", &[("name", &name)])>
                <button class="menu-item" type="button" on:click=move |_| ask(tags.edit)><Icon name="pencil"/>{l.t("tags.edit")}</button>
                {tags.may_rule.then(|| view! {
                    <button class="menu-item" type="button" on:click=move |_| ask(tags.rule)><Icon name="zap"/>{l.t("assign.title")}</button>
                })}
                <button class="menu-item" data-tone="bad" type="button" on:click=move |_| ask(tags.delete)>
                    <Icon name="trash"/>{l.t("tags.delete")}
                </button>
            </PopMenu>
        </span>
    }
}
