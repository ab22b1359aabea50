//! The tab Store credit (P9).

use super::api::open_credit;
use super::dialogs::{GiveDialog, IN_STRIP, IN_TAB, LimitDialog, ReduceDialog};
use super::{CreditView, Month};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{CustomerId, Money, resource};
use crate::commerce::ledger::Unit;
use crate::commerce::ledger::table::{EntryTable, UpcomingList, use_before};
use crate::customers::profile::use_profile;
use crate::office::staff::Right;
use crate::ui::{DialogHandle, Icon, Loaded, Term};
use leptos::prelude::*;

#[component]
pub fn CreditTab(id: CustomerId) -> impl IntoView {
    let before = use_before();
    let context = use_profile();
    let shown = Memo::new(move |_| context.profile.with(|profile| profile.summary.credit));
    // What is given from above the tabs shows here, too.
    let credit = resource(move || (before.get(), shown.get()), move |(before, _)| open_credit(id, before));
    let changed = Callback::new(move |()| {
        credit.refetch();
        context.refresh();
    });
    let view = move |view: CreditView| view! { <Credit id view changed/> }.into_any();
    view! { <Loaded resource=credit view/> }
}

#[component]
fn Credit(id: CustomerId, view: CreditView, changed: Callback<()>) -> impl IntoView {
    let l = use_lang();
    let unit = Unit::Money(view.currency);
    view! {
        <div class="stack">
            <Balance id view=view.clone() changed/>
            <div class="columns">
                <section class="card">
                    <header class="card-head"><h2 class="card-title">{l.t("ledger.entries")}</h2></header>
                    <EntryTable page=view.entries unit label="credit.entries" is_newest=view.is_newest/>
                </section>
                <div class="stack">
                    <section class="card">
                        <header class="card-head"><h2 class="card-title">{l.t("ledger.expires_next")}</h2></header>
                        <UpcomingList upcoming=view.upcoming unit/>
                    </section>
                    <Statements id month=view.month/>
                </div>
            </div>
        </div>
    }
}

/// What there is, and what can be done about it.
#[component]
fn Balance(id: CustomerId, view: CreditView, changed: Callback<()>) -> impl IntoView {
    let l = use_lang();
    let can_adjust = use_session().has(Right::AdjustMoney);
    let (give, reduce, limit) = (DialogHandle::new(), DialogHandle::new(), DialogHandle::new());
    let (enabled, currency) = (view.enabled, view.currency);
    let acts = can_adjust.then(|| {
        view! {
            <div class="card-actions">
                <button class="btn btn-sm" type="button" on:click=move |_| limit.open()>{l.t("credit.set_limit")}</button>
                <button class="btn btn-sm" type="button" on:click=move |_| reduce.open()>
                    <Icon name="minus"/>
                    {l.t("credit.reduce")}
                </button>
                {enabled
                    .then(|| {
                        view! {
                            <button class="btn btn-sm btn-primary" type="button" on:click=move |_| give.open()>
                                <Icon name="plus"/>
                                {l.t("credit.add")}
                            </button>
                        }
                    })}
            </div>
        }
    });
    let dialogs = can_adjust.then(|| {
        view! {
            <GiveDialog id handle=give ids=IN_TAB currency on_saved=changed/>
            <ReduceDialog id handle=reduce currency on_saved=changed/>
            <LimitDialog id handle=limit limit=Money::new(view.limit, currency) on_saved=changed/>
        }
    });
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("profile.tab.credit")}</h2>{acts}</header>
            {(!enabled)
                .then(|| {
                    view! {
                        <div class="banner" data-tone="info">
                            <Icon name="info"/>
                            <p class="banner-body">{l.t("credit.is_off")}</p>
                        </div>
                    }
                })}
            <dl class="stats">{figures(l, &view)}</dl>
        </section>
        {dialogs}
    }
}

fn figures(l: Lang, view: &CreditView) -> impl IntoView + use<> {
    let money = |minor| Money::new(minor, view.currency);
    let available = view.balance + view.limit;
    let figures = [
        Some(("credit.balance", money(view.balance))),
        (view.limit > 0).then(|| ("credit.limit", money(view.limit))),
        (view.limit > 0).then(|| ("credit.available", money(available))),
        (view.balance < 0).then(|| ("credit.owed", money(-view.balance))),
        (view.set_aside > 0).then(|| ("credit.set_aside", money(view.set_aside))),
    ];
    let figure = |(label, amount): (&'static str, Money)| {
        let meaning = l.with(&format!("{label}.title"), &[("currency", &amount.currency)]);
        view! {
            <div class="stat">
                <dt class="stat-label"><Term id=label.replace('.', "-") text=meaning>{l.t(label)}</Term></dt>
                <dd class="stat-value">{l.money(amount)}</dd>
            </div>
        }
    };
    figures.into_iter().flatten().map(figure).collect_view()
}

/// Statements by the month, to be printed or opened in a spreadsheet.
#[component]
fn Statements(id: CustomerId, month: Month) -> impl IntoView {
    let l = use_lang();
    let months = std::iter::successors(Some(month), |month| Some(month.previous())).take(12);
    let line = move |month: Month| {
        let page = format!("/customers/{id}/credit/statement?month={}", month.code());
        let csv = format!("/customers/{id}/credit/statement.csv?month={}", month.code());
        let name = month_name(l, month);
        let download = l.with("credit.statement_csv", &[("month", &name)]);
        view! {
            <li class="row">
                <a class="link" href=page>{name}</a>
                <a class="btn btn-icon btn-sm btn-ghost row-end" href=csv rel="external" download="" aria-label=download.clone() title=download>
                    <Icon name="download"/>
                </a>
            </li>
        }
    };
    let (first, others): (Vec<_>, Vec<_>) = months.enumerate().partition(|(at, _)| *at < 3);
    let lines = |months: Vec<(usize, Month)>| months.into_iter().map(|(_, month)| line(month)).collect_view();
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("credit.statements")}</h2></header>
            <div class="card-flush">
                <ul class="card-list">{lines(first)}</ul>
                <details class="card-more">
                    <summary class="link">{l.t("credit.earlier_months")}</summary>
                    <ul class="card-list">{lines(others)}</ul>
                </details>
            </div>
        </section>
    }
}

/// `March 2026`.
pub(super) fn month_name(l: Lang, month: Month) -> String {
    format!("{} {}", l.dynamic(&format!("month.{}", month.number())), month.year())
}

/// What stands beside the balance in the strip above the tabs: giving credit without leaving the tab (P1).
#[component]
pub fn AddCredit(id: CustomerId) -> impl IntoView {
    let l = use_lang();
    let session = use_session();
    let context = use_profile();
    let handle = DialogHandle::new();
    let enabled = context.profile.with_untracked(|profile| profile.summary.credit_enabled);
    let saved = Callback::new(move |()| context.refresh());
    (enabled && session.has(Right::AdjustMoney)).then(|| {
        view! {
            <button
                class="btn btn-icon btn-sm btn-ghost"
                type="button"
                aria-label=l.t("credit.add")
                title=l.t("credit.add")
                on:click=move |_| handle.open()
            >
                <Icon name="plus"/>
            </button>
            <GiveDialog id handle ids=IN_STRIP currency=session.currency on_saved=saved/>
        }
    })
}
