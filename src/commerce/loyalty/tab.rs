//! The tab Loyalty (P10).

use super::api::{adjust_points, enrol_customer, open_loyalty};
use super::{AdjustForm, GIVEN, LoyaltyView, MemberView, WrittenOff, cash_value, progress};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{CustomerId, resource};
use crate::commerce::ledger::Unit;
use crate::commerce::ledger::fields::{NoteField, ReasonField};
use crate::commerce::ledger::table::{EntryTable, UpcomingList, use_before};
use crate::customers::profile::use_profile;
use crate::office::settings::TierSettings;
use crate::office::staff::Right;
use crate::ui::once::Once;
use crate::ui::{Bound, Dialog, DialogFoot, DialogHandle, EmptyState, FormAlert, Icon, Loaded, Term, TextField, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub fn LoyaltyTab(id: CustomerId) -> impl IntoView {
    let before = use_before();
    let loyalty = resource(move || before.get(), move |before| open_loyalty(id, before));
    let context = use_profile();
    let changed = Callback::new(move |()| {
        loyalty.refetch();
        context.refresh();
    });
    let view = move |view: LoyaltyView| match view.member.clone() {
        Some(member) => view! { <Member id view member changed/> }.into_any(),
        None => view! { <Outsider id enabled=view.enabled changed/> }.into_any(),
    };
    view! { <Loaded resource=loyalty view/> }
}

/// Who is no member can become one.
#[component]
fn Outsider(id: CustomerId, enabled: bool, changed: Callback<()>) -> impl IntoView {
    let l = use_lang();
    let toasts = use_toasts();
    let can_enrol = use_session().has(Right::EditCustomers) && enabled;
    let busy = RwSignal::new(false);
    let enrol = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match enrol_customer(id).await {
                Ok(number) => toasts.push(l.with("loyalty.enrolled", &[("number", &number)]), None),
                Err(error) => toasts.fail(l.error(&error)),
            }
            if busy.try_set(false).is_none() {
                changed.run(());
            }
        });
    };
    let text = if enabled { l.t("loyalty.none") } else { l.t("loyalty.is_off") };
    view! {
        <section class="card">
            <h2 class="sr-only">{l.t("profile.tab.loyalty")}</h2>
            <EmptyState icon="crown" title=l.t("loyalty.none_title") text>
                {can_enrol
                    .then(|| {
                        view! {
                            <button
                                class="btn btn-primary"
                                type="button"
                                on:click=enrol
                                aria-busy=move || busy.get().then_some("true")
                            >
                                <span>{l.t("loyalty.enrol")}</span>
                            </button>
                        }
                    })}
            </EmptyState>
        </section>
    }
}

#[component]
fn Member(id: CustomerId, view: LoyaltyView, member: MemberView, changed: Callback<()>) -> impl IntoView {
    let l = use_lang();
    let lost = written_off(l, member.written_off.clone());
    view! {
        <div class="stack">
            <Standing id view=view.clone() member=member.clone() changed/>
            <div class="columns">
                <section class="card">
                    <header class="card-head"><h2 class="card-title">{l.t("ledger.entries")}</h2></header>
                    <EntryTable page=member.entries unit=Unit::Points label="loyalty.entries" is_newest=member.is_newest/>
                </section>
                <div class="stack">
                    <section class="card">
                        <header class="card-head"><h2 class="card-title">{l.t("ledger.expires_next")}</h2></header>
                        <UpcomingList upcoming=member.upcoming unit=Unit::Points/>
                    </section>
                    {lost}
                    <Tiers tiers=view.tiers current=member.tier/>
                </div>
            </div>
        </div>
    }
}

/// The card, the points, the tier and the way to the next one.
#[component]
fn Standing(id: CustomerId, view: LoyaltyView, member: MemberView, changed: Callback<()>) -> impl IntoView {
    let l = use_lang();
    let can_adjust = use_session().has(Right::AdjustMoney) && view.enabled;
    let handle = DialogHandle::new();
    let off = (!view.enabled).then(|| {
        view! {
            <div class="banner" data-tone="info">
                <Icon name="info"/>
                <p class="banner-body">{l.t("loyalty.is_off")}</p>
            </div>
        }
    });
    let (tier, next) = progress(&view.tiers, &member.tier, member.earned_points);
    let tier_name = tier.map_or_else(|| member.tier.clone(), |tier| tier.name.clone());
    let from = tier.map_or(0, |tier| tier.from_points);
    let way = next.map(|(next, missing)| {
        let text = l.with("loyalty.to_next", &[("points", &l.integer(missing)), ("tier", &next.name)]);
        let (done, whole) = ((member.earned_points - from).max(0), (next.from_points - from).max(1));
        view! {
            <div class="card-body">
                <div class="progress">
                    <p class="progress-head">
                        <span>{text.clone()}</span>
                        <span class="num">{l.integer(member.earned_points)} " / " {l.integer(next.from_points)}</span>
                    </p>
                    <progress class="progress-bar" max=whole.to_string() value=done.to_string() aria-label=text></progress>
                </div>
            </div>
        }
    });
    let cash = l.money(cash_value(member.points, view.per_unit, view.currency));
    let figures = [
        ("loyalty.points", l.integer(member.points)),
        ("loyalty.cash", cash),
        ("loyalty.tier", tier_name),
        ("loyalty.earned", l.integer(member.earned_points)),
        ("loyalty.since", l.day(member.enrolled.day)),
    ];
    let per_unit = l.integer(view.per_unit);
    let figure = |(label, value): (&'static str, String)| {
        let meaning = l.with(&format!("{label}.title"), &[("currency", &view.currency), ("points", &per_unit)]);
        view! {
            <div class="stat">
                <dt class="stat-label"><Term id=label.replace('.', "-") text=meaning>{l.t(label)}</Term></dt>
                <dd class="stat-value">{value}</dd>
            </div>
        }
    };
    view! {
        <section class="card">
            <header class="card-head">
                <h2 class="card-title">{l.t("profile.tab.loyalty")}</h2>
                <span class="code">{member.card_number.clone()}</span>
                {can_adjust
                    .then(|| {
                        view! {
                            <div class="card-actions">
                                <button class="btn btn-sm btn-primary" type="button" on:click=move |_| handle.open()>
                                    {l.t("loyalty.adjust")}
                                </button>
                            </div>
                        }
                    })}
            </header>
            {off}
            <dl class="stats">{figures.map(figure).collect_view()}</dl>
            {way}
        </section>
        {can_adjust.then(|| view! { <AdjustDialog id handle on_saved=changed/> })}
    }
}

