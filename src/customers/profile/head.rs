//! The head of a profile: who it is, what can be done, the pinned notes, the summary strip (P1).

use super::api::{delete_customer, set_customer_blocked};
use super::{PinnedNote, Profile, ProfileContext, Tab, use_profile};
use crate::app::use_session;
use crate::base::contact::readable_phone;
use crate::base::i18n::{Lang, use_lang};
use crate::base::text::initials;
use crate::base::{AppError, CustomerId, Moment};
use crate::customers::notes::api::pin_note;
use crate::customers::tags::TagLink;
use crate::office::staff::Right;
use crate::ui::{ConfirmDialog, Dialog, DialogHandle, Icon, Term, Toasts, Undo, clipboard, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use std::sync::Arc;

/// Blocked, else active or inactive: the word and its tone.
fn status(profile: &Profile, l: Lang) -> (&'static str, Option<&'static str>) {
    match profile {
        Profile { blocked: true, .. } => (l.t("status.blocked"), Some("bad")),
        Profile { active: true, .. } => (l.t("status.active"), Some("ok")),
        _ => (l.t("status.inactive"), None),
    }
}

#[component]
pub fn Head() -> impl IntoView {
    let profile = use_profile().profile;
    let hue = profile.with_untracked(|profile| profile.id.0 % 12);
    view! {
        <header class="profile-head">
            <span class="avatar avatar-lg" data-hue=hue.to_string() aria-hidden="true">
                {move || profile.with(|profile| initials(&profile.name))}
            </span>
            <div class="profile-id">{move || profile.with(lines)}</div>
            <div class="profile-actions"><Actions/></div>
        </header>
    }
}

fn lines(profile: &Profile) -> impl IntoView + use<> {
    let l = use_lang();
    let (word, tone) = status(profile, l);
    let tags = profile.tags.iter().map(|tag| view! { <TagLink tag=tag.clone()/> });
    let phone = profile.phone.clone().map(|phone| {
        view! {
            <a class="profile-contact" href=format!("tel:{}", profile.dial)><Icon name="phone"/><bdi>{readable_phone(&phone)}</bdi></a>
        }
    });
    let country = l.country(&profile.country);
    let place = [profile.city.as_str(), &country].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let place = place.join(", ");
    let number = profile.account_number.clone();
    view! {
        <div class="profile-line">
            <h1 class="profile-name" dir="auto">{profile.name.clone()}</h1>
            <span class="status" data-tone=tone>{word}</span>
            <span class="badge" data-tone="accent">{profile.pricing_group.0.clone()}</span>
            <span class="tags">{tags.collect_view()}</span>
        </div>
        <div class="profile-line">
            <a class="profile-contact" href=format!("mailto:{}", profile.email)>
                <Icon name="mail"/>
                {profile.email.clone()}
            </a>
            {phone}
            {(!place.is_empty())
                .then(|| view! { <span class="profile-contact"><Icon name="map-pin"/><bdi>{place}</bdi></span> })}
            {number.map(|number| view! { <span class="profile-contact tnum">{l.t("profile.number")} " " {number}</span> })}
        </div>
    }
}

/// The actions menu (P16): only what exists and what the role allows.
#[component]
fn Actions() -> impl IntoView {
    let l = use_lang();
    let session = use_session();
    let (can_edit, can_delete) = (session.has(Right::EditCustomers), session.has(Right::DeleteCustomers));
    let toasts = use_toasts();
    let context = use_profile();
    let (block, delete, refused) = (DialogHandle::new(), DialogHandle::new(), DialogHandle::new());
    let set_blocked = use_set_blocked();
    let blocked = move || context.profile.with(|profile| profile.blocked);
    let id = context.profile.with_untracked(|profile| profile.id);
    let toggle = move |_| if blocked() { set_blocked.run(false) } else { block.open() };
    let items = move || {
        view! {
            <button class="menu-item" type="button" on:click=move |_| copy_link(id, l, toasts)>
                <Icon name="link"/>
                {l.t("profile.copy_link")}
            </button>
            {can_edit
                .then(|| {
                    view! {
                        <hr class="menu-sep"/>
                        <button class="menu-item" type="button" on:click=toggle>
                            <Icon name="ban"/>
                            {move || if blocked() { l.t("profile.unblock") } else { l.t("profile.block") }}
                        </button>
                    }
                })}
            {can_delete
                .then(|| {
                    view! {
                        <button class="menu-item" data-tone="bad" type="button" on:click=move |_| delete.open()>
                            <Icon name="trash"/>
                            {l.t("profile.delete")}
                        </button>
                    }
                })}
        }
    };
    view! {
        <details class="dropdown">
            <summary class="btn btn-icon" aria-label=l.t("profile.actions") title=l.t("profile.actions")>
                <Icon name="more-horizontal"/>
            </summary>
            <div class="menu menu-end">{items()}</div>
        </details>
        <BlockDialog handle=block on_confirm=Callback::new(move |()| set_blocked.run(true))/>
        <DeleteDialog id handle=delete refused/>
        <RefusedDialog handle=refused block/>
    }
}

/// Blocks or unblocks, says so with the way back, and shows it.
fn use_set_blocked() -> Callback<bool> {
    let l = use_lang();
    let toasts = use_toasts();
    let context = use_profile();
    let id = context.profile.with_untracked(|profile| profile.id);
    let action = Action::new(move |blocked: &bool| {
        let blocked = *blocked;
        async move {
            match set_customer_blocked(id, blocked).await {
                Ok(()) => {
                    context.refresh();
                    let text = if blocked { l.t("profile.blocked") } else { l.t("profile.unblocked") };
                    toasts.push(text, Some(block_again(id, !blocked, context, l, toasts)));
                }
                Err(error) => toasts.fail(l.error(&error)),
            }
        }
    });
    Callback::new(move |blocked| {
        action.dispatch(blocked);
    })
}

/// Sets it back to `blocked`.
fn block_again(id: CustomerId, blocked: bool, context: ProfileContext, l: Lang, toasts: Toasts) -> Undo {
    Arc::new(move || {
        leptos::task::spawn_local(async move {
            match set_customer_blocked(id, blocked).await {
                Ok(()) => context.refresh(),
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    })
}

#[component]
fn BlockDialog(handle: DialogHandle, on_confirm: Callback<()>) -> impl IntoView {
    let l = use_lang();
    let profile = use_profile().profile;
    let title = move || profile.with(|profile| l.with("profile.block_title", &[("name", &profile.name)]));
    view! {
        <ConfirmDialog handle id="block" title=Signal::derive(title) action=l.t("profile.block_confirm") on_confirm>
            <p>{l.t("profile.block_effect")}</p>
        </ConfirmDialog>
    }
}

#[component]
fn DeleteDialog(id: CustomerId, handle: DialogHandle, refused: DialogHandle) -> impl IntoView {
    let l = use_lang();
    let toasts = use_toasts();
    let navigate = use_navigate();
    let profile = use_profile().profile;
    let name = move || profile.with(|profile| profile.name.clone());
    let action = Action::new(move |(): &()| delete_customer(id));
    Effect::new(move |_| match action.value().get() {
        Some(Ok(())) => {
            toasts.push(l.with("profile.deleted", &[("name", &name())]), None);
            navigate("/customers", leptos_router::NavigateOptions { replace: true, ..Default::default() });
        }
        Some(Err(AppError::Conflict { .. })) => refused.open(),
        Some(Err(error)) => toasts.fail(l.error(&error)),
        None => {}
    });
    let confirm = Callback::new(move |()| {
        action.dispatch(());
    });
    let title = move || l.with("profile.delete_title", &[("name", &name())]);
    view! {
        <ConfirmDialog handle id="delete" title=Signal::derive(title) action=l.t("profile.delete_confirm") on_confirm=confirm>
            <p>{l.t("profile.delete_effect")}</p>
        </ConfirmDialog>
    }
}

/// Why a customer with orders cannot be deleted, and what can be done instead.
#[component]
fn RefusedDialog(handle: DialogHandle, block: DialogHandle) -> impl IntoView {
    let l = use_lang();
    let profile = use_profile().profile;
    let instead = move |_| {
        handle.close();
        block.open();
    };
    let offer = move || {
        (!profile.with(|profile| profile.blocked))
            .then(|| view! { <button class="btn btn-danger" type="button" on:click=instead>{l.t("profile.block")}</button> })
    };
    view! {
        <Dialog handle id="refused" title=l.t("profile.delete_refused_title").to_owned() class="dialog-sm">
            <div class="dialog-body soft"><p>{l.t("profile.delete_refused")}</p></div>
            <footer class="dialog-foot">
                <button class="btn" type="button" on:click=move |_| handle.close()>{l.t("ui.close")}</button>
                {offer}
            </footer>
        </Dialog>
    }
}

/// Puts the address of the profile on the clipboard, and says so.
fn copy_link(id: CustomerId, l: Lang, toasts: Toasts) {
    let link = format!("{}{}", window().location().origin().unwrap_or_default(), Tab::Overview.href(id));
    spawn_local(async move {
        if clipboard::copy(&link).await {
            toasts.push(l.t("profile.link_copied"), None);
        } else {
            toasts.fail(l.with("profile.link_not_copied", &[("link", &link)]));
        }
    });
}

/// The pinned notes, above every tab (P4).
#[component]
pub fn Banners() -> impl IntoView {
    let context = use_profile();
    let alerts = Memo::new(move |_| context.profile.with(|profile| profile.alerts.clone()));
    move || {
        let alerts = alerts.get();
        (!alerts.is_empty()).then(|| {
            let banners = alerts.into_iter().map(|note| view! { <Banner note/> }).collect_view();
            view! { <div class="profile-banners">{banners}</div> }
        })
    }
}

#[component]
fn Banner(note: PinnedNote) -> impl IntoView {
    let l = use_lang();
    let context = use_profile();
    let toasts = use_toasts();
    let can_edit = use_session().has(Right::EditCustomers);
    let id = note.id;
    let pin = Action::new(move |pinned: &bool| {
        let pinned = *pinned;
        async move {
            match pin_note(id, pinned).await {
                Ok(()) => context.refresh(),
                Err(error) => toasts.fail(l.error(&error)),
            }
        }
    });
    let unpin = can_edit.then(|| {
        view! {
            <div class="banner-actions">
                <button
                    class="btn btn-icon btn-sm btn-ghost"
                    type="button"
                    aria-label=l.t("notes.unpin")
                    title=l.t("notes.unpin")
                    on:click=move |_| { pin.dispatch(false); }
                >
                    <Icon name="pin-off"/>
                </button>
            </div>
        }
    });
    let meta = [note.author, Some(l.day(note.at.day))].into_iter().flatten().collect::<Vec<_>>().join(", ");
    view! {
        <div class="banner" data-tone=note.kind.tone().unwrap_or("info")>
            <Icon name="pin"/>
            <p class="banner-body"><strong>{l.t(note.kind.label_key())} "."</strong> " " <bdi>{note.body}</bdi></p>
            <span class="banner-meta">{meta}</span>
            {unpin}
        </div>
    }
}

/// The summary strip (P1): each figure says what it counts.
#[component]
pub fn SummaryStrip(
    /// What stands beside the store credit.
    credit_act: fn(CustomerId) -> AnyView,
) -> impl IntoView {
    let l = use_lang();
    let profile = use_profile().profile;
    let id = profile.with_untracked(|profile| profile.id);
    view! {
        <div class="stats-strip" role="region" aria-label=l.t("stat.region") tabindex="0">
            <dl class="stats">
                {move || profile.with(|profile| bought(profile, l))}
                // Not made anew with the figure: somebody may be typing in what it opens.
                <div class="stat">
                    {move || profile.with(|profile| credit(profile, l))}
                    <dd class="stat-act">{credit_act(id)}</dd>
                </div>
                {move || profile.with(|profile| seen(profile, l))}
            </dl>
        </div>
    }
}

/// A figure: its label's key, what it counts, the value and what there is to say about it.
type Figure = (&'static str, String, (String, String));

fn figure((label, title, (value, note)): Figure, l: Lang) -> AnyView {
    let nil = value == "—";
    view! {
        <dt class="stat-label"><Term id=label text=title>{l.t(label)}</Term></dt>
        <dd class="stat-value"><span class=nil.then_some("nil")>{value}</span></dd>
        {(!note.is_empty() && !nil).then(|| view! { <dd class="stat-note">{note}</dd> })}
    }
    .into_any()
}

/// What a figure counts, with the currency and the time zone that it is in.
fn counted(key: &str, l: Lang) -> String {
    let session = use_session();
    l.with(key, &[("currency", &session.currency), ("zone", &session.time_zone)])
}

fn credit(profile: &Profile, l: Lang) -> AnyView {
    let value = l.money(profile.summary.credit);
    figure(("stat.credit", counted("stat.credit.title", l), (value, String::new())), l)
}

/// What was bought.
fn bought(profile: &Profile, l: Lang) -> AnyView {
    let s = &profile.summary;
    let money = |amount| (l.money(amount), String::new());
    let figures = [
        ("stat.spent", counted("stat.spent.title", l), money(s.spent)),
        ("stat.orders", counted("stat.orders.title", l), (l.integer(s.orders), String::new())),
        ("stat.average", counted("stat.average.title", l), s.average.map_or_else(|| ("—".to_owned(), String::new()), money)),
        ("stat.lifetime", counted("stat.lifetime.title", l), money(s.spent)),
    ];
    figures.map(|of| view! { <div class="stat">{figure(of, l)}</div> }).collect_view().into_any()
}

/// Points, visits, and when the customer was seen.
fn seen(profile: &Profile, l: Lang) -> AnyView {
    let today = use_session().today;
    let s = &profile.summary;
    let never = || ("—".to_owned(), l.t("date.never").to_owned());
    let ago = |moment: Option<Moment>| moment.map_or_else(never, |m| (l.relative(m.day, today), l.day(m.day)));
    let points = s.loyalty.as_ref().map_or_else(never, |loyalty| (l.integer(loyalty.points), loyalty.tier.clone()));
    let figures = [
        ("stat.points", counted("stat.points.title", l), points),
        ("stat.visits", counted("stat.visits.title", l), (l.integer(s.visits), ago(s.last_visit).0)),
        (
            "stat.since",
            exact(Some(s.registered), counted("stat.since.title", l), l),
            (l.day(s.registered.day), ago(Some(s.registered)).0),
        ),
        ("stat.last_order", exact(s.last_order, counted("stat.last_order.title", l), l), ago(s.last_order)),
        ("stat.last_login", exact(s.last_login, counted("stat.last_login.title", l), l), ago(s.last_login)),
    ];
    figures.map(|of| view! { <div class="stat">{figure(of, l)}</div> }).collect_view().into_any()
}

/// What a figure counts, after its exact moment.
fn exact(moment: Option<Moment>, counted: String, l: Lang) -> String {
    moment.map_or_else(|| counted.clone(), |moment| format!("{}. {counted}", l.moment(moment)))
}
