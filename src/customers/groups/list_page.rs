//! `/groups`: the groups, how many are in each, and what each means.

use super::api::list_groups;
use super::facts::{badges, discount, minimum, shipping, terms};
use super::{GroupRow, Groups};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::base::{GroupId, blocking_resource};
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::{EmptyState, HueDot, Icon, Loaded, lazy_page, open_row};
use leptos::prelude::*;
use leptos_meta::Title;

lazy_page!(
    /// `/groups`.
    GroupsRoute,
    profile,
    groups_view
);

fn groups_view() -> AnyView {
    view! { <Guard rights=&[Right::View]><GroupsView/></Guard> }.into_any()
}

/// Whether the member who is logged in may change groups: they hold for customers of every branch.
#[must_use]
pub(super) fn may_edit() -> bool {
    let session = use_session();
    session.has(Right::ManageSettings) && session.staff.is_some_and(|staff| staff.branches.is_none())
}

#[component]
fn GroupsView() -> impl IntoView {
    let l = use_lang();
    let groups = blocking_resource(|| (), |()| list_groups());
    let add = may_edit().then(|| {
        view! {
            <a class="btn btn-primary btn-collapse" href="/groups/new"><Icon name="plus"/><span>{l.t("groups.new")}</span></a>
        }
    });
    view! {
        <Title text=l.t("groups.title")/>
        <div class="page">
            <header class="page-head">
                <h1 class="page-title">{l.t("groups.title")}</h1>
                <div class="page-actions">{add}</div>
            </header>
            <Loaded resource=groups view=|groups: Groups| view! { <Tables groups/> }.into_any()/>
        </div>
    }
    .into_any()
}

#[component]
fn Tables(groups: Groups) -> impl IntoView {
    let l = use_lang();
    let (archived, used): (Vec<_>, Vec<_>) = groups.rows.into_iter().partition(|row| row.archived);
    let lists = StoredValue::new(groups.price_lists);
    if used.is_empty() && archived.is_empty() {
        let (title, text) = (l.t("groups.none"), l.t("groups.none_text"));
        return view! { <section class="card"><EmptyState icon="layers" title text/></section> }.into_any();
    }
    let list_of = move |row: &GroupRow| {
        let wanted = row.group.benefits.price_list;
        lists.with_value(|lists| lists.iter().find(|(id, _)| Some(*id) == wanted).map(|(_, name)| name.clone()))
    };
    let table = move |rows: Vec<GroupRow>| {
        let row = |row: GroupRow| {
            let list = list_of(&row);
            view! { <Row row list/> }
        };
        let rows = rows.into_iter().map(row).collect_view();
        view! { <GroupTable>{rows}</GroupTable> }
    };
    let hidden = (!archived.is_empty()).then(|| {
        let count = i64::try_from(archived.len()).unwrap_or(i64::MAX);
        view! {
            <details class="card">
                <summary class="card-head"><Icon name="chevron-right"/><h2 class="card-title">{l.count("groups.archived", count)}</h2></summary>
                {table(archived)}
            </details>
        }
    });
    view! {
        <div class="stack">
            <section class="card">{table(used)}</section>
            {hidden}
        </div>
    }
    .into_any()
}

#[component]
fn GroupTable(children: Children) -> impl IntoView {
    let l = use_lang();
    view! {
        <div class="table-scroll" role="region" aria-label=l.t("groups.title") tabindex="0">
            <table class="table table-rows table-wrap table-cards">
                <thead>
                    <tr>
                        <th scope="col" class="group-name">{l.t("groups.group")}</th>
                        <th scope="col" class="num">{l.t("groups.customers")}</th>
                        <th scope="col" class="num">{l.t("field.discount")}</th>
                        <th scope="col">{l.t("field.shipping")}</th>
                        <th scope="col" class="num">{l.t("groups.minimum")}</th>
                        <th scope="col" class="nowrap">{l.t("field.terms")}</th>
                        <th scope="col">{l.t("groups.further")}</th>
                    </tr>
                </thead>
                <tbody on:click=open_row>{children()}</tbody>
            </table>
        </div>
    }
}

/// The customers of a group.
pub(super) fn customers_href(id: GroupId) -> String {
    format!("/customers?group={id}")
}

#[component]
fn Row(
    row: GroupRow,
    /// The name of its price list.
    list: Option<String>,
) -> impl IntoView {
    let l = use_lang();
    let GroupRow { id, group, customers, ruled, .. } = row;
    let href = format!("/groups/{id}");
    let rule = ruled.then(|| view! { <span class="badge" data-tone="info"><Icon name="zap"/>{l.t("groups.by_rule")}</span> });
    // On a phone a card has only what there is.
    let off = group.benefits.discount_bp > 0;
    let further = ruled || list.is_some() || group.benefits.has_further();
    view! {
        <tr>
            <th scope="row" data-slot="title">
                <span class="named-hue">
                    <HueDot hue=group.hue/>
                    <a class="person-name" href=href dir="auto">{group.name.clone()}</a>
                </span>
                <span class="line-sub" dir="auto">{group.description.clone()}</span>
            </th>
            <td class="num" data-slot="extra">
                <a class="link group-size" href=customers_href(id)>{l.count("groups.size", customers)}</a>
            </td>
            <td class="num" data-slot=off.then_some("value")>{if off { discount(l, &group.benefits).into_any() } else { view! { <span class="nil">"—"</span> }.into_any() }}</td>
            <td class="nowrap" data-slot="sub">{shipping(l, &group.benefits)}</td>
            <td class="num">{minimum(l, &group.benefits)}</td>
            <td data-slot=(group.benefits.terms_days > 0).then_some("meta")>{terms(l, &group.benefits)}</td>
            <td data-slot=further.then_some("tags")><span class="badges">{badges(l, &group.benefits, list)}{rule}</span></td>
        </tr>
    }
}
