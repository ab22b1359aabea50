//! The tab Drafts of a customer's profile (P7): abandoned carts, what staff are writing, what waits for a payment; remind, edit,
//! place, delete. And the button that orders the same again (P6).

use super::api::{delete_draft, recover_draft, reorder_order, restore_draft};
use super::{ReorderDifference, Reordered};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppError, CustomerId, Day, OrderId, resource};
use crate::commerce::orders::api::list_customer_drafts;
use crate::commerce::orders::{DraftKind, DraftRow, order_name};
use crate::office::staff::Right;
use crate::ui::toast::{Toasts, Undo, use_toasts};
use crate::ui::{Dialog, DialogHandle, EmptyState, ErrorState, Icon, SkeletonLines, open_row};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use std::sync::Arc;

/// The tab.
#[component]
pub fn DraftsTab(id: CustomerId) -> impl IntoView {
    let l = use_lang();
    let today = use_session().today;
    let drafts = resource(move || id, list_customer_drafts);
    let again = Callback::new(move |()| drafts.refetch());
    view! {
        <section class="card">
            <header class="card-head">
                <h2 class="card-title">{l.t("orders.drafts")}</h2>
                <div class="card-actions"><NewOrderLink customer=id/></div>
            </header>
            <Transition fallback=|| view! { <SkeletonLines lines=4/> }>
                {move || Suspend::new(async move {
                    match drafts.await {
                        Ok(rows) if rows.is_empty() => {
                            view! { <EmptyState icon="cart" title=l.t("orders.no_drafts") text=l.t("orders.no_drafts_text")/> }.into_any()
                        }
                        Ok(rows) => view! { <Drafts rows today on_change=again/> }.into_any(),
                        Err(error) => view! { <ErrorState error on_retry=again/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
    .into_any()
}

/// The way to a new order, of this customer where one is given; nothing for those who may not.
#[component]
pub fn NewOrderLink(
    #[prop(optional)] customer: Option<CustomerId>,
    #[prop(default = "btn btn-sm")] class: &'static str,
) -> impl IntoView {
    let l = use_lang();
    let href = customer.map_or_else(|| "/orders/new".to_owned(), |id| format!("/orders/new?customer={id}"));
    use_session()
        .has(Right::EditOrders)
        .then(|| view! { <a class=class href=href><Icon name="plus"/><span>{l.t("drafts.new")}</span></a> })
}

#[component]
fn Drafts(rows: Vec<DraftRow>, today: Day, on_change: Callback<()>) -> impl IntoView {
    let l = use_lang();
    let rows = rows.into_iter().map(|draft| view! { <DraftLine draft today on_change/> }).collect_view();
    view! {
        <div class="card-flush">
            <div class="table-scroll" role="region" aria-label=l.t("orders.drafts") tabindex="0">
                <table class="table table-rows table-cards">
                    <thead>
                        <tr>
                            <th scope="col">{l.t("orders.column.number")}</th>
                            <th scope="col">{l.t("orders.column.kind")}</th>
                            <th scope="col">{l.t("orders.column.changed")}</th>
                            <th scope="col" class="num">{l.t("orders.column.items")}</th>
                            <th scope="col" class="num">{l.t("orders.column.value")}</th>
                            <th scope="col"><span class="sr-only">{l.t("staff.actions")}</span></th>
                        </tr>
                    </thead>
                    <tbody on:click=open_row>{rows}</tbody>
                </table>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn DraftLine(draft: DraftRow, today: Day, on_change: Callback<()>) -> impl IntoView {
    let l = use_lang();
    let can_edit = use_session().has(Right::EditOrders);
    let row = draft.row;
    let (id, kind) = (row.id, row.draft.unwrap_or(DraftKind::Staff));
    let (label, tone) = if draft.in_use { ("orders.draft.in_use", "info") } else { (kind.label_key(), kind.tone()) };
    let tone = (!tone.is_empty()).then_some(tone);
    let name = order_name(l, &row);
    let href = if can_edit { format!("/orders/{id}/edit") } else { format!("/orders/{id}") };
    let suffix = if row.units == 1 { l.t("orders.items_suffix.one") } else { l.t("orders.items_suffix.other") };
    let actions = can_edit.then(|| view! { <DraftActions id kind in_use=draft.in_use name=name.clone() on_change/> });
    view! {
        <tr>
            <th scope="row" class="tnum" data-slot="title"><a class="person-name" href=href>{name.clone()}</a></th>
            <td data-slot="state"><span class="status" data-tone=tone>{l.t(label)}</span></td>
            <td data-slot="sub"><time datetime=row.at.at.rfc3339() title=l.moment(row.at)>{l.relative(row.at.day, today)}</time></td>
            <td class="num" data-slot="extra" data-suffix=suffix>{l.integer(row.units)}</td>
            <td class="num" data-slot="value">{l.money(row.total)}</td>
            <td data-slot="acts"><span class="row-actions draft-row-actions">{actions}</span></td>
        </tr>
    }
}

#[component]
fn DraftActions(id: OrderId, kind: DraftKind, in_use: bool, name: String, on_change: Callback<()>) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let tell = move |error: AppError| toasts.fail(l.error(&error));
    let remind = move |_| {
        spawn_local(async move {
            match recover_draft(id).await {
                Ok(()) => toasts.push(l.t("drafts.reminder_sent"), None),
                Err(error) => tell(error),
            }
        });
    };
    let delete = move |_| {
        spawn_local(async move {
            match delete_draft(id).await {
                Ok(sealed) => {
                    let _ = on_change.try_run(());
                    toasts.push(l.t("drafts.deleted"), Some(undo(l, toasts, sealed, on_change)));
                }
                Err(error) => tell(error),
            }
        });
    };
    let reminds = !in_use && kind != DraftKind::Staff;
    let of = |key: &'static str| l.with(key, &[("draft", &name)]);
    view! {
        {reminds.then(|| view! {
            <button class="btn btn-sm" type="button" aria-label=of("drafts.remind_of") on:click=remind><Icon name="send"/>{l.t("drafts.remind")}</button>
        })}
        <a class="btn btn-sm" href=format!("/orders/{id}/edit") aria-label=of("drafts.edit_of")><Icon name="pencil"/>{l.t("drafts.edit")}</a>
        <a class="btn btn-sm" href=format!("/orders/{id}/edit?place=1") aria-label=of("drafts.place_of")><Icon name="check"/>{l.t("drafts.place_short")}</a>
        <button class="btn btn-sm btn-icon btn-ghost" type="button" aria-label=of("drafts.delete_of") title=l.t("drafts.delete") on:click=delete>
            <Icon name="trash"/>
        </button>
    }
    .into_any()
}

/// Brings the draft back, and shows it where its list is still there.
fn undo(l: Lang, toasts: Toasts, sealed: String, on_change: Callback<()>) -> Undo {
    Arc::new(move || {
        let sealed = sealed.clone();
        spawn_local(async move {
            match restore_draft(sealed).await {
                Ok(_) => {
                    // The page may have been left.
                    let _ = on_change.try_run(());
                    toasts.push(l.t("drafts.restored"), None);
                }
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    })
}

/// Orders the same again, and says what is not as it was before the editor opens.
#[component]
pub fn ReorderButton(order: OrderId) -> impl IntoView {
    let (l, toasts, navigate) = (use_lang(), use_toasts(), use_navigate());
    let (handle, done) = (DialogHandle::new(), RwSignal::new(None::<Reordered>));
    if !use_session().has(Right::EditOrders) {
        return ().into_any();
    }
    let reorder = move |_| {
        let navigate = navigate.clone();
        spawn_local(async move {
            match reorder_order(order).await {
                Ok(reordered) if reordered.changes.is_empty() => {
                    navigate(&format!("/orders/{}/edit", reordered.draft), Default::default());
                }
                Ok(reordered) => {
                    done.set(Some(reordered));
                    handle.open();
                }
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    };
    let changes = move || done.with(|done| done.as_ref().map(|done| changes(l, done)));
    let href = move || done.with(|done| done.as_ref().map(|done| format!("/orders/{}/edit", done.draft)));
    view! {
        <button class="btn btn-collapse" type="button" on:click=reorder><Icon name="refresh"/><span>{l.t("drafts.reorder")}</span></button>
        <Dialog handle id="reorder" title=l.t("drafts.reorder_changes").to_owned()>
            <div class="dialog-body stack">{changes}</div>
            <footer class="dialog-foot">
                <button class="btn" type="button" on:click=move |_| handle.close()>{l.t("ui.close")}</button>
                <a class="btn btn-primary" href=href>{l.t("drafts.open_draft")}</a>
            </footer>
        </Dialog>
    }
    .into_any()
}

fn changes(l: Lang, done: &Reordered) -> AnyView {
    let lines = done.changes.iter().map(|change| {
        let what = match change.what {
            ReorderDifference::Missing => {
                view! { <span class="status" data-tone="bad">{l.t("drafts.missing")}</span> }.into_any()
            }
            ReorderDifference::NotYet => {
                view! { <span class="status" data-tone="warn">{l.t("products.not_yet_short")}</span> }.into_any()
            }
            ReorderDifference::Price { before, now } => {
                view! { <s class="dim">{l.money(before)}</s> " " {l.money(now)} }.into_any()
            }
        };
        view! { <dt dir="auto">{change.name.clone()}</dt><dd>{what}</dd> }
    });
    view! { <p class="soft">{l.t("drafts.reorder_hint")}</p><dl class="sums">{lines.collect_view()}</dl> }.into_any()
}