/// What each tier grants.
#[component]
fn Tiers(tiers: Vec<TierSettings>, current: String) -> impl IntoView {
    let l = use_lang();
    let item = move |tier: TierSettings| {
        let here = (tier.code == current).then(|| view! { <span class="badge" data-tone="accent">{l.t("loyalty.now")}</span> });
        let from = l.with("loyalty.from", &[("points", &l.integer(tier.from_points))]);
        view! {
            <li>
                <p class="row"><strong dir="auto">{tier.name.clone()}</strong>{here}<span class="row-end dim tnum">{from}</span></p>
                <p class="soft">{grants(l, &tier)}</p>
            </li>
        }
    };
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("loyalty.tiers")}</h2></header>
            <div class="card-flush"><ul class="card-list">{tiers.into_iter().map(item).collect_view()}</ul></div>
        </section>
    }
}

/// A tier's benefits in words.
fn grants(l: Lang, tier: &TierSettings) -> String {
    let benefits = [
        (tier.free_shipping, "loyalty.benefit.free_shipping"),
        (tier.early_access, "loyalty.benefit.early_access"),
        (tier.priority_support, "loyalty.benefit.priority_support"),
        (tier.birthday_discount, "loyalty.benefit.birthday_discount"),
        (tier.birthday_gift, "loyalty.benefit.birthday_gift"),
    ];
    let mut words = vec![l.with("loyalty.earns", &[("points", &l.integer(tier.earns))])];
    words.extend(benefits.into_iter().filter(|(granted, _)| *granted).map(|(_, key)| l.dynamic(key)));
    words.join(", ")
}

/// Points of refunded orders that were gone before they could be taken back.
fn written_off(l: Lang, orders: Vec<WrittenOff>) -> Option<AnyView> {
    if orders.is_empty() {
        return None;
    }
    let item = |order: WrittenOff| {
        let name = if order.number.is_empty() {
            l.with("orders.draft_name", &[("id", &order.order)])
        } else {
            format!("#{}", order.number)
        };
        let detail =
            l.with("loyalty.written_off_of", &[("earned", &l.integer(order.earned)), ("taken", &l.integer(order.taken_back))]);
        view! {
            <li>
                <p class="row">
                    <a class="link tnum" href=format!("/orders/{}", order.order)>{name}</a>
                    <strong class="row-end tnum">{l.integer(order.written_off)}</strong>
                </p>
                <p class="dim">{detail}</p>
            </li>
        }
    };
    let view = view! {
        <section class="card">
            <header class="card-head">
                <h2 class="card-title"><Term id="loyalty-written-off" text=l.t("loyalty.written_off.title").to_owned()>{l.t("loyalty.written_off")}</Term></h2>
            </header>
            <div class="card-flush"><ul class="card-list">{orders.into_iter().map(item).collect_view()}</ul></div>
        </section>
    };
    Some(view.into_any())
}

#[component]
fn AdjustDialog(id: CustomerId, handle: DialogHandle, on_saved: Callback<()>) -> impl IntoView {
    let l = use_lang();
    let toasts = use_toasts();
    let form = RwSignal::new(AdjustForm::default());
    let once = Once::default();
    let error = once.error;
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        once.send(adjust_points(id, form.get_untracked(), once.key()), move |()| {
            handle.close();
            form.set(AdjustForm::default());
            toasts.push(l.t("loyalty.adjusted"), None);
            on_saved.run(());
        });
    };
    let reason = Signal::derive(move || form.with(|form| form.reason.clone()));
    let choose = Callback::new(move |reason| form.update(|form| form.reason = reason));
    view! {
        <Dialog handle id="points-adjust" title=l.t("loyalty.adjust_title").to_owned() class="dialog-sm">
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    <FormAlert error/>
                    <div>
                        <TextField id="points-adjust-points" name="points" label=l.t("field.points") bound=Bound::new(form, |f| &mut f.points) error/>
                        <p class="hint">{l.t("loyalty.points_hint")}</p>
                    </div>
                    <ReasonField id="points-adjust-reason" reasons=&GIVEN value=reason on_change=choose error/>
                    <NoteField id="points-adjust-note" label=l.t("value.why") bound=Bound::new(form, |f| &mut f.note) error/>
                    <p class="hint">{l.t("value.customer_is_told")} " " {l.t("loyalty.tier_stays")}</p>
                </div>
                <DialogFoot handle busy=once.busy action=l.t("loyalty.adjust")/>
            </form>
        </Dialog>
    }
}
