//! The table of tags.

use super::page::Tags;
use super::{TagLink, TagRow};
use crate::base::i18n::use_lang;
use crate::ui::{Icon, PopMenu};
use leptos::prelude::*;

#[component]
pub(super) fn TagTable(tags: Tags, rows: Vec<TagRow>) -> impl IntoView {
    let l = use_lang();
    let rows = rows.into_iter().map(|row| view! { <Row tags row/> }).collect_view();
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
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </div>
    }
}

#[component]
fn Row(tags: Tags, row: TagRow) -> impl IntoView {
    let l = use_lang();
    let (label, created, customers) = (row.label.clone(), row.created, row.customers);
    let href = format!("/customers?tags_any={}", label.id);
    let rule = row.ruled.then(|| view! { <span class="badge" data-tone="info"><Icon name="zap"/>{l.t("groups.by_rule")}</span> });
    let codes = (row.promotions > 0)
        .then(|| view! { <span class="badge"><Icon name="percent"/>{l.count("tags.promotions", row.promotions)}</span> });
    let check = tags.may_edit.then(|| {
        let (id, chosen) = (label.id, row.clone());
        let name = l.with("tags.choose_one", &[("name", &label.name)]);
        view! {
            <td class="c-check" data-slot="lead">
                <label class="check-hit">
                    <input
                        type="checkbox"
                        class="checkbox"
                        aria-label=name
                        prop:checked=move || tags.is_chosen(id)
                        on:change=move |event| tags.choose(&chosen, event_target_checked(&event))
                    />
                </label>
            </td>
        }
    });
    let menu = tags.may_edit.then(|| view! { <td class="c-act" data-slot="act"><Menu tags row/></td> });
    view! {
        <tr>
            {check}
            <th scope="row" data-slot="title"><span class="tags"><TagLink tag=label/></span></th>
            <td class="num" data-slot="sub"><a class="link" href=href>{l.count("groups.size", customers)}</a></td>
            <td data-slot="state"><span class="badges">{rule}{codes}</span></td>
            <td class="tnum">{l.day(created.day)}</td>
            {menu}
        </tr>
    }
}

#[component]
fn Menu(tags: Tags, row: TagRow) -> impl IntoView {
    let l = use_lang();
    let (edited, deleted, ruled) = (row.clone(), row.clone(), row.clone());
    let name = row.label.name.clone();
    view! {
        <span class="row-actions">
            <PopMenu id=format!("tag-{}", row.label.id) label=l.with("tags.actions_of", &[("name", &name)])>
                <button class="menu-item" type="button" on:click=move |_| tags.ask(Some(edited.clone()), tags.edit)>
                    <Icon name="pencil"/>{l.t("tags.edit")}
                </button>
                {tags.may_rule.then(|| view! {
                    <button class="menu-item" type="button" on:click=move |_| tags.ask(Some(ruled.clone()), tags.rule)>
                        <Icon name="zap"/>{l.t("assign.title")}
                    </button>
                })}
                <button class="menu-item" data-tone="bad" type="button" on:click=move |_| tags.ask(Some(deleted.clone()), tags.delete)>
                    <Icon name="trash"/>{l.t("tags.delete")}
                </button>
            </PopMenu>
        </span>
    }
}
