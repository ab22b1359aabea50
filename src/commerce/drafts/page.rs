//! The editor of a draft (O2), at `/orders/:id/edit`.

use super::addresses::{AddressDialog, AddressesCard, Typing};
use super::api::open_draft;
use super::editor::Editor;
use super::lines::LinesCard;
use super::paying::PayingCard;
use super::placing::PlaceDialog;
use super::sums::SumsCard;
use super::{DraftView, PlacedOrder};
use crate::base::i18n::use_lang;
use crate::base::text::initials;
use crate::base::{AppError, Money, OrderId, resource};
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::not_found::NotFound;
use crate::ui::toast::use_toasts;
use crate::ui::{DialogHandle, ErrorState, FormAlert, Icon, SkeletonLines, lazy_page};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};

lazy_page!(
    /// `/orders/:id/edit`.
    EditRoute,
    commerce,
    edit_view
);

fn edit_view() -> AnyView {
    view! { <Guard rights=&[Right::EditOrders]><EditPage/></Guard> }.into_any()
}

#[component]
fn EditPage() -> impl IntoView {
    let l = use_lang();
    let params = use_params_map();
    let id = move || params.read().get("id").and_then(|id| id.parse::<OrderId>().ok());
    let draft = resource(id, async |id| match id {
        Some(id) => open_draft(id).await,
        None => Err(AppError::NotFound),
    });
    view! {
        <Transition fallback=|| view! { <div class="page"><SkeletonLines lines=12/></div> }>
            {move || Suspend::new(async move {
                match draft.await {
                    Ok(draft) => view! { <EditView draft/> }.into_any(),
                    Err(AppError::NotFound) => view! { <NotFound/> }.into_any(),
                    // It was placed meanwhile: there is an order to look at.
                    Err(AppError::Conflict { message }) => {
                        let href = id().map(|id| format!("/orders/{id}"));
                        view! {
                            <div class="page page-narrow stack">
                                <div class="banner" data-tone="info">
                                    <Icon name="info"/>
                                    <p class="banner-body">{l.dynamic(&message)}</p>
                                    <div class="banner-actions"><a class="btn btn-sm" href=href>{l.t("drafts.show_order")}</a></div>
                                </div>
                            </div>
                        }.into_any()
                    }
                    Err(error) => {
                        let again = Callback::new(move |()| draft.refetch());
                        view! { <div class="page"><ErrorState error on_retry=again/></div> }.into_any()
                    }
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn EditView(draft: DraftView) -> impl IntoView {
    let (l, toasts, navigate) = (use_lang(), use_toasts(), use_navigate());
    let editor = Editor::new(&draft);
    editor.follow();
    let typing = Typing::new(editor, draft.buyer.name.clone());
    let place = DialogHandle::new();
    // A link may lead here to place it at once.
    let wanted = use_query_map().with_untracked(|query| query.get("place").is_some());
    Effect::new(move |_| {
        if wanted && editor.is_ready() {
            place.open();
        }
    });
    let title = l.with("orders.draft_name", &[("id", &draft.id)]);
    let customer = draft.buyer.id;
    let on_placed = {
        let navigate = navigate.clone();
        Callback::new(move |placed: PlacedOrder| {
            toasts.push(l.with("drafts.placed", &[("number", &placed.number)]), None);
            navigate(&format!("/orders/{}", placed.order), NavigateOptions { replace: true, ..Default::default() });
        })
    };
    let on_waiting = Callback::new(move |()| {
        toasts.push(l.t("drafts.waits"), None);
        navigate(&format!("/customers/{customer}/drafts"), Default::default());
    });
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        editor.save(move || toasts.push(l.t("drafts.saved"), None));
    };
    view! {
        <Title text=title.clone()/>
        <div class="page draft-page">
            <header class="page-head">
                <h1 class="page-title tnum">{title}</h1>
                <span class="badge" data-tone="accent">{l.t("orders.status.draft")}</span>
                <span class="status" data-tone=draft.kind.tone()>{l.t(draft.kind.label_key())}</span>
                <p class="page-count">{draft.store.clone()} " · " {l.moment(draft.changed)} {draft.changed_by.clone().map(|by| format!(", {by}"))}</p>
            </header>
            <ConflictBanner editor/>
            <form class="columns" method="post" novalidate on:submit=save>
                <div class="stack">
                    <LinesCard editor/>
                    <PayingCard editor/>
                    <AddressesCard editor addresses=draft.addresses.clone() typing/>
                </div>
                <div class="stack draft-side">
                    {buyer(&draft)}
                    <SumsCard editor/>
                    <FormAlert error=editor.error/>
                    <Actions editor place/>
                </div>
            </form>
            <AddressDialog typing/>
            <PlaceDialog editor handle=place on_placed on_waiting/>
        </div>
    }
    .into_any()
}

fn buyer(draft: &DraftView) -> AnyView {
    let l = use_lang();
    let buyer = &draft.buyer;
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("orders.column.customer")}</h2></header>
            <div class="card-body">
                <span class="person">
                    <span class="avatar avatar-md" data-hue=(buyer.id.0 % 12).to_string() aria-hidden="true">{initials(&buyer.name)}</span>
                    <span class="truncate">
                        <a class="person-name" dir="auto" href=format!("/customers/{}", buyer.id)>{buyer.name.clone()}</a>
                        <span class="line-sub">{buyer.email.clone()}</span>
                    </span>
                </span>
            </div>
        </section>
    }
    .into_any()
}

/// Save and place; on a phone at the thumb, with what is due.
#[component]
fn Actions(editor: Editor, place: DialogHandle) -> impl IntoView {
    let l = use_lang();
    let priced = Memo::new(move |_| editor.quote.with(|quote| quote.priced.as_ref().map(|priced| priced.due)));
    let due = move || priced.get().map(|due| l.money(Money::new(due, editor.currency)));
    let state = move || {
        if editor.is_unsaved() { l.t("drafts.unsaved") } else { l.t("drafts.all_saved") }
    };
    let open = move |_| {
        editor.error.set(None);
        place.open();
    };
    view! {
        <div class="draft-actions">
            <p class="draft-due"><span class="soft">{l.t("orders.due")}</span> " " <strong class="tnum">{due}</strong></p>
            <p class="soft draft-state" role="status">{state}</p>
            <button class="btn" type="button" hidden=move || !editor.is_unsaved() on:click=move |_| editor.discard()>{l.t("details.discard")}</button>
            <button
                class="btn"
                type="submit"
                disabled=move || !editor.is_unsaved()
                aria-busy=move || editor.busy.get().then_some("true")
            >
                <span>{l.t("ui.save")}</span>
            </button>
            <button class="btn btn-primary" type="button" disabled=move || !editor.is_ready() on:click=open>
                <Icon name="check"/><span>{l.t("drafts.place")}</span>
            </button>
        </div>
    }
    .into_any()
}

/// Somebody else changed the draft: theirs, or mine over it.
#[component]
fn ConflictBanner(editor: Editor) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    move || {
        editor.conflict.get().map(|conflict| {
            view! {
                <div class="banner draft-conflict" data-tone="warn" role="alert">
                    <Icon name="alert-triangle"/>
                    <p class="banner-body"><strong>{l.error(&conflict)}</strong> " " {l.t("drafts.conflict_hint")}</p>
                    <div class="banner-actions">
                        <button class="btn btn-sm" type="button" on:click=move |_| editor.take_theirs()>{l.t("drafts.take_theirs")}</button>
                        <button class="btn btn-sm" type="button" on:click=move |_| editor.keep_mine(move || toasts.push(l.t("drafts.saved"), None))>
                            {l.t("drafts.keep_mine")}
                        </button>
                    </div>
                </div>
            }
        })
    }
}
