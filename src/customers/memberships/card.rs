//! The card of the profile that says what a customer is in, whether rules may change that, and how it came about.

use super::api::{list_membership_history, list_memberships, pin_membership, pin_pricing_group};
use super::{Exclusion, HistoryLine, Kind, Membership, Memberships, Target};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppError, CustomerId, resource};
use crate::customers::tags::{TagLabel, TagLink};
use crate::office::staff::Right;
use crate::ui::{ErrorState, HueDot, Icon, SkeletonLines, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Groups and tags with their history. `version` moves when the details above were saved.
#[component]
pub fn MembershipsCard(id: CustomerId, #[prop(into)] version: Signal<i64>) -> impl IntoView {
    let l = use_lang();
    let found = resource(move || version.get(), move |_| list_memberships(id));
    let show = move || {
        Suspend::new(async move {
            match found.await {
                Ok(memberships) => view! { <Body id memberships/> }.into_any(),
                Err(error) => view! { <ErrorState error on_retry=Callback::new(move |()| found.refetch())/> }.into_any(),
            }
        })
    };
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("memberships.title")}</h2></header>
            <Transition fallback=|| view! { <SkeletonLines lines=4/> }>{show}</Transition>
        </section>
    }
}

/// What is shown; copy it into closures.
#[derive(Clone, Copy)]
struct Shown {
    id: CustomerId,
    memberships: RwSignal<Memberships>,
    /// The member may change something.
    edits: bool,
}

