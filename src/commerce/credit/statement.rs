//! `/customers/{id}/credit/statement`: a month of store credit on a page to be printed.

use super::api::open_credit_statement;
use super::tab::month_name;
use super::{Month, Statement};
use crate::base::i18n::{Lang, use_lang};
use crate::base::query::pairs;
use crate::base::{AppError, CustomerId, Money, blocking_resource};
use crate::commerce::ledger::Unit;
use crate::commerce::ledger::entry::{EntryRow, signed};
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::{Icon, Loaded, lazy_page};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map};

lazy_page!(
    /// The route of the statement.
    StatementRoute,
    commerce,
    statement_view
);

fn statement_view() -> AnyView {
    let (params, search) = (use_params_map(), use_location().search);
    let id = Memo::new(move |_| params.with(|params| params.get("id")?.parse::<CustomerId>().ok()));
    let month = move || {
        let pairs = search.with(|query| pairs(query));
        pairs.into_iter().find(|(name, _)| name == "month").map(|(_, month)| month).unwrap_or_default()
    };
    let statement = blocking_resource(
        move || (id.get(), month()),
        |(id, month)| async move { open_credit_statement(id.ok_or(AppError::NotFound)?, month).await },
    );
    let show = move |statement: Statement| id.get_untracked().map(|id| view! { <StatementPage id statement/> }).into_any();
    view! {
        <Guard rights=&[Right::View]>
            <div class="page page-narrow"><Loaded resource=statement view=show/></div>
        </Guard>
    }
    .into_any()
}

#[component]
fn StatementPage(id: CustomerId, statement: Statement) -> impl IntoView {
    let l = use_lang();
    let month = month_name(l, statement.month);
    let title = l.with("credit.statement_of", &[("month", &month)]);
    let page = |month: Month| format!("/customers/{id}/credit/statement?month={}", month.code());
    let csv = format!("/customers/{id}/credit/statement.csv?month={}", statement.month.code());
    let next = (!statement.running).then(|| {
        view! {
            <a class="btn btn-icon" href=page(statement.month.next()) aria-label=l.t("credit.next_month") title=l.t("credit.next_month")>
                <Icon name="chevron-right"/>
            </a>
        }
    });
    let print = |_| {
        let _ = window().print();
    };
    let heading = title.clone();
    view! {
        <Title text=title/>
        <header class="page-head">
            <h1 class="page-title">{heading}</h1>
            <div class="page-actions">
                <a class="btn" href=format!("/customers/{id}/credit")>{l.t("credit.back")}</a>
                <a
                    class="btn btn-icon"
                    href=page(statement.month.previous())
                    aria-label=l.t("credit.previous_month")
                    title=l.t("credit.previous_month")
                >
                    <Icon name="chevron-left"/>
                </a>
                {next}
                <a class="btn" href=csv rel="external" download=""><Icon name="download"/>"CSV"</a>
                <button class="btn btn-primary" type="button" on:click=print><Icon name="printer"/>{l.t("ui.print")}</button>
            </div>
        </header>
        {sheet(l, statement)}
    }
}

/// What is printed.
fn sheet(l: Lang, statement: Statement) -> AnyView {
    let money = |minor| l.money(Money::new(minor, statement.currency));
    let mut customer = statement.customer.clone().into_iter();
    let name = customer.next().unwrap_or_default();
    let others = customer.map(|line| view! { <br/><bdi>{line}</bdi> }).collect_view();
    let due = statement.due();
    let due = (due.minor > 0).then(|| {
        view! { <dt class="total">{l.t("credit.due")}</dt><dd class="total">{l.money(due)}</dd> }
    });
    let limit = (statement.limit > 0).then(|| {
        view! { <dt>{l.t("credit.limit")}</dt><dd>{money(statement.limit)}</dd> }
    });
    let running = statement.running.then(|| view! { <p class="card-body soft">{l.t("credit.month_running")}</p> });
    view! {
        <section class="card">
            <div class="card-body row">
                <address class="address"><strong dir="auto">{name}</strong>{others}</address>
                <p class="soft row-end">{statement.shop.clone()}<br/>{l.with("credit.made", &[("day", &l.day(statement.made))])}</p>
            </div>
            {running}
            {entries(l, &statement)}
            <div class="card-body">
                <dl class="sums">
                    <dt>{l.t("credit.opening")}</dt>
                    <dd>{money(statement.opening)}</dd>
                    <dt>{l.t("credit.added")}</dt>
                    <dd>{money(statement.added)}</dd>
                    <dt>{l.t("credit.taken")}</dt>
                    <dd>{money(statement.taken)}</dd>
                    <dt class="total">{l.t("credit.closing")}</dt>
                    <dd class="total">{money(statement.closing)}</dd>
                    {due}
                    {limit}
                </dl>
            </div>
        </section>
    }
    .into_any()
}

fn entries(l: Lang, statement: &Statement) -> AnyView {
    if statement.entries.is_empty() {
        return view! { <p class="card-body soft">{l.t("credit.month_empty")}</p> }.into_any();
    }
    let unit = Unit::Money(statement.currency);
    let money = |minor| l.money(Money::new(minor, statement.currency));
    let row = |entry: &EntryRow| {
        let order = entry.order.as_ref().map(|(_, number)| format!(" #{number}"));
        let note = (!entry.note.is_empty()).then(|| view! { <p class="dim" dir="auto">{entry.note.clone()}</p> });
        view! {
            <tr>
                <td class="nowrap">{l.day(entry.at.day)}</td>
                <th scope="row">{l.t(entry.reason.label_key())}{order}{note}</th>
                <td class="num nowrap">{signed(l, unit, entry.amount)}</td>
                <td class="num nowrap">{money(entry.balance)}</td>
            </tr>
        }
    };
    view! {
        <div class="card-flush">
            <div class="table-scroll" role="region" aria-label=l.t("credit.entries") tabindex="0">
                <table class="table table-wrap">
                    <thead>
                        <tr>
                            <th scope="col">{l.t("ledger.column.at")}</th>
                            <th scope="col" class="c-rest">{l.t("ledger.column.reason")}</th>
                            <th scope="col" class="num">{l.t("ledger.column.amount")}</th>
                            <th scope="col" class="num">{l.t("ledger.column.balance")}</th>
                        </tr>
                    </thead>
                    <tbody>{statement.entries.iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </div>
    }
    .into_any()
}