impl Shown {
    /// Sends a change and shows what is so then.
    fn send(self, l: Lang, request: impl Future<Output = Result<Memberships, AppError>> + 'static) {
        let toasts = use_toasts();
        let memberships = self.memberships;
        spawn_local(async move {
            match request.await {
                Ok(fresh) => _ = memberships.try_set(fresh),
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    }
}

#[component]
fn Body(id: CustomerId, memberships: Memberships) -> impl IntoView {
    let l = use_lang();
    let edits = use_session().has(Right::EditCustomers);
    let shown = Shown { id, memberships: RwSignal::new(memberships), edits };
    let current = move || {
        let lines = shown.memberships.with(|all| all.current.clone());
        if lines.is_empty() {
            return view! { <p class="card-body soft">{l.t("memberships.none")}</p> }.into_any();
        }
        let lines = lines.into_iter().map(|one| view! { <Line shown one/> }).collect_view();
        view! { <ul class="card-list">{lines}</ul> }.into_any()
    };
    let out = move || {
        let lines = shown.memberships.with(|all| all.exclusions.clone());
        (!lines.is_empty()).then(|| {
            view! {
                <h3 class="card-body label">{l.t("memberships.kept_out")}</h3>
                <ul class="card-list">{lines.into_iter().map(|one| view! { <Out shown one/> }).collect_view()}</ul>
            }
        })
    };
    view! {
        {current}
        {out}
        <History shown/>
    }
}

/// A group with its dot, or a tag; leads to the customers who are in it too.
fn named(target: Target, name: String, hue: Option<u8>) -> AnyView {
    match target {
        Target::Tag(id) => view! { <TagLink tag=TagLabel { id, name, hue }/> }.into_any(),
        Target::Group(_) => view! {
            <span class="named-hue"><HueDot hue=hue.unwrap_or_default()/><a class="link" href=target.href() dir="auto">{name}</a></span>
        }
        .into_any(),
    }
}

#[component]
fn Line(shown: Shown, one: Membership) -> impl IntoView {
    let l = use_lang();
    let Shown { id, edits, .. } = shown;
    let Membership { target, name, hue, since, pinned, ruled, pricing } = one;
    let how = match (pinned, ruled) {
        (true, true) => l.t("memberships.pinned"),
        (true, false) => l.t("memberships.by_hand"),
        (false, true) => l.t("memberships.by_rule"),
        (false, false) => "",
    };
    let label = l.with(if pinned { "memberships.unpin_of" } else { "memberships.pin_of" }, &[("name", &name)]);
    let pin = move |_| shown.send(l, pin_membership(id, target, !pinned));
    let button = (edits && ruled).then(|| {
        view! {
            <button class="btn btn-sm" type="button" aria-label=label on:click=pin>
                <Icon name=if pinned { "pin-off" } else { "pin" }/>
                {l.t(if pinned { "memberships.unpin" } else { "memberships.pin" })}
            </button>
        }
    });
    let prices = pricing.then(|| view! { <Prices shown/> });
    view! {
        <li class="membership">
            {named(target, name, hue)}
            {prices}
            <span class="dim">{l.with("memberships.since", &[("day", &l.day(since.day))])}</span>
            {(!how.is_empty()).then(|| view! { <span class="dim">{how}</span> })}
            <span class="row-end">{button}</span>
        </li>
    }
}

/// Says that these prices hold, and whether rules may change that.
#[component]
fn Prices(shown: Shown) -> impl IntoView {
    let l = use_lang();
    let Shown { id, memberships, edits } = shown;
    let pinned = move || memberships.with(|all| all.pricing_pinned);
    let label = move || l.t(if pinned() { "memberships.unpin_prices" } else { "memberships.pin_prices" });
    let pin = move |_| shown.send(l, pin_pricing_group(id, !memberships.with_untracked(|all| all.pricing_pinned)));
    view! {
        <span class="badge" data-tone="accent">{l.t("memberships.prices_hold")}</span>
        {edits.then(|| view! {
            <button class="btn btn-icon btn-sm btn-ghost" type="button" aria-pressed=move || pinned().to_string() aria-label=label title=label on:click=pin>
                {move || view! { <Icon name=if pinned() { "lock" } else { "pin" }/> }}
            </button>
        })}
    }
}

#[component]
fn Out(shown: Shown, one: Exclusion) -> impl IntoView {
    let l = use_lang();
    let Exclusion { target, name, at, by } = one;
    let label = l.with("memberships.let_rules_of", &[("name", &name)]);
    let id = shown.id;
    let release = move |_| shown.send(l, pin_membership(id, target, false));
    let by = by.unwrap_or_else(|| l.t("activity.system").to_owned());
    view! {
        <li class="membership">
            {named(target, name, None)}
            <span class="dim">{l.with("memberships.out_since", &[("day", &l.day(at.day)), ("name", &by)])}</span>
            <span class="row-end">
                {shown.edits.then(|| view! {
                    <button class="btn btn-sm" type="button" aria-label=label on:click=release><Icon name="zap"/>{l.t("memberships.let_rules")}</button>
                })}
            </span>
        </li>
    }
}

#[component]
fn History(shown: Shown) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let Shown { id, memberships, .. } = shown;
    let older = move |_| {
        let Some(before) = memberships.with_untracked(|all| all.history.lines.last().map(|line| line.id)) else { return };
        spawn_local(async move {
            match list_membership_history(id, before).await {
                Ok(page) => {
                    _ = memberships.try_update(|all| {
                        all.history.lines.extend(page.lines);
                        all.history.more = page.more;
                    })
                }
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    };
    let lines = move || memberships.with(|all| all.history.lines.clone());
    let more = move || memberships.with(|all| all.history.more);
    let is_empty = move || memberships.with(|all| all.history.lines.is_empty());
    view! {
        <Show when=move || !is_empty()>
            <details class="card-body">
                <summary class="link">{l.t("memberships.history")}</summary>
                <ol class="history">{move || lines().into_iter().map(|line| told(l, line)).collect_view()}</ol>
                <Show when=more><button class="btn btn-sm" type="button" on:click=older>{l.t("ui.show_older")}</button></Show>
            </details>
        </Show>
    }
}

fn told(l: Lang, line: HistoryLine) -> impl IntoView {
    let key = match (line.kind, line.entered) {
        (Kind::Pricing, _) => "memberships.told.pricing",
        (Kind::Group, true) => "memberships.told.group_in",
        (Kind::Group, false) => "memberships.told.group_out",
        (Kind::Tag, true) => "memberships.told.tag_on",
        (Kind::Tag, false) => "memberships.told.tag_off",
    };
    let cause = l.dynamic(&format!("memberships.cause.{}", line.cause.code()));
    let by = line.by.map_or_else(|| cause.clone(), |name| format!("{cause}, {name}"));
    view! {
        <li>
            <span dir="auto">{l.with(key, &[("name", &line.name)])}</span>
            " "
            <span class="dim">{by} " · " {l.moment(line.at)}</span>
        </li>
    }
}
